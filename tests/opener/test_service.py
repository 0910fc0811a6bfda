"""One opener in this process: what it sees, what it does of it, and what it says."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from terang.chain.connection import Chain, ChainUnreachable
from terang.chain.contract import Event
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.errors import UsageError
from terang.ledger.opening import Opening
from terang.opener import mirror
from terang.opener.mirror import Mirror
from terang.opener.place import alone, depth
from terang.opener.service import BATCH, Service, Settings
from terang.replay import offices, rules
from terang.replay.audit import Reorganised, read
from terang.replay.errors import ReplayError
from terang.replay.fold import apply
from terang.replay.state import State
from terang.sealing.ceremony import first_valid, settle
from terang.sealing.dealing import make_deal
from terang.sealing.misconduct import Accused
from terang.sealing.seed import SeedError, save_seed

from ..sealing.dealings import misdirected

STOP = threading.Event()


class Desk:
    """An opener's service on the sample's ledger, and what it said."""

    def __init__(
        self, stage: Stage, folder: Path, place: int = 0, finality: int = 0, **settings: int | None
    ) -> None:
        self.seat = list(stage.openers.seeds)[place]
        self.stage, self.wallet = stage, stage.members[self.seat].wallet
        self.said: list[str] = []
        self.mirror = Mirror(stage.ledger, finality, self.said.append)
        seed, file = stage.openers.seeds[self.seat], folder / f"{self.seat}.seed"
        if not file.exists():
            save_seed(seed, file, "rahasia", 2)
        self.service = Service(
            lambda: (stage.ledger, self.mirror),
            self.wallet,
            seed,
            file,
            folder / f"shares-{self.seat}",
            Settings(**{"pool": 1, "turn": 30, "seat": self.seat, **settings}),
            self.said.append,
        )

    def round(self) -> bool:
        return self.service.round(STOP)

    @property
    def sent(self) -> int:
        account = self.wallet.address
        return self.stage.ledger.chain.nonces([account], "latest")[account]


@pytest.fixture
def stage(prepared: tuple[Stage, list[Tender]]) -> Stage:
    return prepared[0]


@pytest.fixture
def tender(prepared: tuple[Stage, list[Tender]]) -> Tender:
    """Published, with its bids sealed."""
    stage, tenders = prepared
    living = next(each for each in tenders if not each.lot.cancelled)
    acts.publish(stage, [living])
    acts.seal(stage, [living])
    return living


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> Callable[..., Desk]:
    return lambda *args, **settings: Desk(stage, tmp_path, *args, **settings)


def close(stage: Stage, tender: Tender) -> None:
    (closes,) = stage.ledger.tenders.closing_times([(tender.id, 0)])
    stage.ledger.chain.advance_to(closes)


def test_what_is_read_bit_by_bit_is_what_is_read_at_once(
    stage: Stage, tender: Tender, desk: Callable[..., Desk]
) -> None:
    own = desk()
    assert own.mirror.sync().state == read(stage.ledger)
    close(stage, tender)
    own.round()
    sight = own.mirror.sync()
    assert sight.state == read(stage.ledger)
    assert sight.now == stage.ledger.chain.now
    (key,) = sight.shared
    assert len(sight.shared[key]) == 1
    asked: list[object] = []
    chain = stage.ledger.chain
    logs, chain.logs = chain.logs, lambda first, *rest: asked.append(first) or logs(first, *rest)  # type: ignore[method-assign, func-returns-value]
    chain.mine()
    own.mirror.sync()
    assert asked == [sight.block + 1]  # nothing is read twice


def test_four_openers_open_a_box_and_nobody_does_it_twice(
    stage: Stage, tender: Tender, desk: Callable[..., Desk]
) -> None:
    desks = [desk(place) for place in range(4)]
    assert not any(each.round() for each in desks)
    close(stage, tender)
    for _round in range(4):
        for each in desks:
            each.round()
    (opened,) = stage.ledger.tenders._views("isOpened", [(tender.id, 0)])
    assert opened
    assert sum("Release the key" in line for each in desks for line in each.said) == 1
    assert sum("Open the bids" in line for each in desks for line in each.said) == 1
    before = [each.sent for each in desks]
    assert not any(each.round() for each in desks)
    assert [each.sent for each in desks] == before


def test_a_share_waits_for_finality_also_over_a_reorganisation(
    stage: Stage, tender: Tender, desk: Callable[..., Desk]
) -> None:
    own, chain = desk(finality=2), stage.ledger.chain
    own.round()
    before, fork = own.sent, chain.rpc("evm_snapshot")
    close(stage, tender)
    assert chain.now == stage.ledger.tenders.closing_times([(tender.id, 0)])[0]
    chain.mine()
    own.round()
    assert own.sent == before  # closed in the newest block but one
    chain.rpc("evm_revert", fork)
    for _block in range(3):
        chain.mine()
    own.round()
    assert own.sent == before
    assert any("replaced block" in line for line in own.said)
    assert own.mirror.sync().state == read(stage.ledger)
    close(stage, tender)
    chain.mine()
    own.round()
    assert own.sent == before
    chain.mine()
    own.round()
    assert own.sent == before + 1


def test_a_block_of_the_same_height_is_seen_to_be_another(
    stage: Stage, desk: Callable[..., Desk]
) -> None:
    own, chain = desk(), stage.ledger.chain
    fork = chain.rpc("evm_snapshot")
    chain.advance_to(chain.now + 100)
    own.mirror.sync()
    chain.rpc("evm_revert", fork)
    chain.advance_to(chain.now + 50)
    own.mirror.sync()
    assert any("replaced block" in line for line in own.said)


def test_a_chain_that_changes_while_it_is_read_is_read_again(
    stage: Stage, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, chain = desk(), stage.ledger.chain
    head = chain.head()
    told = iter([head, replace(head, hash=bytes(32))])
    with monkeypatch.context() as patched:
        patched.setattr(chain, "head", lambda: next(told))
        with pytest.raises(Reorganised):
            own.mirror.sync()
    assert own.mirror.sync().state == read(stage.ledger)


def test_half_a_fold_is_thrown_away(
    stage: Stage, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk()
    left = iter(range(5))

    def fails_later(state: State, event: Event, time: int) -> None:
        if next(left, None) is None:
            raise ReplayError("Participants", event.name, event.block, event.index, "")
        apply(state, event, time)

    with monkeypatch.context() as patched:
        patched.setattr(mirror, "apply", fails_later)
        with pytest.raises(ReplayError):
            own.mirror.sync()
    assert own.mirror.sync().state == read(stage.ledger)


def test_what_the_node_calls_final_counts_where_nothing_else_is_said(
    stage: Stage, chain: Chain, desk: Callable[..., Desk]
) -> None:
    assert depth(chain, None) == 0  # a development chain
    assert depth(chain, 5) == 5
    mirror = Mirror(stage.ledger, None, lambda _line: None)
    assert mirror.sync().final == chain.block("finalized").timestamp
    chain.client, chain.is_development = "Geth", False
    assert depth(chain, None) is None


def test_a_wrong_share_is_named_left_out_and_stops_nobody(
    stage: Stage, tender: Tender, desk: Callable[..., Desk]
) -> None:
    close(stage, tender)
    key, _point = stage.ledger.keys.key_of(stage.ledger.tenders.box(tender.id, 0))
    liar = desk(6)
    box = stage.ledger.tenders.box(tender.id, 0)
    stage.send([stage.ledger.keys.offer_share(liar.wallet, key, box, 7)])
    desks = [desk(place) for place in range(4)]
    for each in desks[:3]:
        each.round()
    chain = stage.ledger.chain
    chain.advance_to(chain.now + 300)  # everybody's turn
    assert not desks[0].round()
    assert any("Opener 7 of epoch 1 gave a wrong share" in line for line in desks[0].said)
    desks[0].round()
    assert desks[0].service.report.faults
    assert sum("wrong share" in line for line in desks[0].said) == 1
    desks[3].round()
    assert desks[0].round()
    assert any("Release the key" in line for line in desks[0].said)


def test_a_batch_is_made_and_then_enough(
    stage: Stage, chain: Chain, desk: Callable[..., Desk]
) -> None:
    pool = len(stage.ledger.keys.pool()[1]) + 1
    desks = [desk(place, pool=pool) for place in range(7)]
    for _round in range(3):
        for each in desks:
            each.round()
    assert sum("Open a batch" in line for each in desks for line in each.said) == 1
    chain.advance_to(chain.now + 3600)
    for each in desks[:5]:
        each.round()
    assert len(stage.ledger.keys.pool()[1]) == pool - 1
    desks[5].round()
    assert len(stage.ledger.keys.pool()[1]) == pool + 31
    assert not desks[6].round()  # six are enough


def a_batch(stage: Stage, desks: Sequence[Desk]) -> int:
    """Has a batch opened by whose turn it is, and dealt by all; returns its number."""
    before = read(stage.ledger).epochs[-1].batches
    for _turn in range(8):
        rounds(1, desks)
        if read(stage.ledger).epochs[-1].batches > before:
            break
        stage.ledger.chain.advance_to(stage.ledger.chain.now + 30)
    rounds(1, desks)
    return before + 1


def rounds(count: int, desks: Sequence[Desk]) -> None:
    for _round in range(count):
        for each in desks:
            each.round()


def dealt_wrongly(stage: Stage, honest: Sequence[Desk], receivers: Sequence[int]) -> int:
    """A batch in which opener 3 deals some others what is encrypted to somebody else."""
    number, keys = a_batch(stage, honest), stage.ledger.keys
    state = read(stage.ledger)
    context = rules.context_of(state, state.batches[1, number])
    polynomials = [[key + 1, 2, 3, 4] for key in range(BATCH)]
    payload = misdirected(context, 3, number, polynomials, 10, receivers)
    stage.send([keys.deal(stage.openers._seated[2].wallet, 1, number, payload)])
    stage.ledger.chain.advance_to(state.batches[1, number].deals_until)
    return number


def test_a_batch_is_dealt_again_without_the_dealer_of_wrong_shares(
    stage: Stage, chain: Chain, desk: Callable[..., Desk]
) -> None:
    free = len(stage.ledger.keys.pool()[1])
    liar = desk(2, pool=free + 1)
    honest = [desk(place, pool=free + 1) for place in (0, 1, 3, 4, 5, 6)]
    number = dealt_wrongly(stage, honest, (4, 5))
    rounds(1, honest)
    state = read(stage.ledger)
    said = [(each.accuser, each.dealer) for each in state.batches[1, number].accusations]
    assert (said, state.epochs[-1].culprits) == ([(4, 3), (5, 3)], {3})
    assert any("dealt this opener a wrong share" in line for line in honest[2].said)

    assert a_batch(stage, honest) == number + 1  # at once, since two can not confirm the first
    again = read(stage.ledger).batches[1, number + 1]
    assert sorted(again.members) == [1, 2, 4, 5, 6, 7]
    rounds(2, [*honest, liar])
    chain.advance_to(again.deals_until)
    rounds(1, [*honest[:5], liar])
    assert len(stage.ledger.keys.pool()[1]) == free
    rounds(1, [honest[5]])
    assert len(stage.ledger.keys.pool()[1]) == free + BATCH
    dealers = {dealer for dealer, _payload in read(stage.ledger).batches[1, number + 1].deals}
    assert dealers == {1, 2, 4, 5, 6, 7}
    for each in honest:
        assert (
            sum("Opener 3 of epoch 1 was shown to have cheated" in told for told in each.said) == 1
        )


def test_an_opener_that_begins_anew_accuses_nobody_twice(
    stage: Stage, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = len(stage.ledger.keys.pool()[1])
    honest = [desk(place, pool=free + 1) for place in (0, 1, 3, 4, 5, 6)]
    number = dealt_wrongly(stage, honest, (4,))
    rounds(1, [desk(3)])
    tried: list[object] = []
    monkeypatch.setattr(stage.ledger.keys, "accuse", lambda *said: tried.append(said))
    rounds(2, [desk(3)])
    assert tried == []
    (said,) = read(stage.ledger).batches[1, number].accusations
    assert (said.accuser, said.dealer) == (4, 3)


def test_without_its_own_seat_an_opener_shows_no_share(
    stage: Stage, desk: Callable[..., Desk]
) -> None:
    """A node that lied about the seat of its account would have right shares shown as wrong."""
    free = len(stage.ledger.keys.pool()[1])
    number = dealt_wrongly(
        stage, [desk(place, pool=free + 1) for place in (0, 1, 3, 4, 5, 6)], (4,)
    )
    for seat in (None, next(iter(stage.openers.seeds)), 99):
        own = desk(3, seat=seat)
        rounds(2, [own])
        assert any("Show it by `keys accuse`" in line for line in own.said)
    assert read(stage.ledger).batches[1, number].accusations == []


def test_a_wrong_share_is_shown_also_when_others_made_the_batch_ready(
    stage: Stage, desk: Callable[..., Desk]
) -> None:
    free, keys = len(stage.ledger.keys.pool()[1]), stage.ledger.keys
    honest = [desk(place, pool=free + 1) for place in (0, 1, 3, 4, 5, 6)]
    number = dealt_wrongly(stage, honest, (4,))
    rounds(1, [each for place, each in enumerate(honest) if place != 2])
    state = read(stage.ledger)
    batch = state.batches[1, number]
    context = rules.context_of(state, batch)
    result = settle(context, number, BATCH, first_valid(context, number, BATCH, batch.deals))
    stage.send([keys.confirm(stage.openers._seated[2].wallet, 1, number, result)])
    assert any(read(stage.ledger).batches[1, number].root)
    rounds(number + 1, [honest[2]])
    state = read(stage.ledger)
    (said,) = state.batches[1, number].accusations
    assert (said.accuser, said.dealer) == (4, 3)
    assert state.epochs[-1].culprits == {3}


def test_accusations_that_prove_nothing_do_not_end_a_batch(
    stage: Stage, desk: Callable[..., Desk]
) -> None:
    free, keys = len(stage.ledger.keys.pool()[1]), stage.ledger.keys
    honest = [desk(place, pool=free + 1) for place in range(5)]
    number = a_batch(stage, honest)
    liars = [stage.openers._seated[place].wallet for place in (5, 6)]
    said = Accused(number, 1, 0, b"\1" + bytes(129))
    stage.send([keys.accuse(each, 1, said) for each in liars])
    batches = read(stage.ledger).epochs[-1].batches
    rounds(1, honest)
    state = read(stage.ledger)
    assert state.epochs[-1].batches == batches
    assert [each.id for each in offices.batches_under_way(state, stage.ledger.chain.now)] == [
        number
    ]


def test_whoever_uses_its_e_twice_is_accused_by_the_first_that_sees_it(
    stage: Stage, desk: Callable[..., Desk]
) -> None:
    free, keys = len(stage.ledger.keys.pool()[1]), stage.ledger.keys
    honest = [desk(place, pool=free + 1) for place in (0, 1, 3, 4, 5)]
    number = a_batch(stage, honest)
    state = read(stage.ledger)
    context = rules.context_of(state, state.batches[1, number])
    polynomials = [[key + 1, 2, 3, 4] for key in range(BATCH)]
    for dealer in (3, 7):  # they told each other their e
        payload = make_deal(context, dealer, number, polynomials, 10)
        stage.send([keys.deal(stage.openers._seated[dealer - 1].wallet, 1, number, payload)])
    stage.ledger.chain.advance_to(state.batches[1, number].deals_until)
    rounds(1, honest)
    state = read(stage.ledger)
    said = state.batches[1, number].accusations
    assert [(each.accuser, each.dealer, len(each.evidence)) for each in said] == [
        (1, 3, 65),
        (1, 7, 65),
    ]
    assert state.epochs[-1].culprits == {3, 7}


def test_an_opener_enrols_only_with_a_seed_whose_backup_was_tried(
    stage: Stage, desk: Callable[..., Desk], tmp_path: Path
) -> None:
    seats = list(stage.openers.seeds)
    stage.send([stage.ledger.keys.start_epoch(stage.offices.administrator, seats, 4, 6)])
    own = desk()
    assert not own.round()
    assert any("keys drill" in line for line in own.said)
    own.round()
    assert sum("keys drill" in line for line in own.said) == 1
    own.round()
    assert own.service.report.errors == {SeedError.__name__: 1}


def test_a_wrong_seed_is_said_and_nothing_of_it_is_published(
    stage: Stage, tender: Tender, desk: Callable[..., Desk], tmp_path: Path
) -> None:
    own, other = desk(0), desk(1)
    own.service._holdings._seed = stage.openers.seeds[other.seat]
    close(stage, tender)
    before = own.sent
    assert not own.round()
    assert any("not that of opener 1" in line for line in own.said)
    assert own.sent == before


def test_a_release_that_another_made_in_the_meantime_is_no_fault(
    stage: Stage, tender: Tender, desk: Callable[..., Desk]
) -> None:
    desks = [desk(place) for place in range(4)]
    close(stage, tender)
    for each in desks:
        each.round()
    chain = stage.ledger.chain
    chain.advance_to(chain.now + 300)
    sight = desks[0].service._look(stage.ledger, desks[0].mirror)
    opening = Opening(stage.ledger, sight.state)
    (due,) = [each for each in desks[0].service.due(sight) if each.name == "release"]
    late = desks[0].service._acts(opening, due)
    assert desks[1].round()
    assert not desks[0].service._send(stage.ledger, [(due, late)], STOP)
    assert any("quicker" in line for line in desks[0].said)
    assert not desks[0].service._errors


def test_a_refusal_costs_no_gas(
    stage: Stage, tender: Tender, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk()
    close(stage, tender)
    own.service.sight()
    chain = stage.ledger.chain
    real = own.mirror.sync
    monkeypatch.setattr(own.mirror, "sync", lambda: replace(real(), now=sight_now, final=sight_now))
    sight_now = chain.now
    chain.advance_to(chain.now + 3 * 86_400)  # the grace is over, unseen
    before = own.sent
    assert not own.round()
    assert own.sent == before
    assert own.service._errors == {"Reverted": 1}


def test_an_opener_that_cannot_pay_is_not_well(
    stage: Stage, chain: Chain, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk()
    own.round()
    assert own.service.report.can_pay  # gas costs nothing here
    head = chain.head
    monkeypatch.setattr(chain, "head", lambda: replace(head(), base_fee=10**9))
    own.service._tell(stage.ledger, own.service.sight())
    assert not own.service.report.can_pay
    chain.rpc("anvil_setBalance", own.wallet.address, hex(10**18))
    own.service._tell(stage.ledger, own.service.sight())
    assert own.service.report.can_pay


def test_a_node_that_stops_answering_ends_the_round_at_once(
    stage: Stage, tender: Tender, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, asked = desk(), []
    close(stage, tender)

    def silent(*_args: object, **_more: object) -> None:
        asked.append(1)
        raise ChainUnreachable("No answer. Start the node.")

    monkeypatch.setattr(stage.ledger.chain, "rpc_or_revert", silent)
    with pytest.raises(ChainUnreachable):
        own.round()
    assert len(asked) == 1


def test_one_account_is_one_process(tmp_path: Path) -> None:
    with (
        alone(tmp_path, "0x1"),
        alone(tmp_path, "0x2"),
        pytest.raises(UsageError, match="Another process"),
        alone(tmp_path, "0x1"),
    ):
        pass
    with alone(tmp_path, "0x1"):
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="Cannot write"), alone(tmp_path / "file", "0x1"):
        pass
