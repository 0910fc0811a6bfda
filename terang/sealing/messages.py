"""What an envelope holds: a bid, a proposal or a ballot, signed by its author.

The layouts are packed and big-endian. The tender, the chain and the contract are not in them: the
signature covers them, and they come from the box.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from eth_utils.address import to_checksum_address

from terang.errors import TerangError
from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.signature import LENGTH, recover
from terang.identity.signer import Signer
from terang.identity.typed_data import BALLOTS as BALLOTS_DOMAIN
from terang.identity.typed_data import (
    TENDERS,
    Domain,
    TypedData,
    cast_ballot,
    submit_bid,
    submit_proposal,
)
from terang.sealing.envelope import Box, Reason, Void
from terang.vocabulary import BALLOTS, PROPOSALS

WITHDRAWN: Final = (1 << 128) - 1
"""The price by which an organisation withdraws its bid."""


class MessageError(TerangError, ValueError):
    """A message that cannot be made from these values."""


@dataclass(frozen=True)
class Bid:
    """A bid with its price; in two envelopes the one of the price, whose proposal is `Proposal`.

    Attributes:
        account: the bidder's address; its key signs.
        price: in the smallest unit of the tender's currency, 1…2¹²⁸ − 2; `WITHDRAWN` withdraws.
        documents: keccak256 of the encrypted archive, 32 bytes; zero when there is none.
        version: version of the tender's documents that is bid on, a uint32.
        nonce: the bid's number, a uint32 from 1; an organisation's highest counts. In two envelopes
            it is the proposal's too.
        signature: r ‖ s ‖ v over `SubmitBid`, 65 bytes; empty until signed.
    """

    account: str
    price: int
    documents: bytes
    version: int
    nonce: int
    signature: bytes = b""

    LENGTH: ClassVar[int] = 141

    def __post_init__(self) -> None:
        _check_account(self.account)
        _check_uint("price", self.price, 128)
        _check_bytes32("documents", self.documents)
        _check_uint("version", self.version, 32)
        _check_uint("nonce", self.nonce, 32)

    def typed_data(self, box: Box) -> TypedData:
        """Returns the `SubmitBid` that the bidder's wallet signs for this box.

        Raises:
            MessageError: if the box takes no prices.
        """
        if box.stage == PROPOSALS or box.stage >= BALLOTS:
            raise MessageError(_("This box takes no prices. Choose the tender's box for them."))
        domain = Domain(TENDERS, box.chain_id, box.contract)
        return submit_bid(
            domain,
            box.tender_id,
            self.version,
            self.nonce,
            self.account,
            self.price,
            self.documents,
        )

    def sign(self, wallet: Signer, box: Box) -> "Bid":
        """Returns the bid signed.

        Raises:
            MessageError: if the wallet is not the account's, or the nonce or the price is 0.
        """
        _check_signer(self.account, wallet, self.nonce)
        if self.price == 0:
            raise MessageError(_("A bid of 0 is void. Give a price of 1 or more."))
        return replace(self, signature=wallet.sign_typed(self.typed_data(box)))

    def verify(self, box: Box) -> None:
        """Checks that the account signed this bid for this box.

        Raises:
            Void: if it did not.
        """
        _verify(self.typed_data(box), self.signature, self.account)

    def pack(self) -> bytes:
        """Returns the 141 bytes that are sealed.

        Raises:
            MessageError: if the bid is not signed.
        """
        return b"".join(
            (
                canonical(self.account),
                self.price.to_bytes(16, "big"),
                self.documents,
                self.version.to_bytes(4, "big"),
                self.nonce.to_bytes(4, "big"),
                _signed(self.signature),
            )
        )

    @classmethod
    def unpack(cls, plaintext: bytes) -> "Bid":
        """Reads a bid; its signature is not checked.

        Raises:
            Void: if the length is not 141.
        """
        if len(plaintext) != cls.LENGTH:
            raise Void(Reason.LENGTH)
        return cls(
            account=to_checksum_address(plaintext[:20]),
            price=int.from_bytes(plaintext[20:36], "big"),
            documents=plaintext[36:68],
            version=int.from_bytes(plaintext[68:72], "big"),
            nonce=int.from_bytes(plaintext[72:76], "big"),
            signature=plaintext[76:],
        )


@dataclass(frozen=True)
class Proposal:
    """What a bidder proposes, where its price is in an envelope of its own.

    Attributes:
        account: the bidder's address; its key signs.
        documents: keccak256 of the encrypted archive, 32 bytes; zero when there is none.
        version: version of the tender's documents that is bid on, a uint32.
        nonce: the bid's number, a uint32 from 1, by which its price belongs to it; an
            organisation's highest counts.
        signature: r ‖ s ‖ v over `SubmitProposal`, 65 bytes; empty until signed.
    """

    account: str
    documents: bytes
    version: int
    nonce: int
    signature: bytes = b""

    LENGTH: ClassVar[int] = 125

    def __post_init__(self) -> None:
        _check_account(self.account)
        _check_bytes32("documents", self.documents)
        _check_uint("version", self.version, 32)
        _check_uint("nonce", self.nonce, 32)

    def typed_data(self, box: Box) -> TypedData:
        """Returns the `SubmitProposal` that the bidder's wallet signs for this box.

        Raises:
            MessageError: if the box is not one of proposals.
        """
        if box.stage != PROPOSALS:
            raise MessageError(_("This box takes no proposals. Choose the tender's box for them."))
        domain = Domain(TENDERS, box.chain_id, box.contract)
        return submit_proposal(
            domain, box.tender_id, self.version, self.nonce, self.account, self.documents
        )

    def sign(self, wallet: Signer, box: Box) -> "Proposal":
        """Returns the proposal signed.

        Raises:
            MessageError: if the wallet is not the account's, or the nonce is 0.
        """
        _check_signer(self.account, wallet, self.nonce)
        return replace(self, signature=wallet.sign_typed(self.typed_data(box)))

    def verify(self, box: Box) -> None:
        """Checks that the account signed this proposal for this box.

        Raises:
            Void: if it did not.
        """
        _verify(self.typed_data(box), self.signature, self.account)

    def pack(self) -> bytes:
        """Returns the 125 bytes that are sealed.

        Raises:
            MessageError: if the proposal is not signed.
        """
        return b"".join(
            (
                canonical(self.account),
                self.documents,
                self.version.to_bytes(4, "big"),
                self.nonce.to_bytes(4, "big"),
                _signed(self.signature),
            )
        )

    @classmethod
    def unpack(cls, plaintext: bytes) -> "Proposal":
        """Reads a proposal; its signature is not checked.

        Raises:
            Void: if the length is not 125.
        """
        if len(plaintext) != cls.LENGTH:
            raise Void(Reason.LENGTH)
        return cls(
            account=to_checksum_address(plaintext[:20]),
            documents=plaintext[20:52],
            version=int.from_bytes(plaintext[52:56], "big"),
            nonce=int.from_bytes(plaintext[56:60], "big"),
            signature=plaintext[60:],
        )


@dataclass(frozen=True)
class Ballot:
    """A panel member's judgement of the opened bids.

    Attributes:
        seat: the member's seat in the consortium, a uint32.
        reasons: hash of the written reasons, 32 bytes.
        marks: one byte per opened bid, in the order of opening.
        signature: r ‖ s ‖ v over `CastBallot`, 65 bytes; empty until signed.
    """

    seat: int
    reasons: bytes
    marks: bytes
    signature: bytes = b""

    FIXED: ClassVar[int] = 101

    def __post_init__(self) -> None:
        _check_uint("seat", self.seat, 32)
        _check_bytes32("reasons", self.reasons)

    def typed_data(self, box: Box) -> TypedData:
        """Returns the `CastBallot` that the member's wallet signs for this box.

        Raises:
            MessageError: if the box is not one of ballots.
        """
        if box.stage < BALLOTS:
            raise MessageError(_("This box takes no ballots. Choose the tender's ballot box."))
        domain = Domain(BALLOTS_DOMAIN, box.chain_id, box.contract)
        return cast_ballot(
            domain, box.tender_id, box.stage - BALLOTS, self.seat, self.reasons, self.marks
        )

    def sign(self, wallet: Signer, box: Box) -> "Ballot":
        """Returns the ballot signed."""
        return replace(self, signature=wallet.sign_typed(self.typed_data(box)))

    def verify(self, box: Box, account: str) -> None:
        """Checks that the seat's account signed this ballot for this box.

        Args:
            box: the ballot box.
            account: the address that votes for the seat.

        Raises:
            Void: if it did not.
        """
        _verify(self.typed_data(box), self.signature, account)

    def pack(self) -> bytes:
        """Returns the bytes that are sealed: 101 and one per mark.

        Raises:
            MessageError: if the ballot is not signed.
        """
        return self.seat.to_bytes(4, "big") + self.reasons + _signed(self.signature) + self.marks

    @classmethod
    def unpack(cls, plaintext: bytes, count: int) -> "Ballot":
        """Reads a ballot; its signature is not checked.

        Args:
            plaintext: bytes from anywhere.
            count: how many valid bids the panel judges.

        Raises:
            Void: if the length is not 101 + count.
        """
        if len(plaintext) != cls.FIXED + count:
            raise Void(Reason.LENGTH)
        return cls(
            seat=int.from_bytes(plaintext[:4], "big"),
            reasons=plaintext[4:36],
            marks=plaintext[101:],
            signature=plaintext[36:101],
        )


def _check_account(account: str) -> None:
    try:
        canonical(account)
    except ValueError as error:
        raise MessageError(
            _("{value} is not an account's address. Check it for a mistake in typing.").format(
                value=ascii(account)[:80]
            )
        ) from error


def _check_uint(field: str, value: int, bits: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << bits:
        raise MessageError(
            _("The {field} must be a whole number of at most {bits} bits. Correct it.").format(
                field=field, bits=bits
            )
        )


def _check_bytes32(field: str, value: bytes) -> None:
    if not isinstance(value, bytes) or len(value) != 32:
        raise MessageError(
            _("The hash in {field} must have 32 bytes. Compute it again.").format(field=field)
        )


def _check_signer(account: str, wallet: Signer, nonce: int) -> None:
    if canonical(account) != canonical(wallet.address):
        raise MessageError(
            _("This bid names {account}, the wallet is {wallet}. Use the account's wallet.").format(
                account=account, wallet=wallet.address
            )
        )
    if nonce == 0:
        raise MessageError(_("Bids are numbered from 1. Use a nonce of 1 or more."))


def _signed(signature: bytes) -> bytes:
    if len(signature) != LENGTH:
        raise MessageError(_("This message is not signed. Sign it before you seal it."))
    return signature


def _verify(data: TypedData, signature: bytes, account: str) -> None:
    if recover(data.digest, signature) != canonical(account):
        raise Void(Reason.SIGNATURE)
