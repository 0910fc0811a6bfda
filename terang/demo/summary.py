"""The report of a run in words, for a terminal."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from terang.i18n import _
from terang.portal.story import PHASES

_REASONS = 5
"""So many reasons are told when nothing ran."""


def summary(report: Mapping[str, Any]) -> str:
    """Returns a run's report as lines of text, in the language in force."""
    ran = report["totals"]["tenders"] > 0
    return "\n".join(
        [
            *(_totals(report["totals"]) if ran else _nothing(report["skipped"])),
            *_differing(report["processes"]),
            *_left_out(len(report["skipped"])),
            *_gas(report["gas"]),
            _replay(report["replay"]),
        ]
    )


def _totals(totals: Mapping[str, Any]) -> Iterator[str]:
    yield _("{tenders} tenders of {processes} processes ran; {phases}.").format(
        tenders=totals["tenders"],
        processes=totals["processes"],
        phases=", ".join(f"{_(PHASES[key])}: {count}" for key, count in totals["phases"].items()),
    )
    yield _(
        "{sealed} bids sealed, {opened} opened and valid, {void} void; "
        "documents of {read} bids read back."
    ).format(**totals["bids"], read=totals["documents_read"])
    yield _(
        "Awards: {agree} agree with the published ones, {differ} differ, "
        "{not_published} have none published."
    ).format(**totals["awards"])
    paid = [f"{amount} {code}" for code, amount in totals["paid"].items() if Decimal(amount)]
    if paid:
        yield _("Paid: {paid}.").format(paid=", ".join(paid))


def _nothing(skipped: list[Mapping[str, Any]]) -> Iterator[str]:
    yield _("No tender ran.")
    for each in skipped[:_REASONS]:
        yield _("Line {line}: {reason}").format(line=each["line"], reason=each["reason"])


def _differing(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["agrees"] is False:
            yield _("Line {line}, lot {lot}: {why}").format(
                line=row["line"], lot=row["lot"] or "–", why=row["why"]
            )


def _left_out(count: int) -> Iterator[str]:
    if count:
        yield _(
            "{count} lots or processes were left out; --json lists each with its reason."
        ).format(count=count)


def _gas(medians: Mapping[str, int | None]) -> Iterator[str]:
    used = [f"{name} {median:,}" for name, median in medians.items() if median is not None]
    if used:
        yield _("Gas, median: {gas}.").format(gas=", ".join(used))


def _replay(verdict: str | list[Mapping[str, str]]) -> str:
    if verdict == "equal":
        return _("Replay: the events rebuild every field of the contracts' storage.")
    return _("Replay: {count} fields DIFFER from the contracts' storage.").format(
        count=len(verdict)
    )
