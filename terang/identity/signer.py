"""Whoever signs, whatever holds its key: a file, ape, a hardware wallet, or nobody to look on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from terang.i18n import _
from terang.identity.errors import WalletError
from terang.identity.typed_data import TypedData


class Signer(Protocol):
    """An account that signs.

    `Wallet` holds its own key, `ApeSigner` asks ape, `Watcher` refuses.
    """

    @property
    def address(self) -> str:
        """Checksummed address."""

    def sign_typed(self, data: TypedData) -> bytes:
        """Signs EIP-712 typed data; returns r ‖ s ‖ v, 65 bytes, low s, v 27 or 28.

        Raises:
            WalletError: if it does not sign.
        """

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Signs the fields that `transaction.read_transaction` describes; returns the raw bytes.

        Raises:
            WalletError: if it does not sign.
        """


@dataclass(frozen=True)
class Watcher:
    """An account without its key: it can look at what would be done, and signs nothing.

    Attributes:
        address: the account's checksummed address.
    """

    address: str

    def sign_typed(self, data: TypedData) -> bytes:
        """Refuses.

        Raises:
            WalletError: always.
        """
        raise self._refusal()

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Refuses.

        Raises:
            WalletError: always.
        """
        raise self._refusal()

    def _refusal(self) -> WalletError:
        return WalletError(
            _(
                "{address} is only looked at here, without its key. "
                "Name its keystore or account to sign."
            ).format(address=self.address)
        )
