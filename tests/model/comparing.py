"""How bids are compared and panels drawn, in plain Python, from the rules of procurement."""

from collections.abc import Iterable, Sequence

from eth_utils.crypto import keccak

from terang.sealing.curve import words

WITHDRAWN = 2**128 - 1
NO, YES, ALTHOUGH_LOW, RECUSED = 0, 1, 2, 255


def is_low(price: int, prices: Sequence[int], ceiling: int, estimate: int, mean: int) -> bool:
    """Whether a price is abnormally low: further under the estimate, or the mean of the others."""
    others = len(prices) - 1
    if estimate and price * 10_000 < ceiling * (10_000 - estimate):
        return True
    return bool(
        mean and others and price * others * 10_000 <= (sum(prices) - price) * (10_000 - mean)
    )


def is_responsive(marks: Sequence[int], low: bool) -> bool:
    """Whether more than half of those not recused say yes; if low, in so many words."""
    judged = [each for each in marks if each != RECUSED]
    yes = sum(each == ALTHOUGH_LOW or (each == YES and not low) for each in judged)
    return 2 * yes > len(judged)


def passes(marks: Sequence[int], threshold: int) -> bool:
    """Whether the mean of the scores reaches the threshold."""
    judged = [each for each in marks if each != RECUSED]
    return bool(judged) and sum(judged) >= threshold * len(judged)


def score(marks: Sequence[int], weight: int, lowest: int, price: int) -> int:
    """Quality and price together, in millionths of a mark."""
    judged = [each for each in marks if each != RECUSED]
    quality = weight * sum(judged) * 10**6 // len(judged)
    return (quality + (10_000 - weight) * 10**8 * lowest // price) // 10_000


def lot(seed: bytes, organisation: int) -> bytes:
    """What decides between equal bids: the lowest."""
    return keccak(seed + words(organisation))


def seed(secret: int, hashes: Iterable[bytes], tender: int, round_: int) -> bytes:
    """The seed of a panel: of the secret that came out before, and all that it opened."""
    running = bytes(32)
    for each in hashes:
        running = keccak(running + each)
    return keccak(words(keccak(text="Terang panel v1"), secret, running, tender, round_))


def order(seats: Sequence[int], seed: bytes, class_: int) -> list[int]:
    """The seats of a class in the order of the draw (Fisher–Yates)."""
    drawn = list(seats)
    for i in range(len(drawn)):
        place = i + int.from_bytes(keccak(seed + words(class_, i))) % (len(drawn) - i)
        drawn[i], drawn[place] = drawn[place], drawn[i]
    return drawn
