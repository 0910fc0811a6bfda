"""What each role can do, over the story: there when it comes next, gone when done, and in time.

The fold is the judge of times: it refuses an event that its contract would not have let pass.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

import pytest

from terang.chain.contract import Event
from terang.errors import UsageError
from terang.ledger.plan import Currency
from terang.replay import rules
from terang.replay.acts import ACTS, ANYONE, REMEDIES, TITLES
from terang.replay.agenda import Agenda, agenda
from terang.replay.audit import empty_state
from terang.replay.errors import ReplayError
from terang.replay.fold import fold
from terang.replay.moves import Errand, newest_box, suffix
from terang.replay.offices import ROLES
from terang.replay.state import State
from terang.vocabulary import Licence, Phase, Power

from .story import DAY, EVER, INSPECTORS, KEYS, MEMBERS, NUMBER, OPENERS, Told, account

EVERYBODY = sorted(
    {*NUMBER, *MEMBERS, *INSPECTORS, *OPENERS, "deputy", "clerk", "retiring clerk", "somebody"}
    | {"administrator", "registrar", "treasury", "relay", "former relay"}
)


class Moment(NamedTuple):
    """The ledger before a transaction, what it emitted, and the ledger after it."""

    before: State
    events: tuple[Event, ...]
    time: int
    after: State


class Deed(NamedTuple):
    """Who did what, as its agenda names it; `done`: it cannot be done again."""

    role: str
    who: str
    name: str
    facts: dict[str, Any]
    done: bool = True


@pytest.fixture(scope="module")
def moments(told: Told) -> list[Moment]:
    return list(walk(told))


def walk(told: Told) -> Iterator[Moment]:
    state = empty_state(told.deployment)
    for _transaction, group in groupby(told.events, lambda each: each.transaction):
        events, before = tuple(group), deepcopy(state)
        fold(state, events, told.times)
        yield Moment(before, events, told.times[events[0].block], deepcopy(state))


def errands(state: State, who: str, role: str, now: int) -> tuple[Errand, ...]:
    """The errands of a role; none for whoever has it not."""
    try:
        (part,) = agenda(state, who, role, now, {}).parts
    except UsageError:
        return ()
    return part.errands


def found(deed: Deed, state: State, now: int) -> Errand | None:
    """The errand of a deed, as far as it is possible now."""
    for each in errands(state, deed.who, deed.role, now):
        named = each.name == deed.name and each.since <= now
        if named and all(getattr(each, name) == value for name, value in deed.facts.items()):
            return each
    return None


def deeds(state: State, event: Event) -> list[Deed]:
    """Says whose errand an event ends."""
    args, about = event.args, {"tender": event.args.get("tenderId")}
    milestone = {**about, "milestone": args.get("milestone", 0) + 1}
    kind = suffix_of(state, args)
    ballots = kind == "-ballots"
    match event.name:
        case "OrganisationRegistered":
            return [Deed("registrar", args["by"], "register", {}, done=False)]
        case "OrganisationReinstated":
            who, facts = state.administrator, {"organisation": args["organisation"]}
            return [Deed("administrator", who, "reinstate", facts)]
        case "SeatAdmitted":
            who, facts = state.administrator, {"organisation": args["organisation"]}
            return [Deed("administrator", who, "admit", facts)]
        case "EpochStarted":
            return [Deed("administrator", state.administrator, "appoint", {})]
        case "OpenerEnrolled" | "Dealt" | "BatchConfirmed":
            names = {"OpenerEnrolled": "enrol", "Dealt": "deal", "BatchConfirmed": "confirm"}
            fact = {name: args[name] for name in ("batch",) if name in args}
            return [Deed("opener", opener(state, args), names[event.name], fact)]
        case "BatchOpened":
            return [Deed("opener", account("agency"), "batch", {})]
        case "ShareOffered":
            name = f"share{suffix_of(state, args)}"
            return [Deed("opener", opener(state, args), name, about)]
        case "KeyRevoked" if args["by"] == account("supplier"):
            return [Deed("supplier", args["by"], "refuse-key", {"account": args["key"]})]
        case "TenderPublished":
            repeated = args["notice"]["predecessor"]
            again = [Deed("buyer", args["by"], "repeat", {"tender": repeated})] if repeated else []
            return [Deed("buyer", args["by"], "publish", {}, done=False), *again]
        case "RuleSet" if args["rule"] == 1:
            return [Deed("administrator", state.administrator, "set-rules", {})]
        case "TenderAmended":
            return [Deed("buyer", args["by"], "amend", about, done=False)]
        case "EnquiryMade":
            return [Deed("supplier", account("supplier"), "enquire", about, done=False)]
        case "EnquiryAnswered":
            return [Deed("buyer", args["by"], "answer", {**about, "enquiry": args["enquiry"]})]
        case "TenderCancelled":
            return [Deed("buyer", args["by"], "cancel", about)]
        case "Sealed":
            if args["sender"] == account("relay"):
                if kind == "-prices":
                    return []  # told with the proposal
                name = "relay-ballot" if ballots else "relay-bid"
                return [Deed("relay", args["sender"], name, about, done=False)]
            if ballots:
                return [Deed("panel", args["sender"], "cast", about)]
            if kind == "-prices":
                return []
            tender = state.tenders[args["tenderId"]]
            amended = tender.amendments and len(bids_of(tender, args["sender"])) == 2
            name = "bid-again" if amended else "bid"
            return [Deed("supplier", args["sender"], name, about, done=bool(amended))]
        case "Released":
            return [Deed(ANYONE, account("somebody"), f"release{kind}", about)]
        case "BidOpened" | "ProposalOpened" | "BallotOpened" | "Voided":
            box = newest_box(state.tenders[args["tenderId"]])
            opened = len(box.voids) == len(box.envelopes)
            name = f"open{suffix(box)}"
            return [Deed(ANYONE, account("somebody"), name, about, done=opened)]
        case "PanelDrawn":
            return [Deed(ANYONE, account("somebody"), "draw", about)]
        case "SeatRecused":
            seat = state.seats[args["seat"] - 1]
            return [Deed("panel", seat.accounts[-1][1], "recuse", about)]
        case "BidsRanked":
            tender = state.tenders[args["tenderId"]]
            phase = rules.phase(state, tender, tender.award.ranked_at.time)
            last = phase is not Phase.EVALUATION or not tender.award.attempts
            return [Deed(ANYONE, account("somebody"), "rank", about, done=last)]
        case "AbnormallyLow":
            facts = {**about, "organisation": args["organisation"]}
            return [Deed(ANYONE, account("somebody"), "flag", facts)]
        case "AwardAccepted":
            return [Deed("supplier", args["by"], "accept-award", about)]
        case "WinnerPassedOver":
            return [Deed(ANYONE, account("somebody"), "pass-over", about)]
        case "ComplaintFiled":
            return [Deed("supplier", args["by"], "complain", about)]
        case "ReviewVote":
            complaint, seat = args["complaintId"], state.seats[args["seat"] - 1]
            facts = {"complaint": complaint}
            return [Deed("panel", seat.accounts[-1][1], "review", facts)]
        case "ComplaintClosed":
            return [Deed(ANYONE, account("somebody"), "decide", {"complaint": args["complaintId"]})]
        case "DepositPaid":
            facts = {"complaint": args["complaintId"]}
            if args["to"] == account("treasury"):
                return [Deed("treasury", args["to"], "keep-deposit", facts)]
            return [Deed(ANYONE, args["to"], "pay-deposit", facts)]
        case "Awarded":
            return [Deed(ANYONE, account("somebody"), "finalise", about)]
        case "AgreementSigned":
            sides = {"buyer": args["buyerAccount"], "supplier": args["supplierAccount"]}
            signing = [
                Deed(role, who, name, about)
                for role, who in sides.items()
                for name in ("sign", "submit")
            ]
            return [*signing, Deed("buyer", sides["buyer"], "prepare", about)]
        case "Minted" if args["to"] == account("treasury"):
            return [Deed("treasury", args["by"], "mint", {})]
        case "Funded":
            tender = state.tenders[args["tenderId"]]
            paid = tender.account.funded == tender.agreement.agreement["price"]
            known = tender.terms["currency"] in state.tokens
            return [Deed("treasury", args["payer"], "fund", about, done=paid)] if known else []
        case "MilestoneReported":
            return [Deed("supplier", args["by"], "report", milestone)]
        case "MilestoneApproved":
            return [Deed("inspector", args["inspector"], "accept", milestone)]
        case "MilestoneRejected":
            return [Deed("inspector", args["inspector"], "reject", milestone)]
        case "Renounced":
            return [Deed("supplier", args["account"], "renounce", about)]
        case "Claimed":
            return [Deed(ANYONE, args["payee"], "claim", {"currency": args["token"]})]
        case "Closed":
            role = "treasury" if args["by"] == account("treasury") else "buyer"
            return [Deed(role, args["by"], "close", about)]
        case _:
            return []


def suffix_of(state: State, args: Any) -> str:
    """How errands about the box of an event end."""
    if "stage" not in args:
        return ""
    return suffix(state.tenders[args["tenderId"]].box_of(args["stage"]))


def bids_of(tender: Any, sender: str) -> list[Any]:
    return [each for each in tender.box.envelopes if each.sender == sender]


def opener(state: State, args: Any) -> str:
    seat = state.epochs[args["epoch"] - 1].seats[args["index"] - 1]
    return str(state.seats[seat - 1].accounts[-1][1])


def told_deeds(moments: list[Moment]) -> Iterator[tuple[Moment, Deed]]:
    for moment in moments:
        for event in moment.events:
            for deed in deeds(moment.after, event):
                yield moment, deed


def is_surplus(moment: Moment, deed: Deed) -> bool:
    """Whether the story does more than anybody would: a third confirmation, a second ballot."""
    if deed.name == "confirm":
        return any(moment.before.batches[1, 1].root)
    if deed.name == "cast":
        tender = moment.before.tenders[deed.facts["tender"]]
        evaluation = tender.award.rounds[-1]
        seat = rules.votes_for(moment.before, tender, evaluation, deed.who)
        return bool(evaluation.box.sealed_by.get(seat))
    return False


def test_what_comes_next_is_on_the_agenda_of_whoever_does_it(moments: list[Moment]) -> None:
    seen = set()
    for moment, deed in told_deeds(moments):
        if not is_surplus(moment, deed):
            assert found(deed, moment.before, moment.time), (moment.events[0], deed)
            seen.add(deed.name)
    assert seen == ACTS.keys() - {
        "license-registrar", "license-treasury", "fund-part", "lapse", "key-begins", "key-ends",
        "cast-unsure", "accuse",
    }  # fmt: skip


def test_what_is_done_is_on_no_agenda_any_more(moments: list[Moment]) -> None:
    for moment, deed in told_deeds(moments):
        if deed.done:
            assert not found(deed, moment.after, moment.time), (moment.events[0], deed)


def test_each_errand_is_there_in_its_last_second_and_not_after(moments: list[Moment]) -> None:
    """Whatever is sent in a block's second comes a second later at the earliest."""
    limited = set()
    for moment, deed in told_deeds(moments):
        errand = found(deed, moment.before, moment.time)
        if errand and errand.until:
            assert found(deed, moment.before, errand.until - 1) == errand
            assert found(deed, moment.before, errand.until) == late(errand)
            limited.add(deed.name)
    assert limited == {
        "deal", "share", "share-ballots", "cancel", "bid", "relay-bid", "relay-ballot", "cast",
        "release", "release-ballots", "open", "open-ballots", "draw", "prepare", "sign", "submit",
        "report", "refuse-key", "amend", "answer", "enquire", "bid-again", "recuse", "share-prices",
        "release-prices", "complain", "review", "accept-award",
    }  # fmt: skip


