"""The page that a relay shows to people: what it is, and what it unavoidably learns."""

from html import escape
from typing import Final

from terang.i18n import LANGUAGES, N_, _, speaking

_TITLE: Final = N_("A relay for sealed bids and ballots")
_WORDS: Final = (
    N_(
        "This service puts sealed envelopes into the boxes of a public ledger, so that the account "
        "of whoever sealed them is not seen there. It cannot read, change or reorder them."
    ),
    N_(
        "It answers with a signed receipt: its promise to have the envelope in the box before the "
        "box closes. Whoever holds the receipt, and does not find the envelope there, can show it."
    ),
    N_(
        "What it unavoidably learns: the network address that connects to it while it is "
        "connected, the time, and the envelope. It writes no network address down. Who runs it, "
        "or watches its network, could."
    ),
    N_(
        "If that is too much: connect through Tor or another network than your own, name several "
        "relays, and do not wait for the last hour."
    ),
)

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
"""Of every answer: nothing is loaded from anywhere, and nothing is kept."""


def page(account: str) -> str:
    """Returns the page in both languages; it has no scripts and loads nothing.

    Args:
        account: the relay's.
    """
    parts = []
    for code in LANGUAGES:
        with speaking(code):
            said = "".join(f"<p>{escape(_(each))}</p>" for each in _WORDS)
            own = escape(_("Account of this relay: {account}").format(account=account))
            how = escape(
                _("Use it with `{command}`.").format(command="terang bid seal --relay URL …")
            )
            parts.append(
                f'<section lang="{code}"><h1>{escape(_(_TITLE))}</h1>{said}<p>{own}</p><p>{how}</p>'
                "</section>"
            )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Terang</title></head>'
        f"<body><main>{'<hr>'.join(parts)}</main></body></html>"
    )
