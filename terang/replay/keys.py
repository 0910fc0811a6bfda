"""Events of `OpeningKeys`."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from terang.replay import rules
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import Batch, Box, Epoch, OpeningKey, Stamp, State
from terang.sealing.curve import N, parse_point
from terang.sealing.epoch import key_place
from terang.sealing.evidence import WRONG_SHARE, EvidenceError
from terang.sealing.misconduct import Accused, judge, needed

Args = Mapping[str, Any]

_MAX_OPENERS: Final = 64
_DEALING_PERIOD: Final = 3600
_MAX_DEAL: Final = 1 << 17
_MAX_EVIDENCE: Final = 256


def epoch_started(state: State, args: Args, stamp: Stamp) -> None:
    """The openers of a new epoch are appointed."""
    require(args["epoch"] == len(state.epochs) + 1, ORDER)
    seats, k, c = tuple(args["seats"]), args["threshold"], args["confirmations"]
    n = len(seats)
    require(n <= _MAX_OPENERS and len(set(seats)) == n, VALUE)
    sizes = [0, 0, 0]
    for number in seats:
        require(0 < number <= len(state.seats), UNKNOWN)
        require(state.seats[number - 1].removed is None, RIGHT)
        sizes[state.seats[number - 1].seat_class] += 1
    # so that k > max(sizes) too: no class alone opens, nor keeps shut
    require(2 * k > n and k + max(sizes) <= n and k <= c <= n, VALUE)
    state.epochs.append(Epoch(args["epoch"], seats, k, c, stamp))


def enrolled(state: State, args: Args, stamp: Stamp) -> None:
    """An opener publishes its encryption key."""
    epoch, index, key = _epoch(state, args), args["index"], args["encryptionKey"]
    require(0 < index <= len(epoch.seats), UNKNOWN)
    require(index not in epoch.encryption_keys, AGAIN)
    parse_point(key)
    epoch.encryption_keys[index] = key


def batch_opened(state: State, args: Args, stamp: Stamp) -> None:
    """A batch is opened for dealing."""
    epoch, number, count = _epoch(state, args), args["batch"], args["count"]
    require(epoch.id == len(state.epochs) and number == epoch.batches + 1, ORDER)
    # what a deal has room for: version, E, T, s; then per key k commitments and n − 1 shares
    each = 33 * epoch.threshold + 32 * (len(epoch.seats) - 1)
    require(0 < count <= (_MAX_DEAL - 99) // each, VALUE)
    require(args["dealsUntil"] == stamp.time + _DEALING_PERIOD, TIME)
    epoch.batches = number
    keys = epoch.encryption_keys.items()
    members = {index: key for index, key in keys if index not in epoch.culprits}
    state.batches[epoch.id, number] = Batch(epoch.id, number, count, args["dealsUntil"], members)


def dealt(state: State, args: Args, stamp: Stamp) -> None:
    """An opener deals; whether its deal is valid is for `recheck`."""
    batch, index, payload = _batch(state, args), args["index"], args["payload"]
    require(index in _epoch(state, args).encryption_keys, RIGHT)
    require(stamp.time < batch.deals_until, TIME)
    require(0 < len(payload) <= _MAX_DEAL, VALUE)
    batch.deals.append((index, payload))


def accused(state: State, args: Args, stamp: Stamp) -> None:
    """An opener accuses a dealer; if the evidence holds, it takes part in no later batch."""
    epoch, batch, dealer = _epoch(state, args), _batch(state, args), args["dealer"]
    said = Accused(batch.id, dealer, args["accuser"], args["evidence"])
    require(0 < said.accuser <= len(epoch.seats), RIGHT)
    require(0 < dealer <= len(epoch.seats), UNKNOWN)
    require(0 < len(said.evidence) <= _MAX_EVIDENCE, VALUE)
    require(not rules.accusations_of(batch, said.accuser) >> (dealer - 1) & 1, AGAIN)
    batch.accusations.append(said)
    if dealer not in epoch.culprits or said.kind == WRONG_SHARE:
        numbers = range(1, epoch.batches + 1)
        posted = ((number, state.batches[epoch.id, number].deals) for number in numbers)
        with suppress(EvidenceError):
            judge(said, rules.dealings_of(state, epoch, needed(said, batch.deals, posted)))
            epoch.culprits.add(dealer)
            if said.kind == WRONG_SHARE:
                batch.cheated.add(said.accuser)


def confirmed(state: State, args: Args, stamp: Stamp) -> None:
    """An opener states what it holds shares of."""
    batch, index = _batch(state, args), args["index"]
    require(0 < index <= len(_epoch(state, args).seats), RIGHT)
    bit = 1 << (index - 1)
    require(not batch.confirmed & bit, AGAIN)
    require(stamp.time >= batch.deals_until, TIME)
    require(any(args["root"]), VALUE)
    batch.confirmed |= bit
    statement = (args["root"], args["transcript"])
    batch.statements[statement] = batch.statements.get(statement, 0) + 1


def batch_ready(state: State, args: Args, stamp: Stamp) -> None:
    """Enough openers confirmed the same."""
    batch, needed = _batch(state, args), _epoch(state, args).confirmations
    require(not any(batch.root), AGAIN)
    require(batch.statements.get((args["root"], args["transcript"])) == needed, VALUE)
    batch.root, batch.transcript = args["root"], args["transcript"]


def taken(state: State, args: Args, stamp: Stamp) -> None:
    """The box that was just prepared takes a key; that the ceremony made it is for `recheck`."""
    number = args["keyId"]
    require(number not in state.opening_keys, AGAIN)
    epoch, made, place = key_place(number)
    batch = state.batches.get((epoch, made))
    require(epoch == len(state.epochs), ORDER)
    if batch is None or not any(batch.root) or place >= batch.count:
        raise Impossible(UNKNOWN)
    box = _box(state, args)
    require(state.prepared[:1] == ((box, stamp),), ORDER)
    box.key, state.prepared = number, state.prepared[1:]
    state.opening_keys[number] = OpeningKey(
        number, box.contract, box.tender, box.stage, args["x"], args["y"], stamp
    )


def share_offered(state: State, args: Args, stamp: Stamp) -> None:
    """An opener publishes its share; whether it is the right one does not matter to the release."""
    box, epoch, index, share = _box(state, args), _epoch(state, args), args["index"], args["share"]
    require(rules.is_releasable(box, stamp.time), TIME)
    require(0 < index <= len(epoch.seats), RIGHT)
    require(0 < share < N, VALUE)
    # the contract does not know which epoch made the box's key: a share of another is of no use
    if key_place(box.key).epoch == epoch.id:
        state.opening_keys[box.key].shares.append((index, share))


def _epoch(state: State, args: Args) -> Epoch:
    number: int = args["epoch"]
    require(0 < number <= len(state.epochs), UNKNOWN)
    return state.epochs[number - 1]


def _batch(state: State, args: Args) -> Batch:
    batch = state.batches.get((args["epoch"], args["batch"]))
    if batch is None:
        raise Impossible(UNKNOWN)
    return batch


def _box(state: State, args: Args) -> Box:
    tender = state.tenders.get(args["tenderId"])
    box = tender.box_of(args["stage"]) if tender else None
    if box is None or state.names.get(args["box"]) != box.contract:
        raise Impossible(UNKNOWN)
    return box
