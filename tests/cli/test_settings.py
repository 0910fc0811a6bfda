"""Settings: which source goes before which, and what is hidden."""

import json
from pathlib import Path

import pytest

from terang.cli import program, settings
from terang.errors import UsageError
from terang.i18n import speaking


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for each in settings.SETTINGS:
        monkeypatch.setenv(each.variable, "")  # so that what a test sets is undone after it
        monkeypatch.delenv(each.variable)
    return tmp_path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped, speaking("en"):
        program.main(words)
    return int(stopped.value.code or 0)


def shown(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    assert run("config", "--json") == 0
    return {each["setting"]: each for each in json.loads(capsys.readouterr().out)}


def test_the_environment_goes_before_dotenv_and_that_before_the_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("terang.toml").write_text('url = "file"\nnetwork = "file"\nstore = "file"\n')
    Path(".env").write_text("TERANG_URL=dotenv\nTERANG_NETWORK=dotenv\n")
    monkeypatch.setenv("TERANG_URL", "environment")
    found = shown(capsys)
    sources = {name: found[name]["source"] for name in ("url", "network", "store", "receipts")}
    assert sources == {
        "url": "environment",
        "network": ".env",
        "store": "terang.toml",
        "receipts": "default",
    }
    assert (found["store"]["value"], found["receipts"]["value"]) == ("file", "receipts")


def test_a_private_key_is_hidden(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "0x" + "ab" * 32
    monkeypatch.setenv("TERANG_PRIVATE_KEY", secret)
    assert shown(capsys)["private_key"]["value"] == "(hidden)"
    assert run("config") == 0
    assert secret not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"url = 1", "url"),
        (b'adress = "x"', "adress"),
        (b'private_key = "0x01"', "private_key"),
        (b"url = ", "not a file of settings"),
        (b'url = "\xff"', "not a file of settings"),
    ],
)
def test_a_settings_file_that_is_wrong_is_named(content: bytes, word: str) -> None:
    Path("terang.toml").write_bytes(content)
    with pytest.raises(UsageError, match=word):
        settings.load()


def test_init_writes_a_file_of_comments_that_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = shown(capsys)
    assert run("init") == 0
    capsys.readouterr()
    assert shown(capsys) == before
    text = Path("terang.toml").read_text()
    assert all(each.name in text for each in settings.SETTINGS if not each.secret)
    Path("terang.toml").write_text(text.replace("#", "", 1).replace("#url", "url"))
    assert run("init") == 2


def test_a_settings_file_without_its_comment_signs_is_read() -> None:
    lines = settings.template().splitlines()
    Path("terang.toml").write_text(
        "\n".join(each[1:] if " = " in each and each[1] != " " else each for each in lines)
    )
    assert {each.source for each in settings.found() if each.value} == {"terang.toml"}


def test_every_setting_stands_in_the_documents() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text()
    assert [each.variable for each in settings.SETTINGS if each.variable not in text] == []
