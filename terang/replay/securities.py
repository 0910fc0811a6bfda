"""Events of `Securities`: what stands behind bids and agreements, and what becomes of it."""

from collections.abc import Mapping
from typing import Any, Final

from terang.replay import evaluation, rules
from terang.replay.boxes import tender_of
from terang.replay.errors import AGAIN, MONEY, ORDER, RIGHT, TIME, UNKNOWN, VALUE, require
from terang.replay.state import (
    NOTICE,
    Guarantee,
    Lock,
    SecurityAccount,
    Stamp,
    State,
    Tender,
    Transfer,
)
from terang.vocabulary import WHOLE, Licence, Phase, Status

Args = Mapping[str, Any]

AFTER_CLOSING: Final = ("SecurityForfeited", "PerformanceReturned")
"""Events between the closing of an agreement and the transfer of what it held."""
_MAX_GUARANTEES: Final = 8
_MAX_VALIDITY: Final = 3_653 * 86_400
_ENDED: Final = (Phase.CONTRACTED, Phase.UNSUCCESSFUL, Phase.CANCELLED)


def deposited(state: State, args: Args, stamp: Stamp) -> None:
    """Money comes into the account of an organisation."""
    organisation, amount = args["organisation"], args["amount"]
    require(0 < organisation <= len(state.organisations), UNKNOWN)
    require(amount, MONEY)
    account = _account(state, args)
    account.balance += amount
    _record(account, stamp)
    _move(state, args["token"], args["by"], state.addresses["Securities"], amount, stamp)


def notice_given(state: State, args: Args, stamp: Stamp) -> None:
    """Money is put under notice, in place of what was before."""
    account, noticed = _account(state, args), args["noticed"]
    require(rules.acts_for(state, args["by"], args["organisation"], stamp.time), RIGHT)
    require(noticed <= account.balance, MONEY)
    require(args["endsAt"] == (stamp.time + NOTICE if noticed else 0), TIME)
    account.noticed, account.notice_ends_at = noticed, args["endsAt"]
    _record(account, stamp)


def withdrawn(state: State, args: Args, stamp: Stamp) -> None:
    """What was under notice leaves."""
    account, amount = _account(state, args), args["amount"]
    require(rules.acts_for(state, args["by"], args["organisation"], stamp.time), RIGHT)
    require(amount and amount == account.noticed, MONEY)
    require(stamp.time >= account.notice_ends_at, TIME)
    require(not account.backing, ORDER)
    account.balance -= amount
    account.noticed = account.notice_ends_at = 0
    _move(state, args["token"], state.addresses["Securities"], args["to"], amount, stamp)


def guaranteed(state: State, args: Args, stamp: Stamp) -> None:
    """A guarantor stands for an organisation."""
    amount, until, place = args["amount"], args["until"], args["place"]
    require(rules.is_licensed(state, Licence.GUARANTOR, args["guarantor"], stamp.time), RIGHT)
    require(0 < args["organisation"] <= len(state.organisations), UNKNOWN)
    require(amount, MONEY)
    require(stamp.time < until <= stamp.time + _MAX_VALIDITY, TIME)
    given = _account(state, args).guarantees
    ended = (n for n, each in enumerate(given) if each.until + NOTICE <= stamp.time)
    require(place == next(ended, len(given)) < _MAX_GUARANTEES, ORDER)
    given[place : place + 1] = [
        Guarantee(amount, stamp.time, until, args["guarantor"], args["document"])
    ]


def backed(state: State, args: Args, stamp: Stamp) -> None:
    """Enough stood behind a bid when its tender closed."""
    tender, key = tender_of(state, args), (args["tenderId"], args["organisation"])
    require(key not in state.backings, AGAIN)
    require(args["token"] == tender.secured_in, VALUE)
    require(rules.secret_of(state, tender.box), TIME)
    account, needed = _account(state, args), security_of(tender)
    require(needed and account.cover_at(tender.box.closes_at) >= needed, MONEY)
    state.backings[key] = True
    account.backing += 1


def settled(state: State, args: Args, stamp: Stamp) -> None:
    """An account is free of a tender that is over."""
    tender, key = tender_of(state, args), (args["tenderId"], args["organisation"])
    require(state.backings.get(key), ORDER)
    require(rules.phase(state, tender, stamp.time) in _ENDED, TIME)
    require(args["token"] == tender.secured_in, VALUE)
    state.backings[key] = False
    _account(state, args).backing -= 1


def forfeited(state: State, args: Args, stamp: Stamp) -> None:
    """A winner that was passed over, or a supplier that gave up its work, loses its security."""
    tender, told = tender_of(state, args), (args["money"], args["owed"])
    account, token = _account(state, args), args["token"]
    if tender.account.closed == stamp:
        lock = _unlock(state, args)
        require(tender.account.renounced is not None and not _is_done(tender), ORDER)
        require(told == (lock.money, lock.pledged), MONEY)
        account.pledged -= lock.pledged
    else:
        last = tender.award.history[-1]
        passed_over = ("passed-over", stamp, args["organisation"])
        require((last.what, last.stamp, last.organisation) == passed_over, ORDER)
        require(token == tender.secured_in, VALUE)
        needed = security_of(tender)
        money = min(needed, account.balance)
        require(needed and told == (money, needed - money), MONEY)
        _spend(account, money, stamp)
    state.forfeited[token] = state.forfeited.get(token, 0) + args["money"]


