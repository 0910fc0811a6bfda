"""Gas of whole transactions beside the limits and the peers: `python benchmarks/gas.py`.

The figures are those that `forge test` measured last: of a contract's path (Gas), of peers in the
same run (Peers), while organisations and seats grow (Growth), and by a tender's own bids and chunks
(Bids); the tests that write them, tests/contracts/**/{Path,Governor,Growth,Linear}.t.sol, say with
which arguments. `--check` fails where one is above its limit, or differs by more than one per cent
from the committed one in either direction; `--update` commits them.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
COMMITTED: Final = ROOT / "snapshots"
MEASURED: Final = ROOT / ".build" / "forge" / "snapshots"
GROUPS: Final = ("Gas", "Peers", "Growth", "Bids")
TOLERANCE: Final = 0.01


class Row(NamedTuple):
    """An operation: how much gas it may take, and what peers took.

    Peers whose code is in no package registry were measured once with the compiler settings of
    foundry.toml, and are recorded here. Where a name of the group Peers stands in braces, the peer
    is measured in the run that measures ours.
    """

    what: str
    limit: int
    peers: str


ROWS: Final[Mapping[str, Row]] = {
    "publish": Row(
        "publish a tender",
        180_000,
        "recorded: auction-zoo createAuction 133,462; e-tender 2,494,853",
    ),
    "seal": Row("seal a bid", 54_000, "recorded: auction-zoo commitBid 57,638; e-tender 131,458"),
    "open": Row(
        "open a bid, of 10", 76_000, "recorded: auction-zoo revealBid 46,800; e-tender 92,226"
    ),
    "release": Row("release a key", 60_000, "–"),
    "cast": Row(
        "cast a sealed ballot",
        54_000,
        "measured: Governor castVote {governor_castVote:,}, the first {governor_castVote_first:,}",
    ),
    "open_ballot": Row("open a ballot, of 5, 5 bids", 42_000, "–"),
    "sign": Row("sign an agreement", 165_000, "recorded: smart-invoice create 442,697"),
    "accept": Row("accept and pay", 90_000, "recorded: smart-invoice release 67,885 to 121,985"),
}


def exceeded(measured: Mapping[str, int]) -> list[str]:
    """Returns which operations are above their limits or not measured, a sentence each.

    Args:
        measured: gas by operation.
    """
    return [
        f"{name} takes {measured.get(name, 0):,} gas, allowed are 1 to {row.limit:,}: save some."
        for name, row in ROWS.items()
        if not 0 < measured.get(name, 0) <= row.limit
    ]


def moved(measured: Mapping[str, int], committed: Mapping[str, int]) -> list[str]:
    """Returns which figures are not as committed, a sentence each.

    Args:
        measured: gas by name, of one group.
        committed: the figures before.
    """
    found = []
    for name in sorted({*measured, *committed}):
        now, before = measured.get(name, 0), committed.get(name, 0)
        if abs(now - before) > TOLERANCE * before:
            found.append(
                f"{name} takes {now:,} gas, committed are {before:,}: "
                "if that is meant, run benchmarks/gas.py --update and commit."
            )
    return found


def read(folder: Path) -> dict[str, dict[str, int]]:
    """Reads the figures of every group as forge writes them; none where there is no file."""
    figures = {}
    for group in GROUPS:
        path = folder / f"{group}.json"
        document = json.loads(path.read_text("utf-8")) if path.exists() else {}
        figures[group] = {name: int(gas) for name, gas in document.items()}
    return figures


def series(figures: Mapping[str, int]) -> dict[str, dict[int, int]]:
    """Returns figures named `what_number` by what and, ascending, by number."""
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for name, gas in figures.items():
        what, _bar, number = name.rpartition("_")
        if number.isdigit():
            found[what][int(number)] = gas
    return {what: dict(sorted(gas.items())) for what, gas in found.items()}


def lines(figures: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yields the tables, a line each."""
    gas, peers = figures["Gas"], defaultdict(int, figures["Peers"])
    yield f"{'operation':<28}{'gas':>9}{'at most':>9}  peers, same compiler settings"
    for name, row in ROWS.items():
        told = row.peers.format_map(peers)
        yield f"{row.what:<28}{gas.get(name, 0):>9,}{row.limit:>9,}  {told}"
    for name in sorted(gas.keys() - ROWS.keys()):
        yield f"{name:<28}{gas[name]:>9,}"

    yield from _table("organisations and seats", series(figures["Growth"]), "growth", growth)
    dearest = figures["Growth"].get("draw_removed", 0)
    yield f"A draw among 1,000 seats of which most were removed: {dearest:,}, the dearest."
    bids = series(figures["Bids"])
    chunks = {what: bids.pop(what) for what in list(bids) if what.endswith("_chunk")}
    yield from _table("the tender's own bids", bids, "each further", each_further)
    yield from _table("number of the chunk", chunks)


def growth(gas: Mapping[int, int]) -> str:
    """Returns by how much the last figure is above the first, in per cent."""
    first, *_between, last = gas.values()
    return f"{last / first - 1:+.1%}"


def each_further(gas: Mapping[int, int]) -> str:
    """Returns what one more costs, between the first figure and the last."""
    (least, first), *_between, (most, last) = gas.items()
    return f"{(last - first) / (most - least):,.0f}"


def _table(
    by: str,
    rows: Mapping[str, Mapping[int, int]],
    title: str = "",
    summary: Callable[[Mapping[int, int]], str] = lambda _gas: "",
) -> Iterator[str]:
    """Yields a table of gas with a column for each number, and a summary of each row."""
    numbers = sorted({number for gas in rows.values() for number in gas})
    yield ""
    yield f"{by:<28}" + "".join(f"{number:>11,}" for number in numbers) + f"  {title}".rstrip()
    for what, gas in sorted(rows.items()):
        cells = "".join(f"{gas[number]:>11,}" if number in gas else " " * 11 for number in numbers)
        yield f"{what:<28}{cells}  {summary(gas)}".rstrip()


def main(arguments: list[str]) -> int:
    """Prints the tables; returns 1 when there are no figures or `--check` finds something."""
    measured, wrong = read(MEASURED), []
    if missing := [group for group in GROUPS if not measured[group]]:
        print(f"No figures of {', '.join(missing)}: run forge test first.", file=sys.stderr)
        return 1
    print(*lines(measured), sep="\n")
    if "--update" in arguments:
        for group, figures in measured.items():
            text = json.dumps(figures, indent=2, sort_keys=True) + "\n"
            (COMMITTED / f"{group}.json").write_text(text, "utf-8")
    if "--check" in arguments:
        committed = read(COMMITTED)
        wrong = exceeded(measured["Gas"])
        for group in GROUPS:
            wrong += moved(measured[group], committed[group])
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
