"""The whole path by a relay: from the command that seals to the bid and the ballot that count."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.vocabulary import BALLOTS, BIDS

from .served import Start

InBox = Callable[..., list[bytes]]
Run = Callable[..., Any]
NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def offer(tmp_path: Path) -> Path:
    path = tmp_path / "penawaran.pdf"
    path.write_bytes(b"%PDF-1.7 harga dan metode")
    return path


def test_a_bid_sealed_by_a_relay_opens_and_counts(
    serving: Start, terang: Run, stage: Stage, tender: Tender, supplier: Wallet, offer: Path,
    in_box: InBox, chain: Chain,
) -> None:  # fmt: skip
    ledger, operator = stage.ledger, stage.offices.operator
    before = chain.nonces([supplier.address], "latest")
    words = ["bid", "seal", "--tender", tender.id, "--price", 2, "--file", offer, "--nonce", 5]
    with serving() as relay:
        said = terang(*words, "--relay", NOBODY, "--relay", relay.url, "--json", by=supplier)
    assert said.code == 0, said.err
    made = said.document
    assert made["relay"] == relay.url
    (envelope,) = in_box()
    assert made["envelope"] == "0x" + keccak(envelope).hex()
    assert chain.nonces([supplier.address], "latest") == before
    receipt = f"receipts/tender-{tender.id}-bid-5.json"
    assert json.loads(Path(receipt).read_text())["block"] == made["block"]
    assert Path(made["promise"]).parent == Path(receipt).parent
    assert terang("bid", "status", receipt, "--json").document["status"] == "sealed"
    assert terang("relay", "check", made["promise"]).code == 0

    chain.advance_to(*ledger.tenders.closing_times([(tender.id, BIDS)]))
    stage.openers.release(operator, ledger.tenders, [(tender.id, BIDS, tender.bid_key)])
    stage.send(ledger.tenders.open(operator, tender.id, BIDS, [envelope]))
    bid = chain.view(ledger.tenders.contract, "bidAt", tender.id, 0)
    assert str(bid["price"]) == str(made["price"])
    assert terang("bid", "status", receipt, "--json").document["status"] == "opened"


def test_a_bid_signed_elsewhere_is_submitted_by_a_relay_without_an_account(
    serving: Start, terang: Run, tender: Tender, supplier: Wallet, offer: Path, in_box: InBox
) -> None:
    words = ["bid", "prepare", "--tender", tender.id, "--bidder", supplier.address]
    made = terang(*words, "--price", 2, "--nonce", 7, "--file", offer, "--json").document
    signed = terang("bid", "sign", made["file"], "--json", by=supplier, ledger=False)
    signature = signed.document["file"]
    submit = ["bid", "submit", made["file"], "--signature", signature]
    tried = terang(*submit, "--relay", NOBODY)
    assert tried.code == 1
    assert "No relay took the envelope" in tried.err
    assert Path(made["kept"]).exists()  # so that it can be repeated
    with serving() as relay:
        dry = terang(*submit, "--relay", relay.url, "--dry-run", "--json")
        assert (dry.document["bytes"], dry.document["relays"]) == (175, [relay.url])
        assert not in_box()
        said = terang(*submit, "--relay", relay.url)
        assert said.code == 0, said.err
        assert "its receipt is" in said.err
    assert len(in_box()) == 1
    assert not Path(made["kept"]).exists()
    receipt = f"receipts/tender-{tender.id}-bid-7.json"
    assert terang("bid", "status", receipt, "--json").document["status"] == "sealed"


def test_a_bid_in_two_envelopes_is_sealed_by_a_relay(
    serving: Start, terang: Run, stage: Stage, two: Any, supplier: Wallet, offer: Path
) -> None:
    words = ["bid", "seal", "--tender", two.id, "--price", 2, "--file", offer, "--nonce", 5]
    with serving() as relay:
        said = terang(*words, "--relay", relay.url, "--json", by=supplier)
        assert said.code == 0, said.err
        made = said.document
        assert {made["relay"], made["proposal"]["relay"]} == {relay.url}
        for each in (made, made["proposal"]):
            assert terang("relay", "check", each["promise"]).code == 0
        # of the length that each box takes, by the words for them
        for name, length in (("proposals", 175), ("prices", 159), ("bids", 175)):
            refused = relay.post(two.id, b"\x01" * length, stage=name).json()
            assert refused["reason"] == ("unknown" if name == "bids" else "envelope")
    boxes = stage.ledger.tenders._views("boxOf", [(two.id, 1), (two.id, 2)])
    assert [each["count"] for each in boxes] == [1, 1]


def test_a_ballot_is_cast_by_a_relay(
    serving: Start, terang: Run, stage: Stage, tender: Tender, chain: Chain, tmp_path: Path
) -> None:
    acts.seal(stage, [tender])
    acts.open_bids(stage, [tender])
    acts.draw(stage, [tender])
    reasons = tmp_path / "alasan.txt"
    reasons.write_text("Semua memenuhi syarat")
    marks = [word for each in stage.ledger.tenders.bidders([tender.id])[tender.id]
             for word in ("--mark", f"{each}=yes")]  # fmt: skip
    ((seat, *_others),) = stage.ledger.ballots.panels([tender.id])
    member = stage.members[seat].wallet
    words = ["ballot", "cast", "--tender", tender.id, "--reasons", reasons, *marks]
    with serving() as relay:
        said = terang(*words, "--relay", relay.url, "--json", by=member)
        assert said.code == 0, said.err
        document = said.document
        assert document["relay"] == relay.url
        assert terang("relay", "check", document["promise"]).code == 0
        short = relay.post(tender.id, b"\x01" * 135, stage="ballots")
        assert short.json()["reason"] == "envelope"  # the newest round's box is found by its word
    ballots = stage.ledger.ballots
    stored = chain.view(ballots.contract, "boxOf", tender.id, BALLOTS)
    assert stored["count"] == 1
    sealed_by = chain.view(
        ballots.contract, "sealedBy", tender.id, BALLOTS, int(stage.offices.relay.address, 16)
    )
    assert sealed_by == 1


def test_a_wrong_relay_address_is_said_before_anything_is_sent(
    terang: Run, tender: Tender, supplier: Wallet, offer: Path, in_box: InBox
) -> None:
    words = ["bid", "seal", "--tender", tender.id, "--price", 2, "--file", offer]
    said = terang(*words, "--relay", "http://relay.example", by=supplier)
    assert said.code == 2
    assert "not the address of a relay" in said.err
    assert not in_box()


@pytest.mark.parametrize(
    "listen", ["99999", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:٨", "a b:1", "[::1:80"]
)
def test_an_address_to_listen_at_is_host_and_port(terang: Run, stage: Stage, listen: str) -> None:
    said = terang("relay", "serve", "--listen", listen, by=stage.offices.relay)
    assert said.code == 2
    assert "HOST:PORT" in said.err


def test_a_relay_that_cannot_listen_or_has_no_certificate_says_so(
    serving: Start, terang: Run, stage: Stage, offer: Path
) -> None:
    with serving(sends=False) as relay:
        taken = terang("relay", "serve", "--listen", f"127.0.0.1:{relay.port}",
                       by=stage.offices.relay)  # fmt: skip
    assert taken.code == 1
    assert "Cannot listen" in taken.err
    words = ["relay", "serve", "--listen", "127.0.0.1:0", "--certificate"]
    for file in (offer, "missing.pem"):
        said = terang(*words, file, by=stage.offices.relay)
        assert said.code == 2
        assert "not a certificate" in said.err
