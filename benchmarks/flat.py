"""Shows that no operation gets dearer as the ledger fills: gas at 10, 100 and 1,000 tenders.

Runs the sample's processes over and over, each time under new ids, through the whole demonstration,
and prints each operation's median over all tenders of a run. Exits 1 when one moves by more than
one per cent. What differs is a few zero bytes of calldata.

    python benchmarks/flat.py [TENDERS …]
"""

import json
import sys
import tempfile
from pathlib import Path

from terang.demo.document import OPERATIONS
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


def measure(size: int) -> tuple[int, dict[str, int]]:
    """Runs at least `size` tenders; returns how many there were, and the gas of each operation."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "releases.jsonl"
        file.write_text(releases(size))
        report = demonstrate(file, Path(folder) / "out", lambda _line: None).report
    return report["totals"]["tenders"], report["gas"]


def main() -> int:
    """Prints the table; returns 1 when an operation is not flat."""
    runs = [measure(size) for size in map(int, sys.argv[1:])] or [measure(each) for each in SIZES]
    print(f"{'operation':<14}" + "".join(f"{f'{tenders} tenders':>16}" for tenders, _gas in runs))
    steep = 0
    for operation in OPERATIONS:
        found = [gas[operation] for _tenders, gas in runs]
        flat = max(found) - min(found) <= TOLERANCE * min(found)
        steep += not flat
        print(
            f"{operation:<14}" + "".join(f"{each:>16,}" for each in found) + "   "
            f"{'flat' if flat else 'NOT FLAT'}"
        )
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())
