"""Whole files: counts, what is left out, every form of the report, hostile input."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from terang.cli import program
from terang.i18n import speaking
from terang.ocds import OcdsFileError
from terang.rules import Profile, load
from terang.simulate import run, simulate
from terang.simulate.chart import svg
from terang.simulate.facts import Procedure, facts
from terang.simulate.judge import judge
from terang.simulate.report import document, text, write_csv
from terang.simulate.verdict import Check, Reason, Verdict

from .history import Json, release

SAMPLE = Path(__file__).parent / "sample.jsonl"
"""Eight fictional documents: see `test_the_sample_breaks_one_rule_in_each_process`."""

PROFILE = Path(__file__).parent / "profile.toml"


def silent(_line: str) -> None:
    """Hears no progress."""


def written(folder: Path, *documents: Json | str) -> Path:
    """A file of these documents, one a line; what is no process is numbered by its ocid."""
    path = folder / "file.jsonl"
    path.write_text(
        "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in documents)
    )
    return path


def read(path: Path, profile: Profile) -> Json:
    """The JSON report of a file."""
    with simulate(path, profile, silent) as found:
        result: Json = json.loads("".join(document(found)))
    return result


def rule(report: Json, check: Check) -> Json:
    (found,) = [each for each in report["rules"] if each["rule"] == check.value]
    assert isinstance(found, dict)
    return found


def test_the_sample_breaks_one_rule_in_each_process(profile: Profile) -> None:
    report = read(SAMPLE, profile)
    broken = [
        [each["rule"] for each in row["findings"] if each["verdict"] == "broken"]
        for row in report["processes"]
        if "findings" in row
    ]
    assert broken == [
        [],
        ["tendering_period"],
        ["minimum_bids"],
        ["abnormal_under_estimate", "abnormal_under_mean"],
        ["standstill_period"],
        ["tendering_period"],  # direct: not bound by it
        [],  # no method is published
    ]
    assert report["counted"] == {
        "open": 5,
        "not_open": 1,
        "unknown": 1,
        "unreadable": 1,
        "repeated": 0,
    }
    assert report["would_have_broken_a_rule"] == {"open": 4, "not_open": 1}


def test_processes_that_were_not_open_are_counted_apart_and_said_not_to_be_bound(
    tmp_path: Path, profile: Profile
) -> None:
    short = {"tenderPeriod": {"endDate": "2021-03-02T12:00:00+02:00"}}
    path = written(
        tmp_path,
        *(
            release(ocid=method, tender=short | {"procurementMethod": method})
            for method in ("open", "selective", "limited", "direct")
        ),
    )
    report = read(path, profile)
    tendering = rule(report, Check.TENDERING)
    assert (tendering["open"]["broken"], tendering["not_open"]["broken"]) == (1, 3)
    rows = {row["ocid"]: row for row in report["processes"]}
    assert rows["direct"]["procurement_method"] == "direct"
    assert rows["direct"]["procedure"] == "not_open"
    assert "did not bind" in report["notes"]["not_open"]
    with simulate(path, profile, silent) as found:
        told = "\n".join(text(found, details=True))
    assert told.count("No rule of open tenders bound it.") == 3
    assert "did not bind them" in told


@pytest.mark.parametrize("method", [None, "", "公開招標", "Open procedure", 5])
def test_a_process_whose_method_is_no_word_of_the_standard_is_not_judged(
    tmp_path: Path, profile: Profile, method: object
) -> None:
    report = read(written(tmp_path, release(tender={"procurementMethod": method})), profile)
    assert report["counted"]["unknown"] == 1
    assert report["processes"][0]["findings"] == []
    assert not any(each["open"]["judged"] or each["open"]["reasons"] for each in report["rules"])


def test_what_can_not_be_judged_is_counted_with_its_reason(
    tmp_path: Path, profile: Profile
) -> None:
    path = written(tmp_path, release(ocid="a", tender={"tenderPeriod": None}), release(ocid="b"))
    tendering = rule(read(path, profile), Check.TENDERING)
    assert tendering["open"] == {
        "judged": 1,
        "kept": 1,
        "broken": 0,
        "not_judgeable": 1,
        "processes_broken": 0,
        "reasons": {"not_published": 1},
    }


def test_every_finding_carries_both_figures_and_the_source(profile: Profile) -> None:
    found = [
        each
        for row in read(SAMPLE, profile)["processes"]
        for each in row.get("findings", [])
        if each["verdict"] != "not_judgeable"
    ]
    assert found
    for each in found:
        assert each["published"]
        assert each["required"]
        assert each["source"]


def test_a_process_that_comes_again_is_judged_once(tmp_path: Path, profile: Profile) -> None:
    path = written(tmp_path, release(), release(), release(ocid=None), release(ocid=None))
    report = read(path, profile)
    assert report["counted"]["open"] == 3
    assert report["counted"]["repeated"] == 1
    assert "already" in report["processes"][1]["left_out"]


def test_a_document_that_can_not_be_used_is_counted_and_the_next_is_judged(
    tmp_path: Path, profile: Profile
) -> None:
    path = written(tmp_path, '{"ocid": NaN}', "5", release(), '{"a": 1, "a": 2}')
    report = read(path, profile)
    assert report["counted"]["unreadable"] == 3
    assert [row["line"] for row in report["processes"] if "left_out" in row] == [1, 2, 4]


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path, profile: Profile) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "pipe"):
        with pytest.raises(OcdsFileError), simulate(path, profile, silent):
            pass


def test_processes_wait_on_disk_and_progress_is_told(
    tmp_path: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_IN_MEMORY", 1)
    monkeypatch.setattr(run, "_TELL_EVERY", 2)
    path, told = written(tmp_path, *(release(ocid=str(i)) for i in range(5))), []
    with simulate(path, profile, told.append) as found:
        assert [row["ocid"] for row in found.rows()] == list("01234")
        assert len(list(found.rows())) == 5
    assert told == ["2 processes read …", "4 processes read …"]


def test_ids_are_remembered_up_to_a_bound(
    tmp_path: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_KNOWN", 1)
    path = written(tmp_path, *(release(ocid=each) for each in "aabb"))
    counted = read(path, profile)["counted"]
    assert (counted["open"], counted["repeated"]) == (3, 1)


def test_a_spreadsheet_takes_no_cell_for_a_formula(tmp_path: Path, profile: Profile) -> None:
    evil = release(
        ocid="=1+1", tender={"title": "@SUM(A1)", "procurementMethodDetails": "-2+3", "id": "x"}
    )
    evil["tender"]["lots"][0]["id"] = '+lot\n,"quoted"'
    with simulate(written(tmp_path, evil), profile, silent) as found:
        write_csv(found, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["ocid"] for row in rows} == {"'=1+1"}
    assert {row["title"] for row in rows} == {"'@SUM(A1)"}
    assert {row["procurement_method_details"] for row in rows} == {"'-2+3"}
    assert {row["lot"] for row in rows} == {"", "lot-1", '\'+lot ,"quoted"'}
    assert not any(cell[:1] in ("=", "+", "-", "@") for row in rows for cell in row.values())


def test_the_csv_has_a_line_for_each_finding_and_for_what_was_not_judged(
    tmp_path: Path, profile: Profile
) -> None:
    with simulate(SAMPLE, profile, silent) as found:
        write_csv(found, tmp_path / "out.csv")
        rows = list(found.rows())
    lines = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert len(lines) == sum(max(len(row.get("findings", [])), 1) for row in rows)
    with simulate(SAMPLE, profile, silent) as found, pytest.raises(FileExistsError):
        write_csv(found, tmp_path / "out.csv")
    assert {line["verdict"] for line in lines} >= {"kept", "broken", "not_judged", "left_out"}


def test_a_csv_that_can_not_be_finished_is_not_left(
    tmp_path: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_row: Json) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("terang.simulate.report._lines_of", full)
    with simulate(SAMPLE, profile, silent) as found, pytest.raises(OSError, match="space"):
        write_csv(found, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_the_picture_is_whole_and_says_who_was_not_bound(profile: Profile) -> None:
    for language in ("en", "id"):
        with simulate(SAMPLE, profile, silent) as found, speaking(language):
            picture = ElementTree.fromstring(svg(found))  # noqa: S314 - of our own making
        bars = [each for each in picture.iter() if each.get("class") in ("broken", "kept", "open")]
        assert len(bars) > 10
        assert not [each for each in picture.iter() if each.tag.endswith(("script", "image"))]
    with simulate(SAMPLE, profile, silent) as found:
        assert "did not bind them; had they been open" in svg(found)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def terang(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command and gives its exit code, stdout and stderr."""

    def run_it(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            program.main(["simulate", *map(str, words)])
        out, err = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return stopped.value.code, out, err

    return run_it


def test_the_command_tells_counts_and_every_finding_on_demand(terang: Run) -> None:
    code, out, _err = terang(SAMPLE, "--profile", PROFILE)
    assert code == 0
    assert "Processes published as open: 5" in out
    assert "4 of 5 processes would have broken at least one rule." in out
    assert "evaluated in too short a time *" in out
    assert "Line 2" not in out
    code, out, _err = terang(SAMPLE, "--profile", PROFILE, "--details")
    assert code == 0
    assert "Line 2, ocds-213czf-2: Laptops" in out
    assert "Source: tendering article" in out


def test_the_command_writes_json_csv_and_a_picture(terang: Run, tmp_path: Path) -> None:
    table, picture = tmp_path / "out.csv", tmp_path / "out.svg"
    options = ("--json", "--csv", table, "--chart", picture)
    code, out, _err = terang(SAMPLE, "--profile", PROFILE, *options)
    assert code == 0
    assert json.loads(out)["counted"]["open"] == 5
    assert table.read_text().startswith("line,ocid")
    assert picture.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("missing.jsonl", "--profile", PROFILE), 1, "Cannot open"),
        ((SAMPLE, "--profile", "ukrain"), 1, "ukraine"),
        ((SAMPLE, "--profile", PROFILE, "--csv", SAMPLE), 2, "already"),
        ((SAMPLE, "--profile", PROFILE, "--chart", SAMPLE), 2, "already"),
        ((SAMPLE,), 2, "--profile"),
    ],
)
def test_what_the_command_can_not_do_it_says_in_a_sentence(
    terang: Run, words: tuple[Any, ...], code: int, sentence: str
) -> None:
    before = SAMPLE.read_bytes()
    found, out, err = terang(*words)
    assert (found, out) == (code, "")
    assert sentence in err
    assert SAMPLE.read_bytes() == before


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 10**60)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["open", "goods", "priceOnly", "lot-1", "UAH", "complete", "pending", "\ud800"]
    )
    | st.sampled_from(["2021-03-01", "2021-03-01T09:00:00+02:00", "9999-12-31T23:59:59Z", "x"])
    | st.sampled_from(["2098-12-31T23:59:59-12:00", "2000-01-01T00:00:00+14:00"])
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "amount", "currency", "endDate", "date", "status", "relatedLots"]),
        inner, max_size=4), max_leaves=12,
)  # fmt: skip
PLACES = [
    ("tender",), ("bids",), ("awards",), ("contracts",), ("ocid",), ("bids", "details"),
    *(("tender", key) for key in (
        "procurementMethod", "mainProcurementCategory", "awardCriteria", "datePublished",
        "tenderPeriod", "enquiryPeriod", "amendments", "lots", "value", "numberOfTenderers",
        "tenderers", "status", "procurementMethodDetails",
    )),
    ("tender", "tenderPeriod", "endDate"), ("tender", "enquiryPeriod", "endDate"),
    *(("awards", 0, key) for key in ("date", "id", "status", "suppliers", "value", "relatedLots")),
    *(("contracts", 0, key) for key in ("dateSigned", "awardID")),
    *(("bids", "details", 0, key) for key in ("value", "status", "tenderers", "relatedLot")),
    ("tender", "lots", 0, "value"), ("tender", "lots", 0, "id"),
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(PLACES), anything), max_size=4))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_release_is_judged_or_said_not_to_be(
    profile: Profile, changes: list[tuple[tuple[Any, ...], Any]]
) -> None:
    made: Any = release()
    for path, value in changes:
        place = made
        try:
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue
    for found in judge(profile, facts(1, made)):
        assert (found.verdict is Verdict.UNKNOWN) == (found.reason is not None)
        assert bool(found.because) != bool(found.published and found.required and found.source)


