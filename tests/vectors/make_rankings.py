"""Writes tests/vectors/procurement/rankings.json: whole rankings by terang/replay/ranking.py.

    python tests/vectors/make_rankings.py

Nothing is random but by a fixed seed. Each row is a tender's opened bids, and who wins when each
winner is excluded in turn. Columns are in alphabetical order, as in make_sealing.py.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from terang.replay.ranking import RECUSED, Criteria, Judged, rank
from terang.sealing.messages import WITHDRAWN

FILE = Path(__file__).parent / "procurement" / "rankings.json"
COUNT = 80


def marks_of(random: Random, ballots: int, scored: bool) -> bytes:
    """One mark for each ballot; near each other, so that bids are often equal."""
    least = random.choice((0, 60, 80))
    usual = range(least, least + 21) if scored else (0, 1, 1, 2, 2)
    return bytes(
        RECUSED if random.randrange(8) == 0 else random.choice(usual) for _ in range(ballots)
    )


def case(random: Random) -> tuple[list[Judged], list[bytes], Criteria]:
    scored = random.randrange(3) > 0
    ballots = random.randrange(1, 6)
    step = random.choice((1, 10, 25))
    bids, answers = [], []
    for organisation in random.sample(range(1, 99), random.randrange(1, 10)):
        price = 10**9 + 10**7 * step * random.randrange(-3, 4)
        if random.randrange(8) == 0:
            price = WITHDRAWN
        elif scored and random.randrange(8) == 0:
            price = 0
        bids.append(Judged(organisation, price, marks_of(random, ballots, scored)))
        answers.append(marks_of(random, ballots, scored=False))
    criteria = Criteria(
        scored,
        random.randbytes(32),
        random.randrange(1, 10_000) if scored else 0,
        random.choice((0, 0, 70, 85)) if scored else 0,
        random.choice((0, 10**9)),
        random.choice((0, 500, 2_000)),
        random.choice((0, 500, 2_000)),
    )
    return bids, answers, criteria


def winners(bids: list[Judged], answers: list[bytes], criteria: Criteria) -> Iterator[int]:
    """Yields the winner, then the next when it is excluded, and so on.

    A winner of QUALITY_PRICE whose price is abnormally low is put to a panel once; its answers hold
    from then on.
    """
    left, asked = list(bids), not criteria.scored
    while places := rank(left, criteria):
        best = places[0]
        if best.low and not asked:
            asked = True
            pairs = zip(left, answers, strict=True)
            left = [replace(bid, answers=answer) for bid, answer in pairs]
            continue
        yield best.position
        left[best.position] = replace(left[best.position], excluded=True)


def row(bids: list[Judged], answers: list[bytes], criteria: Criteria) -> dict[str, Any]:
    return {
        "answers": ["0x" + answer.hex() for answer in answers],
        "ceiling": criteria.estimate,
        "marks": ["0x" + bytes(bid.marks).hex() for bid in bids],
        "organisations": [bid.organisation for bid in bids],
        "prices": ["0x" + bid.price.to_bytes(32, "big").hex() for bid in bids],
        "scored": criteria.scored,
        "seed": "0x" + criteria.seed.hex(),
        "threshold": criteria.threshold,
        "underEstimate": criteria.under_estimate,
        "underMean": criteria.under_mean,
        "weight": criteria.weight,
        "winners": list(winners(bids, answers, criteria)),
    }


def build() -> str:
    """Returns the text of the file."""
    random = Random("Terang test vector: rankings")
    rows = [row(*case(random)) for _ in range(COUNT)]
    lines = ",\n".join(json.dumps(each, sort_keys=True) for each in rows)
    return f'{{"rankings": [\n{lines}\n]}}\n'


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(build())
