"""What there is for an opener to know: its epoch, the pool, and the boxes that wait."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import requests

from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import iso, when
from terang.opener.duties import under_way
from terang.opener.holdings import Fault
from terang.opener.mirror import Sight
from terang.opener.report import Report, Waiting
from terang.replay import errands, rules
from terang.replay.acts import ACTS
from terang.replay.errands import Errand
from terang.replay.state import GRACE, Box, State
from terang.sealing.epoch import key_place
from terang.vocabulary import BALLOTS, PRICES

_SECONDS: Final = 5


def look(
    sight: Sight,
    account: str,
    *,
    can_pay: bool,
    sent: int,
    errors: Mapping[str, int],
    faults: frozenset[Fault],
) -> Report:
    """Returns what a running opener tells about itself.

    Args:
        sight: what it sees.
        account: its account.
        can_pay: whether that account has what some transactions cost.
        sent: transactions since it started.
        errors: how often each kind of error came up.
        faults: what other openers did wrong.
    """
    state = sight.state
    return Report(
        looked=monotonic(),
        block=sight.block,
        now=sight.now,
        can_pay=can_pay,
        ready=errands.free_count(state),
        taken=_taken(state),
        making=len(under_way(sight)),
        shares=_shares(state, account),
        waiting=waiting(state, sight.now),
        sent=sent,
        errors=errors,
        faults=faults,
    )


def waiting(state: State, now: int) -> tuple[Waiting, ...]:
    """Returns the boxes that have closed and may still be released, the most urgent first.

    Args:
        state: the ledger.
        now: the chain's clock, in seconds since 1970 UTC.
    """
    boxes = (each for each in _unreleased(state) if rules.is_releasable(each, now))
    return _waiting(state, boxes)


def withheld(state: State, now: int) -> tuple[Waiting, ...]:
    """Returns the boxes whose time for a release is over, and that nobody can open any more."""
    boxes = (each for each in _unreleased(state) if rules.is_withheld(state, each, now))
    return _waiting(state, boxes)


def ask(url: str) -> dict[str, Any]:
    """Asks a running service for its health.

    Args:
        url: where it listens.

    Raises:
        UsageError: when nothing of that kind answers there.
    """
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands between an opener and its own service
            answer = session.get(f"{url.rstrip('/')}/health", timeout=_SECONDS).json()
        if not isinstance(answer, dict) or not isinstance(answer.get("well"), bool):
            raise ValueError("no health")
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            _("No opener's service answers at {url}. Give what it printed when it started.").format(
                url=url
            )
        ) from error
    return answer


@dataclass(frozen=True)
class Status:
    """The openers' side of a ledger.

    Attributes:
        sight: the ledger.
        account: of the opener that asks; None for nobody's.
        duties: what that opener has to do now.
        service: what its running service answered, if it was asked.
    """

    sight: Sight
    account: str | None
    duties: tuple[Errand, ...]
    service: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Returns the status as JSON has it."""
        state, now = self.sight.state, self.sight.now
        return {
            "now": iso(now),
            "block": self.sight.block,
            "account": self.account,
            "opener": self._opener(),
            "epoch": self._epoch(),
            "ready": errands.free_count(state),
            "taken": _taken(state),
            "batches": [
                {"batch": each.id, "count": each.count, "dealsUntil": iso(each.deals_until)}
                for each in under_way(self.sight)
            ],
            "waiting": [each.document() for each in waiting(state, now)],
            "withheld": [each.document() for each in withheld(state, now)],
            "duties": [says(each) for each in self.duties],
            "service": self.service,
        }

    def text(self) -> str:
        """Returns the status for people, without a last line break."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        state, now = self.sight.state, self.sight.now
        yield _("{time} by the chain's clock").format(time=when(now))
        if not state.epochs:
            yield _("No openers are appointed.")
            return
        epoch = state.epochs[-1]
        yield _("Epoch {epoch}: {k} of {n} openers open, {enrolled} are enrolled").format(
            epoch=epoch.id,
            k=epoch.threshold,
            n=len(epoch.seats),
            enrolled=len(epoch.encryption_keys),
        )
        if epoch.culprits:
            yield _("Left out, since it was shown that they cheated: {openers}").format(
                openers=", ".join(map(str, sorted(epoch.culprits)))
            )
        if self.account is not None:
            yield self._own()
        yield _("Keys: {ready} ready, {taken} taken, {making} batches in the making").format(
            ready=errands.free_count(state),
            taken=_taken(state),
            making=len(under_way(self.sight)),
        )
        for each in waiting(state, now):
            yield _waits(each)
        for each in withheld(state, now):
            yield _(
                "{box} was not released in time: nobody can open it. No share of seats {seats}."
            ).format(box=_box(each), seats=_seats(each))
        for duty in self.duties:
            yield _("To do: {what}").format(what=says(duty))
        if self.account is not None and not self.duties:
            yield _("Nothing is to be done now.")
        if self.service is not None:
            well = (
                _("The service is well.")
                if self.service.get("well")
                else _("The service is not well: look at its log.")
            )
            yield well

    def _opener(self) -> int | None:
        """The index of the account among the newest epoch's openers."""
        epochs = self.sight.state.epochs
        seat = rules.seat_held_by(self.sight.state, self.account or "")
        return epochs[-1].seats.index(seat) + 1 if epochs and seat in epochs[-1].seats else None

    def _own(self) -> str:
        index = self._opener()
        if index is None:
            return _("{account} is no opener of this epoch.").format(account=self.account)
        enrolled = index in self.sight.state.epochs[-1].encryption_keys
        said = (
            _("{account} is opener {index}, and enrolled.")
            if enrolled
            else _("{account} is opener {index}, and not enrolled.")
        )
        return said.format(account=self.account, index=index)

    def _epoch(self) -> dict[str, Any] | None:
        if not self.sight.state.epochs:
            return None
        epoch = self.sight.state.epochs[-1]
        return {
            "epoch": epoch.id,
            "seats": list(epoch.seats),
            "threshold": epoch.threshold,
            "confirmations": epoch.confirmations,
            "enrolled": sorted(epoch.encryption_keys),
            "leftOut": sorted(epoch.culprits),
        }


