"""Replays a ledger: the same as `terang audit replay`."""

import sys

from terang.cli import main

if __name__ == "__main__":
    main(["audit", "replay", *sys.argv[1:]])
