"""What the fold refuses of rules, lots, two envelopes, complaints and what follows an award."""

from dataclasses import replace
from typing import Any

import pytest

from terang.replay.errors import AGAIN, MONEY, ORDER, RIGHT, TIME, UNKNOWN, VALUE, ReplayError
from terang.replay.evaluation import is_marked
from terang.replay.fold import apply
from terang.replay.state import WITHDRAWN, ZERO, State
from terang.vocabulary import EVER, Question

from .forged import Kind, before, cases, check_extremes, check_refused
from .story import DAY, NUMBER, Told, account
from .test_fold import LATER
from .test_fold import REFUSED as FIRST

EARLY = {"time": -DAY}


def _answered(state: State) -> None:
    state.tenders[12].enquiries[0].answered = state.tenders[12].published


def _no_best(state: State) -> None:
    for tender in state.tenders.values():
        tender.award.best = 0


def _all_asked(state: State) -> None:
    for tender in state.tenders.values():
        tender.award.low_round = 1


def _never_asked(state: State) -> None:
    state.tenders[14].award.low_round = 0


def _in_standstill(state: State) -> None:
    state.tenders[12].award.standstill = state.tenders[12].published


def _accepted(state: State) -> None:
    for tender in state.tenders.values():
        tender.award.accepted = tender.published


def _nothing_ordered(state: State) -> None:
    state.ordered = None


def _nothing_filed(state: State) -> None:
    state.filed = None


def _one_vote_less(state: State) -> None:
    for complaint in state.complaints.values():
        complaint.votes = complaint.votes[:-1]


def _deposits_paid(state: State) -> None:
    for complaint in state.complaints.values():
        complaint.paid = complaint.filed


def _a_complaint_is_open(state: State) -> None:
    for complaint in state.complaints.values():
        tender = state.tenders[complaint.tender]
        if complaint.award == tender.award.rankings:
            complaint.status = type(complaint.status).OPEN


def _other_closing(state: State) -> None:
    state.tenders[12].box.closes_at += 1


