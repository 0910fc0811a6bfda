"""terang bid: what a supplier does with bids."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import rich_click as click

from terang.cli.documents import bring_option, copies_option, fetch_option, places
from terang.cli.options import prices_option, receipts_option
from terang.cli.program import progress
from terang.cli.relay import by_relay, relay_option, show_plan
from terang.cli.session import Session, acting, hashed, reading
from terang.cli.signing import sign_command
from terang.cli.values import ADDRESS, AMOUNT, NUMBER, PATH
from terang.errors import UsageError
from terang.i18n import _

if TYPE_CHECKING:
    from terang.ledger.bidding import Offer, OpenTender
    from terang.ledger.envelopes import SealedBid
    from terang.ledger.receipts import BidReceipt
    from terang.relay.client import Delivery


def _offering(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say what is bid; the command gets them as `wish`."""

    @wraps(command)
    def run(
        tender: int,
        price: Decimal | None,
        withdraw: bool,
        files: tuple[Path, ...],
        price_files: tuple[Path, ...],
        nonce: int | None,
        **others: Any,
    ) -> Any:
        if withdraw is (price is not None) or withdraw is bool(files):
            raise UsageError(
                _("Give --price and each document with --file, or --withdraw and neither.")
            )
        return command(wish=_Wish(tender, price, files, price_files, nonce), **others)

    for option in (
        click.option(
            "--nonce",
            type=NUMBER,
            help="Number of the bid; a supplier's highest counts. By default the seconds since "
            "1970, so that a later bid replaces an earlier one.",
        ),
        click.option(
            "--price-file",
            "price_files",
            type=PATH,
            multiple=True,
            help="In two envelopes: a document that opens with the price only; may be repeated.",
        ),
        click.option(
            "--file",
            "files",
            type=PATH,
            multiple=True,
            help="A document of the bid, in two envelopes of its proposal; may be repeated.",
        ),
        click.option("--withdraw", is_flag=True, help="Withdraw what the organisation bid before."),
        click.option("--price", type=AMOUNT, help="In the tender's currency."),
        click.option("--tender", type=NUMBER, required=True, help="Number of the tender."),
    ):
        run = option(run)
    return run


class _Wish(NamedTuple):
    """What a supplier says of its bid."""

    tender: int
    price: Decimal | None
    files: tuple[Path, ...]
    price_files: tuple[Path, ...]
    nonce: int | None

    def read(self, session: Session) -> "tuple[OpenTender, Offer]":
        """Reads the tender and the files."""
        from terang.ledger.bidding import Offer, OpenTender, price_in
        from terang.ledger.desk import read_files

        price = price_in(session.ledger, self.tender, self.price)
        priced = read_files(self.price_files) if self.price_files else None
        offer = Offer(price, self.nonce or int(time.time()), read_files(self.files), priced)
        return OpenTender.at(session.ledger, self.tender), offer


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
    wish: _Wish,
    relays: tuple[str, ...],
    receipts: Path,
    stores: tuple[str, ...],
    copies: int,
) -> None:
    """Encrypt the documents, bring them to stores, sign the bid, and put it into the tender's box.

    Nobody can read the bid before the tender closes, and nothing more is to be done for it to open.
    The account that sends it is visible; a relay hides it. Where quality and price both count, the
    proposal and the price go into two boxes, under keys of their own, and the price stays sealed
    until quality is decided. Repeat the command if it was interrupted: it goes on.
    """
    from terang.ledger.backing import lack
    from terang.ledger.bidding import prepare_bid
    from terang.ledger.envelopes import SealedBid, begun
    from terang.ledger.receipts import own_store

    account = session.signer.address
    tender, offer = wish.read(session)
    if warning := lack(session.ledger, account, tender.id):
        progress(warning)
    earlier = None if session.dry_run else begun(tender, account, offer, receipts)
    if earlier is not None and wish.nonce in (None, earlier.receipt.nonce):
        progress(_("Going on with bid {nonce}.").format(nonce=earlier.receipt.nonce))
        archives = [own_store(receipts).get(each) for each in earlier.receipt.archives]
        _bring_in(session, earlier, archives, relays, receipts, stores, copies)
        return
    prepared = prepare_bid(session.ledger, account, tender, offer)
    signatures = [session.signer.sign_typed(data) for data in prepared.messages.values()]
    bid = SealedBid(tender, *prepared.seal(signatures))
    _bring_in(session, bid, prepared.archives, relays, receipts, stores, copies)


