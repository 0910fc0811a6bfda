"""Events of `Participants` and `Consortium`."""

from collections.abc import Mapping
from typing import Any, Final

from terang.replay import rules
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import ZERO, Key, Organisation, Seat, Stamp, State
from terang.vocabulary import Power, Role

Args = Mapping[str, Any]

_REGISTRAR_DELAY: Final = 7 * 86_400


def registered(state: State, args: Args, stamp: Stamp) -> None:
    """An organisation is entered."""
    number = args["organisation"]
    require(number == len(state.organisations) + 1, ORDER)
    require(any(args["record"]) and Role(args["roles"]) and args["roles"] <= 7, VALUE)
    state.organisations.append(Organisation(number, args["record"], args["roles"], stamp))


def suspended(state: State, args: Args, stamp: Stamp) -> None:
    """An organisation is debarred."""
    _decide(state, args, stamp, True)


def reinstated(state: State, args: Args, stamp: Stamp) -> None:
    """A suspension ends."""
    _decide(state, args, stamp, False)


def _decide(state: State, args: Args, stamp: Stamp, suspend: bool) -> None:
    found = _organisation(state, args["organisation"])
    require(rules.is_suspended(found) is not suspend, AGAIN)
    found.suspensions.push(stamp.time, suspend)
    found.decisions.append((stamp, suspend, args["reason"]))


def authorised(state: State, args: Args, stamp: Stamp) -> None:
    """A key begins to serve an organisation."""
    _organisation(state, args["organisation"])
    account, since, until = args["key"], args["from"], args["until"]
    require(account not in state.keys, AGAIN)
    require(account != ZERO and 0 < args["powers"] <= Power.ACT | Power.BID, VALUE)
    require(stamp.time <= since < until, TIME)
    state.keys[account] = Key(args["organisation"], args["powers"], since, until)


def key_revoked(state: State, args: Args, stamp: Stamp) -> None:
    """A key ends."""
    key = state.keys.get(args["key"])
    if key is None or key.organisation != args["organisation"]:
        raise Impossible(UNKNOWN)
    # at once by an account of its organisation, later by a registrar
    ends = (stamp.time, stamp.time + _REGISTRAR_DELAY)
    require(args["until"] in ends and args["until"] < key.until, TIME)
    key.until = args["until"]


def licence_granted(state: State, args: Args, stamp: Stamp) -> None:
    """An account is licensed."""
    licence, account, until = args["licence"], args["account"], args["until"]
    require(account != ZERO, VALUE)
    require(state.licences.get((licence, account), (0, 0))[1] <= stamp.time, AGAIN)
    require(args["from"] == stamp.time < until, TIME)
    state.licences[licence, account] = (stamp.time, until)


def licence_revoked(state: State, args: Args, stamp: Stamp) -> None:
    """A licence ends."""
    licence, account = args["licence"], args["account"]
    require(rules.is_licensed(state, licence, account, stamp.time), UNKNOWN)
    require(args["until"] == stamp.time, TIME)
    state.licences[licence, account] = (state.licences[licence, account][0], stamp.time)


def admitted(state: State, args: Args, stamp: Stamp) -> None:
    """An organisation gets a seat."""
    number, organisation = args["seat"], args["organisation"]
    require(number == len(state.seats) + 1, ORDER)
    roles = _organisation(state, organisation).roles
    require(roles & (Role.MEMBER | Role.SUPPLIER) == Role.MEMBER, RIGHT)
    require(organisation not in state.seat_of_organisation, AGAIN)
    seat = Seat(number, organisation, args["class"], stamp)
    _serve(state, seat, args["account"], stamp)
    state.seats.append(seat)
    state.seats_of_class[seat.seat_class].append(number)
    state.seat_of_organisation[organisation] = number


def removed(state: State, args: Args, stamp: Stamp) -> None:
    """A seat ends."""
    seat = _seated(state, args["seat"])
    seat.removed, seat.reason = stamp, args["reason"]
    del state.seat_of_organisation[seat.organisation]


def account_changed(state: State, args: Args, stamp: Stamp) -> None:
    """A seat moves to a new account."""
    _serve(state, _seated(state, args["seat"]), args["account"], stamp)


def _serve(state: State, seat: Seat, account: str, stamp: Stamp) -> None:
    require(account != ZERO, VALUE)
    require(account not in state.seat_of_account, RIGHT)
    seat.accounts.push(stamp.time, account)
    state.seat_of_account[account] = seat.id


def _organisation(state: State, number: int) -> Organisation:
    found = rules.organisation(state, number)
    if found is None:
        raise Impossible(UNKNOWN)
    return found


def _seated(state: State, number: int) -> Seat:
    require(0 < number <= len(state.seats), UNKNOWN)
    seat = state.seats[number - 1]
    require(seat.removed is None, AGAIN)
    return seat