# As in `test_fold`.
REFUSED: dict[tuple[str, str], list[tuple[dict[str, Any], str]]] = {
    ("Rules", "RuleSet"): [
        ({"rule": 9}, ORDER),
        ({"terms.category": 4}, VALUE),
        ({"terms.method": 2}, VALUE),
        ({"terms.tenderingPeriod": DAY - 1}, VALUE),
        ({"terms.evaluationPeriod": DAY - 1}, VALUE),
        ({"terms.standstillPeriod": 366 * DAY + 1}, VALUE),
        ({"terms.signingPeriod": 0}, VALUE),
        ({"terms.reviewPeriod": 0}, VALUE),
        ({"terms.amendmentPeriod": DAY + 1}, VALUE),
        ({"terms.enquiryPeriod": DAY}, VALUE),
        ({"terms.minimumBids": 0}, VALUE),
        ({"terms.abnormalUnderEstimate": 10_000}, VALUE),
        ({"terms.abnormalUnderMean": 10_000}, VALUE),
        ({"terms.complaintDeposit": 10_001}, VALUE),
        ({"terms.bidSecurityLeast": 1}, VALUE),
        ({"terms.bidSecurityMost": 10_001}, VALUE),
        ({"terms.performanceSecurity": 10_001}, VALUE),
        ({"terms.performanceSecurityLow": 10_001}, VALUE),
        ({"terms.quorum": 1}, VALUE),  # half of the panel
        ({"terms.quorum": 3}, VALUE),
        ({"terms.agencies": 17, "terms.quorum": 17}, VALUE),
        ({"terms.reviewQuorum": 1}, VALUE),
        ({"terms.reviewQuorum": 3}, VALUE),
        ({"terms.reviewAuditors": 14, "terms.reviewQuorum": 15}, VALUE),
        ({"terms.threshold": 101}, VALUE),
        ({"terms.weightLeast": 0}, VALUE),
        ({"terms.weightLeast": 7_001}, VALUE),
        ({"terms.weightMost": 10_000}, VALUE),
        ({"at": 0, "terms.threshold": 1}, VALUE),
        ({"at": 0, "terms.weightMost": 1}, VALUE),
    ],
    ("Rules", "RuleRepealed"): [
        ({"rule": 9}, ORDER),
        ({"category": 1, "method": 0}, ORDER),
    ],
    ("Tenders", "TenderPublished"): [
        ({"at": -6, "state": _other_closing}, ORDER),  # the second lot closes with the first
        ({"at": -6, "terms.documents": b"\1" * 32}, ORDER),
        ({"at": -6, "place": 2}, ORDER),
        ({"at": -7, "buyer": NUMBER["ministry"], "by": account("ministry")}, VALUE),
        ({"terms.bidSecurity": 1}, VALUE),
        ({"terms.weight": 2_999}, VALUE),
        ({"terms.weight": 7_001}, VALUE),
        ({"terms.threshold": 39}, VALUE),
        ({"terms.threshold": 101}, VALUE),
    ],
    ("Tenders", "TenderAmended"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"by": account("buyer")}, RIGHT),
        ({"version": 3}, ORDER),
        ({"terms.method": 0}, VALUE),
        ({"terms.documents": bytes(32)}, VALUE),
        ({"terms.weight": 1}, VALUE),
        ({"closesAt": lambda time: time - 1}, TIME),  # leaves less than a day
        ({"closesAt": lambda time: time + 400 * DAY}, TIME),
        ({"at": 0, "closesAt": lambda time: time - 1}, TIME),  # earlier than before
        (LATER, TIME),
    ],
    ("Tenders", "EnquiryMade"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"enquiry": 1}, ORDER),
        ({"question": bytes(32)}, VALUE),
        ({"time": 4 * DAY - DAY // 2}, TIME),
    ],
    ("Tenders", "EnquiryAnswered"): [
        ({"enquiry": 0}, UNKNOWN),
        ({"enquiry": 3}, UNKNOWN),
        ({"answer": bytes(32)}, VALUE),
        ({"by": account("ministry")}, RIGHT),
        ({"state": _answered}, AGAIN),
        (LATER, TIME),
    ],
    ("Tenders", "ProposalOpened"): [
        ({"tenderId": 12}, VALUE),  # one envelope
        ({"nonce": 0}, VALUE),
        ({"index": 9}, ORDER),
    ],
    ("Tenders", "BidOpened"): [
        ({"nonce": 9}, VALUE),  # no proposal has it
        ({"organisation": 99}, VALUE),
        ({"price": 0}, VALUE),
        ({"index": 9}, ORDER),
        ({"at": -4, "price": 1_151}, VALUE),  # above the ceiling
    ],
    ("Ballots", "PanelDrawn"): [
        ({"question": 0}, VALUE),
        ({"quorum": 1}, VALUE),
        ({"tenderId": 12, "round": 2}, ORDER),  # its ballots run
    ],
    ("Ballots", "SeatRecused"): [
        ({"seat": 0}, RIGHT),
        ({"seat": 99}, RIGHT),
        ({"reserve": 0}, VALUE),
        ({"round": 1}, UNKNOWN),
        (LATER, TIME),
    ],
    ("Awards", "QualityDecided"): [
        ({"tenderId": 12}, ORDER),
        ({"round": 1}, VALUE),
        ({"decidedAt": 1}, TIME),
        ({"state": _no_best}, VALUE),
    ],
    ("Awards", "LowestPriceFound"): [
        ({"tenderId": 12}, ORDER),
        ({"lowest": 1}, VALUE),
        ({"round": 9}, VALUE),
        ({"at": -2, "state": _never_asked}, ORDER),
    ],
    ("Awards", "AbnormallyLow"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"position": 9}, UNKNOWN),
        ({"position": 1}, VALUE),
        ({"price": 1}, VALUE),
        ({"position": 1, "organisation": NUMBER["rival"], "price": 1900}, VALUE),  # not so low
        ({"state": _in_standstill}, TIME),
    ],
    ("Awards", "LowPricesQuestioned"): [
        ({"tenderId": 12}, ORDER),
        ({"lowest": 1}, VALUE),
        ({"state": _all_asked}, VALUE),
    ],
    ("Awards", "Awarded"): [({"at": -2, "state": _a_complaint_is_open}, ORDER)],
    ("Awards", "AwardAccepted"): [
        ({"organisation": 1}, VALUE),
        ({"by": account("supplier")}, RIGHT),
        ({"state": _accepted}, AGAIN),
        (LATER, TIME),
    ],
    ("Awards", "WinnerPassedOver"): [
        ({"position": 0}, VALUE),
        ({"organisation": 1}, VALUE),
        ({"state": _accepted}, TIME),
        (EARLY, TIME),
    ],
    ("Awards", "RemedyOrdered"): [
        ({"remedy": 2}, ORDER),
        ({"remedy": 4}, VALUE),
        ({"tenderId": 13}, ORDER),
        ({"organisation": 1}, VALUE),
        ({"position": 0}, VALUE),
        ({"state": _nothing_ordered}, ORDER),
    ],
    ("Securities", "Deposited"): [
        ({"organisation": 99}, UNKNOWN),
        ({"amount": 0}, MONEY),
    ],
    ("Securities", "NoticeGiven"): [
        ({"by": account("supplier")}, RIGHT),
        ({"organisation": 99}, RIGHT),
        ({"noticed": 1_000_000}, MONEY),
        ({"endsAt": 1}, TIME),
    ],
    ("Securities", "Withdrawn"): [
        ({"by": account("rival")}, RIGHT),
        ({"amount": 1}, MONEY),
    ],
    ("Securities", "Guaranteed"): [
        ({"guarantor": account("rival")}, RIGHT),
        ({"organisation": 99}, UNKNOWN),
        ({"amount": 0}, MONEY),
        ({"until": 1}, TIME),
        ({"until": EVER}, TIME),
        ({"place": 1}, ORDER),
    ],
    ("Securities", "BidBacked"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"organisation": 99}, MONEY),
        ({"token": ZERO}, VALUE),
    ],
    ("Securities", "BidSettled"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"organisation": 99}, ORDER),
        ({"token": ZERO}, VALUE),
    ],
    ("Securities", "SecurityForfeited"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"organisation": 99}, ORDER),
        ({"token": ZERO}, VALUE),
        ({"money": 1}, MONEY),
        ({"owed": 1}, MONEY),
    ],
    ("Securities", "PerformanceSecured"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"tenderId": 12}, ORDER),
        ({"organisation": 99}, VALUE),
        ({"token": ZERO}, VALUE),
        ({"money": 1}, MONEY),
        ({"pledged": 1}, MONEY),
    ],
    ("Securities", "PerformanceReturned"): [
        ({"tenderId": 99}, UNKNOWN),
        ({"tenderId": 12}, ORDER),
        ({"organisation": 99}, VALUE),
        ({"token": ZERO}, VALUE),
    ],
    ("Securities", "ForfeitCollected"): [
        ({"to": account("rival")}, RIGHT),
        ({"amount": 1}, MONEY),
        ({"token": ZERO}, MONEY),
    ],
    ("Reviews", "ComplaintFiled"): [
        ({"complaintId": 9}, ORDER),
        ({"tenderId": 3}, TIME),
        ({"tenderer": 99}, RIGHT),
        ({"by": account("rival")}, RIGHT),
        ({"tenderer": NUMBER["debarred"], "by": account("debarred")}, RIGHT),  # did not bid
        ({"award": 9}, VALUE),
        ({"grounds": bytes(32)}, VALUE),
        ({"token": ZERO}, VALUE),
        ({"deposit": 1}, MONEY),
        ({"at": 1, "tenderer": NUMBER["rival"], "by": account("rival")}, AGAIN),
        (LATER, TIME),
    ],
    ("Reviews", "ReviewPanelDrawn"): [
        ({"complaintId": 9}, UNKNOWN),
        ({"attempt": 2}, ORDER),
        ({"seed": bytes(32)}, VALUE),
        ({"seats": ()}, VALUE),
        ({"quorum": 2}, VALUE),
        ({"decideBy": 1}, TIME),
        ({"at": 0, "state": _nothing_filed}, ORDER),
        (EARLY, TIME),
    ],
    ("Reviews", "ReviewVote"): [
        ({"complaintId": 9}, UNKNOWN),
        ({"complaintId": 1}, AGAIN),  # decided
        ({"attempt": 1}, ORDER),
        ({"seat": 1}, RIGHT),
        ({"seat": 7}, AGAIN),
        ({"ruling": 4}, VALUE),
        ({"abusive": True}, VALUE),
        (LATER, TIME),
    ],
    ("Reviews", "ComplaintClosed"): [
        ({"complaintId": 9}, UNKNOWN),
        ({"tenderId": 12}, VALUE),
        ({"status": 2}, VALUE),
        ({"status": 5}, VALUE),
        ({"ruling": 1}, VALUE),
        ({"abusive": True}, VALUE),
        ({"at": 0, "state": _one_vote_less}, TIME),
        (EARLY, TIME),
    ],
    ("Reviews", "DepositPaid"): [
        ({"complaintId": 9}, UNKNOWN),
        ({"complaintId": 4}, ORDER),
        ({"amount": 1}, MONEY),
        ({"to": account("supplier")}, RIGHT),
        ({"state": _deposits_paid}, MONEY),
        ({"at": 0, "to": account("nobody")}, RIGHT),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "changes", "reason"), cases(REFUSED))
