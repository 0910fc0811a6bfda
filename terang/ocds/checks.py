"""Oddities of a published process that stop nothing: they become its warnings."""

from collections.abc import Iterator

from terang.i18n import _
from terang.ocds.fields import Json, bid_objects, ident, moment, obj, objects, repeated_ids, text

_PERIODS = ("tenderPeriod", "enquiryPeriod", "awardPeriod", "contractPeriod")
_LISTS = ("parties", "awards", "contracts")


def warnings(release: Json) -> tuple[str, ...]:
    """One sentence for each reversed period, missing currency, duplicate id and wrong type."""
    return tuple(
        dict.fromkeys(
            [
                *_wrong_types(release),
                *_no_ocid(release),
                *_reversed(release),
                *_without_currency(release),
                *_duplicates(release),
            ]
        )
    )


def dates(release: Json) -> dict[str, str]:
    """Published dates by path, as published, at most 64 characters each."""
    tender = obj(release.get("tender"))
    found = {"date": release.get("date"), "tender.datePublished": tender.get("datePublished")}
    for name in _PERIODS:
        for end in ("startDate", "endDate"):
            found[f"tender.{name}.{end}"] = obj(tender.get(name)).get(end)
    for kind, member in (("awards", "date"), ("contracts", "dateSigned")):
        for i, entry in objects(release.get(kind)):
            found[f"{kind}[{i}].{member}"] = entry.get(member)
    return {path: text(value)[:64] for path, value in found.items() if text(value)}


def _wrong_types(release: Json) -> Iterator[str]:
    for member in _LISTS:
        if release.get(member) is not None and not isinstance(release[member], list):
            yield _("{field} is not a list.").format(field=member)
    for member in ("tender", "buyer"):
        if release.get(member) is not None and not isinstance(release[member], dict):
            yield _("{field} is not an object.").format(field=member)


def _no_ocid(release: Json) -> Iterator[str]:
    if not ident(release.get("ocid")):
        yield _("The process has no ocid.")


def _periods(release: Json) -> Iterator[tuple[str, Json]]:
    tender = obj(release.get("tender"))
    for name in _PERIODS:
        yield f"tender.{name}", obj(tender.get(name))
    for kind, name in (("awards", "contractPeriod"), ("contracts", "period")):
        for i, entry in objects(release.get(kind)):
            yield f"{kind}[{i}].{name}", obj(entry.get(name))


def _reversed(release: Json) -> Iterator[str]:
    for path, period in _periods(release):
        start, end = moment(period.get("startDate")), moment(period.get("endDate"))
        if start and end and end < start:
            yield _("{field} ends before it starts.").format(field=path)


def _values(release: Json) -> Iterator[tuple[str, Json]]:
    tender = obj(release.get("tender"))
    yield "tender.value", obj(tender.get("value"))
    for i, lot in objects(tender.get("lots")):
        yield f"tender.lots[{i}].value", obj(lot.get("value"))
    for path, bid in bid_objects(release):
        yield f"{path}.value", obj(bid.get("value"))
    for kind in ("awards", "contracts"):
        for i, entry in objects(release.get(kind)):
            yield f"{kind}[{i}].value", obj(entry.get("value"))


def _without_currency(release: Json) -> Iterator[str]:
    for path, value in _values(release):
        if value.get("amount") is not None and not ident(value.get("currency")):
            yield _("{field} has no currency.").format(field=path)


def _duplicates(release: Json) -> Iterator[str]:
    tender = obj(release.get("tender"))
    listed = {name: objects(release.get(name)) for name in _LISTS}
    listed |= {f"tender.{n}": objects(tender.get(n)) for n in ("lots", "items", "tenderers")}
    listed["bids"] = [(i, bid) for i, (_path, bid) in enumerate(bid_objects(release))]
    for path, members in listed.items():
        # Counted, not named: ids of parties are often tax numbers of persons.
        if count := repeated_ids(members):
            yield _("{field} holds ids that come more than once ({count}).").format(
                field=path, count=count
            )
