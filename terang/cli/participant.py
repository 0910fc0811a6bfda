"""terang participant: organisations, their licences and suspensions."""

from datetime import datetime
from pathlib import Path

import rich_click as click

from terang.cli.options import (
    reason_option,
    store_option,
)
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.signing import sign_command, signature_option
from terang.cli.through import hand_over, sender, through_options
from terang.cli.values import ADDRESS, INSTANT, NUMBER, PATH, Word
from terang.i18n import _
from terang.i18n.show import plain

_ROLES = Word(["buyer", "supplier", "member"])
_LICENCES = Word(["registrar", "treasury", "relay"])
_POWERS = Word(["act", "bid"])


@click.group("participant")
def command() -> None:
    """Register organisations and their keys, license accounts, suspend and reinstate."""


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
    from terang.vocabulary import EVER, Licence

    end = EVER if until is None else int(until.timestamp())
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


@command.group("key")
def key() -> None:
    """Let keys serve an organisation, and end them."""


@key.command("prepare")
@reading
@click.argument("organisation", type=NUMBER)
@click.option("--address", type=ADDRESS, required=True, help="The key's address.")
@click.option(
    "--power",
    "powers",
    type=_POWERS,
    multiple=True,
    required=True,
    help="What it may do: act or bid; may be repeated.",
)
@click.option(
    "--from",
    "starts",
    type=INSTANT,
    required=True,
    help="First second of its powers, with its zone; for a registrar seven days ahead or more.",
)
@click.option(
    "--until",
    type=INSTANT,
    help="First second without them, with its zone; without this option they have no end.",
)
@click.option("--out", type=PATH, help="File to write; else key-ORGANISATION-ADDRESS.json.")
def prepare(
    session: Session,
    organisation: int,
    address: str,
    powers: tuple[str, ...],
    starts: datetime,
    until: datetime | None,
    out: Path | None,
) -> None:
    """Write the consent that a key gives to serve ORGANISATION to a file for its wallet to sign.

    Nobody can bind a stranger's address, and a key serves one organisation once. Nothing is sent.
    """
    from terang.ledger.signing import save
    from terang.vocabulary import EVER, Power

    power = sum({Power[each.upper()] for each in powers}, Power(0))
    first = int(starts.timestamp())
    last = EVER if until is None else int(until.timestamp())
    data = session.ledger.participants.accept_key(organisation, address, power, first, last)
    path = out or Path(f"key-{organisation}-{address}.json")
    save(data, path)
    session.show(
        _(
            "{file} is to be signed by {account}: `participant key sign {file}`, without network "
            "if you like. `participant key submit {file}` then registers it."
        ).format(file=path, account=address),
        {"file": str(path), "digest": hashed(data.digest)},
    )


key.add_command(
    sign_command(
        "AcceptKey",
        "Show the consent in FILE, sign it, and write the signature to a file beside it."
        "\n\n"
        "No chain is needed. The account is the key itself.",
    )
)


@key.command("submit")
@acting
@click.argument("file", type=PATH)
@signature_option
@through_options
def submit(
    session: Session, file: Path, signature: Path, through: str | None, out: Path | None
) -> None:
    """Register the key in FILE with its consent.

    An account that acts for the organisation signs, or a registrar, who gives seven days' notice.

    Where that account is a contract wallet, name it with --through: its owners carry the call out,
    before the key's powers begin.
    """
    from terang.i18n.show import when
    from terang.ledger.registering import authorisation
    from terang.ledger.signing import Signature, load

    data = load(file, "AcceptKey", session.ledger.participants.domain)
    consent, who = Signature.load(signature, data), sender(session, through)
    act = authorisation(session.ledger, who, data, consent)
    if through:
        late = _("They have until {time}, the first second of the key: none begins in the past.")
        hand_over(session, act, out, late.format(time=when(data.message["from"])))
        return
    session.carry_out(
        [act],
        _("{account} serves organisation {organisation}; registered in block {block}."),
        account=data.message["key"],
        organisation=data.message["organisation"],
    )


@key.command("revoke")
@acting
@click.argument("address", type=ADDRESS)
@through_options
def revoke_key(session: Session, address: str, through: str | None, out: Path | None) -> None:
    """End the key ADDRESS now, or in seven days when a registrar signs.

    Else an account signs that acts for its organisation. Where that is a contract wallet, name it
    with --through: the key ends when its owners carry the call out.
    """
    from terang.i18n.show import iso, when

    register = session.ledger.participants
    act = register.revoke_key(sender(session, through), address)
    if through:
        hand_over(session, act, out)
        return
    for receipt in session.send([act]):
        until = register.event(receipt, "KeyRevoked").args["until"]
        session.told(
            [receipt],
            _("The powers of {account} end {time}; registered in block {block}."),
            account=address,
            time=when(until),
            until=iso(until),
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
    session.show("\n".join(each.line() for each in found), [each.document() for each in found])


@command.command("verify")
@reading
@click.argument("organisation", type=NUMBER)
@click.argument("file", type=PATH)
def verify(session: Session, organisation: int, file: Path) -> None:
    """Check that FILE is the record with which ORGANISATION was registered.

    FILE holds record and salt, as `participant register` keeps them. Exit 5 when it is another.
    """
    from terang.ledger.directory import organisation_at
    from terang.ledger.registering import verified

    record = organisation_at(session.state, organisation).organisation.record
    name = verified(file, record)["name"]
    session.show(
        _("{file} is the record of organisation {organisation}: {name}").format(
            file=file, organisation=organisation, name=plain(name)
        ),
        {"organisation": organisation, "record": hashed(record), "name": name},
    )


@command.command("show")
@reading
@click.argument("organisation", type=NUMBER)
def show(session: Session, organisation: int) -> None:
    """Show an organisation: its roles, whether it is suspended, its keys and what they may do."""
    from terang.ledger.directory import organisation_at

    found = organisation_at(session.state, organisation)
    session.show(found.text(), found.document())
