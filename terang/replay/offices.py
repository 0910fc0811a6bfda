"""Which roles an account has, and what administrator, registrar and openers can do.

As in `errands`; conditions are those of `Participants.sol`, `Consortium.sol` and
`OpeningKeys.sol`. Powers that nothing on the ledger calls for, such as suspending somebody in good
standing, are not listed.
"""

from collections.abc import Callable, Mapping
from typing import Final

from terang.replay import errands, moves, rules
from terang.replay.errands import Errand, Errands
from terang.replay.state import Batch, Epoch, State, Tender
from terang.sealing.epoch import key_place
from terang.vocabulary import EVER, Licence, Power, Role

_LICENCES: Final = {
    "registrar": Licence.REGISTRAR,
    "treasury": Licence.TREASURY,
    "relay": Licence.RELAY,
}
_SIDES: Final = {"buyer": Role.BUYER, "supplier": Role.SUPPLIER}


def administrator(state: State, _account: str, now: int) -> Errands:
    """Yields what the ledger waits for from its administrator."""
    for licence in (Licence.REGISTRAR, Licence.TREASURY):
        if not errands.licensed(state, licence, now):
            yield Errand(f"license-{licence.name.lower()}")
    if not state.present:
        yield Errand("set-rules")
    seated = {each.organisation for each in state.seats}  # also those who left
    for each in state.organisations:
        # who bids does not judge
        if each.roles & (Role.MEMBER | Role.SUPPLIER) == Role.MEMBER and each.id not in seated:
            yield Errand("admit", organisation=each.id)
        if rules.is_suspended(each):
            yield Errand("reinstate", organisation=each.id)
    classes = {each.seat_class for each in state.seats if each.removed is None}
    # no class alone may open or keep shut, so it takes all three
    if len(classes) == len(state.seats_of_class) and not _has_openers(state):
        yield Errand("appoint")


def registrar(state: State, _account: str, now: int) -> Errands:
    """Yields what a licensed registrar can do, and when keys begin or end after their notice."""
    yield Errand("register")
    yield from _notices(state, now)


def opener(state: State, account: str, now: int) -> Errands:
    """Yields what the account of an opener can do."""
    seat = rules.seat_held_by(state, account)
    epoch = state.epochs[-1]
    if seat in epoch.seats:
        index = epoch.seats.index(seat) + 1
        if index not in epoch.encryption_keys:
            yield Errand("enrol", epoch=epoch.id)
        yield from _ceremonies(state, epoch, index, now)
    for tender in state.tenders.values():
        yield from _sharing(state, tender, seat)


def ends(state: State, account: str, role: str, now: int) -> int:
    """Returns the first second in which an account has not any more a role that it has now.

    Args:
        state: the ledger.
        account: checksummed address.
        role: a key of `ROLES`.
        now: the chain's clock, in seconds since 1970 UTC.

    Returns:
        the second since 1970 UTC; `EVER` without end; 0 when it has not the role now.
    """
    if role in _LICENCES:
        since, until = state.licences.get((_LICENCES[role], account), (0, 0))
        return until if since <= now < until else 0
    if role in _SIDES:
        powers = (Power.ACT,) if role == "buyer" else (Power.ACT, Power.BID)
        own = max(rules.served_by(state, account, each, now) for each in powers)
        found = rules.organisation(state, own)
        return state.keys[account].until if found and found.roles & _SIDES[role] else 0
    return EVER if _holds(state, account, role) else 0


def _holds(state: State, account: str, role: str) -> bool:
    """Whether an account has a role that has no end."""
    if role == "administrator":
        return account == state.administrator
    if role == "opener":
        return any(rules.seat_held_by(state, account) in each.seats for each in state.epochs)
    if role == "panel":
        return account in state.seat_of_account  # also after it left, for tenders closed by then
    signed = (each.agreement.agreement for each in state.tenders.values() if each.agreement)
    return role == "anyone" or any(account in each["inspectors"] for each in signed)


