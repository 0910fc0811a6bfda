"""EIP-712 typed data: what a person's wallet shows and signs.

One definition serves both sides: `TypedData.digest` is what the sealing code signs and checks,
`TypedData.to_json` what a browser or hardware wallet is given (`eth_signTypedData_v4`), and
`TypedData.from_json` reads that back where a message travels in a file to be signed offline.
Source: EIP-712, "Ethereum typed structured data hashing and signing".
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from terang.errors import TerangError
from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.encoding import Message, Types, Unfit, from_json, hash_struct, to_json

AGREEMENTS: Final = "Terang Agreements"
BALLOTS: Final = "Terang Ballots"
PARTICIPANTS: Final = "Terang Participants"
TENDERS: Final = "Terang Tenders"

_DOMAIN: Final = "EIP712Domain"
_DOMAIN_TYPES: Final[Types] = {
    _DOMAIN: (
        ("string", "name"),
        ("string", "version"),
        ("uint256", "chainId"),
        ("address", "verifyingContract"),
    )
}

ACTS: Final[dict[str, tuple[str, Types]]] = {
    "SubmitBid": (
        TENDERS,
        {
            "SubmitBid": (
                ("uint256", "tenderId"),
                ("uint32", "version"),
                ("uint32", "nonce"),
                ("address", "account"),
                ("uint128", "price"),
                ("bytes32", "documents"),
            )
        },
    ),
    "SubmitProposal": (
        TENDERS,
        {
            "SubmitProposal": (
                ("uint256", "tenderId"),
                ("uint32", "version"),
                ("uint32", "nonce"),
                ("address", "account"),
                ("bytes32", "documents"),
            )
        },
    ),
    "CastBallot": (
        BALLOTS,
        {
            "CastBallot": (
                ("uint256", "tenderId"),
                ("uint32", "round"),
                ("uint32", "seat"),
                ("bytes32", "reasons"),
                ("bytes", "marks"),
            )
        },
    ),
    "SignAgreement": (
        AGREEMENTS,
        {
            "SignAgreement": (
                ("uint256", "tenderId"),
                ("uint32", "buyer"),
                ("uint32", "supplier"),
                ("uint128", "price"),
                ("address", "currency"),
                ("bytes32", "documents"),
                ("uint48", "startsAt"),
                ("address", "payee"),
                ("address", "refundTo"),
                ("Milestone[]", "milestones"),
                ("address[]", "inspectors"),
                ("uint8", "approvals"),
            ),
            "Milestone": (("uint128", "amount"), ("uint48", "dueAt"), ("bytes32", "deliverable")),
        },
    ),
    "AcceptKey": (
        PARTICIPANTS,
        {
            "AcceptKey": (
                ("uint32", "organisation"),
                ("address", "key"),
                ("uint8", "powers"),
                ("uint48", "from"),
                ("uint48", "until"),
            )
        },
    ),
}
"""Every act that is signed: the EIP-712 name of the contract that takes it, and its structs."""


class TypedDataError(TerangError, ValueError):
    """A file to be signed that is not one of Terang's messages, or is one for another ledger."""


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
        return hash_struct(_DOMAIN_TYPES, _DOMAIN, self._values)

    def to_json(self) -> dict[str, object]:
        """Returns the domain as wallets take it."""
        return self._values | {"verifyingContract": to_checksum_address(self.contract)}

    @property
    def _values(self) -> dict[str, object]:
        return {
            "name": self.name,
            "version": self.VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }


@dataclass(frozen=True)
class TypedData:
    """A message to sign.

    Attributes:
        domain: where the signature is valid.
        primary_type: the struct's name, which is the name of the act.
        types: that struct and those it refers to.
        message: its values by field.
    """

    domain: Domain
    primary_type: str
    types: Types
    message: Message

    @property
    def digest(self) -> bytes:
        """The 32 bytes that are signed.

        Raises:
            eth_abi.exceptions.EncodingError: if a value does not fit its type.
        """
        struct = hash_struct(self.types, self.primary_type, self.message)
        return keccak(b"\x19\x01" + self.domain.separator + struct)

    def to_json(self) -> dict[str, object]:
        """Returns `types`, `domain`, `primaryType` and `message`, ready for `json.dumps`.

        Integers of the message are decimal strings, since JavaScript rounds above 2⁵³.
        """
        return {
            "types": _types_json(self.types),
            "domain": self.domain.to_json(),
            "primaryType": self.primary_type,
            "message": to_json(self.types, self.primary_type, self.message),
        }

    @classmethod
    def from_json(cls, document: object, domain: Domain | None = None) -> "TypedData":
        """Reads a message as `to_json` writes it: one of `ACTS`, whole and with nothing else.

        What is signed offline is signed unseen by the rest of the program, so whatever a wallet
        might hash otherwise than it shows is refused: an unknown field, another spelling of a type,
        a number that is not decimal digits in a string.

        Args:
            document: what `json.loads` returned, from anywhere.
            domain: where the message must be for; None to take any contract of the act's name.

        Raises:
            TypedDataError: for anything else.
        """
        try:
            return cls._read(document, domain)
        except Unfit as error:
            raise TypedDataError(
                _(
                    "This is not a message of Terang to sign; expected {detail}. Have it prepared "
                    "again, and change nothing in the file."
                ).format(detail=error)
            ) from error

    @classmethod
    def _read(cls, document: object, expected: Domain | None) -> "TypedData":
        act = _whole(document)["primaryType"]
        if not isinstance(act, str) or act not in ACTS:
            raise Unfit(f"primaryType: {' | '.join(ACTS)}")
        return cls.of_act(document, act, *ACTS[act], expected)

    @classmethod
    def of_act(
        cls, document: object, act: str, name: str, types: Types, domain: Domain | None = None
    ) -> "TypedData":
        """Reads a message of one kind, whole and with nothing else; see `from_json`.

        Args:
            document: what `json.loads` returned, from anywhere.
            act: the struct's name.
            name: the EIP-712 name of the domain.
            types: that struct and those it refers to.
            domain: where the message must be for; None to take any contract of that name.

        Raises:
            Unfit: for anything else.
            TypedDataError: when it is for another ledger.
        """
        whole = _whole(document)
        if whole["primaryType"] != act or whole["types"] != _types_json(types):
            raise Unfit(f"types: {act}")
        found = _domain(whole["domain"], name)
        if domain is not None and found.separator != domain.separator:
            raise TypedDataError(
                _(
                    "This message is for {name} at {contract} on chain {chain}, another ledger "
                    "than yours. Have it prepared for the ledger that you use."
                ).format(name=found.name, contract=found.contract, chain=found.chain_id)
            )
        return cls(found, act, types, from_json(types, act, whole["message"], "message"))


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
    return _act(domain, "SubmitBid", tender_id, version, nonce, account, price, documents)


