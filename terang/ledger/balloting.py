"""What a panel member does: a ballot for a seat, signed here or elsewhere, sealed and cast."""

from collections.abc import Sequence
from pathlib import Path

from eth_utils.crypto import keccak

from terang.chain.act import Act
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import when
from terang.identity.signer import Signer
from terang.identity.typed_data import TypedData
from terang.ledger.ballots import MARKS, MOST_SCORE, RECUSED
from terang.ledger.checking import proved_key
from terang.ledger.facts import box_at, read_file, tender_at
from terang.ledger.ledger import Ledger
from terang.ledger.signing import Signature
from terang.replay import rules
from terang.replay.evaluation import is_marked
from terang.replay.state import State
from terang.sealing.bidding import seal_ballot
from terang.sealing.messages import Ballot
from terang.vocabulary import Question


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
        KeyNotProved: when the key of the box is not what the openers made.
    """

    def __init__(self, ledger: Ledger, state: State, number: int) -> None:
        box, self._tender = box_at(state, number, "ballots"), tender_at(state, number)
        self._ledger, self._state = ledger, state
        self._round = self._tender.award.rounds[-1]
        self.box = ledger.ballots.box(number, box.stage)
        closes_at = box.closes_at
        if ledger.chain.now >= closes_at:
            raise UsageError(
                _(
                    "The ballot box of tender {tender} closed at {time}. "
                    "`award show` tells what came of it."
                ).format(tender=number, time=when(closes_at))
            )
        self._public_key = proved_key(ledger, self.box)

    def ballot(self, account: str, reasons: bytes, words: Sequence[str]) -> Ballot:
        """Returns the ballot that this account is to sign.

        Args:
            account: of a seat on the panel.
            reasons: keccak256 of the written reasons.
            words: ORGANISATION=MARK for each bidder once; a score where quality is judged.

        Raises:
            UsageError: when the account has no seat on the panel, or the marks are not one for each
                bidder.
        """
        return Ballot(
            self._seat(account),
            reasons,
            marks_of(words, self._tender.bidders, self._round.question),
        )

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
            and is_marked(self._round.question, ballot.marks)
        )
        if not right:
            raise UsageError(
                _(
                    "This ballot is not one of seat {seat} for the newest panel of tender {tender}."
                    " Have it prepared again."
                ).format(seat=ballot.seat, tender=self._tender.id)
            )
        return ballot

    def may_have_voted(self, seat: int) -> bool:
        """Tells whether a seat's account has sealed something here, its ballot or another's."""
        return bool(self._round.box.sealed_by.get(seat))

    def seal(self, ballot: Ballot) -> bytes:
        """Returns a new envelope of a signed ballot."""
        return seal_ballot(ballot, self.box, self._public_key)

    def cast(self, sender: Signer, ballot: Ballot) -> Act:
        """Returns the act that seals a signed ballot.

        Args:
            sender: an account of the panel, or a licensed relay.
            ballot: signed.
        """
        stage = self.box.stage
        return self._ledger.ballots.seal(sender, self._tender.id, stage, self.seal(ballot))

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


def hash_of(reasons: Path) -> bytes:
    """Returns the keccak256 of written reasons; they are kept nowhere else while the box is shut.

    Raises:
        UsageError: when the file cannot be read.
    """
    return keccak(read_file(reasons))


def reasons_of(state: State, number: int, reasons: bytes) -> int:
    """Returns the seat whose opened ballot names these written reasons.

    Args:
        state: the ledger as its events tell it.
        number: the tender's.
        reasons: their keccak256.

    Raises:
        UsageError: when no opened ballot names them: what is published before tells the vote.
    """
    for evaluation in tender_at(state, number).award.rounds:
        for ballot in evaluation.ballots:
            if ballot.reasons == reasons:
                return ballot.seat
    raise UsageError(
        _(
            "No opened ballot on tender {tender} names these reasons. Publish them once the "
            "ballots are open, and the very file that the ballot was cast with."
        ).format(tender=number)
    )


def recusal(ledger: Ledger, state: State, number: int, sender: Signer, reason: bytes) -> Act:
    """Returns the act by which a seat leaves a tender's newest panel.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        number: the tender's.
        sender: the account of the seat.
        reason: keccak256 of the reasons.

    Raises:
        UsageError: when the tender has no panel.
    """
    box_at(state, number, "ballots")  # says if there is no panel
    round_ = len(tender_at(state, number).award.rounds) - 1
    return ledger.ballots.recuse(sender, number, round_, reason)


def marks_of(
    words: Sequence[str],
    bidders: Sequence[int],
    question: Question = Question.RESPONSIVENESS,
) -> bytes:
    """Returns a ballot's marks, in the order in which bids were opened.

    Args:
        words: ORGANISATION=MARK, in any order.
        bidders: organisations in the order of opening.
        question: what the round asks; about quality a mark is a score from 0 to 100, or recused.

    Raises:
        UsageError: when they are not one known mark for each bidder.
    """
    pairs = [word.partition("=")[::2] for word in words]
    known = {str(each) for each in bidders}
    marks = _scores() if question is Question.QUALITY else MARKS
    if (
        any(name not in known or mark not in marks for name, mark in pairs)
        or len(pairs) != len(bidders)
        or len(dict(pairs)) != len(bidders)
    ):
        raise UsageError(
            _(
                "Give --mark ORGANISATION=MARK once for each of {bidders}, MARK one of {marks}."
            ).format(
                bidders=", ".join(map(str, bidders)),
                marks=_("0 to 100, recused") if question is Question.QUALITY else ", ".join(MARKS),
            )
        )
    given = dict(pairs)
    return bytes(marks[given[str(each)]] for each in bidders)


def _scores() -> dict[str, int]:
    """Scores by the words that people write."""
    return {str(each): each for each in range(MOST_SCORE + 1)} | {"recused": RECUSED}
