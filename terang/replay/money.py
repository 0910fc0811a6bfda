"""Events of `Agreements`, `Escrow` and the treasury's tokens.

The treasury's money leaves escrow or the deposits of complaints, or comes into being, only as the
event just before the transfer says: that event puts the transfer into `State.due`, and the very
next event must be it. Other
tokens are foreign code, which may do anything in between; their transfers are not the ledger's.
"""

from collections.abc import Mapping
from typing import Any, Final

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terang.replay import rules
from terang.replay.boxes import tender_of
from terang.replay.errors import (
    AGAIN,
    MONEY,
    ORDER,
    RIGHT,
    TIME,
    UNKNOWN,
    VALUE,
    Impossible,
    require,
)
from terang.replay.state import (
    ZERO,
    Account,
    Milestone,
    Payment,
    Report,
    Signed,
    Stamp,
    State,
    Tender,
    Token,
    Transfer,
)
from terang.vocabulary import WHOLE, Licence, Phase, Status

Args = Mapping[str, Any]

AGREEMENT: Final = (
    "(uint256,uint32,uint32,uint128,address,bytes32,uint48,address,address,"
    "(uint128,uint48,bytes32)[],address[],uint8)"
)
"""`Agreement` of `Agreements.sol` as its ABI encodes it."""
_MAX_START: Final = 366 * 86_400
_MAX_TERM: Final = 36_525 * 86_400


def signed(state: State, args: Args, stamp: Stamp) -> None:
    """Both sides signed; the terms are compared with tender and award here too."""
    tender, agreement = tender_of(state, args), args["agreement"]
    require(tender.agreement is None, AGAIN)
    require(rules.phase(state, tender, stamp.time) is Phase.AWARDED, TIME)
    winner = tender.award.winner
    if winner is None:
        raise Impossible(ORDER)
    supplier, price = winner.organisation, winner.price
    terms = (tender.id, tender.buyer, supplier, price, tender.terms["currency"])
    names = ("tenderId", "buyer", "supplier", "price", "currency")
    require(tuple(agreement[name] for name in names) == terms, VALUE)
    require((args["buyer"], args["supplier"]) == (tender.buyer, supplier), VALUE)
    require(agreement["payee"] != ZERO, VALUE)
    refund_to = agreement["refundTo"]
    require(rules.is_licensed(state, Licence.TREASURY, refund_to, stamp.time), RIGHT)
    require(abs(agreement["startsAt"] - stamp.time) <= _MAX_START, TIME)
    amounts = [each["amount"] for each in agreement["milestones"]]
    require(amounts == planned(price, tender.terms["plan"]), MONEY)
    dues = [agreement["startsAt"], *(each["dueAt"] for each in agreement["milestones"])]
    require(dues == sorted(dues) and dues[-1] - dues[0] <= _MAX_TERM, TIME)
    require(dues[-1] >= stamp.time, TIME)
    inspectors = agreement["inspectors"]
    for inspector in inspectors:
        key = state.keys.get(inspector)
        require(inspector != ZERO and (key is None or key.organisation != supplier), VALUE)
    require(0 < agreement["approvals"] <= len(inspectors) == len(set(inspectors)), VALUE)
    for side in ("buyer", "supplier"):
        account = args[f"{side}Account"]
        require(rules.acts_for(state, account, agreement[side], stamp.time), RIGHT)
    milestones = tuple(tuple(each.values()) for each in agreement["milestones"])
    struct = tuple({**agreement, "milestones": milestones}.values())
    digest = keccak(encode([AGREEMENT], [struct]))
    accounts = args["buyerAccount"], args["supplierAccount"]
    tender.agreement = Signed(agreement, digest, *accounts, stamp)
    tender.account = Account(milestones=[Milestone() for _amount in amounts])