@command.command("prepare")
@reading
@_offering
@click.option(
    "--bidder", type=ADDRESS, required=True, help="The supplier's account, which is to sign."
)
@click.option("--out", type=PATH, help="File to write; else bid-TENDER-NONCE.json.")
@receipts_option
def prepare(session: Session, wish: _Wish, bidder: str, out: Path | None, receipts: Path) -> None:
    """Encrypt the documents and write the bid to a file that a wallet without network can sign.

    The file is the message that wallets show (EIP-712). It tells the price, as does what is kept
    among the receipts until the bid is submitted from here. A proposal in an envelope of its own is
    in a second file, whose name ends in -proposal. Nothing is sent.
    """
    from terang.ledger.bidding import prepare_bid
    from terang.ledger.signing import save
    from terang.vocabulary import PROPOSALS

    tender, offer = wish.read(session)
    prepared = prepare_bid(session.ledger, bidder, tender, offer)
    path = out or Path(f"bid-{tender.id}-{prepared.nonce}.json")
    files = {
        stage: path.with_name(f"{path.stem}-proposal{path.suffix}") if stage == PROPOSALS else path
        for stage in prepared.messages
    }
    kept = prepared.save(receipts)
    written: list[Path] = []
    try:
        for stage, data in prepared.messages.items():
            save(data, files[stage])
            written.append(files[stage])
    except BaseException:
        for each in (kept, *written):
            each.unlink()  # it would keep the number from being used again
        raise
    facts = {
        stage: {
            "file": str(files[stage]),
            "digest": hashed(data.digest),
            "documents": hashed(data.message["documents"]),
        }
        for stage, data in prepared.messages.items()
    }
    proposal = facts.pop(PROPOSALS, None)
    (own,) = facts.values()
    names = " ".join(map(str, files.values()))
    session.show(
        "\n".join(
            [
                *(
                    _(
                        "{file} is to be signed by {account}: `bid sign {file}`, without network "
                        "if you like."
                    ).format(file=file, account=bidder)
                    for file in files.values()
                ),
                _(
                    "Keep {kept} here: with it and the signature, `bid submit {files}` "
                    "seals the bid."
                ).format(kept=kept, files=names),
            ]
        ),
        own
        | {
            "tender": tender.id,
            "nonce": prepared.nonce,
            "price": prepared.price,
            "kept": str(kept),
        }
        | ({"proposal": proposal} if proposal else {}),
    )


command.add_command(
    sign_command(
        ("SubmitBid", "SubmitProposal"),
        "Show the bid or proposal in FILE, sign it, and write the signature to a file beside it."
        "\n\n"
        "No chain is needed. The account must be the one that the bid names.",
    )
)


@command.command("submit")
@acting
@click.argument("files", metavar="FILE…", type=PATH, nargs=-1, required=True)
@click.option(
    "--signature",
    "signatures",
    type=PATH,
    multiple=True,
    required=True,
    help="File with the signature that `sign` wrote; one for each FILE.",
)
@relay_option
@receipts_option
@bring_option
@copies_option
def submit(
    session: Session,
    files: tuple[Path, ...],
    signatures: tuple[Path, ...],
    relays: tuple[str, ...],
    receipts: Path,
    stores: tuple[str, ...],
    copies: int,
) -> None:
    """Seal the bid in FILE with its signature and put the envelope into the tender's box.

    In two envelopes name both files, and both signatures. The documents are brought to the stores
    first. Work where the bid was prepared; any account that may bid for the supplier sends it.
    """
    from terang.ledger.bidding import signed_bid
    from terang.ledger.envelopes import SealedBid
    from terang.ledger.signing import load, signature_among

    ledger = session.ledger
    acts = ("SubmitBid", "SubmitProposal")
    messages = [load(each, acts, ledger.tenders.domain) for each in files]
    found = [signature_among(each, messages) for each in signatures]
    prepared, signed = signed_bid(ledger, messages, found, receipts)
    bid = SealedBid(prepared.tender, *prepared.seal(signed))
    _bring_in(session, bid, prepared.archives, relays, receipts, stores, copies)