def late(errand: Errand) -> Errand | None:
    """What is left of it after its end: what is opened then is public, though no panel comes."""
    return replace(errand, until=None) if errand.name.startswith("open") else None


# Files leave no event, and a key that has begun may still be ended.
NOT_REFUSED = {"prepare", "sign", "open", "open-ballots", "refuse-key"}


def test_the_ledger_takes_each_errand_in_its_last_second_and_refuses_it_after(
    moments: list[Moment],
) -> None:
    for moment, deed in told_deeds(moments):
        errand = found(deed, moment.before, moment.time)
        if errand and errand.until and deed.name not in NOT_REFUSED:
            assert passes(moment, errand.until), deed
            assert not passes(moment, errand.until + 1), deed


def test_the_ledger_refuses_each_errand_before_its_first_second(moments: list[Moment]) -> None:
    waited = set()
    for moment, deed in told_deeds(moments):
        errand = found(deed, moment.before, moment.time)
        if errand and errand.since:
            assert passes(moment, errand.since), deed
            assert not passes(moment, errand.since - 1), deed
            early = errands(moment.before, deed.who, deed.role, errand.since - 1)
            assert errand in early
            assert not found(deed, moment.before, errand.since - 1)
            waited.add(deed.name)
    assert waited == {"confirm", "share", "share-ballots", "share-prices", "finalise", "decide"}


