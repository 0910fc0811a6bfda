"""What services answer alike: each request is bounded, and whatever goes wrong is a sentence."""

import asyncio
import contextvars
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, TypeVar

from aiohttp import web

from terang.errors import TerangError
from terang.i18n import _, speaking
from terang.serving.limits import Limits
from terang.serving.page import HEADERS, spoken

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_T = TypeVar("_T")


class Refused(TerangError):
    """A service does not take what it was brought.

    Attributes:
        status: of HTTP.
        reason: one word, for programs and for counting.
        wait: seconds after which it may be tried again; 0 when that does not help.
    """

    def __init__(self, status: int, reason: str, sentence: str, wait: int = 0) -> None:
        super().__init__(sentence)
        self.status, self.reason, self.wait = status, reason, wait


class Answering(ABC):
    """A service over HTTP. Nothing about who asked is written anywhere.

    Args:
        limits: how often each client may ask.
        seconds: for one request, whatever it waits for.
        tell: is told what should not happen, in one line.

    Attributes:
        refused: how many requests were refused, by reason.
    """

    OFTEN: ClassVar[str]
    """Said to who asks too often, a msgid."""
    LATE: ClassVar[str]
    """Said when a request took too long, a msgid."""
    FAULT: ClassVar[str]
    """Said when the service itself failed, a msgid."""

    def __init__(self, limits: Limits, seconds: float, tell: Callable[[str], None]) -> None:
        self._limits, self._seconds, self._tell = limits, seconds, tell
        self.refused: Counter[str] = Counter()

    @abstractmethod
    def _meaning(self, error: Exception) -> Refused | None:
        """Returns what an error of this service means to who asked; None for an error of none."""

    @web.middleware
    async def _answered(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        with speaking(spoken(request.headers.get("Accept-Language", ""))):
            try:
                async with asyncio.timeout(self._seconds):
                    response = await handler(request)
            except Refused as refusal:
                response = self._refusal(refusal)
            except TimeoutError:  # an OSError too
                response = self._refusal(Refused(408, "timeout", _(self.LATE)))
            except Exception as error:
                response = self._refusal(self._meaning(error) or self._failed(error))
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _refusal(self, refusal: Refused) -> web.Response:
        self.refused[refusal.reason] += 1
        response = web.json_response(
            {"error": str(refusal), "reason": refusal.reason}, status=refusal.status
        )
        if refusal.wait:
            response.headers["Retry-After"] = str(refusal.wait)
        return response

    def _failed(self, error: Exception) -> Refused:
        if isinstance(error, web.HTTPException):
            return Refused(
                error.status, "path", _("There is nothing here. GET / tells what there is.")
            )
        # its kind only: nothing of a request may reach a log
        self._tell(_("A request failed ({kind}). Report this.").format(kind=type(error).__name__))
        return Refused(500, "fault", _(self.FAULT))

    def _admit(self, client: bytes | None) -> None:
        """Counts a request of a client; None for one that has no bound of its own.

        Raises:
            Refused: when it, or all together, asked too often.
        """
        if wait := self._limits.admit(client):
            raise Refused(429, "rate", _(self.OFTEN), int(wait) + 1)

    async def _run(self, pool: ThreadPoolExecutor, work: Callable[..., _T], *given: Any) -> _T:
        """Has a thread do what takes time."""
        context = contextvars.copy_context()  # has the language
        return await asyncio.get_running_loop().run_in_executor(pool, context.run, work, *given)
