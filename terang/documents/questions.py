"""What is asked of a document store over HTTP, read strictly."""

import json
import re
from typing import Final

from aiohttp import web

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.documents.place import MOST
from terang.documents.receipt import Challenge
from terang.i18n import _
from terang.serving.answers import Refused

_HASH: Final = re.compile(r"0x[0-9a-f]{64}")


def digest_asked(request: web.Request) -> bytes:
    """Returns the hash that a path names.

    Raises:
        Refused: when it is none.
    """
    text = request.match_info["hash"]
    if not _HASH.fullmatch(text):
        raise Refused(404, "path", _("There is nothing here. GET / tells what there is."))
    return bytes.fromhex(text[2:])


def declared(request: web.Request) -> int:
    """Returns the size that an upload says it has.

    Raises:
        Refused: when it says none, one that is too large, or that the bytes are no document's.
    """
    if request.headers.get("Content-Encoding") or (
        request.content_type != "application/octet-stream"
    ):
        raise Refused(415, "type", _("Send the bytes as they are, as application/octet-stream."))
    size = request.content_length
    if not size:
        raise Refused(411, "size", _("Say by Content-Length how many bytes come."))
    if size > MOST:
        raise Refused(
            413, "size", _("A document has at most {most} bytes. Leave some out.").format(most=MOST)
        )
    return size


def signed(request: web.Request) -> tuple[str, bytes] | None:
    """Returns account and signature of who brings a document in clear; None when there is none.

    Raises:
        Refused: when they have another form.
    """
    account, signature = (
        request.headers.get(name) for name in ("Terang-Account", "Terang-Signature")
    )
    if account is None and signature is None:
        return None
    try:
        return answers.address(account, "account"), answers.data(signature, "signature", 65)
    except BadAnswer as error:
        raise Refused(
            400, "request", _("Terang-Account and Terang-Signature do not fit. Sign again.")
        ) from error


def challenge_asked(body: bytes) -> Challenge:
    """Reads a challenge.

    Raises:
        Refused: when it has another form.
    """
    try:
        document = json.loads(body)
        nonce, start, length = (document[name] for name in ("nonce", "start", "length"))
        if type(start) is not int or type(length) is not int or len(document) != 3:
            raise ValueError("fields")
        if start < 0 or length < 1 or start + length > MOST:
            raise ValueError("range")
        return Challenge(answers.data(nonce, "nonce", 32), start, length)
    except (LookupError, TypeError, ValueError, BadAnswer, RecursionError) as error:
        raise Refused(
            400,
            "request",
            _(
                "Send a JSON object with nonce (0x and 64 hexadecimal digits), start and length "
                "in bytes, and nothing else."
            ),
        ) from error
