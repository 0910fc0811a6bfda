"""The organisations and seats of a ledger, for people and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from terang.errors import UsageError
from terang.i18n import N_, _
from terang.i18n.show import iso, when
from terang.vocabulary import EVER, Power, Role, SeatClass

if TYPE_CHECKING:
    from terang.replay.state import Key, Organisation, Seat, State

_ROLES = {Role.BUYER: N_("buyer"), Role.SUPPLIER: N_("supplier"), Role.MEMBER: N_("member")}
_POWERS = {Power.ACT: N_("acts"), Power.BID: N_("bids")}
_CLASSES = {
    SeatClass.AGENCY: N_("agency"),
    SeatClass.AUDITOR: N_("auditor"),
    SeatClass.CITIZEN: N_("citizen"),
}


@dataclass(frozen=True)
class Entry:
    """An organisation as the register has it.

    Attributes:
        organisation: from the ledger's events.
        keys: those that were ever authorised, by address.
    """

    organisation: "Organisation"
    keys: "Mapping[str, Key]"

    @property
    def suspended(self) -> bool:
        """Whether it is suspended."""
        trace = self.organisation.suspensions
        return bool(trace and trace[-1][1])

    def text(self) -> str:
        """Returns the entry on a line, and its keys on one each."""
        lines = [
            "  "
            + _("{account}: {powers}; from {since}, until {until}").format(
                account=account,
                powers=", ".join(_(_POWERS[each]) for each in Power(key.powers)),
                since=when(key.since),
                until=when(key.until) if key.until < EVER else "–",
            )
            for account, key in self.keys.items()
        ]
        return "\n".join([self.line(), *lines])

    def line(self) -> str:
        """Returns the entry on one line."""
        roles = ", ".join(_(_ROLES[each]) for each in Role(self.organisation.roles))
        state = _("suspended") if self.suspended else _("in good standing")
        return (
            f"{self.organisation.id}  {roles}  {state}  "
            f"{when(self.organisation.registered.time)}  {' '.join(self.keys)}"
        )

    def document(self) -> dict[str, Any]:
        """Returns the entry as JSON has it."""
        one = self.organisation
        return {
            "organisation": one.id,
            "record": "0x" + one.record.hex(),
            "roles": [str(each.name).lower() for each in Role(one.roles)],
            "suspended": self.suspended,
            "registered": iso(one.registered.time),
            "accounts": list(self.keys),
            "keys": [
                {
                    "account": account,
                    "powers": [str(each.name).lower() for each in Power(key.powers)],
                    "since": iso(key.since),
                    "until": iso(key.until) if key.until < EVER else None,
                }
                for account, key in self.keys.items()
            ],
            "decisions": [
                {
                    "suspended": suspended,
                    "reason": "0x" + reason.hex(),
                    "at": iso(stamp.time),
                    "block": stamp.block,
                }
                for stamp, suspended, reason in one.decisions
            ],
        }


def organisations(state: "State") -> list[Entry]:
    """Returns every organisation, by number."""
    keys: dict[int, dict[str, Key]] = {}
    for address, key in state.keys.items():
        keys.setdefault(key.organisation, {})[address] = key
    return [Entry(each, keys.get(each.id, {})) for each in state.organisations]


def organisation_at(state: "State", number: int) -> Entry:
    """Returns one organisation.

    Raises:
        UsageError: when there is none of this number.
    """
    if not 1 <= number <= len(state.organisations):
        raise UsageError(
            _(
                "There is no organisation {organisation}. `participant list` shows who is there."
            ).format(organisation=number)
        )
    return organisations(state)[number - 1]


def seat_text(seat: "Seat") -> str:
    """Returns a seat on one line."""
    state = (
        _("removed {time}").format(time=when(seat.removed.time)) if seat.removed else _("in place")
    )
    return (
        f"{seat.id}  {_(_CLASSES[SeatClass(seat.seat_class)])}  "
        + _("organisation {organisation}").format(organisation=seat.organisation)
        + f"  {seat.accounts[-1][1]}  {state}"
    )


def seat_document(seat: "Seat") -> dict[str, Any]:
    """Returns a seat as JSON has it."""
    return {
        "seat": seat.id,
        "class": SeatClass(seat.seat_class).name.lower(),
        "organisation": seat.organisation,
        "account": seat.accounts[-1][1],
        "admitted": iso(seat.admitted.time),
        "removed": iso(seat.removed.time) if seat.removed else None,
        "reason": "0x" + seat.reason.hex() if seat.removed else None,
    }
