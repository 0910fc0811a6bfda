"""Whatever of an event is forged, left out or told twice is found, and so is any word of storage.

What no contract stores and nothing follows from only its event tells (`EVENT_ONLY`): for that an
auditor relies on the node, or on several.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from terang.chain.connection import BlockId, Chain
from terang.chain.contract import Contract, Event
from terang.replay.audit import empty_state
from terang.replay.compare import differences
from terang.replay.errors import ReplayError
from terang.replay.fold import HANDLERS, TOKEN, fold
from terang.replay.recheck import recheck

from .story import Told, account

KINDS = [(contract, name) for contract, events in HANDLERS.items() for name in events]

EVENT_ONLY = {
    ("Participants", "OrganisationSuspended"): {"reason"},
    ("Participants", "OrganisationReinstated"): {"reason"},
    ("Consortium", "SeatRemoved"): {"reason"},
    ("OpeningKeys", "Accused"): {"evidence"},  # that proves nothing
    ("OpeningKeys", "ShareOffered"): {"stage", "index", "share"},
    ("Tenders", "TenderPublished"): {"lot", "notice.ocid", "notice.documentsUri"},
    ("Tenders", "TenderAmended"): {"documentsUri", "reason"},
    ("Tenders", "TenderCancelled"): {"reason"},
    ("Tenders", "EnquiryMade"): {"question"},
    ("Ballots", "SeatRecused"): {"reason"},
    ("Reviews", "ComplaintFiled"): {"grounds"},
    ("Reviews", "ReviewVote"): {"reasons"},
    ("Securities", "Guaranteed"): {"document"},
    ("Escrow", "MilestoneReported"): {"evidence"},
    ("Escrow", "MilestoneRejected"): {"reason"},
    ("Escrow", "Claimed"): {"to"},  # of a token that is not the ledger's
}
# Inherited, but nothing there emits it; if a node tells of one, the fold refuses it.
NEVER = {
    ("Ballots", "BoxShut"),
    *((contract, "EIP712DomainChanged") for contract in HANDLERS),
}
# An opener's share is its own statement: whoever releases needs no share on chain. That a price is
# abnormally low follows from the price.
MAY_LACK = {("OpeningKeys", "ShareOffered"), ("Awards", "AbnormallyLow")}
# Said twice, these change nothing: the first valid deal counts, an allowance is what it is, and so
# is a notice.
MAY_REPEAT = {
    ("OpeningKeys", "Dealt"),
    ("OpeningKeys", "ShareOffered"),
    ("Awards", "AbnormallyLow"),
    ("Securities", "NoticeGiven"),
    (TOKEN, "Approval"),
}


class Remembering:
    """Asks the node for each view once: storage is the same for every forged history."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._answers: dict[Any, Any] = {}

    def views(
        self, calls: Sequence[tuple[Contract, str, Sequence[Any]]], *, block: BlockId
    ) -> list[Any]:
        keys = [(contract.address, name, tuple(args)) for contract, name, args in calls]
        new = [place for place, key in enumerate(keys) if key not in self._answers]
        found = self._chain.views([calls[place] for place in new], block=block)
        self._answers.update(zip([keys[place] for place in new], found, strict=True))
        return [self._answers[key] for key in keys]


@pytest.fixture(scope="module")
def remembering(told: Told) -> Remembering:
    return Remembering(told.chain)


def is_found(told: Told, chain: Any, events: Sequence[Event]) -> bool:
    """Whether an audit of these events finds that something is wrong."""
    state = empty_state(told.deployment)
    try:
        fold(state, events, told.times)
    except ReplayError:
        return True
    where = (told.deployment, told.artifacts, state, told.block, told.time)
    return bool(differences(chain, *where) or recheck(state))


def last_of(told: Told, kind: tuple[str, str]) -> int:
    """Position of the last event of a kind."""
    names = {each.address: each.contract for each in told.deployment.contracts.values()}
    return max(
        place
        for place, event in enumerate(told.events)
        if (names[event.address], event.name) == kind
    )


