"""What became of each bid of the story, by its receipt."""

import json
from dataclasses import replace

import pytest
from eth_utils.crypto import keccak

from terang.errors import UsageError
from terang.i18n import speaking
from terang.ledger.desk import BidReceipt
from terang.replay.audit import empty_state
from terang.replay.fold import fold
from terang.replay.follow import STEPS, Course, follow
from terang.replay.state import State

from .story import Told, account


@pytest.fixture(scope="module")
def state(told: Told) -> State:
    return fold(empty_state(told.deployment), told.events, told.times)


def receipt(state: State, tender: int, place: int) -> BidReceipt:
    """The receipt of the envelope at a place of a tender's box."""
    envelope = state.tenders[tender].box.envelopes[place].content
    return BidReceipt(tender, place + 1, 1, keccak(envelope), bytes(32))


def course(state: State, tender: int, place: int) -> Course:
    return follow(state, receipt(state, tender, place))


def names(state: State, tender: int, place: int) -> list[str]:
    return [each.name for each in course(state, tender, place).steps]


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
    assert names(state, 6, 0) == ["sealed"]  # the key of its box is withheld


def test_a_bid_of_a_cancelled_tender_stays_sealed(state: State) -> None:
    found = course(state, 2, 0)
    assert [each.name for each in found.steps] == ["sealed", "cancelled"]
    assert found.steps[-1].at == state.tenders[2].cancelled.time
    assert found.document()["status"] == "cancelled"


@pytest.mark.parametrize(("place", "reason"), [(3, "superseded"), (4, "ineligible")])
def test_a_void_envelope_says_why_it_does_not_count(state: State, place: int, reason: str) -> None:
    last = course(state, 1, place).steps[-1]
    released = state.opening_keys[state.tenders[1].box.key].released
    assert (last.name, last.reason) == ("void", reason)
    assert (last.at, last.block) == (released.time, released.block)
    assert reason in course(state, 1, place).text()
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
            follow(state, unknown)


def test_a_course_is_told_line_by_line_in_both_languages(state: State) -> None:
    found = course(state, 1, 0)
    lines = found.text().splitlines()
    assert len(lines) == len(found.steps)
    for line, step in zip(lines, found.steps, strict=True):
        assert f"block {step.block}" in line
    with speaking("id"):
        assert "Digantikan" in found.text().splitlines()[-1]
    assert json.loads(json.dumps(found.document()))["steps"][0]["name"] == "sealed"


def test_every_step_happens_in_the_story(told: Told, state: State) -> None:
    ledgers = [state, until(told, "BidOpened", 1)]
    seen = {
        name
        for each in ledgers
        for tender in each.tenders.values()
        for place in range(len(tender.box.envelopes))
        for name in names(each, tender.id, place)
    }
    assert seen == set(STEPS)
