"""terang treasury: money that the treasury issues."""

from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.options import store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import ADDRESS, AMOUNT, PATH
from terang.i18n import _


@click.group("treasury")
def command() -> None:
    """Issue money against committed cash, and see where it is."""


@command.command("mint")
@acting
@click.argument("currency")
@click.argument("amount", type=AMOUNT)
@click.option(
    "--commitment",
    type=PATH,
    required=True,
    help="File with the record that commits the cash; its hash goes on chain, once.",
)
@click.option("--to", type=ADDRESS, help="Receives the money; else the account that signs.")
@store_option
def mint(
    session: Session,
    currency: str,
    amount: Decimal,
    commitment: Path,
    to: str | None,
    store: Path,
) -> None:
    """Issue AMOUNT of CURRENCY, an ISO 4217 code, against committed cash. A treasury signs.

    Each commitment issues money once; nobody else can issue any.
    """
    from terang.i18n.show import money
    from terang.ledger.desk import smallest_units

    token = session.ledger.token(currency)
    units = smallest_units(amount, token.decimals())
    digest = session.filed(store, commitment)
    act = token.mint(session.wallet, to or session.wallet.address, units, digest)
    for receipt in session.send([act]):
        minted = token.event(receipt, "Minted").args
        session.told(
            [receipt],
            _("{money} is issued to {to} in block {block}."),
            money=money(minted["amount"], session.ledger.currency_at(token.contract.address)),
            to=minted["to"],
            amount=minted["amount"],
            currency=currency,
            commitment=hashed(minted["commitment"]),
        )


@command.command("show")
@reading
@click.argument("currency")
def show(session: Session, currency: str) -> None:
    """Show what was issued of CURRENCY, against which commitments, and who holds it."""
    from terang.ledger.treasury import account

    session.show(*account(session.ledger, session.state, currency))
