"""Whole errands of one person: open a tender, seal a bid."""

from collections.abc import Sequence
from decimal import Context, Decimal
from pathlib import Path

from terang.chain.act import Act
from terang.chain.files import read_file
from terang.errors import TerangError, UsageError
from terang.i18n import _
from terang.identity.signer import Signer
from terang.ledger.keys import KeyClaim
from terang.ledger.ledger import Ledger
from terang.ledger.tenders import Lot, Notice, Terms, stages
from terang.rules import Key, Rule
from terang.sealing.messages import WITHDRAWN

_DIGITS = 200  # no amount that a person writes has as many, so nothing is rounded


class NoKeyReady(TerangError):
    """The pool of opening keys is empty."""


def present_rule(ledger: Ledger, key: Key) -> Rule:
    """Returns the rule for tenders that are published now.

    Raises:
        UsageError: when none is set for this category and method.
    """
    found = ledger.rules.present().get(key)
    if found is None:
        raise UsageError(
            _(
                "This ledger has no rule for {key}. The administrator sets rules by `rules apply`."
            ).format(key=key)
        )
    return found.rule


def smallest_units(amount: Decimal, decimals: int) -> int:
    """Converts an amount exactly.

    Raises:
        UsageError: when it has more decimals than the currency, or is too large for the chain.
    """
    scaled = amount.scaleb(decimals, Context(prec=_DIGITS))
    if scaled != scaled.to_integral_value() or not 0 < scaled < WITHDRAWN:
        raise UsageError(
            _(
                "{amount} does not fit a currency of {decimals} decimals. Give fewer decimals, "
                "or a smaller amount."
            ).format(amount=amount, decimals=decimals)
        )
    return int(scaled)


def read_files(paths: Sequence[Path]) -> dict[str, bytes]:
    """Reads documents, by their file names.

    Raises:
        UsageError: when one cannot be read, or two have the same name.
    """
    files: dict[str, bytes] = {}
    for path in paths:
        if path.name in files:
            raise UsageError(
                _("Two files are named {name}. Rename one of them.").format(name=path.name)
            )
        try:
            files[path.name] = read_file(path)
        except OSError as error:
            raise UsageError(
                _("Cannot read {path}. Check its name and permissions.").format(path=path)
            ) from error
    return files


def open_tender(
    ledger: Ledger,
    buyer: Signer,
    notice: Notice,
    closes_at: int,
    lots: Sequence[tuple[str, Terms]],
) -> Act:
    """Returns the act that publishes a procurement under the first keys of the pool that are free.

    Args:
        ledger: where.
        buyer: an account that acts for a buyer.
        notice: its public references.
        closes_at: first second in which nothing is sealed any more, since 1970 UTC.
        lots: id within the process, and terms, of each.

    Raises:
        UsageError: when the closing time is past.
        NoKeyReady: when the openers have not made enough keys that are free.
    """
    if closes_at <= ledger.chain.now:
        raise UsageError(
            _(
                "The closing time is past by the chain's clock. "
                "Give a later one, a day ahead or more."
            )
        )
    keys = iter(free_keys(ledger, sum(len(stages(terms.method)) for _id, terms in lots)))
    claimed = [
        Lot(lot, terms, tuple(next(keys) for _stage in stages(terms.method))) for lot, terms in lots
    ]
    return ledger.tenders.publish(buyer, notice, closes_at, claimed)


def free_keys(ledger: Ledger, count: int = 1) -> list[KeyClaim]:
    """Returns the first keys of the pool that are free.

    Raises:
        NoKeyReady: when the openers have not made so many that are free.
    """
    _batches, free = ledger.keys.pool()
    if len(free) < count:
        raise NoKeyReady(
            _(
                "{free} opening keys are ready, but {count} are needed. Ask the consortium's "
                "openers to make a batch of keys."
            ).format(free=len(free), count=count)
            if free
            else _("No opening key is ready. Ask the consortium's openers to make a batch of keys.")
        )
    return free[:count]
