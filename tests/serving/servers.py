"""Services in this process, and servers that are none."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiohttp import web

from terang.serving.doors import Bounds, address_of, listen, serve

Answer = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def aside(
    application: web.Application, tls: ssl.SSLContext | None = None, bounds: Bounds | None = None
) -> Iterator[str]:
    """Answers in a thread of its own inside the block; yields the address."""
    listening: socket.socket = listen("127.0.0.1", 0)
    url = address_of(listening, tls=tls is not None)
    ready, ends = threading.Event(), list[Callable[[], object]]()

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        ready.set()
        await serve(application, listening, stop, tls, bounds)

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield url
    finally:
        ends[0]()
        thread.join(20)
        assert not thread.is_alive()


class Hostile:
    """A server that answers as a test says, and notes what it was sent."""

    def __init__(self, answer: Answer) -> None:
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.heads.append(f"{self.requestline}\n{self.headers}")
                outer.bodies.append(body)
                answer(self, body)

            do_GET = do_PUT = do_POST

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
