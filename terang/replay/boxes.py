"""Events that `Tenders` and `Ballots` share: their sealed boxes."""

from collections.abc import Mapping
from typing import Any, Final

from eth_utils.crypto import keccak

from terang.replay import rules
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import Box, Envelope, Stamp, State, Tender
from terang.sealing.curve import address_of, generate
from terang.vocabulary import BALLOTS, PROPOSALS, Licence, Void

Args = Mapping[str, Any]

_HEADER: Final = 34
_BID: Final = 141
_PROPOSAL: Final = 125
_BALLOT_HEAD: Final = 101


def tender_of(state: State, args: Args) -> Tender:
    """Returns the tender that an event names.

    Raises:
        Impossible: when there is none.
    """
    tender = state.tenders.get(args["tenderId"])
    if tender is None:
        raise Impossible(UNKNOWN)
    return tender


def released_bids(state: State, args: Args, stamp: Stamp) -> None:
    """The secret of a box of bids is published."""
    _release(state, _box(state, args, "Tenders"), args, stamp)


def released_ballots(state: State, args: Args, stamp: Stamp) -> None:
    """The secret of a box of ballots is published."""
    _release(state, _box(state, args, "Ballots"), args, stamp)


def _release(state: State, box: Box, args: Args, stamp: Stamp) -> None:
    key, secret = state.opening_keys[box.key], args["secret"]
    require(not key.secret, AGAIN)
    require(rules.is_releasable(box, stamp.time), TIME)
    require(address_of(generate(secret)) == rules.point_of(state, box), VALUE)
    key.secret, key.released = secret, stamp


def sealed_bid(state: State, args: Args, stamp: Stamp) -> None:
    """Somebody puts an envelope into a box of bids: an organisation that could bid right now."""
    organisation, eligible = rules.bidder_at(state, args["sender"], stamp.time + 1)
    principal = organisation if eligible else 0
    box = _box(state, args, "Tenders")
    most = _HEADER + (_PROPOSAL if box.stage == PROPOSALS else _BID)
    _seal(state, box, args, stamp, principal, most)


def sealed_ballot(state: State, args: Args, stamp: Stamp) -> None:
    """Somebody puts an envelope into a box of ballots: whoever signs for a seat on the panel."""
    box = _box(state, args, "Ballots")
    tender = state.tenders[box.tender]
    evaluation = tender.award.rounds[box.stage - BALLOTS]
    principal = rules.votes_for(state, tender, evaluation, args["sender"])
    _seal(state, box, args, stamp, principal, _HEADER + _BALLOT_HEAD + evaluation.bidders)


def shut(state: State, args: Args, stamp: Stamp) -> None:
    """The box of a tender that was just cancelled is shut for ever."""
    box = _box(state, args, "Tenders")
    require(state.tenders[box.tender].cancelled == stamp, ORDER)
    require(not box.shut, AGAIN)
    box.shut = True


def _seal(state: State, box: Box, args: Args, stamp: Stamp, principal: int, most: int) -> None:
    sender, content, index = args["sender"], args["envelope"], args["index"]
    require(index == len(box.envelopes), ORDER)
    require(stamp.time < box.closes_at and not box.shut, TIME)
    require(_HEADER < len(content) <= most, VALUE)
    cap = rules.CAP
    if rules.is_licensed(state, Licence.RELAY, sender, stamp.time):
        principal, cap = int(sender, 16), rules.RELAY_CAP
    count = box.sealed_by.get(principal, 0) + 1
    require(principal and count <= cap * rules.versions(state, box), RIGHT)
    running = keccak(rules.accumulator(box) + keccak(content))
    if index % rules.SEGMENTS[box.contract] == 0:
        box.segments.append(running)
    else:
        box.segments[-1] = running
    box.sealed_by[principal] = count
    box.envelopes.append(Envelope(sender, content, stamp))


def voided_bid(state: State, args: Args, stamp: Stamp) -> None:
    """A bid's envelope does not count."""
    _void(state, _box(state, args, "Tenders"), args)


def voided_ballot(state: State, args: Args, stamp: Stamp) -> None:
    """A ballot's envelope does not count."""
    _void(state, _box(state, args, "Ballots"), args)


def _void(state: State, box: Box, args: Args) -> None:
    require(args["reason"] != Void.NONE, VALUE)
    open_next(state, box, args["index"], Void(args["reason"]))


def open_next(state: State, box: Box, index: int, outcome: Void) -> None:
    """Notes what came of the next envelope of a box.

    Raises:
        Impossible: when it is not the next, or the secret is not released.
    """
    require(index == len(box.voids) < len(box.envelopes), ORDER)
    require(rules.secret_of(state, box), TIME)
    box.voids.append(outcome)


def _box(state: State, args: Args, contract: str) -> Box:
    box = tender_of(state, args).box_of(args["stage"])
    if box is None or box.contract != contract:
        raise Impossible(UNKNOWN)
    return box
