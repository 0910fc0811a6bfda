"""From a release to plans: one tender for each lot with priced bids from two tenderers."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from terang.i18n import _
from terang.ocds import checks
from terang.ocds.awards import Awards, awards
from terang.ocds.bids import Offer, offers, standing, status_note
from terang.ocds.fields import Json, chain_text, ident, obj, objects, text
from terang.ocds.model import WITHDRAWN_PRICE, BidPlan, LotPlan, Party, ProcessPlan, Skipped
from terang.ocds.money import AmountError, minor_units, to_minor
from terang.ocds.parties import NOBODY, Bidders, Register
from terang.ocds.prices import Priced, Refused, common_currency, enough, estimate, priced_offers
from terang.ocds.read import Fault, read_releases

_CANCELLED = frozenset(("cancelled", "canceled", "withdrawn"))


def read_plans(path: str | Path) -> Iterator[ProcessPlan]:
    """Yield the plan of every process in a file of OCDS releases, records or packages.

    Raises:
        terang.ocds.read.OcdsFileError: the file cannot be read at all.
    """
    first: dict[str, int] = {}
    for found in read_releases(path):
        if isinstance(found, Fault):
            yield _nothing(found.line, found.ocid, found.reason)
            continue
        ocid = ident(found.content.get("ocid"))
        again = first.setdefault(ocid, found.line) if ocid else found.line
        yield plan_process(found.line, found.content, first_line=again)


def _nothing(line: int, ocid: str, reason: str) -> ProcessPlan:
    skipped = (Skipped(line, ocid, "", reason),)
    return ProcessPlan(line, ocid, ocid, "", NOBODY, (), (), skipped, (), {})


def plan_process(line: int, release: Json, first_line: int | None = None) -> ProcessPlan:
    """Plan one release. Never raises, whatever the release holds.

    Args:
        line: Its place in the file.
        release: Its content, numbers as `int` or `Decimal`.
        first_line: Where the same ocid stood first; a later place is a warning.
    """
    process = _Process(line, release)
    plans, skipped = process.plan()
    warnings = list(checks.warnings(release))
    if first_line not in (None, line):
        warnings.append(_("The same ocid stands at {line} already.").format(line=first_line))
    return ProcessPlan(
        line=line,
        ocid=process.ocid,
        chain_ocid=process.chain_ocid,
        title=process.title,
        buyer=process.register.buyer,
        bidders=tuple(process.bidders),
        lots=tuple(plans),
        skipped=tuple(skipped),
        warnings=tuple(warnings),
        dates=checks.dates(release),
    )


@dataclass
class _Lot:
    """A lot while it is planned."""

    id: str
    entry: Json
    position: int
    offers: list[Offer] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)


class _Process:
    """One release while it is planned."""

    def __init__(self, line: int, release: Json) -> None:
        self.line, self.release = line, release
        self.tender = obj(release.get("tender"))
        self.ocid = text(release.get("ocid"))
        self.chain_ocid, self._ocid_change = chain_text(
            ident(release.get("ocid")), f"withheld:{line}"
        )
        self.title = text(self.tender.get("title")) or text(self.tender.get("description"))
        self.register = Register(release)
        self.offers = list(offers(release, self.register))
        self.bidders: list[Party] = []
        self._positions: dict[str, int] = {}
        self.lots = self._find_lots()
        self.single = len(self.lots) == 1
        found = list(awards(release, self.register, self.offers))
        self.awards = Awards(found, self.offers, self.single)

    def plan(self) -> tuple[list[LotPlan], list[Skipped]]:
        if not self.offers:
            return [], [self._skip("", self._no_bids())]
        skipped = [self._skip("", reason) for reason in self._assign()]
        plans = []
        for lot in self.lots:
            try:
                plans.append(self._plan_lot(lot))
            except Refused as refusal:
                skipped.append(self._skip(text(lot.id), str(refusal)))
        return plans, skipped

    def _skip(self, lot: str, reason: str) -> Skipped:
        return Skipped(self.line, self.ocid, lot, reason)

    def _no_bids(self) -> str:
        tenderers = len(objects(self.tender.get("tenderers")))
        if tenderers:
            return _("Tenderers are named ({count}), but no bids are published.").format(
                count=tenderers
            )
        return _("No bids are published.")

    def _find_lots(self) -> list[_Lot]:
        """Declared lots, then lots that only bids name; one unnamed lot if there are none."""
        lots: dict[str, _Lot] = {}
        for i, entry in objects(self.tender.get("lots")):
            if key := ident(entry.get("id")):
                lots.setdefault(key, _Lot(key, entry, i))
        declared = len(objects(self.tender.get("lots")))
        for offer in self.offers:
            for key in offer.lots:
                lots.setdefault(key, _Lot(key, {}, declared + len(lots)))
        return list(lots.values()) or [_Lot("", {}, 0)]

    def _assign(self) -> Iterator[str]:
        """Give each offer to its lot; yield why one has none."""
        by_id = {lot.id: lot for lot in self.lots}
        for offer in self.offers:
            if len(offer.lots) > 1:
                yield _("{field} gives one price for {count} lots.").format(
                    field=offer.field, count=len(offer.lots)
                )
            elif offer.lots:
                by_id[offer.lots[0]].offers.append(offer)
            elif self.single:
                self.lots[0].offers.append(offer)
            else:
                yield _("{field} names no lot, and the process has {count}.").format(
                    field=offer.field, count=len(self.lots)
                )

    def _plan_lot(self, lot: _Lot) -> LotPlan:
        notes = lot.assumed
        priced = priced_offers(lot.offers, notes)
        enough(lot.offers, [one.party for one in priced], notes)
        value, path = obj(lot.entry.get("value")), f"tender.lots[{lot.position}].value"
        whole = obj(self.tender.get("value"))
        codes = [
            (f"{path}.currency", value.get("currency")),
            ("tender.value.currency", whole.get("currency")),
        ]
        currency = common_currency(priced, codes, notes)
        bids, lowest = self._bids(lot, priced, currency)
        if self.single and value.get("amount") in (None, ""):
            value, path = whole, "tender.value"
        exact, ceiling = estimate(value, path, currency, lowest, notes)
        chain_lot = self._chain_lot(lot)
        cancelled = self._cancelled(lot)
        if not self.register.buyer.key:
            notes.append(_("The buyer is not named: a stand-in publishes the tender."))
        among = Bidders({bid.bidder: self.bidders[bid.bidder] for bid in bids})
        fallen, fallen_status = self.awards.fallen(lot.id, among)
        criteria = self.tender.get("awardCriteria") or lot.entry.get("awardCriteria")
        return LotPlan(
            lot=text(lot.id),
            chain_lot=chain_lot,
            title=text(lot.entry.get("title")) or text(lot.entry.get("description")) or self.title,
            currency=currency,
            decimals=minor_units(currency),
            ceiling=ceiling,
            estimate=exact,
            bids=tuple(bids),
            cancelled=cancelled,
            published=self.awards.published(lot.id, currency, among),
            fallen=fallen,
            fallen_status=fallen_status,
            criteria=text(criteria),
            assumed=tuple(notes),
        )

    def _bids(
        self, lot: _Lot, priced: list[Priced], currency: str
    ) -> tuple[list[BidPlan], Decimal]:
        """The lot's messages in order, nonces counted per bidder, and the lowest price."""
        taken: list[tuple[Priced, int]] = []
        for one in priced:
            try:
                taken.append((one, to_minor(one.number, currency, f"{one.field}.amount")))
            except AmountError as error:
                lot.assumed.append(_("A bid is left out: {reason}").format(reason=error))
        enough(lot.offers, [one.party for one, _price in taken], lot.assumed)
        nonces: dict[int, int] = {}
        bids: list[BidPlan] = []
        for one, price in taken:
            bidder, offer = self._bidder(one.party), one.offer
            meaning = standing(offer.status)
            if note := status_note(offer):
                lot.assumed.append(note)
            if bidder in nonces:
                lot.assumed.append(
                    _("{field} is a further bid of the same tenderer: the latest counts.").format(
                        field=offer.field
                    )
                )
            for withdrawn in (False, True) if meaning.withdrawn else (False,):
                nonces[bidder] = nonces.get(bidder, 0) + 1
                bids.append(
                    BidPlan(
                        bidder=bidder,
                        price=WITHDRAWN_PRICE if withdrawn else price,
                        nonce=nonces[bidder],
                        responsive=meaning.responsive,
                        withdrawn=withdrawn,
                        status=offer.status,
                        status_details=offer.status_details,
                        date=offer.date,
                        field=offer.field,
                    )
                )
        return bids, min(one.number for one, _price in taken)

    def _bidder(self, party: Party) -> int:
        position = self._positions.setdefault(party.key, len(self.bidders))
        if position == len(self.bidders):
            self.bidders.append(party)
        return position

    def _chain_lot(self, lot: _Lot) -> str:
        """The lot's id for the chain; says so if it or the ocid had to be replaced."""
        chain_lot, change = chain_text(lot.id, f"withheld:{self.line}.{lot.position}")
        for what, why in (("ocid", self._ocid_change), (_("lot id"), change)):
            if why == "personal":
                lot.assumed.append(
                    _(
                        "The {what} holds personal data: its place in the file goes on chain."
                    ).format(what=what)
                )
            elif why:
                lot.assumed.append(
                    _("The {what} is too long or not clean: its SHA-256 goes on chain.").format(
                        what=what
                    )
                )
        return chain_lot

    def _cancelled(self, lot: _Lot) -> str | None:
        """Why the lot is cancelled on chain, None if it is not."""
        for what, published in (
            (_("tender"), self.tender.get("status")),
            (_("lot"), lot.entry.get("status")),
        ):
            status = text(published).lower()
            if status in _CANCELLED:
                lot.assumed.append(
                    _("Cancelled before it closes, the only time at which a buyer may cancel.")
                )
                return _("The {what} is published as {status}.").format(what=what, status=status)
        return None
