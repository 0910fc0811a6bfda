"""What somebody can do about tenders and their money, worked out from the ledger's state.

Each function yields the errands of one role: what the contracts would accept from the account now,
and what they will accept by time alone. Nothing else is needed than the state, the account, and
the time of the newest block, which whatever is sent now comes after. Conditions are those of
`Tenders.sol`, `Awards.sol`, `SealedBox.sol`, `Agreements.sol` and `Escrow.sol`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from terang.replay import moves, rules
from terang.replay.moves import Errand, Errands, free_count, licensed, newest_box
from terang.replay.state import Box, Milestone, State, Tender
from terang.vocabulary import BALLOTS, Licence, Phase, Power, Status

__all__ = [
    "Errand", "Errands", "anyone", "buyer", "free_count", "inspector", "licensed", "needed_count",
    "newest_box", "panel", "relay", "supplier", "treasury",
]  # fmt: skip


def buyer(state: State, account: str, now: int) -> Errands:
    """Yields what an account that acts for a buyer can do."""
    own = rules.served_by(state, account, Power.ACT, now)
    may_publish = rules.is_buyer(state, own) and free_count(state) and state.present
    if may_publish:
        yield Errand("publish")
    yield from _notices(state, own)
    for tender in state.tenders.values():
        if tender.buyer == own:
            found = moves.by_buyer(state, tender, now)
            yield from (each for each in found if each.name != "repeat" or may_publish)
    for tender, agreement in _running(state):
        if agreement["buyer"] == own:
            yield from _funding(state, tender, account)
            yield from _closing(tender, agreement)


def supplier(state: State, account: str, now: int) -> Errands:
    """Yields what an account that bids or acts for a supplier can do."""
    yield from _bidding(state, account, now)
    own = rules.served_by(state, account, Power.ACT, now)
    yield from _notices(state, own)
    for tender, phase in _in(state, now, Phase.AWARDED, Phase.STANDSTILL):
        winner = tender.award.winner
        if winner and winner.organisation == own:
            yield from moves.by_winner(state, tender, now)
        if phase is Phase.STANDSTILL and own in tender.bids:
            yield from _complaining(state, tender, account, own, now)
    for tender, agreement in _running(state):
        if agreement["supplier"] == own:
            yield from _reporting(tender, agreement)
            yield from _closing(tender, agreement)


def treasury(state: State, account: str, _now: int) -> Errands:
    """Yields what a licensed treasury can do."""
    for complaint in state.complaints.values():
        yield from moves.by_treasury(complaint)
    lacks: dict[str, int] = {}
    for tender, agreement in _running(state):
        yield from _funding(state, tender, account)
        yield from _closing(tender, agreement)
        token = agreement["currency"]
        lacks[token] = lacks.get(token, 0) + _lacking(tender)
    for token, amount in lacks.items():
        if token in state.tokens and (lack := amount - _balance(state, token, account)) > 0:
            yield Errand("mint", amount=lack, currency=token)


def relay(state: State, account: str, now: int) -> Errands:
    """Yields what a licensed relay can do: send the envelopes of others."""
    for tender in state.tenders.values():
        box = moves.newest_box(tender)
        # each bid in two envelopes takes a place in both boxes
        boxes = [each for each in (box, tender.prices if box is tender.box else None) if each]
        if not box.shut and all(_has_room(state, each, account, 0, now) for each in boxes):
            name = "relay-ballot" if box.stage >= BALLOTS else "relay-bid"
            yield Errand(name, until=box.closes_at - 1, tender=tender.id)


def panel(state: State, account: str, now: int) -> Errands:
    """Yields the ballots and votes that an account can cast.

    Of two ballots by a seat only the first counts.
    """
    for tender, _phase in _in(state, now, Phase.EVALUATION):
        if not tender.award.rounds:
            continue
        last = tender.award.rounds[-1]
        seat = rules.votes_for(state, tender, last, account)
        for each in moves.by_panel(tender) if seat else ():
            # whatever the seat's account sealed may be a colleague's ballot
            unsure = each.name == "cast" and last.box.sealed_by.get(seat)
            yield replace(each, name="cast-unsure") if unsure else each
    for complaint in state.complaints.values():
        seat = rules.reviews_for(state, complaint, account)
        if seat and all(each.seat != seat for each in complaint.present_votes()):
            yield from moves.by_reviewer(state, complaint, now)


def inspector(state: State, account: str, _now: int) -> Errands:
    """Yields the reports that a named inspector can accept or reject."""
    for tender, agreement in _running(state):
        if account not in agreement["inspectors"]:
            continue
        bit = 1 << list(agreement["inspectors"]).index(account)
        for place, plan, each in _milestones(tender, agreement, Status.REPORTED):
            if bit & (each.approvals | each.rejections):
                continue
            last = each.approvals.bit_count() + 1 == agreement["approvals"]
            if not last or tender.account.held >= plan["amount"]:  # the last one pays
                yield _of(tender, "accept", place, plan)
            yield _of(tender, "reject", place, plan)


def anyone(state: State, account: str, now: int) -> Errands:
    """Yields what has no owner, and what the account is owed."""
    free = free_count(state)
    for tender in state.tenders.values():
        yield from moves.by_anyone(state, tender, now, free)
    for complaint in state.complaints.values():
        if complaint.depositor == account:
            yield from moves.by_depositor(complaint)
    agreed = {each.terms["currency"]: each.id for each in state.tenders.values()}
    for (token, payee), amount in state.claimable.items():
        if amount and payee == account:
            yield Errand("claim", tender=agreed[token], amount=amount, currency=token)


def needed_count(state: State, now: int) -> int:
    """Returns how many keys the ballots of tenders under way may still take."""
    return sum(moves.may_still_draw(state, tender, now) for tender in state.tenders.values())


def _in(state: State, now: int, *phases: Phase) -> Iterator[tuple[Tender, Phase]]:
    for tender in state.tenders.values():
        phase = rules.phase(state, tender, now)
        if phase in phases:
            yield tender, phase


def _running(state: State) -> Iterator[tuple[Tender, Mapping[str, Any]]]:
    """Signed agreements that are not closed."""
    for tender in state.tenders.values():
        if tender.agreement and not tender.account.closed:
            yield tender, tender.agreement.agreement


def _notices(state: State, organisation: int) -> Errands:
    """Keys that will serve an organisation: a registrar's give it seven days to object."""
    for account, key in state.keys.items():
        if organisation == key.organisation and key.since < key.until:
            yield Errand("refuse-key", until=key.since - 1, account=account)


