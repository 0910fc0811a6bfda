"""Edges of time that no event of the story meets."""

import pytest

from terang.replay import evaluation, rules
from terang.replay.audit import empty_state
from terang.replay.fold import fold
from terang.replay.state import GRACE, State, Trace
from terang.vocabulary import ComplaintStatus, Failure, Licence, Phase

from .story import DAY, EVER, Told, account


@pytest.fixture
def state(told: Told) -> State:
    return fold(empty_state(told.deployment), told.events, told.times)


def test_a_licence_holds_from_its_first_second_to_just_before_its_end(state: State) -> None:
    state.licences[Licence.RELAY, account("relay")] = (10, 20)
    held = [
        time
        for time in range(8, 23)
        if rules.is_licensed(state, Licence.RELAY, account("relay"), time)
    ]
    assert (held[0], held[-1], len(held)) == (10, 19, 10)


def test_a_period_is_between_a_day_and_366_days() -> None:
    edges = [DAY - 1, DAY, 366 * DAY, 366 * DAY + 1]
    assert [rules.is_period(each) for each in edges] == [False, True, True, False]


def test_a_box_may_be_opened_from_its_closing_until_the_grace_is_over(state: State) -> None:
    box = state.tenders[6].box
    edges = [box.closes_at - 1, box.closes_at, box.closes_at + GRACE - 1, box.closes_at + GRACE]
    assert [rules.is_releasable(box, time) for time in edges] == [False, True, True, False]


def test_a_tender_fails_once_the_grace_for_its_key_is_over(state: State) -> None:
    tender = state.tenders[6]
    over = tender.box.closes_at + GRACE
    phases = [rules.phase(state, tender, time) for time in (over - 1, over)]
    assert phases == [Phase.OPENING, Phase.UNSUCCESSFUL]


@pytest.mark.parametrize("number", [10, 11])
def test_a_tender_fails_when_no_panel_is_drawn_in_time(state: State, number: int) -> None:
    tender = state.tenders[number]
    last = tender.boxes()[-1]
    over = last.closes_at + GRACE + rules.DRAWING_PERIOD
    phases = [rules.phase(state, tender, time) for time in (over - 1, over)]
    assert phases == [Phase.EVALUATION, Phase.UNSUCCESSFUL]


def test_a_released_box_may_be_opened_and_ranked_at_any_time(told: Told) -> None:
    opening = next(place for place, event in enumerate(told.events) if event.name == "Released")
    state = fold(empty_state(told.deployment), told.events[: opening + 1], told.times)
    assert rules.phase(state, state.tenders[1], told.time + 10 * GRACE) is Phase.OPENING
    ranking = next(place for place, event in enumerate(told.events) if event.name == "BidsRanked")
    state = fold(empty_state(told.deployment), told.events[:ranking], told.times)
    assert rules.phase(state, state.tenders[1], told.time + 10 * GRACE) is Phase.EVALUATION


def test_of_several_values_in_one_second_the_last_one_holds() -> None:
    trace = Trace()
    for time, value in ((5, "a"), (5, "b"), (9, "c")):
        trace.push(time, value)
    assert trace == [(5, "b"), (9, "c")]
    assert [trace.before(time, "none") for time in (5, 6, 9, 10)] == ["none", "b", "b", "c"]


def test_lots_that_closed_together_share_the_first_panel(state: State) -> None:
    first, second = state.tenders[12], state.tenders[13]
    closed = first.box.closes_at
    shared = first.award.rounds[0].seed
    assert second.award.rounds[0].seed == shared
    assert evaluation.seed(state, second, 0, closed) == shared
    state.opening_keys[first.box.key].secret = 0
    assert evaluation.seed(state, second, 0, closed) is None  # its secret may still come
    own = evaluation.seed(state, second, 0, closed + GRACE)
    assert own not in (None, shared)
    state.opening_keys[first.box.key].secret = 1
    first.box.shut = True
    assert evaluation.seed(state, second, 0, closed) == own
    first.box.shut, first.box.closes_at = False, closed + 1
    assert evaluation.seed(state, second, 0, closed) == own


def test_the_prices_may_open_only_for_so_long_from_when_quality_is_decided(state: State) -> None:
    prices = state.tenders[15].prices
    assert prices is not None
    decided = prices.decided_at
    edges = [decided - 1, decided, decided + GRACE - 1, decided + GRACE]
    assert [rules.is_releasable(prices, time) for time in edges] == [False, True, True, False]
    phases = [rules.standing(state, state.tenders[15], time) for time in edges[2:]]
    assert phases == [
        (Phase.PRICE_OPENING, Failure.NONE),
        (Phase.UNSUCCESSFUL, Failure.WITHHELD),
    ]
    prices.decided_at = 0
    assert not any(rules.is_releasable(prices, time) for time in edges)


def test_a_winner_that_did_not_accept_is_passed_over_once_the_time_to_sign_is_over(
    state: State,
) -> None:
    tender = state.tenders[18]
    over = tender.award.sign_by + 1
    assert [rules.phase(state, tender, time) for time in (over - 1, over)] == [
        Phase.AWARDED,
        Phase.EVALUATION,
    ]
    assert [rules.may_pass_over(state, tender, time) for time in (over - 1, over)] == [False, True]
    tender.award.accepted = tender.published
    assert rules.standing(state, tender, over) == (Phase.UNSUCCESSFUL, Failure.NOT_SIGNED)
    assert not rules.may_pass_over(state, tender, over)


def test_an_award_waits_for_its_complaints_and_a_review_ends_it(state: State) -> None:
    tender = state.tenders[13]
    mine = rules.complaints_about(state, tender, tender.award.rankings)
    assert [each.id for each in mine] == [4]
    assert rules.open_complaints(state, tender, tender.award.rankings) == 0
    mine[0].status = ComplaintStatus.OPEN
    assert rules.open_complaints(state, tender, tender.award.rankings) == 1
    assert rules.open_complaints(state, tender, 1) == 0
    assert rules.phase(state, state.tenders[14], EVER) is Phase.CANCELLED


def test_a_larger_panel_is_drawn_from_the_third_on(told: Told) -> None:
    state = told.before(len(told.events))
    panels = [each.quorum for each in state.complaints[4].panels]
    assert panels == [2, 2, 3, 3]
