"""terang opener: an opener's work, done by a service."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

import rich_click as click

from terang.cli.options import Account, Seed, account_options, finality_option, seed_options
from terang.cli.program import progress
from terang.cli.session import Session, acting, reading
from terang.cli.values import LISTEN, NUMBER, PATH, Listen, Number
from terang.i18n import _

_pool = click.option(
    "--pool",
    type=Number(1, 100_000),
    default=64,
    show_default=True,
    help="Keys that shall be free or in the making.",
)
_turn = click.option(
    "--turn",
    type=Number(1, 86_400),
    default=30,
    show_default=True,
    help="Seconds of the chain's time after which the next opener in turn goes ahead.",
)


@click.group("opener")
def command() -> None:
    """Work as an opener, by a service."""


@command.command("run")
@acting
@seed_options
@_pool
@_turn
@finality_option
@click.option(
    "--poll",
    type=Number(1, 3_600),
    default=5,
    show_default=True,
    help="Seconds between two looks at the chain.",
)
@click.option(
    "--shares",
    type=PATH,
    default=Path(".terang/opener"),
    show_default=True,
    help="Folder of the encrypted shares; what is missing there is worked out again.",
)
@click.option(
    "--listen",
    type=LISTEN,
    help="Answer /health and /metrics at HOST:PORT, or at PORT of this machine; off without it.",
)
@click.option(
    "--seat",
    type=NUMBER,
    help="Number of this opener's own seat, so that it shows by itself who dealt it a wrong "
    "share; without it, that is left to `keys accuse`.",
)
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
def run(
    session: Session,
    seed: Seed,
    pool: int,
    turn: int,
    finality: int | None,
    poll: int,
    shares: Path,
    listen: Listen | None,
    seat: int | None,
    once: bool,
) -> None:
    """Do an opener's duties as they come: ceremonies, shares, releases, openings.

    It needs the account, the seed and the record, and keeps nothing that these do not give again.
    SIGTERM ends it after what it is sending.
    """
    from terang.opener.board import board
    from terang.opener.place import alone, connect
    from terang.opener.service import Service, Settings
    from terang.opener.status import says
    from terang.sealing.seed import fingerprint

    fingerprint(seed.file)  # a dry run opens none, but names one
    opened = b"" if session.dry_run else seed.open()
    outbox = session.outbox or shares
    service = Service(
        lambda: connect(session.place.url, session.place.record, outbox, finality, progress),
        session.wallet,
        opened,
        seed.file,
        shares,
        Settings(pool, turn, seat=seat),
        progress,
    )
    if session.dry_run:
        due = [says(each) for each in service.due(service.sight())]
        session.show("\n".join(due) or _("Nothing is to be done now."), {"dryRun": due})
        return
    stop = Event()
    with ExitStack() as stack:
        stack.enter_context(alone(shares, session.wallet.address))
        stack.enter_context(_stopping(stop))
        if listen is not None:
            url = stack.enter_context(board(*listen, lambda: service.report))
            progress(_("Answering at {url}/health and {url}/metrics.").format(url=url))
        if once:
            while not stop.is_set() and service.round(stop):
                pass
        else:
            progress(
                _("Working as the opener with the account {account}.").format(
                    account=session.wallet.address
                )
            )
            service.run(stop, poll)
    report = service.report
    session.show(
        _("Ended at block {block}, after {sent} transactions.").format(
            block=report.block, sent=report.sent
        ),
        report.health() | {"sent": report.sent, "errors": dict(report.errors)},
    )


@command.command("status")
@reading
@account_options
@finality_option
@click.option(
    "--service", metavar="URL", help="Ask a running service too: where it listens, http://…."
)
def status(session: Session, account: Account, finality: int | None, service: str | None) -> None:
    """Show the openers' epoch, the pool of keys, the boxes that wait, and what is to be done.

    With an account, what that opener has to do; no password is asked for.
    """
    from terang.chain.shared import depth
    from terang.opener.duties import duties
    from terang.opener.mirror import Mirror
    from terang.opener.service import Settings
    from terang.opener.status import Status, ask

    who = account.watch().address if account.is_named else None
    ledger = session.ledger
    sight = Mirror(ledger, depth(ledger.chain, finality), progress).sync()
    usual = Settings()
    due = duties(sight, who, pool=usual.pool, turn=usual.turn) if who else []
    found = Status(sight, who, tuple(due), ask(service) if service else None)
    session.show(found.text(), found.document())


@contextmanager
def _stopping(stop: Event) -> Iterator[None]:
    """Has SIGTERM and SIGINT end the work in order inside the block."""
    before = {
        each: signal.signal(each, lambda *_told: stop.set())
        for each in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
