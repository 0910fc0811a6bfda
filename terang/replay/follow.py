"""What became of one bid, from its receipt and the ledger's events."""

from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from terang.chain.sentences import ENUMS
from terang.errors import UsageError
from terang.i18n import N_, _
from terang.i18n.show import iso, money, when
from terang.ledger.plan import Currency
from terang.ledger.receipts import BidReceipt
from terang.replay import rules
from terang.replay.state import GRACE, WITHDRAWN, Stamp, State, Tender
from terang.vocabulary import Void

STEPS = {
    "sealed": N_("Sealed in the box; nobody can read it yet"),
    "opened": N_("Opened, and it counts"),
    "void": N_("Opened, and it does not count ({reason})"),
    "replaced": N_("Replaced by a later bid of the same organisation"),
    "withdrawn": N_("The organisation withdrew its bid; nothing of it counts"),
    "withheld": N_(
        "The openers let the time pass to release the key: nobody can open the bid any more, "
        "and the tender is unsuccessful"
    ),
    "cancelled": N_("The tender is cancelled; the bid stays sealed"),
    "first": N_("First in rank"),
    "awarded": N_("Awarded to this bid"),
    "lost": N_("Awarded to another bid"),
    "signed": N_("The agreement is signed"),
    "paid": N_("A milestone is paid: {amount}"),
    "closed": N_("The agreement is closed"),
}
"""Each step of a bid, in words."""


@dataclass(frozen=True)
class Step:
    """One step of a bid.

    Attributes:
        name: a key of `STEPS`.
        at: when, in seconds since 1970 UTC.
        block: number of its block; None for what happens by time alone.
        reason: why an envelope does not count; NONE if it is not about that.
        amount: that was paid, in the currency's smallest unit.
    """

    name: str
    at: int
    block: int | None
    reason: Void = Void.NONE
    amount: int = 0

    def phrase(self, currency: Currency | None) -> str:
        """Returns the step in words, without its time."""
        reason = ENUMS["Void"][self.reason]
        return _(STEPS[self.name]).format(reason=_(reason), amount=money(self.amount, currency))


@dataclass(frozen=True)
class Course:
    """Everything that happened to a bid.

    Attributes:
        receipt: the bidder's.
        steps: in their order.
        token: address of the tender's currency.
    """

    receipt: BidReceipt
    steps: tuple[Step, ...]
    token: str

    def document(self) -> dict[str, Any]:
        """Returns the course as JSON has it."""
        return {
            "tender": self.receipt.tender,
            "nonce": self.receipt.nonce,
            "status": self.steps[-1].name,
            "steps": [
                {
                    "name": each.name,
                    "at": iso(each.at),
                    "block": each.block,
                    **({"reason": each.reason.name.lower()} if each.reason else {}),
                    **({"amount": str(each.amount)} if each.amount else {}),
                }
                for each in self.steps
            ],
        }

    def text(self, currency: Currency | None) -> str:
        """Returns the course for people, without a last line break.

        Args:
            currency: that of `token`; None if it is not known.
        """
        return "\n".join(
            (
                _("{time}: {step}") if each.block is None else _("{time}, block {block}: {step}")
            ).format(time=when(each.at), block=each.block, step=each.phrase(currency))
            for each in self.steps
        )


def follow(state: State, receipt: BidReceipt, now: int) -> Course:
    """Finds a bid's envelope in its box, and what came of it.

    Args:
        state: the ledger.
        receipt: the bidder's.
        now: the chain's clock, in seconds since 1970 UTC.

    Raises:
        UsageError: when the ledger has no such tender, or its box no such envelope.
    """
    tender = state.tenders.get(receipt.tender)
    place = None if tender is None else _place(tender, receipt.envelope)
    if tender is None or place is None:
        raise UsageError(
            _(
                "The ledger has no such envelope in tender {tender}: the bid was not sealed, or on "
                "another ledger. Check the network, then seal it again."
            ).format(tender=receipt.tender)
        )
    steps = [_step("sealed", tender.box.envelopes[place].sealed)]
    if tender.cancelled is not None:
        steps.append(_step("cancelled", tender.cancelled))
    elif place < len(tender.box.voids):
        steps += _opened(state, tender, place)
    elif rules.is_withheld(state, tender.box, now):
        steps.append(Step("withheld", tender.box.closes_at + GRACE, None))
    return Course(receipt, tuple(steps), tender.terms["currency"])


def _step(name: str, stamp: Stamp, *, reason: Void = Void.NONE, amount: int = 0) -> Step:
    return Step(name, stamp.time, stamp.block, reason, amount)


def _place(tender: Tender, envelope: bytes) -> int | None:
    found = (i for i, each in enumerate(tender.box.envelopes) if keccak(each.content) == envelope)
    return next(found, None)


def _opened(state: State, tender: Tender, place: int) -> list[Step]:
    """What happened from the opening on."""
    void = tender.box.voids[place]
    if void is not Void.NONE:
        released = state.opening_keys[tender.box.key].released or tender.published
        return [_step("void", released, reason=void)]
    bid = next(each for each in tender.opened if each.envelope == place)
    stands = tender.bids[bid.organisation]
    steps = [] if bid.price == WITHDRAWN else [_step("opened", bid.opened)]
    if stands.price == WITHDRAWN:
        return [*steps, _step("withdrawn", stands.opened)]
    if stands.envelope != place:
        return [*steps, _step("replaced", stands.opened)]
    award = tender.award
    won = award.winner is not None and award.winner.organisation == bid.organisation
    if won and award.ranked_at is not None:
        steps.append(_step("first", award.ranked_at))
    if award.awarded is not None:
        steps.append(_step("awarded" if won else "lost", award.awarded))
    if not won or tender.agreement is None:
        return steps
    steps.append(_step("signed", tender.agreement.signed))
    steps += [
        _step("paid", each.stamp, amount=each.amount)
        for each in tender.account.payments
        if each.what == "paid"
    ]
    if tender.account.closed is not None:
        steps.append(_step("closed", tender.account.closed))
    return steps
