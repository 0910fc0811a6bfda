"""Files: one document a line or one file; hostile files are reported, never a traceback."""

import json
import os
from pathlib import Path

import pytest

from terang.ocds import OcdsFileError, read, read_plans

from .builders import bid, plans_of, reasons, release

GOOD = release(bid("alice", 100), bid("bob", 200))
LINE = json.dumps(GOOD)


def named(ocid: str, **members: object) -> dict[str, object]:
    return GOOD | {"ocid": ocid} | members


@pytest.mark.parametrize(
    ("content", "places"),
    [
        (LINE, [1]),
        (LINE + "\n", [1]),
        (json.dumps(GOOD, indent=2), [1]),
        (json.dumps(GOOD, indent=2).replace("\n", "\r\n"), [1]),
        ("\ufeff" + LINE, [1]),
        (f"{LINE}\n{LINE}", [1, 2]),
        (f"\r\n{LINE}\r\n\r\n{LINE}\r\n", [2, 4]),
        (json.dumps([GOOD, GOOD]), [1, 2]),
        ("[\n" + LINE + "\n]", [1]),
        (json.dumps({"releases": [named("a"), named("b")]}, indent=1), [1, 2]),
        (json.dumps({"records": [{"ocid": "a", "compiledRelease": GOOD}]}), [1]),
        (json.dumps({"records": [{"ocid": "a", "releases": [GOOD]}]}), [1]),
        (json.dumps({"ocid": "a", "compiledRelease": GOOD, "releases": [{"url": "x"}]}), [1]),
        (json.dumps([{"releases": [GOOD]}, {"records": [{"compiledRelease": GOOD}]}]), [1, 2]),
        (LINE + "\n" + json.dumps({"releases": [named("a"), named("b")]}), [1, 2, 2]),
    ],
)
def test_every_shape_of_file_gives_its_processes_with_their_places(
    tmp_path: Path, content: str, places: list[int]
) -> None:
    found = plans_of(tmp_path, content)
    assert [plan.line for plan in found if plan.lots] == places
    assert not reasons(found)


def test_of_several_releases_of_one_process_the_fullest_is_used(tmp_path: Path) -> None:
    bare = {"ocid": GOOD["ocid"], "tender": {}}
    found = plans_of(tmp_path, json.dumps({"releases": [bare, GOOD, bare]}))
    assert [bool(plan.lots) for plan in found] == [False, True, False]
    assert "fuller release" in reasons(found)


def test_the_same_ocid_on_a_later_line_is_a_warning(tmp_path: Path) -> None:
    first, second = plans_of(tmp_path, f"{LINE}\n{LINE}")
    assert not first.warnings
    assert any("already" in warning for warning in second.warnings)


DEEP = "[" * 200 + "]" * 200
HOSTILE = {
    "truncated": (LINE[:-40].encode(), "not JSON"),
    "duplicate keys": (b'{"ocid": "a", "ocid": "b"}', "'ocid' twice"),
    "deep": (b'{"ocid": "a", "x": %s}' % DEEP.encode(), "deeper than 100"),
    "bottomless": (b"[" * 200_000, "deeper than 100"),
    "NaN": (b'{"ocid": "a", "x": NaN}', "NaN is not a number"),
    "infinity": (b'{"ocid": "a", "x": -Infinity}', "-Infinity is not a number"),
    "invalid UTF-8": (b'{"ocid": "\xff"}', "not UTF-8"),
    "UTF-16": (LINE.encode("utf-16"), "not UTF-8"),
    "binary": (bytes(range(256)), "not UTF-8"),
    "a number": (b"5", "not an object"),
    "null in an array": (b"[null]", "not an object"),
    "array in an array": (b'[[{"ocid": "a"}]]', "flatten"),
    "text as release": (b'{"releases": ["a"]}', "not an object"),
    "two documents on a line": (b'{"ocid": "a"} {"ocid": "b"}', "not JSON"),
}


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_reported_and_the_next_line_is_read(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    assert reason in reasons(plans_of(tmp_path, content))
    after = plans_of(tmp_path, content.replace(b"\n", b" ") + b"\n" + LINE.encode())
    assert reason in reasons(after)
    assert [plan.line for plan in after if plan.lots] == [2]


@pytest.mark.parametrize(
    "token", ["1e999999", "1e99999999999999999999", "9" * 5000, "-1", "1e-999"]
)
def test_an_absurd_number_refuses_its_bid_by_field_and_nothing_hangs(
    tmp_path: Path, token: str
) -> None:
    three = json.dumps(release(bid("alice", 100), bid("bob", 200), bid("carol", 777)))
    (found,) = plans_of(tmp_path, three.replace("777", token))
    assert len(found.lots[0].bids) == 2
    assert "bids.details[2].value.amount" in " ".join(found.lots[0].assumed)


def test_ten_megabytes_of_text_are_shortened(tmp_path: Path) -> None:
    long = named("x" * 10_000_000)
    (found,) = plans_of(tmp_path, json.dumps(long))
    assert len(found.ocid) <= 500
    assert found.chain_ocid.startswith("sha256:")


def test_a_line_over_the_limit_is_reported_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read, "MAX_DOCUMENT_BYTES", 2**20)
    huge = json.dumps({"ocid": "x" * 2**20})
    found = plans_of(tmp_path, f"{LINE}\n{huge}\n{LINE}")
    assert [plan.line for plan in found if plan.lots] == [1, 3]
    assert "longer than 1 MB" in reasons(found)
    with pytest.raises(OcdsFileError, match="JSON lines"):
        plans_of(tmp_path, json.dumps({"ocid": "x" * 2**20}, indent=1))


@pytest.mark.parametrize("content", [b"", b"\n \r\n"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(OcdsFileError, match="empty"):
        plans_of(tmp_path, content)


def test_a_missing_file_a_folder_a_pipe_and_a_nul_in_the_name_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in (
        (tmp_path / "missing", "Cannot open"),
        (tmp_path, "not a regular file"),
        (tmp_path / "pipe", "not a regular file"),
        ("a\0b", "Cannot open"),
    ):
        with pytest.raises(OcdsFileError, match=words):
            list(read_plans(path))


def test_lines_are_streamed(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text(f"{LINE}\n{LINE}\n{LINE}\n")
    plans = read_plans(path)
    assert next(plans).line == 1
    with path.open("a") as file:  # a reader that had read ahead to the end would miss this one
        file.write((json.dumps(named("x" * 100_000)) + "\n") * 3 + LINE + "\n")
    assert [plan.line for plan in plans] == [2, 3, 4, 5, 6, 7]