def _notices(state: State, now: int) -> Errands:
    for account, key in state.keys.items():
        for name, when in (("key-begins", key.since), ("key-ends", key.until)):
            if now < when < EVER and key.since < key.until:  # not revoked before it began
                yield Errand(name, since=when, organisation=key.organisation, account=account)


def _has_openers(state: State) -> bool:
    """Whether enough openers of the newest epoch still have their seats."""
    if not state.epochs:
        return False
    newest = state.epochs[-1]
    return len(_present(state, newest) - newest.culprits) >= newest.confirmations


def _present(state: State, epoch: Epoch) -> set[int]:
    """The openers of an epoch, by index, whose seats were not removed."""
    places = enumerate(epoch.seats, 1)
    return {index for index, seat in places if state.seats[seat - 1].removed is None}


def batches_under_way(state: State, now: int) -> list[Batch]:
    """Returns the batches of the newest epoch that are not ready and may still become it."""
    if not state.epochs:
        return []
    epoch = state.epochs[-1]
    batches = [state.batches[epoch.id, number + 1] for number in range(epoch.batches)]
    return [each for each in batches if _may_become_ready(state, epoch, each, now)]


def can_make_keys(state: State) -> bool:
    """Tells whether enough openers of the newest epoch would be members of a new batch."""
    if not state.epochs:
        return False
    epoch = state.epochs[-1]
    members = epoch.encryption_keys.keys() - epoch.culprits
    return len(_present(state, epoch) & members) >= epoch.confirmations


def _ceremonies(state: State, epoch: Epoch, index: int, now: int) -> Errands:
    """What an opener of the newest epoch can do about its batches."""
    waiting = batches_under_way(state, now)
    for each in waiting:
        if index not in each.members:
            continue
        dealt = {opener for opener, _payload in each.deals}
        if index not in dealt and now < each.deals_until:
            yield Errand("deal", until=each.deals_until - 1, batch=each.id)
        if not each.confirmed >> (index - 1) & 1:
            yield Errand("confirm", since=each.deals_until, batch=each.id)
    free, needed = errands.free_count(state), errands.needed_count(state, now)
    # one more than the tenders under way may take, so that another can be published
    if free <= needed and not waiting and can_make_keys(state):
        yield Errand("batch", count=free, needed=needed)


def _may_become_ready(state: State, epoch: Epoch, batch: Batch, now: int) -> bool:
    """Whether enough openers can still deal, and can still confirm the same."""
    if any(batch.root):
        return False
    dealt = {opener for opener, _payload in batch.deals}
    # who shows that it was dealt a wrong share will not confirm; who only says so may
    able = (_present(state, epoch) & batch.members.keys()) - batch.cheated
    left = sum(not batch.confirmed >> (index - 1) & 1 for index in able)
    enough = now < batch.deals_until or len(dealt) >= epoch.threshold
    return enough and max(batch.statements.values(), default=0) + left >= epoch.confirmations


def _sharing(state: State, tender: Tender, seat: int) -> Errands:
    """The share of a box that has closed, or will, by the account of an opener of its key."""
    key = state.opening_keys[errands.newest_box(tender).key]
    number, made, _place = key_place(key.id)
    epoch = state.epochs[number - 1]
    if seat not in epoch.seats:
        return
    index = epoch.seats.index(seat) + 1
    given = any(opener == index for opener, _share in key.shares)
    if index in state.batches[number, made].members and not given:
        yield from moves.by_opener(state, tender)


ROLES: Final[Mapping[str, Callable[[State, str, int], Errands]]] = {
    "administrator": administrator,
    "registrar": registrar,
    "treasury": errands.treasury,
    "relay": errands.relay,
    "opener": opener,
    "buyer": errands.buyer,
    "supplier": errands.supplier,
    "panel": errands.panel,
    "inspector": errands.inspector,
    "anyone": errands.anyone,
}
"""What yields the errands of each role; `anyone` is the last."""
