"""What a run says of itself: on the terminal and beside the ledger, in both languages."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from terang.demo.acts import Stage
from terang.demo.cast import Member
from terang.demo.summary import summary
from terang.demo.words import names
from terang.i18n import speaking
from terang.identity.wallet import Wallet
from terang.ocds import SAMPLE
from terang.vocabulary import SeatClass

LEDGER = SimpleNamespace(chain=SimpleNamespace(client="Anvil"))
ROW = {"line": 7, "lot": "", "agrees": False, "why": "Because."}


def report(**changes: Any) -> dict[str, Any]:
    """A run of three tenders."""
    totals = {
        "tenders": 3,
        "processes": 2,
        "phases": {"cancelled": 1, "closed": 2},
        "bids": {"sealed": 9, "opened": 5, "void": 1},
        "documents_read": 6,
        "awards": {"agree": 2, "differ": 1, "not_published": 0},
        "paid": {"IDR": "12.00", "JPY": "0"},
    }
    whole = {
        "totals": {**totals, **changes.pop("totals", {})},
        "processes": [ROW],
        "skipped": [],
        "gas": {"publish": 181_000, "seal": None},
        "replay": "equal",
    }
    return {**whole, **changes}


def empty(skipped: int) -> dict[str, Any]:
    """A run of a file in which nothing can run."""
    return report(
        totals={"tenders": 0, "processes": 0, "phases": {}, "paid": {}},
        processes=[],
        skipped=[{"line": line, "reason": f"Reason {line}."} for line in range(1, skipped + 1)],
        gas={"publish": None},
    )


def test_the_summary_tells_the_run() -> None:
    with speaking("en"):
        assert summary(report()).splitlines() == [
            "3 tenders of 2 processes ran; cancelled: 1, paid and closed: 2.",
            "9 bids sealed, 5 opened and valid, 1 void; documents of 6 bids read back.",
            "Awards: 2 agree with the published ones, 1 differ, 0 have none published.",
            "Paid: 12.00 IDR.",
            "Line 7, lot –: Because.",
            "Gas, median: publish 181,000.",
            "Replay: the events rebuild every field of the contracts' storage.",
        ]


def test_phases_are_told_in_indonesian() -> None:
    with speaking("id"):
        assert "; dibatalkan: 1, dibayar dan ditutup: 2." in summary(report())


def test_a_run_that_pays_nothing_says_nothing_of_payments() -> None:
    with speaking("en"):
        assert "Paid" not in summary(report(totals={"paid": {"IDR": "0.00"}}))


@pytest.mark.parametrize(("skipped", "told"), [(0, 0), (1, 1), (6, 5)])
def test_a_run_of_nothing_tells_the_first_reasons(skipped: int, told: int) -> None:
    with speaking("en"):
        lines = summary(empty(skipped)).splitlines()
    left_out = f"{skipped} lots or processes were left out; --json lists each with its reason."
    assert lines == [
        "No tender ran.",
        *[f"Line {line}: Reason {line}." for line in range(1, told + 1)],
        *([left_out] if skipped else []),
        "Replay: the events rebuild every field of the contracts' storage.",
    ]


def test_differences_of_the_replay_are_counted() -> None:
    with speaking("en"):
        said = summary(report(replay=[{}, {}]))
    assert said.endswith("Replay: 2 fields DIFFER from the contracts' storage.")


def test_seats_are_named_by_class_and_number_in_each_language() -> None:
    classes = [SeatClass.AGENCY, SeatClass.AGENCY, SeatClass.AUDITOR, SeatClass.CITIZEN]
    members = {
        seat: Member(seat, each, "Agency 1", Wallet.create())
        for seat, each in reversed(list(enumerate(classes, 1)))
    }
    found = names(cast("Stage", SimpleNamespace(ledger=LEDGER, members=members)), [], SAMPLE)
    assert found["en"].seats == {1: "Agency 1", 2: "Agency 2", 3: "Auditor 1", 4: "Citizen 1"}
    assert found["id"].seats == {1: "Lembaga 1", 2: "Lembaga 2", 3: "Auditor 1", 4: "Warga 1"}
