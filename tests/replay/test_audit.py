"""An audit from beginning to end, and what it tells."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from terang.chain.answers import Block
from terang.chain.connection import BlockId, Chain
from terang.errors import UsageError
from terang.replay import rules
from terang.replay.audit import Reorganised, empty_state, replay
from terang.replay.errors import ReplayError
from terang.replay.fold import fold
from terang.replay.recheck import recheck
from terang.replay.state import State
from terang.vocabulary import Failure, Phase, Void

from .story import NUMBER, TOKEN, Told, account


@pytest.fixture
def state(told: Told) -> State:
    return fold(empty_state(told.deployment), told.events, told.times)


@contextmanager
def undone(told: Told) -> Iterator[None]:
    snapshot = told.chain.rpc("evm_snapshot")
    yield
    told.chain.rpc("evm_revert", snapshot)


def test_the_ledger_is_equal_to_its_events(told: Told) -> None:
    said: list[str] = []
    audit = replay(told.chain, told.deployment, told.artifacts, progress=said.append)
    assert audit.verdict == "equal"
    assert audit.exit_code == 0
    assert audit.events == len(told.events)
    (stubborn,) = audit.foreign
    assert (
        stubborn
        == fold(empty_state(told.deployment), told.events, told.times).tenders[5].terms["currency"]
    )
    assert audit.report() == (
        f"Equal: {audit.events} events up to block {told.block} give exactly what the contracts "
        f"store.\nTokens outside the record, whose own books were not audited: {stubborn}."
    )
    assert len(said) == 3


def test_the_ledger_was_equal_at_every_block(told: Told) -> None:
    complete = told.deployment.contracts[TOKEN].block
    for block in range(complete, told.block, 9):
        assert replay(told.chain, told.deployment, told.artifacts, block).verdict == "equal"


def test_a_difference_is_told_by_contract_field_and_key(told: Told) -> None:
    tenders = told.deployment.contracts["Tenders"].address
    with undone(told):
        slot = next(
            slot
            for slot in range(20)
            if int.from_bytes(told.chain.storage_at(tenders, slot), "big") == 18  # _tenderCount
        )
        told.chain.rpc("anvil_setStorageAt", tenders, hex(slot), f"0x{17:064x}")
        audit = replay(told.chain, told.deployment, told.artifacts)
    assert audit.exit_code == 5
    assert audit.report().splitlines()[:-1] == [
        f"Differences: 1, after {audit.events} events, at block {audit.block}:",
        "  Tenders._tenderCount: replayed 18, stored 17",
    ]
    assert json.loads(json.dumps(audit.document()))["replay"] == [
        {
            "contract": "Tenders",
            "field": "_tenderCount",
            "key": "",
            "replayed": "18",
            "stored": "17",
        }
    ]


def test_a_block_that_is_not_there_yet_is_refused(told: Told) -> None:
    with pytest.raises(UsageError, match="has no block"):
        replay(told.chain, told.deployment, told.artifacts, told.block + 1000)


def test_a_block_before_the_last_contract_is_refused(told: Told) -> None:
    complete = told.deployment.contracts[TOKEN].block
    with pytest.raises(UsageError, match=f"complete only at block {complete}"):
        replay(told.chain, told.deployment, told.artifacts, complete - 1)


class Replacing(Chain):
    """A chain that has another block at a height than it had when it was the newest."""

    def block(self, number: BlockId) -> Block:
        found = super().block(number)
        return found if number == "latest" else replace(found, hash=bytes(32))


def test_a_chain_that_changes_underneath_is_noticed(told: Told) -> None:
    with (
        Replacing(told.chain.url, told.artifacts.errors) as chain,
        pytest.raises(Reorganised, match="Run the replay again"),
    ):
        replay(chain, told.deployment, told.artifacts)


def test_a_refused_event_is_named_with_its_place(told: Told) -> None:
    first = told.events[0]
    forged = replace(first, args={**first.args, "licence": 9, "from": 1})
    with pytest.raises(ReplayError) as refused:
        fold(empty_state(told.deployment), [forged], told.times)
    assert (refused.value.event, refused.value.block) == ("LicenceGranted", first.block)
    assert str(refused.value) == (
        f"Participants.LicenceGranted in block {first.block}, log {first.index}, cannot be: it "
        "comes at the wrong time. Events are missing or forged: ask another node, and report it "
        "if that agrees."
    )
    assert refused.value.exit_code == 5


def test_every_tender_ends_as_the_story_tells(told: Told, state: State) -> None:
    phases = {
        number: rules.phase(state, tender, told.time) for number, tender in state.tenders.items()
    }
    assert phases == {
        1: Phase.CONTRACTED,
        2: Phase.CANCELLED,
        3: Phase.UNSUCCESSFUL,
        4: Phase.UNSUCCESSFUL,
        5: Phase.CONTRACTED,
        **dict.fromkeys(range(6, 12), Phase.UNSUCCESSFUL),
        9: Phase.EVALUATION,  # whose winner may be passed over
        12: Phase.UNSUCCESSFUL,
        13: Phase.UNSUCCESSFUL,
        14: Phase.CANCELLED,
        15: Phase.UNSUCCESSFUL,
        16: Phase.UNSUCCESSFUL,
        17: Phase.CANCELLED,
        18: Phase.EVALUATION,
    }
    reasons = {
        number: rules.standing(state, tender, told.time)[1]
        for number, tender in state.tenders.items()
    }
    assert {number: reason for number, reason in reasons.items() if reason} == {
        3: Failure.TOO_FEW_BIDS,
        4: Failure.NO_BID_ACCEPTABLE,
        6: Failure.WITHHELD,
        7: Failure.WITHHELD,
        8: Failure.NO_QUORUM,
        10: Failure.NOT_DRAWN,
        11: Failure.NOT_DRAWN,
        12: Failure.NO_BID_ACCEPTABLE,
        13: Failure.NOT_SIGNED,
        15: Failure.WITHHELD,
        16: Failure.NO_BID_ACCEPTABLE,
    }
    paid = state.tenders[1]
    assert [bid.price for bid in paid.opened] == [1200, 1001, 1001]
    assert paid.box.voids[-2:] == [Void.SUPERSEDED, Void.INELIGIBLE]
    assert [len(each.ballots) for each in paid.award.rounds] == [0, 2]
    assert [(each.what, each.amount) for each in paid.account.payments] == [
        ("funded", 600),
        ("funded", 401),
        ("paid", 333),
        ("paid", 668),
        ("refunded", 0),
    ]
    everybody = state.tenders[8].award.rounds[0].panel
    assert sorted(everybody) == [1, 2, 4, 5, 6, 7, 8, 9]  # not the ministry's own
    assert (state.tenders[3].bidders, state.tenders[3].valid_bids) == ([NUMBER["supplier"]], 0)
    assert {void for box in state.boxes() for void in box.voids} == set(Void)
    assert [each.what for each in paid.account.milestones[1].history] == [
        "reported",
        "approved",
        "rejected",
        "rejected",
        "returned",
        "reported",
        "approved",
        "rejected",
        "approved",
    ]


def test_a_last_organisation_without_its_first_key_is_found(told: Told) -> None:
    last = max(i for i, each in enumerate(told.events) if each.name == "OrganisationRegistered")
    state = fold(empty_state(told.deployment), told.events[: last + 1], told.times)
    assert recheck(state) == [("Participants", "_keys", str(len(NUMBER)), "0", "≥ 1")]
    fold(state, told.events[last + 1 : last + 2], told.times)
    assert recheck(state) == []


def test_money_that_escrow_owes_and_lacks_is_found(told: Told, state: State) -> None:
    token = told.deployment.contracts[TOKEN].address
    assert recheck(state) == []
    state.tenders[5].account.funded += 1  # in another token
    assert recheck(state) == []
    state.claimable[token, account("supplier")] = 1
    (found,) = recheck(state)
    assert (found.contract, found.field, found.replayed, found.stored) == (
        "Escrow",
        "balance",
        "≥ 1",
        "0",
    )
