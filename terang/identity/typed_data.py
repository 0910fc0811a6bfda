"""EIP-712 typed data: what a person's wallet shows and signs.

One definition serves both sides: `TypedData.digest` is what the sealing code signs and checks,
`TypedData.to_json` what a browser or hardware wallet is given (`eth_signTypedData_v4`).
Source: EIP-712, "Ethereum typed structured data hashing and signing".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

Value = int | str | bytes
"""A field: an int for uintN, a str for address and string, bytes for bytesN and bytes."""

TENDERS: Final = "Terang Tenders"
AWARDS: Final = "Terang Awards"

_DOMAIN_FIELDS: Final = (
    ("string", "name"),
    ("string", "version"),
    ("uint256", "chainId"),
    ("address", "verifyingContract"),
)


@dataclass(frozen=True)
class Domain:
    """Where a signature is valid: one contract on one chain.

    Attributes:
        name: the contract's EIP-712 name.
        chain_id: the chain's id.
        contract: the verifying contract's address, hex.
    """

    name: str
    chain_id: int
    contract: str

    VERSION: ClassVar[str] = "1"

    @property
    def separator(self) -> bytes:
        """The 32-byte domain separator."""
        values = (self.name, self.VERSION, self.chain_id, self.contract)
        return _hash_struct("EIP712Domain", _DOMAIN_FIELDS, values)


@dataclass(frozen=True)
class TypedData:
    """A message to sign; flat: every field is an elementary type.

    Attributes:
        domain: where the signature is valid.
        primary_type: the struct's name, which is the name of the act.
        fields: (type, name) in the struct's order.
        values: the values, in the same order.
    """

    domain: Domain
    primary_type: str
    fields: Sequence[tuple[str, str]]
    values: Sequence[Value]

    @property
    def digest(self) -> bytes:
        """The 32 bytes that are signed.

        Raises:
            eth_abi.exceptions.EncodingError: if a value does not fit its type.
        """
        struct = _hash_struct(self.primary_type, self.fields, self.values)
        return keccak(b"\x19\x01" + self.domain.separator + struct)

    def to_json(self) -> dict[str, object]:
        """Returns `types`, `domain`, `primaryType` and `message`, ready for `json.dumps`.

        Integers of the message are decimal strings, since JavaScript rounds above 2⁵³.
        """
        pairs = zip(self.fields, self.values, strict=True)
        return {
            "types": {
                "EIP712Domain": [{"name": name, "type": kind} for kind, name in _DOMAIN_FIELDS],
                self.primary_type: [{"name": name, "type": kind} for kind, name in self.fields],
            },
            "domain": {
                "name": self.domain.name,
                "version": self.domain.VERSION,
                "chainId": self.domain.chain_id,
                "verifyingContract": to_checksum_address(self.domain.contract),
            },
            "primaryType": self.primary_type,
            "message": {name: _json(kind, value) for (kind, name), value in pairs},
        }


def submit_bid(
    domain: Domain,
    tender_id: int,
    version: int,
    nonce: int,
    account: str,
    price: int,
    documents: bytes,
) -> TypedData:
    """Returns the `SubmitBid` message of a priced bid.

    Args:
        domain: the contract that holds the tenders, named `TENDERS`.
        tender_id: the tender.
        version: version of the tender's documents that is bid on.
        nonce: the bid's number, from 1; an organisation's highest counts.
        account: the bidder's address.
        price: in the smallest unit of the tender's currency, below 2¹²⁸.
        documents: keccak256 of the encrypted archive of documents.
    """
    fields = (
        ("uint256", "tenderId"),
        ("uint32", "version"),
        ("uint32", "nonce"),
        ("address", "account"),
        ("uint128", "price"),
        ("bytes32", "documents"),
    )
    values = (tender_id, version, nonce, account, price, documents)
    return TypedData(domain, "SubmitBid", fields, values)


def cast_ballot(
    domain: Domain, tender_id: int, round_: int, seat: int, reasons: bytes, marks: bytes
) -> TypedData:
    """Returns the `CastBallot` message of a panel member.

    Args:
        domain: the contract that holds the ballots, named `AWARDS`.
        tender_id: the tender that is judged.
        round_: the panel's round, from 0.
        seat: the member's seat in the consortium.
        reasons: hash of the member's written reasons, 32 bytes.
        marks: one byte per valid bid, in the order of opening.
    """
    fields = (
        ("uint256", "tenderId"),
        ("uint32", "round"),
        ("uint32", "seat"),
        ("bytes32", "reasons"),
        ("bytes", "marks"),
    )
    return TypedData(domain, "CastBallot", fields, (tender_id, round_, seat, reasons, marks))


def _hash_struct(name: str, fields: Sequence[tuple[str, str]], values: Sequence[Value]) -> bytes:
    signature = f"{name}({','.join(f'{kind} {field}' for kind, field in fields)})"
    kinds: list[str] = ["bytes32"]
    words: list[Value] = [keccak(text=signature)]
    for (kind, _), value in zip(fields, values, strict=True):
        if kind in ("string", "bytes"):
            kinds.append("bytes32")
            words.append(keccak(value.encode() if isinstance(value, str) else value))
        else:
            kinds.append(kind)
            words.append(value)
    return keccak(encode(kinds, words))


def _json(kind: str, value: Value) -> str:
    if kind == "address":
        return to_checksum_address(str(value))
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
