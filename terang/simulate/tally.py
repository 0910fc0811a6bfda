"""Findings counted: rule by rule, open processes apart from all others. Its size is bounded."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from terang.simulate.facts import Procedure
from terang.simulate.verdict import Check, Finding, Reason, Verdict

JUDGED = (Procedure.OPEN, Procedure.NOT_OPEN)
"""Procedures whose facts are held to rules."""


@dataclass
class Tally:
    """Counts of a run.

    Attributes:
        processes: by procedure.
        unreadable: documents that could not be used.
        repeated: processes that stand in the file a second time.
        breaking: processes with a broken rule, by procedure.
        cases: findings, by check, procedure and verdict.
        broken_in: processes in which a check is broken, by check and procedure.
        reasons: findings that could not be judged, by check, procedure and reason.
    """

    processes: Counter[Procedure] = field(default_factory=Counter)
    unreadable: int = 0
    repeated: int = 0
    breaking: Counter[Procedure] = field(default_factory=Counter)
    cases: Counter[tuple[Check, Procedure, Verdict]] = field(default_factory=Counter)
    broken_in: Counter[tuple[Check, Procedure]] = field(default_factory=Counter)
    reasons: Counter[tuple[Check, Procedure, Reason]] = field(default_factory=Counter)

    def add(self, procedure: Procedure, findings: Iterable[Finding]) -> None:
        """Counts one process."""
        self.processes[procedure] += 1
        broken: set[Check] = set()
        for finding in findings:
            self.cases[finding.check, procedure, finding.verdict] += 1
            if finding.reason is not None:
                self.reasons[finding.check, procedure, finding.reason] += 1
            if finding.verdict is Verdict.BROKEN:
                broken.add(finding.check)
        for check in broken:
            self.broken_in[check, procedure] += 1
        self.breaking[procedure] += bool(broken)

    def judged(self, check: Check, procedure: Procedure) -> int:
        """How many cases of a check could be judged."""
        return self.kept(check, procedure) + self.broken(check, procedure)

    def kept(self, check: Check, procedure: Procedure) -> int:
        """How many of those kept to the rule."""
        return self.cases[check, procedure, Verdict.KEPT]

    def broken(self, check: Check, procedure: Procedure) -> int:
        """How many broke it."""
        return self.cases[check, procedure, Verdict.BROKEN]

    def unknown(self, check: Check, procedure: Procedure) -> int:
        """How many could not be judged."""
        return self.cases[check, procedure, Verdict.UNKNOWN]
