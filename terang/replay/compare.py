"""The replayed state against the contracts' storage, field by field, at one block.

`expectations` lists, for every state variable of every contract and every key that events name,
the view that reads it and what it must answer. A test holds the list against the compiler's
storage layout, so no variable is forgotten.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from eth_utils.crypto import keccak

from terang.chain.answers import BadAnswer, checksum
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain, RpcError
from terang.chain.contract import Contract
from terang.chain.deploy import Deployment
from terang.chain.reverts import Reverted
from terang.errors import TerangError
from terang.replay import evaluation, rules
from terang.replay.state import ZERO, Box, Lock, Round, State, Tender
from terang.sealing.epoch import set_hash
from terang.vocabulary import EVER, Category, Method, Question, Status

_DOMAINS: Final = ("Participants", "Tenders", "Ballots", "Agreements")
"""Contracts that check EIP-712 signatures under "Terang" and their own name, version 1."""
_RULE: Final = (
    "category", "method", "tenderingPeriod", "amendmentPeriod", "enquiryPeriod",
    "evaluationPeriod", "standstillPeriod", "signingPeriod", "minimumBids",
    "abnormalUnderEstimate", "abnormalUnderMean", "reviewPeriod", "complaintDeposit", "agencies",
    "auditors", "citizens", "quorum", "reviewAuditors", "reviewCitizens", "reviewQuorum",
    "threshold", "weightLeast", "weightMost", "bidSecurityLeast", "bidSecurityMost",
    "performanceSecurity", "performanceSecurityLow",
)  # fmt: skip
"""`Rules.sol`, which holds zeros where there is no rule."""


class Difference(NamedTuple):
    """Something that is not as it should be.

    Attributes:
        contract: its name in the deployment.
        field: state variable or immutable, "code", "creation", or what was worked out again.
        key: which entry of it; a part of a struct comes last.
        replayed: what the events, the sources or the record say.
        stored: what the contract or the chain says.
    """

    contract: str
    field: str
    key: str
    replayed: str
    stored: str


class Expectation(NamedTuple):
    """A view and what it must answer.

    Attributes:
        contract: name in the deployment.
        field: state variable that it reads.
        key: which entry of it.
        view: the function.
        args: its arguments.
        value: what it must return, in the form of `Contract.decode_output`.
    """

    contract: str
    field: str
    key: str
    view: str
    args: tuple[Any, ...]
    value: Any


def differences(
    chain: Chain, deployment: Deployment, artifacts: Artifacts, state: State, block: int, time: int
) -> list[Difference]:
    """Compares a state with storage.

    Args:
        chain: where the contracts are.
        deployment: which they are.
        artifacts: what they were compiled to.
        state: after all events up to and including the block.
        block: the block at which storage is read.
        time: of that block, in seconds since 1970 UTC.

    Raises:
        ChainUnreachable: when the node does not answer.
    """
    wanted = list(expectations(state, deployment, time))
    return compared(chain, deployment, artifacts, wanted, block)


def compared(
    chain: Chain,
    deployment: Deployment,
    artifacts: Artifacts,
    wanted: Sequence[Expectation],
    block: int,
) -> list[Difference]:
    """Compares what storage must hold with what it holds.

    Args:
        chain: where the contracts are.
        deployment: which they are.
        artifacts: what they were compiled to.
        wanted: what their views must answer.
        block: the block at which storage is read.

    Raises:
        ChainUnreachable: when the node does not answer.
    """
    contracts = {name: deployment.contract(name, artifacts) for name in deployment.contracts}
    calls = [(contracts[each.contract], each.view, each.args) for each in wanted]
    found: list[Difference] = []
    for each, stored in zip(wanted, _read(chain, calls, block), strict=True):
        found += _differ(each, stored)
    return found


def expectations(state: State, deployment: Deployment, time: int) -> Iterator[Expectation]:
    """Lists what storage must hold after the state's events.

    Args:
        state: the replayed state.
        deployment: for what constructors set and no event tells.
        time: of the block at which storage is read, in seconds since 1970 UTC.
    """
    yield from _participants(state)
    yield from _consortium(state)
    yield from _rules(state)
    yield from _opening_keys(state)
    for box in state.boxes():
        yield from _box(state, box)
    yield Expectation("Tenders", "_tenderCount", "", "tenderCount", (), len(state.tenders))
    for tender in state.tenders.values():
        yield from _tender(tender)
        yield from _award(state, tender, time)
        yield from _money(tender)
    yield from _reviews(state)
    yield from _securities(state)
    for (token, payee), amount in state.claimable.items():
        key = f"{token} {payee}"
        yield Expectation("Escrow", "_claimable", key, "claimableOf", (token, payee), amount)
    for name in _DOMAINS:
        domain = (b"\x0f", f"Terang {name}", "1", state.chain_id, state.addresses[name],
                  bytes(32), ())  # fmt: skip
        keys = ("fields", "name", "version", "chainId", "verifyingContract", "salt", "extensions")
        value = dict(zip(keys, domain, strict=True))
        yield Expectation(name, "domain", "", "eip712Domain", (), value)
    for address in state.tokens:
        yield from _token(state, address, deployment)


def _participants(state: State) -> Iterator[Expectation]:
    name = "Participants"
    count = len(state.organisations)
    yield Expectation(name, "_organisations", "", "organisationCount", (), count)
    for each in state.organisations:
        number = each.id
        value = {"record": each.record, "roles": each.roles, "registeredAt": each.registered.time}
        yield _by_number(name, "_organisations", number, "organisationOf", value)
        yield _by_number(name, "_suspensions", number, "suspensionChanges", len(each.suspensions))
        suspended = rules.is_suspended(each)
        yield _by_number(name, "_suspensions", number, "isSuspended", suspended)
    for account, key in state.keys.items():
        stored = {"organisation": key.organisation, "powers": key.powers,
                  "from": key.since, "until": key.until}  # fmt: skip
        yield Expectation(name, "_keys", account, "keyOf", (account,), stored)
        # the history of suspensions shows only in who could bid when
        for since, _suspended in state.organisations[key.organisation - 1].suspensions:
            for time in (since, since + 1):
                organisation, eligible = rules.bidder_at(state, account, time)
                could = {"organisation": organisation, "eligible": eligible}
                args, which = (account, time), f"{account} {time}"
                yield Expectation(name, "_suspensions", which, "bidderAt", args, could)
    for (licence, account), (since, until) in state.licences.items():
        held, which = {"from": since, "until": until}, f"{licence} {account}"
        yield Expectation(name, "_licences", which, "licenceOf", (licence, account), held)


def _consortium(state: State) -> Iterator[Expectation]:
    name = "Consortium"
    yield Expectation(name, "_seats", "", "seatCount", (), len(state.seats))
    for seat in state.seats:
        removed = seat.removed.time if seat.removed else 0
        value = {"organisation": seat.organisation, "class": seat.seat_class,
                 "admittedAt": seat.admitted.time, "removedAt": removed}  # fmt: skip
        yield _by_number(name, "_seats", seat.id, "seatOf", value)
        yield _by_number(name, "_accounts", seat.id, "accountOf", seat.accounts[-1][1])
        for since, account in seat.accounts:
            for time, expected in (
                (since, rules.account_at(state, seat.id, since)),
                (since + 1, account),
            ):
                where = f"{seat.id} {time}"
                yield Expectation(name, "_accounts", where, "accountAt", (seat.id, time), expected)
        number = state.seat_of_organisation.get(seat.organisation, 0)
        yield _by_number(
            name, "_seatOfOrganisation", seat.organisation, "seatOfOrganisation", number
        )
    for account, number in state.seat_of_account.items():
        yield Expectation(name, "_seatOfAccount", account, "seatEverHeldBy", (account,), number)
    for seat_class, numbers in enumerate(state.seats_of_class):
        times = [state.seats[number - 1].admitted.time for number in numbers]
        for time in {*times, *(each + 1 for each in times), EVER}:
            size, where = sum(each < time for each in times), f"{seat_class} {time}"
            yield Expectation(name, "_sizeOfClass", where, "sizeAt", (seat_class, time), size)
        for index, number in enumerate(numbers):
            seat = state.seats[number - 1]
            stored = {"seat": number, "organisation": seat.organisation,
                      "seated": seat.removed is None}  # fmt: skip
            args, where = (seat_class, index, EVER), f"{seat_class} {index}"
            yield Expectation(name, "_seatsOfClass", where, "seatOfClassAt", args, stored)


def _opening_keys(state: State) -> Iterator[Expectation]:
    name = "OpeningKeys"
    yield Expectation(name, "_epochs", "", "epochCount", (), len(state.epochs))
    for epoch in state.epochs:
        n, k, c = len(epoch.seats), epoch.threshold, epoch.confirmations
        value = {"openers": n, "threshold": k, "confirmations": c, "batches": epoch.batches,
                 "setHash": set_hash(epoch.seats, k, c)}  # fmt: skip
        yield _by_number(name, "_epochs", epoch.id, "epochOf", value)
        for index, seat in enumerate((*epoch.seats, 0), 1):
            args, where = (epoch.id, index), f"{epoch.id} {index}"
            yield Expectation(name, "_seats", where, "seatOfOpener", args, seat)
            key = epoch.encryption_keys.get(index)
            hashed = keccak(key) if key else bytes(32)
            yield Expectation(name, "_encryptionKeys", where, "encryptionKeyHash", args, hashed)
        for each in state.seats:
            index = epoch.seats.index(each.id) + 1 if each.id in epoch.seats else 0
            args, where = (epoch.id, each.id), f"{epoch.id} {each.id}"
            yield Expectation(name, "_indices", where, "openerOfSeat", args, index)
    for (number, which), batch in state.batches.items():
        value = {"count": batch.count, "dealsUntil": batch.deals_until,
                 "confirmed": batch.confirmed, "root": batch.root}  # fmt: skip
        where = f"{number} {which}"
        yield Expectation(name, "_batches", where, "batchOf", (number, which), value)
        for accuser in range(1, len(state.epochs[number - 1].seats) + 1):
            dealers, by = rules.accusations_of(batch, accuser), f"{where} {accuser}"
            accused = (number, which, accuser)
            yield Expectation(name, "_accusations", by, "accusationsOf", accused, dealers)
        for statement, count in batch.statements.items():
            said = (number, which, *statement)
            yield Expectation(name, "_confirmations", where, "confirmationsOf", said, count)
        for first in range(0, batch.count, 256):
            free, which_keys = rules.free_keys(state, batch, first), f"{where} {first}"
            asked = (number, which, first)
            yield Expectation(name, "_free", which_keys, "freeKeys", asked, free)


def _box(state: State, box: Box) -> Iterator[Expectation]:
    name, args, where = box.contract, (box.tender, box.stage), f"{box.tender} {box.stage}"
    point = checksum("0x" + rules.point_of(state, box).hex())
    value = {"point": point, "closesAt": box.closes_at, "count": len(box.envelopes),
             "opened": len(box.voids), "shut": box.shut}  # fmt: skip
    yield Expectation(name, "_boxes", where, "boxOf", args, value)
    secret = rules.secret_of(state, box)
    yield Expectation(name, "_secrets", where, "secretOf", args, secret)
    for segment, running in enumerate((*box.segments, bytes(32))):
        which = f"{where} {segment}"
        yield Expectation(
            name, "_accumulators", which, "segmentAccumulator", (*args, segment), running
        )
    for principal, count in box.sealed_by.items():
        which = f"{where} {principal}"
        yield Expectation(name, "_sealedBy", which, "sealedBy", (*args, principal), count)


def _rules(state: State) -> Iterator[Expectation]:
    name = "Rules"
    yield Expectation(name, "_ruleCount", "", "ruleCount", (), len(state.rules))
    for number, rule in enumerate(state.rules, 1):
        yield _by_number(name, "_rules", number, "ruleOf", rule)
    for kind in product(Category, Method):
        number = state.present.get(kind, 0)
        if number:
            present = {"rule": number, "terms": state.rules[number - 1]}
        else:
            present = {"rule": 0, "terms": dict.fromkeys(_RULE, 0)}
        yield Expectation(name, "_present", f"{kind[0]} {kind[1]}", "present", kind, present)


def _tender(tender: Tender) -> Iterator[Expectation]:
    name, terms, prices = "Tenders", tender.terms, tender.counting
    value = {"buyer": tender.buyer, "rule": tender.rule, "version": tender.version,
             "minimumBids": terms["minimumBids"], "validBids": tender.valid_bids,
             "lot": tender.place, "method": terms["method"], "ceiling": terms["ceiling"],
             "termsHash": tender.terms_hash, "priceSum": sum(prices),
             "prices": len(prices), "bidSecurity": terms["bidSecurity"],
             "currency": tender.secured_in}  # fmt: skip
    yield _by_number(name, "_tenders", tender.id, "tenderOf", value)
    yield _by_number(name, "_bidders", tender.id, "bidderCount", len(tender.bidders))
    for position, organisation in enumerate(tender.bidders):
        bid, where = tender.bids[organisation], f"{tender.id} {position}"
        stored = {"organisation": organisation, "price": bid.price, "nonce": bid.nonce}
        yield Expectation(name, "_bids", where, "bidAt", (tender.id, position), stored)
    asked = len(tender.enquiries)
    yield _by_number(name, "_enquiries", tender.id, "enquiryCount", asked)
    for number, enquiry in enumerate(tender.enquiries, 1):
        args, where = (tender.id, number), f"{tender.id} {number}"
        yield Expectation(name, "_answers", where, "answerOf", args, enquiry.answer)


def _award(state: State, tender: Tender, time: int) -> Iterator[Expectation]:
    name, award = "Awards", tender.award
    begun = bool(award.rounds)  # until then nothing is copied from rule and terms
    rule, terms = rules.rule_of(state, tender), tender.terms
    value = {"rounds": len(award.rounds), "attempts": award.attempts, "question": award.question,
             "bidsRound": award.bids_round, "lowRound": award.low_round,
             "rankings": award.rankings, "unacceptable": award.none_acceptable is not None,
             "accepted": award.accepted is not None, "cancelled": award.cancelled is not None,
             "pass": award.part, "ranked": award.ranked, "best": award.best,
             "qualityDecidedAt": tender.prices.decided_at if tender.prices else 0,
             "standstillEndsAt": award.standstill_ends_at, "signBy": award.sign_by,
             "lowest": award.lowest, "standstillPeriod": begun and rule["standstillPeriod"],
             "signingPeriod": begun and rule["signingPeriod"],
             "underEstimate": begun and rule["abnormalUnderEstimate"],
             "underMean": begun and rule["abnormalUnderMean"], "weight": begun and terms["weight"],
             "threshold": begun and terms["threshold"],
             "method": begun and terms["method"]}  # fmt: skip
    yield _by_number(name, "_awards", tender.id, "awardOf", value)
    standing = rules.standing(state, tender, time)
    yield _by_number(name, "standing", tender.id, "standing", standing)
    for position in range(len(tender.bidders)):
        args, where = (tender.id, position), f"{tender.id} {position}"
        excluded = position in award.excluded
        yield Expectation(name, "_excluded", where, "isExcluded", args, excluded)
    left = evaluation.recused(tender)
    yield _by_number("Ballots", "_recused", tender.id, "recusedOf", left)
    for number in range(len(award.rounds) + 1):
        drawn = award.rounds[number] if number < len(award.rounds) else None
        yield from _round(tender, number, drawn)


def _round(tender: Tender, number: int, drawn: Round | None) -> Iterator[Expectation]:
    name, args, where = "Ballots", (tender.id, number), f"{tender.id} {number}"
    frozen_at = tender.box.closes_at if drawn else 0
    value = {"frozenAt": frozen_at, "bidders": drawn.bidders if drawn else 0,
             "voted": evaluation.voted(drawn) if drawn else 0,
             "ballots": len(drawn.ballots) if drawn else 0, "quorum": drawn.quorum if drawn else 0,
             "question": drawn.question if drawn else 0,
             "reserves": drawn.reserves if drawn else (0, 0, 0)}  # fmt: skip
    yield Expectation(name, "_rounds", where, "roundOf", args, value)
    yield Expectation(name, "_panels", where, "panelOf", args, drawn.panel if drawn else ())
    if drawn is None:
        return
    scored = drawn.question is Question.QUALITY
    view, count = ("scoresOf", evaluation.scores) if scored else ("tallyOf", evaluation.tally)
    for position in range(drawn.bidders):
        given, which = count(drawn.ballots, position), f"{where} {position}"
        yield Expectation(name, "_marks", which, view, (*args, position), given)


def _reviews(state: State) -> Iterator[Expectation]:
    name, count = "Reviews", len(state.complaints)
    yield Expectation(name, "_complaintCount", "", "complaintCount", (), count)
    for each in state.complaints.values():
        panel, votes, number = each.panels[-1], each.present_votes(), str(each.id)
        voted = sum(1 << panel.seats.index(vote.seat) for vote in votes)
        value = {"tenderer": each.tenderer, "award": each.award, "status": each.status,
                 "ruling": each.ruling, "abusive": each.abusive, "attempts": len(each.panels),
                 "quorum": panel.quorum, "votes": len(votes), "voted": voted,
                 "rulings": evaluation.rulings(each),
                 "abuses": sum(vote.abusive for vote in votes), "decideBy": panel.decide_by,
                 "tenderId": each.tender, "token": each.token, "depositor": each.depositor,
                 "deposit": each.deposit}  # fmt: skip
        yield _by_number(name, "_complaints", each.id, "complaintOf", value)
        for attempt, seats in enumerate([*(drawn.seats for drawn in each.panels), ()]):
            args, where = (each.id, attempt), f"{number} {attempt}"
            yield Expectation(name, "_panels", where, "panelOf", args, seats)
        by, where = (each.tender, each.award, each.tenderer), f"{each.tender} {each.award}"
        which = f"{where} {each.tenderer}"
        yield Expectation(name, "_complained", which, "complaintBy", by, each.id)
        tender, about = state.tenders[each.tender], (each.tender, each.award)
        waiting = rules.open_complaints(state, tender, each.award)
        yield Expectation(name, "_open", where, "openComplaints", about, waiting)


def _securities(state: State) -> Iterator[Expectation]:
    name = "Securities"
    for key, account in state.securities.items():
        where = f"{key[0]} {key[1]}"
        value = {"balance": account.balance, "noticed": account.noticed,
                 "pledged": account.pledged, "noticeEndsAt": account.notice_ends_at,
                 "backing": account.backing}  # fmt: skip
        yield Expectation(name, "_accounts", where, "accountOf", key, value)
        given = tuple({"amount": each.amount, "from": each.since, "until": each.until,
                       "guarantor": each.guarantor} for each in account.guarantees)  # fmt: skip
        yield Expectation(name, "_guarantees", where, "guaranteesOf", key, given)
        for since, _cover in account.cover:
            for time in (since, since + 1):
                covered, which = account.cover_at(time), f"{where} {time}"
                yield Expectation(name, "_cover", which, "coverAt", (*key, time), covered)
    for tender in state.tenders.values():
        for organisation in tender.bidders:
            backed, where = (tender.id, organisation), f"{tender.id} {organisation}"
            running = {None: 0, True: 1, False: 2}[state.backings.get(backed)]
            yield Expectation(name, "_backings", where, "backingOf", backed, running)
        lock = state.locks.get(tender.id, Lock(0, 0, ZERO, 0))._asdict()
        yield _by_number(name, "_locks", tender.id, "lockOf", lock)
    for token, amount in ({token: 0 for token in state.tokens} | state.forfeited).items():
        yield Expectation(name, "_forfeited", token, "forfeitedOf", (token,), amount)


def _money(tender: Tender) -> Iterator[Expectation]:
    signed, account = tender.agreement, tender.account
    digest = signed.hash if signed else bytes(32)
    yield _by_number("Agreements", "_agreements", tender.id, "hashOf", digest)
    value = {"funded": account.funded, "paid": account.paid, "refunded": account.refunded,
             "reportedMilestones": account.count(Status.REPORTED),
             "paidMilestones": account.count(Status.PAID),
             "renounced": account.renounced is not None,
             "closed": account.closed is not None}  # fmt: skip
    yield _by_number("Escrow", "_accounts", tender.id, "accountOf", value)
    for number, milestone in enumerate(account.milestones):
        stored = {"status": milestone.status, "approvals": milestone.approvals,
                  "rejections": milestone.rejections, "reports": milestone.reports}  # fmt: skip
        where, args = f"{tender.id} {number}", (tender.id, number)
        yield Expectation("Escrow", "_milestones", where, "milestoneOf", args, stored)


def _token(state: State, address: str, deployment: Deployment) -> Iterator[Expectation]:
    name, token = state.names[address], state.tokens[address]
    _participants, title, currency, _decimals = deployment.contracts[name].arguments
    yield Expectation(name, "_name", "", "name", (), title)
    yield Expectation(name, "_symbol", "", "symbol", (), currency)
    yield Expectation(name, "_totalSupply", "", "totalSupply", (), token.supply)
    for commitment in token.minted:
        which = text(commitment)
        yield Expectation(name, "isMinted", which, "isMinted", (commitment,), True)
    for account, balance in token.balances.items():
        yield Expectation(name, "_balances", account, "balanceOf", (account,), balance)
    for pair, amount in token.allowances.items():
        yield Expectation(name, "_allowances", " ".join(pair), "allowance", pair, amount)


def _by_number(contract: str, field: str, number: int, view: str, value: Any) -> Expectation:
    return Expectation(contract, field, str(number), view, (number,), value)


def _read(
    chain: Chain, calls: Sequence[tuple[Contract, str, Sequence[Any]]], block: int
) -> list[Any]:
    """Reads views; where one fails its place holds the error, found by halving."""
    if not calls:
        return []
    try:
        return chain.views(calls, block=block)
    except (Reverted, RpcError, BadAnswer) as error:
        if len(calls) == 1:
            return [error]
    middle = len(calls) // 2
    return _read(chain, calls[:middle], block) + _read(chain, calls[middle:], block)


def _differ(expected: Expectation, stored: Any) -> Iterator[Difference]:
    contract, field, key, _view, _args, value = expected
    if isinstance(stored, TerangError):
        yield Difference(contract, field, key, text(value), str(stored))
    elif isinstance(value, Mapping) and isinstance(stored, Mapping):
        for part in {**value, **stored}:
            mine, theirs = value.get(part), stored.get(part)
            if mine != theirs:
                where = f"{key} {part}".strip()
                yield Difference(contract, field, where, text(mine), text(theirs))
    elif value != stored:
        yield Difference(contract, field, key, text(value), text(stored))


def text(value: Any) -> str:
    """Returns a value as people and JSON read it: numbers decimal, bytes in hex."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(text(each) for each in value) + "]"
    return str(value)
