"""What a running opener answers over HTTP."""

import re
import time
from dataclasses import replace

import pytest
import requests

from terang.errors import UsageError
from terang.opener.board import board
from terang.opener.holdings import Fault
from terang.opener.report import STALE, Report, Waiting
from terang.opener.status import ask
from terang.serving.doors import CannotListen

FRESH = Report(
    looked=1e-9,
    block=12,
    now=1_000,
    ready=40,
    taken=3,
    making=1,
    shares=2,
    waiting=(Waiting(7, 0, 4_600, (5, 6), 2),),
    sent=9,
    errors={"ChainUnreachable": 2},
    faults=frozenset({Fault("wrong share", 1, 4)}),
)


def fresh() -> Report:
    return replace(FRESH, looked=time.monotonic())


def test_the_pages_tell_what_the_report_has() -> None:
    with board("127.0.0.1", 0, fresh) as url:
        health = requests.get(f"{url}/health", timeout=5)
        metrics = requests.get(f"{url}/metrics", timeout=5)
        assert requests.get(f"{url}/secret", timeout=5).status_code == 404
        assert requests.post(f"{url}/health", timeout=5).status_code == 405
        assert ask(url)["well"] is True
    assert health.status_code == 200
    told = health.json()
    assert (told["well"], told["block"], told["ready"]) == (True, 12, 40)
    assert told["waiting"][0] == {
        "tender": 7, "stage": 0, "until": "1970-01-01T01:16:40+00:00", "missing": [5, 6],
        "needed": 2,
    }  # fmt: skip
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for line in (
        "terang_opener_well 1",
        "terang_opener_keys_ready 40",
        "terang_opener_keys_taken 3",
        "terang_opener_batches_under_way 1",
        "terang_opener_shares_published 2",
        "terang_opener_last_block 12",
        "terang_opener_boxes_waiting 1",
        'terang_opener_box_seconds_left{tender="7",stage="0"} 3600',
        'terang_opener_errors_total{kind="ChainUnreachable"} 2',
        'terang_opener_faults{kind="wrong share",epoch="1",opener="4"} 1',
    ):
        assert line in metrics.text.splitlines()


def test_every_line_of_the_metrics_is_in_prometheus_format() -> None:
    sample = re.compile(
        r'terang_opener_[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? -?[\d.]+'
    )
    for line in fresh().metrics().splitlines():
        assert line.startswith(("# HELP terang_opener_", "# TYPE terang_opener_")) or (
            sample.fullmatch(line)
        ), line


@pytest.mark.parametrize(
    "report",
    [
        Report(),
        replace(FRESH, looked=time.monotonic() - STALE),
        replace(FRESH, looked=time.monotonic() + 3600, can_pay=False),
    ],
)
def test_who_does_not_see_the_chain_or_cannot_pay_is_not_well(report: Report) -> None:
    with board("127.0.0.1", 0, lambda: report) as url:
        answer = requests.get(f"{url}/health", timeout=5)
        assert "terang_opener_well 0" in requests.get(f"{url}/metrics", timeout=5).text
    assert answer.status_code == 503
    assert answer.json()["well"] is False


def test_a_place_that_is_taken_is_said() -> None:
    with (
        board("127.0.0.1", 0, Report) as url,
        pytest.raises(CannotListen, match="another address"),
        board("127.0.0.1", int(url.rpartition(":")[2]), Report),
    ):
        pass


def test_a_service_that_is_not_there_is_said(steady_port: int) -> None:
    for url in (f"http://127.0.0.1:{steady_port}", "nowhere", "file:///etc/passwd"):
        with pytest.raises(UsageError, match="No opener's service"):
            ask(url)
