"""The document store as a service: HTTP in front, a folder or S3 behind.

    PUT  /documents/HASH             takes the bytes of that hash, answers with a signed receipt
    GET  /documents/HASH             gives them back; HEAD tells whether they are there
    POST /documents/HASH/challenge   answers keccak256(nonce ‖ range of the bytes), signed
    GET  /                           a page for people
    GET  /health                     200 while documents are taken
    GET  /metrics                    counts, in Prometheus's text format

Nothing about who asked is written anywhere: no address, no header, no time of a request.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from aiohttp import ClientError, web

from terang.documents.intake import Census, Quota
from terang.documents.notary import Notary
from terang.documents.page import page
from terang.documents.place import CHUNK, MOST, Local, hasher
from terang.documents.questions import challenge_asked, declared, digest_asked, signed
from terang.documents.receipt import Challenge
from terang.i18n import N_, _
from terang.sealing.documents import DocumentsChanged, DocumentsMissing, StoreError
from terang.serving.answers import Answering, Refused
from terang.serving.doors import is_here, network
from terang.serving.limits import Limits
from terang.serving.metrics import TYPE, Family, single, text
from terang.serving.page import HEADERS

_REQUEST: Final = 600.0  # seconds for one request; 64 MiB at 1 Mbit/s take nearly as long
_SILENCE: Final = 15.0  # seconds without a byte of an upload, or without one taken of a download
_MOST_BODY: Final = 4_096  # bytes of anything but a document
_SLOWEST: Final = 16_384  # bytes a second of an upload, once `_SILENCE` is over
_MOST_UPLOADS: Final = 16  # at once; each has up to `MOST` bytes on disk
_MOST_OF_CLIENT: Final = 4  # of these
_WORKERS: Final = 4  # threads that read, write and hash
_MOST_CHALLENGES: Final = 8  # that one thread hashes for, or that wait: each takes up to a second
_CHALLENGES_OF_CLIENT: Final = 2  # of these

_T = TypeVar("_T")


@dataclass
class _Upload:
    """A document on its way in: who brings it, what it is said to be, and how much has come."""

    client: bytes | None
    digest: bytes
    size: int
    clear: bool
    got: int = 0


class Service(Answering):
    """What a store answers.

    Args:
        place: keeps the documents.
        notary: signs for it.
        limits: how often each client may ask.
        quota: how much is taken.
        spool: folder for what is on its way in; None for the system's.
        tell: is told what should not happen, in one line.
    """

    OFTEN = N_("Too many requests. Wait a little, or use another store.")
    LATE = N_("That took too long. Repeat, or use another store.")
    FAULT = N_("This store has a fault. Use another store.")

    def __init__(
        self,
        place: Local,
        notary: Notary,
        limits: Limits,
        quota: Quota,
        spool: Path | None,
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(limits, _REQUEST, tell)
        self._place, self._notary, self._quota, self._spool = place, notary, quota, spool
        self._counts: Counter[str] = Counter()
        self._uploads, self._well = Counter[bytes | None](), True
        self._disk = ThreadPoolExecutor(_WORKERS, thread_name_prefix="store-disk")
        self._chain = ThreadPoolExecutor(1, thread_name_prefix="store-chain")
        # apart: a few challenges would else keep uploads waiting
        self._hashing = ThreadPoolExecutor(1, thread_name_prefix="store-challenge")
        self._challenges = Counter[bytes | None]()

    def application(self) -> web.Application:
        """Returns what aiohttp serves."""
        application = web.Application(middlewares=[self._answered], client_max_size=_MOST_BODY)
        application.add_routes(
            [
                web.put("/documents/{hash}", self._put),
                web.get("/documents/{hash}", self._get),
                web.post("/documents/{hash}/challenge", self._challenge),
                web.get("/health", self._health),
                web.get("/metrics", self._metrics),
                web.get("/", self._page),
            ]
        )
        return application

    def close(self) -> None:
        """Takes nothing in any more; what is being written is ended, or thrown away, first."""
        for pool in (self._disk, self._hashing, self._chain):
            pool.shutdown(cancel_futures=True)

    def _meaning(self, error: Exception) -> Refused | None:
        if isinstance(error, DocumentsMissing):
            return Refused(404, "unknown", _("This store has no such document. Check its hash."))
        if isinstance(error, DocumentsChanged):
            self._tell(_("{error} `documents repair` does it.").format(error=error))
            return Refused(500, "changed", _("This store's copy was altered. Use another store."))
        if isinstance(error, StoreError):
            self._well = False
            self._tell(
                _("The store's disk does not serve ({kind}). Free space on it.").format(
                    kind=type(error).__name__
                )
            )
            return Refused(507, "disk", _("This store can keep nothing now. Use another store."))
        if isinstance(error, (OSError, ClientError, web.RequestPayloadError)):
            return _cut_off()  # who asked has gone
        return None

    # Taking in

    async def _put(self, request: web.Request) -> web.Response:
        client, digest = self._admitted(request), digest_asked(request)
        size, by = declared(request), signed(request)
        upload = _Upload(client, digest, size, by is not None)
        self._check_room(client, size)
        with _one_of(self._uploads, client, _MOST_OF_CLIENT, _MOST_UPLOADS):
            await self._run(self._chain, self._notary.admit, digest, size, by)
            await self._take(request, upload)
        self._well = True
        self._counts["kept"] += 1
        # only now: what is signed is on disk
        receipt = await self._run(self._chain, self._notary.keep, digest, size)
        return web.json_response({"receipt": receipt.document()}, status=201)

    async def _take(self, request: web.Request, upload: "_Upload") -> None:
        digest, added = upload.digest, False
        try:
            with self._spooled() as file:
                await self._receive(request, file, upload)
                added = not await self._on_disk(_has, self._place, digest)
                await self._on_disk(self._place.keep, file, digest, upload.size)
        except BaseException:
            added = False
            raise
        finally:
            if not added:
                self._quota.give_back(upload.got)

    @contextmanager
    def _spooled(self) -> Iterator[BinaryIO]:
        """A file for what comes, which is gone after the block."""
        try:
            file = tempfile.TemporaryFile(dir=self._spool)  # noqa: SIM115 - closed below
        except OSError as error:
            raise self._place.failure(error) from error
        try:
            yield file
        finally:
            try:
                file.close()  # writes what it has left, or fails again
            except OSError as error:
                raise self._place.failure(error) from error

    def _check_room(self, client: bytes | None, size: int) -> None:
        if not self._quota.allows(client, size):
            raise Refused(429, "quota", _("That is enough for one day. Use another store."), 3_600)
        if not self._quota.fits(size):
            raise Refused(507, "full", _("This store is full. Use another store."))

    async def _receive(self, request: web.Request, file: BinaryIO, upload: "_Upload") -> None:
        """Writes an upload to a file, and checks it on the way.

        Raises:
            Refused: when it is something else than was said.
        """
        hashed, census = hasher(), Census()
        clock, waited = asyncio.get_running_loop().time, 0.0

        def take(chunk: bytes) -> None:
            hashed.update(chunk)
            census.add(chunk)
            file.write(chunk)

        while True:
            asked = clock()
            try:
                async with asyncio.timeout(_SILENCE):
                    chunk = await request.content.read(CHUNK)
            except TimeoutError:
                raise
            except Exception:  # who brought it has gone
                break
            if not chunk:
                break
            # others may have brought as much meanwhile
            self._check_room(upload.client, len(chunk))
            self._quota.take(upload.client, len(chunk))
            upload.got += len(chunk)
            waited += clock() - asked  # for the client: a slow disk is not its doing
            late = waited - _SILENCE
            if late > 0 and upload.got < late * _SLOWEST:
                raise TimeoutError  # or a few slow ones would keep all others out
            await self._on_disk(take, chunk)
        if upload.got != upload.size:
            raise _cut_off()
        if hashed.digest() != upload.digest:
            raise Refused(422, "hash", _("These bytes have another hash. Bring them again."))
        if not upload.clear and not census.random:
            raise Refused(
                422,
                "clear",
                _(
                    "This is not encrypted: anybody could read it. Bring what `bid prepare` "
                    "encrypted, or sign for a document in clear."
                ),
            )

    # Giving out

    async def _get(self, request: web.Request) -> web.StreamResponse:
        self._admitted(request)
        digest = digest_asked(request)
        size = await self._on_disk(_size, self._place, digest)
        response = web.StreamResponse(
            headers=HEADERS
            | {
                "Content-Type": "application/octet-stream",
                "Content-Disposition": "attachment",
                "Content-Length": str(size),
            }
        )
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        chunks, left = self._place.chunks(digest), size
        try:
            while left and (chunk := await self._on_disk(next, chunks, b"")):
                async with asyncio.timeout(_SILENCE):
                    await response.write(chunk[:left])
                left -= len(chunk[:left])
        except Exception:  # the answer has begun: it can only be cut off, which the client sees
            left = -1
        finally:
            with suppress(ValueError):  # a thread is reading still, and will end it
                chunks.close()
        if left and request.transport is not None:
            request.transport.abort()
        self._counts["given"] += not left
        return response

    async def _challenge(self, request: web.Request) -> web.Response:
        client = self._admitted(request)
        digest, asked = digest_asked(request), challenge_asked(await request.read())
        with _one_of(self._challenges, client, _CHALLENGES_OF_CLIENT, _MOST_CHALLENGES):
            answer = await self._run(self._hashing, _answer, self._place, digest, asked)
        if answer is None:
            raise Refused(416, "range", _("The document has no such range. Ask for another."))
        self._counts["shown"] += 1
        shown = await self._run(self._chain, self._notary.show, digest, asked, answer)
        return web.json_response({"answer": shown.document()})

    async def _page(self, _request: web.Request) -> web.Response:
        return web.Response(text=page(self._notary.account), content_type="text/html")

    async def _health(self, _request: web.Request) -> web.Response:
        well = self._well and not self._quota.full
        document = {"well": well, "account": self._notary.account, "mostBytes": MOST}
        return web.json_response(document, status=200 if well else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        up = self._well and not self._quota.full
        sizes = (("held", self._quota.held), ("room", self._quota.room.together))
        families = [
            single("terang_store_up", "gauge", "Whether documents are taken.", int(up)),
            Family(
                "terang_store_bytes",
                "gauge",
                "Bytes that the store has, and has room for, in whole MiB.",
                # exactly, they would tell anybody the size of each upload
                [({"what": what}, size >> 20 << 20) for what, size in sizes],
            ),
            Family(
                "terang_store_documents_total",
                "counter",
                "Documents given out, kept and shown.",
                [({"what": what}, self._counts[what]) for what in ("given", "kept", "shown")],
            ),
            Family(
                "terang_store_refused_total",
                "counter",
                "Requests that were refused.",
                [({"reason": reason}, count) for reason, count in sorted(self.refused.items())],
            ),
        ]
        return web.Response(body=text(families).encode(), headers={"Content-Type": TYPE})

    def _admitted(self, request: web.Request) -> bytes | None:
        """Counts a request, and returns whose it is; None on this machine.

        A proxy or an onion service on this machine brings everybody's: one could use up what all
        may ask.
        """
        here = is_here(network(request.remote))
        client = None if here else self._limits.client(request.remote)
        self._admit(client)
        return client

    async def _on_disk(self, work: Callable[..., _T], *given: Any) -> _T:
        """Has a thread do what the place takes time for.

        Raises:
            StoreError: also where the disk raises an OSError: a client's connection does that too.
        """
        try:
            return await self._run(self._disk, work, *given)
        except StoreError:
            raise
        except OSError as error:
            raise self._place.failure(error) from error


@contextmanager
def _one_of(
    now: Counter[bytes | None], client: bytes | None, each: int, together: int
) -> Iterator[None]:
    """Counts what a client has going on in the block; one of this machine has no bound of its own.

    Raises:
        Refused: when it has too much, or all have.
    """
    if now.total() >= together or (client is not None and now[client] >= each):
        raise Refused(503, "busy", _("This store is busy. Try later, or another store."), 10)
    now[client] += 1
    try:
        yield
    finally:
        now[client] -= 1
        if not now[client]:
            del now[client]


def _cut_off() -> Refused:
    return Refused(400, "size", _("That was cut off. Bring it again."))


def _size(place: Local, digest: bytes) -> int:
    return place.size(digest)


def _has(place: Local, digest: bytes) -> bool:
    try:
        return bool(place.size(digest))
    except DocumentsMissing:
        return False


def _answer(place: Local, digest: bytes, asked: Challenge) -> bytes | None:
    """Hashes a range of what is there, once the whole was found to be what it is named by.

    Returns:
        None when there is no such range.
    """
    whole, part, at, end = hasher(), hasher(), 0, asked.start + asked.length
    part.update(asked.nonce)
    for chunk in place.chunks(digest):
        whole.update(chunk)
        part.update(chunk[max(0, asked.start - at) : max(0, end - at)])
        at += len(chunk)
    if whole.digest() != digest:
        raise place.changed(digest)
    return part.digest() if end <= at else None
