"""The page that a relay shows to people: what it is, and what it unavoidably learns."""

from typing import Final

from terang.i18n import N_
from terang.serving import page as pages

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


def page(account: str) -> str:
    """Returns the page in both languages.

    Args:
        account: the relay's.
    """
    own = N_("Account of this relay: {account}")
    return pages.page(_TITLE, _WORDS, own, account, "terang bid seal --relay URL …")
