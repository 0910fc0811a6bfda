"""Accusations on chain, which everybody judges alike by what was posted before them."""

from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.sealing.curve import N, generate, multiply, parse_point
from terang.sealing.dealing import make_deal
from terang.sealing.epoch import EpochContext
from terang.sealing.evidence import EvidenceError, accuse
from terang.sealing.judging import Dealing
from terang.sealing.misconduct import Accused, judge, needed, repetition

from .dealings import POLYNOMIALS, E, dealing, proven, secret_of, spoiled, wrong_deal

OTHERS = [[1, 2, 3], [4, 5, 6]]


@pytest.fixture
def said(context: EpochContext, bad: Dealing) -> Accused:
    return Accused(1, 3, 4, accuse([bad], 1, 3, 4, secret_of(context, 4)).pack())


def test_a_wrong_share_is_proved_by_130_bytes(bad: Dealing, said: Accused) -> None:
    assert (len(said.evidence), said.kind) == (130, 1)
    assert judge(said, [bad]) == [0, 1]


def test_an_accusation_is_its_accusers_about_this_dealer_and_batch_alone(
    context: EpochContext, bad: Dealing, said: Accused
) -> None:
    for change in ({"accuser": 5}, {"accuser": 3}, {"accuser": 9}, {"dealer": 2}, {"batch": 2}):
        with pytest.raises(EvidenceError):
            judge(said._replace(**change), [bad])
    with pytest.raises(EvidenceError, match="names no deal"):
        judge(said, [replace(bad, batch=2)])


@pytest.mark.parametrize("place", [0, 1, 33, 34, 66, 98])
def test_evidence_with_a_byte_changed_proves_nothing(
    bad: Dealing, said: Accused, place: int
) -> None:
    changed = said.evidence[:place] + bytes([said.evidence[place] ^ 0x81])
    with pytest.raises(EvidenceError):
        judge(said._replace(evidence=changed + said.evidence[place + 1 :]), [bad])


@pytest.mark.parametrize(
    "evidence",
    [b"", b"\0", b"\1", b"\1" * 129, b"\1" * 131, b"\2" * 64, b"\3" * 130, b"\xff" * 256],
)
def test_junk_proves_nothing(bad: Dealing, evidence: bytes) -> None:
    with pytest.raises(EvidenceError, match="no known kind"):
        judge(Accused(1, 3, 4, evidence), [bad])


def test_what_is_posted_later_makes_no_earlier_accusation_true(bad: Dealing, said: Accused) -> None:
    """Else a culprit could post its deal late, and change who took part in later batches."""
    with pytest.raises(EvidenceError, match="names no deal"):
        judge(said, [replace(bad, posted=[each for each in bad.posted if each.dealer != 3])])
    with pytest.raises(EvidenceError, match="names no deal"):
        judge(said, [])


def test_nothing_that_comes_later_makes_an_accusation_false(
    consortium: Any, context: EpochContext, bad: Dealing, said: Accused
) -> None:
    honest = make_deal(context, 3, 1, OTHERS, 5)
    more = replace(bad, posted=[*bad.posted, *dealing(context, {3: honest}).posted])
    assert judge(said, [more, dealing(context, {3: honest}, batch=2)]) == [0, 1]


def test_a_deal_of_who_is_no_member_is_no_reason_to_accuse(
    context: EpochContext, bad: Dealing, said: Accused
) -> None:
    members = {index: key for index, key in context.members.items() if index != 3}
    with pytest.raises(EvidenceError):
        judge(said, [replace(bad, context=replace(context, members=members))])


# A point E that is in two deals


@pytest.mark.parametrize("e", [E, N - E])
def test_two_dealers_of_the_same_e_may_both_be_accused(consortium: Any, e: int) -> None:
    context = consortium.context
    twins = {3: wrong_deal(context), 5: make_deal(context, 5, 1, OTHERS, e)}
    found = dealing(context, {**consortium.deals, **twins})
    for dealer, other in ((3, 5), (5, 3)):
        evidence = repetition([found], 1, dealer)
        assert evidence == b"\2" + keccak(twins[dealer]) + keccak(twins[other])
        # whoever posts it, since it is no secret
        assert judge(Accused(1, dealer, 1, evidence), [found]) == []
        with pytest.raises(EvidenceError, match="names no deal"):
            judge(Accused(1, 2, 1, evidence), [found])
    assert [repetition([found], 1, dealer) for dealer in (1, 2, 4)] == [None] * 3


def test_a_dealer_that_uses_its_e_in_two_batches_may_be_accused(consortium: Any) -> None:
    context = consortium.context
    first = dealing(context, {**consortium.deals, 3: make_deal(context, 3, 1, POLYNOMIALS, E)})
    second = dealing(context, {3: make_deal(context, 3, 2, OTHERS, E)}, batch=2)
    assert repetition([first], 1, 3) is None
    for batch in (1, 2):
        evidence = repetition([first, second], batch, 3)
        assert evidence is not None
        assert judge(Accused(batch, 3, 1, evidence), [first, second]) == []
        with pytest.raises(EvidenceError):  # before the other was posted
            judge(Accused(batch, 3, 1, evidence), [first])


