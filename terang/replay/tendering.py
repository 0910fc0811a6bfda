"""Events of `Tenders` beside those of their boxes: procurements, enquiries, opened bids."""

from collections.abc import Mapping
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terang.replay import laws, rules
from terang.replay.boxes import open_next, tender_of
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import (
    WITHDRAWN,
    ZERO,
    Amendment,
    Box,
    Enquiry,
    OpenedBid,
    Prepared,
    Stamp,
    State,
    Tender,
)
from terang.vocabulary import BIDS, PRICES, PROPOSALS, WHOLE, Method, Phase, Void

Args = Mapping[str, Any]

TERMS: Final = (
    "(bytes32,uint8,uint8,uint8,address,uint128,uint16,uint16,uint16,uint8,uint32,uint16[])"
)
"""`Terms.sol` as its ABI encodes it."""
_MAX_MILESTONES: Final = 32
_MAX_LOTS: Final = 32
_ENDED: Final = (Phase.UNSUCCESSFUL, Phase.CANCELLED)


def published(state: State, args: Args, stamp: Stamp) -> None:
    """A tender is published: a lot of a procurement."""
    number, buyer, terms, closes_at = (
        args["tenderId"], args["buyer"], args["terms"], args["closesAt"],
    )  # fmt: skip
    require(number == len(state.tenders) + 1, ORDER)
    acts = rules.acts_for(state, args["by"], buyer, stamp.time)
    require(acts and rules.is_buyer(state, buyer), RIGHT)
    require(args["rule"] == state.present.get((terms["category"], terms["method"])), VALUE)
    rule = state.rules[args["rule"] - 1]
    require(rule["tenderingPeriod"] <= closes_at - stamp.time <= rules.MAX_PERIOD, TIME)
    require(_are_sound(terms, rule), VALUE)
    require(_repeats(state, args["notice"], buyer, stamp), VALUE)
    scored = terms["method"] == Method.QUALITY_PRICE
    box = Box("Tenders", number, PROPOSALS if scored else BIDS, closes_at)
    prices = Box("Tenders", number, PRICES, closes_at) if scored else None
    tender = Tender(
        number, buyer, args["rule"], 1, args["place"], args["lot"], terms, _hash(terms),
        args["notice"], stamp, box, prices,
    )  # fmt: skip
    require(tender.place < _MAX_LOTS and _follows(state, tender), ORDER)
    _secure(tender)
    state.tenders[number] = tender
    state.prepared = tuple(Prepared(each, stamp) for each in tender.boxes())


def amended(state: State, args: Args, stamp: Stamp) -> None:
    """A tender is changed before it closes; bids for the version before become void."""
    tender, terms, closes_at = _of_buyer(state, args, stamp), args["terms"], args["closesAt"]
    rule, before = rules.rule_of(state, tender), tender.box.closes_at
    require(args["version"] == tender.version + 1, ORDER)
    kind = terms["category"], terms["method"]
    require(kind == (rule["category"], rule["method"]) and _are_sound(terms, rule), VALUE)
    require(closes_at >= max(before, stamp.time + rule["amendmentPeriod"]), TIME)
    require(closes_at == before or closes_at - stamp.time <= rules.MAX_PERIOD, TIME)
    tender.version, tender.terms, tender.terms_hash = args["version"], terms, _hash(terms)
    tender.notice = {**tender.notice, "documentsUri": args["documentsUri"]}
    _secure(tender)
    for box in tender.boxes():
        box.closes_at = closes_at
    tender.amendments.append(
        Amendment(args["version"], closes_at, args["reason"], args["by"], stamp)
    )


def cancelled(state: State, args: Args, stamp: Stamp) -> None:
    """A tender is cancelled before it closes."""
    tender = _of_buyer(state, args, stamp)
    require(tender.cancelled is None, AGAIN)
    tender.cancelled, tender.cancel_reason = stamp, args["reason"]


def enquired(state: State, args: Args, stamp: Stamp) -> None:
    """Somebody asks about a tender."""
    tender = tender_of(state, args)
    require(args["enquiry"] == len(tender.enquiries) + 1, ORDER)
    require(stamp.time < rules.enquiries_end(state, tender), TIME)
    require(rules.phase(state, tender, stamp.time) is Phase.TENDERING, TIME)
    require(any(args["question"]), VALUE)
    tender.enquiries.append(Enquiry(args["question"], stamp))


