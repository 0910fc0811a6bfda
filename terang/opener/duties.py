"""What an opener has to do now: a pure function of what it sees.

The duties are those of `terang next` (`replay.offices`, `replay.errands`). What is added here is
when: a share and a confirmation wait for the finalised block, and what one opener can do for all
is done in turns, so that it is rarely done twice. After some seconds of the chain's time the next
in turn may do it too, or instead.
"""

from collections.abc import Iterator
from typing import Final

from terang.opener.mirror import Sight
from terang.replay import errands, offices, rules
from terang.replay.errands import Errand
from terang.replay.state import Batch, Epoch, OpeningKey
from terang.sealing.epoch import key_place
from terang.vocabulary import EVER

CONFIRMING: Final = 3600
"""Seconds after dealing within which a batch gets its confirmations, or another is opened."""

_ORDER: Final = (
    *(f"{act}{box}" for act in ("share", "release", "open") for box in ("", "-prices", "-ballots")),
    *("confirm", "deal", "enrol", "batch"),
)
_OWN: Final = frozenset({"share", "share-prices", "share-ballots", "confirm", "deal", "enrol"})
_FINAL: Final = frozenset({"share", "share-prices", "share-ballots", "confirm"})
_SHARED: Final = frozenset(
    f"{act}{box}" for act in ("release", "open") for box in ("", "-prices", "-ballots")
)


def duties(sight: Sight, account: str, *, pool: int, turn: int) -> list[Errand]:
    """Returns what an opener has to do now, the most urgent first.

    Args:
        sight: what it sees.
        account: the checksummed address of its account.
        pool: how many keys shall be free or in the making.
        turn: seconds of the chain's time after which the next opener in turn goes ahead.
    """
    if not sight.state.epochs:
        return []
    found = [*_own(sight, account), *_for_all(sight, account, turn)]
    found += _batch(sight, account, pool, turn)
    return sorted(found, key=lambda each: (_ORDER.index(each.name), each.until or EVER))


def failed(batch: Batch, now: int) -> bool:
    """Tells whether a batch had its time and is not ready, so that another takes its place."""
    return not any(batch.root) and now >= batch.deals_until + CONFIRMING


def under_way(sight: Sight) -> list[Batch]:
    """Returns the batches that are in the making."""
    batches = offices.batches_under_way(sight.state, sight.now)
    return [each for each in batches if not failed(each, sight.now)]


def _own(sight: Sight, account: str) -> Iterator[Errand]:
    """What nobody else can do for this opener."""
    for each in offices.opener(sight.state, account, sight.now):
        clock = sight.final if each.name in _FINAL else sight.now
        last = EVER if each.until is None else each.until
        # whatever is sent now comes after the newest block
        if each.name in _OWN and each.since <= clock and sight.now < last:
            yield each


def _for_all(sight: Sight, account: str, turn: int) -> Iterator[Errand]:
    """Releases and openings, by the openers of the box's key in turn."""
    state = sight.state
    seat = rules.seat_held_by(state, account)
    for each in errands.anyone(state, account, sight.now):
        if each.name not in _SHARED or each.tender is None:
            continue
        key = state.opening_keys[errands.newest_box(state.tenders[each.tender]).key]
        epoch = state.epochs[key_place(key.id).epoch - 1]
        if seat not in epoch.seats or (each.until is not None and sight.now >= each.until):
            continue
        place = _order(epoch, key).index(epoch.seats.index(seat) + 1)
        if sight.now >= _since(sight, epoch, key) + place * turn:
            yield each


def _order(epoch: Epoch, key: OpeningKey) -> list[int]:
    """The openers of a box in their turns: first those whose shares open it, since they live."""
    given = list(dict.fromkeys(opener for opener, _share in key.shares))[: epoch.threshold]
    others = [each for each in range(1, len(epoch.seats) + 1) if each not in given]
    return [*_rotated(given, key.tender), *_rotated(others, key.tender)]


def _since(sight: Sight, epoch: Epoch, key: OpeningKey) -> int:
    """When a box was ready for its release, or for the next step of its opening."""
    if key.released is not None:
        return max(key.released.time, sight.opened.get(key.tender, 0))
    return sight.shared[key.id][epoch.threshold - 1]


def _batch(sight: Sight, account: str, pool: int, turn: int) -> Iterator[Errand]:
    """A batch, when keys that are free or in the making are too few."""
    state, now, epoch = sight.state, sight.now, sight.state.epochs[-1]
    seat = rules.seat_held_by(state, account)
    free = errands.free_count(state)
    lacking = pool - free - sum(each.count for each in under_way(sight))
    if lacking <= 0 or seat not in epoch.seats or not offices.can_make_keys(state):
        return
    batches = [state.batches[epoch.id, number + 1] for number in range(epoch.batches)]
    ended = [each.deals_until for each in batches if not any(each.root)]
    taken = sorted(
        each.taken.time
        for each in state.opening_keys.values()
        if key_place(each.id).epoch == epoch.id
    )
    # the moment from which keys were lacking: a start, a failure, or the key that was one too many
    failures = [time for end in ended for time in (end, end + CONFIRMING) if time <= now]
    since = max([sight.stirred, *failures, *taken[-lacking:][:1]])
    turns = _rotated(sorted(epoch.encryption_keys.keys() - epoch.culprits), epoch.batches)
    # one at a time, over and over: a batch too many costs everybody a deal
    if turns[(now - since) // turn % len(turns)] == epoch.seats.index(seat) + 1:
        needed = errands.needed_count(state, now)
        yield Errand("batch", epoch=epoch.id, count=free, needed=needed)


def _rotated(openers: list[int], by: int) -> list[int]:
    start = by % len(openers) if openers else 0
    return openers[start:] + openers[:start]
