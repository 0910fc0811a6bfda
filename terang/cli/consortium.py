"""terang consortium: the seats of the member organisations."""

from pathlib import Path

import rich_click as click

from terang.cli.options import reason_option, store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import ADDRESS, NUMBER, Word
from terang.i18n import _


@click.group("consortium")
def command() -> None:
    """Admit members, move their seats, remove them, list the seats."""


@command.command("admit")
@acting
@click.argument("organisation", type=NUMBER)
@click.option(
    "--class",
    "seat_class",
    type=Word(["agency", "auditor", "citizen"]),
    required=True,
    help="Class of the seat: agency, auditor or citizen.",
)
@click.option("--address", type=ADDRESS, required=True, help="The account that votes for the seat.")
def admit(session: Session, organisation: int, seat_class: str, address: str) -> None:
    """Give a member organisation its seat. The administration signs."""
    from terang.vocabulary import SeatClass

    consortium = session.ledger.consortium
    act = consortium.admit(session.wallet, organisation, SeatClass[seat_class.upper()], address)
    for receipt in session.send([act]):
        session.told(
            [receipt],
            _("Organisation {organisation} has seat {seat} since block {block}."),
            organisation=organisation,
            seat=consortium.admitted(receipt),
            account=address,
        )


@command.command("move")
@acting
@click.argument("seat", type=NUMBER)
@click.option(
    "--address",
    type=ADDRESS,
    required=True,
    help="The account that votes for the seat from now on; one that never had a seat.",
)
def move(session: Session, seat: int, address: str) -> None:
    """Move a seat to another account. The seat's present account or the administration signs.

    Ballots on tenders that have closed are still signed by the old account, which never serves a
    seat again.
    """
    session.carry_out(
        [session.ledger.consortium.change_account(session.wallet, seat, address)],
        _("Seat {seat} is moved to {account} in block {block}."),
        seat=seat,
        account=address,
    )


@command.command("remove")
@acting
@click.argument("seat", type=NUMBER)
@reason_option
@store_option
def remove(session: Session, seat: int, reason: Path, store: Path) -> None:
    """Take a seat away. The administration signs."""

    digest = session.filed(store, reason)
    session.carry_out(
        [session.ledger.consortium.remove(session.wallet, seat, digest)],
        _("Seat {seat} is removed in block {block}."),
        seat=seat,
        reason=hashed(digest),
    )


@command.command("list")
@reading
def list_(session: Session) -> None:
    """List the seats, also those removed."""
    from terang.ledger.directory import seat_document, seat_text

    seats = session.state.seats
    session.show(
        "\n".join(seat_text(each) for each in seats), [seat_document(each) for each in seats]
    )
