"""The openers' ceremony and the opening of boxes, by commands."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.errors import UsageError
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.ledger.balloting import marks_of
from terang.sealing.seed import save_seed
from terang.vocabulary import SeatClass

Say = Callable[..., Any]
SignedBy = Callable[[Wallet], list[object]]


@pytest.fixture
def ledger(prepared: tuple[Stage, list[Tender]]) -> tuple[Stage, Tender]:
    """The sample's ledger with the bids of one tender sealed."""
    stage, tenders = prepared
    tender = next(each for each in tenders if not each.lot.cancelled)
    acts.publish(stage, [tender])
    acts.seal(stage, [tender])
    return stage, tender


@pytest.fixture
def signed_by(keystore: Callable[[Wallet], list[object]]) -> SignedBy:
    """Options of a ledger and of the account that signs."""
    return lambda wallet: ["--record", "deployment.json", "--json", *keystore(wallet)]


def seed_options(file: object) -> list[object]:
    return ["--seed", file, "--seed-password-file", "password"]


def test_an_epoch_is_made_by_commands(
    chain: Chain, ledger: tuple[Stage, Tender], say: Say, signed_by: SignedBy
) -> None:
    stage, _tender = ledger
    administrator = signed_by(stage.offices.administrator)
    openers = [
        next(each for each in stage.members.values() if each.seat_class is seat_class)
        for seat_class in SeatClass
    ]
    seats = [word for each in openers for word in ("--seat", each.seat)]
    epoch = ["keys", "epoch", *seats, "--confirmations", 2, "--threshold"]
    before = chain.head().number
    assert "dryRun" in say(*epoch, 2, *administrator, "--dry-run").document
    assert chain.head().number == before
    assert say(*epoch, 3, *administrator).code == 4  # one class could keep a box shut
    assert say(*epoch, 2, *signed_by(stage.offices.operator)).code == 4
    assert say(*epoch, 2, *administrator).document["seats"] == [each.seat for each in openers]

    for each in openers:
        file, copy = Path(f"{each.seat}.seed"), Path(f"{each.seat}.copy")
        save_seed(bytes([each.seat]) * 32, file, "rahasia", 2)
        enrol = ["keys", "enrol", *signed_by(each.wallet), *seed_options(file)]
        refused = say(*enrol)
        assert refused.code == 1
        assert "keys drill" in refused.err
        drill = ["keys", "drill", file, "--seed-password-file", "password"]
        drill += ["--backup-password-file", "password", "--json", "--backup"]
        assert say(*drill, file).code == 1  # the file is not its own backup
        shutil.copy(file, copy)
        assert say(*drill, copy).document["fingerprint"].startswith("0x")
        assert say(*enrol).document["epoch"] == 2

    opener = signed_by(openers[0].wallet)
    stranger = say("keys", "batch", *signed_by(stage.offices.operator))
    assert stranger.code == 2
    assert "not the account of an opener" in stranger.err
    nothing = say("keys", "deal", *opener, *seed_options(f"{openers[0].seat}.seed"))
    assert nothing.code == 2
    assert "keys batch" in nothing.err
    assert say("keys", "batch", "--count", 2, *opener).document["batch"] == 1
    other = say("keys", "deal", *opener, *seed_options(f"{openers[1].seat}.seed"))
    assert other.code == 1
    assert "not that of opener 1" in other.err
    for each in openers:
        own = [*signed_by(each.wallet), *seed_options(f"{each.seat}.seed")]
        assert say("keys", "deal", *own).document["batch"] == 1
    early = say("keys", "confirm", *opener, *seed_options(f"{openers[0].seat}.seed"))
    assert early.code == 2
    assert "Confirm it after that" in early.err
    chain.advance_to(chain.now + 3600)
    for each in openers[:2]:
        own = [*signed_by(each.wallet), *seed_options(f"{each.seat}.seed")]
        assert say("keys", "confirm", "--batch", 1, *own).document["batch"] == 1
    first, second = say("keys", "list", "--record", "deployment.json", "--json").document
    assert second["batches"][0] | {"dealsUntil": None} == {
        "batch": 1, "count": 2, "dealsUntil": None, "dealt": 3, "confirmed": 2,
        "ready": 2, "taken": 0, "released": 0,
    }  # fmt: skip
    assert first["batches"][0]["ready"] == 0  # of an earlier epoch, no box takes one
    assert first["batches"][0]["taken"] == 1
    assert len(stage.ledger.keys.pool()[1]) == 2