MOVES = {
    "PanelDrawn": ("closesAt",),
    "Awarded": ("signBy",),
    "TenderAmended": ("closesAt",),
    "ReviewPanelDrawn": ("decideBy",),
}
"""Facts that follow from the time of the event."""


def passes(moment: Moment, time: int) -> bool:
    """Whether the fold takes a transaction at another time."""
    state, shift = deepcopy(moment.before), time - moment.time
    for event in moment.events:
        moved = {name: event.args[name] + shift for name in MOVES.get(event.name, ())}
        args = {**event.args, **moved}
        if event.name == "AgreementSigned":
            args["agreement"] = later(args["agreement"], shift)
        event = (
            event._replace(args=args) if hasattr(event, "_replace") else replace(event, args=args)
        )
        try:
            fold(state, [event], {event.block: time})
        except ReplayError:
            return False
    return True


def later(agreement: Any, shift: int) -> Any:
    """An agreement that was drawn up later."""
    milestones = tuple({**each, "dueAt": each["dueAt"] + shift} for each in agreement["milestones"])
    return {**agreement, "startsAt": agreement["startsAt"] + shift, "milestones": milestones}


# What the story does not do


@pytest.fixture
def state(told: Told) -> State:
    """The ledger at the end, of this test alone."""
    return fold(empty_state(told.deployment), told.events, told.times)


def at(moments: list[Moment], name: str, tender: int | None = None, skip: int = 0) -> Moment:
    """A copy of the moment of an event of this name, of a tender; the first, or one after it."""
    named = [
        each
        for each in moments
        if any(e.name == name and tender in (None, e.args.get("tenderId")) for e in each.events)
    ]
    return deepcopy(named[skip])


def names(state: State, who: str, role: str, now: int) -> set[str]:
    return {each.name for each in errands(state, account(who), role, now) if each.since <= now}


