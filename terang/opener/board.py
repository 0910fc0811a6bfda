"""Where a running opener answers: two pages over HTTP, read only."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from terang.errors import UsageError
from terang.i18n import _
from terang.opener.report import Report

_SECONDS = 5  # that somebody may take to ask


@contextmanager
def board(host: str, port: int, report: Callable[[], Report]) -> Iterator[str]:
    """Answers `/health` and `/metrics` inside the block.

    Args:
        host: an address of this machine.
        port: TCP port; 0 for a free one.
        report: the newest report.

    Yields:
        where it answers.

    Raises:
        UsageError: when it cannot listen there.
    """
    try:
        server = _server(host)((host, port), _handler(report))
    except (OSError, OverflowError, UnicodeError) as error:
        raise UsageError(
            _("Cannot listen on {host} port {port} ({reason}). Name another.").format(
                host=host, port=port, reason=getattr(error, "strerror", None) or error
            )
        ) from error
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    shown = f"[{host}]" if ":" in host else host
    try:
        yield f"http://{shown}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _server(host: str) -> type[ThreadingHTTPServer]:
    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    return Server


def _handler(report: Callable[[], Report]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS

        def do_GET(self) -> None:
            path, now = self.path.partition("?")[0], report()
            if path == "/health":
                status = HTTPStatus.OK if now.well else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "application/json", json.dumps(now.health()) + "\n")
            elif path == "/metrics":
                self._answer(HTTPStatus.OK, "text/plain; version=0.0.4", now.metrics())
            else:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", "/health /metrics\n")

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Says nothing: who asks is of no interest."""

    return Handler
