"""terang documents: keep documents for others, and see to it that others keep yours."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from terang.cli.options import (
    Account,
    Place,
    account_options,
    json_option,
    place_options,
    receipts_option,
)
from terang.cli.program import emit, progress
from terang.cli.serving import announced, front_options
from terang.cli.session import Session, hashed, reading
from terang.cli.settings import BY_NAME
from terang.cli.values import DURATION, PATH, Number
from terang.i18n import _
from terang.serving.front import Front

if TYPE_CHECKING:
    from terang.documents.place import Place as Store
    from terang.documents.receipt import Permit

_SETTING = BY_NAME["store"]


class _Store(click.ParamType):
    """A folder, or the address of a store. Addresses in a variable are separated by spaces."""

    name = "store"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        return str(value)

    def split_envvar_value(self, rv: str) -> list[str]:
        return rv.split() if "://" in rv else [rv]


def stores_option(text: str, *, required: bool = False, default: bool = True) -> Callable[..., Any]:
    """Makes the option that names stores; the command gets `stores`.

    Args:
        text: its help.
        required: whether none is no answer; then the setting does not count.
        default: whether the setting counts.
    """
    more: dict[str, Any] = {"required": required}
    if default and not required:
        more = {"envvar": _SETTING.variable, "default": [_SETTING.default], "show_default": True}
    return click.option(
        "--store", "stores", type=_Store(), metavar="STORE", multiple=True, help=text, **more
    )


copies_option = click.option(
    "--copies",
    type=Number(1, 100),
    default=1,
    show_default=True,
    help="How many of the stores must have taken the documents before anything is sent.",
)

bring_option = stores_option(
    "A store that is to keep the documents: a folder, s3://BUCKET/PREFIX or https://…; may be "
    "repeated, and each gets them (TERANG_STORE)."
)

fetch_option = stores_option(
    "A store to fetch from: a folder, s3://BUCKET/PREFIX or https://…; may be repeated, and they "
    "are tried in turn (TERANG_STORE)."
)


def places(stores: tuple[str, ...], permit: "Permit | None" = None) -> "list[Store]":
    """Returns the stores that an option names."""
    from terang.documents.places import place_of

    return [place_of(each, permit) for each in stores]


@click.group("documents")
def command() -> None:
    """Keep documents for others; check that others keep yours."""


@command.command("serve")
@place_options
@account_options
@click.option(
    "--store",
    type=_Store(),
    metavar="STORE",
    default=_SETTING.default,
    envvar=_SETTING.variable,
    show_default=True,
    help="What keeps the documents: a folder, or s3://BUCKET/PREFIX (TERANG_STORE).",
)
@front_options(port=8700, each=60, together=600)
@click.option(
    "--keep",
    type=DURATION,
    default="3650d",
    show_default=True,
    help="How long receipts promise to keep a document.",
)
@click.option(
    "--per-day",
    "daily",
    type=Number(1, 1_000_000),
    default=256,
    show_default=True,
    help="MiB that one client may bring in a day.",
)
@click.option(
    "--room",
    type=Number(1, 1_000_000_000),
    default=65_536,
    show_default=True,
    help="MiB that the store holds in all; then it takes nothing more.",
)
@json_option
def serve(
    place: Place,
    account: Account,
    store: str,
    front: Front,
    keep: timedelta,
    daily: int,
    room: int,
    as_json: bool,
) -> None:
    """Keep documents for others over HTTP, by their hash, until Ctrl-C or SIGTERM.

    Each upload is answered with a signed receipt, once it is on disk. Encrypted documents are taken
    from anybody; documents in clear from accounts that act for an organisation. The account needs a
    relay's licence, and may be that of a relay. No address of a client is written anywhere.
    """
    from terang.chain.compile import artifacts
    from terang.documents.intake import Room
    from terang.documents.run import Plan, run

    signer = account.unlock()
    seconds = int(keep.total_seconds())
    taken = Room(daily << 20, room << 20)
    plan = Plan(place.url, place.record, store, front, seconds, taken)
    said = _("The document store {account} answers at {url}. Ctrl-C ends it.")
    run(plan, artifacts(), signer, progress, announced(said, signer.address, as_json))


@command.command("upload")
@reading
@click.argument("receipt", type=PATH)
@bring_option
@copies_option
@receipts_option
def upload(
    session: Session, receipt: Path, stores: tuple[str, ...], copies: int, receipts: Path
) -> None:
    """Bring the documents of a bid to more stores, or to the same again; RECEIPT is the bid's.

    They are taken from where the bid was sealed. Do it before closing: a receipt tells the time.
    """
    from terang.documents.places import bring
    from terang.ledger.receipts import BidReceipt, own_store

    bid = BidReceipt.load(receipt)
    found, ledger = places(stores), session.ledger
    stage = next(iter(bid.sealings))
    (closes,) = ledger.boxes(stage).closing_times([(bid.tender, stage)])
    contents = [own_store(receipts).get(each) for each in bid.archives]
    kept = [
        path
        for content, digest in zip(contents, bid.archives, strict=True)
        for path in bring(
            ledger, found, content, digest, receipts, progress, copies=copies, closes=closes
        )
    ]
    session.show(
        _("The documents of bid {nonce} for tender {tender} are in {stores}.").format(
            nonce=bid.nonce, tender=bid.tender, stores=", ".join(stores)
        ),
        {
            "documents": hashed(bid.archives[0]),
            "archives": [hashed(each) for each in bid.archives],
            "receipts": [str(each) for each in kept],
        },
    )


@command.command("check")
@reading
@click.argument("files", metavar="RECEIPT…", type=PATH, nargs=-1, required=True)
@click.pass_context
def check(context: click.Context, session: Session, files: tuple[Path, ...]) -> None:
    """Check a store's RECEIPTs: signature, licence, and whether it gives the document now.

    Exit code 0: all are there, or need not be any more. 1: a store does not answer. 5: a promise is
    broken, or was given by no licensed relay.
    """
    from terang.documents.check import check_keep, worst
    from terang.documents.receipt import Kept

    found = [check_keep(session.ledger, Kept.load(each)) for each in files]
    session.show("\n".join(each.text() for each in found), [each.document() for each in found])
    context.exit(worst(found))


@command.command("challenge")
@reading
@click.argument("files", metavar="RECEIPT…", type=PATH, nargs=-1, required=True)
@receipts_option
@click.pass_context
def challenge(
    context: click.Context, session: Session, files: tuple[Path, ...], receipts: Path
) -> None:
    """Have stores show that they have a document of yours, without sending it; RECEIPTs are theirs.

    A store answers the hash of a fresh random number and the document, and signs that; it is
    compared with your own copy and kept among the receipts. Exit codes are those of `check`.
    """
    from terang.documents.check import challenge as ask
    from terang.documents.check import worst
    from terang.documents.receipt import Kept
    from terang.ledger.receipts import own_store

    own = own_store(receipts)
    found = [ask(session.ledger, Kept.load(each), own, receipts) for each in files]
    session.show("\n".join(each.text() for each in found), [each.document() for each in found])
    context.exit(worst(found))


@command.command("repair")
@stores_option(
    "A store: a folder, s3://BUCKET/PREFIX or https://…; give two or more.", required=True
)
@click.option(
    "--document",
    "hashes",
    metavar="HASH",
    multiple=True,
    help="Only this document; may be repeated. Without it all that folders and S3 have: a served "
    "store does not list what it has.",
)
@json_option
@click.pass_context
def repair(
    context: click.Context, stores: tuple[str, ...], hashes: tuple[str, ...], as_json: bool
) -> None:
    """Copy what one store has and another lacks, or has altered, by hash; every copy is checked.

    Repeat it after an interruption: what is right already is not copied again. Exit code 1: some
    document could not be mended.
    """
    from terang.documents.repair import digest_in, mend

    found = mend(places(stores), [digest_in(each) for each in hashes], progress)
    if as_json:
        emit(found.document())
    else:
        click.echo(found.text())
    context.exit(found.exit_code)
