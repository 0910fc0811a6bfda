"""An audit: every event from the chain, folded, worked out again, and compared with storage."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from terang.chain import answers
from terang.chain.answers import Log
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.contract import Event
from terang.chain.deploy import Deployment
from terang.errors import DIFFERENCE_FOUND, TerangError, UsageError
from terang.i18n import _
from terang.ledger import Ledger
from terang.replay.code import code_differences, plan
from terang.replay.compare import Difference, differences
from terang.replay.fold import fold
from terang.replay.recheck import recheck
from terang.replay.state import State

Progress = Callable[[str], None]

_SPAN = 5_000  # blocks that are read at once


class Reorganised(TerangError):
    """The chain replaced the block of the audit while it ran."""


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        block: number of the block at which storage was compared.
        events: how many were folded; none when a contract is not what the sources make it.
        differences: what is not as it should be; empty when all is.
        state: the replayed ledger.
    """

    block: int
    events: int
    differences: tuple[Difference, ...]
    state: State

    @property
    def verdict(self) -> str | list[dict[str, str]]:
        """ "equal", or the differences by field name."""
        return [each._asdict() for each in self.differences] or "equal"

    @property
    def exit_code(self) -> int:
        """0 when all is equal, else 5."""
        return DIFFERENCE_FOUND if self.differences else 0

    @property
    def foreign(self) -> list[str]:
        """Addresses of tokens that tenders name and the record does not: nobody audited them."""
        named = {tender.terms["currency"] for tender in self.state.tenders.values()}
        return sorted(named - self.state.tokens.keys())

    def document(self) -> dict[str, Any]:
        """Returns the report as JSON has it."""
        return {
            "block": self.block,
            "events": self.events,
            "replay": self.verdict,
            "foreign": self.foreign,
        }

    def report(self) -> str:
        """Returns the report for people, without a last line break."""
        lines = self._differences() or [
            _(
                "Equal: {events} events up to block {block} give exactly what the contracts store."
            ).format(events=self.events, block=self.block)
        ]
        if self.foreign:
            lines.append(
                _("Tokens outside the record, whose own books were not audited: {tokens}.").format(
                    tokens=", ".join(self.foreign)
                )
            )
        return "\n".join(lines)

    def _differences(self) -> list[str]:
        if not self.differences:
            return []
        lines = [
            _("Differences: {count}, after {events} events, at block {block}:").format(
                count=len(self.differences), events=self.events, block=self.block
            )
        ]
        for each in self.differences:
            place = " ".join(filter(None, (f"{each.contract}.{each.field}", each.key)))
            lines.append(
                _("  {place}: replayed {replayed}, stored {stored}").format(
                    place=place, replayed=each.replayed, stored=each.stored
                )
            )
        return lines


def replay(
    chain: Chain,
    deployment: Deployment,
    artifacts: Artifacts,
    upto: int | None = None,
    progress: Progress = lambda _line: None,
) -> Audit:
    """Audits a ledger through one node.

    Args:
        chain: the node.
        deployment: which contracts, as `Deployment.load` verified them.
        artifacts: what the sources compile to; the code at the addresses is compared first.
        upto: number of the last block that counts; None for the newest.
        progress: is told each step.

    Raises:
        DeploymentError: when the record cannot be a ledger's.
        ReplayError: when an event cannot be.
        Reorganised: when the chain changes underneath.
        UsageError: when the chain has no block `upto`, or not all contracts yet then.
        ChainUnreachable: when the node does not answer.
        BadAnswer: when its answers are malformed.
    """
    deployment.check(plan(deployment))
    head = chain.head() if upto is None else chain.block(upto)
    complete = max(each.block for each in deployment.contracts.values())
    if head.number < complete:
        raise UsageError(
            _("The ledger is complete only at block {block}. Give that or a later one.").format(
                block=complete
            )
        )
    state = empty_state(deployment)
    if found := code_differences(chain, deployment, artifacts, head.number):
        return Audit(head.number, 0, tuple(found), state)  # such contracts may emit anything
    count = 0
    for first in range(deployment.first_block, head.number + 1, _SPAN):
        last = min(first + _SPAN - 1, head.number)
        logs = chain.logs(first, last, list(state.names))
        fold(state, decode(deployment, artifacts, logs), times(chain, logs))
        count += len(logs)
        progress(
            _("Blocks up to {block} of {head}: {events} events").format(
                block=last, head=head.number, events=count
            )
        )
    progress(_("Opening every envelope again"))
    found = recheck(state)
    progress(_("Comparing with storage"))
    found += differences(chain, deployment, artifacts, state, head.number, head.timestamp)
    if chain.block(head.number).hash != head.hash:
        raise Reorganised(
            _("The chain replaced block {block} meanwhile. Run the replay again.").format(
                block=head.number
            )
        )
    return Audit(head.number, count, tuple(found), state)


def read(ledger: Ledger) -> State:
    """Returns the ledger as its events tell it up to the newest block, not compared with storage.

    Args:
        ledger: connected, and so verified to have the code that its record says.

    Raises:
        DeploymentError: when the record cannot be a ledger's.
        ReplayError: when an event cannot be.
        ChainUnreachable: when the node does not answer.
        BadAnswer: when its answers are malformed.
    """
    chain, deployment = ledger.chain, ledger.deployment
    deployment.check(plan(deployment))
    state = empty_state(deployment)
    logs = chain.logs(deployment.first_block, chain.head().number, list(state.names))
    return fold(state, decode(deployment, ledger.artifacts, logs), times(chain, logs))


def empty_state(deployment: Deployment) -> State:
    """Returns the ledger of a deployment before its first event."""
    addresses = {name: each.address for name, each in deployment.contracts.items()}
    return State.empty(deployment.chain_id, deployment.administrator, addresses)


def decode(deployment: Deployment, artifacts: Artifacts, logs: Iterable[Log]) -> list[Event]:
    """Reads logs by the contracts that emitted them.

    Raises:
        BadAnswer: when a contract has no such event.
    """
    contracts = {
        each.address: deployment.contract(name, artifacts)
        for name, each in deployment.contracts.items()
    }
    return [contracts[log.address].decode_log(log) for log in logs]


def times(chain: Chain, logs: Iterable[Log]) -> dict[int, int]:
    """Reads the times of the logs' blocks, in seconds since 1970 UTC, by number."""
    numbers = sorted({log.block for log in logs})
    heads = chain.batch([("eth_getBlockByNumber", [hex(each), False]) for each in numbers])
    return {each: answers.block(head).timestamp for each, head in zip(numbers, heads, strict=True)}
