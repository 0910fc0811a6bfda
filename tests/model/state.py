"""What the contracts say of themselves, beside what the model says."""

from collections.abc import Iterable

from .facts import BALLOTS, FAILURES, PHASES, STATUSES, Complaint, Tender
from .procedure import Procedure
from .world import SUPPLIERS, World, address


def same(what: object, contracts: object, model: object) -> None:
    """Compares what the contracts say with what the model says."""
    if contracts != model:
        raise AssertionError(f"{what}: the contracts say {contracts!r}, the model {model!r}")


def compare_standing(world: World, model: Procedure, ids: Iterable[int]) -> None:
    """Phase, failure and winner of these tenders, and what `Reviews` holds."""
    for id_ in ids:
        tender = model.tenders[id_]
        phase, failure = world.read("Awards", "standing", id_)
        same(f"tender {id_}", (PHASES[phase], FAILURES[failure]), model.standing(id_))
        won = world.read("Awards", "winnerOf", id_)
        price = tender.bids[tender.winner].price if tender.winner else 0
        same(f"winner of {id_}", (won["organisation"], won["price"]), (tender.winner, price))
    held = world.read(world.token, "balanceOf", world.contracts["Reviews"].address)
    same("deposits held", held, model.money["reviews"])


def compare_all(world: World, model: Procedure) -> None:
    """Everything that the contracts show."""
    compare_standing(world, model, model.tenders)
    same("tenders", world.read("Tenders", "tenderCount"), len(model.tenders))
    same("rules", world.read("Rules", "ruleCount"), len(model.rules))
    for number, rule in enumerate(model.rules, 1):
        same("rule", tuple(world.read("Rules", "ruleOf", number).values()), tuple(rule))
    for tender in model.tenders.values():
        _compare_tender(world, tender)
    for id_, complaint in model.complaints.items():
        _compare_complaint(world, id_, complaint)
    for name in (*SUPPLIERS, "treasury"):
        held = world.read(world.token, "balanceOf", address(name))
        same(f"money of {name}", held, model.money[name])


def _compare_tender(world: World, tender: Tender) -> None:
    id_, prices = tender.id, tender.prices
    shown = world.read("Tenders", "tenderOf", id_)
    fields = ("buyer", "version", "lot", "priceSum", "prices", "minimumBids")
    wanted = (tender.buyer, tender.version, tender.lot, sum(prices), len(prices))
    same(
        f"tender {id_}",
        tuple(shown[each] for each in fields),
        (*wanted, tender.terms.minimum_bids),
    )
    count = world.read("Tenders", "bidderCount", id_)
    same(
        f"bids of {id_}",
        [tuple(world.read("Tenders", "bidAt", id_, place).values()) for place in range(count)],
        [(organisation, bid.price, bid.nonce) for organisation, bid in tender.bids.items()],
    )
    same(
        f"excluded of {id_}",
        [world.read("Awards", "isExcluded", id_, place) for place in range(count)],
        [organisation in tender.excluded for organisation in tender.bids],
    )
    for stage, box in tender.boxes.items():
        found = world.read("Ballots" if stage >= BALLOTS else "Tenders", "boxOf", id_, stage)
        same(
            f"box {stage} of {id_}",
            tuple(found[each] for each in ("closesAt", "count", "opened", "shut")),
            (box.closes, len(box.messages), box.opened, box.shut),
        )
    for number, round_ in enumerate(tender.rounds):
        panel = list(world.read("Ballots", "panelOf", id_, number))
        same(f"panel {number} of {id_}", panel, round_.panel)
        ballots = world.read("Ballots", "roundOf", id_, number)["ballots"]
        same(f"ballots {number} of {id_}", ballots, len(round_.ballots))


def _compare_complaint(world: World, id_: int, complaint: Complaint) -> None:
    found = world.read("Reviews", "complaintOf", id_)
    wanted = {
        "status": STATUSES.index(complaint.status),
        "award": complaint.award,
        "tenderer": complaint.tenderer,
        "tenderId": complaint.tender.id,
        "ruling": complaint.ruling,
        "abusive": complaint.abusive,
        "deposit": complaint.deposit,
        "depositor": address(complaint.depositor),
        "attempts": len(complaint.panels),
        "quorum": complaint.quorum,
        "decideBy": complaint.decide_by,
        "votes": len(complaint.votes),
    }
    same(f"complaint {id_}", {name: found[name] for name in wanted}, wanted)
    for attempt, panel in enumerate(complaint.panels):
        shown = list(world.read("Reviews", "panelOf", id_, attempt))
        same(f"panel {attempt} of complaint {id_}", shown, panel)
