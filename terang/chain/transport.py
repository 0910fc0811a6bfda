"""How requests reach a node: over HTTP, or straight into one in this process."""

import re
from typing import Protocol

import requests

from terang.errors import UsageError
from terang.i18n import _


class Transport(Protocol):
    """A way to one node."""

    @property
    def address(self) -> str:
        """Where the node is, for people: nothing in it is secret."""

    def post(self, body: bytes) -> bytes:
        """Hands over one JSON-RPC body and returns the node's answer to it.

        Raises:
            OSError: when nobody answers in time.
        """

    def close(self) -> None:
        """Lets go of what the connection holds."""


class Http:
    """HTTP, with the connection kept alive.

    Args:
        url: http:// or https:// address of the node's JSON-RPC.
        timeout: seconds that one request may take.

    Raises:
        UsageError: when `url` is no such address.
    """

    def __init__(self, url: str, timeout: float) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(
                _(
                    "{url} is not the address of a node. Give one like http://127.0.0.1:8545."
                ).format(url=url)
            )
        self._url = url
        self._timeout = timeout
        self._session = requests.Session()
        # A proxy of the environment is for the world outside, never for this machine.
        self._session.trust_env = not url.startswith(("http://127.0.0.1", "http://localhost"))
        self._session.headers["Content-Type"] = "application/json"

    @property
    def address(self) -> str:
        """The address without what may be secret in it: user, password, path, query."""
        scheme, _colon, rest = self._url.partition("://")
        place = re.split(r"[/?#]", rest, maxsplit=1)[0]
        return f"{scheme}://{place.rpartition('@')[2]}"

    def post(self, body: bytes) -> bytes:
        """Posts the body (see `Transport.post`)."""
        return self._session.post(self._url, data=body, timeout=self._timeout).content

    def close(self) -> None:
        """Closes the session."""
        self._session.close()
