"""The folder of a run."""

from pathlib import Path

import pytest

from terang.demo.folder import PAGE, RECORDS, folder, nodes
from terang.demo.keep import retire_others
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


def test_a_folder_that_only_looks_like_a_chains_is_left_alone(tmp_path: Path) -> None:
    exporter = tmp_path / "node-exporter"
    exporter.mkdir()
    (exporter / "source").write_text("precious")
    with pytest.raises(UsageError, match="not of an earlier run"), folder(tmp_path):
        pass
    (tmp_path / ".terang-demo").touch()  # a run's folder, into which somebody put it
    retire_others(tmp_path, None)
    assert (exporter / "source").read_text() == "precious"
    (tmp_path / "node-link").symlink_to(exporter)
    (exporter / ".terang-demo").touch()
    assert nodes(tmp_path) == [exporter]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.touch()
    with pytest.raises(UsageError), folder(file):
        pass