def answered(state: State, args: Args, stamp: Stamp) -> None:
    """The buyer answers a question."""
    tender, number = _of_buyer(state, args, stamp), args["enquiry"]
    require(0 < number <= len(tender.enquiries), UNKNOWN)
    enquiry = tender.enquiries[number - 1]
    require(enquiry.answered is None, AGAIN)
    require(any(args["answer"]), VALUE)
    enquiry.answer, enquiry.by, enquiry.answered = args["answer"], args["by"], stamp


def proposal_opened(state: State, args: Args, stamp: Stamp) -> None:
    """A proposal counts; that it is what the envelope held is for `recheck`."""
    tender, organisation = tender_of(state, args), args["organisation"]
    require(tender.scored, VALUE)
    _supersede(state, tender, _opened(args, 0, stamp), organisation)


def bid_opened(state: State, args: Args, stamp: Stamp) -> None:
    """A bid counts, or the price of a proposal; that the envelope held it is for `recheck`."""
    tender, organisation = tender_of(state, args), args["organisation"]
    bid = _opened(args, args["price"], stamp)
    ceiling = tender.terms["ceiling"]
    require(bid.price and (bid.price == WITHDRAWN or not ceiling or bid.price <= ceiling), VALUE)
    if tender.prices is None:
        _supersede(state, tender, bid, organisation)
        return
    proposal = tender.bids.get(organisation)
    if proposal is None or (proposal.nonce, proposal.price) != (bid.nonce, 0):
        raise Impossible(VALUE)
    open_next(state, tender.prices, bid.envelope, Void.NONE)
    tender.bids[organisation] = proposal._replace(price=bid.price)
    tender.priced.append(bid)


def _opened(args: Args, price: int, stamp: Stamp) -> OpenedBid:
    return OpenedBid(
        args["index"], args["organisation"], args["account"], price, args["documents"],
        args["nonce"], stamp,
    )  # fmt: skip


def _supersede(state: State, tender: Tender, bid: OpenedBid, organisation: int) -> None:
    """The organisation's bid from now on."""
    before = tender.bids.get(organisation)
    require(bid.nonce > (before.nonce if before else 0), VALUE)
    open_next(state, tender.box, bid.envelope, Void.NONE)
    if before is None:
        tender.bidders.append(organisation)
    tender.bids[organisation] = bid
    tender.opened.append(bid)


def _of_buyer(state: State, args: Args, stamp: Stamp) -> Tender:
    """The tender of an act of its buyer while bids are sealed."""
    tender = tender_of(state, args)
    require(rules.phase(state, tender, stamp.time) is Phase.TENDERING, TIME)
    require(rules.acts_for(state, args["by"], tender.buyer, stamp.time), RIGHT)
    return tender


def _secure(tender: Tender) -> None:
    """What stands behind bids is in the currency of the last terms that asked for it."""
    if tender.terms["bidSecurity"]:
        tender.secured_in = tender.terms["currency"]


def _hash(terms: Mapping[str, Any]) -> bytes:
    return keccak(encode([TERMS], [tuple(terms.values())]))


def _are_sound(terms: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    """Whether terms are possible under a rule (`Tenders._checkTerms`)."""
    plan, period = terms["plan"], terms["evaluationPeriod"]
    return all(
        (
            any(terms["documents"]),
            terms["currency"] != ZERO and terms["ceiling"] != WITHDRAWN,
            terms["minimumBids"] >= rule["minimumBids"],
            rule["bidSecurityLeast"] <= terms["bidSecurity"] <= rule["bidSecurityMost"],
            not terms["bidSecurity"] or terms["ceiling"] != 0,
            rule["weightLeast"] <= terms["weight"] <= rule["weightMost"],
            rule["threshold"] <= terms["threshold"] <= laws.most_threshold(Method(rule["method"])),
            rule["evaluationPeriod"] <= period <= rules.MAX_PERIOD,
            len(plan) <= _MAX_MILESTONES and sum(plan) == WHOLE and all(plan),
        )
    )


def _repeats(state: State, notice: Mapping[str, Any], buyer: int, stamp: Stamp) -> bool:
    """Whether a procurement repeats none, or one of the same buyer that came to nothing."""
    if not notice["predecessor"]:
        return True
    before = state.tenders.get(notice["predecessor"])
    if before is None or before.buyer != buyer:
        return False
    return rules.phase(state, before, stamp.time) in _ENDED


def _follows(state: State, tender: Tender) -> bool:
    """Whether a lot is the first, or comes after the one before it in the same publication."""
    if not tender.place:
        return True
    before = state.tenders.get(tender.id - 1)
    if before is None or before.place != tender.place - 1:
        return False
    shared = [
        (each.published, each.buyer, each.notice, each.box.closes_at, each.terms["documents"])
        for each in (before, tender)
    ]
    return shared[0] == shared[1]
