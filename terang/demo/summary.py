"""The report of a run in words, for a terminal."""

from collections.abc import Mapping
from typing import Any

from terang.i18n import _


def summary(report: Mapping[str, Any]) -> str:
    """Returns a run's report as lines of text."""
    totals = report["totals"]
    lines = [
        _("{tenders} tenders of {processes} processes ran: {phases}.").format(
            tenders=totals["tenders"],
            processes=totals["processes"],
            phases=", ".join(f"{count} {phase}" for phase, count in totals["phases"].items()),
        ),
        _(
            "{sealed} bids sealed, {opened} opened and valid, {void} void; "
            "documents of {read} bids read back."
        ).format(**totals["bids"], read=totals["documents_read"]),
        _(
            "Awards: {agree} agree with the published ones, {differ} differ, "
            "{not_published} have none published."
        ).format(**totals["awards"]),
        _("Paid: {paid}.").format(
            paid=", ".join(f"{amount} {code}" for code, amount in totals["paid"].items())
        ),
    ]
    lines += [
        _("Line {line}, lot {lot}: {why}").format(
            line=row["line"], lot=row["lot"] or "–", why=row["why"]
        )
        for row in report["processes"]
        if row["agrees"] is False
    ]
    if report["skipped"]:
        lines.append(
            _("{count} lots or processes were left out; --json lists each with its reason.").format(
                count=len(report["skipped"])
            )
        )
    gas = ", ".join(f"{name} {used:,}" for name, used in report["gas"].items() if used is not None)
    lines.append(_("Gas, median: {gas}.").format(gas=gas))
    if report["replay"] == "equal":
        lines.append(_("Replay: the events rebuild every field of the contracts' storage."))
    else:
        lines.append(
            _("Replay: {count} fields DIFFER from the contracts' storage.").format(
                count=len(report["replay"])
            )
        )
    return "\n".join(lines)
