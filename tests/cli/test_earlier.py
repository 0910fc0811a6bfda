"""A command whose earlier run was killed after sending tells how that ended."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.chain.send import Sender
from terang.cli.session import Session
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.errors import UsageError
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.sealing.seed import save_seed
from terang.vocabulary import BIDS

Say = Callable[..., Any]
SignedBy = Callable[[Wallet], list[object]]


@pytest.fixture
def signed_by(keystore: Callable[[Wallet], list[object]]) -> SignedBy:
    """Options of a ledger and of the account that signs."""
    return lambda wallet: ["--record", "deployment.json", *keystore(wallet)]


@pytest.fixture
def killed(say: Say, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Runs a command in a process that ends once its transactions are with the node."""

    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    def run(*words: object) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(Sender, "_receipt", stop)
            assert say(*words).err.endswith("Stopped.\n")
        assert kept()

    return run


def kept() -> list[Path]:
    """What the outbox has."""
    return list(Path(".terang/outbox").glob("*.json"))


@pytest.fixture
def closed(prepared: tuple[Stage, list[Tender]], chain: Chain) -> tuple[Stage, Tender]:
    """The sample's ledger with a tender whose bids may be opened."""
    stage, tenders = prepared
    tender = next(each for each in tenders if not each.lot.cancelled)
    acts.publish(stage, [tender])
    acts.seal(stage, [tender])
    chain.advance_to(*stage.ledger.tenders.closing_times([(tender.id, BIDS)]))
    return stage, tender


def test_what_is_done_already_is_told_in_place_of_a_refusal(
    chain: Chain, closed: tuple[Stage, Tender], say: Say, signed_by: SignedBy, killed: Say
) -> None:
    stage, tender = closed
    operator, another = signed_by(stage.offices.operator), signed_by(Wallet.create())
    for seat in list(stage.openers.seeds)[: pilot.THRESHOLD]:
        save_seed(stage.openers.seeds[seat], Path(f"{seat}.seed"), "rahasia", 2)
        share = ["keys", "share", "--tender", tender.id, *signed_by(stage.members[seat].wallet)]
        share += ["--seed", f"{seat}.seed", "--seed-password-file", "password"]
        assert say(*share).code == 0
    grant = ["participant", "licence", "grant", "relay", Wallet.create().address]
    killed(*grant, *signed_by(stage.offices.administrator))
    others = kept()

    for command in (["keys", "release", "--tender"], ["bid", "open"]):
        words = [*command, tender.id, *operator]
        killed(*words)
        before = chain.head().number
        assert say(*words, "--dry-run").code == 2  # tells what is so, and settles nothing
        assert say(*command, tender.id, *another).code == 2  # nor what somebody else sent
        repeated = say(*words, "--json")
        assert repeated.document["earlier"]
        assert repeated.document["block"] == before
        assert "Following what was sent earlier" in repeated.err
        assert kept() == others
        refused = say(*words)  # nothing of it is unknown any more
        assert refused.code == 2
        assert chain.head().number == before


@pytest.mark.parametrize("other", ["url", "key file", "folder", "record", "reasons' name"])
def test_another_spelling_of_the_same_wish_finds_what_is_under_way(
    prepared: tuple[Stage, list[Tender]],
    chain: Chain,
    say: Say,
    signed_by: SignedBy,
    killed: Say,
    other: str,
) -> None:
    stage, tenders = prepared
    Path("reason.txt").write_text("Putusan nomor 7")
    words: list[object] = ["participant", "suspend", tenders[0].buyer.id]
    options = signed_by(stage.offices.administrator)
    killed(*words, *options, "--reason", "reason.txt", "--store", "berkas")
    before = chain.nonces([stage.offices.administrator.address], "latest")
    reason, store = "reason.txt", "berkas"
    Path("more").mkdir()
    if other == "url":
        options += ["--url", chain.url + "/"]
    elif other == "key file":
        at = options.index("--keystore") + 1
        options[at] = Path(os.path.relpath(str(options[at])))
    elif other == "folder":
        store = "more/../berkas"
    elif other == "record":
        options[options.index("--record") + 1] = Path("deployment.json").resolve()
    else:
        reason = "more/../reason.txt"
    assert say(*words, *options, "--reason", reason, "--store", store).code == 0
    assert kept() == []
    assert chain.nonces([stage.offices.administrator.address], "latest") == before


