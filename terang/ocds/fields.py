"""Defensive access to documents whose every field may be missing or of the wrong type."""

import hashlib
import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

CHAIN_TEXT_BYTES = 128
"""Longest identifier that goes on chain as text, in bytes of UTF-8."""

_DISPLAY_CHARS = 500
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_EMAIL = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]")
# A plus sign, brackets or blanks tell a telephone number from the digits and hyphens that
# ordinary identifiers (UA-2016-06-02-000468-c) are made of.
_PHONE = re.compile(r"(?<!\w)\+\d[\d ().-]{5,}\d|\btel:|^(?=[^()\s]*[()\s])[\d ().-]{7,}$", re.I)


def obj(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[tuple[int, Json]]:
    """The objects of a list with their positions; a lone object counts as a list of one."""
    members = value if isinstance(value, list) else [value]
    return [(i, member) for i, member in enumerate(members) if isinstance(member, dict)]


def bid_objects(release: Json) -> list[tuple[str, Json]]:
    """Every bid of a release with its path: of `bids`, else of `tender.bids`."""
    for path, value in (
        ("bids", release.get("bids")),
        ("tender.bids", obj(release.get("tender")).get("bids")),
    ):
        if isinstance(value, dict):
            path, value = f"{path}.details", value.get("details")
        if found := [(f"{path}[{i}]", bid) for i, bid in objects(value)]:
            return found
    return []


def ident(value: object) -> str:
    """An identifier or code as published; numbers are taken as text, anything else as "".

    Lone surrogates, which cannot be printed or stored, become U+FFFD.
    """
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value).strip()
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return ""


def text(value: object) -> str:
    """Text for people: one line, no control or direction characters, at most 500 characters."""
    kept = []
    for char in ident(value)[:_DISPLAY_CHARS]:
        category = unicodedata.category(char)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category != "Cf" or char in "\u200c\u200d":  # joiners carry meaning in many scripts
            kept.append(char)
    return " ".join("".join(kept).split())


def name_key(value: object) -> str:
    """A name for comparison: NFKC, case folded, single blanks."""
    folded = unicodedata.normalize("NFKC", text(value)).casefold()
    return " ".join(folded.split())


def moment(value: object) -> datetime | None:
    """A published date as an aware time, for ordering only; a date without a zone is UTC."""
    if not isinstance(value, str) or not 8 <= len(value) <= 40 or not value.isascii():
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def chain_text(raw: str, withheld: str) -> tuple[str, str | None]:
    """An identifier in the form in which it may go on chain.

    Args:
        raw: The identifier as published.
        withheld: What stands for it if it holds personal data. A hash would not do: telephone
            numbers and addresses are few enough to be guessed from one.

    Returns:
        The text, at most 128 bytes of UTF-8, and why it differs from `raw` (None if it does not).
        An identifier that is too long or not clean becomes "sha256:" and its digest in hex.
    """
    if _EMAIL.search(raw[:10_000]) or _PHONE.search(raw[:10_000]):
        return withheld, "personal"
    data = raw.encode("utf-8", "backslashreplace")
    if len(data) <= CHAIN_TEXT_BYTES and not any(
        char == "\ufffd" or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for char in raw
    ):
        return raw, None
    return "sha256:" + hashlib.sha256(data).hexdigest(), "unclean"


def lot_refs(value: Json) -> tuple[str, ...]:
    """The lots an object refers to by `relatedLot`, `relatedLots`, `lotId` or `lotID`."""
    found: dict[str, None] = {}
    for member in ("relatedLot", "relatedLots", "lotId", "lotID"):
        refs = value.get(member)
        for ref in refs if isinstance(refs, list) else [refs]:
            inner = obj(ref)
            lot = ident(inner.get("id") or inner.get("lotId") if inner else ref)
            if lot:
                found[lot] = None
    return tuple(found)


def repeated_ids(members: list[tuple[int, Json]]) -> int:
    """How many ids more than one member carries."""
    keys = Counter(ident(member.get("id")) for _i, member in members)
    return sum(count > 1 for key, count in keys.items() if key)
