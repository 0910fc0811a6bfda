"""A relay's receipt: its signed promise to have an envelope in a box before the box closes.

The promise is EIP-712 typed data under a domain of its own, so that no contract ever takes the
signature for something else, and any wallet library can check it.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.files import read_file, write_json
from terang.errors import UsageError
from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.encoding import Types, Unfit
from terang.identity.signature import recover
from terang.identity.signer import Signer
from terang.identity.typed_data import Domain, TypedData
from terang.sealing.envelope import Box

NAME: Final = "Terang Relay"
"""The EIP-712 name of the domain; chain and contract are those of the box."""

ACT: Final = "PromiseSeal"

_TYPES: Final[Types] = {
    ACT: (
        ("address", "relay"),
        ("uint256", "tenderId"),
        ("uint256", "stage"),
        ("bytes32", "box"),
        ("bytes32", "envelope"),
        ("uint48", "promisedAt"),
        ("uint48", "closesAt"),
    )
}


class ReceiptError(UsageError):
    """What should be a relay's receipt is none, or not signed by the relay that it names."""


@dataclass(frozen=True)
class Promise:
    """One receipt.

    Attributes:
        relay: address of the relay's account, which signs.
        box: into which the envelope goes; it names chain and contract.
        envelope: keccak256 of the envelope.
        promised_at: the chain's clock when it was promised, in seconds since 1970 UTC.
        closes_at: when the box closes; the promise is to have the envelope in it before.
        signature: r ‖ s ‖ v over `PromiseSeal`, 65 bytes; empty until signed.
    """

    relay: str
    box: Box
    envelope: bytes
    promised_at: int
    closes_at: int
    signature: bytes = b""

    @property
    def data(self) -> TypedData:
        """What the relay's account signs."""
        values = (
            self.relay,
            self.box.tender_id,
            self.box.stage,
            self.box.id,
            self.envelope,
            self.promised_at,
            self.closes_at,
        )
        names = (name for _kind, name in _TYPES[ACT])
        message = dict(zip(names, values, strict=True))
        return TypedData(Domain(NAME, self.box.chain_id, self.box.contract), ACT, _TYPES, message)

    def sign(self, signer: Signer) -> Self:
        """Returns the promise signed.

        Raises:
            WalletError: when the account does not sign.
        """
        return replace(self, signature=signer.sign_typed(self.data))

    def document(self) -> dict[str, Any]:
        """Returns the receipt as JSON has it: the typed data whole, and the signature."""
        return {"promise": self.data.to_json(), "signature": "0x" + self.signature.hex()}

    def save(self, folder: Path) -> Path:
        """Writes the receipt to a file that only its owner reads; returns where.

        Raises:
            OSError: when it cannot be written.
        """
        path = self.path(folder)
        write_json(path, self.document(), 0o600)
        return path

    def path(self, folder: Path) -> Path:
        """Returns the receipt's file in a folder of receipts."""
        name = f"relay-{self.envelope.hex()}-{self.relay[2:10].lower()}-promise.json"
        return folder / name

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a receipt from a file.

        Raises:
            ReceiptError: when it is none, or its signature is not the relay's.
            OSError: when the file cannot be read.
        """
        try:
            return cls.read(json.loads(read_file(path)))
        except ReceiptError:
            raise
        except (ValueError, RecursionError) as error:
            raise _no_receipt() from error

    @classmethod
    def read(cls, document: object) -> Self:
        """Reads a receipt from anywhere, whole and with nothing else, and checks its signature.

        Raises:
            ReceiptError: when it is none, or its signature is not the relay's.
        """
        try:
            promise = cls._read(document)
        except (LookupError, TypeError, ValueError, BadAnswer) as error:
            raise _no_receipt() from error
        if recover(promise.data.digest, promise.signature) != canonical(promise.relay):
            raise ReceiptError(
                _(
                    "{relay}, which the receipt names, did not sign it: it proves nothing. "
                    "Seal by another relay."
                ).format(relay=promise.relay)
            )
        return promise

    @classmethod
    def _read(cls, document: Any) -> Self:
        """Raises whatever a document of another form leads to."""
        data = TypedData.of_act(document["promise"], ACT, NAME, _TYPES)
        message = data.message
        box = Box(data.domain.chain_id, data.domain.contract, message["tenderId"], message["stage"])
        promise = cls(
            message["relay"],
            box,
            message["envelope"],
            message["promisedAt"],
            message["closesAt"],
            answers.data(document["signature"], "signature", 65),
        )
        if promise.document() != document:  # another box, field or spelling
            raise Unfit("promise")
        return promise


def _no_receipt() -> ReceiptError:
    return ReceiptError(
        _("This is not the receipt of a relay. Name the file that `bid seal --relay` wrote.")
    )