def test_an_empty_ledger_waits_for_its_administrator_alone(told: Told) -> None:
    empty = empty_state(told.deployment)
    found = agenda(empty, account("administrator"), None, told.time, {})
    assert {part.role: [each.name for each in part.errands] for part in found.parts} == {
        "administrator": ["license-registrar", "license-treasury", "set-rules"],
        ANYONE: [],
    }
    assert agenda(empty, None, None, told.time, {}).document() == {
        "account": None, "now": found.document()["now"], "roles": [ANYONE], "errands": [],
    }  # fmt: skip
    said = agenda(empty, None, ANYONE, told.time, {}).text()
    assert said.endswith("As anyone:\n  Nothing now, and nothing that time alone will bring.")
    assert "None" not in said


def test_each_role_is_that_of_whoever_has_it(moments: list[Moment], state: State) -> None:
    moment = at(moments, "Renounced")
    roles = {
        who: [
            part.role for part in agenda(moment.before, account(who), None, moment.time, {}).parts
        ]
        for who in EVERYBODY
    }
    assert {who: found[:-1] for who, found in roles.items() if len(found) > 1} == {
        "administrator": ["administrator"],
        "registrar": ["registrar"],
        "treasury": ["treasury"],
        "relay": ["relay"],
        **{who: ["opener", "panel"] for who in OPENERS},
        **{who: ["panel"] for who in MEMBERS.keys() - OPENERS.keys()},
        **{who: ["panel"] for who in ("deputy", "newcomer")},
        "ministry": ["buyer", "panel"],
        "buyer": ["buyer", "supplier"],
        **{who: ["supplier"] for who in ("supplier", "rival", "debarred", "clerk")},
        **{who: ["inspector"] for who in INSPECTORS},
    }
    assert all(found[-1] == ANYONE for found in roles.values())


@pytest.mark.parametrize("role", [each for each in ROLES if each != ANYONE])
def test_whoever_has_not_the_role_is_told_who_gives_it(state: State, told: Told, role: str) -> None:
    with pytest.raises(UsageError) as refused:
        agenda(state, account("somebody"), role, told.time, {})
    said = REMEDIES[role].format(administrator=state.administrator)
    assert str(refused.value) == (
        f"{account('somebody')} does not have the role {TITLES[role]} on this ledger now. {said}"
    )


def test_a_right_ends_and_begins_with_its_validity(state: State, told: Told) -> None:
    now, clerk, treasury = told.time, account("clerk"), account("treasury")
    state.licences[Licence.TREASURY, treasury] = (0, now + 1)
    assert agenda(state, treasury, "treasury", now, {}).parts
    assert not errands(state, treasury, "treasury", now + 1)
    with pytest.raises(UsageError):
        agenda(state, treasury, "treasury", now + 1, {})
    state.keys[clerk].since = now + 1
    with pytest.raises(UsageError) as refused:
        agenda(state, clerk, "supplier", now, {})
    assert "begins to serve organisation 13 at " in str(refused.value)
    assert agenda(state, clerk, "supplier", now + 1, {}).parts
    state.keys[account("buyer")].powers = Power.BID
    assert agenda(state, account("buyer"), "supplier", now, {}).parts
    with pytest.raises(UsageError):
        agenda(state, account("buyer"), "buyer", now, {})


def test_nothing_is_listed_beyond_the_end_of_a_right(moments: list[Moment]) -> None:
    moment = at(moments, "TenderCancelled")
    end = moment.time + 2 * DAY
    for who, role in (("buyer", "buyer"), ("relay", "relay")):
        if role == "buyer":
            moment.before.keys[account(who)].until = end
        else:
            moment.before.licences[Licence.RELAY, account(who)] = (0, end)
        assert {each.until for each in errands(moment.before, account(who), role, moment.time)} == {
            end - 1
        }
        assert not errands(moment.before, account(who), role, end - 1)


def test_a_bid_is_offered_only_where_it_would_count(moments: list[Moment]) -> None:
    moment = at(moments, "Sealed", 3)
    state, rival = moment.before, account("rival")
    closes = state.tenders[3].box.closes_at

    def offered(who: str = rival) -> set[int | None]:
        found = errands(state, who, "supplier", moment.time)
        return {each.tender for each in found if each.name == "bid"}

    assert 3 in offered()
    assert offered(account("debarred")) == set()
    assert offered(account("buyer")) == {8}  # the ministry's
    state.tenders[3].box.sealed_by[NUMBER["rival"]] = 8
    assert 3 not in offered()
    assert 4 in offered()
    state.licences[Licence.RELAY, rival] = (0, EVER)  # whose envelopes are counted apart
    assert 3 in offered()
    state.tenders[3].box.sealed_by[int(rival, 16)] = 4096
    assert 3 not in offered()
    state.keys[rival].since = moment.time
    assert 4 in offered()
    state.keys[rival].until = closes - 1
    assert offered() == set()
    state.keys[rival].until = closes
    assert 4 in offered()
    state.keys[rival].powers = Power.ACT
    assert offered() == set()


