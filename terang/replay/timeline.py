"""What happened to one tender and what is still to come, in the order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from terang.chain.sentences import ENUMS
from terang.i18n import N_, _
from terang.i18n.show import iso, money, when
from terang.ledger.plan import Currency
from terang.replay import rules
from terang.replay.state import GRACE, Box, Round, Stamp, State, Tender
from terang.vocabulary import Phase

EVENTS = {
    "published": N_("Published"),
    "sealed": N_("Envelopes sealed: {count}, the last one here"),
    "closes": N_("Bidding closes"),
    "cancelled": N_("Cancelled; its envelopes stay shut for ever"),
    "released": N_("Key released"),
    "release-limit": N_("Last second to release the key"),
    "opened": N_("Bids opened: {count} valid, {void} void"),
    "drawn": N_("Panel of round {round} drawn: {count} members"),
    "ballots-sealed": N_("Ballots of round {round} sealed: {count}, the last one here"),
    "ballots-close": N_("Ballots of round {round} close"),
    "ballots-released": N_("Key to the ballots of round {round} released"),
    "ballots-release-limit": N_("Last second to release the key to the ballots of round {round}"),
    "ballots-opened": N_("Ballots of round {round} opened: {count} valid, {void} void"),
    "ranked": N_("Bids ranked"),
    "standstill": N_("Standstill begins: organisation {organisation}, {amount}"),
    "standstill-ends": N_("Standstill ends"),
    "none-acceptable": N_("No bid is acceptable"),
    "awarded": N_("Awarded to organisation {organisation}, {amount}"),
    "sign-by": N_("Last second to sign the agreement"),
    "signed": N_("Agreement signed"),
    "funded": N_("Funded: {amount}"),
    "due": N_("Milestone {milestone} is due: {amount}"),
    "reported": N_("Milestone {milestone} reported"),
    "approved": N_("Milestone {milestone} accepted by {account}"),
    "rejected": N_("Milestone {milestone} rejected by {account}"),
    "returned": N_("The report of milestone {milestone} fell: too many rejected it"),
    "paid": N_("Milestone {milestone} paid: {amount}"),
    "refunded": N_("Returned: {amount}"),
    "renounced": N_("The supplier renounces the rest"),
    "closed": N_("Agreement closed"),
}
"""Each kind of event, in words."""

_FACTS = ("count", "void", "round", "organisation", "milestone", "account", "amount")


@dataclass(frozen=True, slots=True)
class Event:
    """One point of a timeline.

    Attributes:
        name: a key of `EVENTS`.
        at: when, in seconds since 1970 UTC.
        stamp: its place on the chain; None for a time that the terms or an earlier act set.
        count: envelopes, valid ones or members, by the name; None where nothing is counted.
        void: envelopes that do not count.
        round: evaluation, from 1.
        organisation: to which it is awarded.
        milestone: its number, from 1.
        account: of the inspector.
        amount: in the currency's smallest unit.
    """

    name: str
    at: int
    stamp: Stamp | None = None
    count: int | None = None
    void: int | None = None
    round: int | None = None
    organisation: int | None = None
    milestone: int | None = None
    account: str | None = None
    amount: int | None = None

    def facts(self) -> dict[str, Any]:
        """Returns what the event says beside its time, without what it does not have."""
        found = {name: getattr(self, name) for name in _FACTS}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Timeline:
    """A tender's events.

    Attributes:
        tender: its number.
        ocid: process id, as the buyer wrote it.
        lot: id of the lot; empty if it has none.
        phase: where the tender stands.
        now: the chain's clock, in seconds since 1970 UTC.
        events: in their order; those after `now` are ahead.
        currency: of the amounts; None if its token is not known.
    """

    tender: int
    ocid: str
    lot: str
    phase: Phase
    now: int
    events: tuple[Event, ...]
    currency: Currency | None = None

    def phrase(self, event: Event) -> str:
        """Returns one event in words, without its time."""
        facts = event.facts()
        if event.amount is not None:
            facts["amount"] = money(event.amount, self.currency)
        return _(EVENTS[event.name]).format(**facts)

    def text(self) -> str:
        """Returns the timeline for people, without a last line break."""
        return "\n".join([self.heading(), *map(self._line, self.events)])

    def heading(self) -> str:
        """Returns what the timeline is of, in one sentence."""
        return _("Tender {tender}: {phase}, {time} by the chain's clock").format(
            tender=self.tender, phase=_(ENUMS["Phase"][self.phase]), time=when(self.now)
        )

    def document(self) -> dict[str, Any]:
        """Returns the timeline as JSON has it."""
        return {
            "tender": self.tender,
            "ocid": self.ocid,
            "lot": self.lot,
            "phase": self.phase.name.lower(),
            "now": iso(self.now),
            "events": [self._entry(each) for each in self.events],
        }

    def _line(self, event: Event) -> str:
        facts = {"time": when(event.at), "step": self.phrase(event)}
        if event.stamp:
            return _("{time}, block {block}: {step}").format(block=event.stamp.block, **facts)
        ahead = event.at > self.now
        return (_("{time}, ahead: {step}") if ahead else _("{time}: {step}")).format(**facts)

    def _entry(self, event: Event) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "name": event.name,
            "at": iso(event.at),
            "ahead": event.at > self.now,
        }
        if event.stamp:
            entry["block"] = event.stamp.block
            entry["transaction"] = "0x" + event.stamp.transaction.hex()
        return entry | event.facts()


def timeline(
    state: State, tender: Tender, phase: Phase, now: int, currency: Currency | None = None
) -> Timeline:
    """Tells a tender from its publication to what is due next.

    Args:
        state: the ledger.
        tender: one of its tenders.
        phase: where the tender stands by the chain's clock.
        now: the chain's clock, in seconds since 1970 UTC.
        currency: of its amounts; None if its token is not known.
    """
    events = [Event("published", tender.published.time, tender.published)]
    if tender.cancelled:
        # what the terms foresaw after that will not be
        events += _sealed(tender.box, "sealed")
        events.append(Event("cancelled", tender.cancelled.time, tender.cancelled))
    else:
        events += _bids(state, tender)
        for number, each in enumerate(tender.award.rounds, 1):
            events += _evaluation(state, each, number)
        events += _award(tender)
        events += _money(tender)
    events.sort(key=_order)
    notice = tender.notice
    return Timeline(tender.id, notice["ocid"], tender.lot, phase, now, tuple(events), currency)


def _order(event: Event) -> tuple[int, bool, int]:
    """By time; a limit comes before what happened in its second, since it may be what allowed it.

    Events of one block keep the order in which they are told.
    """
    return event.at, event.stamp is not None, event.stamp.block if event.stamp else 0


def _sealed(box: Box, name: str, number: int | None = None) -> Iterator[Event]:
    if box.envelopes:
        last = box.envelopes[-1].sealed
        yield Event(name, last.time, last, count=len(box.envelopes), round=number)


def _bids(state: State, tender: Tender) -> Iterator[Event]:
    box = tender.box
    yield from _sealed(box, "sealed")
    yield Event("closes", box.closes_at)
    yield from _release(state, box, "")
    if box.envelopes and rules.is_opened(state, box):
        opened = [each.opened for each in tender.opened]
        yield _opening(state, box, "opened", opened)


def _evaluation(state: State, evaluation: Round, number: int) -> Iterator[Event]:
    drawn, box = evaluation.drawn, evaluation.box
    yield Event("drawn", drawn.time, drawn, count=len(evaluation.panel), round=number)
    yield from _sealed(box, "ballots-sealed", number)
    yield Event("ballots-close", box.closes_at, round=number)
    yield from _release(state, box, "ballots-", number)
    if box.envelopes and rules.is_opened(state, box):
        opened = [each.opened for each in evaluation.ballots]
        yield _opening(state, box, "ballots-opened", opened, number)


def _release(state: State, box: Box, prefix: str, number: int | None = None) -> Iterator[Event]:
    """When the key of a box was released; until then the last second in which it can be."""
    released = state.opening_keys[box.key].released
    if released:
        yield Event(f"{prefix}released", released.time, released, round=number)
    else:
        yield Event(f"{prefix}release-limit", box.closes_at + GRACE - 1, round=number)


def _opening(
    state: State, box: Box, name: str, opened: list[Stamp], number: int | None = None
) -> Event:
    """The opening of a box, with the last envelope that counts; with its key if all are void."""
    last = max([*opened, *filter(None, [state.opening_keys[box.key].released])])
    void = len(box.envelopes) - len(opened)
    return Event(name, last.time, last, count=len(opened), void=void, round=number)


def _award(tender: Tender) -> Iterator[Event]:
    award, won = tender.award, tender.award.winner
    if award.ranked_at:
        yield Event("ranked", award.ranked_at.time, award.ranked_at)
    if award.none_acceptable:
        yield Event("none-acceptable", award.none_acceptable.time, award.none_acceptable)
    if won is None:
        return
    for name, stamp in (("standstill", award.standstill), ("awarded", award.awarded)):
        if stamp:
            organisation, amount = won.organisation, won.price
            yield Event(name, stamp.time, stamp, organisation=organisation, amount=amount)
    yield Event("standstill-ends", award.standstill_ends_at)
    if award.awarded and tender.agreement is None:
        yield Event("sign-by", award.sign_by)


def _money(tender: Tender) -> Iterator[Event]:
    if tender.agreement is None:
        return
    signed, account = tender.agreement, tender.account
    yield Event("signed", signed.signed.time, signed.signed)
    planned = signed.agreement["milestones"]
    paid = {each.milestone: each.stamp for each in account.payments if each.what == "paid"}
    for place, (plan, course) in enumerate(zip(planned, account.milestones, strict=True)):
        settled = paid.get(place, account.closed)
        if settled is None or settled.time > plan["dueAt"]:  # what came before it was not late
            yield Event("due", plan["dueAt"], milestone=place + 1, amount=plan["amount"])
        for each in course.history:
            by = each.account if each.what in ("approved", "rejected") else None
            yield Event(each.what, each.stamp.time, each.stamp, milestone=place + 1, account=by)
    for payment in account.payments:
        if payment.amount:  # an account that is used up closes with nothing to return
            milestone = payment.milestone + 1 if payment.what == "paid" else None
            stamp, amount = payment.stamp, payment.amount
            yield Event(payment.what, stamp.time, stamp, milestone=milestone, amount=amount)
    if account.renounced:
        yield Event("renounced", account.renounced.time, account.renounced)
    if account.closed:
        yield Event("closed", account.closed.time, account.closed)