def forged(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every part of a value changed, one at a time, with the part's name."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            for below, other in forged(part, f"{path}.{name}".strip(".")):
                yield below, {**value, name: other}
    elif isinstance(value, tuple) and value:
        for place, part in enumerate(value):
            for below, other in forged(part, path):
                yield below, (*value[:place], other, *value[place + 1 :])
        yield path, value[:-1]
        yield path, (*value, value[-1])
    elif isinstance(value, bytes):
        yield path, value[:-1] + bytes([value[-1] ^ 1])
    elif isinstance(value, int):
        yield path, value + 1
        yield path, max(value - 1, 0) if value else 2
    elif value.startswith("0x"):
        yield path, account("nobody")
    else:
        yield path, value + "!"


def test_every_event_of_every_contract_has_its_place_in_the_fold(told: Told) -> None:
    declared = {
        (contract, entry["name"])
        for contract, handlers in HANDLERS.items()
        if handlers  # one that is not replayed at all yet has none
        for entry in told.artifacts[contract].abi
        if entry["type"] == "event" and (contract, entry["name"]) not in NEVER
    }
    assert set(KINDS) == declared
    assert {each.contract for each in told.deployment.contracts.values()} == set(HANDLERS)


@pytest.mark.parametrize("kind", sorted(NEVER), ids=".".join)
def test_an_event_that_its_contract_never_emits_is_refused(
    told: Told, kind: tuple[str, str]
) -> None:
    contract, name = kind
    (address,) = (
        each.address for each in told.deployment.contracts.values() if each.contract == contract
    )
    forged = Event(name, {"tenderId": 1, "stage": 16}, address, 1, bytes(32), 0)
    with pytest.raises(ReplayError, match="does not follow"):
        fold(empty_state(told.deployment), [forged], {1: 1})


def test_the_true_history_passes(told: Told, remembering: Remembering) -> None:
    assert not is_found(told, remembering, told.events)


@pytest.mark.parametrize("kind", KINDS, ids=".".join)
def test_an_event_left_out_is_found(
    told: Told, remembering: Remembering, kind: tuple[str, str]
) -> None:
    place = last_of(told, kind)
    rest = [*told.events[:place], *told.events[place + 1 :]]
    assert is_found(told, remembering, rest) is (kind not in MAY_LACK)


@pytest.mark.parametrize("number", range(24))
def test_any_event_left_out_is_found(told: Told, remembering: Remembering, number: int) -> None:
    """Not only the last of its kind, on which nothing follows; the same ones in every run."""
    names = {each.address: each.contract for each in told.deployment.contracts.values()}
    places = [
        place
        for place, each in enumerate(told.events)
        if (names[each.address], each.name) not in MAY_LACK | MAY_REPEAT
    ]
    place = Random(number).choice(places)
    rest = [*told.events[:place], *told.events[place + 1 :]]
    assert is_found(told, remembering, rest), told.events[place]


@pytest.mark.parametrize("kind", KINDS, ids=".".join)
def test_an_event_told_twice_is_found(
    told: Told, remembering: Remembering, kind: tuple[str, str]
) -> None:
    place = last_of(told, kind)
    once = told.events[place]
    assert is_found(told, remembering, [*told.events[: place + 1], *told.events[place:]])

    again = replace(once, index=once.index + 1)
    later = [
        replace(each, index=each.index + 1) if each.block == once.block else each
        for each in told.events[place + 1 :]
    ]
    twice = [*told.events[: place + 1], again, *later]
    assert is_found(told, remembering, twice) is (kind not in MAY_REPEAT)


@pytest.mark.parametrize("kind", KINDS, ids=".".join)
def test_every_forged_field_is_found(
    told: Told, remembering: Remembering, kind: tuple[str, str]
) -> None:
    place = last_of(told, kind)
    event = told.events[place]
    missed = set()
    for field, args in forged(event.args):
        history = [*told.events[:place], replace(event, args=args), *told.events[place + 1 :]]
        if not is_found(told, remembering, history):
            missed.add(field)
    assert missed == EVENT_ONLY.get(kind, set())


def test_events_out_of_order_are_refused(told: Told) -> None:
    swapped = [told.events[1], told.events[0], *told.events[2:]]
    with pytest.raises(ReplayError, match="cannot be: it is out of order"):
        fold(empty_state(told.deployment), swapped, told.times)
