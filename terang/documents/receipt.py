"""What a document store signs: that it keeps a document, and that it has it; and what it is asked.

All of it is EIP-712 typed data under a domain of its own, so that no contract ever takes a
signature for something else, and any wallet library can check it.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self, cast

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.files import read_file, write_json
from terang.errors import UsageError
from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.encoding import Message, Types, Unfit
from terang.identity.signature import recover
from terang.identity.signer import Signer
from terang.identity.typed_data import Domain, TypedData

NAME: Final = "Terang Store"
"""The EIP-712 name of the domain; chain and contract are those of the tenders."""

KEEP: Final = "KeepDocument"
SHOW: Final = "ShowDocument"
FILE: Final = "FileDocument"

_TYPES: Final[dict[str, Types]] = {
    KEEP: {
        KEEP: (
            ("address", "store"),
            ("bytes32", "document"),
            ("uint256", "size"),
            ("uint48", "receivedAt"),
            ("uint48", "keptUntil"),
        )
    },
    SHOW: {
        SHOW: (
            ("address", "store"),
            ("bytes32", "document"),
            ("bytes32", "nonce"),
            ("uint256", "start"),
            ("uint256", "length"),
            ("bytes32", "answer"),
            ("uint48", "answeredAt"),
        )
    },
    FILE: {FILE: (("address", "account"), ("bytes32", "document"), ("uint256", "size"))},
}


class ReceiptError(UsageError):
    """What a store should have signed is something else, or not signed by it."""


@dataclass(frozen=True)
class Statement:
    """One thing that a store signed, or is to sign.

    Attributes:
        domain: name, chain and contract of the tenders.
        act: `KEEP` or `SHOW`.
        message: its values by field.
        signature: r ‖ s ‖ v, 65 bytes; empty until signed.
    """

    domain: Domain
    act: str
    message: Message
    signature: bytes = b""

    @classmethod
    def keep(
        cls, domain: Domain, store: str, document: bytes, size: int, received_at: int, until: int
    ) -> Self:
        """Returns the promise to keep a document.

        Args:
            domain: from `domain_of`.
            store: address of the store's account, which is to sign.
            document: keccak256 of its bytes.
            size: how many they are.
            received_at: the chain's clock when they were on disk, in seconds since 1970 UTC.
            until: first second in which they need not be kept any more.
        """
        return cls._made(domain, KEEP, store, document, size, received_at, until)

    @classmethod
    def show(
        cls,
        domain: Domain,
        store: str,
        document: bytes,
        asked: "Challenge",
        answer: bytes,
        answered_at: int,
    ) -> Self:
        """Returns the answer to a challenge.

        Args:
            domain: from `domain_of`.
            store: address of the store's account, which is to sign.
            document: keccak256 of the whole document.
            asked: nonce and range.
            answer: keccak256 of the nonce and the bytes of that range.
            answered_at: the chain's clock, in seconds since 1970 UTC.
        """
        return cls._made(
            domain, SHOW, store, document, asked.nonce, asked.start, asked.length, answer,
            answered_at,
        )  # fmt: skip

    @classmethod
    def _made(cls, domain: Domain, act: str, *values: object) -> Self:
        names = (name for _kind, name in _TYPES[act][act])
        return cls(domain, act, dict(zip(names, values, strict=True)))

    @property
    def store(self) -> str:
        """Address of the account that signs."""
        return cast(str, self.message["store"])

    @property
    def document_hash(self) -> bytes:
        """keccak256 of the document."""
        return cast(bytes, self.message["document"])

    @property
    def data(self) -> TypedData:
        """What the store's account signs."""
        return TypedData(self.domain, self.act, _TYPES[self.act], self.message)

    def sign(self, signer: Signer) -> Self:
        """Returns it signed.

        Raises:
            WalletError: when the account does not sign.
        """
        return replace(self, signature=signer.sign_typed(self.data))

    def document(self) -> dict[str, Any]:
        """Returns it as JSON has it: the typed data whole, and the signature."""
        return {"statement": self.data.to_json(), "signature": "0x" + self.signature.hex()}

    @classmethod
    def read(cls, document: object, act: str) -> Self:
        """Reads one from anywhere, whole and with nothing else, and checks its signature.

        Raises:
            ReceiptError: when it is none, or its signature is not the store's.
        """
        try:
            found = cls._read(document, act)
        except (LookupError, TypeError, ValueError, BadAnswer) as error:
            raise _no_receipt() from error
        if recover(found.data.digest, found.signature) != canonical(found.store):
            raise ReceiptError(
                _(
                    "{store}, which the receipt names, did not sign it: it proves nothing. "
                    "Use another document store."
                ).format(store=found.store)
            )
        return found

    @classmethod
    def _read(cls, document: Any, act: str) -> Self:
        """Raises whatever a document of another form leads to."""
        data = TypedData.of_act(document["statement"], act, NAME, _TYPES[act])
        signature = answers.data(document["signature"], "signature", 65)
        found = cls(data.domain, act, data.message, signature)
        if found.document() != document:  # another field or spelling
            raise Unfit("statement")
        return found


