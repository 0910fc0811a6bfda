"""Rules: what the law sets for tenders, per category and method."""

from collections.abc import Iterable

from terang.chain.act import Act, Receipt, Wallet
from terang.ledger.noun import Noun
from terang.rules.rule import Key, Rule


class Rules(Noun):
    """The register of rules."""

    def set(self, authority: Wallet, rules: Iterable[Rule]) -> Act:
        """Sets rules, each in place of the present one of its category and method.

        A tender that is published already keeps its own.

        Args:
            authority: the administrator.
            rules: at least one.
        """
        terms = [each.terms() for each in rules]
        return self._act(authority, "set", terms, gas=100_000 + 200_000 * len(terms))

    def numbers(self, receipt: Receipt) -> list[int]:
        """Returns the numbers that rules were given when they were set, in their order."""
        return [int(each.args["rule"]) for each in self.events([receipt]) if each.name == "RuleSet"]

    def repeal(self, authority: Wallet, key: Key) -> Act:
        """Ends the present rule of a category and method; nobody publishes such a tender then."""
        return self._act(authority, "repeal", int(key.category), int(key.method), gas=100_000)

    def present(self, key: Key) -> tuple[int, Rule] | None:
        """Returns the number and the rule for tenders published now; None where there is none."""
        found = self._view("present", int(key.category), int(key.method))
        number, terms = found["rule"], found["terms"]
        return (int(number), Rule.of(terms)) if number else None

    def rule_of(self, number: int) -> Rule:
        """Returns a rule by its number, from 1.

        Raises:
            Reverted: when there is none.
        """
        return Rule.of(self._view("ruleOf", number))
