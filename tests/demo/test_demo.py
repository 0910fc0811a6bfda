"""The main job: from OCDS to payment, on a real chain."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from terang.chain.compile import ROOT, Artifacts
from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.run import Clock, Outcome, demonstrate, perform, prepare
from terang.demo.tender import Tender
from terang.demo.words import names
from terang.ocds import SAMPLE, read_plans

SCHEMA = json.loads((ROOT / "docs" / "reference" / "demo.schema.json").read_text())


def quietly(_line: str) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The sample, run once."""
    return demonstrate(SAMPLE, tmp_path_factory.mktemp("demo"), quietly)


def test_the_report_follows_its_schema(outcome: Outcome) -> None:
    jsonschema.validate(outcome.report, SCHEMA)


def test_every_lot_of_the_sample_is_paid_in_full_and_agrees_with_its_award(
    outcome: Outcome,
) -> None:
    rows = outcome.report["processes"]
    assert len(rows) == 3
    for row in rows:
        assert row["phase"] == "closed"
        assert row["agrees"] is True
        assert row["paid"] == row["price"]
        assert row["winner"] == row["published_winner"]


def test_every_envelope_opens_or_is_void(outcome: Outcome) -> None:
    for row in outcome.report["processes"]:
        assert row["bids"]["sealed"] == row["bids"]["opened"] + row["bids"]["void"]
    assert outcome.report["totals"]["bids"]["void"] == 1, "one bid is above its ceiling"


def test_documents_of_every_bid_are_read_back_after_the_release(outcome: Outcome) -> None:
    totals = outcome.report["totals"]
    assert totals["documents_read"] == totals["bids"]["sealed"]


def test_the_replay_equals_the_storage(outcome: Outcome) -> None:
    assert outcome.report["replay"] == "equal"


def test_gas_is_reported_for_every_operation(outcome: Outcome) -> None:
    assert all(used > 21_000 for used in outcome.report["gas"].values())


def test_each_row_lists_what_was_assumed(outcome: Outcome) -> None:
    for row in outcome.report["processes"]:
        said = " ".join(row["assumed"])
        assert all(word in said for word in ("30, 40, 30", "panel", "pilot profile", "Goods"))


def test_before_closing_the_chain_shows_no_bidder_and_no_price(
    prepared: tuple[Stage, list[Tender]], chain: Chain
) -> None:
    stage, tenders = prepared
    acts.publish(stage, tenders)
    first = chain.head().number + 1
    acts.seal(stage, tenders)
    shown = raw_bytes(chain, first)
    assert tenders[0].envelopes[0].hex() in shown, "the scan sees what is there"
    for tender in tenders:
        for sealed, _files in tender.sealed:
            assert sealed.message.account[2:].lower() not in shown
            assert sealed.message.price.to_bytes(16, "big").hex() not in shown
            assert sealed.message.documents.hex() not in shown
            assert sealed.message.signature.hex() not in shown


def test_bids_that_differ_in_price_only_look_alike(prepared: tuple[Stage, list[Tender]]) -> None:
    stage, tenders = prepared
    acts.publish(stage, tenders)
    acts.seal(stage, tenders)
    envelopes = [envelope for tender in tenders for envelope in tender.envelopes]
    assert {len(each) for each in envelopes} == {175}
    assert {each[0] for each in envelopes} == {1}
    assert len(set(envelopes)) == len(envelopes)


def test_no_name_or_number_of_a_party_reaches_the_chain(
    prepared: tuple[Stage, list[Tender]], chain: Chain
) -> None:
    stage, tenders = prepared
    perform(stage, tenders, Clock(quietly))
    shown = raw_bytes(chain, 0)
    parties = {
        party.record: party
        for tender in tenders
        for party in (tender.process.buyer, *tender.process.bidders)
    }
    planted = 0
    for party in parties.values():
        for text in strings(json.loads(party.record)):
            if len(text.encode()) >= 6:
                planted += 1
                assert text.encode().hex() not in shown, text
    assert planted > 20
    assert tenders[0].process.ocid.encode().hex() in shown, "the scan sees text"


def test_the_records_of_parties_stay_beside_the_ledger_for_the_owner_only(
    prepared: tuple[Stage, list[Tender]], tmp_path: Path
) -> None:
    files = list((tmp_path / "records").iterdir())
    assert len(files) == 13 + 10
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_run_of_what_cannot_run_is_a_report_without_rows(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps({"ocid": "ocds-213czf-1", "tender": {"title": "No bids"}}))
    found = demonstrate(file, tmp_path / "out", quietly).report
    jsonschema.validate(found, SCHEMA)
    assert found["processes"] == []
    assert [each["ocid"] for each in found["skipped"]] == ["ocds-213czf-1"]


@pytest.mark.skipif(
    not os.environ.get("TERANG_OCDS_REAL"),
    reason="TERANG_OCDS_REAL does not name the file of real publications",
)
def test_real_publications_reach_payment_or_an_end_that_their_data_explains(
    tmp_path: Path,
) -> None:
    found = demonstrate(Path(os.environ["TERANG_OCDS_REAL"]), tmp_path, quietly).report
    jsonschema.validate(found, SCHEMA)
    rows = found["processes"]
    assert len(rows) == 190
    assert len({row["line"] for row in rows}) == 81
    assert found["replay"] == "equal"
    for row in rows:
        assert row["phase"] in ("closed", "cancelled", "unsuccessful")
        assert row["reason"]
        if row["phase"] == "closed":
            assert row["paid"] == row["price"]
        if row["agrees"] is False:
            assert row["why"]
    by_phase = found["totals"]["phases"]
    assert by_phase == {"cancelled": 40, "closed": 149, "unsuccessful": 1}
    assert found["totals"]["awards"] == {"agree": 136, "differ": 3, "not_published": 51}


def raw_bytes(chain: Chain, first: int) -> str:
    """Everything that the blocks show: calldata, topics and data of logs, in hex."""
    shown = []
    for number in range(first, chain.head().number + 1):
        block = chain.rpc("eth_getBlockByNumber", hex(number), True)
        shown += [each["input"] for each in block["transactions"]]
        for receipt in chain.rpc("eth_getBlockReceipts", hex(number)):
            for log in receipt["logs"]:
                shown += [*log["topics"], log["data"]]
    return "\n".join(shown).lower()


def strings(value: Any) -> Sequence[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return []


def test_processes_of_one_line_keep_their_own_words(
    chain: Chain, artifacts: Artifacts, tmp_path: Path
) -> None:
    def release(title: str, *tenderers: str) -> dict[str, Any]:
        bids = [
            {"tenderers": [{"id": each}], "value": {"amount": 100 + place, "currency": "USD"}}
            for place, each in enumerate(tenderers)
        ]
        return {"ocid": title, "tender": {"title": title}, "bids": {"details": bids}}

    file = tmp_path / "package.jsonl"
    package = {"releases": [release("HOSPITAL", "A", "B", "C"), release("BRIDGE", "X", "Y")]}
    file.write_text(json.dumps(package) + "\n")
    plans = list(read_plans(file))
    stage, tenders = prepare(chain, artifacts, plans, tmp_path, Clock(quietly))
    acts.publish(stage, tenders)
    told = names(stage, tenders, file)["en"].tenders
    assert [told[tender.id].title for tender in tenders] == ["HOSPITAL", "BRIDGE"]
    file.write_text("{}")
    assert names(stage, tenders, file)["en"].tenders == told, "a changed file changes no words"