def test_a_member_that_sealed_a_colleagues_ballot_can_still_cast_its_own(
    moments: list[Moment],
) -> None:
    moment = next(
        each for each, deed in told_deeds(moments)
        if deed.name == "cast" and not is_surplus(each, deed)
    )  # fmt: skip
    voter, tender = moment.events[0].args["sender"], moment.events[0].args["tenderId"]

    def listed(state: State) -> set[str]:
        found = errands(state, voter, "panel", moment.time)
        return {each.name for each in found if each.tender == tender}

    assert listed(moment.before) == {"cast", "recuse"}
    assert listed(moment.after) == {"cast-unsure", "recuse"}


def test_a_relay_with_a_full_box_has_nothing_to_send_to_it(moments: list[Moment]) -> None:
    moment = at(moments, "TenderCancelled")
    boxes = {each.tender for each in errands(moment.before, account("relay"), "relay", moment.time)}
    assert boxes == set(range(1, 12))
    boxes = {each.tender for each in errands(moment.after, account("relay"), "relay", moment.time)}
    assert boxes == set(range(1, 12)) - {2}
    moment.after.tenders[3].box.sealed_by[int(account("relay"), 16)] = 4096
    boxes = {each.tender for each in errands(moment.after, account("relay"), "relay", moment.time)}
    assert boxes == set(range(1, 12)) - {2, 3}


def test_no_tender_is_published_and_no_panel_drawn_without_a_free_key(
    moments: list[Moment],
) -> None:
    moment = at(moments, "PanelDrawn")
    state, now = moment.before, moment.time
    assert "publish" in names(state, "buyer", "buyer", now)
    assert "draw" in names(state, "somebody", ANYONE, now)
    state.epochs.append(replace(state.epochs[0], id=2))  # no box takes keys of the older one
    assert "publish" not in names(state, "buyer", "buyer", now)
    assert "draw" not in names(state, "somebody", ANYONE, now)
    state.epochs.pop()
    made = state.batches[1, 1]
    made.count = len(state.opening_keys)
    state.batches[1, 2] = replace(made, id=2, root=bytes(32))  # not confirmed yet
    assert "publish" not in names(state, "buyer", "buyer", now)
    assert "draw" not in names(state, "somebody", ANYONE, now)


def test_bids_are_ranked_and_awarded_not_before_it_is_time(moments: list[Moment]) -> None:
    def named(moment: Moment, tender: int) -> set[str]:
        found = errands(moment.after, "", ANYONE, moment.time)
        return {each.name for each in found if each.tender == tender and each.since <= moment.time}

    assert named(at(moments, "PanelDrawn", 4), 4) == set()
    assert named(at(moments, "Released", 4, skip=1), 4) == {"open-ballots"}
    assert named(at(moments, "BallotOpened", 4), 4) == {"rank"}
    assert named(at(moments, "NoBidAcceptable", 4), 4) == set()


def test_a_suspended_buyer_publishes_nothing_and_still_cancels(moments: list[Moment]) -> None:
    moment = at(moments, "TenderCancelled")
    moment.before.organisations[NUMBER["buyer"] - 1].suspensions.push(moment.time, True)
    assert names(moment.before, "buyer", "buyer", moment.time) == {"amend", "cancel"}
    found = names(moment.before, "ministry", "buyer", moment.time)
    assert found == {"publish", "amend", "cancel"}
    cancelled = errands(moment.before, account("ministry"), "buyer", moment.time)
    assert [each.tender for each in cancelled if each.name == "cancel"] == [8]


def test_an_agreement_is_prepared_only_while_a_treasury_can_be_named(moments: list[Moment]) -> None:
    moment = at(moments, "AgreementSigned")
    state, now, treasury = moment.before, moment.time, (Licence.TREASURY, account("treasury"))
    for validity, named in (((0, now + 1), True), ((0, now), False), ((now + 1, EVER), False)):
        state.licences[treasury] = validity
        found = names(state, "buyer", "buyer", now)
        assert {"sign", "submit"} <= found
        assert ("prepare" in found) is named
        waiting = names(state, "administrator", "administrator", now)
        assert ("license-treasury" not in waiting) is named


def test_keys_are_made_when_they_run_low_and_no_batch_is_under_way(moments: list[Moment]) -> None:
    moment = at(moments, "PanelDrawn")
    state, now = moment.before, moment.time
    (batch,) = (
        each for each in errands(state, account("agency"), "opener", now) if each.name == "batch"
    )
    assert (batch.count, batch.needed) == (KEYS - 11, 18)
    made = state.batches[1, 1]
    made.count = 11 + 19  # one more than tenders under way may take
    assert "batch" not in names(state, "agency", "opener", now)
    made.count = 11 + 18
    assert "batch" in names(state, "agency", "opener", now)
    for name, enough in (("auditor", True), ("citizen", False)):
        seat = state.seats[OPENERS[name] - 1]
        seat.removed = seat.admitted
        assert ("batch" in names(state, "agency", "opener", now)) is enough