def test_boxes_are_released_and_opened_by_commands(
    chain: Chain, ledger: tuple[Stage, Tender], say: Say, signed_by: SignedBy
) -> None:
    stage, tender = ledger
    operator = signed_by(stage.offices.operator)
    openers = [stage.members[seat] for seat in stage.openers.seeds]
    for seat, seed in stage.openers.seeds.items():
        save_seed(seed, Path(f"{seat}.seed"), "rahasia", 2)

    def share(opener: Any, *more: object) -> Any:
        own = [*signed_by(opener.wallet), *seed_options(f"{opener.seat}.seed")]
        return say("keys", "share", "--tender", tender.id, *own, *more)

    def opened(noun: str, *ballots: object) -> None:
        release = ["keys", "release", "--tender", tender.id, *operator, *ballots]
        early = share(openers[0], *ballots, "--dry-run")
        assert early.code == 2  # before any share is worked out, so none leaks
        assert "may not be opened now" in early.err
        boxes = stage.ledger.ballots if ballots else stage.ledger.tenders
        chain.advance_to(*boxes.closing_times([(tender.id, 16 if ballots else 0)]))
        for each in openers[: pilot.THRESHOLD - 1]:
            assert share(each, *ballots).document["tender"] == tender.id
        few = say(*release)
        assert few.code == 1
        assert "keys share" in few.err
        shut = say(noun, "open", tender.id, *operator)
        assert shut.code == 2
        assert "keys release" in shut.err
        # a wrong share, which the contract cannot tell, stops nobody
        key, _point = stage.ledger.keys.key_of(boxes.box(tender.id, 16 if ballots else 0))
        wrong = stage.ledger.keys.offer_share(
            openers[-1].wallet, key, boxes.box(tender.id, 16 if ballots else 0), 7
        )
        stage.send([wrong])
        assert say(*release).code == 1
        assert share(openers[-1], *ballots).code == 0
        assert say(*release).code == 0
        assert say(*release).code == 2
        assert say(noun, "open", tender.id, *operator).document["tender"] == tender.id
        again = say(noun, "open", tender.id, *operator)
        assert again.code == 2
        assert "Nothing is left" in again.err

    assert say("ballot", "open", tender.id, *operator).code == 2  # no panel yet
    assert say("keys", "release", "--tender", 99, *operator).code == 2
    opened("bid")

    acts.draw(stage, [tender])
    (bidders,) = stage.ledger.tenders.bidders([tender.id]).values()
    (panel,) = stage.ledger.ballots.panels([tender.id])
    Path("reasons.txt").write_text("Memenuhi syarat")
    cast = ["ballot", "cast", "--tender", tender.id, "--reasons", "reasons.txt"]
    marks = [word for each in reversed(bidders) for word in ("--mark", f"{each}=yes")]
    outsider = say(*cast, *marks, *operator)
    assert outsider.code == 2
    assert "no seat on the panel" in outsider.err
    member = signed_by(stage.members[panel[0]].wallet)
    assert say(*cast, *marks[2:], "--mark", "0=yes", *member).code == 2
    for seat in panel:
        sealed = say(*cast, *marks, *signed_by(stage.members[seat].wallet)).document
        # in clear they would tell the vote
        assert not Path("documents", sealed["reasons"][2:]).exists()
    publish = ["ballot", "reasons", tender.id, "reasons.txt", "--record", "deployment.json"]
    early = say(*publish)
    assert early.code == 2
    assert "once the ballots are open" in early.err
    twice = say(*cast, *marks, *member, "--dry-run")
    assert twice.code == 0
    assert "this one will not count" in twice.err
    opened("ballot", "--ballots")
    published = say(*publish, "--json").document
    assert published["seat"] in panel
    assert Path("documents", published["reasons"][2:]).read_text() == "Memenuhi syarat"
    Path("other.txt").write_text("Lain")
    assert say(*publish[:3], "other.txt", *publish[4:]).code == 2
    stage.send([stage.ledger.awards.rank(stage.offices.operator, tender.id, len(bidders))])
    assert stage.ledger.awards.winners([tender.id])[0].organisation in bidders


def test_a_seed_is_made_once_and_is_no_keystore(say: Say) -> None:
    Path("password").write_text("rahasia\n")
    make = ["keys", "seed", "own.seed", "--seed-password-file", "password", "--json"]
    assert say(*make).document["seed"] == "own.seed"
    assert say(*make).code == 1
    Path("no.seed").write_text("{}")
    drill = say("keys", "drill", "own.seed", "--backup", "no.seed")
    assert drill.code == 1
    assert "no.seed" in drill.err  # before any password is asked


def test_marks_follow_the_order_of_opening() -> None:
    assert marks_of(["7=low", "3=no", "5=recused", "4=yes"], [3, 4, 5, 7]) == b"\x00\x01\xff\x02"


@pytest.mark.parametrize(
    "words", [[], ["3=yes"], ["3=yes", "3=no"], ["3=yes", "4=maybe"], ["3=yes", "x"],
              ["3=yes", "04=yes"], ["3=yes", "4=yes", "5=yes"], ["3=yes", "4=yes", "4=no"]],
)  # fmt: skip
def test_marks_are_one_for_each_bidder(words: list[str]) -> None:
    with pytest.raises(UsageError, match=r"--mark ORGANISATION"):
        marks_of(words, [3, 4])
