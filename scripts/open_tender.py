"""Opens a tender: the same as `terang tender publish`."""

import sys

from terang.cli import main

if __name__ == "__main__":
    main(["tender", "publish", *sys.argv[1:]])
