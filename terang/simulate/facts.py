"""What one OCDS release says of a process that a rule can be held to.

Fields of the standard (OCDS 1.1): `tender.procurementMethod`, `mainProcurementCategory`,
`awardCriteria`, `tenderPeriod`, `enquiryPeriod`, `amendments`; `bids.details`; `awards.date`;
`contracts.dateSigned`. `tender.datePublished`, which many publish beside it, goes before the start
of the tender period.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from terang.i18n import N_
from terang.ocds import LotPlan, plan_process
from terang.ocds.awards import Awards, PublishedAward, awards
from terang.ocds.bids import Offer, offers, standing
from terang.ocds.fields import Json, ident, obj, objects, text
from terang.ocds.money import AmountError, currency_code
from terang.ocds.parties import Register
from terang.simulate.dates import Published, published
from terang.simulate.prices import Prices, of_award, of_plan
from terang.simulate.verdict import Reason
from terang.vocabulary import Category, Method


class Procedure(Enum):
    """Whether a process was open to every supplier, by its published method."""

    OPEN = "open"
    NOT_OPEN = "not_open"
    UNKNOWN = "unknown"


PROCEDURES: Final = {
    Procedure.OPEN: N_("Processes published as open"),
    Procedure.NOT_OPEN: N_("Processes published as direct, selective or limited"),
    Procedure.UNKNOWN: N_("Processes whose method is not published, or no word of the standard"),
}

_PROCEDURES: Final = {
    "open": Procedure.OPEN,
    "selective": Procedure.NOT_OPEN,
    "limited": Procedure.NOT_OPEN,
    "direct": Procedure.NOT_OPEN,
}
_CATEGORIES: Final = {
    "goods": Category.GOODS,
    "services": Category.SERVICES,
    "works": Category.WORKS,
}
_CRITERIA: Final[dict[str, Method | None]] = {
    "priceonly": Method.LOWEST_PRICE,
    "lowestcost": Method.LOWEST_PRICE,  # OCDS 1.0
    "ratedcriteria": Method.QUALITY_PRICE,
    "bestproposal": Method.QUALITY_PRICE,  # OCDS 1.0
    "bestvaluetogovernment": Method.QUALITY_PRICE,  # OCDS 1.0
    "costonly": None,
    "qualityonly": None,
    "singlebidonly": None,  # OCDS 1.0
}
"""Published award criteria, in small letters: how Terang compares such bids; None: in no way."""

_OVER: Final = frozenset(("complete", "completed"))


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """A standing award.

    Attributes:
        field: its path; "" where the process is complete and none is published.
        date: when it was made.
        signed: when its first contract was signed.
        pending: whether it is published as proposed, not in force.
    """

    field: str
    date: Published
    signed: Published
    pending: bool


@dataclass(frozen=True, slots=True)
class LotFacts:
    """A lot.

    Attributes:
        id: as published; "" if the process has no lots.
        awarded: whether an award of it stands; None if that should be known and is not.
        bids: how many tenderers bid; None if that is not known.
        why: why it is not known, else None.
        prices: what is published of them.
    """

    id: str
    awarded: bool | None
    bids: int | None
    why: Reason | None
    prices: Prices


@dataclass(frozen=True, slots=True)
class Facts:
    """A process.

    Attributes:
        line: its place in the file.
        ocid: as published.
        title: for people.
        published_method: `procurementMethod` as published.
        details: `procurementMethodDetails` as published.
        procedure: what the method means.
        category: what is bought; None if that is not known.
        category_word: as published.
        method: how bids are compared; None if not known, or in a way that Terang has not.
        criteria: as published.
        has_method: whether the criteria are a word of the standard.
        published: publication of the tender.
        closes: end of tendering.
        enquiries_end: end of enquiries.
        amendments: dates of amendments.
        lots: in published order.
        awards: in published order.
    """

    line: int
    ocid: str
    title: str
    published_method: str
    details: str
    procedure: Procedure
    category: Category | None
    category_word: str
    method: Method | None
    criteria: str
    has_method: bool
    published: Published
    closes: Published
    enquiries_end: Published
    amendments: tuple[Published, ...]
    lots: tuple[LotFacts, ...]
    awards: tuple[AwardFacts, ...]


def facts(line: int, release: Json) -> Facts:
    """Takes from a release what rules can be held to. Never raises, whatever it holds.

    Args:
        line: its place in the file.
        release: its content, numbers as `int` or `Decimal`.
    """
    tender = obj(release.get("tender"))
    criteria = text(tender.get("awardCriteria"))
    method_word = text(tender.get("procurementMethod"))
    category_word = text(tender.get("mainProcurementCategory"))
    period = obj(tender.get("tenderPeriod"))
    announced = published(tender.get("datePublished"), "tender.datePublished")
    if announced.absent:
        announced = published(period.get("startDate"), "tender.tenderPeriod.startDate")
    reading = _Reading(line, release)
    return Facts(
        line=line,
        ocid=text(release.get("ocid")),
        title=text(tender.get("title")) or text(tender.get("description")),
        published_method=method_word,
        details=text(tender.get("procurementMethodDetails")),
        procedure=_PROCEDURES.get(method_word.lower(), Procedure.UNKNOWN),
        category=_CATEGORIES.get(category_word.lower()),
        category_word=category_word,
        method=_CRITERIA.get(criteria.lower()),
        criteria=criteria,
        has_method=criteria.lower() in _CRITERIA,
        published=announced,
        closes=published(period.get("endDate"), "tender.tenderPeriod.endDate"),
        enquiries_end=published(
            obj(tender.get("enquiryPeriod")).get("endDate"), "tender.enquiryPeriod.endDate"
        ),
        amendments=tuple(
            published(each.get("date"), f"tender.amendments[{i}].date")
            for i, each in objects(tender.get("amendments"))
        ),
        lots=tuple(reading.lots()),
        awards=tuple(reading.awards()),
    )


class _Reading:
    """Lots and awards of one release."""

    def __init__(self, line: int, release: Json) -> None:
        self.tender = obj(release.get("tender"))
        self.release = release
        register = Register(release)
        self.offers = list(offers(release, register))
        self.entries = objects(release.get("awards"))
        self.published = list(awards(release, register, self.offers))
        self.plans = {plan.lot: plan for plan in plan_process(line, release).lots}
        self.complete = text(self.tender.get("status")).lower() in _OVER
        self.tenderers, self.why_not = self._tenderers()

    def awards(self) -> Iterator[AwardFacts]:
        """The standing awards; where there are none, what contracts and status tell of one."""
        contracts = objects(self.release.get("contracts"))
        by_award: dict[str, list[Published]] = {}
        signatures = [
            (each, published(each.get("dateSigned"), f"contracts[{i}].dateSigned"))
            for i, each in contracts
        ]
        for each, signed in signatures:
            by_award.setdefault(ident(each.get("awardID")), []).append(signed)
        nothing = Published("contracts.dateSigned", None, absent=True)
        for (i, entry), award in zip(self.entries, self.published, strict=True):
            if award.fallen:
                continue
            mine = by_award.get(ident(entry.get("id")), [])
            if not mine and len(self.entries) == len(contracts) == 1:
                mine = [signed for _contract, signed in signatures]
            yield AwardFacts(
                f"awards[{i}]",
                published(entry.get("date"), f"awards[{i}].date"),
                _first(mine) or nothing,
                award.status == "pending",
            )
        if not self.entries and (signatures or self.complete):
            undated = Published("awards.date", None, absent=True)
            yield AwardFacts(
                "", undated, _first([each for _c, each in signatures]) or nothing, False
            )

    def lots(self) -> Iterator[LotFacts]:
        """Declared lots, then lots that only bids name; the process itself if there are none."""
        entries: dict[str, tuple[int, Json]] = {}
        for i, entry in objects(self.tender.get("lots")):
            if key := ident(entry.get("id")):
                entries.setdefault(key, (i, entry))
        bids: dict[str, list[Offer]] = {}
        for offer in self.offers:
            for key in offer.lots:
                entries.setdefault(key, (len(entries), {}))
                bids.setdefault(key, []).append(offer)
        found = entries or {"": (0, {})}
        single = len(found) == 1
        if single:
            bids = {next(iter(found)): self.offers}
        table = Awards(self.published, self.offers, single)
        for key, (i, entry) in found.items():
            standing_awards = [each for each in table.of(key) if not each.fallen]
            count, why = self._count(bids.get(key, []), single=single)
            yield LotFacts(
                text(key),
                self._awarded(standing_awards, fallen=bool(table.of(key))),
                count,
                why,
                self._prices(
                    self.plans.get(text(key)),
                    bids.get(key, []),
                    standing_awards,
                    (i, entry),
                    single=single,
                ),
            )

    def _awarded(self, found: list[PublishedAward], *, fallen: bool) -> bool | None:
        if any(each.status != "pending" for each in found):
            return True
        if fallen or not self.complete:
            return False
        return None

    def _count(self, bids: list[Offer], *, single: bool) -> tuple[int | None, Reason | None]:
        """Tenderers whose bids were submitted and not withdrawn; without bids, those named."""
        if self.offers:
            named = {
                offer.party.key if offer.party else offer.field
                for offer in bids
                if standing(offer.status).submitted and not standing(offer.status).withdrawn
            }
            return (len(named), None) if named else (None, Reason.MISSING)
        return (self.tenderers, self.why_not) if single else (None, Reason.MISSING)

    def _tenderers(self) -> tuple[int | None, Reason | None]:
        """Tenderers named or counted, for a process that publishes no bids."""
        told = self.tender.get("numberOfTenderers")
        number = told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else None
        named = objects(self.tender.get("tenderers"))
        listed = len({ident(each.get("id")) or str(i) for i, each in named}) or None
        if number and listed and number != listed:
            return None, Reason.COUNTS_DIFFER
        found = number or listed
        return found, None if found else Reason.MISSING

    def _prices(
        self,
        plan: LotPlan | None,
        bids: list[Offer],
        found: list[PublishedAward],
        place: tuple[int, Json],
        *,
        single: bool,
    ) -> Prices:
        if plan is not None:
            return of_plan(plan, found)
        i, entry = place
        value, path = obj(entry.get("value")), f"tender.lots[{i}].value"
        whole = obj(self.tender.get("value"))
        if single and value.get("amount") in (None, ""):
            value, path = whole, "tender.value"
        for code in (value.get("currency"), whole.get("currency")):
            try:
                if currency := currency_code(code, path):
                    break
            except AmountError:
                continue
        else:
            currency = ""
        return of_award(bids, found, value, path, currency)


def _first(signatures: list[Published]) -> Published | None:
    """The earliest of several signatures; one without a date only if none has one."""
    return min(signatures, key=_when, default=None)


def _when(signature: Published) -> datetime:
    return signature.moment.first if signature.moment else datetime.max.replace(tzinfo=UTC)
