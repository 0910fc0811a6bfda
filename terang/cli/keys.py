"""terang keys: what openers do, and what anyone does to open a box."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click.exceptions import Exit

from terang.cli.options import (
    Seed,
    ask_password,
    json_option,
    prices_option,
    seed_options,
    seed_password_option,
    store_option,
)
from terang.cli.program import emit
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.values import NUMBER, PATH, Number
from terang.errors import DIFFERENCE_FOUND, UsageError
from terang.i18n import _

if TYPE_CHECKING:
    from terang.ledger.facts import Kind

_OPENERS = Number(1, 64)

_tender = click.option("--tender", type=NUMBER, required=True, help="Number of the tender.")


def _box(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say which box of a tender; the command gets its `kind`."""

    @wraps(command)
    def run(ballots: bool, prices: bool, **others: Any) -> Any:
        if ballots and prices:
            raise UsageError(_("Give --ballots or --prices, not both."))
        kind = "ballots" if ballots else "prices" if prices else "bids"
        return command(kind=kind, **others)

    ballots = click.option(
        "--ballots", is_flag=True, help="The box of the newest panel's ballots, not that of bids."
    )
    return ballots(prices_option(run))


_batch = click.option(
    "--batch", "number", type=NUMBER, help="Number of the batch; the newest by default."
)


@click.group("keys")
def command() -> None:
    """Make opening keys, and release them."""


@command.command("seed")
@click.argument("file", type=PATH)
@seed_password_option
@json_option
def seed_(file: Path, seed_password_file: Path | None, as_json: bool) -> None:
    """Make an opener's seed and write it to FILE, encrypted; print its fingerprint.

    Copy the file to a second place, then try the copy by `keys drill`: nobody else has the seed.
    """
    from terang.sealing.seed import create_seed

    found = create_seed(file, ask_password(file, seed_password_file, new=True))
    if as_json:
        emit({"fingerprint": found, "seed": str(file)})
    else:
        click.echo(found)


@command.command("drill")
@click.argument("file", type=PATH)
@click.option("--backup", type=PATH, required=True, help="The copy that is kept elsewhere.")
@seed_password_option
@click.option(
    "--backup-password-file",
    type=PATH,
    help="File with the password of the copy; asked for when absent.",
)
@json_option
def drill(
    file: Path,
    backup: Path,
    seed_password_file: Path | None,
    backup_password_file: Path | None,
    as_json: bool,
) -> None:
    """Work with the backup of the seed FILE as in a ceremony; must pass before `keys enrol`."""
    from terang.sealing.seed import drill, fingerprint

    fingerprint(file)
    fingerprint(backup)
    passed = drill(
        file,
        ask_password(file, seed_password_file),
        backup,
        ask_password(backup, backup_password_file),
        datetime.now(UTC),
    )
    if as_json:
        emit({"fingerprint": passed.fingerprint, "at": passed.at.isoformat()})
    else:
        click.echo(
            _("The backup serves: {backup} holds the seed {fingerprint}.").format(
                backup=backup, fingerprint=passed.fingerprint
            )
        )


@command.command("epoch")
@acting
@click.option(
    "--seat",
    "seats",
    type=NUMBER,
    multiple=True,
    required=True,
    help="Seat of an opener; repeated, in the order of the openers' numbers.",
)
@click.option("--threshold", type=_OPENERS, required=True, help="How many openers open a box.")
@click.option(
    "--confirmations",
    type=_OPENERS,
    required=True,
    help="How many equal confirmations make a batch ready.",
)
def epoch(session: Session, seats: tuple[int, ...], threshold: int, confirmations: int) -> None:
    """Appoint the openers of a new epoch. The administrator signs."""
    keys = session.ledger.keys
    session.carry_out(
        [keys.start_epoch(session.wallet, seats, threshold, confirmations)],
        _("{n} openers are appointed in block {block}; {threshold} of them open a box."),
        n=len(seats),
        threshold=threshold,
        confirmations=confirmations,
        seats=list(seats),
    )