@dataclass(frozen=True)
class Challenge:
    """What a store is asked to show: keccak256 of a nonce and a range of a document.

    Attributes:
        nonce: 32 bytes that the store could not foresee.
        start: of the range, in bytes.
        length: of the range, at least 1.
    """

    nonce: bytes
    start: int
    length: int

    def answer(self, content: bytes) -> bytes:
        """Returns what a store that has the document answers."""
        return keccak(self.nonce + content[self.start : self.start + self.length])


@dataclass(frozen=True)
class Kept:
    """A receipt as its owner keeps it: what the store signed, and where it was reached.

    Attributes:
        keep: the store's promise.
        url: where the document was brought; nobody signed that.
    """

    keep: Statement
    url: str

    def save(self, folder: Path) -> Path:
        """Writes it to a file that only its owner reads; returns where.

        Raises:
            OSError: when it cannot be written.
        """
        document, store = self.keep.document_hash.hex(), self.keep.store[2:].lower()
        where = keccak(text=self.url).hex()[:8]
        # a later receipt leaves the earlier one, which tells the better time, as it is; and who
        # hands on another's leaves the one that came from where it is true
        name = f"store-{document}-{store}-{where}-{self.keep.message['receivedAt']}.json"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(folder / name, self.keep.document() | {"url": self.url}, 0o600)
        return folder / name

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads one from a file.

        Raises:
            ReceiptError: when it is none, or its signature is not the store's.
            OSError: when the file cannot be read.
        """
        try:
            read = json.loads(read_file(path))
            url = read.pop("url")
            if not isinstance(url, str):
                raise TypeError("url")
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise _no_receipt() from error
        return cls(Statement.read(read, KEEP), url)


def domain_of(tenders: Domain) -> Domain:
    """Returns the domain of the stores of a ledger, from that of its tenders."""
    return Domain(NAME, tenders.chain_id, tenders.contract)


def permit(domain: Domain, account: str, document: bytes, size: int) -> TypedData:
    """Returns what an organisation's account signs to have a document kept in clear."""
    message = {"account": account, "document": document, "size": size}
    return TypedData(domain, FILE, _TYPES[FILE], message)


Permit = Callable[[bytes, int], tuple[str, bytes]]
"""Signs for a document in clear, by hash and size; returns the account and its signature."""


def permits_of(signer: Signer, domain: Domain) -> Permit:
    """Returns what signs by this account, once for all the stores of one ledger."""
    signed, one = dict[tuple[bytes, int], bytes](), threading.Lock()

    def sign(document: bytes, size: int) -> tuple[str, bytes]:
        with one:  # they are brought to at once, and an account may be a person who is asked
            if (document, size) not in signed:
                asked = permit(domain, signer.address, document, size)
                signed[document, size] = signer.sign_typed(asked)
            return signer.address, signed[document, size]

    return sign


def _no_receipt() -> ReceiptError:
    return ReceiptError(
        _("This is not what a document store signs. Name a file that `bid seal --store` wrote.")
    )
