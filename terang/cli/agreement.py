"""terang agreement: prepare, sign, submit, fund, close, renounce, claim."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.options import store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.signing import sign_command
from terang.cli.values import ADDRESS, AMOUNT, INSTANT, NUMBER, PATH, Number
from terang.errors import UsageError
from terang.i18n import _


@click.group("agreement")
def command() -> None:
    """Prepare, sign, submit, fund, renounce and close agreements."""


@command.command("prepare")
@reading
@click.argument("tender", type=NUMBER)
@click.option(
    "--document", type=PATH, required=True, help="The document that both sides sign to; it is kept."
)
@click.option(
    "--refund-to",
    type=ADDRESS,
    required=True,
    help="Receives what is not spent: a licensed treasury's account.",
)
@click.option(
    "--inspector",
    "inspectors",
    type=ADDRESS,
    multiple=True,
    required=True,
    help="An account that accepts or rejects reports; may be repeated.",
)
@click.option(
    "--approvals",
    type=Number(1, 16),
    default=2,
    show_default=True,
    help="How many inspectors must accept a milestone.",
)
@click.option("--payee", type=ADDRESS, help="Receives the supplier's money; else who bid.")
@click.option("--starts", type=INSTANT, help="First second of the work; else the chain's clock.")
@click.option(
    "--days",
    type=Number(1, 3650),
    default=30,
    show_default=True,
    help="Days from one milestone's due date to the next.",
)
@click.option("--out", type=PATH, help="File to write; else agreement-TENDER.json.")
@store_option
def prepare(
    session: Session,
    tender: int,
    document: Path,
    refund_to: str,
    inspectors: tuple[str, ...],
    approvals: int,
    payee: str | None,
    starts: datetime | None,
    days: int,
    out: Path | None,
    store: Path,
) -> None:
    """Write the agreement that follows from an award to a file for both sides to sign.

    The file is the message that wallets show (EIP-712). Nothing is sent.
    """
    from terang.ledger.contracting import Choices, draft
    from terang.ledger.signing import save

    ledger, path = session.ledger, out or Path(f"agreement-{tender}.json")
    digest = session.filed(store, document)
    starts_at = int(starts.timestamp()) if starts else ledger.chain.now
    choices = Choices(digest, starts_at, days, payee, refund_to, inspectors, approvals)
    data = ledger.agreements.typed_data(draft(ledger, session.tender(tender), choices))
    save(data, path)
    session.show(
        _("{file} is to be signed by buyer and supplier: `agreement sign {file}`.").format(
            file=path
        ),
        {"file": str(path), "digest": hashed(data.digest), "documents": hashed(digest)},
    )


command.add_command(
    sign_command(
        "SignAgreement",
        "Show the agreement in FILE, sign it, and write the signature to a file beside it."
        "\n\n"
        "No chain is needed.",
    )
)


@command.command("submit")
@acting
@click.argument("file", type=PATH)
@click.option("--buyer", type=PATH, required=True, help="File with the buyer's signature.")
@click.option("--supplier", type=PATH, required=True, help="File with the supplier's signature.")
def submit(session: Session, file: Path, buyer: Path, supplier: Path) -> None:
    """Register the agreement in FILE with both signatures. Anyone may."""
    from terang.ledger.contracting import submission
    from terang.ledger.signing import Signature, load

    ledger = session.ledger
    data = load(file, "SignAgreement", ledger.agreements.domain)
    tender = session.tender(data.message["tenderId"])
    signatures = [Signature.load(each, data) for each in (buyer, supplier)]
    session.carry_out(
        [submission(ledger, session.wallet, tender, data, signatures)],
        _("The agreement of tender {tender} is signed in block {block}."),
        tender=tender.id,
        digest=hashed(data.digest),
    )


@command.command("fund")
@acting
@click.argument("tender", type=NUMBER)
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--full", is_flag=True, help="Pay in all that lacks to the price.")
def fund(session: Session, tender: int, amount: Decimal | None, full: bool) -> None:
    """Pay AMOUNT of its currency into an agreement's escrow. The buyer or a treasury signs.

    Two transactions: the allowance, then the payment.
    """
    from terang.ledger.bidding import price_in
    from terang.ledger.contracting import funding

    if full == (amount is not None):
        raise UsageError(_("Give either an amount or --full."))
    ledger, found = session.ledger, session.tender(tender)
    value = None if amount is None else price_in(ledger, tender, amount)
    session.carry_out(
        funding(ledger, session.wallet, found, value),
        _("The agreement of tender {tender} is funded in block {block}."),
        tender=tender,
    )


@command.command("close")
@acting
@click.argument("tender", type=NUMBER)
def close(session: Session, tender: int) -> None:
    """Close an agreement and return what it still holds. Either side or a treasury signs."""
    from terang.ledger.facts import signed_agreement

    agreement = signed_agreement(session.tender(tender))
    session.carry_out(
        [session.ledger.escrow.close(session.wallet, agreement)],
        _("The agreement of tender {tender} is closed in block {block}."),
        tender=tender,
    )


@command.command("renounce")
@acting
@click.argument("tender", type=NUMBER)
def renounce(session: Session, tender: int) -> None:
    """Give up what an agreement has not paid yet, so that it can be closed. The supplier signs.

    There is no way back; milestones under inspection may still be accepted until it is closed.
    """
    from terang.ledger.facts import signed_agreement

    agreement = signed_agreement(session.tender(tender))
    session.carry_out(
        [session.ledger.escrow.renounce(session.wallet, agreement)],
        _("The rest of the agreement of tender {tender} is renounced in block {block}."),
        tender=tender,
    )


@command.command("claim")
@acting
@click.argument("tender", type=NUMBER)
@click.option(
    "--payee", type=ADDRESS, help="To whom it could not be delivered; else the account that signs."
)
@click.option("--to", type=ADDRESS, help="Receives it, where the payee itself signs; else PAYEE.")
def claim(session: Session, tender: int, payee: str | None, to: str | None) -> None:
    """Take the money that the token of a tender's agreement did not deliver to a payee.

    Anyone may have it sent to the payee; the payee may have it sent elsewhere.
    """
    from terang.i18n.show import money

    ledger, token = session.ledger, session.tender(tender).terms["currency"]
    owner = payee or session.wallet.address
    for receipt in session.send([ledger.escrow.claim(session.wallet, token, owner, to or owner)]):
        claimed = ledger.escrow.event(receipt, "Claimed").args
        amount = int(claimed["amount"])
        session.told(
            [receipt],
            _("{money} of {payee} is sent to {to} in block {block}."),
            money=money(amount, ledger.currency_at(token)),
            amount=amount,
            token=token,
            payee=claimed["payee"],
            to=claimed["to"],
        )


@command.command("show")
@reading
@click.argument("tender", type=NUMBER)
def show(session: Session, tender: int) -> None:
    """Show a tender's agreement and its money."""
    from terang.ledger.dossier import agreement

    text, document = agreement(session.tender(tender), session.ledger)
    session.show(text, document)