def submit_proposal(
    domain: Domain, tender_id: int, version: int, nonce: int, account: str, documents: bytes
) -> TypedData:
    """Returns the `SubmitProposal` message of a bid whose price is in an envelope of its own.

    Args:
        domain: the contract that holds the tenders, named `TENDERS`.
        tender_id: the tender.
        version: version of the tender's documents that is bid on.
        nonce: the bid's number, from 1, which its price has too; an organisation's highest counts.
        account: the bidder's address.
        documents: keccak256 of the encrypted archive of documents.
    """
    return _act(domain, "SubmitProposal", tender_id, version, nonce, account, documents)


def cast_ballot(
    domain: Domain, tender_id: int, round_: int, seat: int, reasons: bytes, marks: bytes
) -> TypedData:
    """Returns the `CastBallot` message of a panel member.

    Args:
        domain: the contract that holds the ballots, named `BALLOTS`.
        tender_id: the tender that is judged.
        round_: the panel's round, from 0.
        seat: the member's seat in the consortium.
        reasons: hash of the member's written reasons, 32 bytes.
        marks: one byte per valid bid, in the order of opening.
    """
    return _act(domain, "CastBallot", tender_id, round_, seat, reasons, marks)


def sign_agreement(domain: Domain, agreement: Message) -> TypedData:
    """Returns the `SignAgreement` message that buyer and supplier sign.

    Args:
        domain: the contract that registers agreements, named `AGREEMENTS`.
        agreement: every field of the contract's struct by its name there.
    """
    return TypedData(domain, "SignAgreement", ACTS["SignAgreement"][1], agreement)


def accept_key(
    domain: Domain, organisation: int, key: str, powers: int, starts: int, until: int
) -> TypedData:
    """Returns the `AcceptKey` message by which a key consents to act for an organisation.

    Args:
        domain: the register of participants, named `PARTICIPANTS`.
        organisation: its number.
        key: the key's own address; it signs.
        powers: what the key may do, one bit each.
        starts: first second of its powers, since 1970 UTC; not past when it is registered.
        until: first second without them.
    """
    return _act(domain, "AcceptKey", organisation, key, powers, starts, until)


def _act(domain: Domain, act: str, *values: int | str | bytes) -> TypedData:
    types = ACTS[act][1]
    names = (name for _kind, name in types[act])
    return TypedData(domain, act, types, dict(zip(names, values, strict=True)))


def _types_json(types: Types) -> dict[str, object]:
    return {
        name: [{"name": field, "type": kind} for kind, field in fields]
        for name, fields in {**_DOMAIN_TYPES, **types}.items()
    }


def _domain(document: object, name: str) -> Domain:
    values = _fields(document, "domain", ("name", "version", "chainId", "verifyingContract"))
    chain, contract = values["chainId"], values["verifyingContract"]
    if values["name"] != name or values["version"] != Domain.VERSION:
        raise Unfit(f"domain: {name}, {Domain.VERSION}")
    if type(chain) is not int or not 0 < chain < 1 << 64:
        raise Unfit("domain.chainId: 1 … 2⁶⁴ − 1")
    try:
        return Domain(name, chain, to_checksum_address(canonical(contract)))
    except ValueError as error:
        raise Unfit("domain.verifyingContract: address") from error


def _whole(document: object) -> dict[str, Any]:
    return _fields(document, "file", ("types", "domain", "primaryType", "message"))


def _fields(document: object, where: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(document, dict) or set(document) != set(names):
        raise Unfit(f"{where}: {', '.join(names)}")
    return document
