"""terang ballot: what a panel does."""

from pathlib import Path

import rich_click as click

from terang.cli.options import store_option
from terang.cli.session import Session, acting, hashed
from terang.cli.values import NUMBER, PATH
from terang.i18n import _


@click.group("ballot")
def command() -> None:
    """Cast sealed ballots and open them."""


@command.command("cast")
@acting
@click.option("--tender", type=NUMBER, required=True, help="Number of the tender.")
@click.option(
    "--reasons",
    type=PATH,
    required=True,
    help="File with the written reasons; its hash goes into the ballot.",
)
@click.option(
    "--mark",
    "marks",
    multiple=True,
    required=True,
    help="ORGANISATION=yes, no, low (acceptable although low) or recused; once for each bidder.",
)
@store_option
def cast(session: Session, tender: int, reasons: Path, marks: tuple[str, ...], store: Path) -> None:
    """Sign and seal a ballot on the bids of a tender. The account of a seat on the panel signs."""
    from terang.ledger.facts import filed

    digest = filed(store, reasons, keep=False)
    act = session.opening.cast(session.signer, tender, digest, marks)
    session.filed(store, reasons)  # before it is sent, once it is a good ballot
    session.carry_out(
        [act],
        _("The ballot is sealed for tender {tender} in block {block}."),
        tender=tender,
        reasons=hashed(digest),
    )


@command.command("open")
@acting
@click.argument("tender", type=NUMBER)
def open_(session: Session, tender: int) -> None:
    """Open the released box of ballots of a tender. Anyone may."""
    session.carry_out(
        session.opening.open(session.wallet, tender, ballots=True),
        _("The ballots of tender {tender} are opened, the last in block {block}."),
        tender=tender,
    )