def test_a_batch_that_can_not_become_ready_is_no_reason_to_wait(moments: list[Moment]) -> None:
    moment = at(moments, "BatchConfirmed")
    state, now, batch = moment.before, moment.time, moment.before.batches[1, 1]
    assert names(state, "agency", "opener", now) == {"confirm"}
    batch.confirmed, batch.statements = 0b11, {(b"1", b""): 1, (b"2", b""): 1}
    assert names(state, "citizen", "opener", now) == {"confirm"}
    batch.statements = {(b"1", b""): 1}
    batch.confirmed = 0b111
    assert names(state, "citizen", "opener", now) == {"batch"}
    batch.confirmed, batch.statements = 0, {}
    del batch.deals[2:]
    assert names(state, "agency", "opener", now) == {"confirm"}
    del batch.deals[1:]  # fewer than it takes
    assert names(state, "agency", "opener", now) == {"batch"}
    early = batch.deals_until - 2
    assert names(state, "auditor", "opener", early) == {"deal"}
    batch.members = {index: key for index, key in batch.members.items() if index != 2}
    assert names(state, "auditor", "opener", early) == set()  # enrolled too late for it


def test_a_seat_is_for_a_member_that_never_had_one(moments: list[Moment]) -> None:
    moment = at(moments, "SeatAdmitted")

    def waiting(state: State) -> set[int | None]:
        found = errands(state, account("administrator"), "administrator", moment.time)
        return {each.organisation for each in found if each.name == "admit"}

    everybody = {NUMBER[name] for name in (*MEMBERS, "newcomer")}
    assert waiting(moment.before) == everybody
    assert waiting(moment.after) == everybody - {NUMBER["agency"]}
    removed = at(moments, "SeatRemoved").after
    assert NUMBER["former agency"] not in waiting(removed)


def test_openers_are_appointed_anew_when_too_few_are_left(moments: list[Moment]) -> None:
    moment = at(moments, "EpochStarted")
    state, now = moment.after, moment.time

    def wanted() -> bool:
        return "appoint" in names(state, "administrator", "administrator", now)

    assert not wanted()
    for name in ("auditor", "agency"):
        seat = state.seats[OPENERS[name] - 1]
        seat.removed = seat.admitted
        assert not wanted()  # without any auditor it can not be done
    state.seats[1].seat_class = 1
    assert wanted()
    state.seats[OPENERS["agency"] - 1].removed = None
    assert not wanted()  # two are left, as many as must confirm
    state.epochs[0].culprits.add(list(OPENERS).index("agency") + 1)
    assert wanted()  # who cheated makes no keys


def test_an_opener_of_an_earlier_epoch_still_shares_what_its_keys_seal(
    moments: list[Moment],
) -> None:
    moment = at(moments, "ShareOffered")
    state, now = moment.before, moment.time
    state.epochs.append(replace(state.epochs[0], id=2, seats=(2, 7, 8), batches=0))
    assert names(state, "agency", "opener", now) == {"share"}
    assert "share" not in names(state, "deputy", "opener", now)
    assert "share" in names(state, "auditor", "opener", now)
    state.batches[1, 1].members = {1: b"", 3: b""}
    assert "share" not in names(state, "auditor", "opener", now)


def test_no_share_is_wanted_of_a_box_that_is_cancelled_or_released(moments: list[Moment]) -> None:
    cancelled, released = at(moments, "TenderCancelled"), at(moments, "Released", 3)
    for moment, tender in ((cancelled, 2), (released, 3)):
        for state, wanted in ((moment.before, True), (moment.after, False)):
            found = errands(state, account("citizen"), "opener", moment.time)  # who shares nothing
            assert (tender in {each.tender for each in found}) is wanted


def test_a_seat_that_is_left_opens_nothing_and_still_votes(moments: list[Moment]) -> None:
    moment = at(moments, "ShareOffered")
    assert names(moment.before, "agency", "opener", moment.time)
    moment.before.seats[0].removed = moment.before.seats[0].admitted
    assert not names(moment.before, "agency", "opener", moment.time)
    moment = at(moments, "PanelDrawn", 9)

    def voters() -> set[str]:
        deed = Deed("panel", "", "cast", {"tender": 9})
        everybody = [deed._replace(who=account(who)) for who in EVERYBODY]
        return {each.who for each in everybody if found(each, moment.after, moment.time)}

    panel = voters()
    assert len(panel) == 2
    for seat in moment.after.seats:
        seat.removed = seat.admitted
    assert voters() == panel


def test_a_release_waits_for_as_many_shares_as_it_takes(moments: list[Moment]) -> None:
    moment = at(moments, "Released", 1)
    state, now = moment.before, moment.time
    assert "release" in names(state, "somebody", ANYONE, now)
    key = state.opening_keys[state.tenders[1].box.key]
    key.shares = [key.shares[0], key.shares[0]]
    released = [each.tender for each in errands(state, "", ANYONE, now) if each.name == "release"]
    assert 1 not in released


