"""terang agreement: prepare, sign, submit, fund, close."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import rich_click as click

from terang.cli.options import Account, account_options, json_option, store_option
from terang.cli.program import emit, progress
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import ADDRESS, AMOUNT, INSTANT, NUMBER, PATH, Number
from terang.errors import UsageError
from terang.i18n import _


@click.group("agreement")
def command() -> None:
    """Prepare, sign, submit, fund and close agreements."""


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
    from terang.ledger.contracting import Choices, draft, save

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


@command.command("sign")
@account_options
@json_option
@click.argument("file", type=PATH)
def sign(account: Account, as_json: bool, file: Path) -> None:
    """Show the agreement in FILE, sign it, and write the signature to a file beside it.

    No chain is needed.
    """
    from terang.ledger.contracting import described, keep, load
    from terang.ledger.contracting import sign as signed

    data = load(file)
    progress(described(data))  # before a password is asked for
    signature = signed(data, account.unlock())
    path = keep(signature, file)
    if as_json:
        emit(signature.document() | {"file": str(path)})
    else:
        click.echo(
            _("{account} signed; the signature is in {file}.").format(
                account=signature.account, file=path
            )
        )


@command.command("submit")
@acting
@click.argument("file", type=PATH)
@click.option("--buyer", type=PATH, required=True, help="File with the buyer's signature.")
@click.option("--supplier", type=PATH, required=True, help="File with the supplier's signature.")
def submit(session: Session, file: Path, buyer: Path, supplier: Path) -> None:
    """Register the agreement in FILE with both signatures. Anyone may."""
    from terang.ledger.contracting import Signature, load, submission

    ledger = session.ledger
    data = load(file, ledger.agreements.domain)
    tender = session.tender(data.message["tenderId"])
    signatures = [Signature.load(each) for each in (buyer, supplier)]
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
    from terang.ledger.contracting import funding
    from terang.ledger.desk import price_in

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


@command.command("show")
@reading
@click.argument("tender", type=NUMBER)
def show(session: Session, tender: int) -> None:
    """Show a tender's agreement and its money."""
    from terang.ledger.dossier import agreement

    text, document = agreement(session.tender(tender), session.ledger)
    session.show(text, document)
