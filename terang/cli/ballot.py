"""terang ballot: what a panel does."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from terang.cli.documents import places, stores_option
from terang.cli.options import reason_option, receipts_option, store_option
from terang.cli.program import progress
from terang.cli.relay import by_relay, relay_option, show_plan
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.signing import sign_command, signature_option
from terang.cli.values import ADDRESS, NUMBER, PATH
from terang.i18n import _

if TYPE_CHECKING:
    from terang.ledger.balloting import Poll
    from terang.sealing.messages import Ballot

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
        help="ORGANISATION=yes, no, low (acceptable although low) or recused; where quality is "
        "judged a score from 0 to 100; once for each bidder.",
    ),
    stores_option(
        "Tell first which bids' documents cannot be read in this store; may be repeated.",
        default=False,
    ),
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
@relay_option
@receipts_option
def cast(
    session: Session,
    tender: int,
    reasons: Path,
    marks: tuple[str, ...],
    stores: tuple[str, ...],
    relays: tuple[str, ...],
    receipts: Path,
) -> None:
    """Sign and seal a ballot on the bids of a tender. The account of a seat on the panel signs."""
    from terang.ledger.balloting import Poll, hash_of

    digest = hash_of(reasons)
    _name_unreadable(session, tender, stores)
    poll = Poll(session.ledger, session.state, tender)
    ballot = poll.ballot(session.signer.address, digest, marks).sign(session.signer, poll.box)
    _cast(session, poll, ballot, relays, receipts)


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
    stores: tuple[str, ...],
    member: str,
    out: Path | None,
) -> None:
    """Write a ballot to a file that a wallet without network can sign.

    The file is the message that wallets show (EIP-712), and tells how the seat votes. Nothing is
    sent.
    """
    from terang.ledger.balloting import Poll, hash_of
    from terang.ledger.signing import save

    digest = hash_of(reasons)
    _name_unreadable(session, tender, stores)
    poll = Poll(session.ledger, session.state, tender)
    ballot = poll.ballot(member, digest, marks)
    data = ballot.typed_data(poll.box)
    path = out or Path(f"ballot-{tender}-{ballot.seat}.json")
    save(data, path)
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
@relay_option
@receipts_option
def submit(
    session: Session, file: Path, signature: Path, relays: tuple[str, ...], receipts: Path
) -> None:
    """Seal the ballot in FILE with its signature and put it into the ballot box.

    Work where the file is safe: it tells the vote. Any account of the panel sends the envelope.
    """
    from terang.ledger.balloting import Poll
    from terang.ledger.signing import Signature, load

    data = load(file, "CastBallot", session.ledger.ballots.domain)
    poll = Poll(session.ledger, session.state, data.message["tenderId"])
    ballot = poll.read(data, Signature.load(signature, data))
    _cast(session, poll, ballot, relays, receipts)


@command.command("recuse")
@acting
@click.argument("tender", type=NUMBER)
@reason_option
@store_option
def recuse(session: Session, tender: int, reason: Path, store: Path) -> None:
    """Leave the newest panel of a tender before its ballots close; a reserve takes the place.

    The account of the seat signs. A ballot that the seat has sealed is void.
    """
    from terang.ledger.balloting import recusal

    session.tender(tender)
    digest = session.filed(store, reason)
    ledger = session.ledger
    for receipt in session.send([recusal(ledger, session.state, tender, session.wallet, digest)]):
        seat, reserve = ledger.ballots.recused(receipt)
        session.told(
            [receipt],
            _("Seat {seat} left the panel of tender {tender} in block {block}; {reserve} sits.")
            if reserve
            else _("Seat {seat} left the panel of tender {tender} in block {block}; nobody sits."),
            tender=tender,
            seat=seat,
            reserve=reserve or None,
            reason=hashed(digest),
        )


@command.command("reasons")
@reading
@click.argument("tender", type=NUMBER)
@click.argument("file", type=PATH)
@store_option
def publish_reasons(session: Session, tender: int, file: Path, store: Path) -> None:
    """Put a ballot's written reasons into the document store, once the ballots are open."""
    from terang.ledger.balloting import hash_of, reasons_of

    seat = reasons_of(session.state, tender, hash_of(file))
    digest = session.filed(store, file)
    session.show(
        _("The reasons of seat {seat} on tender {tender} are in {store}.").format(
            seat=seat, tender=tender, store=store
        ),
        {"tender": tender, "seat": seat, "reasons": hashed(digest)},
    )


@command.command("open")
@acting
@click.argument("tender", type=NUMBER)
def open_(session: Session, tender: int) -> None:
    """Open the released box of ballots of a tender. Anyone may."""
    session.carry_out(
        session.opening.open(session.wallet, tender, "ballots"),
        _("The ballots of tender {tender} are opened, the last in block {block}."),
        tender=tender,
    )


def _name_unreadable(session: Session, tender: int, stores: tuple[str, ...]) -> None:
    """Tells which bids' documents the panel cannot read."""
    if not stores:
        return
    from terang.documents.proposals import standing

    for each in standing(session.ledger, session.state, session.tender(tender), places(stores)):
        if each.fault:
            progress(f"{each.standing()}. {each.fault}")


def _cast(
    session: Session, poll: "Poll", ballot: "Ballot", relays: tuple[str, ...], receipts: Path
) -> None:
    """Sends a signed ballot, by relays if there are any."""
    if poll.may_have_voted(ballot.seat):
        progress(
            _(
                "Seat {seat} has sealed something here before. If that was its own ballot, this "
                "one will not count."
            ).format(seat=ballot.seat)
        )
    sentence = _(
        "The ballot is sealed for tender {tender} in block {block}.\n"
        "Keep your reasons, and publish them by `ballot reasons {tender} FILE` once the ballots "
        "are open: before that they would tell your vote."
    )
    facts = {"tender": poll.box.tender_id, "reasons": hashed(ballot.reasons)}
    if not relays:
        session.carry_out([poll.cast(session.wallet, ballot)], sentence, **facts)
        return
    envelope = poll.seal(ballot)
    if session.dry_run:
        show_plan(session, relays, [envelope])
        return
    from terang.relay.client import deliver

    done = deliver(session.ledger, relays, poll.box, envelope, receipts, progress)
    facts |= by_relay(done)
    session.show(sentence.format(**facts), facts)
