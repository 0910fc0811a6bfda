"""A demonstration whose ledger stays: what it prints can be typed."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from terang.chain.standing import Standing
from terang.cli import program
from terang.demo.keep import PASSWORD, Kept, KeptNode
from terang.demo.run import demonstrate
from terang.errors import TerangError
from terang.i18n import speaking
from terang.identity.keystore import open_keystore
from terang.ocds import SAMPLE
from terang.sealing.seed import read_seed


def quietly(_line: str) -> None:
    """Tells nobody."""


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield Path("out")
    for each in tmp_path.glob("out/node-*"):
        Standing(each).stop()


def run(line: str) -> int:
    with pytest.raises(SystemExit) as stopped, speaking("en"):
        program.main(shlex.split(line)[1:])
    return int(stopped.value.code or 0)


def kept_by(out: Path) -> Kept:
    out.mkdir(exist_ok=True)
    kept = demonstrate(SAMPLE, out, quietly, KeptNode(out)).kept
    assert kept is not None
    return kept


def test_what_each_role_is_told_to_type_works(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = kept_by(out)
    for name, value in kept.environment.items():
        monkeypatch.setenv(name, value)
    for _role, lines in kept.commands:
        for line in lines.split("; "):
            assert run(line) == 0, (line, capsys.readouterr().err)
    assert Standing(Path(kept.environment["TERANG_STATE"])).running() is None


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


def test_a_run_that_fails_leaves_no_chain_of_its_own_and_the_earlier_one(out: Path) -> None:
    first = Path(kept_by(out).environment["TERANG_STATE"])

    def fails(line: str) -> None:
        if "Sealing bids" in line:
            raise TerangError("stopped")

    with pytest.raises(TerangError, match="stopped"):
        demonstrate(SAMPLE, out, fails, KeptNode(out))
    assert list(out.glob("node-*")) == [first]
    assert Standing(first).running()
