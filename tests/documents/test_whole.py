"""Documents on their whole way: brought before sealing, kept by several, read by the panel."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger.pilot import DAY
from terang.vocabulary import BIDS

from .served import Start

Run = Callable[..., Any]
NOBODY = "http://127.0.0.1:9"


def open_all(terang: Run, stage: Stage, tender: Tender) -> None:
    """The box closes, the openers release, and whatever is in it is opened."""
    tenders = stage.ledger.tenders
    acts._close_boxes(stage, tenders, [(tender.id, BIDS)])
    stage.openers.release(stage.offices.operator, tenders, [(tender.id, BIDS, tender.bid_key)])
    assert terang("bid", "open", tender.id, by=stage.offices.operator).code == 0


def test_documents_are_in_stores_before_a_bid_is_sealed_and_the_panel_reads_them(
    licensed: Start, terang: Run, stage: Stage, tender: Tender, supplier: Wallet, offer: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    words = ["bid", "seal", "--tender", tender.id, "--price", 2, "--file", offer]
    with licensed() as store:
        said = terang(*words, "--store", NOBODY, "--store", store.url, "--store", "folder",
                      "--json", by=supplier)  # fmt: skip
        document = said.document
        assert f"{NOBODY} did not take the documents" in said.err
        (receipt,) = document["documentReceipts"]
        digest = bytes.fromhex(document["documents"][2:])
        assert store.place.size(digest) == (tmp_path / "folder" / digest.hex()).stat().st_size
        assert Path(receipt).stat().st_mode & 0o777 == 0o600

        assert terang("documents", "check", receipt).code == 0
        shown = terang("documents", "challenge", receipt, "--json").document
        assert shown[0]["status"] == "shown"

        (tmp_path / "served" / digest.hex()).write_bytes(b"another's")
        broken = terang("documents", "check", receipt)
        assert broken.code == 5
        assert "Broken" in broken.out
        assert terang("documents", "challenge", receipt).code in (1, 5)
        bid = f"receipts/tender-{tender.id}-bid-{document['nonce']}.json"
        assert terang("documents", "upload", bid, "--store", store.url).code == 0
        assert terang("documents", "check", receipt).code == 0

        sealed_by_others = tmp_path / "documents"
        acts.seal(stage, [tender])
        open_all(terang, stage, tender)
        stores = ["--store", NOBODY, "--store", sealed_by_others, "--store", store.url]
        found = terang("bid", "documents", tender.id, *stores, "--json").document
        assert {each["status"] for each in found} == {"present"}
        own = next(each for each in found if each["documents"] == "0x" + digest.hex())
        assert Path(own["files"][0]).read_bytes() == offer.read_bytes()
    assert terang("documents", "check", receipt).code == 1
    gone = terang("tender", "show", tender.id, "--store", NOBODY, "--json").document
    assert {each["status"] for each in gone["proposals"]} == {"unreachable"}


def test_nothing_is_sealed_unless_enough_stores_have_the_documents(
    licensed: Start, terang: Run, stage: Stage, tender: Tender, supplier: Wallet, offer: Path,
    chain: Chain,
) -> None:  # fmt: skip
    words = ["bid", "seal", "--tender", tender.id, "--price", 2, "--file", offer]
    with licensed() as store:
        said = terang(*words, "--store", NOBODY, "--store", store.url, "--copies", 2, by=supplier)
    assert said.code == 1
    assert "nothing is sent" in said.err
    assert not list(Path("receipts").glob("tender-*"))
    contract = stage.ledger.tenders.contract
    assert chain.view(contract, "boxOf", tender.id, 0)["count"] == 0


def test_tender_documents_are_filed_in_clear_and_compared_with_the_terms(
    licensed: Start, terang: Run, chain: Chain, buyer: Wallet, tmp_path: Path
) -> None:
    names = [f"dokumen-{number}.txt" for number in range(5)]
    for name in names:
        (tmp_path / name).write_text(f"Isi {name}")
    words = [word for name in names for word in ("--document", tmp_path / name)]
    closes = datetime.fromtimestamp(chain.now + 6 * DAY, UTC).isoformat()
    words += ["--ocid", "ocds-213czf-1", "--closes", closes]
    with licensed() as store:
        made = terang("tender", "publish", *words, "--store", store.url, "--json", by=buyer)
        made = made.document
        number = made["tender"]
        found = terang("tender", "documents", number, "--store", store.url, "--json").document
        assert found["documents"] == made["documents"]
        assert [Path(each).name for each in found["files"]] == names
        assert [Path(each).read_text() for each in found["files"]] == [f"Isi {n}" for n in names]
        again = terang("tender", "documents", number, "--store", store.url)
        assert again.code == 2
        shutil.rmtree(f"documents-of-tender-{number}")
        one = next(digest for digest, size in store.place.sizes() if size == 17)
        (tmp_path / "served" / one.hex()).write_text("Isi dokumen-9.txt")
        altered = terang("tender", "documents", number, "--store", store.url)
        assert altered.code == 1
        assert "other bytes" in altered.err


def test_what_is_filed_with_an_act_is_kept_in_a_folder(
    terang: Run, stage: Stage, tender: Tender, tmp_path: Path
) -> None:
    reasons = tmp_path / "alasan.txt"
    reasons.write_text("Alasan")
    for store in ("https://store.example", "s3://terang/x"):
        said = terang("tender", "cancel", tender.id, "--reason", reasons, "--store", store,
                      by=tender.buyer.wallet)  # fmt: skip
        assert said.code == 2
        assert "in a folder only" in said.err
    assert not list(tmp_path.glob("https:*"))
