"""The ceremony as a bidder's software checks it before it seals, and as anybody checks it later."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terang.chain.answers import Log
from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.errors import UsageError
from terang.identity.wallet import Wallet
from terang.ledger import checking, pilot
from terang.ledger.balloting import Poll
from terang.ledger.bidding import OpenTender
from terang.ledger.checking import KeyNotProved, NodesDiffer, accused, agree, check, evidence
from terang.ledger.facts import box_at
from terang.ledger.keys import KeyClaim
from terang.ledger.opening import Opening
from terang.ledger.publishing import pilot_terms
from terang.ledger.tenders import Lot, Notice
from terang.replay.audit import read
from terang.sealing.ceremony import BatchResult, CeremonyError
from terang.sealing.curve import generate
from terang.sealing.dealing import make_deal
from terang.sealing.documents import Store
from terang.sealing.envelope import Box
from terang.sealing.epoch import key_id
from terang.sealing.evidence import Accusation, EvidenceError
from terang.sealing.merkle import MerkleTree, key_leaf
from terang.sealing.misconduct import Accused
from terang.sealing.opener import BadShare, Opener
from terang.vocabulary import BIDS

from ..sealing.dealings import misdirected

COLLUDING = pilot.CONFIRMATIONS


@pytest.fixture
def published(stage: Stage, prepared: tuple[Stage, list[Tender]]) -> Tender:
    """One tender that takes bids."""
    tender = next(each for each in prepared[1] if not each.lot.cancelled)
    acts.publish(stage, [tender])
    return tender


@pytest.fixture
def box(stage: Stage, published: Tender) -> Box:
    return stage.ledger.tenders.box(published.id, BIDS)


def seated(stage: Stage) -> Sequence[Any]:
    """The openers with their secret side, which only a test may borrow."""
    return stage.openers._seated


def deal_batch(stage: Stage, deals: Callable[[int, Any], bytes], count: int = 2) -> int:
    """Opens a batch and has every opener post its deal; returns its number, dealing being over."""
    keys, openers = stage.ledger.keys, seated(stage)
    (receipt,) = stage.send([keys.open_batch(openers[0].wallet, 1, count)])
    number, until = keys.opened_batch(receipt)
    stage.send([keys.deal(each.wallet, 1, number, deals(number, each.opener)) for each in openers])
    stage.ledger.chain.advance_to(until)
    return number


def honest(number: int, opener: Any, count: int = 2) -> bytes:
    payload: bytes = opener.deal(number, count)
    return payload


def rigged(number: int, opener: Any) -> bytes:
    """Opener 3 deals opener 5 what is encrypted to somebody else; the others are honest."""
    if opener.index != 3:
        return honest(number, opener)
    return misdirected(opener.context, 3, number, [[1, 2, 3, 4], [5, 6, 7, 8]], 10, [5])


# Before anything is sealed


def test_the_key_of_an_honest_ceremony_is_proved(stage: Stage, published: Tender, box: Box) -> None:
    public_key = checking.proved_key(stage.ledger, box)
    assert public_key == published.bid_key.public_key
    assert OpenTender.at(stage.ledger, published.id).targets[0].public_key == public_key


def test_a_key_that_colluding_openers_confirmed_is_not_sealed_to(
    stage: Stage, buyer: Wallet
) -> None:
    """As many openers as make a batch ready confirm a key whose secret one of them knows."""
    keys, openers = stage.ledger.keys, seated(stage)
    number = deal_batch(stage, honest)
    own = [generate(5), generate(6)]
    tree = MerkleTree([key_leaf(place, point) for place, point in enumerate(own)])
    real: BatchResult = openers[0].opener.accept(
        number, 2, {each.opener.index: honest(number, each.opener) for each in openers}
    )
    false = replace(real, tree=tree)
    stage.send([keys.confirm(each.wallet, 1, number, false) for each in openers[:COLLUDING]])
    claim = KeyClaim(key_id(1, number, 0), number, 0, own[0], tree.proof(0))
    terms = pilot_terms(stage.ledger, "IDR", None, b"\x01" * 32)
    closes_at = stage.ledger.chain.now + pilot.TENDERING
    lots = [Lot("", terms, (claim,))]
    act = stage.ledger.tenders.publish(buyer, Notice("x", ""), closes_at, lots)
    (receipt,) = stage.send([act])
    (tender,) = stage.ledger.tenders.published(receipt)
    with pytest.raises(KeyNotProved, match="do not give this key"):
        OpenTender.at(stage.ledger, tender)
    (found,) = check(stage.ledger, number)
    assert len(found.wrong) == 1 + COLLUDING + 1  # ready, each confirmation, the key taken
    assert found.document()["ready"]
    assert not any(each["right"] for each in found.document()["confirmations"])


def test_a_node_that_hands_out_a_key_of_its_own_is_found_out(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = generate(7).point()
    forged = x.to_bytes(32, "big") + y.to_bytes(32, "big")

    def taken(log: Log) -> Log:
        return replace(log, data=log.data[:32] + forged) if len(log.data) == 96 else log

    lie(stage, monkeypatch, lambda logs: [taken(each) for each in logs])
    with pytest.raises(KeyNotProved, match="do not give this key"):
        checking.proved_key(stage.ledger, box)


def test_a_node_that_hides_a_confirmation_is_found_out(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hide(logs: list[Log]) -> list[Log]:
        contract = stage.ledger.keys.contract
        names = [contract.decode_log(each).name for each in logs]
        places = [i for i, name in enumerate(names) if name == "BatchConfirmed"]
        hidden = set(places[COLLUDING - 1 :])
        return [each for i, each in enumerate(logs) if i not in hidden]

    lie(stage, monkeypatch, hide)
    with pytest.raises(KeyNotProved, match=f"{COLLUDING - 1} of {COLLUDING} openers"):
        checking.proved_key(stage.ledger, box)


def test_a_node_that_hides_enrolments_or_the_batch_is_found_out(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = stage.ledger.keys.contract

    def without(name: str) -> Callable[[list[Log]], list[Log]]:
        return lambda logs: [each for each in logs if contract.decode_log(each).name != name]

    for name, reason in (("OpenerEnrolled", "too few openers"), ("BatchOpened", "never opened")):
        with monkeypatch.context() as lying:
            lie(stage, lying, without(name))
            with pytest.raises(KeyNotProved, match=reason):
                checking.proved_key(stage.ledger, box)


def test_an_opener_that_enrolled_after_a_batch_was_opened_has_no_part_in_it(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = stage.ledger.keys.contract

    def late(logs: list[Log]) -> list[Log]:
        names = [contract.decode_log(each).name for each in logs]
        enrolled, opened = names.index("OpenerEnrolled"), names.index("BatchOpened")
        rest = logs[:enrolled] + logs[enrolled + 1 : opened + 1]
        return [*rest, logs[enrolled], *logs[opened + 1 :]]

    lie(stage, monkeypatch, late)
    (found,) = check(stage.ledger, None)
    assert {each["fault"] for each in found.document()["deals"]} == {"stranger", "length"}
    with pytest.raises(KeyNotProved):  # the deals are made for seven openers, not for six
        checking.proved_key(stage.ledger, box)


@pytest.mark.parametrize(
    ("view", "field", "other", "reason"),
    [
        ("epochOf", "setHash", bytes(32), "openers of epoch 1 are others"),
        ("encryptionKeyHash", None, bytes(32), "openers of epoch 1 are others"),
        ("batchOf", "root", b"\x01" * 32, "another root for batch 1"),
        ("boxOf", "point", "0x" + "5e" * 20, "box has another key"),
    ],
)
def test_storage_that_tells_something_else_than_the_events_is_found_out(
    stage: Stage,
    box: Box,
    monkeypatch: pytest.MonkeyPatch,
    view: str,
    field: str | None,
    other: object,
    reason: str,
) -> None:
    alter(stage.ledger.chain, monkeypatch, view, field, other)
    with pytest.raises(KeyNotProved, match=reason):
        checking.proved_key(stage.ledger, box)


def test_a_second_node_must_say_the_same(
    stage: Stage, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = stage.ledger.chain.url
    agree(stage.ledger, box, url)
    for view, field, other in (
        ("boxOf", "point", "0x" + "5e" * 20),
        ("batchOf", "root", b"\x01" * 32),
    ):
        with monkeypatch.context() as lying:
            lying.setattr(checking, "Chain", lambda *args: _lying(args, lying, view, field, other))  # noqa: B023
            with pytest.raises(NodesDiffer, match="ask a third one"):
                agree(stage.ledger, box, url)


def test_a_ballot_is_sealed_to_a_proved_key_only(
    stage: Stage, published: Tender, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts.seal(stage, [published])
    acts.open_bids(stage, [published])
    acts.draw(stage, [published])
    state = read(stage.ledger)
    Poll(stage.ledger, state, published.id)
    assert box_at(state, published.id, "ballots").stage == 16
    alter(stage.ledger.chain, monkeypatch, "boxOf", "point", "0x" + "5e" * 20)
    with pytest.raises(KeyNotProved, match="stage 16"):
        Poll(stage.ledger, state, published.id)


# At any time


def test_every_batch_is_found_in_order(stage: Stage) -> None:
    (found,) = check(stage.ledger, None)
    assert (found.epoch, found.batch, list(found.notes), list(found.wrong)) == (1, 1, [], [])
    told = found.document()
    assert [each["fault"] for each in told["deals"]] == [None] * 7
    assert all(each["right"] for each in told["confirmations"])
    with pytest.raises(UsageError, match="keys list"):
        check(stage.ledger, 9)


def test_a_wrong_share_and_a_wrong_confirmation_are_named_by_seat(
    stage: Stage, published: Tender, box: Box
) -> None:
    keys, openers = stage.ledger.keys, seated(stage)
    number = deal_batch(stage, lambda n, each: b"junk" if each.index == 2 else honest(n, each))
    (early,) = check(stage.ledger, number)
    assert early.wrong == []
    other = stage.openers._batches[1]
    stage.send([keys.confirm(openers[3].wallet, 1, number, replace(other, batch=number))])
    stage.ledger.chain.advance_to(*stage.ledger.tenders.closing_times([(published.id, BIDS)]))
    claim = published.bid_key
    right = openers[0].opener.share(claim.batch, claim.place)
    stage.send([keys.offer_share(openers[0].wallet, claim.id, box, right)])
    stage.send([keys.offer_share(openers[1].wallet, claim.id, box, 7)])
    seats = list(stage.openers.seeds)
    first, second = check(stage.ledger, None)
    assert first.wrong == [f"opener 2 (seat {seats[1]}) published a wrong share of key 0"]
    assert [each["right"] for each in first.document()["shares"]] == [True, False]
    assert second.wrong == [
        f"opener 4 (seat {seats[3]}) confirmed what does not follow from the deals"
    ]
    assert second.notes == [
        f"a deal of opener 2 (seat {seats[1]}) does not count: its length is wrong"
    ]


def test_dealing_that_goes_on_or_gave_too_little_is_noted(stage: Stage, chain: Chain) -> None:
    keys, opener = stage.ledger.keys, seated(stage)[0]
    (receipt,) = stage.send([keys.open_batch(opener.wallet, 1, 2)])
    number, until = keys.opened_batch(receipt)
    (found,) = check(stage.ledger, number)
    assert "dealing is not over" in found.notes[0]
    chain.advance_to(until)
    (found,) = check(stage.ledger, number)
    assert (list(found.notes), list(found.wrong)) == (
        [f"0 deals count of {pilot.THRESHOLD} needed, so it gives no keys"],
        [],
    )
    assert found.document()["root"] is None


def test_an_e_that_two_dealers_proved_is_misconduct(stage: Stage) -> None:
    def twins(number: int, opener: Any) -> bytes:
        if opener.index not in (2, 6):
            return honest(number, opener)
        constant = opener.index
        polynomials = [[constant, 2, 3, 4], [constant, 6, 7, 8]]
        return make_deal(opener.context, opener.index, number, polynomials, 10)

    number = deal_batch(stage, twins)
    (found,) = check(stage.ledger, number)
    assert ["opener 2" in found.wrong[0], "opener 6" in found.wrong[1]] == [True, True]
    assert all("stands for something else too" in each for each in found.wrong)


# A wrong share is shown


def test_a_wrong_share_is_shown_and_checked_by_anybody(
    stage: Stage, chain: Chain, tmp_path: Path
) -> None:
    ledger, openers = stage.ledger, seated(stage)
    number = deal_batch(stage, rigged)
    seats, seeds = list(stage.openers.seeds), list(stage.openers.seeds.values())
    with pytest.raises(BadShare, match="keys accuse"):
        Opening(ledger, read(ledger)).confirm(openers[4].wallet, seeds[4], number)
    posted, said = evidence(ledger, seeds[4], seats[4], number, 3)
    assert said is not None
    assert posted == (number, 3, 5, said.pack())
    path = tmp_path / "evidence.json"
    digest = checking.keep(said, path, Store(tmp_path / "store"))
    assert Store(tmp_path / "store").get(digest) == path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        checking.keep(said, path, Store(tmp_path / "store"))
    ceremony, keys = accused(ledger, Accusation.load(path))
    assert (ceremony.seat(said.dealer), keys) == (seats[2], [0, 1])

    with pytest.raises(EvidenceError, match="is right"):  # an honest dealer
        evidence(ledger, seeds[4], seats[4], number, 2)
    with pytest.raises(EvidenceError, match="is right"):  # an opener that was dealt right shares
        evidence(ledger, seeds[0], seats[0], number, 3)
    for seed, seat in ((bytes(32), seats[4]), (seeds[4], seats[0]), (seeds[4], 99)):
        with pytest.raises(UsageError, match="not the seed of seat"):
            evidence(ledger, seed, seat, number, 3)
    with pytest.raises(UsageError, match="no batch 9"):
        accused(ledger, replace(said, batch=9))
    with pytest.raises(EvidenceError, match="names no deal"):
        accused(ledger, replace(said, batch=1))


def test_a_node_that_swaps_openers_is_shown_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under another's index an opener's right shares look wrong: it must know its own."""
    number = deal_batch(stage, honest)
    contract = stage.ledger.keys.contract
    seats, seeds = list(stage.openers.seeds), list(stage.openers.seeds.values())

    def swapped(logs: list[Log]) -> list[Log]:
        places = [
            i for i, each in enumerate(logs) if contract.decode_log(each).name == "OpenerEnrolled"
        ]
        fourth, fifth = logs[places[3]], logs[places[4]]
        told = {places[3]: fifth.data, places[4]: fourth.data}
        return [replace(each, data=told.get(i, each.data)) for i, each in enumerate(logs)]

    lie(stage, monkeypatch, swapped)
    with pytest.raises(UsageError, match="and the node"):
        evidence(stage.ledger, seeds[4], seats[4], number, 2)


