"""What differs between the rules that are in force and those that a profile would set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from terang.rules.rule import FIELDS, Key, Rule


class Numbered(NamedTuple):
    """A rule on chain.

    Attributes:
        number: that the contract gave it, from 1.
        rule: what it sets.
    """

    number: int
    rule: Rule


@dataclass(frozen=True)
class Change:
    """One category and method whose rules differ.

    Attributes:
        key: which.
        before: the rule in force; None when there is none.
        after: the rule that would be; None when the profile has none.
    """

    key: Key
    before: Numbered | None
    after: Rule | None

    @property
    def fields(self) -> list[str]:
        """The fields that differ, in the order of `Rule`; none where a rule comes or goes."""
        if self.before is None or self.after is None:
            return []
        old, new = self.before.rule, self.after
        return [each for each in FIELDS if getattr(old, each) != getattr(new, each)]


def changes(present: Mapping[Key, Numbered], wanted: Mapping[Key, Rule]) -> list[Change]:
    """Returns what differs, by category and method.

    Args:
        present: the rules in force.
        wanted: those of a profile.
    """
    found = []
    for key in sorted({*present, *wanted}):
        before, after = present.get(key), wanted.get(key)
        if before is None or before.rule != after:
            found.append(Change(key, before, after))
    return found
