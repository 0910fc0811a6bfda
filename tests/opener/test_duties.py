"""What is due, and in whose turn: from a state alone."""

from dataclasses import replace

import pytest

from terang.opener.duties import CONFIRMING, duties, failed
from terang.opener.mirror import Sight
from terang.replay.state import (
    GRACE,
    Batch,
    Box,
    Envelope,
    Epoch,
    OpeningKey,
    Seat,
    Stamp,
    State,
    Tender,
    Trace,
)
from terang.sealing.epoch import key_id
from terang.sealing.evidence import REPEATED_POINT, WRONG_SHARE
from terang.sealing.misconduct import Accused
from terang.vocabulary import Void

START = Stamp(1, 1_000, bytes(32))
CLOSES = 200_000
N, K, C = 7, 4, 6
TURN = 30


def account(opener: int) -> str:
    return f"opener {opener}"


@pytest.fixture
def state() -> State:
    """Seven enrolled openers with one ready batch, and a tender whose box closes."""
    state = State.empty(1, "administrator", {})
    for number in range(1, N + 1):
        voting = Trace([(1_000, account(number))])
        state.seats.append(Seat(number, number, 0, START, voting))
        state.seat_of_account[account(number)] = number
    everybody = {number: b"key" for number in range(1, N + 1)}
    seats = tuple(everybody)
    state.epochs.append(Epoch(1, seats, K, C, START, 1, dict(everybody)))
    state.batches[1, 1] = Batch(1, 1, 32, 4_600, everybody, root=b"\1" * 32)
    number = key_id(1, 1, 0)
    box = Box("Tenders", 1, 0, CLOSES, number, [Envelope("relay", b"bid", START)])
    state.opening_keys[number] = OpeningKey(number, "Tenders", 1, 0, 1, 2, START)
    terms = {"minimumBids": 1, "quorum": 3, "currency": "token"}
    state.tenders[1] = Tender(1, 1, 1, terms, b"", {}, START, box)
    return state


def see(state: State, now: int, final: int | None = None) -> Sight:
    return Sight(state, 9, now, now if final is None else final, {}, {}, 1_000)


def names(sight: Sight, opener: int, pool: int = 31) -> list[str]:
    found = duties(sight, account(opener), pool=pool, turn=TURN)
    return [each.name for each in found]


def give(state: State, *openers: int) -> None:
    (key,) = state.opening_keys.values()
    key.shares += [(each, 7) for each in openers]


def shared(state: State, now: int, *times: int) -> Sight:
    return replace(see(state, now), shared={key_id(1, 1, 0): list(times)})


def in_turn(sight: Sight, name: str, pool: int = 31) -> list[int]:
    return [each for each in range(1, N + 1) if name in names(sight, each, pool)]


def test_nothing_is_due_before_there_are_openers() -> None:
    empty = State.empty(1, "administrator", {})
    assert duties(see(empty, 5_000), account(1), pool=64, turn=TURN) == []


def test_a_share_is_due_from_the_final_second_of_closing_to_the_last_of_the_grace(
    state: State,
) -> None:
    assert names(see(state, CLOSES - 1), 1) == []
    assert names(see(state, CLOSES), 1) == ["share"]
    assert names(see(state, CLOSES + 900, CLOSES - 1), 1) == []  # closed, and not finally
    assert names(see(state, CLOSES + 900, CLOSES), 1) == ["share"]
    # what is sent comes at least a second after the newest block
    assert names(see(state, CLOSES + GRACE - 2), 1) == ["share"]
    assert names(see(state, CLOSES + GRACE - 1), 1) == []


def test_a_share_is_given_once_and_never_for_a_cancelled_tender(state: State) -> None:
    give(state, 1)
    assert names(see(state, CLOSES), 1) == []
    assert names(see(state, CLOSES), 2) == ["share"]
    state.tenders[1].box.shut = True
    assert names(see(state, CLOSES), 2) == []


def test_who_has_no_seat_any_more_has_no_duties(state: State) -> None:
    state.seats[0].removed = START
    assert names(see(state, CLOSES), 1, pool=500) == []
    assert names(see(state, CLOSES), 2) == ["share"]


