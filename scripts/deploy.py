"""Creates a ledger: the same as `terang deploy`."""

import sys

from terang.cli import main

if __name__ == "__main__":
    main(["deploy", *sys.argv[1:]])
