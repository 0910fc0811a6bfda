"""Bids of quality and price: two envelopes that are prepared, signed, sealed and opened as one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.chain.send import Sender
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger.desk import free_keys
from terang.relay import client
from terang.sealing.bidding import seal_ballot
from terang.sealing.messages import Ballot
from terang.vocabulary import BALLOTS, PRICES, PROPOSALS, Phase

Two = Any  # of tests/conftest.py
Run = Callable[..., Any]


@pytest.fixture
def supplier(tender: Tender) -> Wallet:
    return next(iter(tender.bidders.values())).wallet


@pytest.fixture
def files(tmp_path: Path) -> list[object]:
    """Options that name the documents of a proposal and of a price."""
    (tmp_path / "metode.pdf").write_bytes(b"%PDF-1.7 metode")
    (tmp_path / "harga.pdf").write_bytes(b"%PDF-1.7 rincian harga")
    return ["--file", "metode.pdf", "--price-file", "harga.pdf"]


def counts(stage: Stage, two: Two) -> list[int]:
    """How many envelopes are in each box."""
    boxes = stage.ledger.tenders._views("boxOf", [(two.id, PROPOSALS), (two.id, PRICES)])
    return [int(each["count"]) for each in boxes]


def close(stage: Stage, two: Two) -> None:
    """The box of proposals closes and is released."""
    tenders = stage.ledger.tenders
    stage.ledger.chain.advance_to(*tenders.closing_times([(two.id, PROPOSALS)]))
    stage.openers.release(stage.offices.operator, tenders, [(two.id, PROPOSALS, two.keys[0])])


def decide(stage: Stage, two: Two, tender: Tender, score: int) -> None:
    """A panel scores the proposals alike, and quality is decided."""
    ledger, operator = stage.ledger, stage.offices.operator
    key = stage.openers.pool.popleft()
    stage.send([ledger.awards.draw(operator, two.id, tender.terms, key)])
    box, bids = ledger.ballots.box(two.id, BALLOTS), ledger.tenders.bids([two.id])[two.id]
    ((*panel,),) = ledger.ballots.panels([two.id])
    envelopes = [
        seal_ballot(
            Ballot(seat, bytes(32), bytes([score] * len(bids))).sign(
                stage.members[seat].wallet, box
            ),
            box,
            key.public_key,
        )
        for seat in panel
    ]
    relay = stage.offices.relay
    stage.send([ledger.ballots.seal(relay, two.id, BALLOTS, each) for each in envelopes])
    ledger.chain.advance_to(*ledger.ballots.closing_times([(two.id, BALLOTS)]))
    stage.openers.release(operator, ledger.ballots, [(two.id, BALLOTS, key)])
    stage.send(ledger.ballots.open(operator, two.id, BALLOTS, envelopes))
    stage.send([ledger.awards.rank(operator, two.id, len(bids))])


def test_a_bid_is_sealed_in_two_envelopes_and_opens_in_two_steps(
    stage: Stage, tender: Tender, two: Two, supplier: Wallet, files: list[object], terang: Run,
    chain: Chain,
) -> None:  # fmt: skip
    operator = stage.offices.operator
    words = ["bid", "seal", "--tender", two.id, "--price", 2, "--nonce", 5, *files]
    made = terang(*words, "--json", by=supplier).document
    assert counts(stage, two) == [1, 1]
    assert made["proposal"]["block"]
    assert made["block"]
    assert len(made["documentReceipts"]) == 0
    assert not list(Path("receipts/envelopes").iterdir())  # nothing waits
    receipt = f"receipts/tender-{two.id}-bid-5.json"
    status = ["bid", "status", receipt, "--json"]
    assert terang(*status).document["status"] == "sealed"
    check = ["keys", "check", "--tender", two.id, "--json"]
    points = {terang(*check, *more).document["point"] for more in ([], ["--prices"])}
    assert points == {"0x" + key.public_key.format().hex() for key in two.keys}
    assert terang(*check, "--prices", "--ballots").code == 2

    close(stage, two)
    early = terang("bid", "open", two.id, "--prices", by=operator)
    assert early.code == 2
    release = terang("keys", "release", "--tender", two.id, "--prices", by=operator)
    assert release.code == 2
    assert "until quality is decided" in release.err
    assert terang("bid", "open", two.id, by=operator).code == 0
    assert terang(*status).document["status"] == "proposal-opened"
    read = terang("bid", "documents", two.id, "--store", "documents").out
    assert "metode.pdf" in read
    assert "harga" not in read
    sealed = terang("bid", "documents", two.id, "--prices", "--out", "more")
    assert sealed.code == 2

    decide(stage, two, tender, 80)
    tenders = stage.ledger.tenders
    stage.openers.release(operator, tenders, [(two.id, PRICES, two.keys[1])])
    assert "prices" in terang("bid", "open", two.id, "--prices", by=operator).out
    assert terang(*status).document["status"] == "opened"
    found = terang("bid", "documents", two.id, "--prices", "--out", "more", "--store", "documents")
    assert "harga.pdf" in found.out
    (bid,) = tenders.bids([two.id])[two.id]
    assert bid.price == int(made["price"])


def test_a_bid_that_was_cut_off_between_its_envelopes_goes_on(
    stage: Stage, two: Two, supplier: Wallet, files: list[object], terang: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    words = ["bid", "seal", "--tender", two.id, "--price", 2, *files]
    whole = client.deliver

    def deliver(ledger: Any, relays: Any, box: Any, envelope: bytes, *more: Any) -> Any:
        if box.stage == PRICES:
            raise KeyboardInterrupt
        relay = stage.offices.relay
        stage.send([stage.ledger.tenders.seal(relay, two.id, box.stage, envelope)])
        return whole(ledger, relays, box, envelope, *more)  # finds it there

    with monkeypatch.context() as patched:
        patched.setattr(client, "deliver", deliver)
        stopped = terang(*words, "--relay", "http://127.0.0.1:1", by=supplier)
        assert stopped.err.endswith("Stopped.\n")
    assert counts(stage, two) == [1, 0]
    (path,) = Path("receipts").glob("*.json")
    assert terang("bid", "status", path, "--json").document["status"] == "half-sealed"

    other = terang(*words, "--nonce", 3, "--dry-run", by=supplier)
    assert other.code == 0
    assert "Going on" not in other.err
    said = terang(*words, "--json", by=supplier)
    assert "Going on with bid" in said.err
    assert counts(stage, two) == [1, 1]
    assert list(Path("receipts").glob("*.json")) == [path]
    assert terang("bid", "status", path, "--json").document["status"] == "sealed"
    # the same words again are a new bid: the earlier one is where it belongs
    again = terang(*words, "--nonce", said.document["nonce"] + 1, by=supplier)
    assert again.code == 0
    assert counts(stage, two) == [2, 2]


def test_a_bid_whose_answer_was_lost_is_not_sealed_twice(
    stage: Stage, two: Two, supplier: Wallet, files: list[object], terang: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    words = ["bid", "seal", "--tender", two.id, "--price", 2, *files]
    with monkeypatch.context() as patched:
        patched.setattr(Sender, "_receipt", stop)
        assert terang(*words, by=supplier).err.endswith("Stopped.\n")
    assert counts(stage, two) == [1, 1]
    made = terang(*words, "--json", by=supplier).document
    assert counts(stage, two) == [1, 1]
    assert made["block"]
    assert made["proposal"]["block"]


def test_two_messages_are_signed_without_network_and_submitted_together(
    stage: Stage, two: Two, supplier: Wallet, files: list[object], terang: Run
) -> None:
    words = ["bid", "prepare", "--tender", two.id, "--bidder", supplier.address, "--nonce", 7]
    made = terang(*words, "--price", 2, *files, "--json").document
    assert made["file"] == f"bid-{two.id}-7.json"
    assert made["proposal"]["file"] == f"bid-{two.id}-7-proposal.json"
    both = [made["proposal"]["file"], made["file"]]
    signed = [terang("bid", "sign", each, "--json", by=supplier, chain=False) for each in both]
    assert "Its price is in an envelope of its own" in signed[0].err
    signatures = [each.document["file"] for each in signed]
    named = [word for each in signatures for word in ("--signature", each)]

    for words_, fault in (
        ([made["file"], *named[2:]], "SubmitProposal"),
        ([both[0], *named[:2]], "SubmitBid"),
        ([*both, *named[:2]], "No signature is of the SubmitBid"),
        ([*both, both[0], *named], "SubmitProposal"),
    ):
        refused = terang("bid", "submit", *words_, by=supplier)
        assert refused.code == 2
        assert fault in refused.err
    other = json.loads(Path(both[0]).read_text())
    other["message"]["nonce"] = "8"
    Path("other.json").write_text(json.dumps(other))
    strange = terang("bid", "sign", "other.json", "--json", by=supplier, chain=False).document
    mixed = ["other.json", made["file"], "--signature", strange["file"], *named[2:]]
    refused = terang("bid", "submit", *mixed, by=supplier)
    assert refused.code == 2
    assert "not the messages of one bid" in refused.err
    assert counts(stage, two) == [0, 0]

    # raw signatures, in the other order
    for place, each in enumerate(signatures):
        Path(f"raw-{place}").write_text(json.loads(Path(each).read_text())["signature"])
    raw = ["--signature", "raw-1", "--signature", "raw-0"]
    done = terang("bid", "submit", *both, *raw, "--json", by=stage.offices.relay).document
    assert counts(stage, two) == [1, 1]
    assert done["proposal"]["block"]
    assert not Path(made["kept"]).exists()
    again = terang("bid", "submit", *both, *named, by=stage.offices.relay)
    assert again.code == 2
    assert "sealed already" in again.err


def test_a_withdrawal_fills_both_envelopes(
    stage: Stage, tender: Tender, two: Two, supplier: Wallet, files: list[object], terang: Run
) -> None:
    seal = ["bid", "seal", "--tender", two.id, "--nonce"]
    assert terang(*seal, 1, "--price", 2, *files, by=supplier).code == 0
    assert terang(*seal, 2, "--withdraw", by=supplier).code == 0
    assert counts(stage, two) == [2, 2]
    operator, tenders = stage.offices.operator, stage.ledger.tenders
    close(stage, two)
    assert terang("bid", "open", two.id, by=operator).code == 0
    decide(stage, two, tender, 80)
    stage.openers.release(operator, tenders, [(two.id, PRICES, two.keys[1])])
    assert terang("bid", "open", two.id, "--prices", by=operator).code == 0
    for nonce, status in ((1, "replaced"), (2, "withdrawn")):
        path = f"receipts/tender-{two.id}-bid-{nonce}.json"
        assert terang("bid", "status", path, "--json").document["status"] == status


def test_documents_of_a_price_need_an_envelope_of_its_own(
    stage: Stage, tender: Tender, supplier: Wallet, files: list[object], terang: Run
) -> None:
    acts.publish(stage, [tender])
    words = ["bid", "seal", "--tender", tender.id, "--price", 2, *files]
    said = terang(*words, by=supplier)
    assert said.code == 2
    assert "is one envelope" in said.err
    opening = terang("bid", "open", tender.id, "--prices", by=stage.offices.operator)
    assert opening.code == 2
    assert "Leave --prices out" in opening.err


def test_scores_and_prices_together_decide_the_award(
    stage: Stage, tender: Tender, two: Two, files: list[object], terang: Run, tmp_path: Path
) -> None:
    """Bids are ranked in two steps, and the better score loses to the lower price."""
    operator, ledger = stage.offices.operator, stage.ledger
    first, second, *_others = tender.bidders.values()
    for bidder, price in ((first, 20), (second, 19)):
        words = ["bid", "seal", "--tender", two.id, "--price", price, "--nonce", price, *files]
        assert terang(*words, by=bidder.wallet).code == 0
    close(stage, two)
    assert terang("bid", "open", two.id, by=operator).code == 0
    assert terang("award", "rank", two.id, by=operator).code == 2  # nobody has judged them
    (key,) = free_keys(ledger)
    drawn = terang("award", "draw", two.id, "--json", by=operator).document
    assert (drawn["question"], drawn["low"]) == ("quality", [])
    reasons = tmp_path / "alasan.txt"
    reasons.write_text("Lihat lampiran")
    cast = ["ballot", "cast", "--tender", two.id, "--reasons", reasons]
    scores = ["--mark", f"{first.id}=90", "--mark", f"{second.id}=70"]
    members = [stage.members[seat].wallet for seat in drawn["panel"]]
    yes = terang(*cast, "--mark", f"{first.id}=yes", "--mark", f"{second.id}=70", by=members[0])
    assert yes.code == 2
    assert "0 to 100" in yes.err
    for member in members:
        assert terang(*cast, *scores, by=member).code == 0
    ledger.chain.advance_to(*ledger.ballots.closing_times([(two.id, BALLOTS)]))
    stage.openers.release(operator, ledger.ballots, [(two.id, BALLOTS, key)])
    assert terang("ballot", "open", two.id, by=operator).code == 0

    ranked = terang("award", "rank", two.id, "--chunk", 1, "--json", by=operator).document
    assert ranked["course"] == "QualityDecided"
    assert ledger.awards.phases([two.id]) == [Phase.PRICE_OPENING]
    stage.openers.release(operator, ledger.tenders, [(two.id, PRICES, two.keys[1])])
    assert terang("bid", "open", two.id, "--prices", by=operator).code == 0
    ranked = terang("award", "rank", two.id, "--chunk", 1, "--json", by=operator).document
    assert ranked["course"] == "StandstillStarted"
    assert terang("award", "show", two.id, "--json").document["winner"] == second.id
