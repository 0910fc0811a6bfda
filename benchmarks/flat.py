"""Shows that no operation gets dearer as the ledger fills: gas at 10, 100 and 1,000 tenders.

Runs the sample's processes over and over, each time under new ids, through the whole demonstration,
and prints each operation's median over all tenders of a run, and how many agreements were paid and
closed on the same ledger. Exits 1 when one moves by more than one per cent. What differs is a few
zero bytes of calldata. For organisations and seats see benchmarks/gas.py.

    python benchmarks/flat.py [TENDERS …]
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from terang.demo.document import CLOSED, OPERATIONS
from terang.demo.run import demonstrate
from terang.ocds import SAMPLE

SIZES = (10, 100, 1_000)
TOLERANCE = 0.01


def releases(least: int) -> str:
    """Returns the sample's processes as often as it takes to hold `least` lots, a line each."""
    lines: list[str] = []
    lots = 0
    while lots < least:
        for line in SAMPLE.read_text().splitlines():
            release = json.loads(line)
            release["ocid"] += f"-{len(lines)}"
            lines.append(json.dumps(release))
            lots += len(release["tender"].get("lots", ())) or 1
    return "\n".join(lines)


class Run(NamedTuple):
    """A run: how many tenders and agreements its ledger held, and the gas of each operation."""

    tenders: int
    agreements: int
    gas: dict[str, int]


def measure(size: int) -> Run:
    """Runs at least `size` tenders to their ends."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "releases.jsonl"
        file.write_text(releases(size))
        report = demonstrate(file, Path(folder) / "out", lambda _line: None).report
    totals = report["totals"]
    return Run(totals["tenders"], totals["phases"].get(CLOSED, 0), report["gas"])


def main() -> int:
    """Prints the table; returns 1 when an operation is not flat."""
    runs = [measure(size) for size in map(int, sys.argv[1:])] or [measure(each) for each in SIZES]
    print(f"{'tenders':<14}" + "".join(f"{run.tenders:>16,}" for run in runs))
    print(f"{'agreements':<14}" + "".join(f"{run.agreements:>16,}" for run in runs))
    steep = 0
    for operation in OPERATIONS:
        found = [run.gas[operation] for run in runs]
        flat = max(found) - min(found) <= TOLERANCE * min(found)
        steep += not flat
        print(
            f"{operation:<14}" + "".join(f"{each:>16,}" for each in found) + "   "
            f"{'flat' if flat else 'NOT FLAT'}"
        )
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