# Whoever cheated deals no more


def accuse(stage: Stage, number: int, accuser: int, dealer: int) -> None:
    """An opener shows what a dealer did."""
    seats, seeds = list(stage.openers.seeds), list(stage.openers.seeds.values())
    place = accuser - 1
    said, _found = evidence(stage.ledger, seeds[place], seats[place], number, dealer)
    stage.send([stage.ledger.keys.accuse(seated(stage)[place].wallet, 1, said)])


def left(stage: Stage, culprit: int) -> list[Any]:
    """The other openers, with their secret side."""
    context = stage.ledger.keys.context(1)
    return [
        replace(each, opener=Opener(seed, context, each.opener.index))
        for each, seed in zip(seated(stage), stage.openers.seeds.values(), strict=True)
        if each.opener.index != culprit
    ]


def take_first(
    stage: Stage, buyer: Wallet, number: int, openers: Sequence[Any], deals: dict[int, bytes]
) -> int:
    """Openers confirm a batch, as many as make it ready; a tender takes its first key."""
    keys = stage.ledger.keys
    results = {each: each.opener.accept(number, 2, deals) for each in openers[:COLLUDING]}
    stage.send([keys.confirm(each.wallet, 1, number, found) for each, found in results.items()])
    result = results[openers[0]]
    claim = KeyClaim(key_id(1, number, 0), number, 0, result.public_keys[0], result.proof(0))
    terms = pilot_terms(stage.ledger, "IDR", None, b"\x01" * 32)
    closes_at = stage.ledger.chain.now + pilot.TENDERING
    lots = [Lot("", terms, (claim,))]
    act = stage.ledger.tenders.publish(buyer, Notice("x", ""), closes_at, lots)
    (receipt,) = stage.send([act])
    (tender,) = stage.ledger.tenders.published(receipt)
    return tender