def test_a_release_is_due_in_turns_that_begin_with_the_fourth_share(state: State) -> None:
    give(state, 7, 5, 3)
    assert in_turn(shared(state, CLOSES + 9, *[CLOSES] * 3), "release") == []
    give(state, 2)
    then = CLOSES + 9
    times = [CLOSES, CLOSES, CLOSES, then]
    # tender 1: the givers, from the second on; after them the others
    for waited, turns in (
        (0, {5}), (TURN - 1, {5}), (TURN, {5, 3}), (2 * TURN, {5, 3, 2}),
        (3 * TURN, {5, 3, 2, 7}), (6 * TURN, set(range(1, 8))),
    ):  # fmt: skip
        assert set(in_turn(shared(state, then + waited, *times), "release")) == turns
    give(state, 1)  # a share more changes no turn
    assert in_turn(shared(state, then, *times, then), "release") == [5]


def test_one_openers_many_shares_are_not_many_openers(state: State) -> None:
    give(state, 7, 7, 7, 7)
    assert in_turn(shared(state, CLOSES + 99, CLOSES), "release") == []


def test_a_released_box_is_opened_in_turns_that_begin_anew_with_each_step(state: State) -> None:
    give(state, 7, 5, 3, 2)
    (key,) = state.opening_keys.values()
    key.secret, key.released = 5, Stamp(9, CLOSES + 40, bytes(32))
    sight = shared(state, CLOSES + 40, *[CLOSES] * 4)
    assert in_turn(sight, "release") == []
    assert in_turn(sight, "open") == [5]
    later = replace(sight, now=CLOSES + 40 + TURN)
    assert in_turn(later, "open") == [3, 5]
    assert in_turn(replace(later, opened={1: CLOSES + 60}), "open") == [5]
    state.tenders[1].box.voids.append(Void.LENGTH)
    assert in_turn(later, "open") == []


def test_a_new_opener_enrols(state: State) -> None:
    del state.epochs[0].encryption_keys[4]
    assert names(see(state, 9_000), 4) == ["enrol"]
    assert names(see(state, 9_000), 5) == []


def open_batch(state: State, opened: int) -> Batch:
    number = state.epochs[0].batches = state.epochs[0].batches + 1
    members = dict(state.epochs[0].encryption_keys)
    batch = state.batches[1, number] = Batch(1, number, 32, opened + 3600, members)
    return batch


def test_a_deal_is_due_until_the_last_second_of_dealing_and_once(state: State) -> None:
    batch = open_batch(state, 10_000)
    assert names(see(state, 10_000), 2) == ["deal"]
    assert names(see(state, 13_598), 2) == ["deal"]
    assert names(see(state, 13_599), 2) == []
    batch.deals.append((2, b"deal"))
    assert names(see(state, 10_000), 2) == []


def test_a_confirmation_waits_until_the_end_of_dealing_is_final(state: State) -> None:
    batch = open_batch(state, 10_000)
    batch.deals += [(each, b"deal") for each in range(1, 5)]
    assert names(see(state, 13_599), 2) == []
    assert names(see(state, 13_700, 13_599), 2) == []
    assert names(see(state, 13_700, 13_600), 2) == ["confirm"]
    batch.confirmed = 0b10
    assert names(see(state, 13_700), 2) == []
    batch.root = b"\2" * 32
    assert names(see(state, 13_700), 3) == []


def test_a_batch_with_too_few_deals_is_confirmed_by_nobody(state: State) -> None:
    batch = open_batch(state, 10_000)
    batch.deals += [(each, b"deal") for each in range(1, K)]
    assert names(see(state, 13_700), 2) == []