def test_the_last_acceptance_waits_for_the_money(moments: list[Moment]) -> None:
    moment = at(moments, "MilestoneApproved", 1, skip=1)  # pays
    state, now = moment.before, moment.time
    assert names(state, "second inspector", "inspector", now) == {"accept", "reject"}
    state.tenders[1].account.funded = 332
    assert names(state, "second inspector", "inspector", now) == {"reject"}
    state.tenders[1].account.milestones[0].approvals = 0
    assert names(state, "second inspector", "inspector", now) == {"accept", "reject"}


def test_an_agreement_concerns_its_own_parties_and_inspectors(moments: list[Moment]) -> None:
    moment = at(moments, "MilestoneApproved", 1)
    state, now = moment.before, moment.time
    signed = state.tenders[1].agreement
    assert signed is not None
    winner, loser = (
        next(name for name in ("rival", "supplier") if (NUMBER[name] == number) is won)
        for number in [signed.agreement["supplier"]]
        for won in (True, False)
    )
    assert {"report", "renounce"} <= names(state, winner, "supplier", now)
    for who, role in ((loser, "supplier"), ("ministry", "buyer")):
        assert 1 not in {each.tender for each in errands(state, account(who), role, now)}
    other = {**signed.agreement, "inspectors": [account("third inspector")]}
    state.tenders[5].agreement = replace(signed, agreement=other)
    state.tenders[5].account = deepcopy(state.tenders[1].account)
    for who, tenders in (("inspector", {1}), ("third inspector", {1, 5})):
        found = errands(state, account(who), "inspector", now)
        assert {each.tender for each in found} == tenders


def test_an_opening_that_no_panel_can_follow_is_not_urgent(moments: list[Moment]) -> None:
    moment = at(moments, "BallotOpened", 1)  # in the second evaluation, the last one
    found = errands(moment.before, "", ANYONE, moment.time)
    (opening,) = (each for each in found if (each.name, each.tender) == ("open-ballots", 1))
    assert opening.until is None


def test_money_is_offered_as_far_as_the_account_has_it(moments: list[Moment]) -> None:
    moment = at(moments, "Funded", 1)
    state, now, who = moment.before, moment.time, account("treasury")
    (token,) = state.tokens

    def offered(balance: int) -> list[tuple[str, int | None]]:
        state.tokens[token].balances[who] = balance
        found = errands(state, who, "treasury", now)
        return [(each.name, each.amount) for each in found if each.since <= now]

    assert offered(5000) == [("fund", 1001)]
    assert offered(1001) == [("fund", 1001)]
    assert offered(1000) == [("fund-part", 1000), ("mint", 1)]
    assert offered(0) == [("mint", 1001)]
    assert "fund" not in names(state, "buyer", "buyer", now)
    state.tokens[token].balances[account("buyer")] = 1001
    assert "fund" in names(state, "buyer", "buyer", now)
    state.tenders[1].account.renounced = state.tenders[1].published
    assert offered(5000) == [("close", None)]


def test_only_the_payee_is_offered_what_it_is_owed(moments: list[Moment]) -> None:
    moment = at(moments, "Claimed")
    assert "claim" in names(moment.before, "supplier", ANYONE, moment.time)
    assert "claim" not in names(moment.before, "somebody", ANYONE, moment.time)


def test_an_agreement_lapses_for_both_sides_and_the_treasury(moments: list[Moment]) -> None:
    moment = at(moments, "MilestoneReported", 1)
    for state, wait in ((moment.before, rules.LAPSE), (moment.after, 2 * rules.LAPSE)):
        due = state.tenders[1].agreement.agreement["milestones"][-1]["dueAt"]
        for who, role in (("buyer", "buyer"), ("rival", "supplier"), ("treasury", "treasury")):
            winner = state.tenders[1].agreement.agreement["supplier"]
            who = next(n for n in NUMBER if NUMBER[n] == winner) if role == "supplier" else who
            (lapse,) = (
                each
                for each in errands(state, account(who), role, moment.time)
                if (each.name, each.tender) == ("lapse", 1)
            )
            assert lapse.since == due + wait
            assert "lapse" not in names(state, who, role, lapse.since - 1)
            assert "lapse" in names(state, who, role, lapse.since)
    closed = at(moments, "Closed", 1)
    for second in (closed.time - 1, closed.time + 2 * rules.LAPSE + 2 * DAY):
        (close,) = (
            each
            for each in errands(closed.before, account("treasury"), "treasury", second)
            if each.tender == 1
        )
        assert close.name == "close"
    paid = [
        each.name
        for role in ("rival", "supplier")
        for each in errands(closed.before, account(role), "supplier", closed.time)
        if each.tender == 1
    ]
    assert paid == ["close"]  # nothing is left to renounce