def test_a_batch_is_dealt_again_without_the_culprit(stage: Stage, buyer: Wallet) -> None:
    first = deal_batch(stage, rigged)
    accuse(stage, first, 5, 3)
    assert list(stage.ledger.keys.context(1).members) == [1, 2, 4, 5, 6, 7]
    others, culprit = left(stage, 3), seated(stage)[2].opener
    deals = {each.opener.index: each.opener.deal(first + 1, 2) for each in others}
    posted = {**deals, 3: culprit.deal(first + 1, 2)}  # it deals on, as if nothing were
    number = deal_batch(stage, lambda _n, each: posted[each.index])
    tender = take_first(stage, buyer, number, others, deals)
    assert OpenTender.at(stage.ledger, tender).targets[0].public_key
    before, after = check(stage.ledger, None)[-2:]
    assert before.wrong == [
        f"{named(stage, 3)} dealt {named(stage, 5)} wrong shares of keys 0, 1, as is shown"
    ]
    assert before.document()["accusations"][0]["holds"]
    assert after.wrong == []
    assert after.document()["dealers"] == [1, 2, 4, 5, 6, 7]
    assert after.document()["leftOut"] == [3]
    assert f"{named(stage, 3)} was shown to have cheated before, and takes no part" in after.notes


def test_a_key_of_a_batch_that_ignores_an_accusation_is_not_sealed_to(
    stage: Stage, buyer: Wallet
) -> None:
    """Openers go on with the culprit, as many of them as make the batch ready."""
    accuse(stage, deal_batch(stage, rigged), 5, 3)
    number = deal_batch(stage, honest)
    deals = {each.opener.index: honest(number, each.opener) for each in seated(stage)}
    tender = take_first(stage, buyer, number, seated(stage), deals)
    with pytest.raises(KeyNotProved, match=r"once opener 3 .*, shown to have cheated"):
        OpenTender.at(stage.ledger, tender)
    with pytest.raises(CeremonyError):
        stage.ledger.keys.pool()


