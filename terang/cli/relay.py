"""terang relay: seal for others, without their account; and check what relays promised."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from terang.cli.options import (
    Account,
    Place,
    account_options,
    finality_option,
    json_option,
    place_options,
)
from terang.cli.program import progress
from terang.cli.serving import announced, front_options
from terang.cli.session import Session, reading
from terang.cli.values import DURATION, PATH, Number
from terang.i18n import _
from terang.serving.front import Front

if TYPE_CHECKING:
    from terang.relay.client import Delivery

_FOLDER = ".terang/relay"


relay_option = click.option(
    "--relay",
    "relays",
    metavar="URL",
    multiple=True,
    help="A relay that sends it, so that your account is not seen; may be repeated, and they are "
    "tried in random order.",
)


@click.group("relay")
def command() -> None:
    """Seal for others without their account; check what a relay promised."""


@command.command("serve")
@place_options
@account_options
@front_options(port=8600, each=12, together=120)
@click.option(
    "--queue",
    type=PATH,
    default=_FOLDER,
    show_default=True,
    help="Folder of what was promised; keep it, and on a disk that lasts.",
)
@click.option(
    "--margin",
    type=DURATION,
    default="60s",
    show_default=True,
    help="Time before closing in which nothing is promised any more.",
)
@click.option(
    "--per-tender",
    type=Number(1, 4_096),
    default=64,
    show_default=True,
    help="Envelopes that one client may bring for a tender.",
)
@finality_option
@json_option
def serve(
    place: Place,
    account: Account,
    front: Front,
    queue: Path,
    margin: timedelta,
    per_tender: int,
    finality: int | None,
    as_json: bool,
) -> None:
    """Take sealed envelopes over HTTP and put them into their boxes, until Ctrl-C or SIGTERM.

    The account needs a relay's licence, pays the gas, and should do nothing else. Each answer is a
    signed receipt: what it promises is sent also after this process was killed and started again.
    No address of a client is written anywhere.
    """
    from terang.chain.compile import artifacts
    from terang.relay.run import Plan, run

    signer = account.unlock()
    seconds = int(margin.total_seconds())
    plan = Plan(place.url, place.record, queue, front, seconds, per_tender, finality)
    said = _("The relay {account} answers at {url}. Ctrl-C ends it.")
    run(plan, artifacts(), signer, progress, announced(said, signer.address, as_json))


@command.command("check")
@reading
@click.argument("receipt", type=PATH)
@click.pass_context
def check(context: click.Context, session: Session, receipt: Path) -> None:
    """Check a relay's RECEIPT: its signature, the relay's licence, and whether it was kept.

    Exit code 0: the envelope is in its box. 1: not yet, and the box is open. 5: the promise is
    broken, or was given by no licensed relay.
    """
    from terang.relay.evidence import Verdict
    from terang.relay.receipt import Promise

    found = Verdict.of(session.ledger, Promise.load(receipt))
    session.show(found.text(), found.document())
    context.exit(found.exit_code)


def show_plan(session: Session, relays: tuple[str, ...], envelopes: Sequence[bytes]) -> None:
    """Tells, in a dry run, what would be brought to whom."""
    from terang.relay.client import check_address

    for url in relays:
        check_address(url)
    session.show(
        "\n".join(
            _("Would bring an envelope of {length} bytes to one of {relays}, and nothing else.")
            .format(length=len(each), relays=", ".join(relays))
            for each in envelopes
        ),
        {"dryRun": [], "relays": list(relays), "bytes": sum(map(len, envelopes))},
    )  # fmt: skip


def by_relay(delivery: "Delivery") -> dict[str, Any]:
    """Returns how an envelope came into its box, for JSON."""
    return {
        "relay": delivery.relay,
        "promise": delivery.promise and str(delivery.promise),
        "block": delivery.place.block,
        "transaction": "0x" + delivery.place.transaction.hex(),
    }
