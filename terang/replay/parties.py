"""Events of `Participants` and `Consortium`."""

from collections.abc import Mapping
from typing import Any, Final

from terang.replay import rules
from terang.replay.errors import AGAIN, ORDER, RIGHT, TIME, UNKNOWN, VALUE, Impossible, require
from terang.replay.state import ZERO, Entry, Key, Organisation, Seat, Stamp, State
from terang.vocabulary import EVER, Licence, Power, Role

Args = Mapping[str, Any]

_REGISTRAR_DELAY: Final = 7 * 86_400


def registered(state: State, args: Args, stamp: Stamp) -> None:
    """A registrar enters an organisation; its first account follows at once."""
    number, by = args["organisation"], args["by"]
    require(number == len(state.organisations) + 1, ORDER)
    require(any(args["record"]) and Role(args["roles"]) and args["roles"] <= 7, VALUE)
    require(rules.is_licensed(state, Licence.REGISTRAR, by, stamp.time), RIGHT)
    state.entered = Entry(number, by, stamp)
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
    number, by, powers = args["organisation"], args["by"], args["powers"]
    account, since, until = args["key"], args["from"], args["until"]
    _organisation(state, number)
    require(account not in state.keys, AGAIN)
    require(account != ZERO and 0 < powers <= Power.ACT | Power.BID, VALUE)
    if state.entered is not None:
        entered, registrar, when = state.entered
        require((number, stamp) == (entered, when), ORDER)
        require(by == registrar, RIGHT)
        require((powers, since, until) == (Power.ACT | Power.BID, stamp.time, EVER), VALUE)
        state.entered = None
    else:
        delay = _delay(state, number, by, stamp.time)
        require(stamp.time + delay <= since < until, TIME)
    state.keys[account] = Key(number, powers, since, until)


def key_revoked(state: State, args: Args, stamp: Stamp) -> None:
    """A key ends."""
    key = state.keys.get(args["key"])
    if key is None or key.organisation != args["organisation"]:
        raise Impossible(UNKNOWN)
    delay = _delay(state, key.organisation, args["by"], stamp.time)
    require(args["until"] == stamp.time + delay < key.until, TIME)
    key.until = args["until"]


def _delay(state: State, number: int, by: str, time: int) -> int:
    """After how many seconds something done to the keys of an organisation takes effect."""
    if rules.acts_for(state, by, number, time):
        return 0
    require(rules.is_licensed(state, Licence.REGISTRAR, by, time), RIGHT)
    return _REGISTRAR_DELAY


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
    seat = _seated(state, args["seat"])
    require(args["by"] in (state.administrator, seat.accounts[-1][1]), RIGHT)
    _serve(state, seat, args["account"], stamp)


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
