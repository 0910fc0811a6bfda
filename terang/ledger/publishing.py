"""What a buyer asks for when it publishes or amends: the terms of lots, by the rule in force."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import when
from terang.ledger import pilot
from terang.ledger.desk import present_rule, read_files, smallest_units
from terang.ledger.facts import terms_of
from terang.ledger.tenders import Terms
from terang.rules import Key, Rule
from terang.vocabulary import Category, Method, TaxBasis

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.ocds.publication import Publication
    from terang.replay.state import State, Tender

_E = TypeVar("_E", bound=IntEnum)

_WHOLE: Final = 100  # basis points in one per cent
_MOST_LOTS: Final = 32  # `Tenders.MAX_LOTS`
_MOST_BYTES: Final = 1 << 18


@dataclass(frozen=True)
class Wish:
    """What a buyer says of the terms of a tender; None for what the rule, or the tender, has.

    Attributes:
        category: what is bought.
        method: how bids are compared.
        weight: of quality, in per cent.
        threshold: least mean mark of a proposal.
        minimum_bids: fewer that count make the tender unsuccessful.
        evaluation: seconds for ballots.
        bid_security: what must stand behind a bid, in per cent of the estimate.
    """

    category: Category | None = None
    method: Method | None = None
    weight: Decimal | None = None
    threshold: int | None = None
    minimum_bids: int | None = None
    evaluation: int | None = None
    bid_security: Decimal | None = None


@dataclass(frozen=True)
class LotWish:
    """A lot as a buyer asks for it.

    Attributes:
        id: within the process; empty if it has none.
        wish: its terms.
        currency: ISO 4217 code.
        ceiling: owner's estimate, or None.
    """

    id: str
    wish: Wish
    currency: str
    ceiling: Decimal | None


def lots_of(found: "Sequence[Publication]", wish: Wish, file: Path | None) -> list[LotWish]:
    """Returns the lots that are published together.

    Args:
        found: what options and release say, of each lot one.
        wish: the buyer's terms for all of them.
        file: a file of lots that goes before them; None for none.

    Raises:
        UsageError: when the file cannot be used, two lots have the same id, or both name lots.
    """
    lots = [
        LotWish(each.lot, _categorised(wish, each.category), each.currency, each.ceiling)
        for each in found
    ]
    if file is not None:
        if len(lots) > 1 or lots[0].id:
            raise UsageError(
                _("Lots are named twice: by --lots, and by --lot or the release. Leave one out.")
            )
        return read_lots(file, lots[0])
    check_ids([each.id for each in lots])
    return lots


def _categorised(wish: Wish, published: str) -> Wish:
    """The buyer's category goes before the release's."""
    if wish.category is not None or not published:
        return wish
    return replace(wish, category=Category[published.upper()])


def terms_for(ledger: "Ledger", lot: LotWish, documents: bytes) -> Terms:
    """Returns the terms of a lot: what is asked for, else what the rule in force says.

    Args:
        ledger: where it is to be published.
        lot: as the buyer asks for it.
        documents: Merkle root of the tender documents.

    Raises:
        UsageError: when the ledger has no such rule or token, an amount has too many decimals, or
            the weight of quality is missing or not meant.
    """
    wish = lot.wish
    category, method = wish.category or Category.GOODS, wish.method or Method.LOWEST_PRICE
    rule, token = present_rule(ledger, Key(category, method)), ledger.token(lot.currency)
    ceiling = 0 if lot.ceiling is None else smallest_units(lot.ceiling, token.decimals())
    return Terms(
        documents=documents,
        category=category,
        method=method,
        taxBasis=TaxBasis.NET,
        currency=token.contract.address,
        ceiling=ceiling,
        minimumBids=wish.minimum_bids or rule.minimum_bids,
        bidSecurity=_bid_security(wish, rule, ceiling),
        weight=_weight(wish, method, rule),
        threshold=_threshold(wish, method, rule.threshold),
        evaluationPeriod=wish.evaluation or rule.evaluation_period,
        plan=pilot.PLAN,
    )


def pilot_terms(
    ledger: "Ledger", currency: str, ceiling: Decimal | None, documents: bytes
) -> Terms:
    """Returns terms of goods at the lowest price, as the rule in force has them.

    Raises:
        UsageError: as for `terms_for`.
    """
    return terms_for(ledger, LotWish("", Wish(), currency, ceiling), documents)


def amended(
    ledger: "Ledger",
    state: "State",
    tender: "Tender",
    wish: Wish,
    ceiling: Decimal | None,
    documents: bytes | None,
    closes_at: int,
) -> Terms:
    """Returns a tender's terms with what is to change; category and method never do.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        tender: the tender.
        wish: what is to be otherwise.
        ceiling: owner's estimate; None to leave it.
        documents: Merkle root of the new documents; None to leave them.
        closes_at: closing time, as Unix time; that of the tender to leave it.

    Raises:
        UsageError: when nothing changes, which would void every bid for nothing; when the closing
            would be earlier; or as for `terms_for`.
    """
    if closes_at < tender.box.closes_at:
        raise UsageError(
            _(
                "Tender {tender} closes {closes}, and never earlier. Give --closes a later time."
            ).format(tender=tender.id, closes=when(tender.box.closes_at))
        )
    before, rule = terms_of(tender), Rule.of(state.rules[tender.rule - 1])
    found = replace(before, documents=documents or before.documents)
    if ceiling is not None:
        decimals = ledger.token_at(before.currency).decimals()
        found = replace(found, ceiling=smallest_units(ceiling, decimals))
    if wish.weight is not None:
        found = replace(found, weight=_weight(wish, before.method, rule))
    if wish.threshold is not None:
        found = replace(found, threshold=_threshold(wish, before.method, rule.threshold))
    if wish.bid_security is not None:
        found = replace(found, bidSecurity=_bid_security(wish, rule, found.ceiling))
    found = replace(
        found,
        minimumBids=wish.minimum_bids or before.minimumBids,
        evaluationPeriod=wish.evaluation or before.evaluationPeriod,
    )
    if found == before and closes_at == tender.box.closes_at:
        raise UsageError(
            _(
                "Nothing of tender {tender} would change, and all its bids would be void. "
                "Give what is to be otherwise, such as --document or --closes."
            ).format(tender=tender.id)
        )
    return found


def read_lots(path: Path, base: LotWish) -> list[LotWish]:
    """Reads the lots of a procurement from a TOML file, one table `[[lots]]` each.

    A table has an `id`, and what differs from `base`: `ceiling`, `currency`, `category`, `method`,
    `weight`, `threshold`, `minimum_bids`, `bid_security`.

    Args:
        path: the file.
        base: what a table leaves out.

    Raises:
        UsageError: when it cannot be read, or a table cannot be used.
    """
    content = read_files([path])[path.name]
    try:
        document = tomllib.loads(content.decode()) if len(content) <= _MOST_BYTES else {}
    except (ValueError, RecursionError) as error:
        raise UsageError(
            _("{path} is not TOML in UTF-8. Correct it, then run again.").format(path=path)
        ) from error
    tables = document.get("lots")
    if set(document) != {"lots"} or not isinstance(tables, list) or not tables:
        raise UsageError(
            _("{path} has no lots. Write a table [[lots]] with an id for each.").format(path=path)
        )
    if len(tables) > _MOST_LOTS:
        raise UsageError(
            _("{path} has {count} lots. Publish at most {most} together.").format(
                path=path, count=len(tables), most=_MOST_LOTS
            )
        )
    lots = [_lot(path, place, each, base) for place, each in enumerate(tables, 1)]
    check_ids([each.id for each in lots])
    return lots


def check_ids(ids: Sequence[str]) -> None:
    """Checks that the lots of a procurement can be told apart.

    Raises:
        UsageError: when two have the same id.
    """
    twice = next((each for each in ids if ids.count(each) > 1), None)
    if twice is not None:
        raise UsageError(_("Lot {lot} is named twice. Name each lot once.").format(lot=twice[:60]))


def _lot(path: Path, place: int, table: Any, base: LotWish) -> LotWish:
    """One table of the file."""
    try:
        values = _Table(table)
        wish = replace(
            base.wish,
            category=values.word("category", Category, base.wish.category),
            method=values.word("method", Method, base.wish.method),
            weight=values.number("weight", base.wish.weight),
            threshold=values.whole("threshold", base.wish.threshold),
            minimum_bids=values.whole("minimum_bids", base.wish.minimum_bids),
            bid_security=values.number("bid_security", base.wish.bid_security),
        )
        return LotWish(
            values.text("id", None),
            wish,
            values.text("currency", base.currency),
            values.number("ceiling", base.ceiling),
        )
    except _Unfit as unfit:
        raise UsageError(
            _("Lot {place} in {path} cannot be used: {field}. Correct it, then run again.").format(
                place=place, path=path, field=unfit
            )
        ) from unfit


class _Unfit(Exception):
    """A field of a table that is missing, unknown or of another type."""


class _Table:
    """A table of lots, read field by field."""

    FIELDS: Final = frozenset(
        {
            "id",
            "ceiling",
            "currency",
            "category",
            "method",
            "weight",
            "threshold",
            "minimum_bids",
            "bid_security",
        }
    )

    def __init__(self, table: Any) -> None:
        if not isinstance(table, Mapping):
            raise _Unfit("lots")
        for name in table:
            if name not in self.FIELDS:
                raise _Unfit("".join(each if each.isprintable() else "?" for each in name[:40]))
        self._table = table

    def text(self, name: str, default: str | None) -> str:
        value = self._table.get(name, default)
        if not isinstance(value, str) or not value:
            raise _Unfit(name)
        return value

    def whole(self, name: str, default: int | None) -> int | None:
        value = self._table.get(name, default)
        if value is not None and (type(value) is not int or not 0 <= value < 1 << 16):
            raise _Unfit(name)
        return value

    def number(self, name: str, default: Decimal | None) -> Decimal | None:
        if name not in self._table:
            return default
        value = self._table[name]
        try:  # a float has binary digits that nobody wrote
            if type(value) not in (int, str) or not (found := Decimal(value)).is_finite():
                raise _Unfit(name)
        except InvalidOperation as error:
            raise _Unfit(name) from error
        if found <= 0:
            raise _Unfit(name)
        return found

    def word(self, name: str, kind: type[_E], default: _E | None) -> _E | None:
        if name not in self._table:
            return default
        value = str(self._table[name]).replace("-", "_")
        for each in kind:
            if each.name.lower() == value:
                return each
        raise _Unfit(name)


def _weight(wish: Wish, method: Method, rule: Rule) -> int:
    """The weight of quality in basis points."""
    least, most = rule.weight_least / _WHOLE, rule.weight_most / _WHOLE
    if method is Method.LOWEST_PRICE:
        if wish.weight is not None:
            raise _only_quality()
        return 0
    if wish.weight is None:
        raise UsageError(
            _(
                "The weight of quality is missing. Give it in per cent, from {least:g} to {most:g}."
            ).format(least=least, most=most)
        )
    points = wish.weight * _WHOLE
    if points != points.to_integral_value() or not rule.weight_least <= points <= rule.weight_most:
        raise UsageError(
            _(
                "A weight of quality of {weight} per cent is not possible. Give from {least:g} to "
                "{most:g}, with two decimals at most."
            ).format(weight=wish.weight, least=least, most=most)
        )
    return int(points)


def _threshold(wish: Wish, method: Method, least: int) -> int:
    """The least mean mark of a proposal."""
    if method is Method.LOWEST_PRICE and wish.threshold:
        raise _only_quality()
    return least if wish.threshold is None else wish.threshold


def _bid_security(wish: Wish, rule: Rule, ceiling: int) -> int:
    """What must stand behind a bid, in basis points of the ceiling."""
    least, most = rule.bid_security_least, rule.bid_security_most
    points = Decimal(least) if wish.bid_security is None else wish.bid_security * _WHOLE
    if points != points.to_integral_value() or not least <= points <= most:
        raise UsageError(
            _(
                "A bid security of {share} per cent is not possible. Give from {least:g} to "
                "{most:g}, with two decimals at most."
            ).format(share=wish.bid_security, least=least / _WHOLE, most=most / _WHOLE)
        )
    if points and not ceiling:
        raise UsageError(
            _("A bid security is a part of the owner's estimate. Give the estimate by --ceiling.")
        )
    return int(points)


def _only_quality() -> UsageError:
    return UsageError(
        _("Only tenders of quality and price have a weight and a threshold. Leave them out.")
    )
