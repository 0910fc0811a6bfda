"""A file, judged process by process: in bounded memory, whatever its size."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from terang.i18n import _
from terang.ocds.fields import ident, text
from terang.ocds.read import Fault, Release, read_releases
from terang.rules.profile import Profile
from terang.simulate.facts import Facts, Procedure, facts
from terang.simulate.judge import judge
from terang.simulate.tally import Tally
from terang.simulate.verdict import Finding, Reason, Verdict

_TELL_EVERY: Final = 1_000  # processes
_KNOWN: Final = 1_000_000
"""Processes whose ids are remembered, as 8 bytes each, to tell one that comes again."""

_IN_MEMORY: Final = 2**23


@dataclass(frozen=True)
class Simulation:
    """What a run found: its counts, and every process on disk.

    Attributes:
        path: the file that was judged.
        profile: under which.
        tally: the counts.
    """

    path: Path
    profile: Profile
    _rows: IO[bytes] = field(repr=False)
    tally: Tally = field(default_factory=Tally)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yields every process, and every document that could not be used, in the file's order."""
        self._rows.seek(0)
        for line in self._rows:
            yield json.loads(line)

    def keep(self, row: dict[str, Any]) -> None:
        """Adds what was found of one process."""
        self._rows.write(json.dumps(row).encode() + b"\n")


@contextmanager
def simulate(path: Path, profile: Profile, progress: Callable[[str], None]) -> Iterator[Simulation]:
    """Judges a file of OCDS releases, records or packages under a profile.

    A process that comes again is counted apart and not judged: a compiled release or a record says
    all of a process in one place.

    Args:
        path: the file.
        profile: whose rules.
        progress: is told how far it is, a line now and then.

    Raises:
        OcdsFileError: when the file cannot be read at all.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as rows:
        found = Simulation(path, profile, rows)
        seen: set[bytes] = set()
        for count, release in enumerate(read_releases(path), 1):
            if count % _TELL_EVERY == 0:
                progress(_("{count} processes read …").format(count=count))
            _take(found, release, seen)
        yield found


def _take(found: Simulation, release: Release | Fault, seen: set[bytes]) -> None:
    """Judges one document of the file, counts it, and keeps what was found."""
    if isinstance(release, Fault):
        found.tally.unreadable += 1
        found.keep(_left_out(release.line, release.ocid, release.reason))
        return
    ocid = ident(release.content.get("ocid"))
    mark = hashlib.blake2b(ocid.encode("utf-8", "replace"), digest_size=8).digest()
    if ocid and mark in seen:
        found.tally.repeated += 1
        reason = _("The process stands in the file already; it is judged there.")
        found.keep(_left_out(release.line, text(ocid), reason))
        return
    if len(seen) < _KNOWN:
        seen.add(mark)
    about = facts(release.line, release.content)
    findings = [] if about.procedure is Procedure.UNKNOWN else list(judge(found.profile, about))
    found.tally.add(about.procedure, findings)
    found.keep(_row(about, findings))


def _left_out(line: int, ocid: str, reason: str) -> dict[str, Any]:
    return {"line": line, "ocid": ocid, "left_out": reason}


def _row(about: Facts, findings: list[Finding]) -> dict[str, Any]:
    return {
        "line": about.line,
        "ocid": about.ocid,
        "title": about.title,
        "procurement_method": about.published_method or None,
        "procurement_method_details": about.details or None,
        "procedure": about.procedure.value,
        "category": about.category_word or None,
        "award_criteria": about.criteria or None,
        "findings": [_entry(each) for each in findings],
    }


def _entry(finding: Finding) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "rule": finding.check.value,
        finding.check.unit.value: finding.place or None,
        "verdict": finding.verdict.value,
    }
    if finding.verdict is Verdict.UNKNOWN:
        reason = finding.reason or Reason.MISSING
        return entry | {"reason": reason.value, "because": finding.because}
    return entry | {
        "published": finding.published,
        "required": finding.required,
        "source": finding.source,
    }
