"""A document store as its clients see it, and servers that are none."""

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import requests
from eth_utils.crypto import keccak

from terang.documents.place import Local


class Served(NamedTuple):
    """A store that answers."""

    url: str
    account: str
    place: Local
    lines: list[str]

    def put(self, content: Any, digest: bytes | None = None, **headers: str) -> requests.Response:
        name = keccak(content) if digest is None else digest
        return requests.put(
            f"{self.url}/documents/0x{name.hex()}",
            data=content,
            headers={"Content-Type": "application/octet-stream"} | headers,
            timeout=20,
        )

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=20, **more)

    def challenge(self, digest: bytes, **asked: object) -> requests.Response:
        url = f"{self.url}/documents/0x{digest.hex()}/challenge"
        return requests.post(url, json=asked, timeout=20)


Start = Callable[..., AbstractContextManager[Served]]


def ciphertext(size: int = 5_000) -> bytes:
    """Bytes that look like any ciphertext."""
    return secrets.token_bytes(size)
