"""terang award: draw the panel, rank the bids, award, accept, pass over."""

import rich_click as click

from terang.cli.session import Session, acting, reading
from terang.cli.values import NUMBER, Number
from terang.i18n import N_, _
from terang.vocabulary import Question

_COURSES = {
    "StandstillStarted": N_("The standstill has begun."),
    "NoBidAcceptable": N_("No bid is acceptable."),
    "QualityDecided": N_("Quality is decided; the openers give their shares for the prices now."),
    "LowPricesQuestioned": N_(
        "A price is abnormally low: `award draw` draws a panel that says which such prices are "
        "acceptable."
    ),
}


@click.group("award")
def command() -> None:
    """Draw a tender's panel, rank its bids, award: anyone may. The winner accepts."""


@command.command("draw")
@acting
@click.argument("tender", type=NUMBER)
def draw(session: Session, tender: int) -> None:
    """Draw the panel of a tender whose bids are open, and open its ballot box.

    The box takes the first key of the pool that is free. Bids whose price is abnormally low are
    flagged first, so that the panel knows.
    """
    from terang.i18n.show import iso
    from terang.ledger.desk import free_keys
    from terang.ledger.facts import low_bids, terms_of

    found, ledger = session.tender(tender), session.ledger
    low = low_bids(session.state, found)
    (key,) = free_keys(ledger)
    acts = [ledger.awards.flag(session.wallet, tender, place) for place in low]
    acts.append(ledger.awards.draw(session.wallet, tender, terms_of(found), key))
    receipts = session.send(acts)
    if receipts:
        drawn = ledger.ballots.event(receipts[-1], "PanelDrawn").args
        session.told(
            receipts,
            _("The panel of tender {tender} is drawn in block {block}: seats {panel}."),
            tender=tender,
            panel=list(drawn["seats"]),
            question=Question(drawn["question"]).name.lower(),
            closes=iso(drawn["closesAt"]),
            low=[found.bidders[place] for place in low],
        )


@command.command("flag")
@acting
@click.argument("tender", type=NUMBER)
@click.argument("organisation", type=NUMBER, required=False)
def flag(session: Session, tender: int, organisation: int | None) -> None:
    """Say publicly which bids of a tender are abnormally low by its rule, or that one of them is.

    `award draw` does so itself. What the panel must answer follows from the prices alone.
    """
    from terang.ledger.facts import to_flag

    found = session.tender(tender)
    low = to_flag(session.state, found, organisation)
    session.carry_out(
        [session.ledger.awards.flag(session.wallet, tender, place) for place in low],
        _("{count} bids of tender {tender} are flagged as abnormally low in block {block}."),
        tender=tender,
        count=len(low),
        organisations=[found.bidders[place] for place in low],
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
    """Compare a tender's bids by the opened ballots, as far as that goes now.

    Where quality counts it goes in two steps: once before prices are opened, once after.
    """
    from terang.ledger.facts import left_to_rank

    found, awards = session.tender(tender), session.ledger.awards
    counts = left_to_rank(session.state, found, chunk)
    receipts = session.send([awards.rank(session.wallet, tender, count) for count in counts])
    if receipts:
        course = awards.course(receipts)
        sentence = _("{bids} bids of tender {tender} are ranked in block {block}.")
        session.told(
            receipts,
            f"{sentence} {_(_COURSES[course])}" if course else sentence,
            tender=tender,
            bids=len(found.bidders),
            course=course or None,
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


@command.command("accept")
@acting
@click.argument("tender", type=NUMBER)
def accept(session: Session, tender: int) -> None:
    """Say that you are ready to sign, so that you are not passed over. The winner signs.

    Its performance security must be there, if the rule asks for one.
    """
    from terang.ledger.facts import terms_of

    terms = terms_of(session.tender(tender))
    session.carry_out(
        [session.ledger.awards.accept(session.wallet, tender, terms)],
        _("The award of tender {tender} is accepted in block {block}."),
        tender=tender,
    )


@command.command("pass-over")
@acting
@click.argument("tender", type=NUMBER)
def pass_over(session: Session, tender: int) -> None:
    """Pass over a winner that neither signed nor accepted in time; the others are ranked again."""
    found, awards = session.tender(tender), session.ledger.awards
    for receipt in session.send([awards.pass_over(session.wallet, found.id)]):
        session.told(
            [receipt],
            _(
                "Organisation {organisation} is passed over in block {block}. "
                "`award rank {tender}` ranks the other bids."
            ),
            tender=tender,
            organisation=awards.event(receipt, "WinnerPassedOver").args["organisation"],
        )


@command.command("show")
@reading
@click.argument("tender", type=NUMBER)
def show(session: Session, tender: int) -> None:
    """Show a tender's panel, ballots, ranking and award."""
    from terang.ledger.dossier import award

    text, document = award(session.tender(tender), session.ledger)
    session.show(text, document)
