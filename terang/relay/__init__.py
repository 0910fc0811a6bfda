"""Relays: envelopes sealed for suppliers and panels that do not show their account."""
