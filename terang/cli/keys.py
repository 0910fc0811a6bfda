"""terang keys: what openers do, and what anyone does to open a box."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import rich_click as click

from terang.cli.options import ask_password, json_option, setting_option
from terang.cli.program import emit
from terang.cli.session import Session, acting, reading
from terang.cli.values import NUMBER, PATH, Number
from terang.i18n import _

_OPENERS = Number(1, 64)

_seed_password = click.option(
    "--seed-password-file",
    type=PATH,
    help="File with the password of the seed; asked for when absent.",
)
_tender = click.option("--tender", type=NUMBER, required=True, help="Number of the tender.")
_ballots = click.option(
    "--ballots", is_flag=True, help="The box of the newest panel's ballots, not that of bids."
)
_batch = click.option(
    "--batch", "number", type=NUMBER, help="Number of the batch; the newest by default."
)


def _seeded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of an opener's seed; the command gets its `seed`, still shut."""

    @wraps(command)
    def run(seed: Path, seed_password_file: Path | None, **others: Any) -> Any:
        return command(seed=_Seed(seed, seed_password_file), **others)

    file = setting_option(
        "--seed",
        "seed",
        type=PATH,
        required=True,
        help="Encrypted file of the opener's seed (TERANG_SEED).",
    )
    return file(_seed_password(run))


class _Seed:
    """An opener's seed, still shut."""

    def __init__(self, file: Path, password_file: Path | None) -> None:
        self.file, self._password_file = file, password_file

    def open(self) -> bytes:
        from terang.sealing.seed import fingerprint, read_seed

        fingerprint(self.file)  # what is no seed is said before a password is asked
        return read_seed(self.file, ask_password(self.file, self._password_file))


@click.group("keys")
def command() -> None:
    """Make opening keys, and release them."""


@command.command("seed")
@click.argument("file", type=PATH)
@_seed_password
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
@_seed_password
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
@_seeded
def enrol(session: Session, seed: _Seed) -> None:
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
@_seeded
@_batch
def deal(session: Session, seed: _Seed, number: int | None) -> None:
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
@_seeded
@_batch
def confirm(session: Session, seed: _Seed, number: int | None) -> None:
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
@_seeded
@_tender
@_ballots
def share(session: Session, seed: _Seed, tender: int, ballots: bool) -> None:
    """Publish this opener's share of a box that has closed."""
    session.carry_out(
        [session.opening.offer(session.wallet, seed.open(), tender, ballots=ballots)],
        _("The share for tender {tender} is published in block {block}."),
        tender=tender,
        ballots=ballots,
    )


@command.command("release")
@acting
@_tender
@_ballots
def release(session: Session, tender: int, ballots: bool) -> None:
    """Check the published shares of a box, combine them, and release its secret. Anyone may."""
    session.carry_out(
        [session.opening.release(session.wallet, tender, ballots=ballots)],
        _("The box of tender {tender} is released in block {block}."),
        tender=tender,
        ballots=ballots,
    )


@command.command("list")
@reading
def list_(session: Session) -> None:
    """List epochs and batches: keys that are ready, taken, released."""
    from terang.ledger.opening import listing

    session.show(*listing(session.state))
