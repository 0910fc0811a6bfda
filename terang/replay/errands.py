"""What somebody can do about tenders and their money, worked out from the ledger's state.

Each function yields the errands of one role: what the contracts would accept from the account now,
and what they will accept by time alone. Nothing else is needed than the state, the account, and
the time of the newest block, which whatever is sent now comes after. Conditions are those of
`Tenders.sol`, `Awards.sol`, `SealedBox.sol`, `Agreements.sol` and `Escrow.sol`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from terang.replay import rules
from terang.replay.state import GRACE, Box, Milestone, State, Tender
from terang.sealing.epoch import key_place
from terang.vocabulary import Licence, Phase, Power, Status


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing that an account can do, now or by time alone.

    Attributes:
        name: a key of `acts.ACTS`.
        since: the first second in which it is accepted, since 1970 UTC; 0 for at once.
        until: the last second in which it is accepted or serves; None without end.
        tender: the tender that it is about.
        milestone: its number, from 1.
        batch: of keys.
        epoch: of openers.
        dealer: index of the opener that is accused.
        organisation: that it is about.
        account: that it is about.
        count: keys that are free.
        needed: keys that tenders under way may still take.
        amount: in the smallest unit of `currency`.
        currency: address of the token.
        due: when the agreement wants it done; nothing is refused after that.
        bidders: organisations that a ballot marks.
    """

    name: str
    since: int = 0
    until: int | None = None
    tender: int | None = None
    milestone: int | None = None
    batch: int | None = None
    epoch: int | None = None
    dealer: int | None = None
    organisation: int | None = None
    account: str | None = None
    count: int | None = None
    needed: int | None = None
    amount: int | None = None
    currency: str | None = None
    due: int | None = None
    bidders: tuple[int, ...] = ()


Errands = Iterator[Errand]


def buyer(state: State, account: str, now: int) -> Errands:
    """Yields what an account that acts for a buyer can do."""
    own = rules.served_by(state, account, Power.ACT, now)
    if rules.is_buyer(state, own) and free_count(state):
        yield Errand("publish")
    yield from _notices(state, own)
    for tender, phase in _in(state, now, Phase.TENDERING, Phase.AWARDED):
        if tender.buyer != own:
            continue
        if phase is Phase.TENDERING:
            yield Errand("cancel", until=tender.box.closes_at - 1, tender=tender.id)
            continue
        if licensed(state, Licence.TREASURY, now):  # or nobody could be named for what is left
            yield Errand("prepare", until=tender.award.sign_by, tender=tender.id)
        yield from _signing(tender)
    for tender, agreement in _running(state):
        if agreement["buyer"] == own:
            yield from _funding(state, tender, account)
            yield from _closing(tender, agreement)


def supplier(state: State, account: str, now: int) -> Errands:
    """Yields what an account that bids or acts for a supplier can do."""
    yield from _bidding(state, account, now)
    own = rules.served_by(state, account, Power.ACT, now)
    yield from _notices(state, own)
    for tender, _phase in _in(state, now, Phase.AWARDED):
        winner = tender.award.winner
        if winner and winner.organisation == own:
            yield from _signing(tender)
    for tender, agreement in _running(state):
        if agreement["supplier"] == own:
            yield from _reporting(tender, agreement)
            yield from _closing(tender, agreement)


def treasury(state: State, account: str, _now: int) -> Errands:
    """Yields what a licensed treasury can do."""
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
    for box in state.boxes():
        if not box.shut and _has_room(state, box, account, 0, now):
            name = "relay-bid" if box.contract == "Tenders" else "relay-ballot"
            yield Errand(name, until=box.closes_at - 1, tender=box.tender)


def panel(state: State, account: str, now: int) -> Errands:
    """Yields the ballots that an account can cast; of two by a seat only the first counts."""
    for tender, _phase in _in(state, now, Phase.EVALUATION):
        if not tender.award.rounds:
            continue
        last = tender.award.rounds[-1]
        seat = rules.votes_for(state, tender, last, account)
        if seat:
            # whatever the seat's account sealed may be a colleague's ballot
            name = "cast-unsure" if last.box.sealed_by.get(seat) else "cast"
            until, bidders = last.box.closes_at - 1, tuple(tender.bidders)
            yield Errand(name, until=until, tender=tender.id, bidders=bidders)


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
    """Yields what has no owner: to release, open, draw, rank, award; and what the account is owed.

    A share is published before anybody checks it, so a release that is listed here may turn out
    to need one more.
    """
    free = free_count(state)
    for tender in state.tenders.values():
        yield from _opening(state, tender, now)
        yield from _judging(state, tender, now, free)
    agreed = {each.terms["currency"]: each.id for each in state.tenders.values()}
    for (token, payee), amount in state.claimable.items():
        if amount and payee == account:
            yield Errand("claim", tender=agreed[token], amount=amount, currency=token)


