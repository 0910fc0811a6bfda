"""The page that a service shows to people, and what every answer says of itself."""

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from typing import Final

from terang.i18n import LANGUAGES, _, speaking

_STYLE: Final = (
    "body{margin:2rem auto;max-width:42rem;padding:0 1rem;color:#1b1b1b;background:#fff;"
    "font:1rem/1.55 system-ui,sans-serif}h1{font-size:1.5rem;line-height:1.25}"
    "code{overflow-wrap:anywhere}hr{margin:2rem 0;border:0;border-top:1px solid #bbb}"
)
_ALLOWED: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_ALLOWED}'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Of every answer: nothing is loaded from anywhere, and nothing is kept."""


def page(title: str, words: Sequence[str], account: str, address: str, command: str) -> str:
    """Returns a page in both languages; it has no scripts and loads nothing.

    Args:
        title: a msgid.
        words: msgids, a paragraph each.
        account: a msgid with {account}.
        address: the service's account, which takes its place.
        command: how to use the service.
    """
    parts = []
    for code in LANGUAGES:
        with speaking(code):
            said = [
                *(escape(_(each)) for each in words),
                _code(_(account), account=address),
                _code(_("Use it with {command}."), command=command),
            ]
            text = "".join(f"<p>{each}</p>" for each in said)
            parts.append(f'<section lang="{code}"><h1>{escape(_(title))}</h1>{text}</section>')
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Terang</title><style>{_STYLE}</style></head>"
        f"<body><main>{'<hr>'.join(parts)}</main></body></html>"
    )


def _code(sentence: str, **said: str) -> str:
    """Puts what a machine reads into a sentence, as code."""
    marked = {name: f"<code>{escape(value)}</code>" for name, value in said.items()}
    return escape(sentence).format(**marked)


def spoken(header: str) -> str:
    """Returns the language of an answer, "en" or "id", by Accept-Language (RFC 9110, 12.5.4)."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:200].split(",")):
        name, _semicolon, rest = part.strip().partition(";")
        code = {"id": "id", "in": "id", "en": "en"}.get(name.split("-")[0].lower())
        weight = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", rest) if rest else None
        if code and (weight or not rest):
            found.append((-float(weight[1]) if weight else -1.0, place, code))
    return min(found)[2] if found and min(found)[0] < 0 else "en"
