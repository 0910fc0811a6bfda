"""terang participant: organisations, their licences and suspensions."""

from datetime import datetime
from pathlib import Path

import rich_click as click

from terang.cli.options import reason_option, store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import ADDRESS, INSTANT, NUMBER, PATH, Word
from terang.i18n import _

_ROLES = Word(["buyer", "supplier", "member"])
_LICENCES = Word(["registrar", "treasury", "relay"])


@click.group("participant")
def command() -> None:
    """Register organisations, license accounts, suspend and reinstate."""


@command.command("register")
@acting
@click.argument("file", type=PATH)
@click.option(
    "--role",
    "roles",
    type=_ROLES,
    multiple=True,
    required=True,
    help="What it may be: buyer, supplier or member; may be repeated.",
)
@click.option(
    "--address", type=ADDRESS, required=True, help="Its first account, which may act and bid."
)
@click.option(
    "--parties",
    type=PATH,
    default=Path("parties"),
    show_default=True,
    help="Folder that keeps records and their salts, readable by you only.",
)
def register(
    session: Session, file: Path, roles: tuple[str, ...], address: str, parties: Path
) -> None:
    """Enter the organisation whose record is the JSON object in FILE.

    The record stays with you: only its salted hash goes on chain. The account that signs is a
    licensed registrar's.
    """
    from terang.ledger.registering import keep_record, party_at, sample_hash
    from terang.vocabulary import Role

    register, party = session.ledger.participants, party_at(file)
    record = sample_hash(party) if session.dry_run else keep_record(parties, party)
    role = sum({Role[each.upper()] for each in roles}, Role(0))
    for receipt in session.send([register.register(session.wallet, record, role, address)]):
        # after a lost answer it may be the record of an earlier run
        entered = register.event(receipt, "OrganisationRegistered").args["record"]
        session.told(
            [receipt],
            _("Organisation {organisation} is registered in block {block}. Keep {file}."),
            organisation=register.registered(receipt),
            account=address,
            file=str(parties / f"{entered.hex()}.json"),
        )


@command.group("licence")
def licence() -> None:
    """Grant and revoke licences of registrars, treasuries and relays."""


@licence.command("grant")
@acting
@click.argument("kind", type=_LICENCES)
@click.argument("address", type=ADDRESS)
@click.option(
    "--until",
    type=INSTANT,
    help="First second without it, with its zone; without this option it has no end.",
)
def grant(session: Session, kind: str, address: str, until: datetime | None) -> None:
    """License the account ADDRESS as KIND: registrar, treasury or relay."""
    from terang.ledger.participants import FOREVER
    from terang.vocabulary import Licence

    end = FOREVER if until is None else int(until.timestamp())
    act = session.ledger.participants.grant(session.wallet, Licence[kind.upper()], address, end)
    session.carry_out(
        [act],
        _("{account} is licensed as {licence} in block {block}."),
        account=address,
        licence=kind,
        until=until.isoformat() if until else None,
    )


@licence.command("revoke")
@acting
@click.argument("kind", type=_LICENCES)
@click.argument("address", type=ADDRESS)
def revoke(session: Session, kind: str, address: str) -> None:
    """End the licence KIND of the account ADDRESS now."""
    from terang.vocabulary import Licence

    act = session.ledger.participants.revoke(session.wallet, Licence[kind.upper()], address)
    session.carry_out(
        [act],
        _("The licence of {account} as {licence} ends in block {block}."),
        account=address,
        licence=kind,
    )


@command.command("suspend")
@acting
@click.argument("organisation", type=NUMBER)
@reason_option
@store_option
def suspend(session: Session, organisation: int, reason: Path, store: Path) -> None:
    """Debar an organisation: nothing that closes from now on counts for it."""

    digest = session.filed(store, reason)
    session.carry_out(
        [session.ledger.participants.suspend(session.wallet, organisation, digest)],
        _("Organisation {organisation} is suspended in block {block}."),
        organisation=organisation,
        reason=hashed(digest),
    )


@command.command("reinstate")
@acting
@click.argument("organisation", type=NUMBER)
@reason_option
@store_option
def reinstate(session: Session, organisation: int, reason: Path, store: Path) -> None:
    """End the suspension of an organisation."""

    digest = session.filed(store, reason)
    session.carry_out(
        [session.ledger.participants.reinstate(session.wallet, organisation, digest)],
        _("Organisation {organisation} is reinstated in block {block}."),
        organisation=organisation,
        reason=hashed(digest),
    )


@command.command("list")
@reading
def list_(session: Session) -> None:
    """List the organisations."""
    from terang.ledger.directory import organisations

    found = organisations(session.state)
    session.show("\n".join(each.text() for each in found), [each.document() for each in found])


@command.command("show")
@reading
@click.argument("organisation", type=NUMBER)
def show(session: Session, organisation: int) -> None:
    """Show an organisation: its roles, its accounts, whether it is suspended."""
    from terang.ledger.directory import organisation_at

    found = organisation_at(session.state, organisation)
    session.show(found.text(), found.document())
