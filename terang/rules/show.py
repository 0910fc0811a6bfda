"""Rules and profiles, for people and as JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from terang.i18n import N_, _, language
from terang.i18n.show import plain
from terang.rules.calendar import Bound, Step, days_off
from terang.rules.changes import Change, Numbered
from terang.rules.figures import Period, clock, percent
from terang.rules.profile import Profile
from terang.rules.reading import Figure
from terang.rules.rule import FIELDS, PERIODS, QUALITY, SHARES, WEIGHTS, Key, Rule, camel
from terang.vocabulary import Method

LABELS: Final = {
    "tendering_period": N_("time for bids, at least"),
    "amendment_period": N_("time after an amendment, at least"),
    "enquiry_period": N_("no enquiries before closing for"),
    "evaluation_period": N_("time for ballots, at least"),
    "standstill_period": N_("standstill"),
    "signing_period": N_("time for signing"),
    "review_period": N_("time for deciding a complaint"),
    "minimum_bids": N_("bids, at least"),
    "abnormal_under_estimate": N_("abnormally low under the owner's estimate"),
    "abnormal_under_mean": N_("abnormally low under the mean of the others"),
    "complaint_deposit": N_("deposit of a complaint"),
    "agencies": N_("panel: agencies"),
    "auditors": N_("panel: auditors"),
    "citizens": N_("panel: citizens"),
    "quorum": N_("panel: quorum"),
    "review_auditors": N_("review: auditors"),
    "review_citizens": N_("review: citizens"),
    "review_quorum": N_("review: quorum"),
    "threshold": N_("least mean mark of a tender"),
    "weight_least": N_("weight of quality, at least"),
    "weight_most": N_("weight of quality, at most"),
    "bid_security_least": N_("bid security, of the owner's estimate, at least"),
    "bid_security_most": N_("bid security, of the owner's estimate, at most"),
    "performance_security": N_("performance security, of the price"),
    "performance_security_low": N_(
        "performance security, of the owner's estimate, if the price is abnormally low"
    ),
}
"""Field of `Rule` → words for people."""

_STEPS: Final = {
    "enquiry_period": N_("enquiries"),
    "amendment_period": N_("amendments that do not move the closing"),
    "tendering_period": N_("closing"),
    "evaluation_period": N_("ballots close"),
    "standstill_period": N_("standstill ends, award"),
    "review_period": N_("ruling on a complaint of the last moment"),
    "signing_period": N_("both have signed"),
}
_BOUNDS: Final = {Bound.NOT_BEFORE: N_("not before"), Bound.UNTIL: N_("until")}


def figure(field: str, value: int) -> str:
    """Writes one figure of a rule.

    Args:
        field: of `Rule`.
        value: seconds, basis points or a number.
    """
    if field in PERIODS:
        return clock(value)
    if field in SHARES and not value:
        return _("none")
    return percent(value) if field in (*SHARES, *WEIGHTS) else str(value)


def in_force(rules: Mapping[Key, Numbered]) -> tuple[str, list[dict[str, Any]]]:
    """Returns the rules on chain as text and as JSON."""
    blocks = [
        "\n".join([_("Rule {number}: {rule}").format(number=number, rule=key), *_lines(rule)])
        for key, (number, rule) in rules.items()
    ]
    document = [_document(rule) | {"rule": number} for number, rule in rules.values()]
    return "\n\n".join(blocks) or _("No rule is set; `rules apply PROFILE` sets some."), document


def profile(found: Profile) -> tuple[str, dict[str, Any]]:
    """Returns what a profile says, with every source, as text and as JSON."""
    head = [
        f"{found.name}: {plain(found.title)}",
        _("Days are counted in {zone}. {source}").format(
            zone=found.timezone, source=plain(found.counting.source, 2_000)
        ),
    ]
    groups: dict[tuple[tuple[str, Figure], ...], list[Key]] = {}
    for key, figures in found.figures.items():
        told = tuple((field, figures[field]) for field in _told(key.method))
        groups.setdefault(told, []).append(key)
    blocks = []
    for told, keys in groups.items():
        lines = ["; ".join(map(str, keys))]
        for source, same in groupby(told, lambda each: each[1].source):
            lines += [f"  {_sourced(field, each)}" for field, each in same]
            lines.append(f"    {plain(source, 2_000)}")
        blocks.append("\n".join(lines))
    sources, rules = found.sources, found.rules
    return "\n\n".join(["\n".join(head), *blocks]), {
        "name": found.name,
        "title": dict(found.titles),
        "country": found.country,
        "timezone": found.timezone,
        "holidays": found.holidays,
        "currency": found.currency,
        "counting": {
            "wholeDays": found.counting.whole_days,
            "endsOnWorkingDay": found.counting.ends_on_working_day,
            "source": found.counting.source,
        },
        "rules": [
            _document(rule)
            | {
                "law": {camel(each): _counted(found.law(key, each)) for each in PERIODS},
                "sources": {camel(field): each for field, each in sources[key].items()},
            }
            for key, rule in rules.items()
        ],
    }


def differences(found: Sequence[Change]) -> tuple[str, list[dict[str, Any]]]:
    """Returns what differs as text and as JSON; nothing when nothing does."""
    return "\n".join(map(_difference, found)), [
        {
            "category": each.key.category.name.lower(),
            "method": each.key.method.name.lower(),
            "rule": each.before.number if each.before else None,
            "before": each.before.rule.terms() if each.before else None,
            "after": each.after.terms() if each.after else None,
            "fields": [camel(field) for field in each.fields],
        }
        for each in found
    ]


def dates(
    found: Profile, key: Key, published: datetime, steps: Sequence[Step]
) -> tuple[str, dict[str, Any]]:
    """Returns the dates of a procedure as text, in the profile's zone, and as JSON."""
    zone = ZoneInfo(found.timezone)
    free = days_off(found, published, max(each.due for each in steps))
    lines = [
        _("{rule}; published {time}; times of {zone}").format(
            rule=key, time=_moment(published, zone), zone=found.timezone
        )
    ]
    for each in steps:
        lines.append(f"{_(_STEPS[each.field])}: {_(_BOUNDS[each.bound])} {_moment(each.due, zone)}")
        if each.law != each.chain:
            lines.append(
                "  "
                + _("by the law {law}, by the chain {chain}").format(
                    law=_moment(each.law, zone), chain=_moment(each.chain, zone)
                )
            )
    lines += [_("Holiday: {day} {name}").format(day=day, name=name) for day, name in free]
    return "\n".join(lines), {
        "profile": found.name,
        "category": key.category.name.lower(),
        "method": key.method.name.lower(),
        "published": published.isoformat(),
        "steps": [
            {
                "period": camel(each.field),
                "bound": each.bound.value,
                "due": each.due.isoformat(),
                "law": each.law.isoformat(),
                "chain": each.chain.isoformat(),
            }
            for each in steps
        ],
        "holidays": [{"day": day.isoformat(), "name": name} for day, name in free],
    }


