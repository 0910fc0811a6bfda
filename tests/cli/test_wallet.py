"""terang wallet: keystores are made and looked at by command."""

import getpass
import json
import warnings
from pathlib import Path

import pytest
from click.testing import CliRunner

from terang.cli.options import ask_password
from terang.cli.wallet import command
from terang.errors import TerangError, UsageError
from terang.identity import keystore
from terang.identity.keystore import encrypt, open_keystore


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the work out of the key derivation, which is two seconds a file."""
    monkeypatch.setattr(
        keystore, "encrypt", lambda secret, password, _iterations: encrypt(secret, password, 2)
    )


def terang(*arguments: object, typed: str | None = None) -> str:
    done = CliRunner(mix_stderr=False).invoke(command, [*map(str, arguments)], input=typed)
    if isinstance(done.exception, TerangError):
        raise done.exception
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_a_person_makes_a_keystore_and_reads_its_address(tmp_path: Path) -> None:
    file, password = tmp_path / "buyer.json", tmp_path / "password"
    password.write_text("rahasia\n")
    address = terang("create", file, "--password-file", password).strip()
    assert open_keystore(file, "rahasia").address == address
    assert terang("show", file).strip() == address
    assert json.loads(terang("show", file, "--json")) == {
        "address": address,
        "keystore": str(file),
    }


def test_a_password_is_asked_for_twice_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "buyer.json"
    said = terang("create", file, "--json", typed="rahasia\nrahasia\n")
    assert json.loads(said)["address"] == open_keystore(file, "rahasia").address


def test_a_password_is_not_asked_for_where_it_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(prompt: str) -> str:
        warnings.warn(prompt, getpass.GetPassWarning, stacklevel=2)
        return pytest.fail("it was read with what was typed on the screen")

    monkeypatch.setattr("click.termui.hidden_prompt_func", shown)
    with pytest.raises(UsageError, match="no terminal on which to ask"):
        ask_password(tmp_path / "buyer.json", None)


def test_a_keystore_is_not_overwritten(tmp_path: Path) -> None:
    file, password = tmp_path / "buyer.json", tmp_path / "password"
    password.write_text("rahasia")
    terang("create", file, "--password-file", password)
    before = file.read_bytes()
    with pytest.raises(TerangError, match="not overwritten"):
        terang("create", file, "--password-file", password)
    assert file.read_bytes() == before


def test_what_is_no_keystore_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("{}")
    with pytest.raises(TerangError, match="Cannot open the keystore"):
        terang("show", tmp_path / "file")
