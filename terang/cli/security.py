"""terang security: money and guarantees that stand behind bids and agreements."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from terang.cli.options import store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import ADDRESS, AMOUNT, INSTANT, NUMBER, PATH
from terang.i18n import _

if TYPE_CHECKING:
    from terang.chain.act import Receipt

_organisation = click.option(
    "--organisation", type=NUMBER, help="Which; else the one that the account serves."
)


@click.group("security")
def command() -> None:
    """Put money or guarantees behind bids, and take money back."""


@command.command("deposit")
@acting
@click.argument("currency")
@click.argument("amount", type=AMOUNT)
@_organisation
def deposit(session: Session, currency: str, amount: Decimal, organisation: int | None) -> None:
    """Pay AMOUNT of CURRENCY, an ISO 4217 code, into the account of an organisation. Anyone may.

    It stands behind every bid of the organisation at once, and nothing shows which.
    """
    from terang.i18n.show import money
    from terang.ledger.backing import depositing, own_organisation

    whose = organisation or own_organisation(session.state, session.wallet.address)
    ledger = session.ledger
    receipts = session.send(depositing(ledger, session.wallet, whose, currency, amount))
    if receipts:
        paid = ledger.securities.event(receipts[-1], "Deposited").args
        session.told(
            receipts,
            _("{money} stands behind organisation {organisation} from block {block}."),
            money=money(paid["amount"], ledger.currency_at(paid["token"])),
            organisation=whose,
            amount=paid["amount"],
            currency=currency,
        )


@command.command("notice")
@acting
@click.argument("currency")
@click.argument("amount", type=AMOUNT, required=False)
def notice(session: Session, currency: str, amount: Decimal | None) -> None:
    """Put AMOUNT of CURRENCY under notice, in place of what was before. Without it the notice ends.

    It leaves by `security withdraw` after fourteen days, and backs no bid that closes from now on.
    A new notice begins anew.
    """
    from terang.i18n.show import money, when
    from terang.ledger.backing import own_organisation
    from terang.ledger.desk import smallest_units

    ledger, token = session.ledger, session.ledger.token(currency)
    units = 0 if amount is None else smallest_units(amount, token.decimals())
    address, whose = token.contract.address, own_organisation(session.state, session.wallet.address)
    act = ledger.securities.give_notice(session.wallet, whose, address, units)
    for receipt in session.send([act]):
        given = ledger.securities.event(receipt, "NoticeGiven").args
        session.told(
            [receipt],
            _("{money} is under notice and may leave from {time}.")
            if units
            else _("Nothing is under notice any more."),
            money=money(units, ledger.currency_at(address)),
            time=when(given["endsAt"]),
            amount=units,
            currency=currency,
            endsAt=given["endsAt"],
        )


@command.command("withdraw")
@acting
@click.argument("currency")
@click.option("--to", type=ADDRESS, help="Receives the money; else the account that signs.")
def withdraw(session: Session, currency: str, to: str | None) -> None:
    """Take out what is under notice in CURRENCY.

    Not before the notice is over, nor while a bid is backed in a tender that is not settled.
    """
    from terang.ledger.backing import own_organisation

    ledger, address = session.ledger, session.ledger.token(currency).contract.address
    own = session.wallet.address
    whose = own_organisation(session.state, own)
    act = ledger.securities.withdraw(session.wallet, whose, address, to or own)
    for receipt in session.send([act]):
        _paid(session, receipt, "Withdrawn", currency)


def _paid(session: Session, receipt: "Receipt", event: str, currency: str) -> None:
    """Tells what was paid out."""
    from terang.i18n.show import money

    taken = session.ledger.securities.event(receipt, event).args
    session.told(
        [receipt],
        _("{money} is paid to {to} in block {block}."),
        money=money(taken["amount"], session.ledger.currency_at(taken["token"])),
        to=taken["to"],
        amount=taken["amount"],
        currency=currency,
    )


@command.command("guarantee")
@acting
@click.argument("organisation", type=NUMBER)
@click.argument("currency")
@click.argument("amount", type=AMOUNT)
@click.option("--until", type=INSTANT, required=True, help="First second after its validity.")
@click.option(
    "--document",
    type=PATH,
    required=True,
    help="File with the guarantee; its hash goes on chain.",
)
@store_option
def guarantee(
    session: Session,
    organisation: int,
    currency: str,
    amount: Decimal,
    until: datetime,
    document: Path,
    store: Path,
) -> None:
    """Stand surety for an organisation with AMOUNT of CURRENCY. A licensed guarantor signs.

    For bids that close and agreements that are accepted or signed while it is valid. It names no
    tender, ends within ten years, and can not be taken back.
    """
    from terang.i18n.show import money, when
    from terang.ledger.desk import smallest_units

    ledger, token = session.ledger, session.ledger.token(currency)
    units, address = smallest_units(amount, token.decimals()), token.contract.address
    end, digest = int(until.timestamp()), session.filed(store, document)
    session.carry_out(
        [ledger.securities.guarantee(session.wallet, organisation, address, units, end, digest)],
        _("{money} is guaranteed for organisation {organisation} until {time}."),
        money=money(units, ledger.currency_at(address)),
        organisation=organisation,
        time=when(end),
        amount=units,
        currency=currency,
        until=end,
        document=hashed(digest),
    )


@command.command("settle")
@acting
@click.argument("tender", type=NUMBER)
@_organisation
def settle(session: Session, tender: int, organisation: int | None) -> None:
    """Free what an organisation has behind a tender that is over. Anyone may.

    Where its winner accepted and the buyer did not sign, the performance security goes back too.
    """
    from terang.ledger.backing import own_organisation, settling

    whose = organisation or own_organisation(session.state, session.wallet.address)
    session.tender(tender)
    session.carry_out(
        settling(session.ledger, session.state, session.wallet, tender, whose),
        _("Organisation {organisation} is free of tender {tender} from block {block}."),
        organisation=whose,
        tender=tender,
    )


@command.command("collect")
@acting
@click.argument("currency")
def collect(session: Session, currency: str) -> None:
    """Take what was forfeited in CURRENCY. A licensed treasury signs."""
    ledger, address = session.ledger, session.ledger.token(currency).contract.address
    for receipt in session.send([ledger.securities.collect(session.wallet, address)]):
        _paid(session, receipt, "ForfeitCollected", currency)


@command.command("show")
@reading
@click.argument("organisation", type=NUMBER)
@click.argument("currency")
def show(session: Session, organisation: int, currency: str) -> None:
    """Show what stands behind the bids and agreements of an organisation in CURRENCY."""
    from terang.ledger.backing import shown

    session.show(*shown(session.ledger, session.state, organisation, currency))
