"""The error of everything that signs."""

from terang.errors import TerangError


class WalletError(TerangError, ValueError):
    """A wallet cannot be opened, or cannot sign what it was given."""