def newest_box(tender: Tender) -> Box:
    """Returns the box that a tender's commands speak of: of the last ballots, else of bids."""
    return tender.boxes()[-1]


def free_count(state: State) -> int:
    """Returns how many keys of the newest epoch are ready and not taken."""
    number = len(state.epochs)
    ready = sum(
        each.count for each in state.batches.values() if each.epoch == number and any(each.root)
    )
    return ready - sum(key_place(each).epoch == number for each in state.opening_keys)


def needed_count(state: State, now: int) -> int:
    """Returns how many keys the ballots of tenders under way may still take."""
    under_way = _in(state, now, Phase.TENDERING, Phase.OPENING, Phase.EVALUATION)
    return sum(rules.MAX_ATTEMPTS - len(tender.award.rounds) for tender, _phase in under_way)


def licensed(state: State, licence: Licence, now: int) -> bool:
    """Tells whether anybody holds this licence now."""
    return any(
        kind == licence and since <= now < until
        for (kind, _account), (since, until) in state.licences.items()
    )


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
        closes = tender.box.closes_at
        serves = closes <= state.keys[account].until  # else the bid is void
        if serves and tender.buyer != own and _has_room(state, tender.box, account, own, now):
            yield Errand("bid", until=closes - 1, tender=tender.id)


def _has_room(state: State, box: Box, account: str, principal: int, now: int) -> bool:
    if rules.is_licensed(state, Licence.RELAY, account, now):
        return box.sealed_by.get(int(account, 16), 0) < rules.RELAY_CAP
    return box.sealed_by.get(principal, 0) < rules.CAP


def _has_shares(state: State, box: Box) -> bool:
    """Whether a box waits for its secret, and as many openers as it takes gave their shares."""
    key = state.opening_keys[box.key]
    threshold = state.epochs[key_place(key.id).epoch - 1].threshold
    return not key.secret and len({opener for opener, _share in key.shares}) >= threshold


def _opening(state: State, tender: Tender, now: int) -> Errands:
    """From the shares to the opened envelopes of its newest box."""
    box, rounds = newest_box(tender), len(tender.award.rounds)
    suffix = "-ballots" if rounds else ""
    if _has_shares(state, box):  # which none gives before it may be released
        yield Errand(f"release{suffix}", until=box.closes_at + GRACE - 1, tender=tender.id)
    elif rules.secret_of(state, box) and not rules.is_opened(state, box):
        # what is opened later is public all the same, but no panel comes after it
        serves = rounds < rules.MAX_ATTEMPTS and now < _draw_by(box)
        yield Errand(f"open{suffix}", until=_draw_by(box) if serves else None, tender=tender.id)


def _judging(state: State, tender: Tender, now: int, free: int) -> Errands:
    """From the opened bids to the award."""
    award, phase = tender.award, rules.phase(state, tender, now)
    if phase is Phase.STANDSTILL:
        yield Errand("finalise", since=award.standstill_ends_at, tender=tender.id)
    elif phase is Phase.EVALUATION:
        last = award.rounds[-1] if award.rounds else None
        if last is None or rules.lacks_quorum(state, last):
            if free:
                yield Errand("draw", until=_draw_by(newest_box(tender)), tender=tender.id)
        elif rules.is_opened(state, last.box):
            yield Errand("rank", tender=tender.id)


def _draw_by(box: Box) -> int:
    """The last second in which a panel is drawn after the opening of a box."""
    return box.closes_at + GRACE + rules.DRAWING_PERIOD - 1


def _signing(tender: Tender) -> Errands:
    for name in ("sign", "submit"):
        yield Errand(name, until=tender.award.sign_by, tender=tender.id)


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
