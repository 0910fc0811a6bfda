"""Where a running opener answers: two pages over HTTP, read only."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, Final

from aiohttp import web

from terang.opener.report import Report
from terang.serving.doors import Bounds, address_of, listen, serve
from terang.serving.metrics import TYPE

_BOUNDS: Final = Bounds(most=64, each=8, seconds=10.0)


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
        CannotListen: when it cannot listen there.
    """
    listening = listen(host, port)
    url, ready, ends = address_of(listening), Event(), list[Callable[[], Any]]()

    async def answer() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        ready.set()
        await serve(_application(report), listening, stop, bounds=_BOUNDS)

    thread = Thread(target=lambda: asyncio.run(answer()), name="opener-board", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield url
    finally:
        ends[0]()
        thread.join()


def _application(report: Callable[[], Report]) -> web.Application:
    async def health(_request: web.Request) -> web.Response:
        now = report()
        return web.json_response(now.health(), status=200 if now.well else 503)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(text=report().metrics(), headers={"Content-Type": TYPE})

    application = web.Application(client_max_size=1_024)
    application.add_routes([web.get("/health", health), web.get("/metrics", metrics)])
    return application
