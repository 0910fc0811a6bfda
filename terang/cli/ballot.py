"""terang ballot: what a panel does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich_click as click

from terang.cli.options import store_option
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.signing import sign_command, signature_option
from terang.cli.values import ADDRESS, NUMBER, PATH
from terang.i18n import _

_JUDGEMENT = (
    click.option("--tender", type=NUMBER, required=True, help="Number of the tender."),
    click.option(
        "--reasons",
        type=PATH,
        required=True,
        help="File with the written reasons; its hash goes into the ballot.",
    ),
    click.option(
        "--mark",
        "marks",
        multiple=True,
        required=True,
        help="ORGANISATION=yes, no, low (acceptable although low) or recused; once for each "
        "bidder.",
    ),
    store_option,
)


def _judging(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say what a ballot judges."""
    for option in reversed(_JUDGEMENT):
        command = option(command)
    return command


@click.group("ballot")
def command() -> None:
    """Cast sealed ballots and open them."""


@command.command("cast")
@acting
@_judging
def cast(session: Session, tender: int, reasons: Path, marks: tuple[str, ...], store: Path) -> None:
    """Sign and seal a ballot on the bids of a tender. The account of a seat on the panel signs."""
    from terang.ledger.balloting import Poll
    from terang.ledger.facts import filed

    digest = filed(store, reasons, keep=False)
    poll = Poll(session.ledger, session.state, tender)
    ballot = poll.ballot(session.signer.address, digest, marks).sign(session.signer, poll.box)
    session.filed(store, reasons)  # before it is sent, once it is a good ballot
    session.carry_out(
        [poll.cast(session.wallet, ballot)],
        _("The ballot is sealed for tender {tender} in block {block}."),
        tender=tender,
        reasons=hashed(digest),
    )


@command.command("prepare")
@reading
@_judging
@click.option(
    "--member", type=ADDRESS, required=True, help="Account of the seat, which is to sign."
)
@click.option("--out", type=PATH, help="File to write; else ballot-TENDER-SEAT.json.")
def prepare(
    session: Session,
    tender: int,
    reasons: Path,
    marks: tuple[str, ...],
    store: Path,
    member: str,
    out: Path | None,
) -> None:
    """Write a ballot to a file that a wallet without network can sign.

    The file is the message that wallets show (EIP-712), and tells how the seat votes. Nothing is
    sent.
    """
    from terang.ledger.balloting import Poll
    from terang.ledger.facts import filed
    from terang.ledger.signing import save

    digest = filed(store, reasons, keep=False)
    poll = Poll(session.ledger, session.state, tender)
    ballot = poll.ballot(member, digest, marks)
    data = ballot.typed_data(poll.box)
    path = out or Path(f"ballot-{tender}-{ballot.seat}.json")
    save(data, path, 0o600)
    session.filed(store, reasons)
    session.show(
        _(
            "{file} is to be signed by {account}: `ballot sign {file}`, without network if you "
            "like. `ballot submit {file}` then seals it."
        ).format(file=path, account=member),
        {
            "file": str(path),
            "digest": hashed(data.digest),
            "tender": tender,
            "seat": ballot.seat,
            "reasons": hashed(digest),
        },
    )


command.add_command(
    sign_command(
        "CastBallot",
        "Show the ballot in FILE, sign it, and write the signature to a file beside it."
        "\n\n"
        "No chain is needed.",
    )
)


@command.command("submit")
@acting
@click.argument("file", type=PATH)
@signature_option
def submit(session: Session, file: Path, signature: Path) -> None:
    """Seal the ballot in FILE with its signature and put it into the ballot box.

    Any account of the panel sends it, or a relay.
    """
    from terang.ledger.balloting import Poll
    from terang.ledger.signing import Signature, load

    data = load(file, "CastBallot", session.ledger.awards.domain)
    tender = data.message["tenderId"]
    poll = Poll(session.ledger, session.state, tender)
    ballot = poll.read(data, Signature.load(signature))
    session.carry_out(
        [poll.cast(session.wallet, ballot)],
        _("The ballot is sealed for tender {tender} in block {block}."),
        tender=tender,
        reasons=hashed(ballot.reasons),
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
