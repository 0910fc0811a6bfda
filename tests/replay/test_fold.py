"""What the fold refuses by itself, whatever storage says: one forged value of a true event."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.replay.errors import (
    AGAIN,
    MONEY,
    ORDER,
    RIGHT,
    TIME,
    UNKNOWN,
    VALUE,
    ReplayError,
)
from terang.replay.fold import TOKEN, apply
from terang.replay.state import WITHDRAWN, ZERO, State
from terang.sealing.curve import N
from terang.sealing.misconduct import Accused
from terang.vocabulary import Licence, Power, Role, Status

from .forged import Kind, before, cases, check_extremes, check_refused
from .story import DAY, EVER, KEYS, NUMBER, Told, account

EARLIER = {"time": -40 * DAY}
LATER = {"time": 400 * DAY}
LATE = len(NUMBER) + 2  # which of the keys a registrar authorises later than its organisation


def _due_after(first: int, last: int) -> Callable[[Any], Any]:
    """Moves the due dates, in the story a day after the start, to so many days after it."""

    def moved(milestones: Any) -> Any:
        days = [first] * (len(milestones) - 1) + [last]
        return tuple(
            {**each, "dueAt": each["dueAt"] + (day - 1) * DAY}
            for each, day in zip(milestones, days, strict=True)
        )

    return moved


def _two_of_each_class(state: State) -> None:
    for number, seat_class in ((1, 0), (2, 0), (4, 1), (5, 1), (7, 2), (8, 2)):
        state.seats[number - 1].seat_class = seat_class


def _many_seats(state: State) -> None:
    classes = [0] * 22 + [1] * 22 + [2] * 22
    state.seats += [replace(state.seats[0], seat_class=each) for each in classes]


def _another_epoch(state: State) -> None:
    state.epochs.append(replace(state.epochs[0], id=2))


def _is_accused(state: State) -> None:
    state.batches[1, 1].accusations.append(Accused(1, 2, 1, b"\1"))


def _batch_is_ready(state: State) -> None:
    state.batches[1, 1].root = b"\x01" * 32


def _shut(state: State) -> None:
    box = state.tenders[3].box
    box.shut = True


def _cancelled_but_not_shut(state: State) -> None:
    state.tenders[2].cancelled = state.tenders[2].published


def _every_box_is_shut(state: State) -> None:
    for box in state.boxes():
        box.shut = True


def _second_box_is_shut(state: State) -> None:
    box = state.tenders[2].box
    box.shut = True


def _other_panel(state: State) -> None:
    state.tenders[1].award.rounds[1].panel = ()


def _panel_of_the_second_agency(state: State) -> None:
    state.tenders[1].award.rounds[1].panel = (2,)


def _all_voted(state: State) -> None:
    evaluation = state.tenders[1].award.rounds[1]
    evaluation.ballots = [evaluation.ballots[0]._replace(seat=seat) for seat in evaluation.panel]


def _ballots_left(state: State) -> None:
    box = state.tenders[1].award.rounds[1].box
    box.voids.pop()


def _quorum_of_three(state: State) -> None:
    state.tenders[1].award.rounds[1].quorum = 3


def _no_present_rule(state: State) -> None:
    state.present.clear()


def _in_standstill(state: State) -> None:
    state.tenders[5].award.standstill = state.tenders[5].published


def _other_is_best(state: State) -> None:
    state.tenders[5].award.best = 2


def _half_ranked(state: State) -> None:
    state.tenders[5].award.ranked = 0


def _none_acceptable(state: State) -> None:
    state.tenders[4].award.none_acceptable = state.tenders[4].published


def _some_best(state: State) -> None:
    state.tenders[4].award.best = 1


def _long_standstill(state: State) -> None:
    state.tenders[5].award.standstill_ends_at *= 2


def _nothing_arrived(state: State) -> None:
    state.arrived = None


def _approvals(state: State, needed: int) -> None:
    for signed in (each.agreement for each in state.tenders.values()):
        if signed is not None:
            signed.agreement = {**signed.agreement, "approvals": needed}


def _one_approval_is_enough(state: State) -> None:
    _approvals(state, 1)


def _all_must_accept(state: State) -> None:
    _approvals(state, 3)


def _one_rejects_where_all_must_accept(state: State) -> None:
    _approvals(state, 3)
    state.tenders[5].account.milestones[0].rejections = 4


def _one_rejection_less(state: State) -> None:
    state.tenders[1].account.milestones[1].rejections = 2


def _rejected_earlier(state: State) -> None:
    history = state.tenders[1].account.milestones[1].history
    history[-1] = history[-2]


def _minted(state: State) -> None:
    for token in state.tokens.values():
        token.minted[keccak(text="cash")] = state.tenders[1].published


def _supplies(state: State) -> None:
    state.organisations[NUMBER["newcomer"] - 1].roles |= Role.SUPPLIER


def _no_approval(state: State) -> None:
    state.tenders[5].account.milestones[0].approvals = 1


def _no_money(state: State) -> None:
    state.tenders[5].account.funded = 332


def _renounced(state: State) -> None:
    state.tenders[5].account.renounced = state.tenders[5].published


def _not_renounced(state: State) -> None:
    state.tenders[5].account.renounced = None


def _nothing_to_claim(state: State) -> None:
    state.claimable = dict.fromkeys(state.claimable, 0)


def _nothing_due(state: State) -> None:
    state.due = None


def _licences_are_over(state: State) -> None:
    state.licences = dict.fromkeys(state.licences, (1, 2))


def _everybody_may_only_bid(state: State) -> None:
    for key in state.keys.values():
        key.powers = Power.BID


def _every_key_is_over(state: State) -> None:
    for key in state.keys.values():
        key.until = key.since


def _administrator_has_gone(state: State) -> None:
    state.administrator = account("nobody")


def _suspended_buyer(state: State) -> None:
    state.organisations[NUMBER["buyer"] - 1].suspensions.push(1, True)


def _supplier_is_registrar(state: State) -> None:
    state.licences[Licence.REGISTRAR, account("supplier")] = (0, EVER)


# Beside values of the event: "time" moves its block, "at" takes its first occurrence and not its
# last, "state" is done to the state before.
REFUSED: dict[tuple[str, str], list[tuple[dict[str, Any], str]]] = {
    ("Participants", "OrganisationRegistered"): [
        ({"organisation": 99}, ORDER),
        ({"record": bytes(32)}, VALUE),
        ({"roles": 0}, VALUE),
        ({"roles": 8}, VALUE),
        ({"by": account("treasury")}, RIGHT),  # has another licence
        ({"by": account("administrator")}, RIGHT),
        ({"state": _licences_are_over}, RIGHT),
    ],
    ("Participants", "OrganisationSuspended"): [({"organisation": 99}, UNKNOWN)],
    ("Participants", "OrganisationReinstated"): [({"organisation": 1}, AGAIN)],
    ("Participants", "KeyAuthorised"): [
        ({"organisation": 99}, UNKNOWN),
        ({"key": account("buyer")}, AGAIN),
        ({"key": ZERO}, VALUE),
        ({"powers": 0}, VALUE),
        ({"powers": 4}, VALUE),
        ({"from": 0}, TIME),
        ({"until": 0}, TIME),
        ({"by": account("rival")}, RIGHT),
        ({"by": account("clerk")}, RIGHT),  # may bid, not act
        ({"by": account("actor")}, RIGHT),  # may not act yet
        ({"by": account("administrator")}, RIGHT),
        ({"by": account("registrar")}, TIME),  # begins sooner than in seven days
        ({"state": _every_key_is_over}, RIGHT),
        # the first of an organisation
        ({"at": 1, "organisation": 1}, ORDER),
        ({"at": 0, "time": 1}, ORDER),  # another block than the organisation's
        ({"at": 0, "by": account("treasury")}, RIGHT),
        ({"at": 0, "powers": 1}, VALUE),
        ({"at": 0, "from": EVER - 1}, VALUE),
        ({"at": 0, "until": EVER - 1}, VALUE),
        # a registrar's, which begins in seven days
        ({"at": LATE, "state": _licences_are_over}, RIGHT),
    ],
    ("Participants", "KeyRevoked"): [
        ({"key": account("nobody")}, UNKNOWN),
        ({"organisation": 1}, UNKNOWN),
        ({"until": 0}, TIME),
        ({"by": account("administrator")}, RIGHT),
        ({"by": account("supplier")}, TIME),  # at once, not in seven days
        ({"state": _licences_are_over}, RIGHT),
        ({"at": 0, "by": account("rival")}, RIGHT),
        ({"at": 0, "by": account("clerk")}, RIGHT),  # may bid, not act
        ({"at": 0, "by": account("registrar")}, TIME),  # in seven days, not at once
        ({"at": 0, "key": account("retiring clerk"), "until": EVER}, TIME),
        ({"key": account("former clerk")}, TIME),  # ended earlier
    ],
    ("Participants", "LicenceGranted"): [
        ({"account": ZERO}, VALUE),
        ({"account": account("treasury"), "licence": 1}, AGAIN),
        ({"from": 0}, TIME),
        ({"until": 0}, TIME),
    ],
    ("Participants", "LicenceRevoked"): [
        ({"account": account("nobody")}, UNKNOWN),
        ({"until": 0}, TIME),
    ],
    ("Consortium", "SeatAdmitted"): [
        ({"seat": 99}, ORDER),
        ({"organisation": 99}, UNKNOWN),
        ({"organisation": 1}, AGAIN),
        ({"organisation": NUMBER["supplier"]}, RIGHT),  # no member
        ({"state": _supplies, "organisation": NUMBER["newcomer"]}, RIGHT),
        ({"account": ZERO}, VALUE),
        ({"account": account("agency")}, RIGHT),
    ],
    ("Consortium", "SeatRemoved"): [({"seat": 99}, UNKNOWN), ({"seat": 0}, UNKNOWN)],
    ("Consortium", "SeatAccountChanged"): [
        ({"seat": 3}, AGAIN),
        ({"account": account("former agency")}, RIGHT),
        ({"by": account("agency")}, RIGHT),  # of another seat
        ({"by": account("deputy")}, RIGHT),  # not yet
        ({"by": account("administrator"), "state": _administrator_has_gone}, RIGHT),
    ],
    ("OpeningKeys", "EpochStarted"): [
        ({"epoch": 2}, ORDER),
        ({"seats": ()}, VALUE),
        ({"seats": (1, 7, 7)}, VALUE),
        ({"seats": (1, 7, 99)}, UNKNOWN),
        ({"seats": (3, 7, 8)}, RIGHT),
        ({"seats": (1, 2, 7)}, VALUE),  # two of one class
        ({"threshold": 1}, VALUE),
        ({"threshold": 3, "confirmations": 3}, VALUE),
        ({"confirmations": 1}, VALUE),
        ({"confirmations": 4}, VALUE),
        ({"seats": (1, 1, 7, 7, 8, 8), "threshold": 4, "confirmations": 4}, VALUE),
        (
            {
                "state": _two_of_each_class,
                "seats": (1, 2, 4, 5, 7, 8),
                "threshold": 3,
                "confirmations": 3,
            },
            VALUE,
        ),
        (
            {"state": _many_seats, "seats": (*range(9, 75),), "threshold": 40, "confirmations": 40},
            VALUE,
        ),
    ],
    ("OpeningKeys", "OpenerEnrolled"): [
        ({"epoch": 2}, UNKNOWN),
        ({"index": 4}, UNKNOWN),
        ({"index": 1}, AGAIN),
        ({"encryptionKey": b"\x05" + bytes(32)}, VALUE),
        ({"encryptionKey": b"\x02" + bytes(31)}, VALUE),
        ({"encryptionKey": b"\x02" + bytes(31) + b"\x05"}, VALUE),  # no point has this x
    ],
    ("OpeningKeys", "BatchOpened"): [
        ({"batch": 2}, ORDER),
        ({"count": 0}, VALUE),
        ({"count": 1008}, VALUE),  # (2¹⁷ − 99) / (2 · 33 + 2 · 32) = 1007
        ({"dealsUntil": 0}, TIME),
        ({"state": _another_epoch}, ORDER),
    ],
    ("OpeningKeys", "Dealt"): [
        ({"batch": 2}, UNKNOWN),
        ({"index": 4}, RIGHT),
        ({"payload": b""}, VALUE),
        (LATER, TIME),
    ],
    ("OpeningKeys", "Accused"): [
        ({"epoch": 2}, UNKNOWN),
        ({"batch": 2}, UNKNOWN),
        ({"dealer": 0}, UNKNOWN),
        ({"dealer": 4}, UNKNOWN),
        ({"accuser": 0}, RIGHT),
        ({"accuser": 4}, RIGHT),
        ({"evidence": b""}, VALUE),
        ({"evidence": bytes(257)}, VALUE),
        ({"state": _is_accused}, AGAIN),
    ],
    ("OpeningKeys", "BatchConfirmed"): [
        ({"index": 4}, RIGHT),
        ({"index": 0}, RIGHT),
        ({"index": 1}, AGAIN),
        ({"root": bytes(32)}, VALUE),
        (EARLIER, TIME),
    ],
    ("OpeningKeys", "BatchReady"): [
        ({"root": b"\x01" * 32}, VALUE),
        ({"state": _batch_is_ready}, AGAIN),
    ],
    ("OpeningKeys", "KeyTaken"): [
        ({"keyId": 1 << 64 | 1 << 32}, AGAIN),
        ({"keyId": 2 << 64 | 1 << 32}, ORDER),
        ({"keyId": 1 << 64 | 2 << 32}, UNKNOWN),
        ({"keyId": 1 << 64 | 1 << 32 | KEYS}, UNKNOWN),
        ({"box": account("nobody")}, UNKNOWN),
        ({"tenderId": 99}, UNKNOWN),
        ({"tenderId": 4, "stage": 16}, ORDER),  # has its key
        ({"time": 1}, ORDER),  # another block than the panel's
    ],
    ("OpeningKeys", "ShareOffered"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"stage": 18}, UNKNOWN),
        ({"box": account("nobody")}, UNKNOWN),
        ({"epoch": 0}, UNKNOWN),
        ({"epoch": 2}, UNKNOWN),
        ({"index": 4}, RIGHT),
        ({"share": 0}, VALUE),
        ({"share": N}, VALUE),
        ({"state": _every_box_is_shut}, TIME),
        (EARLIER, TIME),
        (LATER, TIME),
    ],
    ("Tenders", "Released"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"stage": 16}, UNKNOWN),
        ({"tenderId": 1}, AGAIN),
        ({"secret": 1}, VALUE),
        ({"secret": 0}, VALUE),
        ({"state": _every_box_is_shut}, TIME),
        (EARLIER, TIME),
        (LATER, TIME),
    ],
    ("Ballots", "Released"): [
        ({"stage": 0}, UNKNOWN),
        ({"stage": 16}, AGAIN),
        ({"secret": 1}, VALUE),
        ({"secret": 0}, VALUE),
        ({"state": _every_box_is_shut}, TIME),
        (EARLIER, TIME),
        (LATER, TIME),
    ],
    ("Tenders", "BoxShut"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"stage": 16}, UNKNOWN),
        ({"tenderId": 1}, ORDER),
        ({"state": _cancelled_but_not_shut}, ORDER),
        ({"state": _second_box_is_shut}, AGAIN),
    ],
    ("Tenders", "Sealed"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"stage": 16}, UNKNOWN),
        ({"index": 1}, ORDER),
        ({"envelope": bytes(34)}, VALUE),
        ({"envelope": bytes(176)}, VALUE),
        ({"sender": account("nobody")}, RIGHT),
        ({"sender": account("former relay")}, RIGHT),
        ({"sender": account("debarred")}, RIGHT),
        ({"sender": account("agency")}, RIGHT),  # may bid, but supplies nothing
        (LATER, TIME),
        ({"state": _shut}, TIME),
    ],
    ("Tenders", "Voided"): [
        ({"index": 1}, ORDER),
        ({"tenderId": 2, "index": 0}, TIME),  # cancelled, so never released
        ({"reason": 0}, VALUE),
        ({"reason": 18}, VALUE),
    ],
    ("Tenders", "TenderPublished"): [
        ({"tenderId": 99}, ORDER),
        ({"buyer": NUMBER["supplier"], "by": account("supplier")}, RIGHT),  # buys nothing
        ({"buyer": NUMBER["ministry"]}, RIGHT),  # by another buyer
        ({"buyer": 99}, RIGHT),
        ({"by": account("supplier")}, RIGHT),
        ({"state": _everybody_may_only_bid}, RIGHT),
        ({"state": _every_key_is_over}, RIGHT),
        ({"state": _suspended_buyer}, RIGHT),
        ({"rule": 2}, VALUE),  # of another category
        ({"state": _no_present_rule}, VALUE),
        ({"terms.category": 3}, VALUE),  # without a rule
        ({"terms.documents": bytes(32)}, VALUE),
        ({"terms.currency": ZERO}, VALUE),
        ({"terms.ceiling": WITHDRAWN}, VALUE),
        ({"terms.minimumBids": 0}, VALUE),
        ({"terms.weight": 1}, VALUE),
        ({"terms.threshold": 1}, VALUE),
        ({"terms.plan": (10_001,)}, VALUE),
        ({"terms.plan": (10_000, 0)}, VALUE),
        ({"terms.plan": (*[100] * 32, 6_800)}, VALUE),
        ({"terms.evaluationPeriod": DAY - 1}, VALUE),
        ({"terms.evaluationPeriod": 366 * DAY + 1}, VALUE),
        ({"notice.predecessor": 99}, VALUE),
        ({"notice.predecessor": 1}, VALUE),  # that runs
        ({"place": 1}, ORDER),  # the tender before was published otherwise
        ({"place": 32}, ORDER),
        ({"closesAt": lambda time: time - 6 * DAY - 1}, TIME),
        ({"closesAt": lambda time: time + 360 * DAY}, TIME),
    ],
    ("Tenders", "TenderCancelled"): [
        ({"tenderId": 99}, UNKNOWN),
        (LATER, TIME),
        ({"state": _cancelled_but_not_shut}, AGAIN),
        ({"state": _second_box_is_shut}, TIME),
        ({"by": account("ministry")}, RIGHT),  # another buyer
        ({"by": account("administrator")}, RIGHT),
        ({"state": _everybody_may_only_bid}, RIGHT),
        ({"state": _every_key_is_over}, RIGHT),
    ],
    ("Tenders", "BidOpened"): [
        ({"tenderId": 2}, TIME),  # cancelled, so never released
        ({"index": 1}, ORDER),
        ({"nonce": 0}, VALUE),
        ({"price": 0}, VALUE),
    ],
    ("Ballots", "Sealed"): [
        ({"stage": 0}, UNKNOWN),
        ({"index": 0}, ORDER),
        ({"envelope": bytes(34 + 101 + 3)}, VALUE),
        ({"sender": account("supplier")}, RIGHT),
        ({"sender": account("newcomer")}, RIGHT),  # seated after closing
        ({"state": _other_panel}, RIGHT),
        (
            {"state": _panel_of_the_second_agency, "sender": account("second agency")},
            RIGHT,  # its seat had moved on before closing
        ),
        (LATER, TIME),
    ],
    ("Ballots", "Voided"): [({"index": 0}, ORDER), ({"reason": 0}, VALUE)],
    ("Ballots", "PanelDrawn"): [
        ({"tenderId": 4}, ORDER),  # its ballots are open, and enough count
        ({"tenderId": 3}, TIME),
        ({"time": 10 * DAY}, TIME),
        ({"round": 0}, ORDER),
        ({"seed": bytes(32)}, VALUE),
        ({"seats": ()}, VALUE),
        ({"bidders": 1}, VALUE),
        ({"closesAt": 0}, TIME),
    ],
    ("Ballots", "BallotOpened"): [
        ({"seat": 99}, RIGHT),
        ({"round": 2}, UNKNOWN),
        ({"index": 0}, ORDER),
        ({"marks": b"\x01"}, VALUE),
        ({"marks": b"\x01\x03"}, VALUE),
        ({"state": _all_voted}, AGAIN),
    ],
    ("Awards", "BidsRanked"): [
        ({"tenderId": 1, "round": 1}, AGAIN),
        ({"ranked": 2}, ORDER),
        ({"ranked": 0}, ORDER),
        ({"best": 0}, VALUE),
        ({"lowest": 1}, VALUE),
        ({"round": 1}, VALUE),
        ({"tenderId": 4}, TIME),
        ({"at": 1, "round": 0}, VALUE),
        ({"at": 1, "state": _ballots_left}, TIME),
        ({"at": 1, "state": _quorum_of_three}, TIME),
    ],
    ("Awards", "StandstillStarted"): [
        ({"tenderId": 4}, ORDER),
        ({"position": 1}, VALUE),
        ({"organisation": 1}, VALUE),
        ({"price": 1}, VALUE),
        ({"endsAt": 0}, TIME),
        ({"state": _in_standstill}, AGAIN),
        ({"state": _other_is_best}, VALUE),
        ({"state": _half_ranked}, ORDER),
    ],
    ("Awards", "NoBidAcceptable"): [
        ({"tenderId": 1}, ORDER),
        ({"tenderId": 3}, ORDER),
        ({"state": _none_acceptable}, AGAIN),
        ({"state": _some_best}, VALUE),
    ],
    ("Awards", "Awarded"): [
        ({"tenderId": 4}, ORDER),
        ({"organisation": 1}, VALUE),
        ({"price": 1}, VALUE),
        ({"signBy": 0}, TIME),
        ({"time": -DAY}, TIME),
        ({"state": _long_standstill}, TIME),
    ],
    ("Agreements", "AgreementSigned"): [
        ({"tenderId": 1}, AGAIN),
        ({"tenderId": 3}, TIME),
        ({"buyer": 1}, VALUE),
        ({"supplier": 1}, VALUE),
        ({"buyerAccount": account("supplier")}, RIGHT),
        ({"supplierAccount": account("buyer")}, RIGHT),
        ({"supplierAccount": account("clerk")}, RIGHT),  # may bid, not sign
        ({"agreement.tenderId": 1}, VALUE),
        ({"agreement.buyer": 1}, VALUE),
        ({"agreement.supplier": 1}, VALUE),
        ({"agreement.price": 1}, VALUE),
        ({"agreement.currency": ZERO}, VALUE),
        ({"agreement.milestones": ()}, MONEY),
        ({"agreement.approvals": 0}, VALUE),
        ({"agreement.approvals": 4}, VALUE),
        ({"agreement.inspectors": (ZERO, ZERO)}, VALUE),
        ({"agreement.payee": ZERO}, VALUE),
        ({"agreement.refundTo": account("buyer")}, RIGHT),  # no treasury
        ({"agreement.startsAt": 0}, TIME),
        ({"agreement.startsAt": EVER}, TIME),
        (
            {
                "agreement.startsAt": lambda start: start - 2 * DAY,
                "agreement.milestones": _due_after(-1, -1),
            },
            TIME,  # the last due date is past
        ),
        ({"agreement.milestones": _due_after(2, 1)}, TIME),  # they go back
        ({"agreement.milestones": _due_after(1, 36_526)}, TIME),  # too far away
        ({"agreement.inspectors": (account("supplier"), account("inspector"))}, VALUE),
        (LATER, TIME),
    ],
    ("Escrow", "Funded"): [
        ({"tenderId": 3}, ORDER),  # never signed
        ({"tenderId": 1}, ORDER),  # closed
        ({"payer": account("supplier")}, RIGHT),
        ({"amount": 0}, MONEY),
        ({"amount": 1001}, MONEY),
        ({"at": 0, "state": _nothing_arrived}, MONEY),
    ],
    ("Escrow", "MilestoneReported"): [
        ({"milestone": 2}, UNKNOWN),
        ({"report": 2}, ORDER),
        (LATER, TIME),  # long after the last due date
        ({"by": account("buyer")}, RIGHT),
        ({"by": account("clerk")}, RIGHT),  # may bid, not act
        ({"state": _every_key_is_over}, RIGHT),
    ],
    ("Escrow", "MilestoneApproved"): [
        ({"milestone": 1}, ORDER),
        ({"inspector": account("supplier")}, RIGHT),
        ({"place": 0}, VALUE),
        ({"place": 0, "inspector": account("inspector")}, AGAIN),
        ({"state": _one_approval_is_enough}, ORDER),
        ({"state": _one_rejects_where_all_must_accept}, ORDER),
    ],
    ("Escrow", "MilestoneRejected"): [
        ({"milestone": 0}, ORDER),
        ({"inspector": account("supplier")}, RIGHT),
        ({"inspector": account("inspector")}, AGAIN),  # it accepted
        ({"at": 1, "inspector": account("second inspector")}, AGAIN),  # it rejected
        ({"state": _one_approval_is_enough}, ORDER),
        ({"at": 1, "state": _all_must_accept}, ORDER),  # and one rejected before
    ],
    ("Escrow", "MilestoneReturned"): [
        ({"milestone": 0}, ORDER),
        ({"report": 2}, VALUE),
        ({"state": _one_rejection_less}, ORDER),
        ({"state": _rejected_earlier}, ORDER),
    ],
    ("Escrow", "MilestonePaid"): [
        ({"milestone": 1}, ORDER),
        ({"payee": account("nobody")}, VALUE),
        ({"amount": 1}, MONEY),
        ({"state": _no_approval}, ORDER),
        ({"state": _no_money}, MONEY),
    ],
    ("Escrow", "Renounced"): [
        ({"account": account("buyer")}, RIGHT),
        ({"state": _renounced}, AGAIN),
    ],
    ("Escrow", "Closed"): [
        ({"refundTo": account("nobody")}, VALUE),
        ({"refunded": 1}, MONEY),
        ({"state": _not_renounced}, TIME),
        ({"by": account("inspector")}, RIGHT),
        ({"by": account("clerk")}, RIGHT),  # may bid, not act
        ({"by": account("registrar")}, RIGHT),
        ({"state": _every_key_is_over}, RIGHT),
        ({"at": 0, "state": _licences_are_over}, RIGHT),
    ],
    ("Escrow", "Undelivered"): [
        ({"payee": account("nobody")}, MONEY),
        ({"token": ZERO}, MONEY),
        ({"amount": 1}, MONEY),
    ],
    ("Escrow", "Claimed"): [
        ({"payee": account("nobody")}, MONEY),
        ({"amount": 1}, MONEY),
        ({"state": _nothing_to_claim, "amount": 0}, MONEY),
    ],
    (TOKEN, "Minted"): [
        ({"to": ZERO}, VALUE),
        ({"commitment": bytes(32)}, VALUE),
        ({"state": _minted}, AGAIN),
        ({"by": account("administrator")}, RIGHT),
        ({"by": account("registrar")}, RIGHT),  # has another licence
        ({"state": _licences_are_over}, RIGHT),
    ],
    (TOKEN, "Transfer"): [
        ({"to": account("nobody")}, MONEY),
        ({"value": 1}, MONEY),
        ({"from": account("supplier"), "to": ZERO}, VALUE),
        ({"state": _nothing_due, "from": account("treasury"), "value": 10_000}, MONEY),
    ],
    (TOKEN, "Approval"): [({"owner": ZERO}, VALUE), ({"spender": ZERO}, VALUE)],
}


@pytest.fixture(scope="module")
def told(told: Told) -> Told:
    """The first part of the story; `test_fold_procedure` has the second."""
    return told.first_part()


@pytest.mark.parametrize(("kind", "changes", "reason"), cases(REFUSED))
def test_an_event_that_cannot_be_is_refused(
    told: Told, kind: Kind, changes: dict[str, Any], reason: str
) -> None:
    check_refused(told, kind, changes, reason)


@pytest.mark.parametrize("kind", [("Tenders", "TenderPublished"), ("Ballots", "PanelDrawn")])
def test_a_box_takes_its_key_at_once(told: Told, kind: tuple[str, str]) -> None:
    state, event, time = before(told, kind)
    apply(state, event, time)
    other = before(told, ("Participants", "OrganisationReinstated"))[1]
    with pytest.raises(ReplayError, match="out of order"):
        apply(state, replace(other, block=event.block, index=event.index + 1), time)


def test_a_share_of_a_key_of_another_epoch_is_of_no_use(told: Told) -> None:
    for epoch, more in ((1, 1), (2, 0)):
        state, event, time = before(told, ("OpeningKeys", "ShareOffered"))
        _another_epoch(state)
        shares = state.opening_keys[state.tenders[1].award.rounds[1].box.key].shares
        offered = len(shares)
        apply(state, replace(event, args={**event.args, "epoch": epoch}), time)
        assert len(shares) == offered + more


# As above: who else may do it than whoever did.
ALLOWED: list[tuple[tuple[str, str], dict[str, Any]]] = [
    (("Participants", "KeyAuthorised"), {"at": LATE, "by": account("supplier")}),
    (
        ("Participants", "KeyAuthorised"),  # at once, for its own organisation
        {"state": _supplier_is_registrar},
    ),
    (("Participants", "KeyRevoked"), {"at": 0, "state": _supplier_is_registrar}),
    (("Consortium", "SeatAccountChanged"), {"by": account("administrator")}),
    (("Tenders", "TenderCancelled"), {"state": _suspended_buyer}),
    (("Escrow", "MilestoneReported"), {"by": account("actor")}),
    (("Escrow", "Closed"), {"by": account("supplier")}),
    (("Escrow", "Closed"), {"by": account("treasury")}),
    (("Escrow", "Closed"), {"at": 0, "by": account("buyer")}),
]


@pytest.mark.parametrize(("kind", "changes"), ALLOWED)
def test_whoever_else_has_the_right_may_do_it_too(
    told: Told, kind: tuple[str, str], changes: dict[str, Any]
) -> None:
    state, event, time = before(told, kind, changes.get("at", -1))
    changes.get("state", lambda _state: None)(state)
    by = changes.get("by", event.args["by"])
    apply(state, replace(event, args={**event.args, "by": by}), time)


def test_the_first_account_of_an_organisation_follows_it_at_once(told: Told) -> None:
    state, entry, time = before(told, ("Participants", "OrganisationRegistered"))
    apply(state, entry, time)
    other = before(told, ("Participants", "OrganisationSuspended"))[1]
    with pytest.raises(ReplayError, match="out of order"):
        apply(state, replace(other, block=entry.block, index=entry.index + 1), time)


@pytest.mark.parametrize(
    ("sender", "principal", "cap"),
    [
        ("supplier", NUMBER["supplier"], 8),
        ("clerk", NUMBER["supplier"], 8),
        ("relay", int(account("relay"), 16), 4096),
    ],
)
def test_an_organisation_or_relay_puts_only_so_many_envelopes_into_a_box(
    told: Told, sender: str, principal: int, cap: int
) -> None:
    state, event, time = before(told, ("Tenders", "Sealed"))
    box = state.tenders[3].box
    box.sealed_by[principal] = cap - 1
    time += 2 * DAY  # the clerk's key has begun
    args = {**event.args, "sender": account(sender)}
    apply(state, replace(event, args=args), time)
    more = replace(event, args={**args, "index": event.args["index"] + 1}, index=event.index + 1)
    with pytest.raises(ReplayError, match="may not do this"):
        apply(state, more, time)


def test_nothing_comes_between_the_announcement_of_a_payment_and_its_transfer(told: Told) -> None:
    state, event, time = before(told, (TOKEN, "Transfer"))
    other = before(told, (TOKEN, "Approval"))[1]
    with pytest.raises(ReplayError, match="amount does not follow"):
        apply(state, replace(other, block=event.block, index=event.index), time)


def test_a_seat_puts_only_so_many_envelopes_into_a_box(told: Told) -> None:
    state, event, time = before(told, ("Ballots", "Sealed"))
    box = state.tenders[1].award.rounds[1].box
    seat = state.seat_of_account[event.args["sender"]]
    box.sealed_by[seat] = 8
    with pytest.raises(ReplayError, match="may not do this"):
        apply(state, event, time)


@pytest.mark.parametrize(("status", "lapses"), [(Status.PENDING, 1), (Status.REPORTED, 2)])
def test_an_unfinished_agreement_lapses_later_while_a_report_waits(
    told: Told, status: Status, lapses: int
) -> None:
    for early in (1, 0):
        state, event, _time = before(told, ("Escrow", "Closed"))
        tender = state.tenders[5]
        tender.account.renounced = None
        tender.account.milestones[1].status = status
        assert tender.agreement is not None
        due = tender.agreement.agreement["milestones"][-1]["dueAt"]
        at = due + lapses * 180 * DAY - early
        if early:
            with pytest.raises(ReplayError, match="wrong time"):
                apply(state, event, at)
        else:
            apply(state, event, at)
            assert tender.account.closed is not None


def test_a_report_comes_before_the_agreement_lapses(told: Told) -> None:
    for early in (1, 0):
        state, event, _time = before(told, ("Escrow", "MilestoneReported"))
        signed = state.tenders[5].agreement
        assert signed is not None
        lapses_at = signed.agreement["milestones"][-1]["dueAt"] + 180 * DAY
        if early:
            apply(state, event, lapses_at - early)
        else:
            with pytest.raises(ReplayError, match="wrong time"):
                apply(state, event, lapses_at)


@pytest.mark.parametrize("kind", REFUSED, ids=".".join)
def test_no_value_that_a_node_can_name_breaks_the_fold(told: Told, kind: Kind) -> None:
    check_extremes(told, kind)
