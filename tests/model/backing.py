"""What suppliers, guarantors and the treasury do about securities."""

from random import Random

from .bidding import Bidding
from .driving import TEXT
from .facts import DAY, NOTICE
from .world import SUPPLIERS, address


class Backing(Bidding):
    """The acts on `Securities`."""

    def _supplier(self, luck: Random) -> tuple[str, int]:
        """A supplier, mostly, and its organisation, mostly."""
        by = self._someone(luck, *SUPPLIERS)
        organisation = self.model.serving.get(luck.choice(SUPPLIERS) if luck.random() < 0.1 else by)
        return by, organisation.id if organisation else luck.choice((0, 99))

    def deposit(self, luck: Random) -> None:
        by, organisation = self._supplier(luck)
        self.deposit_now(by, organisation, luck.choice((0, 10, 30, 100, 100)))

    def give_notice(self, luck: Random) -> None:
        owners = [
            each.account
            for n, each in self.model.organisations.items()
            if self.model.accounts[n].balance
        ]
        by = self._likely(luck, owners, SUPPLIERS)
        organisation = self.model.serving[by].id
        by = self._someone(luck, by)
        balance = self.model.accounts[organisation].balance
        self.give_notice_now(
            by, organisation, luck.choice((0, balance // 2, balance, balance, balance + 1))
        )

    def give_notice_now(self, by: str, organisation: int, amount: int) -> None:
        self._do(
            "give notice",
            lambda: self.model.give_notice(by, organisation, amount),
            by,
            "Securities",
            "giveNotice",
            organisation,
            self.world.currency,
            amount,
        )

    def withdraw(self, luck: Random) -> None:
        due = [
            each.account
            for n, each in self.model.organisations.items()
            if self.model.accounts[n].noticed
        ]
        by = self._likely(luck, due, SUPPLIERS)
        account = self.model.accounts[self.model.serving[by].id]
        if luck.random() < 0.3:
            self.warp(account.notice_ends + luck.choice((-1, 0)))
        self.withdraw_now(self._someone(luck, by), self.model.serving[by].id)

    def withdraw_now(self, by: str, organisation: int) -> None:
        self._do(
            "withdraw",
            lambda: self.model.withdraw(by, organisation),
            by,
            "Securities",
            "withdraw",
            organisation,
            self.world.currency,
            address(by),
        )

    def guarantee(self, luck: Random) -> None:
        by = self._someone(luck, "guarantor")
        _, organisation = self._supplier(luck)
        amount = luck.choice((0, 20, 50, 50))
        until = self.model.now + luck.choice((0, DAY, NOTICE + 5 * DAY, 4 * NOTICE))
        self._do(
            "guarantee",
            lambda: self.model.guarantee(by, organisation, amount, until),
            by,
            "Securities",
            "guarantee",
            organisation,
            self.world.currency,
            amount,
            until,
            TEXT,
        )

    def settle(self, luck: Random) -> None:
        backed = [(n, each) for n, t in self.model.tenders.items() for each in sorted(t.backed)]
        self.settle_now(*self._likely(luck, backed, [(self._any(luck), 16)]))

    def settle_now(self, id_: int, organisation: int) -> None:
        self._do(
            "settle",
            lambda: self.model.settle(id_, organisation),
            "stranger",
            "Securities",
            "settle",
            id_,
            organisation,
        )

    def collect(self, luck: Random) -> None:
        self.collect_now(self._someone(luck, "treasury"))

    def collect_now(self, by: str) -> None:
        self._do(
            "collect",
            lambda: self.model.collect(by),
            by,
            "Securities",
            "collect",
            self.world.currency,
        )
