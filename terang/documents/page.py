"""The page that a document store shows to people: what it keeps, and what it learns."""

from typing import Final

from terang.i18n import N_
from terang.serving import page as pages

_TITLE: Final = N_("A document store of a public ledger")
_WORDS: Final = (
    N_(
        "This service keeps the documents of sealed bids, encrypted, and those of tenders, in "
        "clear. Nobody can read a bid's documents here before its tender's key is released."
    ),
    N_(
        "It answers an upload with a signed receipt: its promise to give the same bytes to anyone "
        "who asks for them by their hash. Whoever holds the receipt, and does not get them, can "
        "show it."
    ),
    N_(
        "What it unavoidably learns: the network address that connects to it while it is "
        "connected, the time, and the size of the documents. It writes no network address down. "
        "Who runs it, or watches its network, could; once the bids are open the hash tells whose "
        "they are."
    ),
    N_(
        "If that is too much: connect through Tor or another network than your own. Name several "
        "stores in any case, and do not wait for the last hour."
    ),
)


def page(account: str) -> str:
    """Returns the page in both languages.

    Args:
        account: the store's.
    """
    own = N_("Account of this store: {account}")
    return pages.page(_TITLE, _WORDS, own, account, "terang bid seal --store URL …")
