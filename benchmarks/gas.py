"""Gas of whole transactions beside the limits and the peers: `python benchmarks/gas.py`.

The figures are those that `forge test` measured last (tests/contracts/agreements/Path.t.sol says
with which arguments). `--check` fails where one is above its limit, or differs by more than one per
cent from the committed one in either direction; `--update` commits them.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[1]
COMMITTED: Final = ROOT / "snapshots" / "Gas.json"
MEASURED: Final = ROOT / ".build" / "forge" / "snapshots" / "Gas.json"
TOLERANCE: Final = 0.01


class Row(NamedTuple):
    """An operation: how much gas it may take, and what peers took.

    Peers were measured once with the compiler settings of foundry.toml, and are recorded here.
    """

    what: str
    limit: int
    peers: str


ROWS: Final[Mapping[str, Row]] = {
    "publish": Row(
        "publish a tender", 165_000, "auction-zoo createAuction 133,462; e-tender 2,494,853"
    ),
    "seal": Row("seal a bid", 54_000, "auction-zoo commitBid 57,638; e-tender 131,458"),
    "open": Row("open a bid, of 10", 76_000, "auction-zoo revealBid 46,800; e-tender 92,226"),
    "release": Row("release a key", 60_000, "–"),
    "cast": Row("cast a sealed ballot", 54_000, "Governor castVote 65,479, the first 82,579"),
    "open_ballot": Row("open a ballot, of 5, 5 bids", 42_000, "–"),
    "sign": Row("sign an agreement", 165_000, "smart-invoice create 442,697"),
    "accept": Row("accept and pay", 90_000, "smart-invoice release 67,885 to 121,985"),
}


def faults(measured: Mapping[str, int], committed: Mapping[str, int]) -> list[str]:
    """Returns what is wrong with measured figures, a sentence each.

    Args:
        measured: gas by operation.
        committed: the figures before.
    """
    found = [
        f"{name} takes {measured.get(name, 0):,} gas, allowed are 1 to {row.limit:,}: save some."
        for name, row in ROWS.items()
        if not 0 < measured.get(name, 0) <= row.limit
    ]
    for name in sorted({*measured, *committed}):
        now, before = measured.get(name, 0), committed.get(name, 0)
        if abs(now - before) > TOLERANCE * before:
            found.append(
                f"{name} takes {now:,} gas, committed are {before:,}: "
                "if that is meant, run benchmarks/gas.py --update and commit."
            )
    return found


def read(path: Path) -> dict[str, int]:
    """Reads figures as forge writes them; none where there is no file."""
    if not path.exists():
        return {}
    return {name: int(gas) for name, gas in json.loads(path.read_text("utf-8")).items()}


def main(arguments: list[str]) -> int:
    """Prints the table; returns 1 when `--check` finds something."""
    measured = read(MEASURED)
    if "--update" in arguments:
        COMMITTED.write_text(json.dumps(measured, indent=2, sort_keys=True) + "\n", "utf-8")
    print(f"{'operation':<28}{'gas':>9}{'at most':>9}  peers (recorded, same compiler settings)")
    for name, row in ROWS.items():
        print(f"{row.what:<28}{measured.get(name, 0):>9,}{row.limit:>9,}  {row.peers}")
    for name in sorted(measured.keys() - ROWS.keys()):
        print(f"{name:<28}{measured[name]:>9,}")
    wrong = faults(measured, read(COMMITTED)) if "--check" in arguments else []
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
