"""The rules on chain: what the law sets per category and method."""

from collections.abc import Sequence

from terang.chain.act import Act, Wallet
from terang.ledger.noun import Noun
from terang.rules.changes import Change, Numbered
from terang.rules.rule import Key, Rule
from terang.vocabulary import Category, Method


class Rules(Noun):
    """What the law sets, for tenders that are published from now on."""

    def set(self, administrator: Wallet, rules: Sequence[Rule]) -> Act:
        """Sets rules, each in place of the present one of its category and method.

        Args:
            administrator: the authority.
            rules: at least one.
        """
        terms = [each.terms() for each in rules]
        return self._act(administrator, "set", terms, gas=100_000 + 150_000 * len(terms))

    def repeal(self, administrator: Wallet, key: Key) -> Act:
        """Ends the present rule of a category and method, so that nobody publishes such tenders."""
        return self._act(administrator, "repeal", *map(int, key), gas=100_000)

    def present(self) -> dict[Key, Numbered]:
        """Returns the rules for tenders published now, by category and method."""
        keys = [Key(category, method) for category in Category for method in Method]
        found = self._views("present", [tuple(map(int, each)) for each in keys])
        return {
            key: Numbered(int(each["rule"]), Rule.of(each["terms"]))
            for key, each in zip(keys, found, strict=True)
            if each["rule"]
        }

    def rule(self, number: int) -> Rule:
        """Returns a rule by its number, also one that is replaced.

        Raises:
            Reverted: when there is none.
        """
        return Rule.of(self._view("ruleOf", number))

    def count(self) -> int:
        """Returns how many rules were ever set; their numbers run from 1 to this."""
        return int(self._view("ruleCount"))

    def carry_over(self, administrator: Wallet, changes: Sequence[Change]) -> list[Act]:
        """Returns the acts that make changes: all new rules in one, then what is repealed.

        Args:
            administrator: the authority.
            changes: what differs.
        """
        wanted = [each.after for each in changes if each.after]
        acts = [self.set(administrator, wanted)] if wanted else []
        return acts + [self.repeal(administrator, each.key) for each in changes if not each.after]
