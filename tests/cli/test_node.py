"""terang node: a chain that stays, from the command line."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terang.chain.standing import Standing

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def terang(tmp_path: Path) -> Iterator[Run]:
    """Runs the program in the test's folder; the chain it leaves is ended."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", "from terang.cli import main; main()"]
        return subprocess.run(
            [*program, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    yield run
    Standing(tmp_path / ".terang" / "node").stop()


def test_a_chain_is_started_looked_at_advanced_and_stopped(
    terang: Run, tmp_path: Path, steady_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = steady_port
    said = terang("node", "start", "--port", port)
    assert said.returncode == 0, said.stderr
    assert f"export TERANG_URL=http://127.0.0.1:{port}" in said.stdout
    again = terang("node", "start")
    assert again.returncode == 0
    assert "runs already" in again.stdout
    monkeypatch.setenv("TERANG_URL", f"http://127.0.0.1:{port}")
    assert "export" not in terang("node", "start").stdout
    before = json.loads(terang("node", "status", "--json").stdout)
    assert before["running"]
    assert before["url"] == f"http://127.0.0.1:{port}"
    after = json.loads(terang("node", "advance", "--by", "7d", "--json").stdout)
    assert after["block"] == before["block"] + 1
    past = terang("node", "advance", "--to", "2020-01-01T00:00:00+07:00")
    assert past.returncode == 2
    assert "Give a later time" in past.stderr
    assert "has stopped" in terang("node", "stop").stdout
    assert "No chain runs" in terang("node", "stop").stdout
    assert json.loads(terang("node", "status", "--json").stdout) == {"running": False}
    assert (tmp_path / ".terang" / "node" / "state.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["advance", "--by", "7d"], 2, "node start"),
        (["advance"], 2, "--by or --to"),
        (["advance", "--by", "1d", "--to", "2026-12-01T10:00:00Z"], 2, "--by or --to"),
        (["advance", "--by", "seven"], 2, "length of time"),
        (["start", "--port", "70000"], 2, "65535"),
        (["start", "--state", "file/node"], 3, "Cannot use the folder"),
    ],
)
def test_what_can_not_be_done_is_one_sentence(
    terang: Run, tmp_path: Path, arguments: list[str], code: int, word: str
) -> None:
    (tmp_path / "file").write_text("")
    said = terang("node", *arguments)
    assert said.returncode == code, said.stderr
    assert word in said.stderr
    assert "Traceback" not in said.stderr
