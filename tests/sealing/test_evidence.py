"""Deals judged by everybody, and wrong shares shown without showing anything else."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.sealing.ceremony import CeremonyError, settle
from terang.sealing.curve import N, PublicKey, generate, multiply, parse_point
from terang.sealing.dealing import make_deal
from terang.sealing.epoch import ENCRYPTION, EpochContext, derive, encryption_key, set_hash
from terang.sealing.evidence import Accusation, EvidenceError, accuse
from terang.sealing.judging import Dealing, Fault, Posted, proof_of
from terang.sealing.opener import BadShare, Opener

from .dealings import HEAD, POLYNOMIALS, E, dealing, proven, secret_of, spoiled, wrong_deal


@pytest.fixture
def accusation(context: EpochContext, bad: Dealing) -> Accusation:
    return accuse([bad], 1, 3, 4, secret_of(context, 4))


# Which deals count


def judged(found: Dealing) -> list[Fault | None]:
    return [each.fault for each in found.judged]


def test_good_deals_count_and_give_what_openers_confirm(consortium: Any) -> None:
    found = dealing(consortium.context, consortium.deals)
    assert judged(found) == [None] * 5
    confirmed = settle(consortium.context, 1, 2, consortium.deals)
    assert (found.result.root, found.result.transcript) == (confirmed.root, confirmed.transcript)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda deal: b"", Fault.LENGTH),
        (lambda deal: deal[:-1], Fault.LENGTH),
        (lambda deal: deal + bytes(33), Fault.LENGTH),
        (lambda deal: deal[:HEAD] + deal[HEAD : HEAD + 66] + deal[HEAD:], Fault.DEGREE),
        (lambda deal: deal[:HEAD] + deal[HEAD + 66 :], Fault.DEGREE),
        (lambda deal: b"\2" + deal[1:], Fault.VERSION),
        (lambda deal: spoiled(deal, slice(1, 34), b"\4" + bytes(32)), Fault.POINT),
        (lambda deal: spoiled(deal, slice(HEAD, HEAD + 33), bytes(33)), Fault.POINT),
        (lambda deal: spoiled(deal, slice(34, HEAD), bytes(65)), Fault.UNPROVEN),
        (lambda deal: deal[:-1] + bytes([deal[-1] ^ 1]), Fault.PROOF),
        (lambda deal: spoiled(deal, slice(67, HEAD), bytes(32)), Fault.PROOF),
    ],
)
def test_a_deal_that_does_not_count_is_told_why(
    consortium: Any, spoil: Callable[[bytes], bytes], fault: Fault
) -> None:
    deals = [(2, spoil(consortium.deals[2])), *((i, consortium.deals[i]) for i in (1, 3, 4))]
    found = dealing(consortium.context, deals)
    assert judged(found) == [fault, None, None, None]
    assert list(found.valid) == [1, 3, 4]


def test_a_copied_proof_is_told_from_a_replayed_one(consortium: Any) -> None:
    context, deals = consortium.context, consortium.deals
    copied = dealing(context, [(1, deals[1]), (2, deals[1])])
    assert judged(copied) == [None, Fault.COPIED]
    earlier = consortium.openers[2].deal(9, 2)
    elsewhere = {proof_of(earlier): 2}
    assert judged(dealing(context, {2: earlier}, elsewhere=elsewhere)) == [Fault.REPLAYED]
    assert judged(dealing(context, {3: earlier}, elsewhere=elsewhere)) == [Fault.COPIED]


def test_a_second_deal_a_late_one_and_a_strangers_do_not_count(consortium: Any) -> None:
    context, deals = consortium.context, consortium.deals
    other = make_deal(context, 2, 1, POLYNOMIALS, 7)
    found = dealing(context, [(2, b"junk"), (2, deals[2]), (2, other), (9, deals[1])])
    assert judged(found) == [Fault.LENGTH, None, Fault.SECOND, Fault.STRANGER]
    assert found.valid[2].digest == keccak(deals[2])
    for time, fault in ((199, None), (200, Fault.LATE)):
        late = replace(found, posted=[Posted(1, deals[1], time)])
        assert judged(late) == [fault]


def test_too_few_deals_give_no_keys(consortium: Any) -> None:
    found = dealing(consortium.context, {i: consortium.deals[i] for i in (1, 2)})
    with pytest.raises(CeremonyError, match="2 valid deals of 3"):
        _ = found.result


# A wrong share is shown


def test_a_wrong_share_is_shown_to_everybody(
    consortium: Any, bad: Dealing, accusation: Accusation
) -> None:
    payloads = {each.dealer: each.payload for each in bad.posted}
    with pytest.raises(BadShare, match="keys accuse"):
        consortium.openers[4].accept(1, 2, payloads)
    assert (accusation.dealer, accusation.opener) == (3, 4)
    assert accusation.check(bad) == [0, 1]


def test_the_proof_is_as_designed(bad: Dealing, accusation: Accusation) -> None:
    """c·Enc and c·W are taken away from s·G and s·E, and c is the hash of what is left."""
    enc, w = bad.context.members[4], parse_point(accusation.point)
    e, minus = bad.valid[3].ephemeral, N - accusation.challenge

    def sum_of(a: PublicKey, b: PublicKey) -> tuple[int, int]:
        x, y = PublicKey.combine_keys([a, b]).point()
        return x, y

    one = sum_of(generate(accusation.response), multiply(minus, enc))
    other = sum_of(multiply(accusation.response, e), multiply(minus, w))
    numbers = [31337, int(accusation.contract, 16), 1, 1, 3, 4]
    numbers += [int.from_bytes(keccak(bad.posted[2].payload), "big")]
    numbers += [*enc.point(), *w.point(), *one, *other]
    label = keccak(text="Terang ceremony accusation v1")
    digest = keccak(label + b"".join(each.to_bytes(32, "big") for each in numbers))
    assert int.from_bytes(digest, "big") % N == accusation.challenge
    assert w == multiply(E, enc)


def test_evidence_is_the_same_each_time_and_tells_nothing_of_the_secret(
    context: EpochContext, bad: Dealing, accusation: Accusation
) -> None:
    secret = secret_of(context, 4)
    assert accuse([bad], 1, 3, 4, secret) == accusation
    assert f"{secret:064x}" not in json.dumps(accusation.document())


def test_one_wrong_share_among_right_ones_is_named(consortium: Any) -> None:
    context = consortium.context
    honest = make_deal(context, 3, 1, POLYNOMIALS, E)
    at = HEAD + 2 * 3 * 33 + 32 * (1 * 4 + 2)  # key 1, for opener 4 among 1, 2, 4, 5
    changed = proven(context, honest[:at] + bytes(32) + honest[at + 32 :])
    found = dealing(context, {**consortium.deals, 3: changed})
    assert accuse([found], 1, 3, 4, secret_of(context, 4)).check(found) == [1]


# The oracle: what must never be shown


def test_no_point_is_shown_for_a_deal_without_a_valid_proof(consortium: Any) -> None:
    """The attack: opener 3 names 5·E of honest opener 2, deals junk, and waits to be accused.

    The point so shown, divided by 5, would decrypt what opener 2 dealt to the accuser.
    """
    context, victim = consortium.context, consortium.deals[2]
    stolen = multiply(5, parse_point(victim[1:34])).format()
    junk = make_deal(context, 3, 1, POLYNOMIALS, E)
    for e in (stolen, victim[1:34], bytes([victim[1] ^ 1]) + victim[2:34]):
        attack = spoiled(junk, slice(1, 34), e)
        for deal in (attack, spoiled(attack, slice(34, HEAD), victim[34:HEAD])):
            found = dealing(context, {**consortium.deals, 3: deal})
            with pytest.raises(EvidenceError, match="no deal in batch 1"):
                accuse([found], 1, 3, 4, secret_of(context, 4))


@pytest.mark.parametrize("e", [E, N - E])
def test_no_point_is_shown_for_an_e_that_another_deal_uses_too(consortium: Any, e: int) -> None:
    """Whoever proved the other deal knows e; both are misconduct that shows by itself."""
    context = consortium.context
    here = dealing(context, {**consortium.deals, 3: wrong_deal(context)})
    twin = make_deal(context, 5, 1, [[1, 2, 3], [4, 5, 6]], e)
    same_batch = dealing(context, {**consortium.deals, 3: wrong_deal(context), 5: twin})
    later = dealing(context, {3: make_deal(context, 3, 2, POLYNOMIALS, e)}, batch=2)
    for epoch in ([same_batch], [here, later]):
        with pytest.raises(EvidenceError, match="used elsewhere"):
            accuse(epoch, 1, 3, 4, secret_of(context, 4))


def test_an_enrolled_copy_of_its_e_protects_no_bad_dealer(consortium: Any) -> None:
    """Who proved E knows every W of it, so that showing one tells it nothing."""
    context = consortium.context
    copied = replace(context, members={**context.members, 5: generate(E)})
    found = dealing(copied, {3: wrong_deal(copied)})
    assert accuse([found], 1, 3, 4, secret_of(context, 4)).check(found) == [0, 1]


def test_a_junk_copy_of_its_e_protects_no_bad_dealer(consortium: Any) -> None:
    context, deal = consortium.context, wrong_deal(consortium.context)
    junk = spoiled(consortium.deals[5], slice(1, 34), deal[1:34])
    here = dealing(context, [*((i, consortium.deals[i]) for i in (1, 2)), (3, deal), (5, junk)])
    later = dealing(context, {5: junk, 2: deal}, batch=2)
    assert accuse([here, later], 1, 3, 4, secret_of(context, 4)).check(here) == [0, 1]


@pytest.mark.parametrize(
    ("members", "told"), [((1, 2, 3, 5), (2, 3, 4, 5)), ((2, 3, 4, 5), (1, 2, 3, 5))]
)
def test_no_point_is_shown_when_a_node_lies_about_who_the_members_are(
    context: EpochContext, members: tuple[int, ...], told: tuple[int, ...]
) -> None:
    """Honest opener 3 dealt for the members, and its proof covers who they are.

    A node that names others would let its right shares look wrong, and read them once W is out.
    """
    real = replace(context, members={i: context.members[i] for i in members}, threshold=2)
    honest = make_deal(real, 3, 1, [[11, 12], [21, 22]], E)
    lied = replace(real, members={i: context.members[i] for i in told})
    with pytest.raises(EvidenceError, match="no deal in batch 1"):
        accuse([dealing(lied, {3: honest})], 1, 3, 2, secret_of(context, 2))


def test_no_point_is_shown_to_a_node_that_lied_about_the_seats_from_enrolment_on() -> None:
    """Then the opener's own key is of the seats that it was told, and so is its index."""
    true, told = [10, 20, 30, 40, 50], [10, 20, 30, 50, 40]
    where, lie = (1, "0x" + "11" * 20, 1), set_hash(told, 3, 4)
    seeds = {i: keccak(text=f"seed {i}") for i in range(1, 6)}
    keys = {i: encryption_key(seed, *where, set_hash(true, 3, 4)) for i, seed in seeds.items()}
    keys[4] = encryption_key(seeds[4], *where, lie)
    real = EpochContext(*where, keys, 3, set_hash(true, 3, 4))
    lied = EpochContext(*where, {**keys, 4: keys[5], 5: keys[4]}, 3, lie)
    honest = {i: Opener(seeds[i], real, i).deal(1, 2) for i in (1, 2, 3)}
    assert set(dealing(real, honest).valid) == {1, 2, 3}
    secret = derive(seeds[4], ENCRYPTION, lied.prefix, lie)
    for dealer in honest:
        with pytest.raises(EvidenceError, match="no deal in batch 1"):
            accuse([dealing(lied, honest)], 1, dealer, 5, secret)


