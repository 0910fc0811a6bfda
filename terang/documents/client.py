"""A document store as its clients see it: over HTTP, and hostile until shown otherwise."""

import json
import secrets
import tempfile
import time
from collections.abc import Callable, Generator
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

import requests
import urllib3

from terang.documents.place import CHUNK, MOST, Place
from terang.documents.receipt import KEEP, SHOW, Challenge, Permit, ReceiptError, Statement
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import address, plain
from terang.sealing.documents import StoreError
from terang.serving.asking import Begun, Late, NoProxy, asking, is_safe

_WHOLE: Final = 600.0  # seconds for a document, either way
_ANSWER: Final = 60.0  # seconds for anything else; a challenge over 64 MiB takes under one
_SILENCE: Final = 15.0  # seconds without a byte
_MOST_ANSWER: Final = 65_536
_LATE: Final = (Late, TimeoutError, requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)

Tell = Callable[[str], None]
"""Is told each step, in one line."""


class Remote(Place):
    """A document store that answers over HTTP.

    Args:
        url: its address: https://, or http:// on this machine and below .onion.
        permit: signs for documents in clear; None brings them as ciphertext.

    Raises:
        UsageError: when the address is none that a store may have.
    """

    def __init__(self, url: str, permit: Permit | None = None) -> None:
        self.name, self.url = address(url), url.rstrip("/")
        self._permit, self._late = permit, False
        if not is_safe(url):
            raise UsageError(
                _(
                    "{url} is not the address of a document store. Give a folder, s3://BUCKET/"
                    "PREFIX, or an address like https://store.example; http is for this machine "
                    "and .onion only."
                ).format(url=self.name)
            )
        parts = urlsplit(self.url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        self.where = f"{parts.scheme}://{parts.hostname}:{port}{parts.path}"

    def keep(self, file: BinaryIO, digest: bytes, size: int) -> Statement:
        """Brings a document; returns what the store signed, and who signed is not checked yet.

        Raises:
            ReceiptError: when it signed nothing, or something else.
        """
        headers = {"Content-Type": "application/octet-stream"}
        if self._permit:
            account, signature = self._permit(digest, size)
            headers |= {"Terang-Account": account, "Terang-Signature": "0x" + signature.hex()}
        file.seek(0)
        answer = self._asked("PUT", self._path(digest), _WHOLE, data=file, headers=headers)
        if not isinstance(answer, dict):
            raise ReceiptError(_("its answer has no receipt"))
        found = Statement.read(answer.get("receipt"), KEEP)
        if (found.document_hash, found.message["size"]) != (digest, size):
            raise ReceiptError(_("its receipt is for another document"))
        return found

    def chunks(self, digest: bytes) -> Generator[bytes, None, None]:
        """Fetches whole before it gives the first piece: a slow store does not hold who reads."""
        with tempfile.TemporaryFile() as file:
            status = self._exchange("GET", self._path(digest), _WHOLE, file, MOST)
            if status != 200:
                raise self._refused(status, file, digest)
            file.seek(0)
            while chunk := file.read(CHUNK):
                yield chunk

    def challenge(self, digest: bytes, asked: Challenge) -> Statement:
        """Has the store show that it has a document; the answer is to be compared.

        Raises:
            DocumentsMissing: when it says that it has it not.
            ReceiptError: when it signed nothing, or something else than what was asked.
            StoreError: when it does not answer.
        """
        question = {
            "nonce": "0x" + asked.nonce.hex(),
            "start": asked.start,
            "length": asked.length,
        }
        answer = self._asked(
            "POST", self._path(digest) + "/challenge", _ANSWER, json=question, missing=digest
        )
        if not isinstance(answer, dict):
            raise ReceiptError(_("its answer has no receipt"))
        found = Statement.read(answer.get("answer"), SHOW)
        message = found.message
        given = Challenge(message["nonce"], message["start"], message["length"])
        if found.document_hash != digest or given != asked:
            raise ReceiptError(_("it answers another question"))
        return found

    def _path(self, digest: bytes) -> str:
        return f"{self.url}/documents/0x{digest.hex()}"

    def _asked(
        self, method: str, url: str, seconds: float, missing: bytes | None = None, **sent: Any
    ) -> Any:
        """Sends, and returns the JSON of the answer."""
        with tempfile.TemporaryFile() as file:
            status = self._exchange(method, url, seconds, file, _MOST_ANSWER, **sent)
            if status not in (200, 201):
                raise self._refused(status, file, missing)
            file.seek(0)
            try:
                return json.loads(file.read())
            except (ValueError, RecursionError) as error:
                raise ReceiptError(_("its answer has no receipt")) from error

    def _refused(self, status: int, file: BinaryIO, asked: bytes | None) -> StoreError:
        """Returns what an answer means; only a store, and no other server, says "unknown"."""
        file.seek(0)
        try:
            answer = json.loads(file.read(_MOST_ANSWER))
            said, reason = answer["error"], answer["reason"]
        except (ValueError, LookupError, TypeError, RecursionError):
            said = reason = ""
        if status == 404 and asked and reason == "unknown":
            return self.missing(asked)
        return self.failure(
            OSError(
                None,
                _("it answers {status}: {said}").format(
                    status=status, said=plain(str(said).rstrip("."), 200)
                ),
            )
        )

    def _exchange(
        self, method: str, url: str, seconds: float, into: BinaryIO, most: int, **sent: Any
    ) -> int:
        """Sends one request and puts the body of the answer into a file; returns the status.

        A store that once was late is not asked again: it would be waited for at each document.

        Raises:
            StoreError: when there is no answer in time, or one without an end.
        """
        if self._late:
            raise self.failure(OSError(None, _("it did not answer in time before")))
        begun = Begun(
            lambda: _exchange(method, url, time.monotonic() + seconds, into, most, sent),
            "store-client",
        )
        try:
            return begun.until(time.monotonic() + seconds)
        except _LATE as error:
            self._late = True
            raise self.failure(OSError(None, _("it does not answer in time"))) from error
        except NoProxy as error:
            raise self.failure(OSError(None, str(error))) from error
        except _Endless as error:
            raise self.failure(OSError(None, _("its answer has no end"))) from error
        except requests.exceptions.SSLError as error:
            raise self.failure(OSError(None, _("its certificate is not to be trusted"))) from error
        except Exception as error:  # whatever a hostile answer leads to
            raise self.failure(OSError(None, _("it does not answer"))) from error


class _Endless(Exception):
    """An answer longer than any may be."""


def _exchange(
    method: str, url: str, deadline: float, into: BinaryIO, most: int, sent: dict[str, Any]
) -> int:
    environment = urlsplit(url).scheme == "https"  # http is for this machine, and .onion
    with (
        asking(url, environment=environment) as session,
        session.request(
            method, url, timeout=_SILENCE, allow_redirects=False, stream=True, **sent
        ) as response,
    ):
        room = most
        # as they came: what is compressed is not unpacked, and is then of another hash
        while part := response.raw.read1(CHUNK, decode_content=False):
            if (room := room - len(part)) < 0:
                raise _Endless
            if time.monotonic() > deadline:
                raise TimeoutError
            into.write(part)
    length = response.headers.get("Content-Length", "")
    if method == "GET" and length.isdecimal() and int(length) != most - room:
        raise OSError("cut off")
    return response.status_code


def random_challenge(size: int, most: int | None = None) -> Challenge:
    """Returns a question that nobody can foresee.

    Args:
        size: of the document, in bytes.
        most: bytes of the range, which then lies anywhere; None for the whole document.
    """
    length = min(size, most or size)
    return Challenge(secrets.token_bytes(32), secrets.randbelow(size - length + 1), length)
