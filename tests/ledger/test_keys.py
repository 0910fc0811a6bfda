"""The pool of opening keys, as anybody recomputes it from the public record."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from terang.chain.connection import Chain
from terang.chain.contract import Event
from terang.demo.acts import Stage
from terang.demo.cast import Member
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.ledger.desk import NoKeyReady, open_tender
from terang.ledger.publishing import pilot_terms
from terang.ledger.tenders import Notice
from terang.sealing.ceremony import BatchResult, CeremonyError
from terang.sealing.epoch import key_id
from terang.vocabulary import BIDS


def openers(stage: Stage) -> Sequence[Member]:
    """The members who open: the first of each class."""
    seats = range(1, 14)
    by_class = [[stage.members[seat] for seat in seats if stage.members[seat].seat_class == each]
                for each in range(3)]  # fmt: skip
    return [*by_class[0][:3], *by_class[1][:2], *by_class[2][:2]]


def test_keys_of_a_confirmed_batch_are_in_the_pool_until_a_box_takes_them(
    stage: Stage, buyer: Wallet
) -> None:
    _batches, free = stage.ledger.keys.pool()
    assert [claim.place for claim in free] == list(range(32))
    terms = pilot_terms(stage.ledger, "IDR", None, b"\x01" * 32)
    closes_at = stage.ledger.chain.now + pilot.TENDERING
    notice = Notice("ocds-213czf-1", "")
    stage.ledger.send([open_tender(stage.ledger, buyer, notice, closes_at, [("", terms)])])
    _batches, left = stage.ledger.keys.pool()
    assert [claim.id for claim in left] == [claim.id for claim in free[1:]]
    number, public_key = stage.ledger.keys.key_of(stage.ledger.tenders.box(1, BIDS))
    assert (number, public_key.format()) == (free[0].id, free[0].public_key.format())


def test_a_box_that_does_not_exist_has_no_key(stage: Stage) -> None:
    with pytest.raises(CeremonyError, match="Tender 7 has no box for stage 0"):
        stage.ledger.keys.key_of(stage.ledger.tenders.box(7, BIDS))


def test_shares_for_another_box_or_epoch_are_not_those_of_the_key(stage: Stage) -> None:
    keys, box = stage.ledger.keys, stage.ledger.tenders.box(1, BIDS)
    right = {"box": box.contract, "tenderId": 1, "stage": 0, "epoch": 1, "index": 2, "share": 3}
    wrong = ({"box": keys.contract.address}, {"tenderId": 2}, {"stage": 16}, {"epoch": 2})
    events = [
        Event("ShareOffered", {**right, **each}, keys.contract.address, 1, bytes(32), 0)
        for each in ({}, *wrong)
    ]
    assert keys.shares(events[1:], key_id(1, 1, 0), box) == {}
    assert keys.shares(events, key_id(1, 1, 0), box) == {2: 3}


def test_a_batch_confirmed_with_other_keys_than_its_deals_give_is_refused(
    stage: Stage, chain: Chain
) -> None:
    keys, members = stage.ledger.keys, openers(stage)
    batches, _free = keys.pool()
    (receipt,) = stage.send([keys.open_batch(members[0].wallet, 1, 32)])
    number, until = keys.opened_batch(receipt)
    seated = stage.openers._seated  # the secret side, which only a test may borrow
    stage.send([keys.deal(each.wallet, 1, number, each.opener.deal(number, 32)) for each in seated])
    chain.advance_to(until)
    other: BatchResult = replace(batches[1], batch=number)
    stage.send([keys.confirm(member.wallet, 1, number, other) for member in members[:6]])
    with pytest.raises(CeremonyError, match="confirmed other keys"):
        keys.pool()


def test_without_a_ready_key_no_tender_opens_and_the_sentence_says_whom_to_ask(
    stage: Stage, buyer: Wallet
) -> None:
    keys = stage.ledger.keys
    seats = [member.seat for member in openers(stage)]
    stage.send([keys.start_epoch(stage.offices.administrator, seats, 4, 6)])
    terms = pilot_terms(stage.ledger, "IDR", None, b"\x01" * 32)
    with pytest.raises(NoKeyReady, match="openers"):
        open_tender(
            stage.ledger,
            buyer,
            Notice("x", ""),
            stage.ledger.chain.now + pilot.TENDERING,
            [("", terms)],
        )
