"""A document store as its clients see it, and servers that are none."""

import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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
Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


class Hostile:
    """A server that answers as a test says."""

    def __init__(self, answer: Answer) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            do_GET = do_POST = do_PUT

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_arguments: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def ciphertext(size: int = 5_000) -> bytes:
    """Bytes that look like any ciphertext."""
    return secrets.token_bytes(size)
