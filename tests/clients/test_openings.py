"""What an auditor works out of the boxes that the TypeScript client opens in its own tests."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from terang.replay import recheck, rules
from terang.sealing.envelope import Void as Defect
from terang.sealing.envelope import open_envelope

FILE = Path(__file__).parents[1] / "vectors" / "sealing" / "openings.json"


def reasons(judge: Any, rows: list[dict[str, Any]], secret: str) -> list[int]:
    found = []
    for index, row in enumerate(rows):
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
    for row in file["tenders"] + file["panels"]:
        state: Any = SimpleNamespace(
            chain_id=row["chainId"],
            addresses={"Tenders": row["contract"], "Awards": row["contract"]},
        )
        tender: Any = SimpleNamespace(id=row["tenderId"], opened=[])
        box: Any = SimpleNamespace(stage=row["stage"], closes_at=0)
        if row in file["tenders"]:
            tender.terms = {"ceiling": int(row["ceiling"], 16)}
            tender.buyer, tender.version = row["buyer"], row["version"]
            judge: Any = recheck._Bids(state, tender, box)
            rows = file["bids"]
        else:
            panel = SimpleNamespace(panel=list(seats), bidders=row["bids"], ballots=[])
            tender.award = SimpleNamespace(rounds=[None, panel])
            tender.box = box
            judge = recheck._Ballots(state, tender, box)
            rows = file["ballots"]
        rows = [each for each in rows if each["boxId"] == row["boxId"]]
        assert rows
        assert reasons(judge, rows, row["secret"]) == [each["reason"] for each in rows]
