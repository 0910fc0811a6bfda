"""The law and the people: rules, organisations, seats."""

from collections import Counter
from collections.abc import Sequence

from .facts import (
    LEAST,
    MOST,
    QUALITY_PRICE,
    Account,
    Complaint,
    Lock,
    Organisation,
    Rule,
    Seat,
    Tender,
    need,
)


class Law:
    """What the authority decides, and who is who."""

    def __init__(
        self,
        now: int,
        organisations: Sequence[Organisation],
        seats: Sequence[Seat],
        money: dict[str, int],
        allowed: set[str],
        currency: str,
        keys: int,
    ) -> None:
        self.now = now
        self.organisations = {each.id: each for each in organisations}
        self.serving = {each.account: each for each in organisations}
        self.seats = dict(enumerate(seats, 1))
        self.money = Counter(money)
        self.allowed = allowed  # accounts that let `Reviews` take their money
        self.currency = currency
        self.free_keys = set(range(keys))
        self.rules: list[Rule] = []
        self.present: dict[tuple[int, int], Rule] = {}
        self.tenders: dict[int, Tender] = {}
        self.complaints: dict[int, Complaint] = {}
        self.accounts = {each.id: Account() for each in organisations}
        self.locks: dict[int, Lock] = {}
        self.forfeited = 0

    def set_rules(self, by: str, rules: Sequence[Rule]) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        for rule in rules:
            _check_rule(rule)
        for rule in rules:
            self.rules.append(rule)
            self.present[rule.category, rule.method] = rule

    def repeal(self, by: str, category: int, method: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        need((category, method) in self.present, "RulesNone")
        del self.present[category, method]

    def suspend(self, by: str, organisation: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        need(organisation in self.organisations, "ParticipantsUnknownOrganisation")
        found = self.organisations[organisation]
        need(not found.is_suspended, "ParticipantsAlreadySuspended")
        found.suspensions.append((self.now, True))

    def reinstate(self, by: str, organisation: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        need(organisation in self.organisations, "ParticipantsUnknownOrganisation")
        found = self.organisations[organisation]
        need(found.is_suspended, "ParticipantsNotSuspended")
        found.suspensions.append((self.now, False))

    def remove_seat(self, by: str, seat: int) -> None:
        need(by == "authority", "AdministeredOnlyAuthority")
        self._current_seat(seat).removed = self.now

    def change_account(self, by: str, seat: int, account: str) -> None:
        current = self._current_seat(seat)
        need(by in ("authority", current.accounts[-1][1]), "ConsortiumNotSeatHolder")
        need(not self.seat_ever_of(account), "ConsortiumAccountTaken")
        current.accounts.append((self.now, account))

    def _current_seat(self, seat: int) -> Seat:
        need(seat in self.seats, "ConsortiumUnknownSeat")
        need(self.seats[seat].removed is None, "ConsortiumSeatRemoved")
        return self.seats[seat]

    def seat_ever_of(self, account: str) -> int:
        """The seat that an account serves or once served; 0 for none."""
        return next(
            (n for n, s in self.seats.items() if any(account == a for _, a in s.accounts)), 0
        )

    def _organisation_of(self, account: str) -> int:
        found = self.serving.get(account)
        return found.id if found else 0


def _check_rule(rule: Rule) -> None:
    for period, least, most in (
        (rule.tendering, LEAST, MOST),
        (rule.amendment, LEAST, rule.tendering),
        (rule.enquiry, 0, rule.tendering - 1),
        (rule.evaluation, LEAST, MOST),
        (rule.standstill, LEAST, MOST),
        (rule.signing, LEAST, MOST),
        (rule.review, LEAST, MOST),
    ):
        need(least <= period <= most, "RulesPeriod")
    need(rule.minimum_bids, "RulesMinimumBids")
    need(max(rule.under_estimate, rule.under_mean) < 10_000, "RulesShare")
    need(rule.deposit <= 10_000, "RulesShare")
    for seats, quorum, most in (
        (rule.agencies + rule.auditors + rule.citizens, rule.quorum, 16),
        (rule.review_auditors + rule.review_citizens, rule.review_quorum, 14),
    ):
        need(seats < 2 * quorum <= 2 * seats <= 2 * most, "RulesPanel")
    need(rule.bid_security_least <= rule.bid_security_most <= 10_000, "RulesShare")
    need(max(rule.performance_security, rule.performance_security_low) <= 10_000, "RulesShare")
    if rule.method == QUALITY_PRICE:
        need(rule.threshold <= 100, "RulesThreshold")
        need(0 < rule.weight_least <= rule.weight_most < 10_000, "RulesWeights")
    else:
        need(not rule.threshold, "RulesThreshold")
        need(not rule.weight_least and not rule.weight_most, "RulesWeights")
