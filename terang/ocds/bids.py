"""Published bids: which lot each is for, who made it, what its status means."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from terang.i18n import _
from terang.ocds.fields import Json, bid_objects, ident, lot_refs, moment, objects, text
from terang.ocds.model import Party
from terang.ocds.parties import Register

# OCDS 1.1 bidStatus, and what publishers write beside it; compared without case and separators.
# fmt: off
_RESPONSIVE = frozenset((
    "valid", "qualified", "active", "pending", "accepted", "admitted", "responsive", "awarded",
    "winner", "winning", "successful", "selected", "complete",
))
_NOT_RESPONSIVE = frozenset((
    "disqualified", "notqualified", "unqualified", "invalid", "notvalid", "unsuccessful",
    "rejected", "notaccepted", "notadmitted", "notresponsive", "nonresponsive", "ineligible",
    "excluded", "invalidprequalification",
))
# fmt: on
_WITHDRAWN = frozenset(("withdrawn", "deleted", "cancelled", "canceled"))
_NEVER_SUBMITTED = frozenset(("draft", "invited"))


@dataclass(frozen=True, slots=True)
class Offer:
    """One published price for one lot, before its amount is judged.

    Attributes:
        field: Path of the object that holds the value.
        id: Id of the bid, "" if none.
        lots: The lots it refers to; none if it names no lot.
        party: Who made it; None if the data does not say.
        value: The published `value` object.
        status: As published, None if absent.
        status_details: As published, "" if absent.
        date: As published, "" if absent.
    """

    field: str
    id: str
    lots: tuple[str, ...]
    party: Party | None
    value: object
    status: str | None
    status_details: str
    date: str

    @property
    def unpriced(self) -> bool:
        """Whether no amount is published at all."""
        value = self.value
        return not isinstance(value, dict) or value.get("amount") in (None, "")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a published status means: see `standing`."""

    responsive: bool = True
    withdrawn: bool = False
    submitted: bool = True
    known: bool = True


def standing(status: str | None) -> Standing:
    """What a bid's published status means for its ballots.

    Responsive unless the status says otherwise; so is a bid without a status and one whose
    status is unknown (`known` is False then, and the row says so). A withdrawn bid is sealed and
    then withdrawn; a draft or an invitation was never a bid.
    """
    if status is None:
        return Standing()
    code = "".join(char for char in status.casefold() if char.isalnum())
    if code in _NOT_RESPONSIVE:
        return Standing(responsive=False)
    if code in _WITHDRAWN:
        return Standing(withdrawn=True)
    if code in _NEVER_SUBMITTED:
        return Standing(submitted=False)
    return Standing(known=code in _RESPONSIVE)


def offers(release: Json, register: Register) -> Iterator[Offer]:
    """Yield every offer of a release in published order, one per value of `lotValues`."""
    for path, bid in bid_objects(release):
        party = register.together(bid.get("tenderers") or bid.get("tenderer"))
        parts = objects(bid.get("lotValues")) if bid.get("lotValues") else []
        for place, part in [(f"{path}.lotValues[{i}]", p) for i, p in parts] or [(path, bid)]:
            own = bid.get("status")
            status = own if _decides(own) else part.get("status") or own
            yield Offer(
                field=place,
                id=ident(bid.get("id")),
                lots=lot_refs(part) or lot_refs(bid),
                party=party,
                value=part.get("value"),
                status=None if status in (None, "") else text(status) or type(status).__name__,
                status_details=text(part.get("statusDetails") or bid.get("statusDetails")),
                date=text(part.get("date") or bid.get("date"))[:64],
            )


def _decides(status: object) -> bool:
    """Whether a bid's own status settles that of all of its lot values."""
    meaning = standing(text(status) or None)
    return meaning.withdrawn or not (meaning.responsive and meaning.submitted)


def in_order(found: list[Offer]) -> list[Offer]:
    """Offers in order of submission: by date where all have one, else as published."""
    dates = [moment(offer.date) for offer in found]
    if any(date is None for date in dates):
        return found
    return sorted(found, key=lambda offer: moment(offer.date) or datetime.min.replace(tzinfo=UTC))


def status_note(offer: Offer) -> str | None:
    """The sentence for a status that decided nothing because it is unknown."""
    if offer.status is None or standing(offer.status).known:
        return None
    return _("{field}.status {status!r} is not known: the bid is taken as responsive.").format(
        field=offer.field, status=offer.status[:40]
    )
