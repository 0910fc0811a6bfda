"""Errors that reach a person.

    TerangError                 exit 1: the command failed
    ├── UsageError              exit 2: the command was asked for something it cannot do
    ├── ChainUnreachable        exit 3  (terang.chain.connection)
    ├── Reverted                exit 4  (terang.chain.reverts)
    └── …                       each module defines its own beneath these

The str of every error is one sentence that ends with what to do next, in the language of
`terang.i18n`; the command line prints it and exits with `exit_code`, never with a traceback.
"""

from typing import ClassVar

FAILED = 1
USAGE = 2
CHAIN_UNREACHABLE = 3
REVERTED = 4
DIFFERENCE_FOUND = 5


class TerangError(Exception):
    """Base of every error that reaches a person.

    Its str is one sentence that ends with what to do next.

    Attributes:
        exit_code: what the command line exits with: 1 failed, 2 usage, 3 chain unreachable,
            4 reverted, 5 verification found a difference.
    """

    exit_code: ClassVar[int] = FAILED


class UsageError(TerangError, ValueError):
    """An argument, option or setting that cannot be used as given."""

    exit_code = USAGE