def secured(state: State, args: Args, stamp: Stamp) -> None:
    """The winner's performance security is set aside, when it accepts or at signing."""
    tender, won = tender_of(state, args), tender_of(state, args).award.winner
    signed = tender.agreement
    due = tender.award.accepted == stamp or (signed is not None and signed.signed == stamp)
    require(due, ORDER)
    require(tender.id not in state.locks, AGAIN)
    require(won is not None and args["organisation"] == won.organisation, VALUE)
    require(args["token"] == tender.terms["currency"], VALUE)
    account, needed = _account(state, args), performance_security(state, tender)
    money = min(needed, account.balance)
    require(needed and (args["money"], args["pledged"]) == (money, needed - money), MONEY)
    require(account.cover_now(stamp.time) >= needed, MONEY)
    _spend(account, money, stamp)
    account.pledged += needed - money
    state.locks[tender.id] = Lock(money, needed - money, args["token"], args["organisation"])


def returned(state: State, args: Args, stamp: Stamp) -> None:
    """A performance security goes back: the agreement is closed, or the buyer did not sign."""
    tender, lock = tender_of(state, args), _unlock(state, args)
    if tender.agreement is None:
        require(rules.phase(state, tender, stamp.time) is Phase.UNSUCCESSFUL, TIME)
    else:
        require(tender.account.closed == stamp, ORDER)
        require(tender.account.renounced is None or _is_done(tender), ORDER)
    account = _account(state, args)
    account.pledged -= lock.pledged
    account.balance += lock.money
    _record(account, stamp)


def collected(state: State, args: Args, stamp: Stamp) -> None:
    """A treasury takes what was forfeited."""
    token, to, amount = args["token"], args["to"], args["amount"]
    require(rules.is_licensed(state, Licence.TREASURY, to, stamp.time), RIGHT)
    require(amount and amount == state.forfeited.get(token), MONEY)
    state.forfeited[token] = 0
    _move(state, token, state.addresses["Securities"], to, amount, stamp)


def security_of(tender: Tender) -> int:
    """Returns what must stand behind a bid of a tender, in the token's smallest unit."""
    return _share(tender.terms["ceiling"], tender.terms["bidSecurity"])


def performance_security(state: State, tender: Tender) -> int:
    """Returns what the winner of a tender sets aside; 0 while there is none."""
    rule, won = rules.rule_of(state, tender), tender.award.winner
    if won is None:
        return 0
    needed = _share(won.price, rule["performanceSecurity"])
    if evaluation.lowness(state, tender)(won.price):
        needed = max(needed, _share(tender.terms["ceiling"], rule["performanceSecurityLow"]))
    return needed


def is_backed(state: State, tender: Tender, organisation: int) -> bool:
    """Tells whether enough stood behind the bids of an organisation when its tender closed."""
    needed, token = security_of(tender), tender.secured_in
    account = state.securities.get((organisation, token), SecurityAccount())
    return not needed or account.cover_at(tender.box.closes_at) >= needed


def owed(state: State, token: str) -> int:
    """Returns what the contract holds of a token for others."""
    held = sum(each.balance for (_of, kind), each in state.securities.items() if kind == token)
    locked = sum(each.money for each in state.locks.values() if each.token == token)
    return held + locked + state.forfeited.get(token, 0)


def _account(state: State, args: Args) -> SecurityAccount:
    return state.securities.setdefault((args["organisation"], args["token"]), SecurityAccount())


def _record(account: SecurityAccount, stamp: Stamp) -> None:
    account.cover.push(stamp.time, account.balance - account.noticed)


def _spend(account: SecurityAccount, money: int, stamp: Stamp) -> None:
    account.balance -= money
    account.noticed = min(account.noticed, account.balance)
    _record(account, stamp)


def _unlock(state: State, args: Args) -> Lock:
    require(args["tenderId"] in state.locks, ORDER)
    lock = state.locks.pop(args["tenderId"])
    require((lock.token, lock.organisation) == (args["token"], args["organisation"]), VALUE)
    return lock


def _is_done(tender: Tender) -> bool:
    return tender.account.count(Status.PAID) == len(tender.account.milestones)


def _share(amount: int, basis_points: int) -> int:
    """A part of an amount, rounded up."""
    return -(-amount * basis_points // WHOLE)


def _move(state: State, token: str, sender: str, to: str, amount: int, stamp: Stamp) -> None:
    """Notes the transfer that a treasury's token says next."""
    if token in state.tokens:
        state.due = Transfer(token, sender, to, amount, stamp.transaction)
