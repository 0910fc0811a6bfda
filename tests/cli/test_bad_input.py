"""Every class of bad input ends in one sentence and an exit code, never in a traceback."""

import json
import os
from pathlib import Path

import pytest

from terang.cli import program
from terang.i18n import speaking

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Runs a command that must fail; returns its exit code and its one line on stderr."""
    with pytest.raises(SystemExit) as stopped, speaking("en"):
        program.main(words)
    said = capsys.readouterr()
    assert not said.out
    last = said.err.strip().splitlines()[-1]
    assert last.startswith("terang: ")
    assert last.endswith((".", "`"))
    assert "This is a fault of Terang" not in last
    assert last.isprintable()
    return int(stopped.value.code or 0), last


@pytest.mark.parametrize(
    "address",
    [
        "", "0x", "0x1", ADDRESS[:-1], ADDRESS + "0", ADDRESS[2:], "0x" + "g" * 40,
        "0x" + "0" * 40, ADDRESS.swapcase().replace("0X", "0x"), "terang.eth", "٠x" + "1" * 40,
        "0x" + "1" * 100_000, "0x\x1b[31m" + "1" * 34, "\u202e" + ADDRESS,
    ],
)  # fmt: skip
def test_an_address_that_is_none(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capsys, "deploy", f"--administrator={address}")
    assert code == 2
    assert "--administrator" in said


@pytest.mark.parametrize(
    "number",
    ["", "0", "-1", "1.0", "1e3", "0x1", "NaN", "True", "1,000", "1 000", "٣", "²", "４", "1_0",
     str(2**32), str(2**128), str(2**256), "9" * 100_000],
)  # fmt: skip
def test_a_number_that_is_none(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capsys, "bid", "seal", f"--tender={number}", "--price=1", "--file=f")
    assert code == 2
    assert "--tender" in said


@pytest.mark.parametrize(
    "price",
    ["", "-1", "0", "1e5", "Infinity", "sNaN", "true", "1.000.000,00", "1'000", "٣", "1..0", ".",
     "\x00", "1" * 100_000],
)  # fmt: skip
def test_an_amount_that_is_none(price: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capsys, "bid", "seal", "--tender=1", f"--price={price}", "--file=f")
    assert code == 2
    assert "--price" in said


@pytest.mark.parametrize(
    "time",
    ["", "2026-12-01T10:00:00", "1764583200000", "1764583200", "2026-02-30T10:00:00Z",
     "2026-12-01T25:00:00Z", "0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "besok", "\x00",
     "2026-12-01T10:00:00+99:00"],
)  # fmt: skip
def test_a_time_that_is_none(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refused(
        capsys, "tender", "publish", "--ocid=x", "--document=d", f"--closes={time}"
    )
    assert code == 2
    assert "--closes" in said


@pytest.mark.parametrize("length", ["", "7", "d", "0d", "-7d", "1.5d", "7D", "7 d", "9" * 20 + "d"])
def test_a_length_of_time_that_is_none(length: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = refused(capsys, "node", "advance", f"--by={length}")
    assert code == 2
    assert "--by" in said


@pytest.mark.parametrize(
    "content",
    [b"", b"\xef\xbb\xbf", b"{", b'{"ocid": "a"', b"[" * 100_000, b'"text"', b"null", b"\xff\xfe",
     b"\x00" * 100, b'{"releases": {}}', b'{"a": 1e999999999}'],
)  # fmt: skip
def test_published_data_that_cannot_be_read(
    content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("releases.json").write_bytes(content)
    with pytest.raises(SystemExit) as stopped, speaking("en"):
        program.main(["demo", "--ocds", "releases.json", "--out", "out", "--chain", "pyevm"])
    said = capsys.readouterr().out
    assert stopped.value.code == (0 if content else 1)
    assert ("Line 1: " in said) == bool(content)


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "dangling", "loop"])
@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--ocds={}"),
        ("audit", "replay", "--record={}"),
        ("deploy", "--keystore={}"),
        ("wallet", "show", "{}"),
        ("bid", "status", "{}", "--record={}"),
    ],
    ids=lambda words: words[0],
)
def test_a_file_that_cannot_be_read(
    kind: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("thing.json")
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "dangling":
        path.symlink_to("nowhere")
    elif kind == "loop":
        path.symlink_to(path)
    code, said = refused(capsys, *(each.format(path) for each in words))
    assert code in (1, 2)
    assert "thing.json" in said


@pytest.mark.parametrize(
    "content",
    [b"{}", b"[]", b"{", b"\xff", b"[" * 100_000, json.dumps({"network": 1}).encode(),
     b'{"network": "x", "network": "y"}'],
)  # fmt: skip
def test_a_record_of_a_deployment_that_is_none(
    content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("record.json").write_bytes(content)
    code, said = refused(capsys, "audit", "replay", "--record=record.json")
    assert code == 1
    assert "record.json" in said


@pytest.mark.parametrize("url", ["", "127.0.0.1:8545", "ftp://x", "file:///etc/passwd", "http://"])
def test_an_address_of_a_node_that_is_none(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _said = refused(capsys, "audit", "replay", f"--url={url}")
    assert code in (1, 2, 3)


def test_a_wrong_password_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    Path("password").write_text("benar")
    with pytest.raises(SystemExit) as stopped:
        program.main(["wallet", "create", "key.json", "--password-file", "password"])
    assert stopped.value.code == 0
    capsys.readouterr()
    Path("password").write_text("rahasia-yang-salah")
    code, said = refused(
        capsys,
        "deploy",
        "--keystore=key.json",
        "--password-file=password",
        "--url=http://127.0.0.1:1",
    )
    assert code == 1
    assert "rahasia-yang-salah" not in said