def test_an_accusation_that_proves_nothing_leaves_nobody_out(stage: Stage) -> None:
    keys, openers = stage.ledger.keys, seated(stage)
    first = deal_batch(stage, honest)
    stage.send([keys.accuse(openers[5].wallet, 1, Accused(first, 2, 6, b"\1" + bytes(129)))])
    assert list(keys.context(1).members) == [*range(1, 8)]
    (found,) = check(stage.ledger, first)
    assert found.wrong == []
    assert f"{named(stage, 6)} accuses {named(stage, 2)}" in found.notes[0]
    assert not found.document()["accusations"][0]["holds"]


def test_who_is_accused_after_a_batch_was_opened_stays_in_it(stage: Stage, buyer: Wallet) -> None:
    first = deal_batch(stage, rigged)
    number = deal_batch(stage, honest)
    accuse(stage, first, 5, 3)
    (found,) = check(stage.ledger, number)
    assert found.document()["dealers"] == [*range(1, 8)]
    deals = {each.opener.index: honest(number, each.opener) for each in seated(stage)}
    tender = take_first(stage, buyer, number, seated(stage), deals)
    assert OpenTender.at(stage.ledger, tender).targets[0].public_key


def test_an_opener_that_uses_its_e_twice_is_left_out_without_any_share_shown(stage: Stage) -> None:
    def twice(number: int, opener: Any) -> bytes:
        if opener.index != 3:
            return honest(number, opener)
        polynomials = [[number, 2, 3, 4], [number, 6, 7, 8]]
        return make_deal(opener.context, 3, number, polynomials, 10)

    numbers = [deal_batch(stage, twice) for _batch in range(2)]
    seats, seeds = list(stage.openers.seeds), list(stage.openers.seeds.values())
    said, shown = evidence(stage.ledger, seeds[0], seats[0], numbers[0], 3)
    assert (len(said.evidence), shown) == (65, None)
    accuse(stage, numbers[0], 1, 3)
    assert 3 not in stage.ledger.keys.context(1).members


