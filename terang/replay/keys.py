"""Events of `OpeningKeys`."""

from collections.abc import Mapping
from typing import Any, Final

from eth_utils.crypto import keccak

from terang.replay import rules
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import Batch, Box, Epoch, OpeningKey, Stamp, State
from terang.sealing.curve import N, address_of, generate, parse_point, words

Args = Mapping[str, Any]

CONTRACTS: Final = ("", "Tenders", "Awards")
"""Names of `OpeningKeys.Box`."""
_MAX_OPENERS: Final = 64
_DEALING_PERIOD: Final = 3600
_MAX_DEAL: Final = 1 << 17


def point_of(key: OpeningKey) -> bytes:
    """Returns the 20-byte address of a key's point."""
    return keccak(words(key.x, key.y))[12:]


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
    members = dict(epoch.encryption_keys)
    state.batches[epoch.id, number] = Batch(epoch.id, number, count, args["dealsUntil"], members)


def dealt(state: State, args: Args, stamp: Stamp) -> None:
    """An opener deals; whether its deal is valid is for `recheck`."""
    batch, index, payload = _batch(state, args), args["index"], args["payload"]
    require(index in _epoch(state, args).encryption_keys, RIGHT)
    require(stamp.time < batch.deals_until, TIME)
    require(0 < len(payload) <= _MAX_DEAL, VALUE)
    batch.deals.append((index, payload))


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
    """A box takes a key; that it is one of the confirmed batch is for `recheck`."""
    number, contract = args["keyId"], CONTRACTS[args["box"]]
    require(number not in state.opening_keys, AGAIN)
    epoch, batch = number >> 64, state.batches.get((number >> 64, number >> 32 & 0xFFFFFFFF))
    require(epoch == len(state.epochs), ORDER)
    if batch is None or not any(batch.root) or number & 0xFFFFFFFF >= batch.count:
        raise Impossible(UNKNOWN)
    tender, stage = args["tenderId"], args["stage"]
    box = _box(state, contract, tender, stage)
    require(box.key == number, VALUE)
    state.opening_keys[number] = OpeningKey(
        number, contract, tender, stage, args["x"], args["y"], stamp
    )


def share_offered(state: State, args: Args, stamp: Stamp) -> None:
    """An opener publishes its share; whether it is the right one does not matter to the release."""
    key = _releasable(state, args, stamp)
    openers, index, share = state.epochs[(key.id >> 64) - 1].seats, args["index"], args["share"]
    require(0 < index <= len(openers), RIGHT)
    require(0 < share < N, VALUE)
    key.shares.append((index, share))


def released(state: State, args: Args, stamp: Stamp) -> None:
    """A secret is published; it is checked against the key here too."""
    key, secret = _releasable(state, args, stamp), args["secret"]
    require(not key.secret, AGAIN)
    require(address_of(generate(secret)) == point_of(key), VALUE)
    key.secret, key.released = secret, stamp


def _epoch(state: State, args: Args) -> Epoch:
    number: int = args["epoch"]
    require(0 < number <= len(state.epochs), UNKNOWN)
    return state.epochs[number - 1]


def _batch(state: State, args: Args) -> Batch:
    batch = state.batches.get((args["epoch"], args["batch"]))
    if batch is None:
        raise Impossible(UNKNOWN)
    return batch


def _box(state: State, contract: str, tender_id: int, stage: int) -> Box:
    tender = state.tenders.get(tender_id)
    box = tender.box_of(stage) if tender else None
    if box is None or box.contract != contract:
        raise Impossible(UNKNOWN)
    return box


def _releasable(state: State, args: Args, stamp: Stamp) -> OpeningKey:
    key = state.opening_keys.get(args["keyId"])
    if key is None:
        raise Impossible(UNKNOWN)
    box = _box(state, key.contract, key.tender, key.stage)
    require(rules.is_releasable(box, stamp.time), TIME)
    return key
