"""The program `terang`: one file per noun, none of which holds logic.

Each command prints what it found on stdout (one JSON document with --json) and progress on stderr.
Exit codes: 0 done, 1 failed, 2 usage, 3 chain unreachable, 4 reverted, 5 verification found a
difference.
"""

from terang.cli.program import main

__all__ = ["main"]
