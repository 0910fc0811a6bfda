"""The course of one tender: each point of its timeline, from events and from what terms foresee."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from terang.replay import rules
from terang.replay.state import GRACE, Box, Complaint, Round, Stamp, State, Tender, Turn
from terang.vocabulary import ComplaintStatus, Question

_FACTS = (
    "predecessor",
    "count", "void", "round", "version", "enquiry", "complaint", "ruling", "organisation",
    "milestone", "account", "amount",
)  # fmt: skip
_DRAWN = {
    Question.RESPONSIVENESS: "drawn",
    Question.QUALITY: "drawn-quality",
    Question.LOW_PRICES: "drawn-low",
}
_RULED = {
    ComplaintStatus.DECIDED: "decided",
    ComplaintStatus.LAPSED: "lapsed",
    ComplaintStatus.MOOT: "moot",
}
_ENDS = ("awarded", "remedied", "passed-over")
"""Turns that end a standstill or an award."""


@dataclass(frozen=True, slots=True)
class Event:
    """One point of a timeline.

    Attributes:
        name: a key of `timeline.EVENTS`.
        at: when, in seconds since 1970 UTC.
        stamp: its place on the chain; None for a time that the terms or an earlier act set.
        count: envelopes, valid ones or members, by the name; None where nothing is counted.
        void: envelopes that do not count.
        round: evaluation, from 1.
        predecessor: the tender that this one repeats.
        version: of the tender.
        enquiry: number of a question, from 1.
        complaint: its number.
        ruling: what a panel decided: a key of `timeline.RULINGS`.
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
    predecessor: int | None = None
    version: int | None = None
    enquiry: int | None = None
    complaint: int | None = None
    ruling: str | None = None
    organisation: int | None = None
    milestone: int | None = None
    account: str | None = None
    amount: int | None = None

    def facts(self) -> dict[str, Any]:
        """Returns what the event says beside its time, without what it does not have."""
        found = {name: getattr(self, name) for name in _FACTS}
        return {name: value for name, value in found.items() if value is not None}


def course(state: State, tender: Tender) -> list[Event]:
    """Returns what happened to a tender and what is due next, by time.

    Args:
        state: the ledger.
        tender: one of its tenders.
    """
    events = [*_publication(tender), *_changes(tender)]
    if tender.cancelled:
        # what the terms foresaw after that will not be
        events += _sealed(tender.box, "sealed")
        events.append(Event("cancelled", tender.cancelled.time, tender.cancelled))
    else:
        events += _bids(state, tender)
        for number, each in enumerate(tender.award.rounds, 1):
            events += _evaluation(state, each, number)
        events += _prices(state, tender)
        for complaint in rules.complaints_about(state, tender):
            events += _complaint(complaint)
        events += _award(tender)
        events += _money(tender)
    events.sort(key=_order)
    return events


def _order(event: Event) -> tuple[int, bool, int]:
    """By time; a limit comes before what happened in its second, since it may be what allowed it.

    Events of one block keep the order in which they are told.
    """
    return event.at, event.stamp is not None, event.stamp.block if event.stamp else 0


def _at(name: str, stamp: Stamp, **facts: Any) -> Event:
    return Event(name, stamp.time, stamp, **facts)


def _publication(tender: Tender) -> Iterator[Event]:
    before = tender.notice["predecessor"] or None
    name = "published-again" if before else "published"
    yield _at(name, tender.published, predecessor=before)


def _changes(tender: Tender) -> Iterator[Event]:
    """Amendments, questions and answers."""
    for each in tender.amendments:
        yield _at("amended", each.stamp, version=each.version)
    for number, enquiry in enumerate(tender.enquiries, 1):
        yield _at("asked", enquiry.asked, enquiry=number)
        if enquiry.answered:
            yield _at("answered", enquiry.answered, enquiry=number)


def _sealed(box: Box, name: str, number: int | None = None) -> Iterator[Event]:
    if box.envelopes:
        yield _at(name, box.envelopes[-1].sealed, count=len(box.envelopes), round=number)