def test_a_refusal_that_has_nothing_to_do_with_an_earlier_run_stays_one(
    closed: tuple[Stage, Tender], say: Say, signed_by: SignedBy, killed: Say
) -> None:
    stage, tender = closed
    reason = Path("reason.txt")
    reason.write_text("Putusan nomor 7")
    seat = next(iter(stage.members))
    administrator = signed_by(stage.offices.administrator)
    killed("consortium", "remove", seat, "--reason", reason, *administrator)
    refused = say("bid", "open", tender.id, *signed_by(stage.offices.operator))
    assert refused.code == 2
    assert "keys release" in refused.err
    assert len(kept()) == 1


def test_a_file_that_says_something_else_is_another_wish(
    prepared: tuple[Stage, list[Tender]], say: Say, signed_by: SignedBy, killed: Say
) -> None:
    stage, tenders = prepared
    reason = Path("reason.txt")
    reason.write_text("Putusan nomor 7")
    words = ["participant", "suspend", tenders[0].buyer.id, "--reason", reason]
    words += signed_by(stage.offices.administrator)
    killed(*words)
    reason.write_text("Putusan nomor 8")
    again = say(*words)
    assert again.code == 4  # it is suspended already, for the first reason
    assert kept() == []


def test_what_was_refused_earlier_is_told_as_a_refusal(
    prepared: tuple[Stage, list[Tender]],
    chain: Chain,
    say: Say,
    signed_by: SignedBy,
    killed: Say,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage, _tenders = prepared
    reason = Path("reason.txt")
    reason.write_text("Putusan nomor 7")
    words = ["consortium", "remove", 99, "--reason", reason]
    words += signed_by(stage.offices.administrator)
    killed(*words)

    def refuse(*_anything: object) -> None:
        raise UsageError("it is refused now")

    monkeypatch.setattr(Session, "filed", refuse)
    refused = say(*words)
    assert refused.code == 4
    assert "99" in refused.err
    assert kept() == []


def test_a_key_ceremony_names_the_batch_that_the_earlier_run_was_about(
    prepared: tuple[Stage, list[Tender]],
    chain: Chain,
    say: Say,
    signed_by: SignedBy,
    killed: Say,
) -> None:
    stage, _tenders = prepared
    seat, seed = next(iter(stage.openers.seeds.items()))
    save_seed(seed, Path("own.seed"), "rahasia", 2)
    wallet = stage.members[seat].wallet
    own = [*signed_by(wallet), "--seed", "own.seed", "--seed-password-file", "password"]
    ledger, keys, epoch = stage.ledger, stage.ledger.keys, stage.openers.epoch

    def open_batch() -> int:
        """One that all openers but this one have dealt."""
        number, _until = keys.opened_batch(
            *ledger.send([keys.open_batch(wallet, epoch, 1)]),
        )
        ledger.send(
            [
                keys.deal(each.wallet, epoch, number, each.opener.deal(number, 1))
                for each in stage.openers._seated[1:]
            ]
        )
        return number

    first = open_batch()
    killed("keys", "deal", *own)
    second = open_batch()
    assert say("keys", "deal", *own, "--json").document["batch"] == first
    assert say("keys", "deal", *own, "--json").document["batch"] == second
    chain.advance_to(chain.now + 3600)
    killed("keys", "confirm", *own)
    third = open_batch()
    chain.advance_to(chain.now + 3600)
    assert say("keys", "confirm", *own, "--json").document["batch"] == second
    assert say("keys", "confirm", *own, "--json").document["batch"] == third
