"""The errands of one person: amounts, ceilings, corrected bids, receipts."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.errors import UsageError
from terang.ledger.desk import BidReceipt, complete, prepare_bid, smallest_units
from terang.ledger.tenders import BIDS
from terang.sealing.documents import Store


@given(units=st.integers(1, 2**128 - 2), decimals=st.integers(0, 18))
def test_an_amount_is_converted_exactly(units: int, decimals: int) -> None:
    whole, part = divmod(units, 10**decimals)
    text = f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
    assert smallest_units(Decimal(text), decimals) == units


@pytest.mark.parametrize(
    ("text", "decimals"),
    [("0.001", 2), ("1.5", 0), ("3402823669209384634633746074317682114.55", 2)],
)
def test_an_amount_that_does_not_fit_is_refused(text: str, decimals: int) -> None:
    with pytest.raises(UsageError, match="does not fit"):
        smallest_units(Decimal(text), decimals)


def test_a_bid_above_the_ceiling_is_refused_before_it_is_sent(
    prepared: tuple[Stage, list[Tender]], tmp_path: Path
) -> None:
    stage, tenders = prepared
    tender = next(each for each in tenders if each.terms.ceiling)
    acts.publish(stage, [tender])
    supplier = next(iter(tender.bidders.values())).wallet
    store = Store(tmp_path / "store")

    def bid(price: int) -> BidReceipt:
        return prepare_bid(
            stage.ledger, supplier, store, tender.id, price=price, nonce=1, files={"a": b""}
        )[1]

    with pytest.raises(UsageError, match="above the tender's ceiling"):
        bid(tender.terms.ceiling + 1)
    assert bid(tender.terms.ceiling).price == tender.terms.ceiling


def test_a_receipt_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    receipt = BidReceipt(7, 3, 1_000, b"\x02" * 32, b"\x03" * 32)
    path = receipt.save(tmp_path / "receipts")
    assert path.name == "tender-7-bid-3.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert BidReceipt.load(path) == receipt


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
    store, folder = Store(tmp_path / "store"), tmp_path / "receipts"

    def made(nonce: int) -> tuple[bytes, BidReceipt]:
        envelope, receipt = prepare_bid(
            ledger, supplier, store, tenders[0].id, price=9, nonce=nonce, files={"a": b""}
        )
        receipt.save(folder)
        return envelope, receipt

    envelope, _first = made(1)
    made(2)  # by the same command, repeated after its answer was lost
    (sent,) = ledger.send([ledger.tenders.seal(supplier, tenders[0].id, BIDS, envelope)])
    done = complete(ledger, sent, folder)
    assert (done.nonce, done.block, done.transaction) == (1, sent.block, sent.transaction)
    assert BidReceipt.load(folder / "tender-1-bid-1.json") == done
    (folder / "tender-1-bid-1.json").unlink()
    with pytest.raises(UsageError, match="no receipt of it"):
        complete(ledger, sent, folder)


def test_the_closing_price_of_a_bidder_is_that_of_its_last_bid(
    prepared: tuple[Stage, list[Tender]], chain: Chain, tmp_path: Path
) -> None:
    stage, tenders = prepared
    acts.publish(stage, tenders[:1])
    tender = tenders[0]
    supplier = next(iter(tender.bidders.values()))
    store = Store(tmp_path / "store")
    for price, nonce in ((4_000, 1_700_000_000), (3_900, 1_700_000_060)):
        envelope, _receipt = prepare_bid(
            stage.ledger, supplier.wallet, store, tender.id,
            price=price, nonce=nonce, files={"a": b""},
        )  # fmt: skip
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
