"""What a relay's receipt proves, by the chain."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger.licences import relay_licences
from terang.relay.desk import Desk
from terang.relay.receipt import Promise
from terang.vocabulary import BIDS, Licence

Sealed = Callable[..., bytes]
Run = Callable[..., Any]


@pytest.fixture
def promised(desk: Desk, tender: Tender, sealed: Sealed, tmp_path: Path) -> tuple[Path, bytes]:
    """A receipt, and the envelope that it promises; nobody has sent it."""
    envelope = sealed()
    entry, _new = desk.take(tender.id, BIDS, envelope)
    return entry.promise.save(tmp_path), envelope


def closing(stage: Stage, tender: Tender) -> int:
    (time,) = stage.ledger.tenders.closing_times([(tender.id, BIDS)])
    return time


def test_a_promise_that_is_kept_is_told_with_its_block(
    terang: Run, promised: tuple[Path, bytes], stage: Stage, tender: Tender, chain: Chain
) -> None:
    path, envelope = promised
    (sent,) = stage.send(
        [stage.ledger.tenders.seal(stage.offices.relay, tender.id, BIDS, envelope)]
    )
    chain.advance_to(closing(stage, tender))
    said = terang("relay", "check", path, "--json")
    assert said.code == 0
    assert (said.document["status"], said.document["block"]) == ("kept", sent.block)
    assert said.document["transaction"] == "0x" + sent.transaction.hex()
    assert f"since block {sent.block}" in terang("relay", "check", path).out


def test_a_promise_is_broken_from_the_closing_on_and_the_evidence_is_named(
    terang: Run, promised: tuple[Path, bytes], stage: Stage, tender: Tender, chain: Chain
) -> None:
    path, _envelope = promised
    promise = Promise.load(path)
    chain.advance_to(closing(stage, tender) - 1)
    waits = terang("relay", "check", path, "--json")
    assert (waits.code, json.loads(waits.out)["status"]) == (1, "waiting")
    chain.advance_to(closing(stage, tender))
    said = terang("relay", "check", path, "--json")
    assert (said.code, json.loads(said.out)["status"]) == (5, "broken")
    said = terang("relay", "check", path)
    assert said.code == 5
    for fact in (promise.relay, promise.envelope.hex(), promise.box.contract, "evidence"):
        assert fact in said.out
    assert "licence ended" not in said.out


def test_a_relay_whose_licence_ended_before_the_closing_is_told_to_have_lost_it(
    terang: Run, promised: tuple[Path, bytes], stage: Stage, tender: Tender, chain: Chain
) -> None:
    path, _envelope = promised
    office, participants = stage.offices, stage.ledger.participants
    chain.advance_to(chain.now + 10)
    stage.send([participants.revoke(office.administrator, Licence.RELAY, office.relay.address)])
    chain.advance_to(closing(stage, tender))
    said = terang("relay", "check", path)
    assert said.code == 5
    assert "licence ended" in said.out


def test_nothing_is_owed_once_the_tender_is_cancelled(
    terang: Run, promised: tuple[Path, bytes], stage: Stage, tender: Tender, chain: Chain
) -> None:
    path, _envelope = promised
    stage.send([stage.ledger.tenders.cancel(tender.buyer.wallet, tender.id, bytes(32))])
    chain.advance_to(closing(stage, tender))
    said = terang("relay", "check", path, "--json")
    assert (said.code, json.loads(said.out)["status"]) == (0, "cancelled")


def test_a_promise_by_nobody_licensed_at_that_second_proves_nothing(
    terang: Run, promised: tuple[Path, bytes], stage: Stage, tender: Tender, chain: Chain,
    tmp_path: Path,
) -> None:  # fmt: skip
    promise = Promise.load(promised[0])
    office, participants = stage.offices, stage.ledger.participants
    relay = Wallet.create()

    def grant(until: int) -> int:
        (sent,) = stage.send(
            [participants.grant(office.administrator, Licence.RELAY, relay.address, until)]
        )
        return chain.block(sent.block).timestamp

    def revoke() -> int:
        (sent,) = stage.send(
            [participants.revoke(office.administrator, Licence.RELAY, relay.address)]
        )
        return chain.block(sent.block).timestamp

    chain.advance_to(chain.now + 10)
    first = grant(chain.now + 86_400)
    chain.advance_to(chain.now + 10)
    end = revoke()
    chain.advance_to(chain.now + 10)
    second = grant(chain.now + 100)
    held = relay_licences(stage.ledger, relay.address)
    assert [since for since, _until in held] == [first, second]
    assert held[0][1] == end
    chain.advance_to(closing(stage, tender))
    times = {first - 1: False, first: True, end - 1: True, end: False, second: True,
             held[1][1] - 1: True, held[1][1]: False}  # fmt: skip
    for time, licensed in times.items():
        values = promise.box, promise.envelope, time, promise.closes_at
        path = Promise(relay.address, *values).sign(relay).save(tmp_path / str(time))
        said = terang("relay", "check", path, "--json")
        assert said.code == 5
        assert json.loads(said.out)["status"] == ("broken" if licensed else "unlicensed"), time


def test_a_receipt_for_another_ledger_or_by_another_hand_is_refused(
    terang: Run, promised: tuple[Path, bytes], stage: Stage, tmp_path: Path
) -> None:
    path, _envelope = promised
    relay = stage.offices.relay
    promise = Promise.load(path)
    (tmp_path / "x").mkdir()
    for box, closes_at in (
        (stage.ledger.ballots.box(1, BIDS), promise.closes_at),
        (stage.ledger.tenders.box(99, BIDS), promise.closes_at),
        (promise.box, promise.closes_at + 1),
    ):
        other = Promise(relay.address, box, promise.envelope, promise.promised_at, closes_at)
        said = terang("relay", "check", other.sign(relay).save(tmp_path / "x"))
        assert said.code == 2
        assert "not on this ledger" in said.err
    document = json.loads(path.read_text())
    document["promise"]["message"]["promisedAt"] = "1"
    path.write_text(json.dumps(document))
    said = terang("relay", "check", path)
    assert said.code == 2
    assert "did not sign it" in said.err
    assert terang("relay", "check", "missing.json").code in (1, 2)
