"""A timeline as a picture: one line of events, from top to bottom.

The picture loads nothing and holds no script; what others wrote is escaped.
"""

import re
from xml.sax.saxutils import escape

from terang.i18n import _, language
from terang.i18n.show import plain, when
from terang.replay.course import Event
from terang.replay.timeline import Timeline

_ROW = 30  # pixels from one event to the next
_TOP = 84
_LINE = 350  # where the line is, from the left
_LETTER = 7.6  # pixels that a letter takes at most, on the average of a sentence
_NO_XML = re.compile("[\ufffe\uffff]")  # XML has no way to write these

_STYLE = (
    "text{font:14px sans-serif;fill:#1a1a1a}"
    ".title{font-size:18px;font-weight:bold}"
    ".time{text-anchor:end;fill:#4a4a4a}"
    ".done{fill:#0b5d3b;stroke:#0b5d3b}"
    ".limit{fill:#fff;stroke:#0b5d3b}"
    ".ahead{fill:#fff;stroke:#8a4b00;stroke-dasharray:3 2}"
    "circle,line{stroke-width:2}"
)


def svg(timeline: Timeline) -> str:
    """Draws a timeline.

    A full dot is what the chain has, an empty one a time that was set, a dashed one is ahead. Below
    the line stands what can happen, and by whom.

    Args:
        timeline: of one tender.

    Returns:
        an SVG document in the language in force.
    """
    phrases = [timeline.phrase(each) for each in timeline.events]
    ahead = [timeline.move(*each) for each in timeline.moves]
    below = _TOP + _ROW * len(phrases)
    height = below + (_ROW * (len(ahead) + 1) if ahead else 0)
    heading, about = timeline.heading(), _about(timeline)
    longest = max(
        *(_LINE + 20 + _width(each) for each in phrases), *(40 + _width(each) for each in ahead), 0
    )
    width = int(max(longest, 20 + 1.4 * _width(heading), 20 + _width(about))) + 20
    described = _("{count} events, in the order of time. {events}").format(
        count=len(phrases),
        events="; ".join(
            f"{when(event.at)}: {phrase}"
            for event, phrase in zip(timeline.events, phrases, strict=True)
        ),
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc" '
        f'xml:lang="{language()}">',
        f'<title id="title">{_safe(heading)}</title>',
        f'<desc id="desc">{_safe(described)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text class="title" x="20" y="30">{_safe(heading)}</text>',
        f'<text x="20" y="54">{_safe(about)}</text>',
        *_strokes(timeline),
    ]
    for place, (event, phrase) in enumerate(zip(timeline.events, phrases, strict=True)):
        y, kind = _height(place), _kind(timeline, event)
        parts += [
            f'<text class="time" x="{_LINE - 18}" y="{y + 5}">{_safe(when(event.at))}</text>',
            f'<circle class="{kind}" cx="{_LINE}" cy="{y}" r="6"/>',
            f'<text x="{_LINE + 20}" y="{y + 5}">{_safe(phrase)}</text>',
        ]
    if ahead:
        parts.append(f'<text x="20" y="{below + 5}">{_safe(_("What can happen:"))}</text>')
    parts += [
        f'<text class="move" x="40" y="{below + _ROW * place + 5}">{_safe(each)}</text>'
        for place, each in enumerate(ahead, 1)
    ]
    return "\n".join([*parts, "</svg>", ""])


def _about(timeline: Timeline) -> str:
    ocid, lot = plain(timeline.ocid, 60), plain(timeline.lot, 40)
    if not lot:
        return _("Process {ocid}").format(ocid=ocid)
    return _("Process {ocid}, lot {lot}").format(ocid=ocid, lot=lot)


def _strokes(timeline: Timeline) -> list[str]:
    """The line: full until now, dashed from there on."""
    done = sum(each.at <= timeline.now for each in timeline.events)
    last = len(timeline.events) - 1
    spans = [("done", 0, done - 1), ("ahead", done - 1, last)]
    return [
        f'<line class="{kind}" x1="{_LINE}" y1="{_height(start)}" x2="{_LINE}" '
        f'y2="{_height(end)}"/>'
        for kind, start, end in spans
        if end > start
    ]


def _height(place: int) -> int:
    return _TOP + _ROW * place


def _kind(timeline: Timeline, event: Event) -> str:
    if event.stamp:
        return "done"
    return "ahead" if event.at > timeline.now else "limit"


def _width(text: str) -> float:
    return _LETTER * len(text)


def _safe(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text))
