"""What a lot's bids cost: its priced offers, their one currency, and the owner's estimate."""

from dataclasses import dataclass
from decimal import Decimal

from terang.i18n import _
from terang.ocds.bids import Offer, in_order, standing
from terang.ocds.fields import Json, obj
from terang.ocds.model import Party
from terang.ocds.money import AmountError, amount, currency_code, to_minor

PLACEHOLDER_FACTOR = 100
"""An estimate that every bid exceeds by this factor is a placeholder (issue 2, point 2)."""


class Refused(Exception):
    """The lot becomes no tender; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Priced:
    """An offer whose amount was taken; its currency is "" if none is published."""

    offer: Offer
    party: Party
    number: Decimal
    currency: str

    @property
    def field(self) -> str:
        """Path of the value."""
        return f"{self.offer.field}.value"


def priced_offers(offers: list[Offer], notes: list[str]) -> list[Priced]:
    """The offers with a price above zero, in order of submission; `notes` says what is left out."""
    taken = []
    for offer in in_order(offers):
        if offer.unpriced:
            continue
        value = obj(offer.value)
        try:
            number = amount(value.get("amount"), f"{offer.field}.value.amount")
            code = currency_code(value.get("currency"), f"{offer.field}.value.currency")
        except AmountError as error:
            notes.append(_("A bid is left out: {reason}").format(reason=error))
            continue
        if not number:
            continue
        if not standing(offer.status).submitted:
            notes.append(
                _("{field} is published as {status!r}, never submitted: it is left out.").format(
                    field=offer.field, status=offer.status
                )
            )
        elif offer.party is None:
            notes.append(_("{field} names no tenderer: it is left out.").format(field=offer.field))
        else:
            taken.append(Priced(offer, offer.party, number, code))
    return taken


def enough(offers: list[Offer], parties: list[Party], notes: list[str]) -> None:
    """Refuse a lot without priced bids from two tenderers.

    Raises:
        Refused: with the reason, and what was left out of the lot.
    """
    count = len({party.key for party in parties})
    if count >= 2:
        return
    if not offers:
        reason = _("No bids are published.")
    elif count == 0:
        reason = _("No bid has a usable price (bids: {count}).").format(count=len(offers))
    else:
        reason = _("Priced bids come from one tenderer only; two are needed.")
    raise Refused(" ".join([reason, *notes]))


def common_currency(
    priced: list[Priced], fallbacks: list[tuple[str, object]], notes: list[str]
) -> str:
    """The one currency of a lot's bids; where bids have none, the first fallback that has one.

    Args:
        priced: At least one.
        fallbacks: Paths and published codes of the lot and of the tender.
        notes: Told where a currency was taken from.

    Raises:
        Refused: several currencies, or none anywhere.
    """
    own = {one.currency for one in priced if one.currency}
    lacking = [one for one in priced if not one.currency]
    found, source = "", ""
    for path, value in fallbacks if lacking else []:
        try:
            found, source = currency_code(value, path), path
        except AmountError as error:
            notes.append(str(error))
        if found:
            break
    if lacking and not found and len(own) == 1:
        found, source = next(iter(own)), _("the other bids")
    seen = own | {found} - {""}
    if not seen:
        raise Refused(_("No currency is published for its bids, the lot or the tender."))
    if len(seen) > 1:
        raise Refused(
            _("Its bids are in different currencies: {currencies}.").format(
                currencies=", ".join(sorted(seen))
            )
        )
    if lacking:
        notes.append(
            _("{field} and {count} others have no currency: {currency} is taken from {source}.")
            .format(field=lacking[0].field, count=len(lacking) - 1, currency=found, source=source)
        )  # fmt: skip
    return seen.pop()


def estimate(
    value: Json, path: str, currency: str, lowest: Decimal, notes: list[str]
) -> tuple[int | None, int]:
    """The owner's estimate and the ceiling that follows from it.

    Args:
        value: The published value, {} if none.
        path: Its path.
        currency: Of the bids.
        lowest: The lowest bid, in units of the currency.
        notes: Told why there is no ceiling.

    Returns:
        The estimate in the smallest unit (None if absent, refused or a placeholder) and the
        ceiling (0 for none). A real estimate below every bid is no ceiling: history awarded those.
    """
    try:
        number = amount(value.get("amount"), f"{path}.amount")
        code = currency_code(value.get("currency"), f"{path}.currency") or currency
        why = None
        if number is None:
            why = _("no estimate is published")
        elif number <= 1:
            why = _("the estimate {value} is a placeholder").format(value=f"{number:f}")
        elif number * PLACEHOLDER_FACTOR <= lowest:
            why = _(
                "the estimate {value} is a placeholder, every bid is {factor} times as high or more"
            ).format(value=f"{number:f}", factor=PLACEHOLDER_FACTOR)
        elif code != currency:
            why = _("the estimate is in {currency}, the bids are in {other}").format(
                currency=code, other=currency
            )
        if number is None or why:
            notes.append(_("No ceiling: {why}.").format(why=why))
            return None, 0
        exact = to_minor(number, currency, f"{path}.amount")
    except AmountError as error:
        notes.append(_("No ceiling: {why}").format(why=error))
        return None, 0
    if number < lowest:
        notes.append(
            _("No ceiling: the estimate {value} is below every bid.").format(value=f"{number:f}")
        )
        return exact, 0
    return exact, exact
