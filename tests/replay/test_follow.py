"""What became of each bid of the story, by its receipt."""

import json
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from terang.chain.sentences import ENUMS
from terang.errors import UsageError
from terang.i18n import speaking
from terang.i18n.show import money
from terang.ledger.plan import Currency
from terang.ledger.receipts import BidReceipt, Sealing
from terang.replay.audit import empty_state
from terang.replay.fold import fold
from terang.replay.follow import STEPS, Course, follow
from terang.replay.state import GRACE, WITHDRAWN, State
from terang.vocabulary import Void

from .story import Told, account


@pytest.fixture(scope="module")
def state(told: Told) -> State:
    return fold(empty_state(told.deployment), told.events, told.times)


def receipt(state: State, tender: int, place: int) -> BidReceipt:
    """The receipt of the envelope at a place of a tender's box."""
    envelope = state.tenders[tender].box.envelopes[place].content
    return BidReceipt(tender, place + 1, 1, keccak(envelope), bytes(32))


def both(state: State, tender: int, proposal: int, price: int | None) -> BidReceipt:
    """The receipt of two envelopes; None for a price that is in no box."""
    boxes = state.tenders[tender]
    assert boxes.prices
    first = keccak(boxes.box.envelopes[proposal].content)
    second = bytes(32) if price is None else keccak(boxes.prices.envelopes[price].content)
    return BidReceipt(
        tender, 1, 1, second, bytes(32), proposal=Sealing(first, bytes(32)), version=1
    )


def told_of(state: State, receipt: BidReceipt, now: int = 0) -> list[str]:
    return [each.name for each in follow(state, receipt, now).steps]


def course(state: State, tender: int, place: int, now: int = 0) -> Course:
    return follow(state, receipt(state, tender, place), now)


def names(state: State, tender: int, place: int, now: int = 0) -> list[str]:
    return [each.name for each in course(state, tender, place, now).steps]


def until(told: Told, name: str, tender: int) -> State:
    """The ledger just before the first event of a name about a tender."""
    first = next(
        place
        for place, each in enumerate(told.events)
        if each.name == name and each.args["tenderId"] == tender
    )
    return fold(empty_state(told.deployment), told.events[:first], told.times)


def test_a_bid_is_sealed_until_its_box_opens(told: Told, state: State) -> None:
    assert names(until(told, "BidOpened", 1), 1, 0) == ["sealed"]


def test_a_bid_whose_key_is_withheld_is_never_opened(state: State) -> None:
    late = state.tenders[6].box.closes_at + GRACE
    assert names(state, 6, 0, late - 1) == ["sealed"]
    found = course(state, 6, 0, late)
    assert [(each.name, each.at, each.block) for each in found.steps[1:]] == [
        ("withheld", late, None)
    ]
    assert found.document()["status"] == "withheld"
    assert found.document()["steps"][-1]["block"] is None
    last = found.text(None).splitlines()[-1]
    assert "nobody can open the bid any more" in last
    assert "unsuccessful" in last
    assert "block" not in last
    assert names(state, 2, 0, late) == ["sealed", "cancelled"]
    assert names(state, 1, 0, late) == names(state, 1, 0)  # released in time


def test_a_withdrawal_is_told_as_one(state: State) -> None:
    places = {each.price: each.envelope for each in state.tenders[3].opened}
    assert names(state, 3, places.pop(WITHDRAWN)) == ["sealed", "withdrawn"]
    for place in places.values():  # what was withdrawn
        assert names(state, 3, place) == ["sealed", "opened", "withdrawn"]
        assert "withdrew" in course(state, 3, place).text(None)


def test_a_bid_of_a_cancelled_tender_stays_sealed(state: State) -> None:
    found = course(state, 2, 0)
    assert [each.name for each in found.steps] == ["sealed", "cancelled"]
    assert found.steps[-1].at == state.tenders[2].cancelled.time
    assert found.document()["status"] == "cancelled"


@pytest.mark.parametrize(("place", "reason"), [(3, "superseded"), (4, "ineligible")])
def test_a_void_envelope_says_why_it_does_not_count(state: State, place: int, reason: str) -> None:
    last = course(state, 1, place).steps[-1]
    released = state.opening_keys[state.tenders[1].box.key].released
    assert (last.name, last.reason) == ("void", Void[reason.upper()])
    assert (last.at, last.block) == (released.time, released.block)
    said = {}
    for language in ("en", "id"):
        with speaking(language):
            said[language] = course(state, 1, place).text(None)
    assert ENUMS["Void"][last.reason] in said["en"]
    assert ENUMS["Void"][last.reason] not in said["id"]
    assert reason not in said["id"]
    assert course(state, 1, place).document()["steps"][-1]["reason"] == reason


def test_an_earlier_bid_is_replaced_by_the_later_one(state: State) -> None:
    assert names(state, 1, 0) == ["sealed", "opened", "replaced"]


