"""Seals a bid: the same as `terang bid seal`."""

import sys

from terang.cli import main

if __name__ == "__main__":
    main(["bid", "seal", *sys.argv[1:]])
