"""The pool of opening keys, as anybody recomputes it from the public record."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from terang.chain.connection import Chain
from terang.demo.acts import Stage
from terang.demo.cast import Member
from terang.identity.wallet import Wallet
from terang.ledger.desk import NoKeyReady, open_tender, pilot_terms
from terang.ledger.tenders import Notice
from terang.sealing.ceremony import BatchResult, CeremonyError


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
    closes_at = stage.ledger.chain.now + 86_400 + 60
    open_tender(stage.ledger, buyer, terms, Notice("ocds-213czf-1", "", ""), closes_at)
    _batches, left = stage.ledger.keys.pool()
    assert [claim.id for claim in left] == [claim.id for claim in free[1:]]
    assert stage.ledger.keys.public_key(free[0].id).format() == free[0].public_key.format()


def test_a_key_that_no_box_has_taken_is_told(stage: Stage) -> None:
    with pytest.raises(CeremonyError, match="No box has taken key 7"):
        stage.ledger.keys.public_key(7)


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
            stage.ledger, buyer, terms, Notice("x", "", ""), stage.ledger.chain.now + 90_000
        )
