"""The counts as a picture: for each rule a bar of what broke it, kept to it, and is open.

The picture loads nothing and holds no script; what others wrote is escaped.
"""

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from terang.i18n import N_, _, language
from terang.simulate.facts import PROCEDURES, Procedure
from terang.simulate.report import NOTES
from terang.simulate.run import Simulation
from terang.simulate.tally import JUDGED
from terang.simulate.verdict import Check

_ROW: Final = 26  # pixels from one bar to the next
_LABELS: Final = 430  # where bars begin, from the left
_BAR: Final = 360  # length of the longest
_WIDTH: Final = 1_000
_HEAD: Final = 92
_HEADINGS: Final = {
    Procedure.OPEN: N_("{procedure}: {count}"),
    Procedure.NOT_OPEN: N_(
        "{procedure}: {count}. Rules of open tenders did not bind them; had they been open:"
    ),
}
_STYLE: Final = (
    "text{font:14px sans-serif;fill:#1a1a1a}.title{font-size:18px;font-weight:bold}"
    ".rule{text-anchor:end}.part{font-weight:bold}"
    ".broken{fill:#8a1f11}.kept{fill:#0b5d3b}.open{fill:#fff;stroke:#4a4a4a}"
)


def svg(found: Simulation) -> str:
    """Draws the counts of a simulation, in the language in force."""
    title = _("Would have broken the rules of: {title}").format(title=found.profile.title)
    body: list[str] = []
    y = _HEAD
    for procedure in JUDGED:
        body += _part(found, procedure, y)
        y += _ROW * (2 + len(_shown(found, procedure)))
    legend = [
        f'<rect class="{kind}" x="{x}" y="46" width="14" height="14"/>'
        f'<text x="{x + 20}" y="58">{escape(word)}</text>'
        for kind, x, word in (
            ("broken", 20, _("would have broken it")),
            ("kept", 260, _("kept to it")),
            ("open", 420, _("can not be judged")),
        )
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" '
            f'viewBox="0 0 {_WIDTH} {y}" role="img" aria-labelledby="title desc" '
            f'xml:lang="{language()}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(" ".join(_(NOTES[each]) for each in JUDGED))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{_WIDTH}" height="{y}" fill="#fff"/>',
            f'<text class="title" x="20" y="30">{escape(title)}</text>',
            *legend,
            *body,
            "</svg>",
            "",
        ]
    )


def _shown(found: Simulation, procedure: Procedure) -> list[Check]:
    tally = found.tally
    return [
        each for each in Check if tally.judged(each, procedure) or tally.unknown(each, procedure)
    ]


def _part(found: Simulation, procedure: Procedure, y: int) -> Iterator[str]:
    """A heading and the bars of one kind of process, all on one scale."""
    tally, checks = found.tally, _shown(found, procedure)
    heading = _(_HEADINGS[procedure]).format(
        procedure=_(PROCEDURES[procedure]), count=tally.processes[procedure]
    )
    yield f'<text class="part" x="20" y="{y + 14}">{escape(heading)}</text>'
    counts = {
        check: (
            tally.broken(check, procedure),
            tally.kept(check, procedure),
            tally.unknown(check, procedure),
        )
        for check in checks
    }
    most = max((sum(each) for each in counts.values()), default=1)
    for row, (check, each) in enumerate(counts.items(), 1):
        top, x = y + _ROW * row, float(_LABELS)
        yield f'<text class="rule" x="{_LABELS - 10}" y="{top + 14}">{escape(check.title)}</text>'
        for kind, count in zip(("broken", "kept", "open"), each, strict=True):
            width = _BAR * count / most
            if count:
                yield (
                    f'<rect class="{kind}" x="{x:.1f}" y="{top}" width="{width:.1f}" height="18"/>'
                )
            x += width
        told = " / ".join(str(count) for count in each)
        yield f'<text x="{_LABELS + _BAR + 10}" y="{top + 14}">{told}</text>'
