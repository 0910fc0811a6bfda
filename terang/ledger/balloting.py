"""What a panel member does: a ballot for a seat, signed here or elsewhere, sealed and cast."""

from collections.abc import Sequence

from terang.chain.act import Act
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import when
from terang.identity.signer import Signer
from terang.identity.typed_data import TypedData
from terang.ledger.awards import BALLOTS, MARKS
from terang.ledger.facts import tender_at
from terang.ledger.ledger import Ledger
from terang.ledger.signing import Signature
from terang.replay import rules
from terang.replay.state import State
from terang.sealing.bidding import seal_ballot
from terang.sealing.curve import point_at
from terang.sealing.messages import Ballot


class Poll:
    """The ballot box of a tender's newest panel, while it is open.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        number: the tender's.

    Attributes:
        box: what ballots are bound to.

    Raises:
        UsageError: when the tender has no panel, or its ballot box has closed.
    """

    def __init__(self, ledger: Ledger, state: State, number: int) -> None:
        self._tender = tender_at(state, number)
        if not self._tender.award.rounds:
            raise UsageError(
                _("Tender {tender} has no panel yet. `award draw` draws it.").format(tender=number)
            )
        self._ledger, self._state = ledger, state
        self._round = self._tender.award.rounds[-1]
        self.box = ledger.awards.box(number, BALLOTS + len(self._tender.award.rounds) - 1)
        closes_at = self._round.box.closes_at
        if ledger.chain.now >= closes_at:
            raise UsageError(
                _(
                    "The ballot box of tender {tender} closed at {time}. "
                    "`award show` tells what came of it."
                ).format(tender=number, time=when(closes_at))
            )

    def ballot(self, account: str, reasons: bytes, words: Sequence[str]) -> Ballot:
        """Returns the ballot that this account is to sign.

        Args:
            account: of a seat on the panel.
            reasons: keccak256 of the written reasons.
            words: ORGANISATION=MARK for each bidder once.

        Raises:
            UsageError: when the account has no seat on the panel, the seat has sealed a ballot
                itself already, or the marks are not one for each bidder.
        """
        seat = self._seat(account)
        if self._round.box.sealed_by.get(seat):
            raise UsageError(
                _(
                    "Seat {seat} has sealed a ballot here already, and only its first one counts. "
                    "Wait for the opening."
                ).format(seat=seat)
            )
        return Ballot(seat, reasons, marks_of(words, self._tender.bidders))

    def read(self, data: TypedData, signature: Signature) -> Ballot:
        """Returns the ballot that an account signed in a file.

        Raises:
            UsageError: when it signed something else, has no seat on the panel, or the ballot is
                not one of this box, for this seat and over these bids.
        """
        signature.check_key(data)
        message = data.message
        ballot = Ballot(message["seat"], message["reasons"], message["marks"], signature.signature)
        right = (
            ballot.typed_data(self.box) == data
            and ballot.seat == self._seat(signature.account)
            and len(ballot.marks) == self._round.bidders
            and rules.MARKS.issuperset(ballot.marks)
        )
        if not right:
            raise UsageError(
                _(
                    "This ballot is not one of seat {seat} for the newest panel of tender {tender}."
                    " Have it prepared again."
                ).format(seat=ballot.seat, tender=self._tender.id)
            )
        return ballot

    def cast(self, sender: Signer, ballot: Ballot) -> Act:
        """Returns the act that seals a signed ballot.

        Args:
            sender: an account of the panel, or a licensed relay.
            ballot: signed.
        """
        key = self._state.opening_keys[self._round.box.key]
        envelope = seal_ballot(ballot, self.box, point_at(key.x, key.y))
        return self._ledger.awards.seal(sender, self._tender.id, self.box.stage, envelope)

    def _seat(self, account: str) -> int:
        seat = rules.votes_for(self._state, self._tender, self._round, account)
        if not seat:
            raise UsageError(
                _(
                    "{account} has no seat on the panel of tender {tender}. "
                    "Sign with the account of a seat that was drawn; `award show` names them."
                ).format(account=account, tender=self._tender.id)
            )
        return seat


def marks_of(words: Sequence[str], bidders: Sequence[int]) -> bytes:
    """Returns a ballot's marks, in the order in which bids were opened.

    Args:
        words: ORGANISATION=MARK, in any order.
        bidders: organisations in the order of opening.

    Raises:
        UsageError: when they are not one known mark for each bidder.
    """
    pairs = [word.partition("=")[::2] for word in words]
    known = {str(each) for each in bidders}
    if (
        any(name not in known or mark not in MARKS for name, mark in pairs)
        or len(pairs) != len(bidders)
        or len(dict(pairs)) != len(bidders)
    ):
        raise UsageError(
            _(
                "Give --mark ORGANISATION=MARK once for each of {bidders}, MARK one of {marks}."
            ).format(bidders=", ".join(map(str, bidders)), marks=", ".join(MARKS))
        )
    given = dict(pairs)
    return bytes(MARKS[given[str(each)]] for each in bidders)
