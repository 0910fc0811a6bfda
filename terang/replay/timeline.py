"""What happened to one tender and what is still to come, in the order of time."""

from dataclasses import asdict, dataclass
from typing import Any

from terang.chain.sentences import ENUMS
from terang.i18n import N_, _
from terang.i18n.show import iso, money, when
from terang.ledger.plan import Currency
from terang.replay import rules
from terang.replay.acts import ACTS, TITLES
from terang.replay.course import Event, course
from terang.replay.moves import Errand, moves
from terang.replay.state import State, Tender
from terang.vocabulary import Failure, Phase

EVENTS = {
    "published": N_("Published"),
    "published-again": N_("Published again, after tender {predecessor}"),
    "sealed": N_("Envelopes sealed: {count}, the last one here"),
    "closes": N_("Bidding closes"),
    "amended": N_("Amended, now version {version}: bids for the one before are void"),
    "asked": N_("Question {enquiry} asked"),
    "answered": N_("Question {enquiry} answered"),
    "cancelled": N_("Cancelled; its envelopes stay shut for ever"),
    "released": N_("Key released"),
    "release-limit": N_("Last second to release the key"),
    "opened": N_("Bids opened: {count} valid, {void} void"),
    "proposals-opened": N_("Proposals opened: {count} valid, {void} void"),
    "drawn": N_("Panel of round {round} drawn: {count} members"),
    "drawn-quality": N_("Panel of round {round} drawn to score proposals: {count} members"),
    "drawn-low": N_("Panel of round {round} drawn on abnormally low prices: {count} members"),
    "recused": N_("A member leaves the panel of round {round}"),
    "ballots-sealed": N_("Ballots of round {round} sealed: {count}, the last one here"),
    "ballots-close": N_("Ballots of round {round} close"),
    "ballots-released": N_("Key to the ballots of round {round} released"),
    "ballots-release-limit": N_("Last second to release the key to the ballots of round {round}"),
    "ballots-opened": N_("Ballots of round {round} opened: {count} valid, {void} void"),
    "quality-decided": N_("Quality decided: the prices may open"),
    "prices-released": N_("Key to the prices released"),
    "prices-release-limit": N_("Last second to release the key to the prices"),
    "prices-opened": N_("Prices opened: {count} valid, {void} void"),
    "lowest-found": N_("Lowest price of the bids left: {amount}"),
    "flagged": N_("Organisation {organisation} bids abnormally low: {amount}"),
    "questioned": N_("The lowest price is abnormally low, {amount}: a panel is asked"),
    "ranked": N_("Bids ranked"),
    "standstill": N_("Standstill begins: organisation {organisation}, {amount}"),
    "standstill-ends": N_("Standstill ends"),
    "complained": N_("Complaint {complaint} by organisation {organisation}, deposit {amount}"),
    "complained-free": N_("Complaint {complaint} by organisation {organisation}"),
    "reviewers-drawn": N_("Panel for complaint {complaint} drawn: {count} members"),
    "reviewers-voted": N_("Votes on complaint {complaint}: {count}, the last one here"),
    "decide-by": N_("Voting on complaint {complaint} ends"),
    "decided": N_("Complaint {complaint} decided: {ruling}"),
    "lapsed": N_("Complaint {complaint} lapses: no panel reached a quorum"),
    "moot": N_("Complaint {complaint} is moot: what it is about is gone"),
    "deposit-paid": N_("Deposit of complaint {complaint} paid: {amount}"),
    "remedied-re_evaluate": N_("A review orders a new evaluation"),
    "remedied-exclude": N_("A review excludes the bid of organisation {organisation}"),
    "remedied-cancel": N_("A review cancels the tender"),
    "none-acceptable": N_("No bid is acceptable"),
    "awarded": N_("Awarded to organisation {organisation}, {amount}"),
    "accepted": N_("Organisation {organisation} is ready to sign"),
    "sign-by": N_("Last second to sign the agreement"),
    "passed-over": N_("Organisation {organisation} is passed over: it did not sign in time"),
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

RULINGS = {
    "abusive": N_("dismissed as abusive"),
    "none": N_("dismissed"),
    "re_evaluate": N_("upheld, the bids are evaluated again"),
    "exclude": N_("upheld, the winner is excluded"),
    "cancel": N_("upheld, the tender is cancelled"),
}


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
        failure: why the tender is unsuccessful, if it is.
        moves: what can happen now or by time alone, and by which role (a key of `TITLES`).
    """

    tender: int
    ocid: str
    lot: str
    phase: Phase
    now: int
    events: tuple[Event, ...]
    currency: Currency | None = None
    failure: Failure = Failure.NONE
    moves: tuple[tuple[str, Errand], ...] = ()

    def phrase(self, event: Event) -> str:
        """Returns one event in words, without its time."""
        facts = event.facts()
        if event.amount is not None:
            facts["amount"] = money(event.amount, self.currency)
        if event.ruling:
            facts["ruling"] = _(RULINGS[event.ruling])
        return _(EVENTS[event.name]).format(**facts)

    def move(self, role: str, errand: Errand) -> str:
        """Returns what can happen in one sentence: who can do what, from when, until when."""
        facts = asdict(errand)
        if errand.amount is not None:
            facts["amount"] = money(errand.amount, self.currency)
        form = {
            (False, False): N_("{role}, at any time: {what}"),
            (False, True): N_("{role}, until {until}: {what}"),
            (True, False): N_("{role}, from {since}: {what}"),
            (True, True): N_("{role}, from {since} until {until}: {what}"),
        }[errand.since > self.now, errand.until is not None]
        return _(form).format(
            role=_(TITLES[role]),
            since=when(errand.since),
            until=when(errand.until or 0),
            what=_(ACTS[errand.name].says).format(**facts),
        )

    def text(self) -> str:
        """Returns the timeline for people, without a last line break."""
        lines = [self.heading(), *map(self._line, self.events)]
        if self.moves:
            lines += ["", _("What can happen:")]
            lines += [f"  {self.move(role, errand)}" for role, errand in self.moves]
        return "\n".join(lines)

    def heading(self) -> str:
        """Returns what the timeline is of, in one sentence."""
        facts = {"tender": self.tender, "time": when(self.now)}
        phase = _(ENUMS["Phase"][self.phase])
        if not self.failure:
            said = _("Tender {tender}: {phase}, {time} by the chain's clock")
            return said.format(phase=phase, **facts)
        return _("Tender {tender}: {phase} ({reason}), {time} by the chain's clock").format(
            phase=phase, reason=_(ENUMS["Failure"][self.failure]), **facts
        )

    def document(self) -> dict[str, Any]:
        """Returns the timeline as JSON has it."""
        return {
            "tender": self.tender,
            "ocid": self.ocid,
            "lot": self.lot,
            "phase": self.phase.name.lower(),
            **({"failure": self.failure.name.lower()} if self.failure else {}),
            "now": iso(self.now),
            "events": [self._entry(each) for each in self.events],
            "moves": [self._move(*each) for each in self.moves],
        }

    def _line(self, event: Event) -> str:
        facts = {"time": when(event.at), "step": self.phrase(event)}
        if event.stamp:
            return _("{time}, block {block}: {step}").format(block=event.stamp.block, **facts)
        ahead = event.at > self.now
        return (_("{time}, ahead: {step}") if ahead else _("{time}: {step}")).format(**facts)

    def _move(self, role: str, errand: Errand) -> dict[str, Any]:
        facts = {name: value for name, value in asdict(errand).items() if value not in (None, ())}
        return facts | {
            "role": role,
            "possible": errand.since <= self.now,
            "since": iso(errand.since) if errand.since else None,
            "until": None if errand.until is None else iso(errand.until),
        }

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
    return Timeline(
        tender=tender.id,
        ocid=tender.notice["ocid"],
        lot=tender.lot,
        phase=phase,
        now=now,
        events=tuple(course(state, tender)),
        currency=currency,
        failure=rules.standing(state, tender, now)[1],
        moves=tuple(moves(state, tender, now)),
    )
