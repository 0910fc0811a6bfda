"""terang bid: what a supplier does with bids."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from terang.cli.documents import bring_option, copies_option, fetch_option, places
from terang.cli.options import receipts_option
from terang.cli.program import progress
from terang.cli.relay import by_relay, relay_option, show_plan
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.signing import sign_command, signature_option
from terang.cli.values import ADDRESS, AMOUNT, NUMBER, PATH
from terang.errors import UsageError
from terang.i18n import _

if TYPE_CHECKING:
    from terang.ledger.bidding import BidReceipt, Prepared


def _offering(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say what is bid; the command gets them as `offer`."""

    @wraps(command)
    def run(
        tender: int,
        price: Decimal | None,
        withdraw: bool,
        files: tuple[Path, ...],
        nonce: int | None,
        **others: Any,
    ) -> Any:
        if withdraw is (price is not None) or withdraw is bool(files):
            raise UsageError(
                _("Give --price and each document with --file, or --withdraw and neither.")
            )
        return command(offer=_Offer(tender, price, files, nonce), **others)

    for option in (
        click.option(
            "--nonce",
            type=NUMBER,
            help="Number of the bid; a supplier's highest counts. By default the seconds since "
            "1970, so that a later bid replaces an earlier one.",
        ),
        click.option(
            "--file",
            "files",
            type=PATH,
            multiple=True,
            help="A document of the bid; may be repeated.",
        ),
        click.option("--withdraw", is_flag=True, help="Withdraw what the organisation bid before."),
        click.option("--price", type=AMOUNT, help="In the tender's currency."),
        click.option("--tender", type=NUMBER, required=True, help="Number of the tender."),
    ):
        run = option(run)
    return run


class _Offer:
    """What a supplier says of its bid."""

    def __init__(
        self, tender: int, price: Decimal | None, files: tuple[Path, ...], nonce: int | None
    ) -> None:
        self._tender, self._price, self._files, self._nonce = tender, price, files, nonce

    def prepare(self, session: Session, account: str) -> "Prepared":
        from terang.ledger.bidding import prepare_bid, price_in
        from terang.ledger.desk import read_files

        return prepare_bid(
            session.ledger,
            account,
            self._tender,
            price=price_in(session.ledger, self._tender, self._price),
            nonce=self._nonce or int(time.time()),
            files=read_files(self._files),
        )


@click.group("bid")
def command() -> None:
    """Seal bids and follow them."""


@command.command("seal")
@acting
@_offering
@relay_option
@receipts_option
@bring_option
@copies_option
def seal(
    session: Session,
    offer: _Offer,
    relays: tuple[str, ...],
    receipts: Path,
    stores: tuple[str, ...],
    copies: int,
) -> None:
    """Encrypt the documents, bring them to stores, sign the bid, and put its envelope into the box.

    Nobody can read the bid before the tender closes, and nothing more is to be done for it to open.
    The account that sends it is visible; a relay hides it.
    """
    prepared = offer.prepare(session, session.signer.address)
    signature = session.signer.sign_typed(prepared.data)
    _seal(session, prepared, signature, relays, receipts, stores, copies)


@command.command("prepare")
@reading
@_offering
@click.option(
    "--bidder", type=ADDRESS, required=True, help="The supplier's account, which is to sign."
)
@click.option("--out", type=PATH, help="File to write; else bid-TENDER-NONCE.json.")
@receipts_option
def prepare(session: Session, offer: _Offer, bidder: str, out: Path | None, receipts: Path) -> None:
    """Encrypt the documents and write the bid to a file that a wallet without network can sign.

    The file is the message that wallets show (EIP-712). It tells the price, as does what is kept
    among the receipts until the bid is submitted from here. Nothing is sent.
    """
    from terang.ledger.signing import save

    prepared = offer.prepare(session, bidder)
    bid, tender = prepared.draft.bid, prepared.tender.box.tender_id
    path = out or Path(f"bid-{tender}-{bid.nonce}.json")
    kept = prepared.save(receipts)
    try:
        save(prepared.data, path)
    except BaseException:
        kept.unlink()  # it would keep the number from being used again
        raise
    session.show(
        _(
            "{file} is to be signed by {account}: `bid sign {file}`, without network if you like.\n"
            "Keep {kept} here: with it and the signature `bid submit {file}` seals the bid."
        ).format(file=path, account=bidder, kept=kept),
        {
            "file": str(path),
            "digest": hashed(prepared.data.digest),
            "tender": tender,
            "nonce": bid.nonce,
            "price": bid.price,
            "documents": hashed(bid.documents),
            "kept": str(kept),
        },
    )


command.add_command(
    sign_command(
        "SubmitBid",
        "Show the bid in FILE, sign it, and write the signature to a file beside it."
        "\n\n"
        "No chain is needed. The account must be the one that the bid names.",
    )
)