def test_an_event_that_cannot_be_is_refused(
    told: Told, kind: Kind, changes: dict[str, Any], reason: str
) -> None:
    check_refused(told, kind, changes, reason)


@pytest.mark.parametrize("kind", REFUSED, ids=".".join)
def test_no_value_that_a_node_can_name_breaks_the_fold(told: Told, kind: Kind) -> None:
    check_extremes(told, kind)


@pytest.mark.parametrize(
    ("kind", "next_kind"),
    [
        (("Tenders", "TenderPublished"), ("OpeningKeys", "KeyTaken")),
        (("Reviews", "ComplaintFiled"), ("Reviews", "ReviewPanelDrawn")),
        (("Reviews", "ReviewPanelDrawn"), (None, "Transfer")),
        (("Reviews", "DepositPaid"), (None, "Transfer")),
        (("Reviews", "ComplaintClosed"), ("Awards", "RemedyOrdered")),
    ],
    ids=lambda kind: kind[1],
)
def test_what_must_follow_follows_at_once(
    told: Told, kind: tuple[str, str], next_kind: tuple[str | None, str]
) -> None:
    first = {"ReviewPanelDrawn": 0, "ComplaintClosed": 0}.get(kind[1], -1)
    state, event, time = before(told, kind, first)
    apply(state, event, time)
    other = before(told, ("Participants", "OrganisationReinstated"))[1]
    with pytest.raises(ReplayError, match=r"out of order|amount does not follow"):
        apply(state, replace(other, block=event.block, index=event.index + 1), time)


def test_every_kind_of_event_is_tried(told: Told) -> None:
    names = {each.address: each.contract for each in told.deployment.contracts.values()}
    assert {*REFUSED, *FIRST} == {(names[each.address], each.name) for each in told.events}


def test_a_score_is_at_most_a_hundred_and_an_answer_one_of_three() -> None:
    assert is_marked(Question.QUALITY, bytes([0, 100, 255]))
    assert not is_marked(Question.QUALITY, bytes([101]))
    for question in (Question.RESPONSIVENESS, Question.LOW_PRICES):
        assert is_marked(question, bytes([0, 1, 2, 255]))
        assert not is_marked(question, bytes([3]))


def test_a_withdrawn_price_counts_no_more(told: Told) -> None:
    state, event, time = before(told, ("Tenders", "BidOpened"))
    counting = len(state.tenders[18].counting)
    apply(state, replace(event, args={**event.args, "price": WITHDRAWN}), time)
    assert len(state.tenders[18].counting) == counting
