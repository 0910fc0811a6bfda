"""A profile's file, checked as a whole: everything that is wrong with it is told at once."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from terang.i18n import LANGUAGES, _
from terang.rules.figures import BadFigure, Counting, Period, period, share, shown, whole
from terang.rules.rule import (
    PERIODS,
    QUALITY,
    SHARES,
    WEIGHTS,
    Key,
    Rule,
    faults,
)
from terang.vocabulary import Category, Method

T = TypeVar("T")
_MOST_SOURCE: Final = 2_000  # characters
_ENDED: Final = frozenset({"standstill_period", "signing_period", "review_period"})
"""Periods that the chain itself ends: one that ended before the law's would cut somebody off. Of
the others it only asks for the least, and must not ask for more than the law does."""

GROUPS: Final[Mapping[str, Mapping[str, str]]] = {
    "panel": {each: each for each in ("agencies", "auditors", "citizens", "quorum")},
    "review": {each: f"review_{each}" for each in ("auditors", "citizens", "quorum")},
    "quality": {each: each for each in QUALITY},
    "bid_security": {each: f"bid_security_{each}" for each in ("least", "most")},
    "performance_security": {
        "of_price": "performance_security",
        "of_estimate_if_low": "performance_security_low",
    },
}
"""Tables with several figures of one source: key → field of `Rule`."""

_HEADS: Final = ("country", "timezone", "holidays", "holiday_kinds", "currency")
_SCORED: Final = Method.QUALITY_PRICE
_GROUPED: Final = tuple(field for keys in GROUPS.values() for field in keys.values())
_SINGLE: Final = (*PERIODS, *(each for each in SHARES if each not in _GROUPED), "minimum_bids")
_NEEDED: Final = (*_SINGLE, *(each for each in _GROUPED if each not in QUALITY))
_PLACES: Final = {
    **{each: each for each in _SINGLE},
    **{field: f"{group}.{key}" for group, keys in GROUPS.items() for key, field in keys.items()},
}
"""Field of `Rule` → key in the file."""


@dataclass(frozen=True)
class Figure:
    """One figure of a rule.

    Attributes:
        place: its key in the file.
        value: for the chain.
        source: the law's article, or why this profile chose it.
        law: of a period, how the law states it.
    """

    place: str
    value: int
    source: str
    law: Period | None = None


def rule_of(key: Key, figures: Mapping[str, Figure]) -> Rule:
    """Returns the rule that figures make."""
    values = {field: each.value for field, each in figures.items()}
    return Rule(category=key.category, method=key.method, **values)


class Reader:
    """Reads the document of a profile, and gathers what is wrong with it.

    Args:
        document: as TOML has it.

    Attributes:
        reasons: everything that is wrong, a sentence each, beginning with the key.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.reasons: list[str] = []
        self._document = document
        self._only("", document, (*_HEADS, "title", "counting", "common", "rules"))
        self._counting = self._count()

    def judge(self, key: Key, figures: Mapping[str, Figure]) -> None:
        """Adds what the figures of a rule say against each other."""
        values = {field: each.value for field, each in figures.items()}
        for fault in faults(values | {"method": key.method}):
            self._wrong(figures[fault.field].place, fault.sentence)

    def head(self) -> dict[str, Any]:
        """Returns what holds for the whole profile, by the names of `Profile`."""
        titles = self._table("title", self._document, LANGUAGES)
        kinds = self._document.get("holiday_kinds", ["public"])
        holidays = self._text("holidays", self._document, optional=True)
        self._holidays(holidays, kinds)
        return {
            "titles": {each: self._text(f"title.{each}", titles) for each in LANGUAGES},
            "country": self._text("country", self._document, optional=True),
            "timezone": self._timezone(),
            "holidays": holidays,
            "holiday_kinds": tuple(kinds) if isinstance(kinds, list) else (),
            "currency": self._text("currency", self._document, optional=True),
            "counting": self._counting,
        }

    def figures(self) -> dict[Key, dict[str, Figure]]:
        """Returns the figures of each rule, by the fields of `Rule`; only good ones."""
        common = self._document.get("common", {})
        shared = self._block("common", common, ())
        rules = self._document.get("rules")
        if not isinstance(rules, list) or not rules:
            self._wrong("rules", _("write at least one [[rules]]"))
            return {}
        found: dict[Key, dict[str, Figure]] = {}
        for number, each in enumerate(rules, 1):
            place = f"rules[{number}]"
            own = self._block(place, each, ("categories", "methods"))
            keys = list(self._keys(place, each))
            if keys and "quality" in each and all(key.method is not _SCORED for key in keys):
                self._wrong(f"{place}.quality", _("only quality_price has it; leave it out"))
            for key in keys:
                if key in found:
                    self._wrong(place, _("{rule} has a rule already").format(rule=key))
                found[key] = self._complete(place, key, shared | own)
        return found

    def _count(self) -> Counting:
        table = self._table(
            "counting", self._document, ("whole_days", "ends_on_working_day", "source")
        )
        return Counting(
            self._truth("counting.whole_days", table),
            self._truth("counting.ends_on_working_day", table),
            self._source("counting", table),
        )

    def _keys(self, place: str, block: Any) -> Iterable[Key]:
        if not isinstance(block, dict):
            return []
        categories = self._words(f"{place}.categories", block.get("categories"), Category)
        methods = self._words(f"{place}.methods", block.get("methods"), Method)
        return [
            Key(Category[category], Method[method]) for category in categories for method in methods
        ]

    def _complete(
        self, place: str, key: Key, given: Mapping[str, Figure | None]
    ) -> dict[str, Figure]:
        """Tells what a rule lacks; what was given and is wrong is told already."""
        scored = key.method is _SCORED
        for field in (*_NEEDED, *(QUALITY if scored else ())):
            if field not in given:
                self._wrong(f"{place}.{_PLACES[field]}", _("it is missing"))
        whole_rule = {field: each for field, each in given.items() if each}
        if not scored:
            none = Figure(f"{place}.quality", 0, "")
            whole_rule |= dict.fromkeys(QUALITY, none)
        return whole_rule

    def _block(self, place: str, block: Any, heads: Iterable[str]) -> dict[str, Figure | None]:
        """Reads tables of figures; None stands for one that is wrong."""
        if not isinstance(block, dict):
            self._wrong(place, _("it must be a table"))
            return {}
        self._only(place, block, (*heads, *_SINGLE, *GROUPS))
        found: dict[str, Figure | None] = {}
        for name in _SINGLE:
            if name in block:
                found[name] = self._single(f"{place}.{name}", name, block[name])
        for name, keys in GROUPS.items():
            if name in block:
                found |= self._group(f"{place}.{name}", keys, block[name])
        return found

    def _single(self, place: str, field: str, table: Any) -> Figure | None:
        if not isinstance(table, dict):
            self._wrong(place, _("it must be a table with `is` and `source`"))
            return None
        self._only(place, table, ("is", "source"))
        source = self._source(place, table)
        if field in PERIODS:
            law = self._figure(f"{place}.is", table.get("is"), period)
            if law is None:
                return None
            counting = self._counting
            seconds = law.most(counting) if field in _ENDED else law.least
            return Figure(place, seconds, source, law)
        read = share if field in SHARES else partial(whole, least=1, most=2**16 - 1)
        value = self._figure(f"{place}.is", table.get("is"), read)
        return None if value is None else Figure(place, value, source)

    def _group(self, place: str, keys: Mapping[str, str], table: Any) -> dict[str, Figure | None]:
        if not isinstance(table, dict):
            self._wrong(place, _("it must be a table"))
            return dict.fromkeys(keys.values())
        self._only(place, table, (*keys, "source"))
        source = self._source(place, table)
        found: dict[str, Figure | None] = {}
        for key, field in keys.items():
            read = share if field in (*SHARES, *WEIGHTS) else partial(whole, least=0, most=255)
            value = self._figure(f"{place}.{key}", table.get(key), read)
            found[field] = None if value is None else Figure(f"{place}.{key}", value, source)
        return found

    def _figure(self, place: str, value: Any, read: Callable[[Any], T]) -> T | None:
        if value is None:
            self._wrong(place, _("it is missing"))
            return None
        try:
            return read(value)
        except BadFigure as error:
            self._wrong(place, str(error))
            return None

    def _only(self, place: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        """Tells keys that mean nothing here: a slip of the pen must not change a rule."""
        names = list(known)
        for key in table:
            if key in names:
                continue
            guess = difflib.get_close_matches(key, names, 1)
            sentence = (
                _("it means nothing here; did you mean {guess}?")
                if guess
                else _("it means nothing here; known are {names}")
            )
            self._wrong(
                f"{place}.{shown(key)}".lstrip("."),
                sentence.format(guess="".join(guess), names=", ".join(names)),
            )

    def _table(self, place: str, holder: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
        found = holder.get(place)
        if not isinstance(found, dict):
            self._wrong(place, _("it must be a table"))
            return {}
        self._only(place, found, known)
        return found

    def _text(self, place: str, holder: Mapping[str, Any], *, optional: bool = False) -> str:
        found = holder.get(place.rpartition(".")[2], "" if optional else None)
        if isinstance(found, str) and (found.strip() or optional) and len(found) <= _MOST_SOURCE:
            return " ".join(found.split())
        self._wrong(
            place, _("it must be text, of at most {most} characters").format(most=_MOST_SOURCE)
        )
        return ""

    def _source(self, place: str, table: Mapping[str, Any]) -> str:
        if not table.get("source"):
            self._wrong(
                place,
                _(
                    "it has no source; write the article of the law, or "
                    '"choice of this profile: " and why'
                ),
            )
            return ""
        return self._text(f"{place}.source", table)

    def _truth(self, place: str, table: Mapping[str, Any]) -> bool:
        found = table.get(place.rpartition(".")[2])
        if not isinstance(found, bool):
            self._wrong(place, _("it must be true or false"))
        return found is True

    def _words(self, place: str, found: Any, kind: type[Enum]) -> list[str]:
        known = [each.lower() for each in kind.__members__]
        if not isinstance(found, list) or not found or not all(each in known for each in found):
            self._wrong(
                place, _("it must be a list of some of {names}").format(names=", ".join(known))
            )
            return []
        return [each.upper() for each in found]

    def _timezone(self) -> str:
        found = self._text("timezone", self._document)
        if found:
            try:
                ZoneInfo(found)
            except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
                self._wrong("timezone", _("there is no such zone; write one like Asia/Jakarta"))
        return found

    def _holidays(self, code: str, kinds: Any) -> None:
        """Tells what the `holidays` package does not know."""
        if not isinstance(kinds, list) or not all(isinstance(each, str) for each in kinds):
            self._wrong("holiday_kinds", _("it must be a list of texts"))
        elif code:
            from holidays import country_holidays  # slow to import

            try:
                country_holidays(code, categories=tuple(kinds))
            except (NotImplementedError, ValueError):
                self._wrong(
                    "holidays",
                    _("the holidays package has no {code} with {kinds}; leave it out").format(
                        code=shown(code), kinds=shown(", ".join(kinds))
                    ),
                )

    def _wrong(self, place: str, sentence: str) -> None:
        reason = f"{place}: {sentence}" + ("" if sentence.endswith("?") else ".")
        if reason not in self.reasons:  # rules share figures, and so what is wrong with them
            self.reasons.append(reason)
