"""`terang opener` in this process: what it shows, what it refuses, and what it keeps to itself."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from terang.chain.node import Anvil
from terang.cli import program
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.keystore import save_keystore
from terang.replay.state import GRACE
from terang.sealing.seed import save_seed

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ledger(prepared: tuple[Stage, list[Tender]]) -> tuple[Stage, Tender]:
    stage, tenders = prepared
    tender = next(each for each in tenders if not each.lot.cancelled)
    acts.publish(stage, [tender])
    acts.seal(stage, [tender])
    return stage, tender


@pytest.fixture
def say(
    ledger: tuple[Stage, Tender],
    anvil: Anvil,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Say:
    """Runs one command in the test's folder, where opener 1 has its files."""
    stage, _tender = ledger
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERANG_URL", anvil.url)
    seat, seed = next(iter(stage.openers.seeds.items()))
    save_keystore(stage.members[seat].wallet, Path("account"), "rahasia", 2)
    save_seed(seed, Path("seed"), "rahasia", 2)
    Path("password").write_text("rahasia")

    def run(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            program.main(["opener", *map(str, words)])
        said = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, said.out, said.err

    return run


RECORD = ("--record", "deployment.json")
ACCOUNT = ("--keystore", "account", "--password-file", "password")
RUN = ("run", *RECORD, *ACCOUNT, "--seed", "seed", "--seed-password-file", "password")


def close(stage: Stage, tender: Tender) -> None:
    (closes,) = stage.ledger.tenders.closing_times([(tender.id, 0)])
    stage.ledger.chain.advance_to(closes)


def test_a_dry_run_shows_what_is_due_and_sends_nothing(
    ledger: tuple[Stage, Tender], say: Say
) -> None:
    stage, tender = ledger
    assert "Nothing is to be done now" in say(*RUN, "--pool", 1, "--dry-run")[1]
    close(stage, tender)
    before = stage.ledger.chain.head().number
    Path("password").unlink()  # not even the seed is opened
    code, out, _err = say(*RUN, "--pool", 1, "--dry-run", "--json")
    assert code == 0
    assert json.loads(out) == {"dryRun": [f"Publish your share of the bids of tender {tender.id}"]}
    assert stage.ledger.chain.head().number == before
    assert not Path(".terang").exists()


def test_once_does_what_is_due_and_says_no_secret(ledger: tuple[Stage, Tender], say: Say) -> None:
    stage, tender = ledger
    close(stage, tender)
    code, out, err = say(*RUN, "--pool", 1, "--once", "--json")
    assert code == 0, err
    assert json.loads(out)["sent"] == 1
    assert f"Publish your share of the bids of tender {tender.id}" in err
    seed = next(iter(stage.openers.seeds.values()))
    share = stage.openers._seated[0].opener.share(tender.bid_key.batch, tender.bid_key.place)
    for secret in (seed.hex(), str(share), f"{share:x}", "rahasia"):
        assert secret not in out + err
    code, out, err = say(*RUN, "--pool", 1, "--once", "--json")
    assert json.loads(out)["sent"] == 0


def test_the_status_tells_what_waits_and_who_has_not_given_its_share(
    ledger: tuple[Stage, Tender], say: Say
) -> None:
    stage, tender = ledger
    _code, out, _err = say("status", *RECORD)
    assert "Epoch 1: 4 of 7 openers open, 7 are enrolled" in out
    assert "To do" not in out
    _code, out, _err = say("status", *RECORD, "--keystore", "account")
    assert "is opener 1, and enrolled" in out
    close(stage, tender)
    say(*RUN, "--pool", 1, "--once")
    _code, out, _err = say("status", *RECORD, "--keystore", "account")
    others = ", ".join(map(str, list(stage.openers.seeds)[1:]))
    assert f"tender {tender.id} waits for 3 more shares until" in out
    assert f"No share yet of seats {others}." in out
    chain = stage.ledger.chain
    chain.advance_to(chain.now + GRACE)
    code, out, _err = say("status", *RECORD)
    assert code == 0
    assert f"was not released in time: nobody can open it. No share of seats {others}." in out
    assert "waits" not in out


def test_the_status_of_a_stranger_and_of_a_new_epoch(
    ledger: tuple[Stage, Tender], say: Say
) -> None:
    stage, _tender = ledger
    save_keystore(stage.offices.operator, Path("stranger"), "rahasia", 2)
    code, out, _err = say("status", *RECORD, "--keystore", "stranger")
    assert code == 0
    assert "is no opener of this epoch" in out
    seats = list(stage.openers.seeds)
    stage.send([stage.ledger.keys.start_epoch(stage.offices.administrator, seats, 4, 6)])
    _code, out, _err = say("status", *RECORD, "--keystore", "account")
    assert "is opener 1, and not enrolled" in out
    assert "To do: Publish your key for epoch 2" in out


@pytest.mark.parametrize(
    "words",
    [("--listen", "nowhere"), ("--listen", "127.0.0.1:65536"), ("--listen", "127.0.0.1:"),
     ("--listen", "[::1:80"),
     ("--poll", "0"), ("--pool", "0"), ("--finality", "-1"), ("--turn", "x")],
)  # fmt: skip
def test_what_cannot_be_is_refused_as_usage(say: Say, words: tuple[str, str]) -> None:
    code, _out, err = say(*RUN, "--once", *words)
    assert code == 2
    assert "Traceback" not in err


def test_a_node_or_record_that_is_not_there_ends_one_round(say: Say, steady_port: int) -> None:
    assert say(*RUN, "--once", "--url", f"http://127.0.0.1:{steady_port}")[0] == 3
    shutil.move("deployment.json", "away.json")
    for once in (["--once"], []):  # waiting would not mend it
        code, _out, err = say(*RUN, *once)
        assert code in (1, 2)
        assert "deployment.json" in err
