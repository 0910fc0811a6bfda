"""What the contracts say of themselves, beside what the model says."""

from collections.abc import Iterable
from typing import Any

from .facts import BALLOTS, Tender
from .procedure import Procedure
from .world import SUPPLIERS, World, address

PHASES = (
    "NONE",
    "TENDERING",
    "OPENING",
    "EVALUATION",
    "PRICE_OPENING",
    "STANDSTILL",
    "AWARDED",
    "CONTRACTED",
    "UNSUCCESSFUL",
    "CANCELLED",
)
FAILURES = (
    "NONE",
    "WITHHELD",
    "TOO_FEW_BIDS",
    "NOT_DRAWN",
    "NO_QUORUM",
    "NO_BID_ACCEPTABLE",
    "NOT_SIGNED",
)
STATUSES = ("NONE", "OPEN", "DECIDED", "LAPSED", "MOOT")


def compare_standing(world: World, model: Procedure, ids: Iterable[int]) -> None:
    """Phase, failure and winner of these tenders, and what `Reviews` holds."""
    for id_ in ids:
        tender = model.tenders[id_]
        phase, failure = world.read("Awards", "standing", id_)
        assert (PHASES[phase], FAILURES[failure]) == model.standing(id_), id_
        won = world.read("Awards", "winnerOf", id_)
        price = tender.bids[tender.winner].price if tender.winner else 0
        assert (won["organisation"], won["price"]) == (tender.winner, price), id_
    held = world.read(world.token, "balanceOf", world.contracts["Reviews"].address)
    assert held == model.money["reviews"]


def compare_all(world: World, model: Procedure) -> None:
    """Everything that the contracts show."""
    compare_standing(world, model, model.tenders)
    assert world.read("Tenders", "tenderCount") == len(model.tenders)
    assert world.read("Rules", "ruleCount") == len(model.rules)
    for number, rule in enumerate(model.rules, 1):
        assert tuple(world.read("Rules", "ruleOf", number).values()) == rule
    for tender in model.tenders.values():
        _compare_tender(world, tender)
    for id_, complaint in model.complaints.items():
        found = world.read("Reviews", "complaintOf", id_)
        assert _complaint(found) == {
            "status": complaint.status,
            "award": complaint.award,
            "tenderer": complaint.tenderer,
            "tenderId": complaint.tender.id,
            "ruling": complaint.ruling,
            "abusive": complaint.abusive,
            "deposit": complaint.deposit,
            "depositor": address(complaint.depositor),
            "quorum": complaint.quorum,
            "decideBy": complaint.decide_by,
            "votes": len(complaint.votes),
        }
        for attempt, panel in enumerate(complaint.panels):
            assert list(world.read("Reviews", "panelOf", id_, attempt)) == panel
    for name in (*SUPPLIERS, "treasury"):
        assert world.read(world.token, "balanceOf", address(name)) == model.money[name], name


def _complaint(found: dict[str, Any]) -> dict[str, Any]:
    shown = found | {"status": STATUSES[found["status"]]}
    left_out = {"attempts", "voted", "rulings", "abuses", "token"}
    return {name: value for name, value in shown.items() if name not in left_out}


def _compare_tender(world: World, tender: Tender) -> None:
    shown = world.read("Tenders", "tenderOf", tender.id)
    assert (shown["buyer"], shown["version"], shown["lot"]) == (
        tender.buyer,
        tender.version,
        tender.lot,
    )
    assert (shown["priceSum"], shown["prices"]) == (sum(tender.prices), len(tender.prices)), (
        shown,
        tender,
    )
    bids = [
        tuple(world.read("Tenders", "bidAt", tender.id, position).values())
        for position in range(world.read("Tenders", "bidderCount", tender.id))
    ]
    assert bids == [(who, each.price, each.nonce) for who, each in tender.bids.items()]
    for position, organisation in enumerate(tender.bids):
        excluded = world.read("Awards", "isExcluded", tender.id, position)
        assert excluded == (organisation in tender.excluded)
    for stage, box in tender.boxes.items():
        contract = "Ballots" if stage >= BALLOTS else "Tenders"
        found = world.read(contract, "boxOf", tender.id, stage)
        assert (found["closesAt"], found["count"], found["opened"], found["shut"]) == (
            box.closes,
            len(box.messages),
            box.opened,
            box.shut,
        )
    for number, round_ in enumerate(tender.rounds):
        assert list(world.read("Ballots", "panelOf", tender.id, number)) == round_.panel
        ballots = world.read("Ballots", "roundOf", tender.id, number)
        assert ballots["ballots"] == len(round_.ballots)