def _bids(state: State, tender: Tender) -> Iterator[Event]:
    box = tender.box
    yield from _sealed(box, "sealed")
    yield Event("closes", box.closes_at)
    yield from _release(state, box, "")
    if box.envelopes and rules.is_opened(state, box):
        name = "proposals-opened" if tender.scored else "opened"
        yield _opening(state, box, name, [each.opened for each in tender.opened])


def _prices(state: State, tender: Tender) -> Iterator[Event]:
    """The box of prices, from when quality is decided."""
    box = tender.prices
    if box is None or not box.decided_at:
        return
    yield from _release(state, box, "prices-")
    if box.envelopes and rules.is_opened(state, box):
        opened = [each.opened for each in tender.priced]
        yield _opening(state, box, "prices-opened", opened)


def _evaluation(state: State, evaluation: Round, number: int) -> Iterator[Event]:
    drawn, box = evaluation.drawn, evaluation.box
    count = sum(seat != 0 for seat in evaluation.panel)
    yield _at(_DRAWN[evaluation.question], drawn, count=count, round=number)
    for each in evaluation.recusals:
        yield _at("recused", each.stamp, round=number)
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
        yield _at(f"{prefix}released", released, round=number)
    else:
        yield Event(f"{prefix}release-limit", box.opens_at + GRACE - 1, round=number)


def _opening(
    state: State, box: Box, name: str, opened: list[Stamp], number: int | None = None
) -> Event:
    """The opening of a box, with the last envelope that counts; with its key if all are void."""
    last = max([*opened, *filter(None, [state.opening_keys[box.key].released])])
    void = len(box.envelopes) - len(opened)
    return _at(name, last, count=len(opened), void=void, round=number)


def _award(tender: Tender) -> Iterator[Event]:
    """The turns of an award, each with its limit, unless something came before that."""
    history = tender.award.history
    for place, turn in enumerate(history):
        name = f"remedied-{turn.remedy.name.lower()}" if turn.remedy else turn.what
        organisation, amount = turn.organisation or None, turn.price or None
        yield _at(name, turn.stamp, organisation=organisation, amount=amount)
        later = {each.what for each in history[place + 1 :] if each.what in _ENDS}
        if turn.what == "standstill" and not _is_undone(history, place):
            yield Event("standstill-ends", turn.until)
        if turn.what == "awarded" and (tender.agreement is None or "passed-over" in later):
            yield Event("sign-by", turn.until)


def _is_undone(history: list[Turn], place: int) -> bool:
    """Whether a review ended a standstill before its time."""
    after = next((each for each in history[place + 1 :] if each.what in _ENDS), None)
    return after is not None and after.what == "remedied"


def _complaint(complaint: Complaint) -> Iterator[Event]:
    about: dict[str, Any] = {"complaint": complaint.id}
    deposit = complaint.amount or None
    organisation = complaint.tenderer
    name = "complained" if deposit else "complained-free"
    yield _at(name, complaint.filed, organisation=organisation, amount=deposit, **about)
    for number, panel in enumerate(complaint.panels):
        yield _at("reviewers-drawn", panel.drawn, count=len(panel.seats), **about)
        votes = [each for each in complaint.votes if each.attempt == number]
        if votes:
            yield _at("reviewers-voted", votes[-1].stamp, count=len(votes), **about)
        if complaint.closed is None or complaint.closed.time >= panel.decide_by:
            yield Event("decide-by", panel.decide_by, **about)
    if complaint.closed:
        yield _at(_RULED[complaint.status], complaint.closed, **_ruling(complaint), **about)
    if complaint.paid:
        yield _at("deposit-paid", complaint.paid, amount=complaint.amount, **about)


def _ruling(complaint: Complaint) -> dict[str, str]:
    """What a panel decided; nothing of a complaint that nobody decided."""
    if complaint.status is not ComplaintStatus.DECIDED:
        return {}
    return {"ruling": "abusive" if complaint.abusive else complaint.ruling.name.lower()}


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
