"""Listening at an address, and holding so many connections for so long, with TLS or without.

A connection counts from when it is accepted: one that never ends its TLS handshake is one, too.
"""

import asyncio
import ipaddress
import logging
import signal
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from terang.errors import TerangError, UsageError
from terang.i18n import _

_NETWORK: Final = 64  # bits of an IPv6 address that tell households apart
_HANDSHAKE: Final = 10.0  # seconds
_BREATH: Final = 0.1  # seconds until the next try when nothing can be accepted


class CannotListen(TerangError):
    """The address at which a service is to answer cannot be used."""


@dataclass(frozen=True)
class Bounds:
    """How many connections a service holds, and for how long.

    Attributes:
        most: connections at once.
        each: connections at once of one IPv4 address or IPv6 /64. This machine has no such bound:
            a proxy on it brings everybody's.
        seconds: that a connection lasts at most, however it is used.
    """

    most: int = 256
    each: int = 32
    seconds: float = 60.0


@dataclass(frozen=True)
class _Held:
    """A connection: its network, its socket, and once the handshake is done what speaks HTTP."""

    network: bytes
    accepted: socket.socket
    opening: "asyncio.Task[tuple[asyncio.Transport, asyncio.Protocol]]"

    @property
    def is_open(self) -> bool:
        """Whether it takes up room: asyncio closes the socket when all of it has ended."""
        return self.accepted.fileno() != -1

    def cut(self) -> None:
        """Ends it at once: who reads slowly is not waited for."""
        if not self.opening.done():
            with suppress(OSError):  # the handshake meets an end, and asyncio clears up
                self.accepted.shutdown(socket.SHUT_RDWR)
        elif self.opening.exception() is None:
            with suppress(AttributeError):  # Python 3.11.2's, of a TLS connection that is closed
                self.opening.result()[0].abort()


def network(address: str | None) -> bytes:
    """Returns what the connections of one household have in common; empty for no address."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return b""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped.packed
    return parsed.packed[: _NETWORK // 8]  # an IPv4 address is shorter, and whole


def listen(host: str, port: int) -> socket.socket:
    """Returns a socket that listens.

    Args:
        host: an address or name of this machine.
        port: TCP port; 0 for any free one.

    Raises:
        CannotListen: when the address cannot be used.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, OverflowError, UnicodeError) as error:
        raise CannotListen(
            _("Cannot listen at {host}:{port} ({reason}). Give another address by --listen.")
            .format(host=host, port=port, reason=getattr(error, "strerror", None) or error)
        ) from error  # fmt: skip


def address_of(listening: socket.socket, *, tls: bool = False) -> str:
    """Returns the address of what answers at a socket, as browsers take it."""
    host, port = listening.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def tls_context(file: Path) -> ssl.SSLContext:
    """Returns what serves TLS by a PEM file with a certificate and its key.

    Raises:
        UsageError: when it has not both, or the key is encrypted.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(file, password="")  # never asked for on a terminal
    except OSError as error:  # also what OpenSSL says
        raise UsageError(
            _(
                "{path} is not a certificate with its key ({reason}). "
                "Name a PEM file that has both."
            ).format(path=file, reason=error.strerror or error)
        ) from error
    return context


async def attend(
    application: web.Application,
    listening: socket.socket,
    ready: Callable[[str], None],
    tls: ssl.SSLContext | None = None,
    bounds: Bounds | None = None,
) -> None:
    """Answers on a socket until SIGINT or SIGTERM; see `serve`.

    Args:
        application: what answers.
        listening: as `listen` returns it.
        ready: is told the address once it answers.
        tls: with certificate and key; None for plain HTTP.
        bounds: of the connections; the usual ones without it.
    """
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ready(address_of(listening, tls=tls is not None))
    await serve(application, listening, stop, tls, bounds)


async def serve(
    application: web.Application,
    listening: socket.socket,
    stop: asyncio.Event,
    tls: ssl.SSLContext | None = None,
    bounds: Bounds | None = None,
) -> None:
    """Answers on a socket until told to stop. Nothing about who asks reaches a log.

    Args:
        application: what answers.
        listening: as `listen` returns it; it is closed at the end.
        stop: set to end.
        tls: with certificate and key; None for plain HTTP.
        bounds: of the connections; the usual ones without it.
    """
    runner = web.AppRunner(
        application,
        access_log=None,
        logger=_silent(),
        handle_signals=False,
        keepalive_timeout=15.0,
        shutdown_timeout=5.0,
    )
    await runner.setup()
    http = runner.server
    assert http is not None  # noqa: S101 - it is there after `setup`
    doors = _Doors(http, tls, bounds or Bounds())
    taking = asyncio.create_task(doors.take(listening))
    try:
        await stop.wait()
    finally:
        taking.cancel()
        with suppress(asyncio.CancelledError):
            await taking
        listening.close()
        await runner.cleanup()
        await doors.close()


class _Doors:
    def __init__(self, http: web.Server, tls: ssl.SSLContext | None, bounds: Bounds) -> None:
        self._http, self._tls, self._bounds = http, tls, bounds
        self._held: list[_Held] = []

    async def take(self, listening: socket.socket) -> None:
        """Accepts connections until it is cancelled."""
        loop = asyncio.get_running_loop()
        listening.setblocking(False)
        while True:
            try:
                accepted, address = await loop.sock_accept(listening)
            except OSError:  # it was gone before, or this process has no more files
                await asyncio.sleep(_BREATH)
                continue
            name = network(address[0])
            if not self._has_room(name):
                accepted.close()
                continue
            opening = asyncio.create_task(self._open(accepted))
            opening.add_done_callback(_seen)
            held = _Held(name, accepted, opening)
            self._held.append(held)
            loop.call_later(self._bounds.seconds, held.cut)

    async def close(self) -> None:
        """Ends what is left."""
        for each in self._held:
            each.cut()
        await asyncio.gather(*(each.opening for each in self._held), return_exceptions=True)
        await asyncio.sleep(0)  # what is aborted ends with the loop's next turn

    def _has_room(self, name: bytes) -> bool:
        self._held = [each for each in self._held if each.is_open]
        own = sum(each.network == name for each in self._held)
        return len(self._held) < self._bounds.most and (is_here(name) or own < self._bounds.each)

    async def _open(self, accepted: socket.socket) -> tuple[asyncio.Transport, asyncio.Protocol]:
        return await asyncio.get_running_loop().connect_accepted_socket(
            self._http,
            accepted,
            ssl=self._tls,
            ssl_handshake_timeout=_HANDSHAKE if self._tls else None,
        )


def is_here(name: bytes) -> bool:
    """Tells whether a network, as `network` names it, is this machine."""
    return name[:1] == b"\x7f" if len(name) == 4 else name == bytes(_NETWORK // 8)


def _seen(opening: "asyncio.Task[tuple[asyncio.Transport, asyncio.Protocol]]") -> None:
    """Takes note of a handshake that failed: nobody is told, since it would tell who asked."""
    if not opening.cancelled():
        opening.exception()


def _silent() -> logging.Logger:
    """A logger that drops everything: aiohttp's tell who asked."""
    logger = logging.Logger("terang-serving")
    logger.addHandler(logging.NullHandler())
    return logger
