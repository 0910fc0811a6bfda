"""What clients of services share: nothing leaves in the open, and nobody waits for ever."""

import contextvars
import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Generic, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import requests

from terang import __version__
from terang.i18n import _

HEADERS: Final = {
    "User-Agent": f"terang/{__version__.split('.')[0]}",
    "Accept-Encoding": "identity",
}
"""Of every request: the same for all who ask."""

_T = TypeVar("_T")


class NoProxy(Exception):
    """A hidden service, and no proxy that reaches it; the str says what to do, for people."""


class Late(Exception):
    """What was begun is not done in time."""


def is_safe(url: str) -> bool:
    """Tells whether what goes to an address can not be read on the way.

    It is https://, or http:// on this machine or below .onion, and nothing but a place.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    safe = parts.scheme == "https" or (
        parts.scheme == "http" and (is_here(host) or host.endswith(".onion"))
    )
    return bool(host) and safe and not (parts.username or parts.query or parts.fragment)


def is_here(host: str) -> bool:
    """Tells whether a host of an address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def asking(url: str, *, environment: bool, **headers: str) -> Iterator[requests.Session]:
    """Opens a session that tells nothing about who asks, for one address.

    Args:
        url: as `is_safe` takes it.
        environment: whether proxies and certificates that the environment names count.
        headers: of every request beside `HEADERS`.

    Raises:
        NoProxy: when it is plain http to a hidden service, and nothing leads there.
    """
    with requests.Session() as session:
        session.headers.clear()
        session.headers.update(HEADERS | headers)
        session.auth = _nobody  # else a password of ~/.netrc would go along
        session.trust_env = environment
        parts = urlsplit(url)
        if parts.scheme == "http" and (parts.hostname or "").endswith(".onion"):
            session.proxies.update(onion_proxies())
        yield session


def onion_proxies() -> dict[str, str]:
    """Returns the proxy for plain http to a hidden service: the one that others have for https.

    Raises:
        NoProxy: when there is none: its name would be asked for in the open.
    """
    proxies = getproxies()
    for scheme in ("http", "all", "https"):
        if proxies.get(scheme):
            return {"http": proxies[scheme]}
    raise NoProxy(_("an .onion address needs a proxy: set ALL_PROXY=socks5h://127.0.0.1:9050"))


class Begun(Generic[_T]):
    """Work in a thread of its own, which is left behind after a time.

    A service that drips its answer, byte by byte, would else be waited for.

    Args:
        work: what to do.
        name: the thread's.
    """

    def __init__(self, work: Callable[[], _T], name: str) -> None:
        self._done: list[_T] = []
        self._failed: list[Exception] = []

        def run() -> None:
            try:
                self._done.append(work())
            except Exception as error:  # whatever a hostile answer leads to
                self._failed.append(error)

        context = contextvars.copy_context()  # has the language
        self._thread = threading.Thread(target=context.run, args=(run,), name=name, daemon=True)
        self._thread.start()

    def until(self, deadline: float) -> _T:
        """Waits until a time of the monotonic clock.

        Returns:
            what the work returned; what it raised is raised here.

        Raises:
            Late: when it is not done.
        """
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._failed:
            raise self._failed[0]
        if not self._done:
            raise Late
        return self._done[0]


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
