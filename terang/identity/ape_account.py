"""Accounts that ape manages: its keyfiles, its test accounts, and hardware wallets by its plugins.

Ape is imported when one is loaded: it takes seconds, and most people have none.
"""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any, Final

from eth_utils.address import to_checksum_address

from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.errors import WalletError
from terang.identity.signature import N, recover
from terang.identity.transaction import Transaction, read_transaction
from terang.identity.typed_data import TypedData

_TEST: Final = "TEST::"  # ape's own prefix for the accounts of its test mnemonic


@dataclass(frozen=True, repr=False)
class ApeSigner:
    """An account of ape's account manager; a hardware wallet is one by its plugin.

    Ape asks for what it needs: a passphrase, a confirmation, a button on a device. A passphrase in
    `APE_ACCOUNTS_<alias>_PASSPHRASE` is taken as consent to sign without asking.

    Attributes:
        address: checksummed address.
        alias: the account's name in ape.
    """

    address: str
    alias: str
    _account: Any

    def __repr__(self) -> str:
        return f"ApeSigner({self.alias}, {self.address})"

    @classmethod
    def load(cls, alias: str) -> "ApeSigner":
        """Finds an account by its alias, or `TEST::0` and its like.

        Raises:
            WalletError: if ape is not installed, has no such account, or cannot open it.
        """
        try:
            from ape import accounts
        except ImportError as error:
            raise WalletError(
                _("Ape is not installed. Install eth-ape, or name a keystore.")
            ) from error
        try:
            with redirect_stdout(sys.stderr):  # stdout is for what the command has to say
                number = alias.removeprefix(_TEST)
                if number != alias:
                    account = accounts.test_accounts[int(number)]
                else:
                    account = accounts.load(alias)
                given = os.environ.get(f"APE_ACCOUNTS_{alias}_PASSPHRASE")
                if given and hasattr(account, "set_autosign"):
                    account.set_autosign(True)
                address = to_checksum_address(canonical(str(account.address)))
            return cls(address, alias, account)
        # a plugin may fail in its own way, such as without its device
        except Exception as error:
            raise WalletError(
                _(
                    "Ape cannot open the account {alias} ({detail}). "
                    "See ape accounts list, and the passphrase or device."
                ).format(alias=alias, detail=str(error)[:200])
            ) from error

    def sign_typed(self, data: TypedData) -> bytes:
        """Has the account sign EIP-712 typed data; returns 65 bytes, low s, v 27 or 28.

        Raises:
            WalletError: if it is refused, or what comes back is not this account's signature.
        """
        from eth_account.messages import encode_typed_data

        message = encode_typed_data(full_message=data.to_json())
        signature = self._ask(lambda: self._account.sign_message(message))
        return self._checked(data.digest, signature.r, signature.s, signature.v)

    def sign_transaction(self, transaction: Mapping[str, Any]) -> bytes:
        """Has the account sign a transaction; returns the raw one.

        Args:
            transaction: fields as `transaction.read_transaction` describes them.

        Raises:
            WalletError: if it is refused, or what comes back is not this account's signature.
        """
        read = read_transaction(transaction, self.address)
        asked = self._ask(lambda: self._account.sign_transaction(self._for_ape(read)))
        signature = asked.signature
        v = signature.v - (35 + 2 * read.chain_id) if signature.v >= 35 else signature.v
        return read.signed(self._checked(read.digest, signature.r, signature.s, v))

    def _for_ape(self, read: Transaction) -> Any:
        from ape_ethereum.transactions import DynamicFeeTransaction, StaticFeeTransaction

        fields = dict(read.fields) | {"chainId": read.chain_id, "from": self.address}
        to = fields.pop("to")
        if isinstance(to, bytes) and to:
            fields["to"] = to_checksum_address(to)
        kind = StaticFeeTransaction if read.legacy else DynamicFeeTransaction
        return kind.model_validate(fields)

    def _ask(self, sign: Callable[[], Any]) -> Any:
        try:
            with redirect_stdout(sys.stderr):  # where ape then asks, too
                answer = sign()
        except Exception as error:
            raise self._refused(str(error)[:200]) from error
        if answer is None or getattr(answer, "signature", answer) is None:
            raise self._refused(_("refused"))
        return answer

    def _checked(self, digest: bytes, r: bytes, s: bytes, v: int) -> bytes:
        high = int.from_bytes(s, "big")
        parity = v - 27 if v >= 27 else v
        if parity not in (0, 1) or len(r) > 32:
            raise self._refused(_("another signature"))
        if high > N // 2:  # some devices do not choose the low s, which the contracts want
            high, parity = N - high, 1 - parity
        signature = bytes(r).rjust(32, b"\0") + high.to_bytes(32, "big") + bytes([27 + parity])
        if recover(digest, signature) != canonical(self.address):
            raise self._refused(_("another signature"))
        return signature

    def _refused(self, detail: str) -> WalletError:
        return WalletError(
            _(
                "The account {alias} did not sign ({detail}). Unlock it, confirm, and run again."
            ).format(alias=self.alias, detail=detail)
        )
