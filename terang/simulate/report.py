"""What a simulation found, as text, as one JSON document, and as CSV; each is written as it is
made, since the processes may be too many to hold."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from terang.i18n import N_, _
from terang.i18n.show import plain
from terang.rules.figures import percent
from terang.rules.profile import Profile
from terang.rules.reading import Figure
from terang.rules.rule import SHARES, Key
from terang.simulate.facts import PROCEDURES, Procedure
from terang.simulate.judge import is_choice
from terang.simulate.run import Simulation
from terang.simulate.tally import JUDGED
from terang.simulate.verdict import UNITS, Check, Verdict

_BOUND: Final = N_(
    "These were open: the rules of open tenders are those that would have held for them."
)
_NOT_BOUND: Final = N_(
    "These were not open: rules of open tenders did not bind them. The table says what they would "
    "have broken, had they been open tenders."
)
_UNJUDGED: Final = N_(
    "Their method is not published, or is no word of the standard: none of their rules is judged."
)
NOTES: Final = {
    Procedure.OPEN: _BOUND,
    Procedure.NOT_OPEN: _NOT_BOUND,
    Procedure.UNKNOWN: _UNJUDGED,
}
"""How the findings about each kind of process are meant."""

_OF_ONE: Final = {
    Procedure.OPEN: N_("As an open tender:"),
    Procedure.NOT_OPEN: N_(
        "No rule of open tenders bound it. Had it been one, this would have been found:"
    ),
    Procedure.UNKNOWN: N_("None of its rules is judged."),
}

_COLUMNS: Final = (
    "line",
    "ocid",
    "title",
    "procedure",
    "procurement_method",
    "procurement_method_details",
    "category",
    "award_criteria",
    "rule",
    "lot",
    "award",
    "verdict",
    "published",
    "required",
    "source",
    "reason",
    "because",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_GAP: Final = 2


def text(found: Simulation, *, details: bool) -> Iterator[str]:
    """Yields the report in lines, in the language in force.

    Args:
        found: what was found.
        details: whether every process is told after the counts.
    """
    tally = found.tally
    yield _("{file} under the profile {profile}: {title}.").format(
        file=plain(str(found.path)), profile=found.profile.name, title=found.profile.title
    )
    for procedure in Procedure:
        yield ""
        yield _("{procedure}: {count}").format(
            procedure=_(PROCEDURES[procedure]), count=tally.processes[procedure]
        )
        yield _(NOTES[procedure])
        if procedure in JUDGED and tally.processes[procedure]:
            yield from _table(found, procedure)
            yield _("{count} of {all} processes would have broken at least one rule.").format(
                count=tally.breaking[procedure], all=tally.processes[procedure]
            )
    yield ""
    chosen = [each.title for each in Check if is_choice(found.profile, each)]
    if chosen:
        yield _("* The figure is a choice of the profile in every category; no law sets it.")
    if tally.unreadable or tally.repeated:
        yield _(
            "Left out: documents that could not be used: {unreadable}; processes that stand in "
            "the file already: {repeated}."
        ).format(unreadable=tally.unreadable, repeated=tally.repeated)
    if details:
        for row in found.rows():
            yield from _told(row)
    else:
        yield _("--details tells every finding with both figures and the source of the rule.")


def _table(found: Simulation, procedure: Procedure) -> Iterator[str]:
    tally = found.tally
    head = (_("rule"), _("counted by"), _("judged"), _("would have broken"), _("can not be judged"))
    lines = [head]
    for check in Check:
        judged, unknown = tally.judged(check, procedure), tally.unknown(check, procedure)
        if judged or unknown:
            star = " *" if is_choice(found.profile, check) else ""
            lines.append(
                (
                    check.title + star,
                    _(UNITS[check.unit]),
                    str(judged),
                    str(tally.broken(check, procedure)),
                    str(unknown),
                )
            )
    widths = [max(map(len, column)) + _GAP for column in zip(*lines, strict=True)]
    for line in lines:
        left = [cell.ljust(width) for cell, width in zip(line[:2], widths[:2], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(line[2:], widths[2:], strict=True)]
        yield "".join(left + right)


def _told(row: dict[str, Any]) -> Iterator[str]:
    """One process in words; what kept to a rule is not repeated."""
    yield ""
    head = _("Line {line}, {ocid}").format(line=row["line"], ocid=plain(row["ocid"]) or "–")
    if "left_out" in row:
        yield f"{head}: {row['left_out']}"
        return
    yield f"{head}: {plain(row['title'], 100)}" if row["title"] else head
    method, details = row["procurement_method"], row["procurement_method_details"]
    yield "  " + _("Published as {method}. {note}").format(
        method=f"{method or _('no method')} ({details})" if details else method or _("no method"),
        note=_(_OF_ONE[Procedure(row["procedure"])]),
    )
    kept = 0
    for each in row["findings"]:
        place = each.get("lot") or each.get("award")
        title = Check(each["rule"]).title + (f" [{place}]" if place else "")
        if each["verdict"] == Verdict.BROKEN.value:
            yield "  " + _(
                "{rule}: published: {published}; the rule: {required}. Source: {source}"
            ).format(rule=title, **{key: each[key] for key in ("published", "required", "source")})
        elif each["verdict"] == Verdict.UNKNOWN.value:
            yield "  " + _("{rule}: can not be judged: {because}").format(
                rule=title, because=each["because"]
            )
        else:
            kept += 1
    if row["findings"]:
        yield "  " + _("Rules that were kept: {count}.").format(count=kept)


def document(found: Simulation) -> Iterator[str]:
    """Yields one JSON document in pieces: the counts, then every process."""
    head = json.dumps(_counts(found), ensure_ascii=False, indent=2)
    yield head.removesuffix("\n}") + ',\n  "processes": ['
    before = "\n"
    for row in found.rows():
        yield before + "    " + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "\n  ]\n}\n"


def _counts(found: Simulation) -> dict[str, Any]:
    tally = found.tally
    return {
        "file": str(found.path),
        "profile": found.profile.name,
        "title": found.profile.title,
        "counted": {
            **{each.value: tally.processes[each] for each in Procedure},
            "unreadable": tally.unreadable,
            "repeated": tally.repeated,
        },
        "notes": {each.value: _(NOTES[each]) for each in Procedure},
        "would_have_broken_a_rule": {each.value: tally.breaking[each] for each in JUDGED},
        "rules": [_rule(found, check) for check in Check],
    }


def _rule(found: Simulation, check: Check) -> dict[str, Any]:
    tally = found.tally
    counts = {
        procedure.value: {
            "judged": tally.judged(check, procedure),
            "kept": tally.kept(check, procedure),
            "broken": tally.broken(check, procedure),
            "not_judgeable": tally.unknown(check, procedure),
            "processes_broken": tally.broken_in[check, procedure],
            "reasons": {
                reason.value: count
                for (each, where, reason), count in sorted(
                    tally.reasons.items(), key=lambda item: (-item[1], item[0][2].value)
                )
                if each is check and where is procedure
            },
        }
        for procedure in JUDGED
    }
    return {
        "rule": check.value,
        "title": check.title,
        "counted_by": check.unit.value,
        "choice_of_profile": is_choice(found.profile, check),
        "figures": [
            {"is": _figure(check, figure), "for": list(map(str, keys)), "source": figure.source}
            for figure, keys in _figures(found.profile, check).items()
        ],
        **counts,
    }


def _figures(profile: Profile, check: Check) -> dict[Figure, list[Key]]:
    """The different figures of a check, and the rules that have each."""
    figures: dict[Figure, list[Key]] = {}
    for key, each in profile.figures.items():
        if check.value in each:
            figures.setdefault(each[check.value], []).append(key)
    return figures


def _figure(check: Check, figure: Figure) -> str:
    if figure.law is not None:
        return str(figure.law)
    return percent(figure.value) if check.value in SHARES else str(figure.value)


def write_csv(found: Simulation, path: Path) -> None:
    """Writes every finding to a new file, a line each, that no spreadsheet takes for formulas.

    Raises:
        OSError: when it cannot be written; no part of it is left then.
    """
    with path.open("x", encoding="utf-8", errors="replace", newline="") as file:
        try:
            lines = csv.writer(file)
            lines.writerow(_COLUMNS)
            for row in found.rows():
                lines.writerows(map(_cell, map(each.get, _COLUMNS)) for each in _lines_of(row))
        except BaseException:
            path.unlink()
            raise


def _lines_of(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The findings of a process, each with what is known of the process; one line if none."""
    if "left_out" in row:
        yield row | {"verdict": "left_out", "because": row["left_out"]}
        return
    for finding in row["findings"] or [{"verdict": "not_judged"}]:
        yield row | finding


def _cell(value: object) -> str:
    """A cell as text; one that begins like a formula gets an apostrophe before it."""
    cell = "" if value is None else str(value)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
