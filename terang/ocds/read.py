"""Documents from a file: OCDS releases, records or packages, one a line or one file.

A file of JSON lines is streamed: one line is in memory at a time. A document that cannot be used
is reported with its place and the rest goes on; only a file that cannot be read at all raises.
"""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from terang.errors import TerangError
from terang.i18n import _
from terang.ocds.fields import Json, bid_objects, ident, moment, obj, objects, text

MAX_DOCUMENT_BYTES = 128 * 2**20
"""Largest line, or largest file that is one document."""

MAX_DEPTH = 100
"""Deepest nesting of a document; published releases stay under fifteen."""

_PROBED_LINES = 20


class OcdsFileError(TerangError):
    """A file that cannot be read at all."""


class _Unusable(ValueError):
    """A document that is refused; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its place in the file and its content."""

    line: int
    content: Json


@dataclass(frozen=True, slots=True)
class Fault:
    """A document that cannot be used: its place, its ocid if known, and the reason."""

    line: int
    ocid: str
    reason: str


def read_releases(path: str | Path) -> Iterator[Release | Fault]:
    """Yield every release of a file in order.

    A record gives its compiled release, else its fullest release; so does a package that holds
    several releases of one process. Places are lines of a JSON-lines file and positions within
    a single document, from 1.

    Raises:
        OcdsFileError: the path is missing, not a regular file, not readable, empty, or a single
            document of more than `MAX_DOCUMENT_BYTES`.
    """
    with _open(path) as file:
        if _is_lines(file, path):
            for number, line in _lines(file):
                yield from _document(line, number)
        else:
            data = file.read(MAX_DOCUMENT_BYTES + 1)
            if len(data) > MAX_DOCUMENT_BYTES:
                raise OcdsFileError(
                    _(
                        "{path} is one document of more than {limit} MB; "
                        "write it as JSON lines, one release a line."
                    ).format(path=path, limit=MAX_DOCUMENT_BYTES // 2**20)
                )
            yield from _document(data, None)


def _open(path: str | Path) -> BinaryIO:
    """Open a regular file; never waits for the writer of a named pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OcdsFileError(
            _("Cannot open {path}: {reason}. Check the path and its permissions.").format(
                path=path, reason=reason
            )
        ) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OcdsFileError(
            _("{path} is not a regular file; give a file with OCDS JSON.").format(path=path)
        )
    return os.fdopen(handle, "rb")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield lines that are not blank, with their numbers, cut just past the limit."""
    number = 0
    while line := file.readline(MAX_DOCUMENT_BYTES + 1):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := file.readline(2**20)):
            pass
        if line.strip():
            yield number, line


def _is_lines(file: BinaryIO, path: str | Path) -> bool:
    """Whether the file holds one document a line; leaves it at its start."""
    lines = _lines(file)
    first = next(lines, None)
    if first is None:
        raise OcdsFileError(_("{path} is empty; give a file with OCDS JSON.").format(path=path))
    if _complete(first[1]):
        several = next(lines, None) is not None
        file.seek(0)
        return several
    # A first line that is cut short must not hide the good lines after it.
    several = any(_complete(line) for _number, line in islice(lines, _PROBED_LINES))
    file.seek(0)
    if several and os.fstat(file.fileno()).st_size <= MAX_DOCUMENT_BYTES:
        several = not _complete(file.read())
        file.seek(0)
    return several


def _complete(data: bytes) -> bool:
    """Whether the bytes are an object or array of their own, usable or not."""
    try:
        return isinstance(json.loads(data.decode("utf-8-sig")), dict | list)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False
    except (RecursionError, ValueError):  # too deep, or a number of thousands of digits
        return True


def _document(data: bytes, number: int | None) -> Iterator[Release | Fault]:
    """Yield the releases of one document; `number` is its line, None for the whole file."""
    try:
        found = list(_expand(_parse(data)))
    except _Unusable as error:
        yield Fault(number or 1, "", str(error))
        return
    for position, (content, reason) in enumerate(found, 1):
        place = number or position
        if reason is None and isinstance(content, dict):
            yield Release(place, content)
        else:
            yield Fault(place, text(obj(content).get("ocid")), reason or "")


def _parse(data: bytes) -> object:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise _Unusable(
            _("The line is longer than {limit} MB; split the document.").format(
                limit=MAX_DOCUMENT_BYTES // 2**20
            )
        )
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_no_constant,
            object_pairs_hook=_no_duplicates,
        )
    except UnicodeDecodeError as error:
        raise _Unusable(
            _("The text is not UTF-8 (byte {byte}); convert it.").format(byte=error.start)
        ) from error
    except json.JSONDecodeError as error:
        raise _Unusable(
            _("The text is not JSON ({problem} at character {place}); write it again.").format(
                problem=error.msg, place=error.pos
            )
        ) from error
    except RecursionError:
        raise _Unusable(_too_deep()) from None
    if not _shallow(value):
        raise _Unusable(_too_deep())
    return value


def _too_deep() -> str:
    return _("The document is nested deeper than {limit} levels; flatten it.").format(
        limit=MAX_DEPTH
    )


def _number(token: str) -> int | Decimal | str:
    """A number of the source, exactly; one that no Decimal holds stays text and is judged later."""
    if len(token) < 100 and token.lstrip("-").isdigit():
        return int(token)
    try:
        return Decimal(token)
    except InvalidOperation:
        return token


def _no_constant(token: str) -> object:
    raise _Unusable(_("{token} is not a number in JSON; correct it.").format(token=token))


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    """An object; refused if a key comes twice, since readers differ on which one holds."""
    found: Json = {}
    for key, value in pairs:
        if key in found:
            raise _Unusable(
                _("An object has the key {key!r} twice; keep the right one.").format(
                    key=text(key)[:40]
                )
            )
        found[key] = value
    return found


def _shallow(value: object) -> bool:
    """Whether nesting stays within `MAX_DEPTH`, found without recursion."""
    level = [value]
    for _depth in range(MAX_DEPTH):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return True
    return False


def _expand(value: object) -> Iterator[tuple[object, str | None]]:
    """Yield (release, None) or (something else, reason) for all that a document holds."""
    if isinstance(value, list):
        for member in value:
            if isinstance(member, list):
                yield member, _("An array stands where a release should; flatten it.")
            else:
                yield from _expand(member)
    elif not isinstance(value, dict):
        yield value, _("The document is not an object; give a release, record or package.")
    elif isinstance(value.get("records"), list):
        yield from _expand(value["records"])
    elif isinstance(value.get("compiledRelease"), dict):
        yield value["compiledRelease"], None
    elif isinstance(value.get("releases"), list):
        yield from _fullest(value["releases"])
    else:
        yield value, None


def _fullest(releases: list[object]) -> Iterator[tuple[object, str | None]]:
    """Yield the fullest release of each process: most bids, then awards, then the latest."""
    best: dict[str, Json] = {}
    for release in releases:
        if isinstance(release, dict) and (ocid := ident(release.get("ocid"))):
            kept = best.get(ocid)
            if kept is None or _fullness(release) >= _fullness(kept):
                best[ocid] = release
    for release in releases:
        if not isinstance(release, dict):
            yield release, _("The release is not an object; correct the package.")
        elif best.get(ident(release.get("ocid")), release) is release:
            yield release, None
        else:
            yield release, _("A fuller release of the same process in this package is used.")


def _fullness(release: Json) -> tuple[int, int, float]:
    date = moment(release.get("date"))
    awards = len(objects(release.get("awards")))
    return len(bid_objects(release)), awards, date.timestamp() if date else 0.0
