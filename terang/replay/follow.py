"""What became of one bid, from its receipt and the ledger's events."""

from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from terang.errors import UsageError
from terang.i18n import N_, _
from terang.i18n.show import iso, when
from terang.ledger.desk import BidReceipt
from terang.replay.state import Stamp, State, Tender
from terang.vocabulary import Void

STEPS = {
    "sealed": N_("Sealed in the box; nobody can read it yet"),
    "opened": N_("Opened, and it counts"),
    "void": N_("Opened, and it does not count ({reason})"),
    "replaced": N_("Replaced by a later bid of the same organisation"),
    "cancelled": N_("The tender is cancelled; the bid stays sealed"),
    "first": N_("First in rank"),
    "awarded": N_("Awarded to this bid"),
    "lost": N_("Awarded to another bid"),
    "signed": N_("The agreement is signed"),
    "paid": N_("A milestone is paid: {amount} in the smallest unit"),
    "closed": N_("The agreement is closed"),
}
"""Each step of a bid, in words."""


@dataclass(frozen=True)
class Step:
    """One step of a bid.

    Attributes:
        name: a key of `STEPS`.
        at: when, in seconds since 1970 UTC.
        block: number of its block.
        reason: why an envelope does not count.
        amount: that was paid, in the currency's smallest unit.
    """

    name: str
    at: int
    block: int
    reason: str = ""
    amount: int = 0


@dataclass(frozen=True)
class Course:
    """Everything that happened to a bid.

    Attributes:
        receipt: the bidder's.
        steps: in their order.
    """

    receipt: BidReceipt
    steps: tuple[Step, ...]

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
                    **({"reason": each.reason} if each.reason else {}),
                    **({"amount": str(each.amount)} if each.amount else {}),
                }
                for each in self.steps
            ],
        }

    def text(self) -> str:
        """Returns the course for people, without a last line break."""
        return "\n".join(
            _("{time}, block {block}: {step}").format(
                time=when(each.at),
                block=each.block,
                step=_(STEPS[each.name]).format(reason=each.reason, amount=each.amount),
            )
            for each in self.steps
        )


def follow(state: State, receipt: BidReceipt) -> Course:
    """Finds a bid's envelope in its box, and what came of it.

    Args:
        state: the ledger.
        receipt: the bidder's.

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
    return Course(receipt, tuple(steps))


def _step(name: str, stamp: Stamp, *, reason: str = "", amount: int = 0) -> Step:
    return Step(name, stamp.time, stamp.block, reason, amount)


def _place(tender: Tender, envelope: bytes) -> int | None:
    found = (i for i, each in enumerate(tender.box.envelopes) if keccak(each.content) == envelope)
    return next(found, None)


def _opened(state: State, tender: Tender, place: int) -> list[Step]:
    """What happened from the opening on."""
    void = tender.box.voids[place]
    if void is not Void.NONE:
        released = state.opening_keys[tender.box.key].released or tender.published
        return [_step("void", released, reason=void.name.lower())]
    bid = next(each for each in tender.opened if each.envelope == place)
    steps = [_step("opened", bid.opened)]
    stands = tender.bids[bid.organisation]
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