@pytest.mark.parametrize("swapped", [True, False])
def test_who_dealt_to_keys_that_its_node_made_up_is_not_accused(
    consortium: Any, context: EpochContext, swapped: bool
) -> None:
    told = {4: context.members[5], 5: context.members[4]} if swapped else {4: generate(12345)}
    lied = replace(context, members={**context.members, **told})
    found = dealing(context, {3: make_deal(lied, 3, 1, POLYNOMIALS, E)})
    assert found.deal_of(3) is None
    with pytest.raises(EvidenceError, match="no deal in batch 1"):
        accuse([found], 1, 3, 4, secret_of(context, 4))


def test_a_wrong_share_is_shown_though_not_all_had_enrolled(context: EpochContext) -> None:
    members = {i: context.members[i] for i in (1, 3, 4, 5)}
    few = replace(context, members=members)
    found = dealing(few, {3: wrong_deal(few)})
    assert accuse([found], 1, 3, 4, secret_of(context, 4)).check(found) == [0, 1]


def test_no_point_is_shown_for_a_second_deal(consortium: Any) -> None:
    context = consortium.context
    posted = [*consortium.deals.items(), (3, wrong_deal(context))]
    with pytest.raises(EvidenceError, match="is right"):
        accuse([dealing(context, posted)], 1, 3, 4, secret_of(context, 4))


