"""Whole errands of one person: open a tender, seal a bid."""

from collections.abc import Sequence
from decimal import Context, Decimal
from pathlib import Path

from terang.chain.act import Act
from terang.chain.files import read_file
from terang.errors import TerangError, UsageError
from terang.i18n import _
from terang.identity.signer import Signer
from terang.ledger import pilot
from terang.ledger.keys import KeyClaim
from terang.ledger.ledger import Ledger
from terang.ledger.tenders import Notice, Terms
from terang.sealing.messages import WITHDRAWN
from terang.vocabulary import Category, Method, TaxBasis

_DIGITS = 200  # no amount that a person writes has as many, so nothing is rounded


class NoKeyReady(TerangError):
    """The pool of opening keys is empty."""


def pilot_terms(ledger: Ledger, currency: str, ceiling: Decimal | None, documents: bytes) -> Terms:
    """Returns terms of the pilot profile.

    Args:
        ledger: where the tender is to be published.
        currency: ISO 4217 code of a token of this ledger.
        ceiling: owner's estimate, or None.
        documents: Merkle root of the tender documents.

    Raises:
        UsageError: when the ledger has no such token, or the ceiling too many decimals.
    """
    token = ledger.token(currency)
    return Terms(
        documents=documents,
        category=Category.GOODS,
        method=Method.LOWEST_PRICE,
        taxBasis=TaxBasis.NET,
        currency=token.contract.address,
        ceiling=0 if ceiling is None else smallest_units(ceiling, token.decimals()),
        minimumBids=pilot.MINIMUM_BIDS,
        panel=pilot.PANEL,
        quorum=pilot.QUORUM,
        evaluationPeriod=pilot.EVALUATION,
        standstillPeriod=pilot.STANDSTILL,
        signingPeriod=pilot.SIGNING,
        plan=pilot.PLAN,
    )


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


def open_tender(ledger: Ledger, buyer: Signer, terms: Terms, notice: Notice, closes_at: int) -> Act:
    """Returns the act that publishes a tender under the first key of the pool that is free.

    Args:
        ledger: where.
        buyer: an account that acts for a buyer.
        terms: of the tender.
        notice: its public references.
        closes_at: first second in which nothing is sealed any more, since 1970 UTC.

    Raises:
        UsageError: when the closing time is past.
        NoKeyReady: when the openers have made no key that is free.
    """
    if closes_at <= ledger.chain.now:
        raise UsageError(
            _(
                "The closing time is past by the chain's clock. "
                "Give a later one, a day ahead or more."
            )
        )
    return ledger.tenders.publish(buyer, terms, notice, closes_at, first_key(ledger))


def first_key(ledger: Ledger) -> KeyClaim:
    """Returns the first key of the pool that is free.

    Raises:
        NoKeyReady: when the openers have made no key that is free.
    """
    _batches, free = ledger.keys.pool()
    if not free:
        raise NoKeyReady(
            _("No opening key is ready. Ask the consortium's openers to make a batch of keys.")
        )
    return free[0]
