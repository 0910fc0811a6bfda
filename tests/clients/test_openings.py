"""What an auditor works out of the boxes that the TypeScript client opens in its own tests."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from terang.replay import recheck, rules
from terang.sealing.envelope import Void as Defect
from terang.sealing.envelope import open_envelope
from terang.vocabulary import Question

FILE = Path(__file__).parents[1] / "vectors" / "sealing" / "openings.json"


def reasons(judge: Any, rows: list[dict[str, Any]], secret: str, first: int = 0) -> list[int]:
    found = []
    for index, row in enumerate(rows, first):
        envelope = bytes.fromhex(row["envelope"][2:])
        try:
            opened = open_envelope(envelope, int(secret, 16), judge.where.id)
            found.append(int(judge.judge(index, opened.plaintext)))
        except Defect as defect:
            found.append(int(defect.reason))
    return found


def test_boxes_open_here_as_the_vectors_list(monkeypatch: pytest.MonkeyPatch) -> None:
    file = json.loads(FILE.read_text())
    signers = {
        each["account"]: (each["organisation"], each["eligible"]) for each in file["accounts"]
    }
    seats = {row["seat"]: row["account"] for row in file["seats"]}
    monkeypatch.setattr(rules, "bidder_at", lambda state, account, time: signers[account])
    monkeypatch.setattr(rules, "account_at", lambda state, seat, time: seats[seat])
    proposals: list[Any] = []  # of the box before
    for row in file["tenders"]:
        if row["bidSecurity"]:
            continue  # what stood behind bids is in no vector
        tender: Any = SimpleNamespace(id=row["tenderId"], opened=proposals, priced=[])
        tender.terms = {"ceiling": int(row["ceiling"], 16), "bidSecurity": 0}
        tender.secured_in = ""
        tender.buyer, tender.version = row["buyer"], row["version"]
        box: Any = SimpleNamespace(stage=row["stage"], closes_at=0)
        judge: Any = recheck._Bids(state_of(row), tender, box)
        rows = [each for each in file["bids"] + file["proposals"] if each["boxId"] == row["boxId"]]
        assert rows
        found = []
        proposals = []
        for index, each in enumerate(rows):
            found += reasons(judge, [each], row["secret"], index)
            if row["stage"] == 1 and found[-1] == 0:
                _index, organisation, *_more, nonce = judge.message
                proposals.append(Opened(index, organisation, nonce))
        assert found == [each["reason"] for each in rows]
    for row in file["panels"]:
        question = Question.QUALITY if row["scored"] else Question.RESPONSIVENESS
        panel = SimpleNamespace(
            panel=tuple(seats), bidders=row["bids"], ballots=[], question=question
        )
        rounds = [None] * (row["stage"] - 16) + [panel]
        box = SimpleNamespace(stage=row["stage"], closes_at=0)
        tender = SimpleNamespace(id=row["tenderId"], box=box, award=SimpleNamespace(rounds=rounds))
        judge = recheck._Ballots(state_of(row), tender, box)
        rows = [each for each in file["ballots"] if each["boxId"] == row["boxId"]]
        assert rows
        assert reasons(judge, rows, row["secret"]) == [each["reason"] for each in rows]


def state_of(row: dict[str, Any]) -> Any:
    addresses = {"Tenders": row["contract"], "Ballots": row["contract"]}
    return SimpleNamespace(chain_id=row["chainId"], addresses=addresses, securities={})


class Opened(NamedTuple):
    """What the judge of prices reads of a proposal that counted."""

    envelope: int
    organisation: int
    nonce: int