def test_the_winning_bid_is_followed_to_the_end_of_its_agreement(state: State) -> None:
    won = next(each for each in state.tenders[1].opened if each.account == winner(state))
    found = course(state, 1, state.tenders[1].bids[won.organisation].envelope)
    assert [each.name for each in found.steps] == [
        "sealed", "opened", "first", "awarded", "signed", "paid", "paid", "closed",
    ]  # fmt: skip
    assert sum(each.amount for each in found.steps) == 1001
    assert [each.at for each in found.steps] == sorted(each.at for each in found.steps)
    payments = [each["amount"] for each in found.document()["steps"] if each["name"] == "paid"]
    assert sum(map(int, payments)) == 1001
    paid = [each.amount for each in found.steps if each.name == "paid"]
    rupiah = Currency("IDR", 2)
    for amount in paid:
        assert money(amount, rupiah) in found.text(rupiah)
        assert money(amount, None) in found.text(None)  # of a token that is not known
    assert found.token == state.tenders[1].terms["currency"]


def winner(state: State) -> str:
    won = state.tenders[1].award.winner
    return state.tenders[1].bids[won.organisation].account


def test_a_bid_that_lost_says_so_and_nothing_of_the_agreement(state: State) -> None:
    loser = account("rival" if winner(state) == account("supplier") else "supplier")
    bid = next(each for each in state.tenders[1].bids.values() if each.account == loser)
    assert names(state, 1, bid.envelope) == ["sealed", "opened", "lost"]


def test_a_bid_is_first_in_rank_before_it_is_awarded(told: Told) -> None:
    assert names(until(told, "Awarded", 9), 9, 0) == ["sealed", "opened", "first"]


def test_an_award_that_is_never_signed_ends_with_the_award(state: State) -> None:
    assert names(state, 9, 0) == ["sealed", "opened", "first", "awarded"]


def test_an_envelope_of_another_tender_or_ledger_is_unknown(state: State) -> None:
    known = receipt(state, 1, 0)
    for unknown in (
        replace(known, tender=2),
        replace(known, tender=999),
        replace(known, envelope=bytes(32)),
    ):
        with pytest.raises(UsageError, match="no such envelope"):
            follow(state, unknown, 0)


def test_a_course_is_told_line_by_line_in_both_languages(state: State) -> None:
    found = course(state, 1, 0)
    lines = found.text(None).splitlines()
    assert len(lines) == len(found.steps)
    for line, step in zip(lines, found.steps, strict=True):
        assert f"block {step.block}" in line
    with speaking("id"):
        assert "Digantikan" in found.text(None).splitlines()[-1]
    assert json.loads(json.dumps(found.document()))["steps"][0]["name"] == "sealed"


def test_two_envelopes_are_followed_one_after_the_other(told: Told, state: State) -> None:
    won, lost, replaced = both(state, 18, 0, 0), both(state, 18, 2, 2), both(state, 18, 1, 1)
    assert told_of(until(told, "ProposalOpened", 18), won) == ["sealed"]
    waiting = until(told, "QualityDecided", 18)
    assert told_of(waiting, won) == ["sealed", "proposal-opened"]
    assert told_of(state, won)[:4] == ["sealed", "proposal-opened", "opened", "first"]
    assert told_of(state, lost)[:3] == ["sealed", "proposal-opened", "opened"]
    assert told_of(state, replaced) == ["sealed", "proposal-opened", "replaced"]
    # of another bid's price nothing is told beyond its own fate
    void = follow(state, both(state, 14, 1, 4), 0).steps[-1]
    assert (void.name, void.reason) == ("void", Void.SUPERSEDED)


def test_a_price_that_is_withheld_is_never_opened(state: State) -> None:
    receipt, prices = both(state, 15, 0, 0), state.tenders[15].prices
    assert prices
    late = prices.opens_at + GRACE
    assert told_of(state, receipt, late - 1) == ["sealed", "proposal-opened"]
    assert told_of(state, receipt, late) == ["sealed", "proposal-opened", "withheld"]
    # while quality is not decided there is no time to miss
    undecided = both(state, 16, 0, 0)
    assert told_of(state, undecided, late + GRACE) == ["sealed", "proposal-opened"]


def test_a_bid_of_which_one_envelope_is_missing_says_so(told: Told) -> None:
    before = until(told, "ProposalOpened", 18)
    assert told_of(before, both(before, 18, 0, None)) == ["sealed", "half-sealed"]
    prices = before.tenders[18].prices
    assert prices
    price = keccak(prices.envelopes[0].content)
    alone = BidReceipt(18, 1, 1, price, bytes(32), proposal=Sealing(bytes(32), bytes(32)))
    assert told_of(before, alone) == ["sealed", "half-sealed"]


def test_a_bid_for_an_older_version_says_that_it_is_to_be_sealed_again(told: Told) -> None:
    before = until(told, "Released", 14)
    found = follow(before, both(before, 14, 0, 0), 0)
    assert [each.name for each in found.steps] == ["sealed", "outdated"]
    assert "for version 1, and the tender is at 2" in found.text(None)
    assert found.document()["steps"][-1]["newest"] == 2
    newest = replace(both(before, 14, 1, 1), version=2)
    assert told_of(before, newest) == ["sealed"]


def test_every_step_happens_in_the_story(told: Told, state: State) -> None:
    ledgers = [state, until(told, "BidOpened", 1)]
    late = state.tenders[6].box.closes_at + GRACE
    seen = {
        name
        for each in ledgers
        for tender in each.tenders.values()
        if not tender.scored
        for place in range(len(tender.box.envelopes))
        for name in names(each, tender.id, place, late)
    }
    scored = until(told, "Released", 14)
    for each in (state, scored):
        seen |= set(told_of(each, both(each, 14, 1, 1)))
    seen |= set(told_of(scored, both(scored, 14, 1, None)))
    assert seen == set(STEPS)