def _told(method: Method) -> list[str]:
    """The fields of a rule that mean something, in order."""
    hidden = () if method is Method.QUALITY_PRICE else QUALITY
    return [each for each in FIELDS if each in LABELS and each not in hidden]


def _lines(rule: Rule) -> list[str]:
    return [
        f"  {_(LABELS[each])}: {figure(each, getattr(rule, each))}" for each in _told(rule.method)
    ]


def _sourced(field: str, found: Figure) -> str:
    line = f"{_(LABELS[field])}: {figure(field, found.value)}"
    if found.law is None or str(found.law) == figure(field, found.value):
        return line
    return _("{figure} (by the law {law})").format(figure=line, law=found.law)


def _difference(found: Change) -> str:
    if found.after is None:
        sentence = _("{rule}: in force, and not in the profile")
    elif found.before is None:
        sentence = _("{rule}: not in force yet")
    else:
        sentence = _("{rule}: differs")
    lines = [sentence.format(rule=found.key)]
    if found.before and found.after:
        pairs = [
            (each, getattr(found.before.rule, each), getattr(found.after, each))
            for each in found.fields
        ]
        lines += [
            f"  {_(LABELS[each])}: {figure(each, old)} → {figure(each, new)}"
            for each, old, new in pairs
        ]
    return "\n".join(lines)


def _document(rule: Rule) -> dict[str, Any]:
    """Returns a rule as JSON has it: words for category and method, figures as on chain."""
    return rule.terms() | {
        "category": rule.category.name.lower(),
        "method": rule.method.name.lower(),
    }


def _counted(law: Period) -> dict[str, Any]:
    return {"count": law.count, "unit": law.unit.value}


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    from babel.dates import format_datetime

    clock_ = "HH.mm" if language() == "id" else "HH:mm"
    return format_datetime(moment.astimezone(zone), f"EEE d MMM y, {clock_}", locale=language())
