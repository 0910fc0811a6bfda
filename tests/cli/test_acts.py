"""The acts of registrar, consortium, buyer, supplier and inspectors, as commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.ledger.desk import free_keys
from terang.ocds import record_hash
from terang.vocabulary import BALLOTS, Phase

Run = Callable[..., Any]


@pytest.fixture
def reason(tmp_path: Path) -> Path:
    path = tmp_path / "alasan.txt"
    path.write_text("Putusan nomor 7")
    return path


@pytest.fixture
def supplier_record(tmp_path: Path) -> Path:
    path = tmp_path / "pihak.json"
    path.write_text(json.dumps({"name": "PT Jalan Lurus", "identifier": {"id": "01.234"}}))
    return path


def test_a_registrar_enters_an_organisation_whose_record_stays_off_chain(
    stage: Stage, terang: Run, supplier_record: Path, tmp_path: Path
) -> None:
    account = Wallet.create().address
    words = ["participant", "register", supplier_record, "--role", "supplier", "--address", account]
    registrar = stage.offices.registrar
    before = stage.ledger.chain.head().number
    assert terang(*words, "--dry-run", by=registrar).code == 0
    assert stage.ledger.chain.head().number == before
    assert not (tmp_path / "parties").exists()

    entered = terang(*words, "--json", by=registrar).document
    kept = Path(entered["file"])
    assert kept.stat().st_mode & 0o777 == 0o600
    content = json.loads(kept.read_text())
    shown = terang("participant", "show", entered["organisation"], "--json").document
    salted = record_hash(bytes.fromhex(content["salt"]), content["record"].encode())
    assert shown["record"] == "0x" + salted.hex()
    assert shown["roles"] == ["supplier"]
    assert shown["accounts"] == [account]
    assert [each["powers"] for each in shown["keys"]] == [["act", "bid"]]
    assert (
        f"{account}: acts, bids; from" in terang("participant", "show", shown["organisation"]).out
    )
    everybody = terang("participant", "list", "--json").document
    assert everybody[-1] == shown
    assert account in terang("participant", "list").out.splitlines()[-1]

    check = ["participant", "verify", entered["organisation"]]
    assert terang(*check, kept, "--json").document["name"] == "PT Jalan Lurus"
    other = terang("participant", "verify", 1, kept)
    assert other.code == 5
    assert "not the record that is on chain" in other.err
    for change in ({"salt": "00" * 32}, {"record": content["record"].replace("Lurus", "Lain")}):
        Path("altered.json").write_text(json.dumps(content | change))
        assert terang(*check, "altered.json").code == 5
    for text in ("", "[]", "{}", '{"record": 1, "salt": ""}', '{"record": "{}", "salt": "zz"}'):
        Path("altered.json").write_text(text)
        refused = terang(*check, "altered.json")
        assert refused.code == 2
        assert "no record with its salt" in refused.err

    assert terang(*words, by=stage.offices.relay).code == 4


def test_the_administration_suspends_and_reinstates_with_its_reasons(
    stage: Stage, tender: Tender, terang: Run, reason: Path, tmp_path: Path
) -> None:
    administrator, number = stage.offices.administrator, tender.buyer.id
    words = ["participant", "suspend", number, "--reason", reason]
    kept = set((tmp_path / "documents").iterdir())
    assert terang(*words, "--dry-run", by=administrator).code == 0
    assert set((tmp_path / "documents").iterdir()) == kept
    done = terang(*words, "--json", by=administrator).document
    assert (tmp_path / "documents" / done["reason"][2:]).read_bytes() == reason.read_bytes()
    assert terang("participant", "show", number, "--json").document["suspended"]
    assert "suspended" in terang("participant", "show", number).out
    assert terang(*words, by=administrator).code == 4
    words[1] = "reinstate"
    assert terang(*words, by=administrator).code == 0
    shown = terang("participant", "show", number, "--json").document
    assert not shown["suspended"]
    assert [each["suspended"] for each in shown["decisions"]] == [True, False]


def test_a_licence_is_granted_until_a_time_and_revoked(stage: Stage, terang: Run) -> None:
    administrator, account = stage.offices.administrator, Wallet.create().address
    words = ["participant", "licence", "grant", "relay", account]
    until = "2999-01-01T00:00:00+00:00"
    assert terang(*words, "--until", until, "--json", by=administrator).document["until"] == until
    view = stage.ledger.chain.view
    register = stage.ledger.participants.contract
    assert view(register, "licenceOf", 2, account)["until"] == 32_472_144_000
    words[2] = "revoke"
    assert terang(*words, by=administrator).code == 0
    assert not view(register, "isLicensed", 2, account)
    assert terang(*words, by=administrator).code == 4


def test_a_member_gets_a_seat_and_loses_it(
    stage: Stage, terang: Run, supplier_record: Path, reason: Path
) -> None:
    administrator, account = stage.offices.administrator, Wallet.create().address
    member = terang(
        "participant", "register", supplier_record, "--role", "member", "--address", account,
        "--json", by=stage.offices.registrar,
    ).document["organisation"]  # fmt: skip
    words = ["consortium", "admit", member, "--class", "auditor", "--address", account]
    seat = terang(*words, "--json", by=administrator).document["seat"]
    assert terang(*words, by=administrator).code == 4
    last = terang("consortium", "list", "--json").document[-1]
    assert (last["seat"], last["class"], last["account"]) == (seat, "auditor", account)
    removed = terang("consortium", "remove", seat, "--reason", reason, by=administrator)
    assert removed.code == 0, removed.err
    last = terang("consortium", "list", "--json").document[-1]
    assert last["removed"]
    assert "removed" in terang("consortium", "list").out


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"name": 7}', '{"name": "PT", "x": NaN}', "[" * 9999]
)
def test_what_is_no_record_is_refused_in_one_sentence(
    stage: Stage, terang: Run, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "pihak.json"
    file.write_text(content)
    said = terang(
        "participant", "register", file, "--role", "buyer",
        "--address", Wallet.create().address, by=stage.offices.registrar,
    )  # fmt: skip
    assert said.code == 2
    assert "not the record of an organisation" in said.err


def test_an_award_goes_from_draw_to_payment_by_commands(
    stage: Stage, tender: Tender, terang: Run, tmp_path: Path, reason: Path
) -> None:
    ledger, operator = stage.ledger, stage.offices.operator
    acts.publish(stage, [tender])
    number = tender.id
    assert terang("award", "rank", number, by=operator).code == 2
    assert terang("award", "show", 999).code == 2
    assert terang("award", "draw", number, by=operator).code == 4
    acts.seal(stage, [tender])
    acts.open_bids(stage, [tender])

    (tender.drawn,) = free_keys(ledger)
    drawn = terang("award", "draw", number, "--json", by=operator).document
    assert len(drawn["panel"]) == pilot.rule().agencies
    acts.cast_ballots(stage, [tender])
    acts._close_boxes(stage, ledger.ballots, [(number, BALLOTS)])
    stage.openers.release(operator, ledger.ballots, [(number, BALLOTS, tender.ballot_key)])
    stage.send(ledger.ballots.open(operator, number, BALLOTS, tender.ballots))
    assert terang("award", "finalise", number, by=operator).code == 4
    ranked = terang("award", "rank", number, "--chunk", 1, "--json", by=operator).document
    assert ranked["bids"] == len(tender.bidders)
    assert ledger.awards.phases([number]) == [Phase.STANDSTILL]
    assert terang("award", "rank", number, by=operator).code == 2
    ledger.chain.advance_to(ledger.chain.now + pilot.rule().standstill_period)
    awarded = terang("award", "finalise", number, "--json", by=operator).document
    assert terang("award", "show", number, "--json").document["winner"] == awarded["organisation"]
    assert "Awarded" in terang("award", "show", number).out

    supplier = next(each for each in tender.bidders.values() if each.id == awarded["organisation"])
    agreement_is_signed(stage, tender, terang, supplier.wallet, reason)
    milestones_are_paid(stage, tender, terang, supplier.wallet, reason)


def agreement_is_signed(
    stage: Stage, tender: Tender, terang: Run, supplier: Wallet, document: Path
) -> None:
    """Prepared, signed by both sides without a chain, submitted, funded."""
    offices, number = stage.offices, tender.id
    words: list[object] = [
        "agreement", "prepare", number, "--document", document,
        "--refund-to", offices.treasury.address,
    ]  # fmt: skip
    words += [word for each in offices.inspectors for word in ("--inspector", each.address)]
    twice = terang(*words, "--inspector", offices.inspectors[0].address)
    assert twice.code == 4
    assert "named twice" in twice.err
    refused = terang(*words, "--refund-to", supplier.address)  # the last one given counts
    assert refused.code == 4
    assert "no licence of a treasury" in refused.err
    own = terang(*words, "--inspector", supplier.address)
    assert own.code == 4
    assert "of the supplier" in own.err
    file = terang(*words, "--json").document["file"]
    assert terang(*words).code == 2  # what may be signed already is not overwritten

    signed = {}
    for name, side in (("buyer", tender.buyer.wallet), ("supplier", supplier)):
        said = terang("agreement", "sign", file, "--json", by=side, chain=False)
        assert "Milestone 3" in said.err
        signed[name] = said.document["file"]
    submit = ["agreement", "submit", file, "--buyer"]
    swapped = [*submit, signed["supplier"], "--supplier", signed["buyer"]]
    assert terang(*swapped, by=offices.operator).code == 4
    right = [*submit, signed["buyer"], "--supplier", signed["supplier"]]
    before = stage.ledger.chain.head().number
    assert terang("milestone", "list", number).code == 2
    assert "sign" in terang(*right, "--dry-run", by=offices.operator).out
    assert stage.ledger.chain.head().number == before
    unsigned = terang(*submit, file, "--supplier", signed["supplier"], by=offices.operator)
    assert unsigned.code == 2
    assert "not a signature" in unsigned.err
    altered = json.loads(Path(file).read_text())
    altered["message"]["price"] = "1"
    Path("altered.json").write_text(json.dumps(altered))
    other = terang("agreement", "submit", "altered.json", *right[3:], by=offices.operator)
    assert other.code == 2
    assert "signed something else" in other.err
    elsewhere = json.loads(Path(file).read_text())
    elsewhere["domain"]["chainId"] = 1
    Path("elsewhere.json").write_text(json.dumps(elsewhere))
    other = terang("agreement", "submit", "elsewhere.json", *right[3:], by=offices.operator)
    assert "another ledger" in other.err
    assert terang(*right, by=offices.operator).code == 0

    price = terang("agreement", "show", number, "--json").document["agreement"]["price"]
    token = stage.ledger.token(tender.lot.currency)
    treasury = offices.treasury
    stage.send([token.mint(treasury, treasury.address, int(price), bytes([7] * 32))])
    assert terang("agreement", "fund", number, by=treasury).code == 2
    before = stage.ledger.chain.head().number
    dry = terang("agreement", "fund", number, "--full", "--dry-run", by=treasury)
    assert dry.code == 0, dry.err
    assert stage.ledger.chain.head().number == before
    assert terang("agreement", "fund", number, "1", by=treasury).code == 0
    assert terang("agreement", "fund", number, "--full", by=treasury).code == 0
    again = terang("agreement", "fund", number, "--full", by=treasury)
    assert again.code == 2
    assert "funded in full" in again.err


def milestones_are_paid(
    stage: Stage, tender: Tender, terang: Run, supplier: Wallet, evidence: Path
) -> None:
    """Reported, rejected twice, reported again, accepted twice, paid; then the end."""
    number, (first, second, _third) = tender.id, stage.offices.inspectors
    assert terang("milestone", "accept", number, 1, by=first).code == 2
    assert terang("milestone", "report", number, 4, "--evidence", evidence, by=supplier).code == 2
    report = ["milestone", "report", number, 1, "--evidence", evidence]
    assert terang(*report, by=first).code == 4
    assert terang(*report, by=supplier).code == 0
    for inspector in (first, second):
        reject = terang("milestone", "reject", number, 1, "--reason", evidence, by=inspector)
        assert reject.code == 0, reject.err
        if inspector is first:
            assert "0 of 2 accept, 1 reject" in terang("milestone", "list", number).out
    assert terang("milestone", "list", number, "--json").document[0]["status"] == "pending"
    paid = 0
    for place in (1, 2, 3):
        report[3] = place
        assert terang(*report, by=supplier).code == 0
        accept = ["milestone", "accept", number, place, "--json"]
        assert terang(*accept, by=first).document["paid"] == 0
        paid += terang(*accept, by=second).document["paid"]
    assert "paid" in terang("milestone", "list", number).out
    assert stage.ledger.escrow.accounts([number])[0].paid == paid
    assert terang("agreement", "close", number, by=stage.offices.treasury).code == 0
    shown = terang("agreement", "show", number, "--json").document
    assert shown["closed"]
    assert shown["paid"] == int(shown["agreement"]["price"])
    assert "Closed" in terang("agreement", "show", number).out


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"primaryType": "SignAgreement"}'])
def test_what_is_no_agreement_is_not_signed(terang: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "perjanjian.json"
    file.write_text(content)
    said = terang("agreement", "sign", file, by=Wallet.create(), chain=False)
    assert said.code in (1, 2)
    assert "agreement" in said.err or "not a message" in said.err
    assert "fault of Terang" not in said.err
