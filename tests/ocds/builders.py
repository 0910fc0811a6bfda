"""Small OCDS documents for tests, with roles for names."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from terang.ocds import ProcessPlan, plan_process, read_plans

Json = dict[str, Any]


def bid(who: str, amount: object, lot: str | None = "lot-1", **members: Any) -> Json:
    """A bid in UAH; a member given as None is left out."""
    made = {
        "id": f"bid-of-{who}-{lot}",
        "tenderers": [{"id": f"ID-{who}", "name": who}],
        "value": {"amount": amount, "currency": "UAH"},
        "relatedLot": lot,
    } | members
    return {key: value for key, value in made.items() if value is not None}


def award(who: str, amount: object = 100, **members: Any) -> Json:
    """An award of lot-1 in UAH."""
    made = {
        "id": f"award-to-{who}",
        "suppliers": [{"id": f"ID-{who}", "name": who}],
        "value": {"amount": amount, "currency": "UAH"},
        "relatedLots": ["lot-1"],
        "status": "active",
    }
    return made | members


def release(
    *bids: Json, lots: Any = ("lot-1",), tender: Json | None = None, **members: Any
) -> Json:
    """A release of a buyer whose lots each have an estimate of 1,000 UAH."""
    declared = [
        {"id": lot, "title": f"Title of {lot}", "value": {"amount": 1000, "currency": "UAH"}}
        for lot in lots
    ]
    return {
        "ocid": "ocds-213czf-1",
        "buyer": {"id": "ID-buyer", "name": "buyer"},
        "tender": {"title": "Road", "status": "complete", "lots": declared} | (tender or {}),
        "bids": {"details": list(bids)},
    } | members


def plan(document: Json) -> ProcessPlan:
    """The plan of one release as the reader would see it: numbers exact."""
    return plan_process(1, json.loads(json.dumps(document), parse_float=Decimal))


def plans_of(folder: Path, content: str | bytes, name: str = "file.json") -> list[ProcessPlan]:
    """The plans of a file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_plans(path))


def reasons(plans: list[ProcessPlan]) -> str:
    """All reasons for skipping, one a line."""
    return "\n".join(skipped.reason for plan in plans for skipped in plan.skipped)