def test_a_confirmation_by_who_holds_no_shares_is_named(stage: Stage) -> None:
    first = deal_batch(stage, rigged)
    accuse(stage, first, 5, 3)
    others = left(stage, 3)
    deals = {each.opener.index: each.opener.deal(first + 1, 2) for each in others}
    number = deal_batch(stage, lambda _n, each: deals.get(each.index, b"junk"))
    result = others[0].opener.accept(number, 2, deals)
    stage.send([stage.ledger.keys.confirm(seated(stage)[2].wallet, 1, number, result)])
    (found,) = check(stage.ledger, number)
    assert found.wrong == [f"{named(stage, 3)} confirmed, although it holds no shares"]


def named(stage: Stage, opener: int) -> str:
    return f"opener {opener} (seat {list(stage.openers.seeds)[opener - 1]})"


# What a lying node says


def lie(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, change: Callable[[list[Log]], list[Log]]
) -> None:
    told = stage.ledger.chain.logs
    monkeypatch.setattr(stage.ledger.chain, "logs", lambda *where: change(told(*where)))


def alter(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, view: str, field: str | None, other: object
) -> None:
    told = chain.views

    def views(calls: Sequence[tuple[Any, str, Any]], **more: Any) -> list[Any]:
        return [
            found if name != view else {**found, field: other} if field else other
            for found, (_contract, name, _args) in zip(told(calls, **more), calls, strict=True)
        ]

    monkeypatch.setattr(chain, "views", views)


def _lying(args: Any, monkeypatch: pytest.MonkeyPatch, view: str, field: str, other: object) -> Any:
    chain = Chain(*args)
    alter(chain, monkeypatch, view, field, other)
    return chain
