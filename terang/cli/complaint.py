"""terang complaint: complaints against awards, and the panels that decide them."""

from pathlib import Path

import rich_click as click

from terang.cli.options import reason_option, store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import NUMBER, PATH, REMEDY
from terang.i18n import _


@click.group("complaint")
def command() -> None:
    """Complain against an award, vote on complaints, and look at them."""


@command.command("file")
@acting
@click.argument("tender", type=NUMBER)
@click.option(
    "--grounds",
    type=PATH,
    required=True,
    help="File with the grounds and evidence; its hash goes on chain.",
)
@store_option
def file(session: Session, tender: int, grounds: Path, store: Path) -> None:
    """Complain against the ranking of a tender, while its standstill lasts.

    A supplier whose bid was opened signs, once for each ranking. The deposit of the tender's rule
    is taken from the account, and paid back unless the complaint is found abusive.
    """
    from terang.i18n.show import iso
    from terang.ledger.reviewing import filing

    found = session.tender(tender)
    digest = session.filed(store, grounds)
    acts = filing(session.ledger, session.state, session.wallet, found, digest)
    receipts = session.send(acts)
    if receipts:
        reviews = session.ledger.reviews
        drawn = reviews.event(receipts[-1], "ReviewPanelDrawn").args
        session.told(
            receipts,
            _(
                "Complaint {complaint} about tender {tender} is filed in block {block}. "
                "Seats {panel} decide it by {decideBy}."
            ),
            complaint=reviews.filed(receipts[-1]),
            tender=tender,
            panel=list(drawn["seats"]),
            decideBy=iso(drawn["decideBy"]),
            grounds=hashed(digest),
            deposit=reviews.event(receipts[-1], "ComplaintFiled").args["deposit"],
        )


@command.command("vote")
@acting
@click.argument("complaint", type=NUMBER)
@click.option(
    "--ruling",
    type=REMEDY,
    required=True,
    help="What is to be done: dismiss, re-evaluate, exclude (the winner) or cancel.",
)
@click.option("--abusive", is_flag=True, help="The complaint is abusive; only with dismiss.")
@reason_option
@store_option
def vote(
    session: Session, complaint: int, ruling: str, abusive: bool, reason: Path, store: Path
) -> None:
    """Vote on a complaint, openly and once. The account of a seat on its panel signs."""
    from terang.ledger.reviewing import complaint_at, remedy_of

    found = complaint_at(session.state, complaint)
    digest = session.filed(store, reason)
    session.carry_out(
        [session.ledger.reviews.vote(session.wallet, found.id, remedy_of(ruling), abusive, digest)],
        _("The vote on complaint {complaint} is cast in block {block}: {ruling}."),
        complaint=complaint,
        ruling=ruling,
        abusive=abusive,
        reason=hashed(digest),
    )


@command.command("decide")
@acting
@click.argument("complaint", type=NUMBER)
def decide(session: Session, complaint: int) -> None:
    """Draw the conclusion from the votes on a complaint. Anyone may.

    When every seat has voted, or the time is over. Without quorum another panel is drawn.
    """
    from terang.ledger.reviewing import complaint_at, outcome

    found = complaint_at(session.state, complaint)
    ledger = session.ledger
    for receipt in session.send([ledger.reviews.decide(session.wallet, found.id)]):
        sentence, facts = outcome(ledger, receipt)
        session.told([receipt], sentence, complaint=complaint, tender=found.tender, **facts)


@command.command("deposit")
@acting
@click.argument("complaint", type=NUMBER)
def deposit(session: Session, complaint: int) -> None:
    """Pay the deposit of a closed complaint back to the account that gave it. Anyone may.

    That of an abusive complaint goes to the licensed treasury that signs.
    """
    from terang.ledger.reviewing import complaint_at

    found = complaint_at(session.state, complaint)
    reviews = session.ledger.reviews
    for receipt in session.send([reviews.pay_deposit(session.wallet, found.id)]):
        paid = reviews.event(receipt, "DepositPaid").args
        session.told(
            [receipt],
            _("The deposit of complaint {complaint} is paid to {account} in block {block}."),
            complaint=complaint,
            account=paid["to"],
            amount=paid["amount"],
        )


@command.command("list")
@reading
@click.option("--tender", type=NUMBER, help="Only complaints about this tender.")
def list_(session: Session, tender: int | None) -> None:
    """List complaints: number, tender, who complains, how it stands."""
    from terang.ledger.reviewing import listing

    session.show(*listing(session.state, tender))


@command.command("show")
@reading
@click.argument("complaint", type=NUMBER)
def show(session: Session, complaint: int) -> None:
    """Show a complaint: its grounds, panels, votes, ruling and deposit."""
    from terang.ledger.reviewing import complaint_at, shown

    found = complaint_at(session.state, complaint)
    session.show(*shown(session.ledger, session.state, found))
