"""What stands behind bids and agreements."""

from .facts import NOTICE, TERMINAL, Account, Guarantee, Lock, Tender, need
from .standing import Standing


def share(amount: int, basis_points: int) -> int:
    """A part of an amount, rounded up."""
    return -(-amount * basis_points // 10_000)


class Securing(Standing):
    """Accounts of organisations, guarantees for them, and what tenders do to them."""

    def deposit(self, by: str, organisation: int, amount: int) -> None:
        need(organisation in self.organisations, "SecuritiesUnknownOrganisation")
        need(amount, "SecuritiesZeroAmount")
        need(by in self.allowed, "ERC20InsufficientAllowance")
        need(self.money[by] >= amount, "ERC20InsufficientBalance")
        self._pay(by, "securities", amount)
        self._change(self.accounts[organisation], balance=amount)

    def give_notice(self, by: str, organisation: int, amount: int) -> None:
        account = self._account(by, organisation)
        need(amount <= account.balance, "SecuritiesNotice")
        account.noticed = amount
        account.notice_ends = self.now + NOTICE if amount else 0
        self._change(account)

    def withdraw(self, by: str, organisation: int) -> None:
        account = self._account(by, organisation)
        need(account.noticed, "SecuritiesNoNotice")
        need(self.now >= account.notice_ends, "SecuritiesUnderNotice")
        need(not account.backing, "SecuritiesBacking")
        self._pay("securities", by, account.noticed)
        account.balance -= account.noticed
        account.noticed = account.notice_ends = 0

    def guarantee(self, by: str, organisation: int, amount: int, until: int) -> None:
        need(by == "guarantor", "SecuritiesNotGuarantor")
        need(organisation in self.organisations, "SecuritiesUnknownOrganisation")
        need(amount, "SecuritiesZeroAmount")
        need(until > self.now, "SecuritiesValidity")
        guarantees = self.accounts[organisation].guarantees
        ended = [n for n, each in enumerate(guarantees) if each.until + NOTICE <= self.now]
        need(ended or len(guarantees) < 8, "SecuritiesGuarantees")
        place = ended[0] if ended else len(guarantees)
        guarantees[place : place + 1] = [Guarantee(amount, self.now, until)]

    def settle(self, tender: int, organisation: int) -> None:
        found = self.tenders.get(tender)
        need(found and organisation in found.backed, "SecuritiesNotRunning")
        assert found
        need(self.standing(tender)[0] in TERMINAL, "SecuritiesTenderRunning")
        found.backed.discard(organisation)
        found.settled.add(organisation)
        self.accounts[organisation].backing -= 1

    def collect(self, by: str) -> None:
        need(by == "treasury", "SecuritiesNotTreasury")
        need(self.forfeited, "SecuritiesNothingForfeited")
        self._pay("securities", by, self.forfeited)
        self.forfeited = 0

    def is_backed(self, tender: Tender, organisation: int) -> bool:
        """Whether enough stood behind a bid just before closing; if so, its money stays."""
        needed = share(tender.terms.ceiling, tender.terms.bid_security)
        if not needed or organisation in tender.backed | tender.settled:
            return True
        account = self.accounts[organisation]
        if account.cover_at(tender.closes) < needed:
            return False
        tender.backed.add(organisation)
        account.backing += 1
        return True

    def performance_security(self, tender: Tender) -> int:
        """What the winner secures at signing."""
        price, rule = tender.bids[tender.winner].price, tender.rule
        security = share(price, rule.performance_security)
        if tender.is_low(price):
            security = max(security, share(tender.terms.ceiling, rule.performance_security_low))
        return security

    def can_secure(self, tender: Tender) -> bool:
        security = self.performance_security(tender)
        account = self.accounts[tender.winner]
        return account.balance + self._guaranteed(account) >= security

    def _guaranteed(self, account: Account) -> int:
        return max(account.guaranteed_at(self.now + 1) - account.pledged, 0)

    def _forfeit_bid_security(self, tender: Tender) -> None:
        needed = share(tender.terms.ceiling, tender.terms.bid_security)
        self.forfeited += self._spend(tender.winner, needed)

    def _secure(self, tender: Tender) -> None:
        security = self.performance_security(tender)
        if security and tender.id not in self.locks:
            need(self.can_secure(tender), "SecuritiesShort")
            money = self._spend(tender.winner, security)
            self.accounts[tender.winner].pledged += security - money
            self.locks[tender.id] = Lock(money, security - money)

    def _spend(self, organisation: int, amount: int) -> int:
        account = self.accounts[organisation]
        money = min(amount, account.balance)
        account.noticed = min(account.noticed, account.balance - money)
        self._change(account, balance=-money)
        return money

    def _change(self, account: Account, balance: int = 0) -> None:
        account.balance += balance
        account.cover.append((self.now, account.balance - account.noticed))

    def _account(self, by: str, organisation: int) -> Account:
        need(organisation and self._organisation_of(by) == organisation, "SecuritiesNotForParty")
        return self.accounts[organisation]

    def _pay(self, giver: str, taker: str, amount: int) -> None:
        self.money[giver] -= amount
        self.money[taker] += amount
