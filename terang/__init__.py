"""Terang: a public ledger of government contracts."""

__version__ = "0.1.0"
