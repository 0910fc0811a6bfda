"""Which bids of the story's tenders an overview shows."""

from terang.ledger import Ledger, dossier
from terang.ledger.overview import show
from terang.replay.audit import empty_state
from terang.replay.fold import fold
from terang.replay.rules import standing_bids

from .story import Told, account


def test_bids_are_shown_only_once_the_whole_box_is_open(told: Told) -> None:
    opened = [place for place, each in enumerate(told.events) if each.name == "BidOpened"]
    events = told.events[: opened[0] + 1]
    half = fold(empty_state(told.deployment), events, told.times)
    number = events[-1].args["tenderId"]
    assert half.tenders[number].bids
    assert standing_bids(half, half.tenders[number]) == []


def test_what_is_replaced_or_withdrawn_is_no_bid_that_counts(told: Told) -> None:
    state = fold(empty_state(told.deployment), told.events, told.times)
    shown = {
        number: [(each.account, each.price) for each in standing_bids(state, state.tenders[number])]
        for number in (1, 2, 4)
    }
    supplier, rival = account("supplier"), account("rival")
    assert shown == {1: [(supplier, 1001), (rival, 1001)], 2: [], 4: [(rival, 2000)]}


def test_a_tender_in_a_token_that_nobody_knows_is_shown_in_its_smallest_units(told: Told) -> None:
    state = fold(empty_state(told.deployment), told.events, told.times)
    ledger, tender = Ledger(told.chain, told.deployment, told.artifacts), state.tenders[5]
    price = tender.award.winner.price
    amount = f"{price:,} smallest units"
    text, document = show(ledger, state, tender)
    assert f"currency {tender.terms['currency']} is not in this ledger's record" in text
    assert document["award"]["price"] == document["agreement"]["funded"] == price
    assert document["milestones"][0]["status"] == "paid"
    for page in (dossier.award, dossier.agreement, dossier.milestones):
        said, _document = page(tender, ledger)
        assert "smallest units" in said
        assert said in text
    assert amount in text
