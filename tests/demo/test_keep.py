"""A demonstration whose ledger stays: what it prints can be typed."""

import shlex
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from terang.chain.standing import Standing
from terang.cli import program
from terang.demo.keep import PASSWORD, Kept, KeptNode
from terang.demo.run import demonstrate
from terang.errors import TerangError
from terang.i18n import speaking
from terang.identity.keystore import open_keystore
from terang.ledger import pilot
from terang.ocds import SAMPLE
from terang.sealing.seed import read_seed


def quietly(_line: str) -> None:
    """Tells nobody."""


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield Path("out")
    for each in tmp_path.glob("out*/node-*"):
        Standing(each).stop()


def run(line: str) -> int:
    with pytest.raises(SystemExit) as stopped, speaking("en"):
        program.main(shlex.split(line)[1:])
    return int(stopped.value.code or 0)


def kept_by(out: Path, file: Path = SAMPLE) -> Kept:
    out.mkdir(exist_ok=True)
    kept = demonstrate(file, out, quietly, KeptNode(out)).kept
    assert kept is not None
    return kept


def take_over(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads the settings as a shell does."""
    found = subprocess.run(
        ["sh", "-c", f". {shlex.quote(str(kept.settings))}; env -0"],
        env={},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    taken = dict(each.split("=", 1) for each in found.stdout.split("\0") if each)
    assert taken.items() >= kept.environment.items()
    for name in kept.environment:
        monkeypatch.setenv(name, taken[name])


def type_all(kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    """Types every line that a person is told to type."""
    for _role, lines in kept.commands:
        for line in lines:
            assert run(line) == 0, (line, capsys.readouterr().err)
    assert Standing(Path(kept.environment["TERANG_STATE"])).running() is None


def roles(kept: Kept) -> Sequence[str]:
    return [role for role, _lines in kept.commands]


def test_what_each_role_is_told_to_type_works(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = kept_by(out.with_name("out of today"))  # a shell splits at blanks
    assert roles(kept) == [
        "Citizen",
        "Buyer",
        "Supplier",
        "Opener",
        "Panel member",
        "Inspector",
        "Treasury",
        "Auditor",
        "Registrar",
        "Administrator",
        "Operator",
    ]
    text = kept.text().splitlines()
    assert all(line in text for _role, lines in kept.commands for line in lines)
    assert len(text) < 50
    take_over(kept, monkeypatch)
    paths = ("RECORDS", "STORE", "PASSWORD_FILE", "STATE")
    assert all(Path(kept.environment[f"TERANG_{each}"]).is_absolute() for each in paths)
    type_all(kept, capsys)


def test_where_no_tender_was_closed_only_what_works_then_is_said(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = out.with_name("empty.jsonl")
    empty.write_text('{"ocid": "ocds-terang-1", "id": "1", "tag": ["tender"]}\n')
    kept = kept_by(out, empty)
    assert roles(kept) == ["Auditor", "Registrar", "Administrator", "Operator"]
    take_over(kept, monkeypatch)
    type_all(kept, capsys)


def test_the_unfinished_tenders_wait_where_somebody_must_act(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take_over(kept_by(out), monkeypatch)
    assert run("terang tender list") == 0
    lines = capsys.readouterr().out.splitlines()
    phases = ["contracted"] * 4 + ["awarded", "evaluation", "opening", "tendering"]
    assert [each for line in lines for each in line.split("  ") if each in phases] == phases
    assert run("terang audit replay") == 0
    assert capsys.readouterr().out.startswith("Equal: ")


def test_the_report_counts_only_what_ran(out: Path) -> None:
    out.mkdir()
    kept = demonstrate(SAMPLE, out, quietly, KeptNode(out)).report
    plain = demonstrate(SAMPLE, out, quietly).report
    assert kept["totals"] == plain["totals"]


def test_keys_are_made_when_too_few_are_left(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pilot, "BATCH", 6)  # as many as the sample takes
    take_over(kept_by(out), monkeypatch)
    assert run("terang keys list") == 0
    assert "batch 4" in capsys.readouterr().out


def test_keystores_and_seeds_open_with_the_password_beside_them(out: Path) -> None:
    kept_by(out)
    keys = out / "keys"
    assert (keys / "password").read_text() == PASSWORD
    assert len({open_keystore(each, PASSWORD).address for each in keys.glob("member-*")}) == 13
    assert len({read_seed(each, PASSWORD) for each in keys.glob("seed-*")}) == 7
    assert all(each.stat().st_mode & 0o077 == 0 for each in keys.iterdir())


def test_a_later_run_leaves_one_chain_or_none(out: Path) -> None:
    first = Path(kept_by(out).environment["TERANG_STATE"])
    second = Path(kept_by(out).environment["TERANG_STATE"])
    assert not first.exists()
    assert Standing(second).running()
    demonstrate(SAMPLE, out, quietly)
    assert not second.exists()
    assert not (out / "keys").exists()
    assert not (out / "examples").exists()
    assert not (out / "settings.sh").exists()


def test_a_run_that_fails_leaves_no_chain_of_its_own_and_the_earlier_one(out: Path) -> None:
    first = Path(kept_by(out).environment["TERANG_STATE"]).relative_to(Path.cwd())

    def fails(line: str) -> None:
        if "Sealing bids" in line:
            raise TerangError("stopped")

    with pytest.raises(TerangError, match="stopped"):
        demonstrate(SAMPLE, out, fails, KeptNode(out))
    assert list(out.glob("node-*")) == [first]
    assert Standing(first).running()


def test_a_run_that_fails_at_its_end_leaves_no_chain_either(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_anything: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("terang.demo.run.page", fail)
    node = KeptNode(out)
    out.mkdir(exist_ok=True)
    with pytest.raises(KeyboardInterrupt):
        demonstrate(SAMPLE, out, quietly, node)
    assert node.url
    assert Standing(node.folder).running() is None
    assert not node.folder.exists()
