"""Published awards: which lot each belongs to, and which bidder it names."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from terang.ocds.bids import Offer
from terang.ocds.fields import Json, ident, lot_refs, obj, objects, text
from terang.ocds.model import Award, Party
from terang.ocds.money import AmountError, amount, currency_code, to_minor
from terang.ocds.parties import Bidders, Register

_FALLEN = frozenset(("unsuccessful", "cancelled", "canceled", "terminated", "withdrawn"))


@dataclass(frozen=True, slots=True)
class PublishedAward:
    """An award before it is set against a lot's bidders.

    Attributes:
        lots: Lots it refers to, by itself, its items or its bid; none if it names no lot.
        suppliers: Each supplier on its own.
        together: All suppliers as one party; None if it names none.
        value: Amount, None if absent, zero or refused.
        currency: ISO 4217 code, "" if absent or refused.
        status: In small letters, "" if absent.
    """

    lots: tuple[str, ...]
    suppliers: tuple[Party, ...]
    together: Party | None
    value: Decimal | None
    currency: str
    status: str

    @property
    def fallen(self) -> bool:
        """Whether the award did not stand."""
        return self.status in _FALLEN

    def bidders(self, among: Bidders) -> tuple[int, ...]:
        """Which bidders its suppliers are; a joint bid before bids of its members."""
        if self.together is None:
            return ()
        joint = among.find(self.together)
        single = [joint] if joint is not None else [among.find(one) for one in self.suppliers]
        return tuple(dict.fromkeys(i for i in single if i is not None))


def awards(release: Json, register: Register, offers: list[Offer]) -> Iterator[PublishedAward]:
    """Yield the awards of a release in published order.

    An award without suppliers that refers to a bid is taken to go to its tenderer.
    """
    by_id = {offer.id: offer for offer in offers if offer.id}
    for i, award in objects(release.get("awards")):
        refs = (ident(award.get(member)) for member in ("relatedBid", "bidID", "bid_id", "bidId"))
        bid = next((by_id[ref] for ref in refs if ref in by_id), None)
        items = [lot for _i, item in objects(award.get("items")) for lot in lot_refs(item)]
        listed = award.get("suppliers")
        together = register.together(listed) or (bid.party if bid else None)
        single = [register.together(s) for s in (listed if isinstance(listed, list) else [])]
        value = obj(award.get("value"))
        try:
            price = amount(value.get("amount"), f"awards[{i}].value.amount") or None
            currency = currency_code(value.get("currency"), f"awards[{i}].value.currency")
        except AmountError:  # a published total only: nothing on chain depends on it
            price, currency = None, ""
        yield PublishedAward(
            lots=lot_refs(award) or tuple(dict.fromkeys(items)) or (bid.lots if bid else ()),
            suppliers=tuple(party for party in single if party),
            together=together,
            value=price,
            currency=currency,
            status=text(award.get("status")).lower(),
        )


class Awards:
    """The awards of one process, found by lot."""

    def __init__(self, found: list[PublishedAward], offers: list[Offer], single: bool) -> None:
        """Index awards and bid prices.

        Args:
            found: Awards in published order.
            offers: Bids of the process.
            single: Whether the process has one lot only, so that an award need not name it.
        """
        self._by_lot: dict[str, list[PublishedAward]] = {}
        self._anywhere = [award for award in found if single and not award.lots]
        for award in found:
            for lot in award.lots:
                self._by_lot.setdefault(lot, []).append(award)
        self._bid_at: dict[tuple[str, Decimal], list[str]] = {}
        for offer in offers:
            try:
                bid = amount(obj(offer.value).get("amount"), offer.field)
            except AmountError:
                continue
            if bid and offer.party and len(offer.lots) == 1:
                self._bid_at.setdefault((offer.party.key, bid), []).append(offer.lots[0])

    def of(self, lot: str) -> list[PublishedAward]:
        """Awards of a lot: standing ones first, active ones first of those."""
        mine = self._by_lot.get(lot, []) + self._anywhere
        return sorted(mine, key=lambda award: (award.fallen, award.status not in ("", "active")))

    def published(self, lot: str, currency: str, among: Bidders) -> Award | None:
        """The standing award of a lot set against its bidders, None if there is none."""
        found = [award for award in self.of(lot) if not award.fallen]
        if not found:
            return None
        best, price, other = found[0], None, None
        bidders = tuple(dict.fromkeys(i for award in found for i in award.bidders(among)))
        if best.value is not None and best.currency in ("", currency) and len(best.lots) < 2:
            try:
                price = to_minor(best.value, currency, "awards.value.amount")
            except AmountError:
                price = None
            keys = {among.parties[i].key for i in best.bidders(among)}
            lots = [at for key in keys for at in self._bid_at.get((key, best.value), [])]
            other = text(lots[0]) if lots and lot not in lots else None
        named = bool(best.together)
        return Award(bidders, named, price, other)

    def fallen(self, lot: str, among: Bidders) -> tuple[tuple[int, ...], str]:
        """Bidders whose award of the lot fell, and the published status of the first."""
        found = [award for award in self.of(lot) if award.fallen]
        bidders = dict.fromkeys(i for award in found for i in award.bidders(among))
        return tuple(bidders), found[0].status if found else ""
