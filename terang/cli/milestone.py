"""terang milestone: report, accept, reject."""

from pathlib import Path

import rich_click as click

from terang.cli.options import reason_option, store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import NUMBER, PATH, Number
from terang.i18n import _

_MILESTONE = Number(1, 255)


@click.group("milestone")
def command() -> None:
    """Report milestones, accept or reject them; they count from 1."""


@command.command("report")
@acting
@click.argument("tender", type=NUMBER)
@click.argument("milestone", type=_MILESTONE)
@click.option(
    "--evidence",
    type=PATH,
    required=True,
    help="File with the evidence of the work; its hash goes on chain.",
)
@store_option
def report(session: Session, tender: int, milestone: int, evidence: Path, store: Path) -> None:
    """Report a milestone as done. The supplier signs."""
    from terang.ledger.facts import check_milestone, signed_agreement

    agreement = signed_agreement(session.tender(tender))
    check_milestone(agreement, milestone)
    digest = session.filed(store, evidence)
    session.carry_out(
        [session.ledger.escrow.report(session.wallet, agreement, milestone - 1, digest)],
        _("Milestone {milestone} of tender {tender} is reported in block {block}."),
        tender=tender,
        milestone=milestone,
        evidence=hashed(digest),
    )


@command.command("accept")
@acting
@click.argument("tender", type=NUMBER)
@click.argument("milestone", type=_MILESTONE)
def accept(session: Session, tender: int, milestone: int) -> None:
    """Accept the present report of a milestone. An inspector signs; the last acceptance pays."""
    from terang.ledger.facts import present_report

    escrow = session.ledger.escrow
    agreement, number = present_report(session.tender(tender), milestone)
    receipts = session.send([escrow.accept(session.wallet, agreement, milestone - 1, number)])
    if not receipts:
        return
    paid = escrow.paid(receipts)
    session.told(
        receipts,
        _("Milestone {milestone} of tender {tender} is accepted and paid in block {block}.")
        if paid
        else _("Milestone {milestone} of tender {tender} is accepted in block {block}."),
        tender=tender,
        milestone=milestone,
        report=number,
        paid=paid,
    )


@command.command("reject")
@acting
@click.argument("tender", type=NUMBER)
@click.argument("milestone", type=_MILESTONE)
@reason_option
@store_option
def reject(session: Session, tender: int, milestone: int, reason: Path, store: Path) -> None:
    """Reject the present report of a milestone. An inspector signs."""
    from terang.ledger.facts import present_report

    agreement, number = present_report(session.tender(tender), milestone)
    digest = session.filed(store, reason)
    session.carry_out(
        [session.ledger.escrow.reject(session.wallet, agreement, milestone - 1, number, digest)],
        _("Milestone {milestone} of tender {tender} is rejected in block {block}."),
        tender=tender,
        milestone=milestone,
        report=number,
        reason=hashed(digest),
    )


@command.command("list")
@reading
@click.argument("tender", type=NUMBER)
def list_(session: Session, tender: int) -> None:
    """List a tender's milestones: amount, due date, what became of each."""
    from terang.ledger.dossier import milestones

    text, document = milestones(session.tender(tender), session.ledger)
    session.show(text, document)
