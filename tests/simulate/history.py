"""A process that keeps to every rule of the tests' profile, and ways to change it."""

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

from terang.rules import Profile
from terang.simulate.facts import facts
from terang.simulate.judge import judge
from terang.simulate.verdict import Check, Finding

Json = dict[str, Any]


def bid(who: str, amount: object, **members: Any) -> Json:
    """A bid for the only lot."""
    return {
        "id": f"bid-{who}",
        "status": "valid",
        "tenderers": [{"id": f"ID-{who}", "name": who}],
        "value": {"amount": amount, "currency": "UAH"},
        "relatedLot": "lot-1",
    } | members


def award(who: str, amount: object = 900, **members: Any) -> Json:
    """An award of the only lot, made on Monday 15 March 2021."""
    return {
        "id": f"award-{who}",
        "status": "active",
        "date": "2021-03-15T12:00:00+02:00",
        "suppliers": [{"id": f"ID-{who}", "name": who}],
        "value": {"amount": amount, "currency": "UAH"},
        "relatedLots": ["lot-1"],
    } | members


def contract(who: str, signed: object) -> Json:
    """The contract of an award."""
    return {"id": f"contract-{who}", "awardID": f"award-{who}", "dateSigned": signed}


def release(**members: Any) -> Json:
    """An open tender for goods: Monday 1 March 2021, closing on Wednesday 10 March, noon in Kyiv.

    8 March is a holiday in Ukraine, so that the fifth working day is Tuesday 9 March.

    Args:
        members: of the release; `tender` is merged into the tender that stands there.
    """
    made: Json = {
        "ocid": "ocds-213czf-1",
        "tender": {
            "title": "Desks for a school",
            "status": "complete",
            "procurementMethod": "open",
            "mainProcurementCategory": "goods",
            "awardCriteria": "priceOnly",
            "datePublished": "2021-03-01T09:00:00+02:00",
            "tenderPeriod": {"endDate": "2021-03-10T12:00:00+02:00"},
            "enquiryPeriod": {"endDate": "2021-03-08T12:00:00+02:00"},
            "lots": [{"id": "lot-1", "value": {"amount": 1000, "currency": "UAH"}}],
        },
        "bids": {"details": [bid("alice", 900), bid("bob", 950), bid("carol", 990)]},
        "awards": [award("alice")],
        "contracts": [contract("alice", "2021-03-29T10:00:00+03:00")],
    }
    tender = made["tender"] | members.pop("tender", {})
    return deepcopy({key: each for key, each in (made | members | {"tender": tender}).items()})


def findings(profile: Profile, document: Json) -> list[Finding]:
    """Everything that is found of a release, read as from a file: numbers exact."""
    exact = json.loads(json.dumps(document), parse_float=Decimal)
    return list(judge(profile, facts(1, exact)))


def finding(profile: Profile, check: Check, document: Json) -> Finding:
    """The one finding of a check."""
    (found,) = [each for each in findings(profile, document) if each.check is check]
    return found