# An honest dealer cannot be accused


def test_an_honest_dealer_is_not_accused(consortium: Any, context: EpochContext) -> None:
    found = dealing(context, consortium.deals)
    for dealer, opener in ((3, 4), (1, 5)):
        with pytest.raises(EvidenceError, match="is right"):
            accuse([found], 1, dealer, opener, secret_of(context, opener))
    for dealer in (4, 6):  # itself, and nobody
        with pytest.raises(EvidenceError, match="no deal in batch 1"):
            accuse([found], 1, dealer, 4, secret_of(context, 4))


def test_a_proved_point_of_right_shares_accuses_nobody(
    consortium: Any, context: EpochContext, bad: Dealing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An opener that lies about what it was dealt, with a proof that holds."""
    good = dealing(context, consortium.deals)
    with monkeypatch.context() as lie:
        lie.setattr("terang.sealing.evidence.wrong_shares", lambda *_any: [0])
        said = accuse([good], 1, 3, 4, secret_of(context, 4))
    with pytest.raises(EvidenceError, match="is right"):
        said.check(good)


@pytest.mark.parametrize(
    "change",
    [
        {"challenge": 0},
        {"challenge": N},
        {"response": 0},
        {"response": N},
        {"response": 1},
        {"challenge": 1},
        {"point": generate(5).format()},
        {"opener": 5},
    ],
)
def test_a_wrong_proof_accuses_nobody(
    bad: Dealing, accusation: Accusation, change: dict[str, Any]
) -> None:
    with pytest.raises(EvidenceError, match="does not hold"):
        replace(accusation, **change).check(bad)


def test_a_forged_point_accuses_no_honest_dealer(
    consortium: Any, context: EpochContext, accusation: Accusation
) -> None:
    """Any point but the true W decrypts to rubbish: only the proof keeps it from accusing."""
    good = dealing(context, consortium.deals)
    digest = keccak(consortium.deals[3])
    forged = replace(accusation, deal=digest)
    with pytest.raises(EvidenceError, match="does not hold"):
        forged.check(good)


def test_evidence_of_another_batch_deal_or_ledger_is_refused(
    consortium: Any, elsewhere: list[Any], bad: Dealing, accusation: Accusation
) -> None:
    with pytest.raises(EvidenceError, match="another batch"):
        accusation.check(replace(bad, batch=2))
    for other in elsewhere:
        with pytest.raises(EvidenceError, match="another ledger"):
            accusation.check(dealing(other.context, other.deals))
    for change in ({"deal": bytes(32)}, {"dealer": 2}, {"dealer": 9}, {"opener": 3}, {"opener": 9}):
        with pytest.raises(EvidenceError, match="names no deal"):
            replace(accusation, **change).check(bad)
    unproven = dealing(bad.context, {**consortium.deals, 3: bad.posted[2].payload[:-1] + b"\0"})
    with pytest.raises(EvidenceError, match="names no deal"):
        accusation.check(unproven)


# Its file


def test_evidence_comes_back_from_its_file(tmp_path: Path, accusation: Accusation) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps(accusation.document()))
    assert Accusation.load(path) == accusation


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "terang opener seed"},
        {"epoch": True},
        {"batch": 0},
        {"dealer": -1},
        {"opener": "4"},
        {"chainId": 2**256},
        {"contract": "0x5e"},
        {"contract": "0x" + "5e" * 19 + "aB"},
        {"contract": None},
        {"deal": "0x00"},
        {"point": "0x04" + "00" * 32},
        {"point": "0x02"},
        {"challenge": 5},
        {"response": "0x" + "00" * 33},
        {"more": 1},
    ],
)
def test_a_file_that_is_no_evidence_is_refused(
    tmp_path: Path, accusation: Accusation, change: dict[str, Any]
) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps({**accusation.document(), **change}))
    with pytest.raises(EvidenceError, match="is no evidence"):
        Accusation.load(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"epoch":1}'])
def test_junk_is_no_evidence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "evidence.json"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match="is no evidence"):
        Accusation.load(path)
    with pytest.raises(EvidenceError, match="is no evidence"):
        Accusation.load(tmp_path / "missing.json")
