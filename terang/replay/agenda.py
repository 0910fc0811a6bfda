"""What an account can do on a ledger now, until when, and what to type for it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from terang.errors import UsageError
from terang.i18n import N_, _
from terang.i18n.show import iso, money, when
from terang.ledger.plan import Currency
from terang.replay.acts import ACTS, REMEDIES, TITLES
from terang.replay.moves import Errand, urgency
from terang.replay.offices import ROLES, ends
from terang.replay.state import State
from terang.vocabulary import EVER


@dataclass(frozen=True)
class Part:
    """What one role can do.

    Attributes:
        role: a key of `ROLES`.
        errands: first what is possible now, by its end; then what time alone brings, by its
            beginning.
    """

    role: str
    errands: tuple[Errand, ...]


@dataclass(frozen=True)
class Agenda:
    """What an account can do.

    Attributes:
        account: whose; None for nobody's in particular.
        now: the chain's clock, in seconds since 1970 UTC.
        parts: by role.
        currencies: by the token's address.
        complete: makes a whole command line of what stands in `ACTS`.
    """

    account: str | None
    now: int
    parts: tuple[Part, ...]
    currencies: Mapping[str, Currency]
    complete: Callable[[str], str] = field(default="terang {}".format)

    def says(self, errand: Errand) -> str:
        """Returns an errand in words, without its times."""
        return _(ACTS[errand.name].says).format(**self._facts(errand))

    def types(self, errand: Errand) -> str:
        """Returns the command line of an errand."""
        return self.complete(ACTS[errand.name].types.format(**self._facts(errand)))

    def text(self) -> str:
        """Returns the agenda for people, without a last line break."""
        lines = [self._heading()]
        for part in self.parts:
            lines += ["", _("As {role}:").format(role=_(TITLES[part.role]))]
            lines += [line for each in part.errands for line in self._lines(each)]
            if not part.errands:
                nothing = _("Nothing now, and nothing that time alone will bring.")
                lines.append(f"  {nothing}")
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """Returns the agenda as JSON has it."""
        return {
            "account": self.account,
            "now": iso(self.now),
            "roles": [each.role for each in self.parts],
            "errands": [
                self._entry(part.role, each) for part in self.parts for each in part.errands
            ],
        }

    def _heading(self) -> str:
        time = when(self.now)
        if self.account is None:
            return _("{time} by the chain's clock").format(time=time)
        return _("{account}, {time} by the chain's clock").format(account=self.account, time=time)

    def _lines(self, errand: Errand) -> list[str]:
        form = {
            (False, False): N_("At any time: {what}"),
            (False, True): N_("Until {until}: {what}"),
            (True, False): N_("From {since}: {what}"),
            (True, True): N_("From {since} until {until}: {what}"),
        }[errand.since > self.now, errand.until is not None]
        said = _(form).format(
            since=when(errand.since), until=when(errand.until or 0), what=self.says(errand)
        )
        return [f"  {said}", f"      {self.types(errand)}"]

    def _entry(self, role: str, errand: Errand) -> dict[str, Any]:
        told = {
            name: value
            for name, value in asdict(errand).items()
            if value not in (None, ()) and name not in ("name", "since", "until", "due")
        }
        return {
            "role": role,
            "name": errand.name,
            "what": self.says(errand),
            "possible": errand.since <= self.now,
            "since": iso(errand.since) if errand.since else None,
            "until": None if errand.until is None else iso(errand.until),
            **({} if errand.due is None else {"due": iso(errand.due)}),
            **told,
            "command": self.types(errand),
        }

    def _facts(self, errand: Errand) -> dict[str, Any]:
        facts = asdict(errand)
        currency = self.currencies.get(errand.currency or "")
        if errand.amount is not None:
            facts["amount"] = money(errand.amount, currency)
            if currency is not None:
                facts["code"] = currency.code
                facts["figure"] = _figure(errand.amount, currency.decimals)
        if errand.due is not None:
            facts["due"] = when(errand.due)
        facts["marks"] = " ".join(f"--mark {each}=MARK" for each in errand.bidders)
        return facts


def _figure(amount: int, decimals: int) -> str:
    """An amount as commands take it."""
    whole, part = divmod(amount, 10**decimals)
    return f"{whole}.{part:0{decimals}}" if decimals else str(whole)


def agenda(
    state: State,
    account: str | None,
    role: str | None,
    now: int,
    currencies: Mapping[str, Currency],
    complete: Callable[[str], str] = "terang {}".format,
) -> Agenda:
    """Works out what an account can do, now and by time alone.

    Args:
        state: the ledger.
        account: checksummed address; None for what anyone may do.
        role: a key of `ROLES`; None for every role that the account has, `anyone` the last.
        now: time of the newest block, in seconds since 1970 UTC: whatever is sent comes after it.
        currencies: of the ledger's tokens, by their addresses.
        complete: makes a whole command line of what stands in `ACTS`.

    Raises:
        UsageError: when the account has not the role now.
    """
    who = account or ""
    found = {each: ends(state, who, each, now) for each in ROLES if role in (None, each)}
    if role is not None and not found[role]:
        raise _no_right(state, who, role, now)
    parts = (Part(each, _errands(state, who, each, now, end)) for each, end in found.items() if end)
    return Agenda(account, now, tuple(parts), currencies, complete)


def _errands(state: State, account: str, role: str, now: int, end: int) -> tuple[Errand, ...]:
    """A role's errands in their order, none after the account's right ends."""
    last = None if end == EVER else end - 1
    found = []
    for each in ROLES[role](state, account, now):
        until = min((limit for limit in (each.until, last) if limit is not None), default=None)
        # whatever is sent now comes after the newest block
        if until is None or max(now, each.since - 1) < until:
            found.append(replace(each, until=until))
    return tuple(sorted(found, key=lambda each: urgency(each, now)))


def _no_right(state: State, account: str, role: str, now: int) -> UsageError:
    said = [
        _("{account} does not have the role {role} on this ledger now.").format(
            account=account, role=_(TITLES[role])
        )
    ]
    key = state.keys.get(account)
    if key and now < key.since and role in ("buyer", "supplier"):
        said.append(
            _(
                "Its key begins to serve organisation {organisation} at {time}; wait for that."
            ).format(organisation=key.organisation, time=when(key.since))
        )
    else:
        said.append(_(REMEDIES[role]).format(administrator=state.administrator))
    return UsageError(" ".join(said))