@command.command("status")
@reading
@click.argument("receipt", type=PATH)
def status(session: Session, receipt: Path) -> None:
    """Follow a bid by its receipt: sealed, opened or void, awarded or not, signed, paid."""
    from terang.ledger.receipts import BidReceipt
    from terang.replay.follow import follow

    ledger = session.ledger
    found = follow(session.state, BidReceipt.load(receipt), ledger.chain.now)
    session.show(found.text(ledger.currency_at(found.token)), found.document())


@command.command("open")
@acting
@click.argument("tender", type=NUMBER)
@prices_option
def open_(session: Session, tender: int, prices: bool) -> None:
    """Open the released box of bids or proposals of a tender, or of their prices. Anyone may."""
    session.carry_out(
        session.opening.open(session.wallet, tender, "prices" if prices else "bids"),
        _("The prices of tender {tender} are opened, the last in block {block}.")
        if prices
        else _("The bids of tender {tender} are opened, the last in block {block}."),
        tender=tender,
    )


@command.command("documents")
@reading
@click.argument("tender", type=NUMBER)
@click.option("--out", type=PATH, help="New folder for the files; else documents-of-TENDER.")
@prices_option
@fetch_option
@click.pass_context
def documents(
    context: click.Context,
    session: Session,
    tender: int,
    out: Path | None,
    prices: bool,
    stores: tuple[str, ...],
) -> None:
    """Decrypt and unpack the documents of a tender's opened bids, for its panel and for anyone.

    Documents that no store has right, or that do not decrypt, are named: a panel may mark such a
    bid not responsive. Exit code 1: there are bids, and the documents of none can be read.
    """
    from terang.documents.proposals import exit_code, proposals
    from terang.ledger.facts import box_at

    folder = out or Path(f"documents-of-{tender}")
    ledger, state = session.ledger, session.state
    box = box_at(state, tender, "prices" if prices else "bids")
    found = proposals(ledger, state, box, places(stores), folder)
    session.show(
        "\n".join(each.text() for each in found)
        or _("No bid that counts has documents here, so there is nothing to read."),
        [each.document() for each in found],
    )
    context.exit(exit_code(found))


def _bring_in(
    session: Session,
    bid: "SealedBid",
    archives: list[bytes],
    relays: tuple[str, ...],
    receipts: Path,
    stores: tuple[str, ...],
    copies: int,
) -> None:
    """Brings documents to stores and envelopes into boxes; in a dry run does neither."""
    from terang.documents.places import bring
    from terang.ledger.envelopes import complete
    from terang.ledger.receipts import keep_own

    ledger, found, kept = session.ledger, places(stores), list[Path]()
    if relays and session.dry_run:
        show_plan(session, relays, bid.envelopes)
        return
    if session.dry_run:
        session.send(bid.acts(ledger, session.wallet, anew=True))
        return
    keep_own(receipts, archives)
    for content, digest in zip(archives, bid.receipt.archives, strict=True):
        kept += bring(
            ledger, found, content, digest, receipts, progress,
            copies=copies, closes=bid.tender.closes_at,
        )  # fmt: skip
    bid = bid.keep(ledger, receipts)
    brought = {"stores": list(stores), "documentReceipts": [str(each) for each in kept]}
    if relays:
        from terang.relay.client import deliver_bid

        done, deliveries = deliver_bid(ledger, relays, bid, receipts, progress)
        _sealed(session, done, receipts, brought, deliveries)
    elif bid.waiting() or session.is_under_way:
        acts = bid.acts(ledger, session.wallet, anew=not session.is_under_way)
        done = complete(ledger, session.send(acts), receipts)
        _sealed(session, done, receipts, brought, {})
    else:
        _sealed(session, bid.receipt, receipts, brought, {})


def _sealed(
    session: Session,
    done: "BidReceipt",
    receipts: Path,
    brought: dict[str, Any],
    deliveries: "dict[int, Delivery]",
) -> None:
    """Tells that a bid is sealed, and what is left to do."""
    from terang.vocabulary import PROPOSALS

    document = done.as_json() | brought
    for stage, delivery in deliveries.items():
        if stage == PROPOSALS:
            document["proposal"] |= by_relay(delivery)
        else:
            document |= by_relay(delivery)
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
            stores=", ".join(brought["stores"]),
        ),
        document,
    )