def _bidding(state: State, account: str, now: int) -> Errands:
    own, eligible = rules.bidder_at(state, account, now + 1)
    if not eligible:
        return
    for tender, _phase in _in(state, now, Phase.TENDERING):
        if tender.buyer == own:
            continue
        boxes = [each for each in (tender.box, tender.prices) if each]
        room = all(_has_room(state, each, account, own, now) for each in boxes)
        # else the bid is void
        serves = tender.box.closes_at <= state.keys[account].until and room
        for each in moves.by_bidder(state, tender, now):
            if each.name != "bid":
                yield each
            elif serves:
                again = _is_outdated(state, tender, own)
                yield replace(each, name="bid-again", version=tender.version) if again else each


def _is_outdated(state: State, tender: Tender, own: int) -> bool:
    """Whether an organisation sealed for a tender, and nothing since its last amendment.

    What a relay sent for it is not known.
    """
    times = [
        each.sealed
        for each in tender.box.envelopes
        if rules.served_by(state, each.sender, Power.BID, each.sealed.time) == own
    ]
    amended = tender.amendments[-1].stamp if tender.amendments else None
    return bool(times and amended and max(times) < amended)


def _complaining(state: State, tender: Tender, account: str, own: int, now: int) -> Errands:
    about = rules.complaints_about(state, tender, tender.award.rankings)
    if any(each.tenderer == own for each in about):
        return
    for each in moves.by_tenderer(state, tender, now):
        # nothing is said of tokens outside the record
        token, deposit = tender.terms["currency"], each.amount or 0
        if token not in state.tokens or _balance(state, token, account) >= deposit:
            yield each


def _has_room(state: State, box: Box, account: str, principal: int, now: int) -> bool:
    versions = rules.versions(state, box)
    if rules.is_licensed(state, Licence.RELAY, account, now):
        return box.sealed_by.get(int(account, 16), 0) < rules.RELAY_CAP * versions
    return box.sealed_by.get(principal, 0) < rules.CAP * versions


def _milestones(
    tender: Tender, agreement: Mapping[str, Any], status: Status
) -> Iterator[tuple[int, Mapping[str, Any], Milestone]]:
    """The milestones of a status: number, what was agreed, what came of it."""
    planned = zip(agreement["milestones"], tender.account.milestones, strict=True)
    for place, (plan, each) in enumerate(planned, 1):
        if each.status is status:
            yield place, plan, each


def _of(tender: Tender, name: str, milestone: int, plan: Mapping[str, Any]) -> Errand:
    amount, token = plan["amount"], tender.terms["currency"]
    return Errand(name, tender=tender.id, milestone=milestone, amount=amount, currency=token)


def _reporting(tender: Tender, agreement: Mapping[str, Any]) -> Errands:
    if tender.account.renounced:
        return
    until = _lapses_at(agreement) - 1
    for place, plan, _milestone in _milestones(tender, agreement, Status.PENDING):
        yield replace(_of(tender, "report", place, plan), until=until, due=plan["dueAt"])
    if not _is_paid(tender):
        yield Errand("renounce", tender=tender.id)


def _funding(state: State, tender: Tender, account: str) -> Errands:
    """Nothing is said of tokens outside the record: what they would do is not known."""
    token, lacking = tender.terms["currency"], _lacking(tender)
    if token in state.tokens and (amount := min(_balance(state, token, account), lacking)):
        name = "fund" if amount == lacking else "fund-part"
        yield Errand(name, tender=tender.id, amount=amount, currency=token)


def _lacking(tender: Tender) -> int:
    """What a running agreement lacks to its price, as long as it may still be earned."""
    if tender.agreement is None or tender.account.renounced:
        return 0
    price: int = tender.agreement.agreement["price"]
    return price - tender.account.funded


def _balance(state: State, token: str, account: str) -> int:
    return state.tokens[token].balances.get(account, 0)


def _closing(tender: Tender, agreement: Mapping[str, Any]) -> Errands:
    if tender.account.renounced or _is_paid(tender):
        yield Errand("close", tender=tender.id)
    else:
        wait = rules.LAPSE if tender.account.count(Status.REPORTED) else 0
        yield Errand("lapse", since=_lapses_at(agreement) + wait, tender=tender.id)


def _is_paid(tender: Tender) -> bool:
    return tender.account.count(Status.PAID) == len(tender.account.milestones)


def _lapses_at(agreement: Mapping[str, Any]) -> int:
    last: int = agreement["milestones"][-1]["dueAt"]
    return last + rules.LAPSE
