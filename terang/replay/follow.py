"""What became of one bid, from its receipt and the ledger's events."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from eth_utils.crypto import keccak

from terang.chain.sentences import ENUMS
from terang.errors import UsageError
from terang.i18n import N_, _
from terang.i18n.show import iso, money, when
from terang.ledger.plan import Currency
from terang.ledger.receipts import BidReceipt
from terang.replay import rules
from terang.replay.state import GRACE, WITHDRAWN, Box, Envelope, Stamp, State, Tender
from terang.vocabulary import PRICES, Void

STEPS = {
    "sealed": N_("Sealed in the box; nobody can read it yet"),
    "half-sealed": N_(
        "Only one of its two envelopes is in a box. Repeat the command that seals it, before the "
        "tender closes"
    ),
    "outdated": N_(
        "The tender was amended: the bid is for version {version}, and the tender is at {newest}. "
        "Seal it again"
    ),
    "proposal-opened": N_(
        "The proposal is opened, and it counts; its price stays sealed until quality is decided"
    ),
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
        version: of the tender that was bid for, where there is a newer one.
        newest: that one.
    """

    name: str
    at: int
    block: int | None
    reason: Void = Void.NONE
    amount: int = 0
    version: int = 0
    newest: int = 0

    def phrase(self, currency: Currency | None) -> str:
        """Returns the step in words, without its time."""
        reason = ENUMS["Void"][self.reason]
        return _(STEPS[self.name]).format(
            reason=_(reason),
            amount=money(self.amount, currency),
            version=self.version,
            newest=self.newest,
        )


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
                    **({"version": each.version, "newest": each.newest} if each.version else {}),
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
    """Finds a bid's envelopes in their boxes, and what came of them.

    Args:
        state: the ledger.
        receipt: the bidder's.
        now: the chain's clock, in seconds since 1970 UTC.

    Raises:
        UsageError: when the ledger has no such tender, or its boxes no such envelope.
    """
    tender = state.tenders.get(receipt.tender)
    places = {} if tender is None else _places(tender, receipt)
    if tender is None or not places:
        raise UsageError(
            _(
                "The ledger has no such envelope in tender {tender}: the bid was not sealed, or on "
                "another ledger. Check the network, then seal it again."
            ).format(tender=receipt.tender)
        )
    stage, place = next(iter(places.items()))
    sealed = _envelope(tender, stage, place).sealed
    steps = [_step("sealed", sealed)]
    if len(places) < len(receipt.sealings):
        steps.append(_step("half-sealed", sealed))
    if tender.cancelled is not None:
        steps.append(_step("cancelled", tender.cancelled))
    else:
        steps += _from_opening(state, tender, receipt, places, now)
    return Course(receipt, tuple(steps), tender.terms["currency"])


def _from_opening(
    state: State, tender: Tender, receipt: BidReceipt, places: Mapping[int, int], now: int
) -> list[Step]:
    """What happened from the opening of the first box on, or kept it from counting before."""
    first = places.get(tender.box.stage)
    if first is None:
        return []  # a price without its proposal
    if first >= len(tender.box.voids):
        return [*_outdated(tender, receipt), *_withheld(state, tender.box, now)]
    if tender.prices is None:
        return _opened(state, tender, tender.box, first)
    steps = _proposed(state, tender, first)
    if steps[-1].name != "proposal-opened":
        return steps
    price = places.get(PRICES)
    if price is not None and price < len(tender.prices.voids):
        return [*steps, *_opened(state, tender, tender.prices, price)]
    return [*steps, *_withheld(state, tender.prices, now)]


def _step(name: str, stamp: Stamp, *, reason: Void = Void.NONE, amount: int = 0) -> Step:
    return Step(name, stamp.time, stamp.block, reason, amount)


def _places(tender: Tender, receipt: BidReceipt) -> dict[int, int]:
    """The place of each of a bid's envelopes in its box, by stage."""
    found = {}
    for box in tender.boxes():
        own = receipt.sealings.get(box.stage)
        if own is None:
            continue
        for place, each in enumerate(box.envelopes):
            if keccak(each.content) == own.envelope:
                found[box.stage] = place
                break
    return found


def _envelope(tender: Tender, stage: int, place: int) -> Envelope:
    (box,) = (each for each in tender.boxes() if each.stage == stage)
    return box.envelopes[place]


def _outdated(tender: Tender, receipt: BidReceipt) -> list[Step]:
    """An amendment that makes the bid void."""
    if receipt.version is None or receipt.version == tender.version or not tender.amendments:
        return []
    step = _step("outdated", tender.amendments[-1].stamp)
    return [replace(step, version=receipt.version, newest=tender.version)]


def _withheld(state: State, box: Box, now: int) -> list[Step]:
    if not rules.is_withheld(state, box, now):
        return []
    return [Step("withheld", box.opens_at + GRACE, None)]


def _void(state: State, tender: Tender, box: Box, reason: Void) -> Step:
    released = state.opening_keys[box.key].released or tender.published
    return _step("void", released, reason=reason)


def _proposed(state: State, tender: Tender, place: int) -> list[Step]:
    """What came of a proposal."""
    void = tender.box.voids[place]
    if void is not Void.NONE:
        return [_void(state, tender, tender.box, void)]
    own = next(each for each in tender.opened if each.envelope == place)
    stands = tender.bids[own.organisation]
    step = _step("proposal-opened", own.opened)
    return [step] if stands.envelope == place else [step, _step("replaced", stands.opened)]


def _opened(state: State, tender: Tender, box: Box, place: int) -> list[Step]:
    """What happened from the opening of the price on."""
    void = box.voids[place]
    if void is not Void.NONE:
        return [_void(state, tender, box, void)]
    opened = tender.priced if box.stage == PRICES else tender.opened
    bid = next(each for each in opened if each.envelope == place)
    stands = tender.bids[bid.organisation]
    steps = [] if bid.price == WITHDRAWN else [_step("opened", bid.opened)]
    if stands.price == WITHDRAWN:
        return [*steps, _step("withdrawn", stands.opened if box.stage != PRICES else bid.opened)]
    if stands.nonce != bid.nonce:
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