@command.command("enrol")
@acting
@seed_options
def enrol(session: Session, seed: Seed) -> None:
    """Publish this opener's key for the newest epoch. Its seed's backup must have been tried."""
    from terang.sealing.seed import require_drilled

    require_drilled(seed.file)
    found, act = session.opening.enrol(session.wallet, seed.open())
    session.carry_out(
        [act], _("The opener is enrolled in epoch {epoch}, block {block}."), epoch=found.id
    )


@command.command("batch")
@acting
@click.option("--count", type=NUMBER, default=32, show_default=True, help="How many keys to make.")
def batch(session: Session, count: int) -> None:
    """Open the next batch of keys for dealing. An opener signs."""
    from terang.i18n.show import iso, when

    for receipt in session.send([session.opening.open_batch(session.wallet, count)]):
        number, until = session.ledger.keys.opened_batch(receipt)
        session.told(
            [receipt],
            _("Batch {batch} of {count} keys is opened. Openers deal until {time}."),
            batch=number,
            count=count,
            time=when(until),
            dealsUntil=iso(until),
        )


@command.command("deal")
@acting
@seed_options
@_batch
def deal(session: Session, seed: Seed, number: int | None) -> None:
    """Publish this opener's deal for a batch."""
    act = session.opening.deal(session.wallet, seed.open(), number)
    for receipt in session.send([act]):
        session.told(
            [receipt],
            _("Batch {batch} is dealt in block {block}."),
            batch=session.ledger.keys.event(receipt, "Dealt").args["batch"],
        )


@command.command("confirm")
@acting
@seed_options
@_batch
def confirm(session: Session, seed: Seed, number: int | None) -> None:
    """Check the deals of a batch and confirm the keys that they give, once dealing is over."""
    act = session.opening.confirm(session.wallet, seed.open(), number)
    for receipt in session.send([act]):
        session.told(
            [receipt],
            _("Batch {batch} is confirmed in block {block}."),
            batch=session.ledger.keys.event(receipt, "BatchConfirmed").args["batch"],
        )


@command.command("share")
@acting
@seed_options
@_tender
@_box
def share(session: Session, seed: Seed, tender: int, kind: "Kind") -> None:
    """Publish this opener's share of a box that has closed."""
    session.carry_out(
        [session.opening.offer(session.wallet, seed.open(), tender, kind)],
        _("The share for tender {tender} is published in block {block}."),
        tender=tender,
        box=kind,
        ballots=kind == "ballots",
    )


@command.command("release")
@acting
@_tender
@_box
def release(session: Session, tender: int, kind: "Kind") -> None:
    """Check the published shares of a box, combine them, and release its secret. Anyone may."""
    session.carry_out(
        [session.opening.release(session.wallet, tender, kind)],
        _("The box of tender {tender} is released in block {block}."),
        tender=tender,
        box=kind,
        ballots=kind == "ballots",
    )


@command.command("list")
@reading
def list_(session: Session) -> None:
    """List epochs and batches: keys that are ready, taken, released."""
    from terang.ledger.opening import listing

    session.show(*listing(session.state))


@command.command("check")
@reading
@click.option("--batch", "number", type=NUMBER, help="Only this batch of the newest epoch.")
@click.option("--tender", type=NUMBER, help="Only the key that this tender's box took.")
@_box
@click.option(
    "--check-with",
    metavar="URL",
    help="With --tender: a second node that must say the same of the key.",
)
@click.option("--evidence", type=PATH, help="Only this file, which `keys accuse` wrote.")
def check(
    session: Session,
    number: int | None,
    tender: int | None,
    kind: "Kind",
    check_with: str | None,
    evidence: Path | None,
) -> None:
    """Check what openers did: deals, confirmations, published shares. Anyone may, without a seed.

    Every batch by default. Where something is wrong that must not be, the exit code is 5.
    """
    if sum(each is not None for each in (number, tender, evidence)) > 1:
        raise UsageError(_("Give one of --batch, --tender and --evidence, or none of them."))
    if tender is None and (kind != "bids" or check_with):
        raise UsageError(
            _("--ballots, --prices and --check-with go with --tender. Give the tender too.")
        )
    if evidence:
        _check_evidence(session, evidence)
    elif tender:
        _check_key(session, tender, kind, check_with)
    else:
        _check_batches(session, number)


