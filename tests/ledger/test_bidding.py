"""The errands of a bidder: ceilings, corrected bids, receipts, signatures from elsewhere."""

from dataclasses import replace
from pathlib import Path

import pytest

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.errors import UsageError
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.ledger.bidding import Offer, OpenTender, Prepared, prepare_bid
from terang.ledger.envelopes import complete
from terang.ledger.receipts import BidReceipt
from terang.sealing.envelope import Void
from terang.vocabulary import BIDS


def sealed(
    ledger: Ledger, supplier: Wallet, tender: int, price: int, nonce: int
) -> tuple[bytes, BidReceipt]:
    """A bid that is prepared, signed and sealed in one place."""
    bid = prepared_bid(ledger, supplier, tender, price, nonce)
    (envelope,), receipt = bid.seal(signed_by(supplier, bid))
    return envelope, receipt


def prepared_bid(ledger: Ledger, supplier: Wallet, tender: int, price: int, nonce: int) -> Prepared:
    found = OpenTender.at(ledger, tender)
    return prepare_bid(ledger, supplier.address, found, Offer(price, nonce, {"a": b""}))


def signed_by(wallet: Wallet, bid: Prepared) -> list[bytes]:
    return [wallet.sign_typed(each) for each in bid.messages.values()]


def test_a_bid_above_the_ceiling_is_refused_before_it_is_sent(
    prepared: tuple[Stage, list[Tender]],
) -> None:
    stage, tenders = prepared
    tender = next(each for each in tenders if each.terms.ceiling)
    acts.publish(stage, [tender])
    supplier = next(iter(tender.bidders.values())).wallet

    def bid(price: int) -> BidReceipt:
        return sealed(stage.ledger, supplier, tender.id, price, 1)[1]

    with pytest.raises(UsageError, match="above the tender's ceiling"):
        bid(tender.terms.ceiling + 1)
    assert bid(tender.terms.ceiling).price == tender.terms.ceiling


def test_a_bid_that_would_be_void_is_refused_before_anybody_signs_it(
    prepared: tuple[Stage, list[Tender]],
) -> None:
    stage, tenders = prepared
    tender = tenders[0]
    acts.publish(stage, [tender])
    ledger, (supplier, other, *_others) = stage.ledger, tender.bidders.values()
    participants, administrator = ledger.participants, stage.offices.administrator
    stage.send([participants.suspend(administrator, other.id, bytes(32))])
    for account in (tender.buyer.wallet, stage.offices.relay, other.wallet):
        with pytest.raises(UsageError, match="would be void"):
            prepared_bid(ledger, account, tender.id, 9, 1)
    assert sealed(ledger, supplier.wallet, tender.id, 9, 1)


def test_a_bid_is_sealed_with_its_own_accounts_signature_only(
    prepared: tuple[Stage, list[Tender]],
) -> None:
    stage, tenders = prepared
    acts.publish(stage, tenders[:1])
    supplier, other = [each.wallet for each in tenders[0].bidders.values()][:2]
    bid = prepared_bid(stage.ledger, supplier, tenders[0].id, 9, 1)
    with pytest.raises(Void):
        bid.seal(signed_by(other, bid))
    signatures = signed_by(supplier, bid)
    assert bid.seal(signatures) == bid.seal(signatures)


def test_a_receipt_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    receipt = BidReceipt(7, 3, 1_000, b"\x02" * 32, b"\x03" * 32)
    path = receipt.save(tmp_path / "receipts")
    assert path.name == "tender-7-bid-3.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert BidReceipt.load(path) == receipt


def test_a_receipt_is_not_overwritten_by_that_of_another_envelope(tmp_path: Path) -> None:
    receipt = BidReceipt(7, 3, 1_000, b"\x02" * 32, b"\x03" * 32)
    receipt.save(tmp_path)
    replace(receipt, block=9).save(tmp_path)
    with pytest.raises(UsageError, match="the receipt of another bid"):
        replace(receipt, envelope=b"\x04" * 32).save(tmp_path)
    assert BidReceipt.load(receipt.path(tmp_path)).block == 9


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"tender": 1}', b'{"tender": NaN}', b"[" * 100_000,
     b'{"tender": "7", "nonce": 3, "price": 1, "envelope": "0x", "documents": "0x"}'],
)  # fmt: skip
def test_what_is_no_receipt_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"receipt\.json is not the receipt of a bid"):
        BidReceipt.load(path)


def test_a_receipt_is_completed_by_its_envelope_whatever_was_prepared_after(
    prepared: tuple[Stage, list[Tender]], tmp_path: Path
) -> None:
    stage, tenders = prepared
    acts.publish(stage, tenders[:1])
    supplier, ledger = next(iter(tenders[0].bidders.values())).wallet, stage.ledger
    folder = tmp_path / "receipts"

    def made(nonce: int) -> tuple[bytes, BidReceipt]:
        envelope, receipt = sealed(ledger, supplier, tenders[0].id, 9, nonce)
        receipt.save(folder)
        return envelope, receipt

    envelope, _first = made(1)
    made(2)  # by the same command, repeated after its answer was lost
    (sent,) = ledger.send([ledger.tenders.seal(supplier, tenders[0].id, BIDS, envelope)])
    done = complete(ledger, [sent], folder)
    assert (done.nonce, done.block, done.transaction) == (1, sent.block, sent.transaction)
    assert BidReceipt.load(folder / "tender-1-bid-1.json") == done
    (folder / "tender-1-bid-1.json").unlink()
    with pytest.raises(UsageError, match="no receipt of it"):
        complete(ledger, [sent], folder)


def test_the_closing_price_of_a_bidder_is_that_of_its_last_bid(
    prepared: tuple[Stage, list[Tender]], chain: Chain
) -> None:
    stage, tenders = prepared
    acts.publish(stage, tenders[:1])
    tender = tenders[0]
    supplier = next(iter(tender.bidders.values()))
    for price, nonce in ((4_000, 1_700_000_000), (3_900, 1_700_000_060)):
        envelope, _receipt = sealed(stage.ledger, supplier.wallet, tender.id, price, nonce)
        stage.send([stage.ledger.tenders.seal(supplier.wallet, tender.id, BIDS, envelope)])
    logs = chain.logs(0, chain.head().number, [stage.ledger.tenders.contract.address])
    events = [stage.ledger.tenders.contract.decode_log(log) for log in logs]
    envelopes = [event.args["envelope"] for event in events if event.name == "Sealed"]
    chain.advance_to(chain.now + 8 * 86_400)
    stage.openers.release(
        stage.offices.operator, stage.ledger.tenders, [(tender.id, BIDS, tender.bid_key)]
    )
    stage.send(stage.ledger.tenders.open(stage.offices.operator, tender.id, 0, envelopes))
    bid = chain.view(stage.ledger.tenders.contract, "bidAt", tender.id, 0)
    assert (bid["organisation"], bid["price"]) == (supplier.id, 3_900)
