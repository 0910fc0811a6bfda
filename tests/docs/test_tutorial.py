"""The tutorials: every command of every page is typed, and prints what the page shows.

A page is its fenced blocks. `sh` is typed into one shell, in an empty folder; `text` is what came
out of the `sh` before it, where … stands for anything, also for lines that are left out.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from terang.chain.compile import ROOT
from terang.chain.standing import Standing

TUTORIAL = ROOT / "docs" / "tutorial"
PAGES = sorted(each for each in TUTORIAL.glob("*.md") if each.stem != "README")
SECONDS = 180  # at most, of a page that hangs

_FENCE = re.compile(r"^```(sh|text)\n(.*?)^```$", re.M | re.S)


class Step(NamedTuple):
    """Commands, and the lines that a page says they print."""

    commands: str
    shown: tuple[str, ...]


def steps(page: str) -> list[Step]:
    """Returns the steps of a page; `text` belongs to the `sh` before it."""
    found: list[Step] = []
    for kind, content in _FENCE.findall(page):
        if kind == "sh":
            found.append(Step(content, ()))
        else:
            last = found.pop()
            found.append(last._replace(shown=last.shown + tuple(content.splitlines())))
    return found


def missing(shown: tuple[str, ...], said: str) -> list[str]:
    """Returns the lines that a page shows and nobody said."""
    lines = [each.replace("\xa0", " ").rstrip() for each in said.splitlines()]
    patterns = {each: ".*".join(map(re.escape, each.rstrip().split("…"))) for each in shown}
    return [
        line
        for line, pattern in patterns.items()
        if not any(re.fullmatch(pattern, each) for each in lines)
    ]


def script(page: list[Step], logs: Path) -> str:
    """Returns what is typed; each step's output goes to a file of its own.

    A line `export …` that the program prints is typed as well, as the pages ask for.
    """
    lines = ["set -euo pipefail"]
    for number, each in enumerate(page):
        log = logs / str(number)
        lines += [
            f"exec >'{log}' 2>&1",
            each.commands,
            f"eval \"$(sed -n '/^export /p' '{log}')\"",
        ]
    return "\n".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder; chains that are left in it are ended."""
    place = tmp_path / "work"
    place.mkdir()
    yield place
    for each in place.rglob("node.json"):
        Standing(each.parent).stop()


@pytest.mark.usefixtures("artifacts")  # compiled before the time of a page begins
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_the_page_works_and_prints_what_it_shows(
    page: Path, folder: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    todo = steps(page.read_text())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TERANG_")},
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TERANG_LANG": "en",
        "HOME": str(folder),
        "COLUMNS": "100",
    }
    shell = subprocess.Popen(
        ["bash", "-c", script(todo, logs)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        code = shell.wait(SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    said = [(logs / str(n)).read_text() for n in range(len(list(logs.iterdir())))]
    assert code == 0, f"{todo[len(said) - 1].commands}\n{said[-1]}"
    for step, output in zip(todo, said, strict=True):
        assert not missing(step.shown, output), f"{step.commands}\n{output}"
    assert not list(folder.rglob("node.json")), "the page leaves its chain running"


def test_the_index_names_every_page_and_no_other() -> None:
    named = re.findall(r"\]\(([a-z-]+\.md)\)", (TUTORIAL / "README.md").read_text())
    assert sorted(set(named)) == [each.name for each in PAGES]


def test_there_is_a_page_for_each_role() -> None:
    assert {each.stem for each in PAGES} == {
        "administrator",
        "auditor",
        "buyer",
        "citizen",
        "inspector",
        "opener",
        "operator",
        "panel-member",
        "registrar",
        "supplier",
        "treasury",
    }


def test_a_line_that_nobody_printed_is_missing() -> None:
    said = "Tender 9 is published in block 78.\nDone.\n"
    assert missing(("Tender 9 is published in block ….", "…", "Done."), said) == []
    assert missing(("Tender 8 is published in block ….",), said) == [
        "Tender 8 is published in block …."
    ]
    assert missing(("is published",), said) == ["is published"]


def test_what_a_page_shows_belongs_to_the_commands_before_it() -> None:
    page = "```sh\na\n```\nwhy\n```text\n1\n```\n\n```sh\nb\nc\n```\n"
    assert steps(page) == [Step("a\n", ("1",)), Step("b\nc\n", ())]
