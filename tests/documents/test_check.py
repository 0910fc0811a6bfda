"""What a store's receipt is worth later: the document there, shown, gone, or promised by nobody."""

from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from terang.demo.acts import Stage
from terang.documents.check import Verdict, challenge, check_keep, worst
from terang.documents.client import Remote
from terang.documents.receipt import Challenge, Kept, ReceiptError, Statement, domain_of
from terang.identity.typed_data import Domain
from terang.identity.wallet import Wallet
from terang.sealing.documents import Store

from .served import ciphertext

CONTENT = ciphertext(900)


@pytest.fixture
def kept(stage: Stage) -> Kept:
    """A licensed store's receipt for `CONTENT`, from an hour ago."""
    now, relay = stage.ledger.chain.now, stage.offices.relay
    keep = Statement.keep(
        domain_of(stage.ledger.tenders.domain), relay.address, keccak(CONTENT), len(CONTENT),
        now - 10, now + 3_600,
    )  # fmt: skip
    return Kept(keep.sign(relay), "http://127.0.0.1:9")


def answering(
    monkeypatch: pytest.MonkeyPatch, signer: Wallet, domain: Domain, content: bytes
) -> None:
    """Has every store answer challenges over this content, by this account."""

    def answer(_store: Remote, digest: bytes, asked: Challenge) -> Statement:
        right = asked.answer(content)
        return Statement.show(domain, signer.address, digest, asked, right, 1).sign(signer)

    monkeypatch.setattr(Remote, "challenge", answer)


def test_an_answer_counts_only_if_it_is_right_and_by_whoever_promised(
    stage: Stage, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, relay, domain = Store(tmp_path / "own"), stage.offices.relay, kept.keep.domain
    own.put(CONTENT)

    def ask() -> Verdict:
        return challenge(stage.ledger, kept, own, tmp_path)

    assert (ask().status, ask().exit_code) == ("unreachable", 1)
    answering(monkeypatch, relay, domain, CONTENT)
    right = ask()
    assert (right.status, right.exit_code) == ("shown", 0)
    assert right.path is not None
    assert right.path.stat().st_mode & 0o777 == 0o600
    answering(monkeypatch, relay, domain, CONTENT[:-1] + b"?")
    wrong = ask()
    assert (wrong.status, wrong.exit_code) == ("broken", 5)
    assert wrong.path is not None  # the evidence
    answering(monkeypatch, Wallet.create(), domain, CONTENT)
    assert "another account" in ask().reason
    answering(monkeypatch, relay, replace(domain, contract="0x" + "11" * 20), CONTENT)
    assert "another account" in ask().reason
    assert worst([right, wrong, ask()]) == 5


def test_a_later_receipt_leaves_the_earlier_one(kept: Kept, tmp_path: Path) -> None:
    later = replace(kept.keep, message=dict(kept.keep.message) | {"receivedAt": 2_000_000_000})
    paths = [each.save(tmp_path / "receipts") for each in (kept, replace(kept, keep=later), kept)]
    assert len(set(paths)) == 2
    assert Kept.load(paths[0]) == kept


def test_a_promise_of_nobody_for_nobody_or_of_the_past_is_told_from_a_broken_one(
    stage: Stage, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, keep, relay, now = stage.ledger, kept.keep, stage.offices.relay, stage.ledger.chain.now

    def lacks(store: Remote, digest: bytes, _into: object) -> int:
        raise store.missing(digest)

    monkeypatch.setattr(Remote, "fetch", lacks)

    def verdict(signer: Wallet = relay, **more: object) -> Verdict:
        message = dict(keep.message) | {"store": signer.address} | more
        return check_keep(ledger, Kept(replace(keep, message=message).sign(signer), kept.url))

    assert (verdict().status, verdict().exit_code) == ("broken", 5)
    assert (verdict(keptUntil=now).status, verdict(keptUntil=now).exit_code) == ("ended", 0)
    stranger = verdict(Wallet.create())
    assert (stranger.status, stranger.exit_code) == ("unlicensed", 5)
    assert verdict(receivedAt=1).status == "unlicensed"  # no licence was there by then
    other = replace(keep, domain=replace(keep.domain, chain_id=7)).sign(relay)
    with pytest.raises(ReceiptError, match="chain 7"):
        check_keep(ledger, Kept(other, kept.url))
