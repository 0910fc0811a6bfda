"""Tenders by command: published from a release, listed, shown, drawn, cancelled."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from eth_utils.crypto import keccak

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.run import Clock, perform, prepare
from terang.demo.tender import Tender
from terang.i18n import speaking
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.ocds import SAMPLE, read_plans

Run = Callable[..., Any]


@pytest.fixture
def planned(
    anvil: Anvil, chain: Chain, artifacts: Artifacts, tmp_path: Path
) -> tuple[Stage, list[Tender]]:
    """The sample's ledger; nothing is published yet."""
    return prepare(chain, artifacts, list(read_plans(SAMPLE)), tmp_path, Clock(lambda _line: None))


@pytest.fixture
def stage(planned: tuple[Stage, list[Tender]]) -> Stage:
    return planned[0]


@pytest.fixture
def tenders(planned: tuple[Stage, list[Tender]]) -> list[Tender]:
    return planned[1]


@pytest.fixture
def terang(say: Run, keystore: Callable[[Wallet], list[object]]) -> Run:
    """Runs one command in English, whatever was asked for before; `by` signs."""

    def run(*words: object, by: Wallet | None = None) -> Any:
        with speaking("en"):
            return say(*words, "--record", "deployment.json", *(keystore(by) if by else ()))

    return run


@pytest.fixture
def release(tmp_path: Path, chain: Chain) -> Path:
    """A release with two lots that closes in seven days by the chain's clock."""
    closes = datetime.fromtimestamp(chain.now + pilot.TENDERING, UTC).isoformat()
    lots = [
        {"id": name, "title": f"Paket {name}", "value": {"amount": amount, "currency": "IDR"}}
        for name, amount in (("A", 1000000.5), ("B", 7))
    ]
    tender = {"title": "Jalan", "lots": lots, "tenderPeriod": {"endDate": closes}}
    path = tmp_path / "rilis.json"
    path.write_text(json.dumps({"ocid": "ocds-213czf-77", "tender": tender}))
    return path


@pytest.fixture
def reason(tmp_path: Path) -> Path:
    path = tmp_path / "alasan.txt"
    path.write_text("Anggaran tidak tersedia")
    return path


def test_a_buyer_publishes_a_lot_of_a_release(
    stage: Stage, tenders: list[Tender], terang: Run, release: Path, tmp_path: Path
) -> None:
    buyer, head = tenders[0].buyer.wallet, stage.ledger.chain.head
    words = ["tender", "publish", "--file", release, "--lot", "A"]
    before, kept_before = head().number, set((tmp_path / "documents").glob("*"))
    dry = terang(*words, "--dry-run", by=buyer)
    assert "ocid = ocds-213czf-77" in dry.out
    assert keccak(release.read_bytes()).hex() in dry.out
    assert head().number == before
    assert set((tmp_path / "documents").glob("*")) == kept_before

    said = terang(*words, "--json", by=buyer).document
    number = said["tender"]
    kept = tmp_path / "documents" / said["documents"][2:]
    assert kept.read_bytes() == release.read_bytes()
    assert said["title"] == "Paket A"
    assert said["ceiling"] == 100_000_050
    shown = terang("tender", "show", number, "--json").document
    assert (shown["ocid"], shown["lot"], shown["buyer"]) == (
        "ocds-213czf-77", "A", tenders[0].buyer.id,
    )  # fmt: skip
    assert shown["terms"]["documents"] == "0x" + keccak(release.read_bytes()).hex()
    assert shown["terms"]["ceiling"] == 100_000_050
    assert datetime.fromisoformat(shown["closes"]) == datetime.fromisoformat(said["closes"])


def test_a_release_that_lacks_something_is_refused_before_anything_is_sent(
    stage: Stage, tenders: list[Tender], terang: Run, release: Path, tmp_path: Path
) -> None:
    buyer = tenders[0].buyer.wallet
    before = stage.ledger.chain.head().number
    words = ["tender", "publish", "--file", release]
    several = terang(*words, "--lot", "C", by=buyer)
    assert several.code == 2
    assert "A, B" in several.err
    one_ceiling = terang(*words, "--ceiling", 5, by=buyer)
    assert one_ceiling.code == 2
    assert "for 2 lots" in one_ceiling.err
    content = json.loads(release.read_text())
    del content["tender"]["tenderPeriod"]
    release.write_text(json.dumps(content))
    undated = terang(*words, "--lot", "B", by=buyer)
    assert undated.code == 2
    assert "--closes" in undated.err
    past = terang(*words, "--lot", "B", "--closes", "2020-01-01T00:00:00Z", by=buyer)
    assert past.code == 2
    assert "past by the chain's clock" in past.err
    release.write_text("{")
    assert terang(*words, by=buyer).code == 2
    assert terang("tender", "publish", by=buyer).code == 2
    assert stage.ledger.chain.head().number == before


def test_what_a_release_does_not_say_is_told_apart_from_the_document(
    tenders: list[Tender], terang: Run, release: Path
) -> None:
    content = json.loads(release.read_text())
    del content["tender"]["lots"][0]["value"]["amount"]
    release.write_text(json.dumps(content))
    words = ["tender", "publish", "--file", release, "--lot", "A", "--json"]
    said = terang(*words, by=tenders[0].buyer.wallet)
    assert "no ceiling" in said.err
    assert said.document["ceiling"] == 0
    assert "No ceiling" in terang("tender", "show", said.document["tender"]).out


def test_a_stranger_publishes_nothing(tenders: list[Tender], terang: Run, release: Path) -> None:
    words = ["tender", "publish", "--file", release, "--lot", "A"]
    assert terang(*words, by=Wallet.create()).code == 4