def says(errand: Errand) -> str:
    """Returns a duty in words."""
    return _(ACTS[errand.name].says).format(
        tender=errand.tender,
        batch=errand.batch,
        epoch=errand.epoch,
        dealer=errand.dealer,
        count=errand.count,
        needed=errand.needed,
    )


def _unreleased(state: State) -> Iterator[Box]:
    """Each tender's newest box, unless its secret is out or it stays shut for ever."""
    for tender in state.tenders.values():
        box = errands.newest_box(tender)
        if not box.shut and not rules.secret_of(state, box):
            yield box


def _waiting(state: State, boxes: Iterator[Box]) -> tuple[Waiting, ...]:
    found = []
    for box in boxes:
        number, made, _place = key_place(box.key)
        epoch, key = state.epochs[number - 1], state.opening_keys[box.key]
        given = {opener for opener, _share in key.shares}
        lacking = sorted(state.batches[number, made].members.keys() - given)
        seats = tuple(epoch.seats[index - 1] for index in lacking)
        needed = max(epoch.threshold - len(given), 0)
        found.append(Waiting(box.tender, box.stage, box.opens_at + GRACE, seats, needed))
    return tuple(sorted(found, key=lambda each: (each.until, each.tender)))


def _taken(state: State) -> int:
    """How many keys of the newest epoch boxes took."""
    return sum(key_place(each).epoch == len(state.epochs) for each in state.opening_keys)


def _shares(state: State, account: str) -> int:
    """For how many boxes an account's seat gave a share."""
    seat = rules.seat_held_by(state, account)
    count = 0
    for key in state.opening_keys.values():
        seats = state.epochs[key_place(key.id).epoch - 1].seats
        count += any(seats[opener - 1] == seat for opener, _share in key.shares)
    return count


def _waits(box: Waiting) -> str:
    said = (
        _("{box} waits for {needed} more shares until {until}. No share yet of seats {seats}.")
        if box.needed
        else _("{box} has its shares and waits for its release until {until}.")
    )
    return said.format(box=_box(box), needed=box.needed, until=when(box.until), seats=_seats(box))


def _box(box: Waiting) -> str:
    if box.stage == PRICES:
        return _("The box of prices of tender {tender}").format(tender=box.tender)
    if box.stage < BALLOTS:
        return _("The box of bids of tender {tender}").format(tender=box.tender)
    return _("The box of ballots of tender {tender}").format(tender=box.tender)


def _seats(box: Waiting) -> str:
    return ", ".join(map(str, box.missing)) or "–"
