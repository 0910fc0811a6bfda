"""Event by event to the state of the ledger, trusting nothing that can be worked out again.

`apply` is a pure function of the state, the event and its block's time: no chain, no clock. An
event that its contract cannot have emitted after those before it is refused.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from eth_abi.exceptions import EncodingError

from terang.chain.contract import Event
from terang.replay import (
    awarding,
    boxes,
    keys,
    laws,
    money,
    parties,
    reviewing,
    securities,
    tendering,
)
from terang.replay.errors import MONEY, ORDER, VALUE, Impossible, ReplayError, require
from terang.replay.state import Stamp, State

Handler = Callable[[State, Mapping[str, Any], Stamp], None]

TOKEN: Final = "TreasuryToken"  # noqa: S105 - a contract's name

HANDLERS: Final[Mapping[str, Mapping[str, Handler]]] = {
    "Participants": {
        "OrganisationRegistered": parties.registered,
        "OrganisationSuspended": parties.suspended,
        "OrganisationReinstated": parties.reinstated,
        "KeyAuthorised": parties.authorised,
        "KeyRevoked": parties.key_revoked,
        "LicenceGranted": parties.licence_granted,
        "LicenceRevoked": parties.licence_revoked,
    },
    "Consortium": {
        "SeatAdmitted": parties.admitted,
        "SeatRemoved": parties.removed,
        "SeatAccountChanged": parties.account_changed,
    },
    "Rules": {"RuleSet": laws.rule_set, "RuleRepealed": laws.repealed},
    "OpeningKeys": {
        "EpochStarted": keys.epoch_started,
        "OpenerEnrolled": keys.enrolled,
        "BatchOpened": keys.batch_opened,
        "Dealt": keys.dealt,
        "Accused": keys.accused,
        "BatchConfirmed": keys.confirmed,
        "BatchReady": keys.batch_ready,
        "KeyTaken": keys.taken,
        "ShareOffered": keys.share_offered,
    },
    "Tenders": {
        "Released": boxes.released_bids,
        "BoxShut": boxes.shut,
        "Sealed": boxes.sealed_bid,
        "Voided": boxes.voided_bid,
        "TenderPublished": tendering.published,
        "TenderAmended": tendering.amended,
        "TenderCancelled": tendering.cancelled,
        "EnquiryMade": tendering.enquired,
        "EnquiryAnswered": tendering.answered,
        "ProposalOpened": tendering.proposal_opened,
        "BidOpened": tendering.bid_opened,
    },
    "Ballots": {
        "Released": boxes.released_ballots,
        "Sealed": boxes.sealed_ballot,
        "Voided": boxes.voided_ballot,
        "PanelDrawn": awarding.panel_drawn,
        "SeatRecused": awarding.recused,
        "BallotOpened": awarding.ballot_opened,
    },
    "Awards": {
        "BidsRanked": awarding.ranked,
        "QualityDecided": awarding.quality_decided,
        "LowestPriceFound": awarding.lowest_found,
        "AbnormallyLow": awarding.flagged,
        "LowPriceQuestioned": awarding.questioned,
        "StandstillStarted": awarding.standstill_started,
        "NoBidAcceptable": awarding.none_acceptable,
        "Awarded": awarding.awarded,
        "AwardAccepted": awarding.accepted,
        "WinnerPassedOver": awarding.passed_over,
        "RemedyOrdered": awarding.remedied,
    },
    "Reviews": {
        "ComplaintFiled": reviewing.filed,
        "ReviewPanelDrawn": reviewing.panel_drawn,
        "ReviewVote": reviewing.voted,
        "ComplaintClosed": reviewing.closed,
        "DepositPaid": reviewing.deposit_paid,
    },
    "Securities": {
        "Deposited": securities.deposited,
        "NoticeGiven": securities.notice_given,
        "Withdrawn": securities.withdrawn,
        "Guaranteed": securities.guaranteed,
        "BidBacked": securities.backed,
        "BidSettled": securities.settled,
        "SecurityForfeited": securities.forfeited,
        "PerformanceSecured": securities.secured,
        "PerformanceReturned": securities.returned,
        "ForfeitCollected": securities.collected,
    },
    "Agreements": {"AgreementSigned": money.signed},
    "Escrow": {
        "Funded": money.funded,
        "MilestoneReported": money.reported,
        "MilestoneApproved": money.approved,
        "MilestoneRejected": money.rejected,
        "MilestoneReturned": money.returned,
        "MilestonePaid": money.paid,
        "Renounced": money.renounced,
        "Closed": money.closed,
        "Undelivered": money.undelivered,
        "Claimed": money.claimed,
    },
    TOKEN: {
        "Minted": money.minted,
        "Transfer": money.transferred,
        "Approval": money.allowed,
    },
}
"""What each event of each contract does. `EIP712DomainChanged`, and a shut box of ballots, never
happen: their events are inherited."""


def apply(state: State, event: Event, time: int) -> None:
    """Folds one event into the state.

    Args:
        state: after all events before it; changed in place.
        event: of one of the state's contracts.
        time: of the event's block, in seconds since 1970 UTC.

    Raises:
        ReplayError: when the event cannot be; the state is then of no further use.
    """
    name = state.names[event.address]
    contract, args = name, event.args
    if event.address in state.tokens:
        contract, args = TOKEN, {**args, "": event.address}
    due, prepared = state.due, state.prepared
    entered, filed, ordered = state.entered, state.filed, state.ordered
    try:
        require((event.block, event.index) > state.place, ORDER)
        state.place = event.block, event.index
        HANDLERS[contract][event.name](state, args, Stamp(event.block, time, event.transaction))
        # who pays a deposit spends what it allowed, and the token says that first
        spends = due is not None and args.get("owner") == due.sender
        # and the security of an agreement that is closed is told before its money moves
        between = contract == "Securities" and event.name in securities.AFTER_CLOSING
        require(due is None or state.due is None or spends or between, MONEY)
        require(entered is None or state.entered is None, ORDER)
        require(filed is None or state.filed is None, ORDER)
        require(ordered is None or state.ordered is None, ORDER)
        require(not prepared or state.prepared == prepared[1:], ORDER)
    except (Impossible, EncodingError, LookupError, ValueError, OverflowError) as error:
        # A field out of its range, which the chain's types allow, is refused like any other.
        reason = str(error) if isinstance(error, Impossible) else VALUE
        raise ReplayError(name, event.name, event.block, event.index, reason) from error


def fold(state: State, events: Iterable[Event], times: Mapping[int, int]) -> State:
    """Folds events in the order of the chain.

    Args:
        state: after all events before them; changed in place and returned.
        events: in the order of block and index.
        times: of each event's block, in seconds since 1970 UTC, by number.

    Raises:
        ReplayError: when one cannot be.
    """
    for event in events:
        apply(state, event, times[event.block])
    return state