def test_a_buyer_cancels_with_its_reasons_until_bidding_closes(
    stage: Stage, tenders: list[Tender], terang: Run, reason: Path, tmp_path: Path
) -> None:
    acts.publish(stage, tenders[:2])
    first, second = tenders[:2]
    words = ["tender", "cancel", first.id, "--reason", reason]
    before = stage.ledger.chain.head().number
    assert terang(*words, "--dry-run", by=first.buyer.wallet).code == 0
    assert stage.ledger.chain.head().number == before
    kept = tmp_path / "documents" / keccak(reason.read_bytes()).hex()
    assert not kept.exists()

    assert terang(*words, by=stage.offices.relay).code == 4
    done = terang(*words, "--json", by=first.buyer.wallet).document
    assert done["reason"] == "0x" + kept.name
    assert kept.read_bytes() == reason.read_bytes()
    shown = terang("tender", "show", first.id, "--json").document
    assert (shown["phase"], shown["reason"]) == ("cancelled", done["reason"])
    assert done["reason"] in terang("tender", "show", first.id).out
    assert terang(*words, by=first.buyer.wallet).code == 4

    unread = ["tender", "cancel", second.id, "--reason", "nowhere"]
    assert terang(*unread, by=second.buyer.wallet).code == 2
    unknown = terang("tender", "cancel", 999, "--reason", reason, by=second.buyer.wallet)
    assert unknown.code == 2
    assert "no tender 999" in unknown.err
    stage.ledger.chain.advance_to(stage.ledger.chain.now + pilot.TENDERING)
    words[2] = second.id
    assert terang(*words, by=second.buyer.wallet).code == 4


def test_the_list_follows_the_chain_s_clock(
    stage: Stage, tenders: list[Tender], terang: Run
) -> None:
    assert terang("tender", "list", "--json").document == []
    assert terang("tender", "list").out.strip()
    acts.publish(stage, tenders)
    acts.seal(stage, tenders)
    listed = terang("tender", "list", "--json").document
    assert [each["tender"] for each in listed] == [each.id for each in tenders]
    assert [each["sealed"] for each in listed] == [len(each.lot.bids) for each in tenders]
    assert {each["phase"] for each in listed} == {"tendering"}
    assert [each["ocid"] for each in listed] == [each.process.chain_ocid for each in tenders]
    assert len(terang("tender", "list").out.splitlines()) == len(tenders)

    stage.ledger.chain.advance_to(stage.ledger.chain.now + pilot.TENDERING)
    assert terang("tender", "list", "--phase", "tendering", "--json").document == []
    opening = terang("tender", "list", "--phase", "opening", "--json").document
    assert len(opening) == len(tenders)
    assert terang("tender", "list", "--phase", "closed").code == 2


def test_the_whole_path_is_shown_and_drawn(
    stage: Stage, tenders: list[Tender], terang: Run, tmp_path: Path
) -> None:
    perform(stage, tenders, Clock(lambda _line: None))
    paid = next(each for each in tenders if each.closed)
    number = paid.id
    shown = terang("tender", "show", number, "--json").document
    assert shown["phase"] == "contracted"
    assert shown["opened"]
    assert {each["organisation"] for each in shown["bids"]} <= {
        each.id for each in paid.bidders.values()
    }
    assert len(shown["bids"]) + sum(shown["voids"].values()) == len(paid.envelopes)
    assert shown["award"]["winner"] == paid.supplier.id
    assert shown["agreement"]["paid"] == paid.paid
    assert [each["status"] for each in shown["milestones"]] == ["paid"] * len(pilot.PLAN)
    text = terang("tender", "show", number).out
    for word in ("eiling", "Panel on", "First in rank", "Funded", "Closed"):
        assert word in text

    path = terang("tender", "timeline", number, "--json").document
    assert path["events"][0]["name"] == "published"
    assert "closed" in [each["name"] for each in path["events"]]
    assert "Agreement closed" in terang("tender", "timeline", number).out
    picture = tmp_path / "alur.svg"
    drawn = terang("--lang", "id", "tender", "timeline", number, "--svg", picture)
    assert drawn.code == 0, drawn.err
    written = picture.read_text()
    assert "Kontrak ditutup" in written
    assert ElementTree.fromstring(written).get("role") == "img"  # noqa: S314 - our own
    again = terang("tender", "timeline", number, "--svg", picture)
    assert again.code == 2
    assert "there already" in again.err
    assert picture.read_text() == written


def test_bids_are_not_shown_before_all_envelopes_are_open(
    stage: Stage, tenders: list[Tender], terang: Run
) -> None:
    acts.publish(stage, tenders[:1])
    acts.seal(stage, tenders[:1])
    number, sealed = tenders[0].id, len(tenders[0].lot.bids)
    shown = terang("tender", "show", number, "--json").document
    assert (shown["opened"], shown["bids"], shown["sealed"]) == (False, [], sealed)
    assert f"0 of {sealed} envelopes are open" in terang("tender", "show", number).out
    ahead = [
        each["name"]
        for each in terang("tender", "timeline", number, "--json").document["events"]
        if each["ahead"]
    ]
    assert ahead == ["closes", "release-limit"]


@pytest.mark.parametrize("verb", ["show", "timeline"])
def test_a_tender_that_is_not_there_is_said(stage: Stage, terang: Run, verb: str) -> None:
    said = terang("tender", verb, 999)
    assert said.code == 2
    assert "no tender 999" in said.err
    assert terang("tender", verb, "x").code == 2
