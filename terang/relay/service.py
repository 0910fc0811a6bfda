"""The relay as a service: HTTP in front, the desk behind, a courier that sends.

    POST /seal            takes an envelope, answers with a receipt
    GET  /receipt/HASH    a receipt again, and what became of the envelope; ?tender=N&stage=N
    GET  /                a page for people
    GET  /health          200 when the chain answers and the relay is licensed
    GET  /metrics         counts, in Prometheus's text format

Nothing about who asked is written anywhere: no address, no header, no time of a request.
"""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp import web

from terang.i18n import N_, _
from terang.relay.courier import Courier
from terang.relay.desk import Desk
from terang.relay.page import page
from terang.relay.queue import CANCELLED, FAILED, SEALED, WAITING, Entry, Queue
from terang.serving.answers import Answering, Refused
from terang.serving.limits import Limits
from terang.serving.metrics import TYPE, Family, single, text

MOST_BODY: Final = 16_384
"""Bytes of a request's body; a ballot over 3,000 bids takes half of that."""

_REQUEST: Final = 20.0  # seconds for one request, whatever it waits for
_MOST_WAITING: Final = 32  # requests that wait for the desk
_HASH: Final = re.compile(r"0x[0-9a-f]{64}")
_HEX: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})+")


class Service(Answering):
    """What a relay answers.

    Args:
        desk: takes envelopes in.
        queue: what is promised.
        courier: sends it.
        limits: how much each client may ask.
        account: the relay's.
        tell: is told what should not happen, in one line.
    """

    OFTEN = N_("Too many requests. Wait a little, or use another relay.")
    LATE = N_("That took too long. Repeat, or use another relay.")
    FAULT = N_("This relay has a fault. Use another relay.")

    def __init__(
        self,
        desk: Desk,
        queue: Queue,
        courier: Courier,
        limits: Limits,
        account: str,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(limits, _REQUEST, tell)
        self._desk, self._queue, self._courier = desk, queue, courier
        self._account, self._waiting = account, 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay-desk")

    def application(self) -> web.Application:
        """Returns what aiohttp serves."""
        application = web.Application(middlewares=[self._answered], client_max_size=MOST_BODY)
        application.add_routes(
            [
                web.post("/seal", self._seal),
                web.get("/receipt/{hash}", self._receipt),
                web.get("/health", self._health),
                web.get("/metrics", self._metrics),
                web.get("/", self._page),
            ]
        )
        return application

    def close(self) -> None:
        """Takes nothing in any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    # Answers

    def _meaning(self, error: Exception) -> Refused | None:
        if isinstance(error, web.HTTPRequestEntityTooLarge):
            return Refused(413, "size", _("That is larger than any envelope. Seal it again."))
        return None

    async def _seal(self, request: web.Request) -> web.Response:
        client = self._limits.client(request.remote)
        self._admit(client)
        if request.content_type != "application/json":
            raise Refused(415, "type", _("Send JSON, as application/json."))
        tender, stage, envelope = _read(await request.read())
        if not self._limits.may_bring(client, tender):
            raise Refused(429, "rate", _("Too many envelopes for one tender. Use another relay."))
        entry, new = await self._at_desk(tender, stage, envelope)
        if new:
            self._limits.brought(client, tender)
            self._courier.hurry()
        if entry.status in (FAILED, CANCELLED):
            said = (
                _("The box closed without it. The receipt is the evidence: `relay check` tells.")
                if entry.status == FAILED
                else _("The tender was cancelled, and nothing is owed. Look for a new one.")
            )
            self.refused[entry.status] += 1
            document = entry.public() | {"error": said, "reason": entry.status}
            return web.json_response(document, status=409)
        return web.json_response(entry.public(), status=202 if entry.status == WAITING else 200)

    async def _at_desk(self, tender: int, stage: int | str, envelope: bytes) -> tuple[Entry, bool]:
        if self._waiting >= _MOST_WAITING:
            raise Refused(503, "busy", _("This relay is busy. Try later, or another relay."), 10)
        self._waiting += 1
        try:
            return await self._run(self._thread, self._desk.take, tender, stage, envelope)
        finally:
            self._waiting -= 1

    async def _receipt(self, request: web.Request) -> web.Response:
        name = request.match_info["hash"].lower()
        found = self._queue.of(bytes.fromhex(name[2:])) if _HASH.fullmatch(name) else []
        for which, of in (("tender", _tender), ("stage", _stage)):
            if which in request.query:
                found = [each for each in found if of(each) == request.query[which]]
        if not found:
            raise Refused(
                404, "unknown", _("This relay promised no such envelope. Check its hash.")
            )
        if len(found) > 1:
            raise Refused(
                409,
                "several",
                _("It was brought for several boxes. Add ?tender=NUMBER&stage=NUMBER."),
            )
        return web.json_response(found[0].public())

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=page(self._account), content_type="text/html")

    async def _health(self, _request: web.Request) -> web.Response:
        well = self._courier.well
        document = {
            "well": well,
            "account": self._account,
            "waiting": self._queue.counts()[WAITING],
        }
        return web.json_response(document, status=200 if well else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        counts = self._queue.counts()
        states = {
            "promised": counts.total(),
            "sent": counts[SEALED],
            "failed": counts[FAILED],
            "cancelled": counts[CANCELLED],
            "waiting": counts[WAITING],
        }
        families = (
            single("terang_relay_up", "gauge", "1 while it can send.", int(self._courier.well)),
            Family(
                "terang_relay_envelopes",
                "gauge",
                "Envelopes by what became of them.",
                [({"state": state}, count) for state, count in states.items()],
            ),
            Family(
                "terang_relay_refused_total",
                "counter",
                "Refused requests since the start, by reason.",
                [({"reason": each}, count) for each, count in sorted(self.refused.items())],
            ),
        )
        return web.Response(text=text(families), headers={"Content-Type": TYPE})


def _read(body: bytes) -> tuple[int, int | str, bytes]:
    """Reads a request.

    Raises:
        Refused: when it is none.
    """
    try:
        document: Any = json.loads(body, object_pairs_hook=_once)
        tender, stage, envelope = (document[name] for name in ("tender", "stage", "envelope"))
        number = type(tender) is int and 0 < tender < 1 << 32
        if not number or type(stage) not in (int, str) or len(document) != 3:
            raise ValueError("fields")
        if not isinstance(envelope, str) or not _HEX.fullmatch(envelope):
            raise ValueError("envelope")
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise Refused(
            400,
            "request",
            _(
                "Send a JSON object with tender, stage (a number, bids or ballots) and envelope "
                "(0x and hexadecimal digits), and nothing else."
            ),
        ) from error
    return tender, stage, bytes.fromhex(envelope[2:])


def _tender(entry: Entry) -> str:
    return str(entry.promise.box.tender_id)


def _stage(entry: Entry) -> str:
    return str(entry.promise.box.stage)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _value in pairs}) != len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)
