"""Connections are bounded in number and time, whatever they say or leave unsaid."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import requests
from aiohttp import web

from terang.errors import UsageError
from terang.serving import doors
from terang.serving.doors import (
    Bounds,
    CannotListen,
    listen,
    network,
    tls_context,
)
from terang.serving.metrics import Family, single, text

from .servers import aside

Serving = Callable[..., AbstractContextManager[int]]
SLOW = (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")


@pytest.fixture
def answering() -> Serving:
    """Answers with a word; returns the port."""

    @contextmanager
    def start(bounds: Bounds | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:

        async def word(_request: web.Request) -> web.Response:
            return web.Response(text="here")

        application = web.Application()
        application.add_routes([web.get("/", word)])
        with aside(application, tls, bounds) as url:
            yield int(url.rpartition(":")[2])

    return start


def reach(port: int) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port))
    found.settimeout(5)
    return found


def ended(connection: socket.socket) -> bool:
    """Whether the other side ends the connection, whichever way, before this one's patience."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("part", SLOW, ids=["silent", "slow"])
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_who_never_ends_its_request_or_its_handshake_is_cut_off(
    answering: Serving, certificate: Path, part: bytes, secure: bool
) -> None:
    tls = doors.tls_context(certificate) if secure else None
    with answering(Bounds(seconds=0.3), tls) as port, reach(port) as slow:
        slow.sendall(b"" if secure else part)
        assert ended(slow)


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_more_connections_than_it_holds_are_closed_at_once_also_before_a_handshake(
    answering: Serving, certificate: Path, secure: bool
) -> None:
    tls = doors.tls_context(certificate) if secure else None
    with answering(Bounds(most=2), tls) as port, reach(port), reach(port) as second:
        with reach(port) as third:
            assert ended(third)
        second.close()
        url = f"{'https' if secure else 'http'}://127.0.0.1:{port}/"
        for _time in range(3):  # what has ended takes up no room
            assert answered(url, certificate)


def answered(url: str, certificate: Path) -> bool:
    """Whether there is room again soon: that a connection has ended is seen a little later."""
    for _try in range(200):
        try:
            return requests.get(url, timeout=10, verify=certificate).text == "here"
        except OSError:
            threading.Event().wait(0.02)
    return False


def test_one_network_has_a_part_of_the_room_but_this_machine_all_of_it(
    answering: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    def served(connection: socket.socket) -> bool:
        with connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            try:
                return connection.recv(12) == b"HTTP/1.1 200"
            except ConnectionError:
                return False

    with answering(Bounds(each=1)) as port, reach(port):
        assert served(reach(port))
        monkeypatch.setattr(doors, "is_here", lambda _name: False)
        assert not served(reach(port))


def test_a_network_is_an_address_or_a_households_prefix() -> None:
    assert network("203.0.113.7") != network("203.0.113.8")
    assert network("2001:db8::1") == network("2001:db8::2") != network("2001:db8:0:1::1")
    assert network("::ffff:203.0.113.7") == network("203.0.113.7")
    assert network(None) == network("nowhere") == b""
    here = [doors.is_here(network(each)) for each in ("127.0.0.9", "::1", "203.0.113.7", None)]
    assert here == [True, True, False, False]


@pytest.mark.parametrize("host", ["203.0.113.7", "no such name", "x" * 300], ids=str.__len__)
def test_where_it_can_not_listen_is_said(host: str) -> None:
    with pytest.raises(CannotListen, match="another address"):
        listen(host, 1)


def test_metrics_are_in_prometheus_format_whatever_a_label_says() -> None:
    said = text(
        [
            single("up", "gauge", "Well.", 1),
            Family("n", "counter", "Count.", [({"why": 'a"b\\c\nd', "of": 2}, 3)]),
        ]
    )
    assert said == (
        "# HELP up Well.\n# TYPE up gauge\nup 1\n"
        '# HELP n Count.\n# TYPE n counter\nn{why="a\\"b\\\\c\\nd",of="2"} 3\n'
    )


def test_a_certificate_with_an_encrypted_key_is_refused_and_no_password_asked(
    certify: Callable[..., Path],
) -> None:
    assert tls_context(certify()).minimum_version == ssl.TLSVersion.TLSv1_2
    with pytest.raises(UsageError, match="not a certificate with its key"):
        tls_context(certify(b"rahasia"))
