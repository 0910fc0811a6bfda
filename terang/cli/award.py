"""terang award: draw the panel, rank the bids, award."""

import rich_click as click

from terang.cli.session import Session, acting, reading
from terang.cli.values import NUMBER, Number
from terang.i18n import _


@click.group("award")
def command() -> None:
    """Draw a tender's panel, rank its bids, award; anyone may."""


@command.command("draw")
@acting
@click.argument("tender", type=NUMBER)
def draw(session: Session, tender: int) -> None:
    """Draw the panel of a tender whose bids are open, and open its ballot box.

    The box takes the first key of the pool that is free.
    """
    from terang.i18n.show import iso
    from terang.ledger.desk import free_keys
    from terang.ledger.facts import terms_of

    ledger, terms = session.ledger, terms_of(session.tender(tender))
    (key,) = free_keys(ledger)
    act = ledger.awards.draw(session.wallet, tender, terms, key)
    for receipt in session.send([act]):
        drawn = ledger.ballots.event(receipt, "PanelDrawn").args
        session.told(
            [receipt],
            _("The panel of tender {tender} is drawn in block {block}: seats {panel}."),
            tender=tender,
            panel=list(drawn["seats"]),
            closes=iso(drawn["closesAt"]),
        )


@command.command("rank")
@acting
@click.argument("tender", type=NUMBER)
@click.option(
    "--chunk",
    type=Number(1, 200),
    default=100,
    show_default=True,
    help="Bids compared in one transaction.",
)
def rank(session: Session, tender: int, chunk: int) -> None:
    """Compare a tender's bids by the opened ballots."""
    from terang.ledger.facts import left_to_rank

    counts = left_to_rank(session.tender(tender), chunk)
    session.carry_out(
        [session.ledger.awards.rank(session.wallet, tender, count) for count in counts],
        _("{bids} bids of tender {tender} are ranked in block {block}."),
        tender=tender,
        bids=sum(counts),
    )


@command.command("finalise")
@acting
@click.argument("tender", type=NUMBER)
def finalise(session: Session, tender: int) -> None:
    """Award a tender to its first bid in rank, once the standstill is over."""
    from terang.i18n.show import iso

    awards = session.ledger.awards
    for receipt in session.send([awards.finalise(session.wallet, tender)]):
        awarded = awards.event(receipt, "Awarded").args
        session.told(
            [receipt],
            _("Tender {tender} is awarded to organisation {organisation} in block {block}."),
            tender=tender,
            organisation=awarded["organisation"],
            price=awarded["price"],
            signBy=iso(awarded["signBy"]),
        )


@command.command("show")
@reading
@click.argument("tender", type=NUMBER)
def show(session: Session, tender: int) -> None:
    """Show a tender's panel, ballots, ranking and award."""
    from terang.ledger.dossier import award

    text, document = award(session.tender(tender), session.ledger)
    session.show(text, document)
