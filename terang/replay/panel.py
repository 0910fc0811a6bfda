"""How a panel is drawn, written from `docs/sealing.md`: the reference for `Panel.sol`.

Per class, without replacement, by Fisher–Yates over the seats ever admitted to it before the time
as of which the panel sits. Nothing here reads the chain.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from eth_utils.crypto import keccak

from terang.sealing.curve import words

DOMAIN: Final = keccak(text="Terang panel v1")
MAX_DRAWS: Final = 128
"""Draws per class at most, so that the work is bounded where most seats of a class were removed."""


class Seat(NamedTuple):
    """A seat that may be drawn.

    Attributes:
        id: its number.
        organisation: whose it is.
        seated: whether it was not removed before the time as of which the panel sits.
    """

    id: int
    organisation: int
    seated: bool


def seed(secret: int, accumulator: bytes, tender: int, round_: int) -> bytes:
    """Returns the seed of a panel, 32 bytes.

    Args:
        secret: y, of the box opened before.
        accumulator: the running hash over that box's envelopes, 32 bytes.
        tender: the tender; where lots share a panel, the one whose secret draws it.
        round_: the round of ballots, from 0.
    """
    return keccak(words(DOMAIN, secret, accumulator, tender, round_))


def order(
    seats: Sequence[Seat],
    seed_: bytes,
    seat_class: int,
    *,
    excluded: int = 0,
    barred: Collection[int] = (),
) -> Iterator[int]:
    """Yields the seats of a class in the order of the draw: those of the panel, then the reserves.

    Args:
        seats: ever admitted to the class before the time, in the order of admission.
        seed_: from `seed`.
        seat_class: 0 agencies, 1 auditors, 2 citizens.
        excluded: the organisation, the buyer's, that has no seat here; 0 for none.
        barred: seats that may not be drawn.
    """
    left = list(seats)
    for i in range(min(len(left), MAX_DRAWS)):
        place = i + int.from_bytes(keccak(words(seed_, seat_class, i)), "big") % (len(left) - i)
        left[i], left[place] = left[place], left[i]
        seat = left[i]
        if seat.seated and seat.organisation != excluded and seat.id not in barred:
            yield seat.id


def draw(
    classes: Sequence[Sequence[Seat]],
    seed_: bytes,
    wanted: Sequence[int],
    *,
    excluded: int = 0,
    barred: Collection[int] = (),
) -> tuple[int, ...]:
    """Draws a panel: of each class up to the number wanted, fewer where it has too few.

    Args:
        classes: the seats of each class, as for `order`.
        seed_: from `seed`.
        wanted: how many of each class.
        excluded: as for `order`.
        barred: as for `order`.
    """
    drawn: list[int] = []
    for seat_class, (seats, number) in enumerate(zip(classes, wanted, strict=True)):
        found = order(seats, seed_, seat_class, excluded=excluded, barred=barred)
        drawn += islice(found, number)
    return tuple(drawn)


def reserve(
    seats: Sequence[Seat],
    seed_: bytes,
    seat_class: int,
    before: int,
    *,
    excluded: int = 0,
    barred: Collection[int] = (),
) -> int:
    """Returns the seat that comes after `before` others in the order of the draw; 0 for none."""
    found = order(seats, seed_, seat_class, excluded=excluded, barred=barred)
    return next(islice(found, before, None), 0)