def test_a_registrar_sees_keys_that_begin_and_end(moments: list[Moment]) -> None:
    moment = at(moments, "KeyAuthorised", skip=len(NUMBER) + 2)  # "retiring clerk"
    found = errands(moment.after, account("registrar"), "registrar", moment.time)
    clerk = account("retiring clerk")
    ahead = [(each.name, each.since) for each in found if each.account == clerk]
    assert names(moment.after, "registrar", "registrar", moment.time) == {"register"}
    assert all(each.since < EVER for each in found)
    key = moment.after.keys[clerk]
    assert ahead == [("key-begins", key.since), ("key-ends", key.until)]
    assert all(each.until is None or each.since for each in found)
    own = errands(moment.after, account("supplier"), "supplier", moment.time)
    assert clerk in {each.account for each in own if each.name == "refuse-key"}
    key.until = key.since  # revoked before it began
    for who, role in (("registrar", "registrar"), ("supplier", "supplier")):
        assert clerk not in {
            each.account for each in errands(moment.after, account(who), role, moment.time)
        }


def test_what_is_urgent_comes_first_and_what_time_brings_last(moments: list[Moment]) -> None:
    for moment in moments:
        for role, who in (("buyer", "buyer"), ("opener", "agency"), (ANYONE, "somebody")):
            now = moment.time
            found = errands(moment.after, account(who), role, now)
            ahead = [each.since > now for each in found]
            assert ahead == sorted(ahead)
            ends = [each.until or EVER for each in found if each.since <= now]
            assert ends == sorted(ends)
            begins = [each.since for each in found if each.since > now]
            assert begins == sorted(begins)


# In words


RUPIAH = Currency("IDR", 2)


def spoken(moment: Moment, who: str, role: str) -> Agenda:
    currencies = dict.fromkeys(moment.before.tokens, RUPIAH)
    return agenda(moment.before, account(who), role, moment.time, currencies)


def test_the_text_tells_the_time_what_to_do_and_what_to_type(moments: list[Moment]) -> None:
    said = spoken(at(moments, "ShareOffered", 1), "agency", "opener").text()
    assert re.search(
        r"  Until \d+ \w+ 2\d{3}, .* UTC \(.* WIB\): Publish your share of the bids of tender 1\n"
        r"      terang keys share --tender 1 --seed FILE\n",
        said,
    )
    said = spoken(at(moments, "TenderCancelled"), "agency", "opener").text()
    assert re.search(r"  From .* until .*: Publish your share of the bids of tender 1\n", said)
    assert (
        "  At any time: Publish a tender\n      terang tender publish --file RELEASE"
        in spoken(at(moments, "TenderCancelled"), "buyer", "buyer").text()
    )


def test_amounts_are_written_for_people_and_for_the_command(moments: list[Moment]) -> None:
    moment = at(moments, "Funded", 1)
    (token,) = moment.before.tokens
    moment.before.tokens[token].balances[account("treasury")] = 905
    ((part, *_),) = (spoken(moment, "treasury", "treasury").parts[0].errands,)
    told = spoken(moment, "treasury", "treasury")
    entry = told.document()["errands"][0]
    assert entry["what"].endswith("what the account has: IDR\u00a09.05")
    assert told.types(part) == entry["command"] == "terang agreement fund 1 9.05"
    assert (entry["amount"], entry["possible"], entry["until"]) == (905, True, None)
    mint = next(each for each in told.document()["errands"] if each["name"] == "mint")
    assert mint["command"] == "terang treasury mint IDR 0.96 --commitment FILE"
    moment.before.tokens[token].balances[account("treasury")] = 0
    whole = agenda(
        moment.before, account("treasury"), None, moment.time, {token: Currency("JPY", 0)}
    )
    assert "terang treasury mint JPY 1001 --commitment FILE" in whole.text()


def test_a_ballot_names_each_bidder_to_be_marked(moments: list[Moment]) -> None:
    moment = at(moments, "PanelDrawn", 1)
    box = moment.after.tenders[1].award.rounds[0].box
    seats = moment.after.tenders[1].award.rounds[0].panel
    who = moment.after.seats[seats[0] - 1].accounts[-1][1]
    found = agenda(moment.after, who, "panel", moment.time, {}).document()["errands"]
    first, second = moment.after.tenders[1].bidders
    (cast,) = (each for each in found if (each["tender"], each["name"]) == (1, "cast"))
    assert cast.keys() == {
        "role", "name", "what", "possible", "since", "until", "tender", "bidders", "command",
    }  # fmt: skip
    assert cast["command"] == (
        f"terang ballot cast --tender 1 --reasons FILE --mark {first}=MARK --mark {second}=MARK"
    )
    assert cast["bidders"] == (first, second)
    assert box.closes_at > moment.time


def test_a_report_says_when_the_agreement_wants_it(moments: list[Moment]) -> None:
    moment = at(moments, "MilestoneReported", 5)
    (entry, *_more) = spoken(moment, "supplier", "supplier").document()["errands"]
    assert (entry["milestone"], entry["command"]) == (
        1,
        "terang milestone report 5 1 --evidence FILE",
    )
    assert entry["due"] < entry["until"]
    assert "due " in entry["what"]
    assert "smallest units" in entry["what"]  # of a token that is not known


def test_every_role_has_its_title_its_errands_and_its_remedy() -> None:
    assert list(TITLES) == list(ROLES)
    assert REMEDIES.keys() == ROLES.keys() - {ANYONE}