def test_a_batch_is_opened_in_turns_when_keys_lack(state: State) -> None:
    assert in_turn(see(state, 1_000), "batch", pool=31) == []
    # one batch was made, so opener 2 begins
    assert in_turn(see(state, 1_000), "batch", pool=32) == [2]
    assert in_turn(see(state, 999 + TURN), "batch", pool=32) == [2]
    assert in_turn(see(state, 1_000 + TURN), "batch", pool=32) == [3]
    assert in_turn(see(state, 1_000 + 6 * TURN), "batch", pool=32) == [1]
    # also when all were away for long, they do not all come at once
    assert in_turn(see(state, 1_000 + 700 * TURN), "batch", pool=32) == [2]


def test_turns_begin_with_the_key_that_was_one_too_many(state: State) -> None:
    for place, time in ((1, 5_000), (2, 6_000), (3, 7_000)):
        number = key_id(1, 1, place)
        taken = Stamp(place, time, bytes(32))
        state.opening_keys[number] = OpeningKey(number, "Ballots", 1, 16, 1, 2, taken)
    assert in_turn(see(state, 6_000 + TURN), "batch", pool=28) == []
    assert in_turn(see(state, 7_000), "batch", pool=29) == [2]
    # with 30 wanted they lack since the second one was taken
    assert in_turn(see(state, 6_000 + TURN), "batch", pool=30) == [3]


def test_keys_in_the_making_count_until_their_batch_has_failed(state: State) -> None:
    batch = open_batch(state, 10_000)
    ends = batch.deals_until
    assert in_turn(see(state, 10_000), "batch", pool=63) == []
    assert in_turn(see(state, ends), "batch", pool=63) == [3]  # too few dealt
    batch.deals += [(each, b"deal") for each in range(1, 8)]
    assert in_turn(see(state, ends + CONFIRMING - 1), "batch", pool=63) == []
    assert not failed(batch, ends + CONFIRMING - 1)
    assert failed(batch, ends + CONFIRMING)
    assert in_turn(see(state, ends + CONFIRMING), "batch", pool=63) == [3]
    assert in_turn(see(state, ends + CONFIRMING + TURN), "batch", pool=63) == [4]
    # and who comes back late may still make it ready
    assert "confirm" in names(see(state, ends + CONFIRMING), 1)


def test_no_batch_is_opened_that_could_not_be_confirmed(state: State) -> None:
    for lost in (6, 7):
        del state.epochs[0].encryption_keys[lost]
    assert in_turn(see(state, 9_000), "batch", pool=500) == []


def test_a_batch_whose_members_were_dealt_wrong_shares_is_given_up_at_once(state: State) -> None:
    batch = open_batch(state, 10_000)
    batch.deals += [(each, b"deal") for each in range(1, 8)]
    shown = bytes([WRONG_SHARE]) + bytes(129)
    batch.accusations.append(Accused(2, 3, 4, shown))
    batch.cheated.add(4)
    assert in_turn(see(state, 13_600), "batch", pool=63) == []  # six are left to confirm it
    batch.accusations.append(Accused(2, 3, 5, b"junk"))
    batch.accusations.append(Accused(2, 3, 5, bytes([REPEATED_POINT]) + bytes(64)))
    batch.accusations.append(Accused(2, 3, 6, shown))  # which did not hold
    assert in_turn(see(state, 13_600), "batch", pool=63) == []  # whose shares may be good
    batch.cheated.add(5)
    assert in_turn(see(state, 13_600), "batch", pool=63) == [3]
    batch.root = b"\2" * 32
    assert in_turn(see(state, 13_600), "batch", pool=63) == []


def test_who_cheated_has_no_turn_and_a_second_one_leaves_too_few(state: State) -> None:
    epoch = state.epochs[0]
    epoch.culprits.add(2)
    assert in_turn(see(state, 1_000), "batch", pool=32) == [3]
    assert in_turn(see(state, 1_000 + 5 * TURN), "batch", pool=32) == [1]
    epoch.culprits.add(5)
    assert in_turn(see(state, 9_000), "batch", pool=500) == []


def test_what_is_most_urgent_comes_first(state: State) -> None:
    open_batch(state, CLOSES - 5)
    sight = replace(see(state, CLOSES), stirred=CLOSES - 5)
    assert names(sight, 3, pool=500) == ["share", "deal", "batch"]