@command.command("submit")
@acting
@click.argument("file", type=PATH)
@signature_option
@relay_option
@receipts_option
@bring_option
@copies_option
def submit(
    session: Session,
    file: Path,
    signature: Path,
    relays: tuple[str, ...],
    receipts: Path,
    stores: tuple[str, ...],
    copies: int,
) -> None:
    """Seal the bid in FILE with its signature and put the envelope into the tender's box.

    Its documents are brought to the stores first. Work where the bid was prepared; any account that
    may bid for the supplier sends it.
    """
    from terang.ledger.bidding import signed_bid
    from terang.ledger.signing import Signature, load

    ledger = session.ledger
    data = load(file, "SubmitBid", ledger.tenders.domain)
    found = Signature.load(signature, data)
    prepared = signed_bid(ledger, data, found, receipts)
    _seal(session, prepared, found.signature, relays, receipts, stores, copies)


@command.command("status")
@reading
@click.argument("receipt", type=PATH)
def status(session: Session, receipt: Path) -> None:
    """Follow a bid by its receipt: sealed, opened or void, awarded or not, signed, paid."""
    from terang.ledger.bidding import BidReceipt
    from terang.replay.follow import follow

    ledger = session.ledger
    found = follow(session.state, BidReceipt.load(receipt), ledger.chain.now)
    session.show(found.text(ledger.currency_at(found.token)), found.document())


@command.command("open")
@acting
@click.argument("tender", type=NUMBER)
def open_(session: Session, tender: int) -> None:
    """Open the released box of bids of a tender. Anyone may."""
    session.carry_out(
        session.opening.open(session.wallet, tender, ballots=False),
        _("The bids of tender {tender} are opened, the last in block {block}."),
        tender=tender,
    )


@command.command("documents")
@reading
@click.argument("tender", type=NUMBER)
@click.option("--out", type=PATH, help="New folder for the files; else documents-of-TENDER.")
@fetch_option
@click.pass_context
def documents(
    context: click.Context,
    session: Session,
    tender: int,
    out: Path | None,
    stores: tuple[str, ...],
) -> None:
    """Decrypt and unpack the documents of a tender's opened bids, for its panel and for anyone.

    Documents that no store has right, or that do not decrypt, are named: a panel may mark such a
    bid not responsive. Exit code 1: there are bids, and the documents of none can be read.
    """
    from terang.documents.proposals import exit_code, proposals

    folder = out or Path(f"documents-of-{tender}")
    ledger, state = session.ledger, session.state
    found = proposals(ledger, state, session.tender(tender), places(stores), folder)
    session.show(
        "\n".join(each.text() for each in found) or _("No bid counts, so there are no documents."),
        [each.document() for each in found],
    )
    context.exit(exit_code(found))


def _seal(
    session: Session,
    prepared: "Prepared",
    signature: bytes,
    relays: tuple[str, ...],
    receipts: Path,
    stores: tuple[str, ...],
    copies: int,
) -> None:
    """Seals a signed bid and sends its envelope; in a dry run writes and sends nothing."""
    from terang.documents.places import bring
    from terang.ledger.bidding import complete, keep_own
    from terang.ledger.tenders import BIDS

    tenders, found, kept = session.ledger.tenders, places(stores), list[Path]()
    envelope, receipt = prepared.seal(signature)
    if not session.dry_run:
        ciphertext = prepared.draft.ciphertext
        keep_own(receipts, ciphertext)
        kept = bring(
            session.ledger, found, ciphertext, receipt.documents, receipts, progress,
            copies=copies, closes=prepared.tender.closes_at,
        )  # fmt: skip
        receipt.save(receipts)  # before it is sent: whatever happens then, its owner knows the bid
    brought = {"stores": list(stores), "documentReceipts": [str(each) for each in kept]}
    if relays and session.dry_run:
        show_plan(session, relays, envelope)
    elif relays:
        from terang.relay.client import deliver_bid

        done, delivery = deliver_bid(
            session.ledger, relays, prepared, envelope, receipt, receipts, progress
        )
        _sealed(session, done, receipts, brought | by_relay(delivery))
    else:
        for sent in session.send([tenders.seal(session.wallet, receipt.tender, BIDS, envelope)]):
            _sealed(session, complete(session.ledger, sent, receipts), receipts, brought)


def _sealed(session: Session, done: "BidReceipt", receipts: Path, more: dict[str, Any]) -> None:
    """Tells that a bid is sealed, and what is left to do."""
    session.show(
        _(
            "Bid {nonce} is sealed for tender {tender} in block {block}.\n"
            "Keep {receipt}. Your documents are in {stores}; who cannot get them there cannot read "
            "them. `documents upload {receipt} --store …` brings them to more stores."
        ).format(
            nonce=done.nonce,
            tender=done.tender,
            block=done.block,
            receipt=done.path(receipts),
            stores=", ".join(more["stores"]),
        ),
        done.as_json() | more,
    )
