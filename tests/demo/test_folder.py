"""The folder of a run."""

from pathlib import Path

import pytest

from terang.demo.folder import PAGE, RECORDS, folder
from terang.errors import UsageError


def test_a_run_replaces_an_earlier_one_only_when_it_is_over(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with folder(out) as work:
        (work / PAGE).write_text("first")
        (work / RECORDS).mkdir()
    with folder(out) as work:
        (work / PAGE).write_text("second")
        assert (out / PAGE).read_text() == "first"
    assert (out / PAGE).read_text() == "second"
    assert not (out / RECORDS).exists()


def test_an_interrupted_run_leaves_the_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with folder(out) as work:
        (work / PAGE).write_text("first")
    with pytest.raises(KeyboardInterrupt), folder(out):
        raise KeyboardInterrupt
    assert (out / PAGE).read_text() == "first"
    assert {each.name for each in out.iterdir()} == {PAGE, ".terang-demo"}


def test_two_runs_at_once_do_not_meet(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with folder(out) as one:
        with folder(out) as two:
            (two / PAGE).write_text("two")
        assert one.exists()
        (one / PAGE).write_text("one")
    assert (out / PAGE).read_text() == "one"


@pytest.mark.parametrize("content", ["deployment.json", "index.html", ".hidden"])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / content).touch()
    with pytest.raises(UsageError, match="not of an earlier run"), folder(tmp_path):
        pass
    assert (tmp_path / content).exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.touch()
    with pytest.raises(UsageError), folder(file):
        pass