def test_nothing_is_shown_of_a_batch_that_had_too_few_members(context: EpochContext) -> None:
    assert repetition([], 1, 3) is None
    with pytest.raises(EvidenceError, match="no deal in batch 1"):
        accuse([], 1, 3, 4, secret_of(context, 4))


def test_only_the_batches_that_evidence_is_about_are_looked_at(context: EpochContext) -> None:
    """Or one byte would cost whoever replays as much as all batches of the epoch."""
    first, second = (make_deal(context, 3, batch, POLYNOMIALS, E) for batch in (1, 2))
    epoch = [(1, [(3, first)]), (2, [(3, second)]), (3, [(5, second[:99])])]
    twice = b"\2" + keccak(first) + keccak(second)
    assert needed(Accused(1, 3, 1, twice), epoch[0][1], epoch) == {1, 2}
    wrong = b"\1" + keccak(first) + bytes(97)
    assert needed(Accused(1, 3, 1, wrong), epoch[0][1], epoch) == {1}
    for said in (
        Accused(1, 3, 1, b"\1"),
        Accused(1, 3, 1, b"\1" + bytes(129)),
        Accused(1, 2, 1, wrong),
        Accused(2, 3, 1, wrong),
        Accused(9, 3, 1, twice),
    ):
        assert needed(said, dict(epoch).get(said.batch, []), epoch) == set()


def test_an_enrolled_copy_of_its_e_accuses_no_honest_dealer(context: EpochContext) -> None:
    """Who enrols proves no knowledge of its secret, and may have seen an E before its time."""
    copied = replace(context, members={**context.members, 5: generate(E)})
    honest = make_deal(copied, 3, 1, POLYNOMIALS, E)
    found = dealing(copied, {3: honest})
    assert found.deal_of(3) is not None
    assert repetition([found], 1, 3) is None
    with pytest.raises(EvidenceError, match="Nothing else that counts"):
        judge(
            Accused(1, 3, 5, b"\2" + keccak(honest) + keccak(copied.members[5].format())), [found]
        )


def test_who_copies_an_e_without_knowing_e_accuses_nobody_by_it(
    context: EpochContext, consortium: Any
) -> None:
    """Neither a copy of an honest dealer's E nor a multiple of it can be proved: none counts."""
    victim = consortium.deals[2]
    stolen = multiply(5, parse_point(victim[1:34])).format()
    for e in (victim[1:34], bytes([victim[1] ^ 1]) + victim[2:34], stolen):
        copy = spoiled(make_deal(context, 3, 1, POLYNOMIALS, E), slice(1, 34), e)
        found = dealing(context, {**consortium.deals, 3: copy})
        assert repetition([found], 1, 2) is None
        assert repetition([found], 1, 3) is None
        for dealer, deals in ((2, (victim, copy)), (3, (copy, victim))):
            evidence = b"\2" + b"".join(map(keccak, deals))
            with pytest.raises(EvidenceError):
                judge(Accused(1, dealer, 1, evidence), [found])


def test_a_deal_is_not_accused_by_itself_or_by_an_honest_one(
    context: EpochContext, consortium: Any
) -> None:
    found = dealing(context, consortium.deals)
    for other in (consortium.deals[3], consortium.deals[2], context.members[3].format()):
        evidence = b"\2" + keccak(consortium.deals[3]) + keccak(other)
        with pytest.raises(EvidenceError, match="Nothing else that counts"):
            judge(Accused(1, 3, 1, evidence), [found])


def test_a_second_deal_of_the_same_e_for_one_batch_is_harmless(
    context: EpochContext, consortium: Any
) -> None:
    """Only the first valid one counts, so there is nothing that it shares its E with."""
    first = make_deal(context, 3, 1, POLYNOMIALS, E)
    second = make_deal(context, 3, 1, OTHERS, E)
    found = dealing(context, [(1, consortium.deals[1]), (3, first), (3, second)])
    assert found.valid[3].digest == keccak(first)
    assert repetition([found], 1, 3) is None
    with pytest.raises(EvidenceError):
        judge(Accused(1, 3, 1, b"\2" + keccak(first) + keccak(second)), [found])


def test_an_honest_dealer_is_accused_of_no_wrong_share(
    context: EpochContext, consortium: Any, said: Accused
) -> None:
    honest = make_deal(context, 3, 1, POLYNOMIALS, E)
    assert proven(context, honest) != honest
    found = dealing(context, {**consortium.deals, 3: honest})
    forged = said.evidence[:1] + keccak(honest) + said.evidence[33:]
    with pytest.raises(EvidenceError, match="does not hold"):
        judge(said._replace(evidence=forged), [found])