def _check_batches(session: Session, number: int | None) -> None:
    from terang.ledger.checking import check

    found = check(session.ledger, number)
    session.show(
        "\n".join(each.text() for each in found) or _("No batch of keys was opened yet."),
        [each.document() for each in found],
    )
    if any(each.wrong for each in found):
        raise Exit(DIFFERENCE_FOUND)


def _check_key(session: Session, tender: int, kind: "Kind", second: str | None) -> None:
    from terang.ledger.checking import agree, proved_key
    from terang.ledger.facts import box_at

    ledger, stage = session.ledger, box_at(session.state, tender, kind).stage
    box = ledger.boxes(stage).box(tender, stage)
    point = proved_key(ledger, box)
    if second:
        agree(ledger, box, second)
    session.show(
        _("The key of tender {tender} is what the openers made and confirmed: {point}.").format(
            tender=tender, point=hashed(point.format())
        ),
        {
            "tender": tender,
            "stage": box.stage,
            "point": hashed(point.format()),
            "checkedWith": second,
        },
    )


def _check_evidence(session: Session, file: Path) -> None:
    from terang.ledger.checking import accused
    from terang.sealing.evidence import Accusation

    said = Accusation.load(file)
    ceremony, keys = accused(session.ledger, said)
    session.show(
        _(
            "The evidence holds: {dealer} dealt {opener} a wrong share of keys {keys} of batch "
            "{batch}. Once {opener} posts it by `keys accuse`, batches are dealt without {dealer}."
        ).format(
            dealer=ceremony.named(said.dealer),
            opener=ceremony.named(said.opener),
            keys=", ".join(map(str, keys)),
            batch=said.batch,
        ),
        {
            "epoch": said.epoch,
            "batch": said.batch,
            "dealer": said.dealer,
            "dealerSeat": ceremony.seat(said.dealer),
            "opener": said.opener,
            "openerSeat": ceremony.seat(said.opener),
            "keys": keys,
        },
    )


@command.command("accuse")
@acting
@seed_options
@click.option("--seat", type=NUMBER, required=True, help="Number of this opener's own seat.")
@click.option("--batch", "number", type=NUMBER, required=True, help="Number of the batch.")
@click.option(
    "--dealer", type=_OPENERS, required=True, help="Number of the opener that dealt wrongly."
)
@click.option("--out", type=PATH, help="File to write; else accusation-BATCH-DEALER-OPENER.json.")
@store_option
def accuse(
    session: Session,
    seed: Seed,
    seat: int,
    number: int,
    dealer: int,
    out: Path | None,
    store: Path,
) -> None:
    """Show that a dealer dealt this opener a wrong share; later batches are dealt without it.

    The evidence goes on chain and into a file. It shows the shares that this dealer dealt to this
    opener in this batch, and nothing else. Nothing is shown when they are right, or when showing
    them could tell another's secret; that a dealer used its point twice is shown without them.
    """
    from terang.ledger.checking import evidence, keep
    from terang.ledger.facts import check_new
    from terang.sealing.documents import Store

    said, found = evidence(session.ledger, seed.open(), seat, number, dealer)
    path = out or Path(f"accusation-{number}-{dealer}-{said.accuser}.json")
    if found:
        check_new(path)
    epoch = session.ledger.keys.newest_epoch()
    receipts = session.send([session.ledger.keys.accuse(session.wallet, epoch, said)])
    if not receipts:
        return
    if not found:
        session.told(
            receipts,
            _("It stands on chain, block {block}, that opener {dealer} used its point E twice."),
            dealer=dealer,
            batch=number,
        )
        return
    digest = keep(found, path, Store(store))
    session.told(
        receipts,
        _(
            "It stands on chain, block {block}, that opener {dealer} dealt opener {opener} a wrong "
            "share. {file} shows it too; the store has it as {hash}. Anyone checks it by "
            "`keys check`."
        ),
        file=str(path),
        hash=hashed(digest),
        **found.document(),
    )