REAL = os.environ.get("TERANG_OCDS_REAL", "")


@pytest.mark.skipif(not REAL, reason="TERANG_OCDS_REAL names no file of real publications")
def test_the_real_file_under_the_profile_of_ukraine() -> None:
    """docs/simulate.md explains these counts."""
    with simulate(Path(REAL), load("ukraine"), silent) as found:
        tally = found.tally
    assert dict(tally.processes) == {
        Procedure.OPEN: 78,
        Procedure.NOT_OPEN: 181,
        Procedure.UNKNOWN: 35,
    }
    assert (tally.unreadable, tally.repeated) == (0, 0)
    assert dict(tally.breaking) == {
        Procedure.OPEN: 62,
        Procedure.NOT_OPEN: 105,
        Procedure.UNKNOWN: 0,
    }
    counts = {
        check.value: tuple(
            (tally.judged(check, each), tally.broken(check, each), tally.unknown(check, each))
            for each in (Procedure.OPEN, Procedure.NOT_OPEN)
        )
        for check in Check
    }
    assert counts == {
        "method": ((43, 0, 35), (81, 0, 100)),
        "tendering_period": ((41, 15, 37), (102, 51, 79)),
        "enquiry_period": ((52, 50, 26), (47, 45, 134)),
        "amendment_period": ((0, 0, 0), (0, 0, 0)),
        "minimum_bids": ((68, 0, 28), (226, 0, 101)),
        "ceiling": ((45, 1, 51), (190, 6, 137)),
        "abnormal_under_estimate": ((0, 0, 0), (0, 0, 0)),
        "abnormal_under_mean": ((34, 1, 57), (93, 11, 164)),
        "lowest_price": ((39, 0, 13), (163, 0, 69)),
        "evaluation_period": ((21, 12, 82), (74, 69, 181)),
        "standstill_period": ((38, 1, 65), (35, 3, 220)),
        "signing_period": ((37, 19, 66), (33, 6, 222)),
    }
    assert tally.reasons[Check.STANDSTILL, Procedure.OPEN, Reason.SAME_DATE] == 47
