"""Bids and ballots that are signed where there is no network, with files between."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.sealing.messages import Ballot, Bid
from terang.vocabulary import BALLOTS, BIDS, Power

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def published(stage: Stage, tender: Tender) -> None:
    """The tender is open for bids."""
    acts.publish(stage, [tender])


@pytest.fixture
def offer() -> Path:
    path = Path("penawaran.pdf")
    path.write_bytes(b"%PDF-1.7 harga dan metode")
    return path


def altered(file: str, **fields: object) -> Path:
    """A copy of a message with other values."""
    document = json.loads(Path(file).read_text())
    document["message"] |= fields
    path = Path("altered.json")
    path.write_text(json.dumps(document))
    return path


def prepare_words(tender: Tender, supplier: Wallet, file: object = "penawaran.pdf") -> list[object]:
    return ["bid", "prepare", "--tender", tender.id, "--bidder", supplier.address,
            "--price", 2, "--nonce", 7, "--file", file]  # fmt: skip


def test_a_bid_is_prepared_signed_without_network_and_submitted_by_a_relay(
    chain: Chain, stage: Stage, tender: Tender, terang: Run, offer: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    supplier, other = [each.wallet for each in tender.bidders.values()][:2]
    before = chain.head().number
    words = prepare_words(tender, supplier, offer)
    made = terang(*words, "--json").document
    file, kept = made["file"], Path(made["kept"])
    assert chain.head().number == before
    assert (file, made["nonce"]) == (f"bid-{tender.id}-7.json", 7)
    assert [each.stat().st_mode & 0o777 for each in (Path(file), kept)] == [0o600, 0o600]
    again = terang(*words)
    assert again.code == 2
    assert "is there already" in again.err
    second = terang(*words, "--out", "other.json")
    assert second.code == 2  # it would lose what the first one waits for
    assert "another --nonce" in second.err

    with monkeypatch.context() as cut:
        cut.setattr("socket.socket.connect", lambda *_: pytest.fail("asked the network"))
        wrong = terang("bid", "sign", file, by=other, chain=False)
        assert wrong.code == 2
        assert f"to be signed by {supplier.address}" in wrong.err
        said = terang("bid", "sign", file, "--json", by=supplier, chain=False)
    assert f"Bid 7 for tender {tender.id}" in said.err
    assert "2" in said.err
    signature = said.document["file"]

    submit = ["bid", "submit", file, "--signature", signature]
    before = chain.head().number
    assert terang(*submit, "--dry-run", by=stage.offices.relay).code == 0
    assert chain.head().number == before
    assert not list(Path("receipts").glob("*-7.json"))
    assert terang(*submit, by=stage.offices.operator).code == 4  # neither relay nor bidder
    receipt = terang(*submit, "--json", by=stage.offices.relay).document
    assert receipt["block"] == chain.head().number
    assert not kept.exists()
    gone = terang(*submit, by=stage.offices.relay)
    assert gone.code == 2
    assert "sealed already" in gone.err

    status = ["bid", "status", f"receipts/tender-{tender.id}-bid-7.json", "--json"]
    assert terang(*status).document["status"] == "sealed"
    opened_box(chain, stage, tender)
    bid = chain.view(stage.ledger.tenders.contract, "bidAt", tender.id, 0)
    assert bid["price"] == int(made["price"])


def opened_box(chain: Chain, stage: Stage, tender: Tender) -> None:
    """The box of bids closes, is released and opened."""
    ledger, operator = stage.ledger, stage.offices.operator
    chain.advance_to(*ledger.tenders.closing_times([(tender.id, BIDS)]))
    stage.openers.release(operator, ledger.tenders, [(tender.id, BIDS, tender.bid_key)])
    logs = chain.logs(0, chain.head().number, [ledger.tenders.contract.address])
    events = [ledger.tenders.contract.decode_log(log) for log in logs]
    envelopes = [event.args["envelope"] for event in events if event.name == "Sealed"]
    stage.send(ledger.tenders.open(operator, tender.id, BIDS, envelopes))


def test_nothing_but_what_was_signed_is_submitted(
    stage: Stage, tender: Tender, terang: Run, offer: Path
) -> None:
    supplier, other = [each.wallet for each in tender.bidders.values()][:2]
    relay = stage.offices.relay
    made = terang(*prepare_words(tender, supplier), "--json").document
    file, kept = made["file"], Path(made["kept"])
    signature = terang("bid", "sign", file, "--json", by=supplier, chain=False).document["file"]

    def refused(*more: object, message: object = file, by_whom: object = signature) -> str:
        said = terang("bid", "submit", message, "--signature", by_whom, *more, by=relay)
        assert said.code in (1, 2)
        assert not list(Path("receipts").glob("*-7.json"))
        return str(said.err)

    cheaper = altered(file, price="1")
    assert "signed something else" in refused(message=cheaper)
    lie = json.loads(Path(signature).read_text())
    others = altered(file, account=other.address)
    taken = terang("bid", "sign", others, "--json", by=other, chain=False).document
    forged = Path("forged.json")
    forged.write_text(json.dumps(lie | {"signature": taken["signature"]}))
    assert "did not sign" in refused(by_whom=forged)
    forged.write_text(json.dumps(lie | {"account": other.address}))
    assert "did not sign" in refused(by_whom=forged)
    # a bid of somebody else is not sealed under what was kept for this one
    assert "kept for another bid" in refused(message=others, by_whom=taken["file"])
    assert "missing or damaged" in refused("--receipts", "elsewhere")
    ballot = altered(file)
    ballot.write_text('{"primaryType": "CastBallot"}')
    assert "not a message" in refused(message=ballot)

    whole = kept.read_text()
    for content in ("", "{}", '{"digest": "0x", "entropy": "0x", "context": 1}', "[" * 100_000):
        kept.write_text(content)
        assert "missing or damaged" in refused()
    kept.write_text(whole.replace("entropy", "was").replace("context", "entropy")
                    .replace("was", "context"))  # fmt: skip
    assert "do not open under its key" in refused()
    kept.write_text(whole)
    shutil.rmtree("receipts/documents")
    assert "fault of Terang" not in refused()


def test_a_bid_that_was_signed_too_late_or_for_old_documents_is_refused(
    chain: Chain, stage: Stage, tender: Tender, terang: Run, offer: Path
) -> None:
    supplier = next(iter(tender.bidders.values())).wallet
    made = terang(*prepare_words(tender, supplier), "--json").document
    old = altered(made["file"], version="2")
    signed = terang("bid", "sign", old, "--json", by=supplier, chain=False).document["file"]
    said = terang("bid", "submit", old, "--signature", signed, by=supplier)
    assert said.code == 2
    assert "version 2" in said.err
    signed = terang("bid", "sign", made["file"], "--json", by=supplier, chain=False)
    chain.advance_to(*stage.ledger.tenders.closing_times([(tender.id, BIDS)]))
    submit = ["bid", "submit", made["file"], "--signature", signed.document["file"]]
    late = terang(*submit, by=supplier)
    assert late.code == 1
    assert "not open for bids" in late.err


def test_a_bid_is_withdrawn_by_a_later_one(
    chain: Chain, stage: Stage, tender: Tender, terang: Run, offer: Path
) -> None:
    supplier = next(iter(tender.bidders.values())).wallet
    seal = ["bid", "seal", "--tender", tender.id, "--nonce"]
    assert terang(*seal, 1, "--price", 2, "--file", offer, by=supplier).code == 0
    for words in (["--withdraw", "--price", 2], ["--withdraw", "--file", offer],
                  ["--price", 2], ["--file", offer], []):  # fmt: skip
        both = terang(*seal, 2, *words, by=supplier)
        assert both.code == 2
        assert "--withdraw and neither" in both.err
    made = terang("bid", "prepare", "--tender", tender.id, "--bidder", supplier.address,
                  "--withdraw", "--nonce", 2, "--json").document  # fmt: skip
    said = terang("bid", "sign", made["file"], "--json", by=supplier, chain=False)
    assert "withdraws" in said.err
    submit = ["bid", "submit", made["file"], "--signature", said.document["file"]]
    assert terang(*submit, by=supplier).code == 0
    assert terang("tender", "show", tender.id, "--json").document["sealed"] == 2
    opened_box(chain, stage, tender)
    assert terang("tender", "show", tender.id, "--json").document["bids"] == []


def test_a_ballot_is_prepared_signed_without_network_and_submitted_by_a_relay(
    chain: Chain, stage: Stage, tender: Tender, terang: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts.seal(stage, [tender])
    acts.open_bids(stage, [tender])
    early = terang("ballot", "submit", "none.json", "--signature", "none.json",
                   by=stage.offices.relay)  # fmt: skip
    assert early.code == 2
    reasons = Path("alasan.txt")
    reasons.write_text("Semua memenuhi syarat")
    (bidders,) = stage.ledger.tenders.bidders([tender.id]).values()
    marks = [word for each in bidders for word in ("--mark", f"{each}=yes")]

    def prepare(member: Wallet, *more: object) -> Any:
        return terang("ballot", "prepare", "--tender", tender.id, "--member", member.address,
                      "--reasons", reasons, *marks, "--json", *more)  # fmt: skip

    members = [each.wallet for each in stage.members.values()]
    assert "no panel yet" in prepare(members[0]).err
    acts.draw(stage, [tender])
    (panel,) = stage.ledger.ballots.panels([tender.id])
    voters = {seat: stage.members[seat].wallet for seat in panel}
    outside = next(each for seat, each in stage.members.items() if seat not in panel)
    assert "no seat on the panel" in prepare(outside.wallet).err

    relay, signatures = stage.offices.relay, {}
    for seat, wallet in voters.items():
        made = prepare(wallet).document
        assert Path(made["file"]).stat().st_mode & 0o777 == 0o600
        assert not Path("documents", made["reasons"][2:]).exists()
        with monkeypatch.context() as cut:
            cut.setattr("socket.socket.connect", lambda *_: pytest.fail("asked the network"))
            said = terang("ballot", "sign", made["file"], "--json", by=wallet, chain=False)
        assert f"seat {seat}" in said.err
        assert "yes" in said.err
        signatures[seat] = made["file"], said.document["file"]

    first, second, *_rest = panel
    file, signature = signatures[first]
    submit = ["ballot", "submit", file, "--signature"]
    mine = ["ballot", "sign", file, "--json"]
    of_another = terang(*mine, by=voters[second], chain=False).document["file"]
    swapped = terang(*submit, of_another, by=relay)
    assert swapped.code == 2
    assert f"not one of seat {first}" in swapped.err
    for field, value in (("marks", "0x01"), ("marks", "0x" + "07" * len(bidders)), ("round", "1")):
        changed = altered(file, **{field: value})
        signed = terang("ballot", "sign", changed, "--json", by=voters[first], chain=False)
        said = terang("ballot", "submit", changed, "--signature", signed.document["file"], by=relay)
        assert said.code == 2
        assert f"not one of seat {first}" in said.err
    lie = json.loads(Path(signature).read_text())
    Path("lie.json").write_text(json.dumps(lie | {"account": voters[second].address}))
    assert "did not sign" in terang(*submit, "lie.json", by=relay).err

    before = chain.head().number
    assert terang(*submit, signature, "--dry-run", by=relay).code == 0
    assert chain.head().number == before
    for file, signature in signatures.values():
        said = terang("ballot", "submit", file, "--signature", signature, by=relay)
        assert said.code == 0, said.err
    closes = stage.ledger.ballots.closing_times([(tender.id, BALLOTS)])
    chain.advance_to(*closes)
    late = terang(*submit, signature, by=relay)
    assert late.code == 2
    assert "closed at" in late.err
    sealed = [(tender.id, BALLOTS, tender.ballot_key)]
    stage.openers.release(stage.offices.operator, stage.ledger.ballots, sealed)
    assert terang("ballot", "open", tender.id, by=stage.offices.operator).code == 0
    assert terang("award", "rank", tender.id, by=stage.offices.operator).code == 0


@pytest.mark.parametrize("noun", ["bid", "ballot", "agreement", "participant key"])
def test_a_command_signs_only_the_act_that_it_is_for(
    stage: Stage, tender: Tender, terang: Run, offer: Path, noun: str
) -> None:
    supplier = next(iter(tender.bidders.values())).wallet
    boxes, register = stage.ledger.tenders.box(tender.id, BIDS), stage.ledger.participants
    messages = {
        "bid": Bid(supplier.address, 2, bytes(32), 1, 7).typed_data(boxes),
        "ballot": Ballot(1, bytes(32), b"\x01").typed_data(replace(boxes, stage=BALLOTS)),
        "participant key": register.accept_key(1, supplier.address, Power.BID, 1, 2),
    }
    for other, message in messages.items():
        file = Path(f"{other}.json")
        file.write_text(json.dumps(message.to_json()))
        said = terang(*noun.split(), "sign", file, by=supplier, chain=False)
        assert said.code == (0 if other == noun else 2), said.err
        assert list(Path().glob(f"{other}-0x*.json")) == [] or other == noun


def test_a_signature_is_as_secret_as_what_it_signs(
    tender: Tender, terang: Run, offer: Path
) -> None:
    supplier = next(iter(tender.bidders.values())).wallet
    made = terang(*prepare_words(tender, supplier), "--json").document
    Path(made["file"]).chmod(0o644)  # as it may come back from a stick
    signed = terang("bid", "sign", made["file"], "--json", by=supplier, chain=False).document
    assert Path(signed["file"]).stat().st_mode & 0o777 == 0o600
    assert Path("receipts").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("form", ["bare", "quoted", "low v", "object of another wallet"])
def test_a_signature_comes_from_any_wallet(
    stage: Stage, tender: Tender, terang: Run, offer: Path, form: str
) -> None:
    supplier = next(iter(tender.bidders.values())).wallet
    made = terang(*prepare_words(tender, supplier), "--json").document
    signed = terang("bid", "sign", made["file"], "--json", by=supplier, chain=False).document
    digits = signed["signature"]
    low = digits[:-2] + f"{int(digits[-2:], 16) - 27:02x}"
    Path("signature").write_text({
        "bare": digits + "\n", "quoted": json.dumps(digits), "low v": low,
        "object of another wallet": json.dumps({"signature": low}),
    }[form])  # fmt: skip
    submit = ["bid", "submit", made["file"], "--signature", "signature"]
    assert terang(*submit, by=supplier).code == 0
    Path("signature").write_text("0x" + "00" * 65)
    assert terang(*submit, by=supplier).code == 2


def test_a_damaged_receipt_among_others_seals_nothing_twice(
    tender: Tender, terang: Run, offer: Path
) -> None:
    supplier = next(iter(tender.bidders.values())).wallet
    made = terang(*prepare_words(tender, supplier), "--json").document
    signed = terang("bid", "sign", made["file"], "--json", by=supplier, chain=False).document
    for name in (f"tender-{tender.id}-bid-1.json", "tender-99-bid-1.json"):
        Path("receipts", name).write_text("{}")
    submit = ["bid", "submit", made["file"], "--signature", signed["file"]]
    assert terang(*submit, by=supplier).code == 0
    assert terang("tender", "show", tender.id, "--json").document["sealed"] == 1


def test_a_bid_whose_file_is_in_the_way_can_be_prepared_again(
    tender: Tender, terang: Run, offer: Path
) -> None:
    supplier = next(iter(tender.bidders.values())).wallet
    words = [*prepare_words(tender, supplier), "--out", "taken.json"]
    Path("taken.json").write_text("mine")
    assert terang(*words).code == 2
    Path("taken.json").unlink()
    assert terang(*words).code == 0


def test_powers_that_nobody_knows_are_not_signed(stage: Stage, terang: Run) -> None:
    key = Wallet.create()
    message = stage.ledger.participants.accept_key(1, key.address, Power(200), 1, 2)
    Path("consent.json").write_text(json.dumps(message.to_json()))
    said = terang("participant", "key", "sign", "consent.json", by=key, chain=False)
    assert said.code == 2
    assert "200 are no powers" in said.err