def planned(price: int, plan: tuple[int, ...]) -> list[int]:
    """Splits a price by basis points: floors, and the remainder to the last (`Agreements.sol`)."""
    parts = [price * share // WHOLE for share in plan[:-1]]
    return [*parts, price - sum(parts)]


def funded(state: State, args: Args, stamp: Stamp) -> None:
    """Money came in."""
    tender, agreement = _open(state, args)
    payer, amount, account = args["payer"], args["amount"], tender.account
    treasury = rules.is_licensed(state, Licence.TREASURY, payer, stamp.time)
    buyer = rules.acts_for(state, payer, agreement["buyer"], stamp.time)
    require(treasury or buyer, RIGHT)
    require(0 < amount <= agreement["price"] - account.funded, MONEY)
    token, escrow = agreement["currency"], state.addresses["Escrow"]
    if token in state.tokens:
        move = Transfer(token, payer, escrow, amount, stamp.transaction)
        require(state.arrived == move, MONEY)
        state.arrived = None
    account.funded += amount
    account.payments.append(Payment("funded", payer, amount, -1, stamp))


def reported(state: State, args: Args, stamp: Stamp) -> None:
    """The supplier reports a milestone."""
    _tender, agreement, milestone = _milestone(state, args, Status.PENDING)
    require(args["report"] == milestone.reports + 1, ORDER)
    require(stamp.time < _lapses_at(agreement), TIME)
    require(rules.acts_for(state, args["by"], agreement["supplier"], stamp.time), RIGHT)
    milestone.status = Status.REPORTED
    milestone.reports += 1
    milestone.history.append(Report("reported", "", args["evidence"], stamp))


def approved(state: State, args: Args, stamp: Stamp) -> None:
    """An inspector accepts a report."""
    milestone, place = _inspected(state, args)
    require(args["place"] == place, VALUE)
    milestone.approvals |= 1 << place
    milestone.history.append(Report("approved", args["inspector"], b"", stamp))


def rejected(state: State, args: Args, stamp: Stamp) -> None:
    """An inspector rejects a report."""
    milestone, place = _inspected(state, args)
    milestone.rejections |= 1 << place
    milestone.history.append(Report("rejected", args["inspector"], args["reason"], stamp))


def returned(state: State, args: Args, stamp: Stamp) -> None:
    """A report falls: so many rejected it that the acceptances needed cannot come together."""
    _tender, agreement, milestone = _milestone(state, args, Status.REPORTED)
    require(args["report"] == milestone.reports, VALUE)
    require(_falls(agreement, milestone) and milestone.history[-1].stamp == stamp, ORDER)
    milestone.status, milestone.approvals, milestone.rejections = Status.PENDING, 0, 0
    milestone.history.append(Report("returned", "", b"", stamp))


def paid(state: State, args: Args, stamp: Stamp) -> None:
    """A milestone is accepted by enough inspectors and paid."""
    tender, agreement, milestone = _milestone(state, args, Status.REPORTED)
    account, number, amount = tender.account, args["milestone"], args["amount"]
    require(milestone.approvals.bit_count() == agreement["approvals"], ORDER)
    require(args["payee"] == agreement["payee"], VALUE)
    require(amount == agreement["milestones"][number]["amount"] <= account.held, MONEY)
    milestone.status = Status.PAID
    account.paid += amount
    account.payments.append(Payment("paid", args["payee"], amount, number, stamp))
    _announce(state, agreement["currency"], args["payee"], amount, stamp)


def renounced(state: State, args: Args, stamp: Stamp) -> None:
    """The supplier gives up what is not paid yet."""
    tender, agreement = _open(state, args)
    require(tender.account.renounced is None, AGAIN)
    require(rules.acts_for(state, args["account"], agreement["supplier"], stamp.time), RIGHT)
    tender.account.renounced = stamp


def closed(state: State, args: Args, stamp: Stamp) -> None:
    """An agreement ends, and what it still holds goes back."""
    tender, agreement = _open(state, args)
    account, amount, by = tender.account, args["refunded"], args["by"]
    treasury = rules.is_licensed(state, Licence.TREASURY, by, stamp.time)
    sides = (agreement["buyer"], agreement["supplier"])
    acts = any(rules.acts_for(state, by, side, stamp.time) for side in sides)
    require(treasury or acts, RIGHT)
    finished = account.count(Status.PAID) == len(account.milestones)
    longer = rules.LAPSE if account.count(Status.REPORTED) else 0
    lapsed = stamp.time >= _lapses_at(agreement) + longer
    require(finished or account.renounced or lapsed, TIME)
    require(args["refundTo"] == agreement["refundTo"], VALUE)
    require(amount == account.held, MONEY)
    account.refunded += amount
    account.closed = stamp
    account.payments.append(Payment("refunded", args["refundTo"], amount, -1, stamp))
    _announce(state, agreement["currency"], args["refundTo"], amount, stamp)


def undelivered(state: State, args: Args, stamp: Stamp) -> None:
    """A token did not deliver a payment: it is kept for its payee."""
    token, payee, amount = args["token"], args["payee"], args["amount"]
    require(state.payment == _outgoing(state, token, payee, amount, stamp), MONEY)
    state.payment = state.due = None
    state.claimable[token, payee] = state.claimable.get((token, payee), 0) + amount


def claimed(state: State, args: Args, stamp: Stamp) -> None:
    """A payee takes what could not be delivered earlier."""
    token, payee, amount = args["token"], args["payee"], args["amount"]
    require(amount and amount == state.claimable.get((token, payee)), MONEY)
    state.claimable[token, payee] = 0
    _announce(state, token, args["to"], amount, stamp)


# Tokens; the address of the one that emitted is in `args[""]`


def minted(state: State, args: Args, stamp: Stamp) -> None:
    """The treasury issues money."""
    token, commitment = _token(state, args), args["commitment"]
    require(rules.is_licensed(state, Licence.TREASURY, args["by"], stamp.time), RIGHT)
    require(args["to"] != ZERO and any(commitment), VALUE)
    require(commitment not in token.minted, AGAIN)
    token.minted[commitment] = stamp
    state.due = Transfer(args[""], ZERO, args["to"], args["amount"], stamp.transaction)


def transferred(state: State, args: Args, stamp: Stamp) -> None:
    """A token's money moves."""
    sender, to, amount = args["from"], args["to"], args["value"]
    move = Transfer(args[""], sender, to, amount, stamp.transaction)
    token, escrow = _token(state, args), state.addresses["Escrow"]
    # of nothing, anybody may move as much as it likes, also out of escrow
    announced = sender == ZERO or (amount and sender in _holders(state))
    require(state.due == move or not announced, MONEY)
    if state.due == move:
        state.due = None
    require(to != ZERO, VALUE)
    if sender == ZERO:
        token.supply += amount
    else:
        left = token.balances.get(sender, 0) - amount
        require(left >= 0, MONEY)
        token.balances[sender] = left
    token.balances[to] = token.balances.get(to, 0) + amount
    if to == escrow:
        state.arrived = move


def _holders(state: State) -> tuple[str, ...]:
    """Contracts that move money only as they said just before."""
    return tuple(state.addresses[name] for name in ("Escrow", "Reviews", "Securities"))


def allowed(state: State, args: Args, stamp: Stamp) -> None:
    """An owner lets somebody spend its money, or that somebody spent of it."""
    require(ZERO not in (args["owner"], args["spender"]), VALUE)
    _token(state, args).allowances[args["owner"], args["spender"]] = args["value"]


def _announce(state: State, token: str, to: str, amount: int, stamp: Stamp) -> None:
    """Notes a payment out of escrow, which a token of the treasury delivers at once."""
    state.payment = _outgoing(state, token, to, amount, stamp) if amount else None
    if token in state.tokens:
        state.due = state.payment


def _outgoing(state: State, token: str, to: str, amount: int, stamp: Stamp) -> Transfer:
    return Transfer(token, state.addresses["Escrow"], to, amount, stamp.transaction)


def _token(state: State, args: Args) -> Token:
    return state.tokens[args[""]]


def _open(state: State, args: Args) -> tuple[Tender, Mapping[str, Any]]:
    tender = tender_of(state, args)
    if tender.agreement is None or tender.account.closed is not None:
        raise Impossible(ORDER)
    return tender, tender.agreement.agreement


def _milestone(
    state: State, args: Args, status: Status
) -> tuple[Tender, Mapping[str, Any], Milestone]:
    tender, agreement = _open(state, args)
    require(args["milestone"] < len(tender.account.milestones), UNKNOWN)
    milestone = tender.account.milestones[args["milestone"]]
    require(milestone.status is status, ORDER)
    return tender, agreement, milestone


def _inspected(state: State, args: Args) -> tuple[Milestone, int]:
    """The milestone under inspection, and the place of the inspector, who says it only once."""
    _tender, agreement, milestone = _milestone(state, args, Status.REPORTED)
    require(args["inspector"] in agreement["inspectors"], RIGHT)
    place = agreement["inspectors"].index(args["inspector"])
    require(not (milestone.approvals | milestone.rejections) >> place & 1, AGAIN)
    accepted = milestone.approvals.bit_count() >= agreement["approvals"]
    require(not accepted and not _falls(agreement, milestone), ORDER)
    return milestone, place


def _falls(agreement: Mapping[str, Any], milestone: Milestone) -> bool:
    against, needed = milestone.rejections.bit_count(), agreement["approvals"]
    return bool(against + needed > len(agreement["inspectors"]))


def _lapses_at(agreement: Mapping[str, Any]) -> int:
    return int(agreement["milestones"][-1]["dueAt"]) + rules.LAPSE
