"""What acts would do, shown before anything is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from terang.chain import answers
from terang.chain.act import Act
from terang.chain.answers import BadAnswer
from terang.chain.connection import RpcError
from terang.chain.contract import Contract, Event
from terang.chain.reverts import decode
from terang.i18n import _
from terang.i18n.show import plain
from terang.ledger.ledger import Ledger

_ALLOWANCE = 30_000_000  # gas that a simulated act may use where it names no limit


@dataclass(frozen=True)
class Preview:
    """One act as it would go.

    Attributes:
        sender: the account that would send it.
        contract: name of the contract in the deployment.
        function: what would be called.
        arguments: with what, by name.
        gas: what the whole transaction would use; None where the node cannot tell.
        events: what would be emitted; None where the node cannot tell.
    """

    sender: str
    contract: str
    function: str
    arguments: Mapping[str, Any]
    gas: int | None
    events: Sequence[Event] | None

    def document(self) -> dict[str, Any]:
        """Returns the preview as JSON has it."""
        return {
            "from": self.sender,
            "contract": self.contract,
            "function": self.function,
            "arguments": _json(self.arguments),
            "gas": self.gas,
            "events": None
            if self.events is None
            else [{"name": each.name, "arguments": _json(each.args)} for each in self.events],
        }

    def text(self) -> str:
        """Returns the preview for people, without a last line break."""
        lines = [
            _("Nothing is sent. {sender} would call {contract}.{function}:").format(
                sender=self.sender, contract=self.contract, function=self.function
            )
        ]
        lines += _listed(self.arguments, "  ")
        if self.gas is not None:
            lines.append(_("Gas: {gas}").format(gas=self.gas))
        for event in self.events or ():
            lines.append(_("Effect: {event}").format(event=event.name))
            lines += _listed(event.args, "  ")
        return "\n".join(lines)


def preview(ledger: Ledger, acts: Sequence[Act]) -> list[Preview]:
    """Runs acts one after the other on a copy of the present state, and tells what they would do.

    Args:
        ledger: where.
        acts: to contracts of the ledger; none of them is sent.

    Raises:
        Reverted: when a contract would refuse one.
        BadAnswer: when the node's answer is malformed.
    """
    contracts = {
        each.address: (name, ledger.contract(name))
        for name, each in ledger.deployment.contracts.items()
    }
    outcomes = _simulate(ledger, acts)
    previews = []
    for act, (gas, logs) in zip(acts, outcomes, strict=True):
        name, contract = contracts[act.to or ""]
        function, arguments = contract.decode_call(act.data)
        events = None if logs is None else _events(logs, contracts)
        previews.append(Preview(act.wallet.address, name, function, arguments, gas, events))
    return previews


def _simulate(ledger: Ledger, acts: Sequence[Act]) -> list[tuple[int | None, list[Any] | None]]:
    """Returns gas and logs of each act; by estimates where the node has no eth_simulateV1."""
    chain = ledger.chain
    calls = [_call(act) for act in acts]
    try:
        blocks = chain.rpc("eth_simulateV1", {"blockStateCalls": [{"calls": calls}]}, "latest")
    except RpcError:
        first = chain.rpc_or_revert("eth_estimateGas", calls[0], label=acts[0].label)
        # what comes after the first may need it, and cannot be tried without
        rest: list[tuple[int | None, list[Any] | None]] = [(None, None)] * (len(acts) - 1)
        return [(answers.quantity(first, "gas"), None), *rest]
    (block,) = answers.entries(blocks, "a simulation")
    replies = answers.entries(answers.fields(block, "a simulation")["calls"], "a simulation")
    if len(replies) != len(acts):
        raise BadAnswer("a simulation")
    found: list[tuple[int | None, list[Any] | None]] = []
    for act, reply in zip(acts, replies, strict=True):
        entry = answers.fields(reply, "a simulation")
        if answers.quantity(entry["status"], "a simulation") != 1:
            data = entry["returnData"] or answers.fields(entry["error"], "a simulation")["data"]
            raise decode(answers.data(data, "a simulation"), chain.errors, act.label)
        gas = answers.quantity(entry["gasUsed"], "a simulation")
        found.append((gas, answers.entries(entry["logs"], "a simulation")))
    return found


def _call(act: Act) -> dict[str, str]:
    call = {"from": act.wallet.address, "data": "0x" + act.data.hex()}
    if act.to is not None:
        call["to"] = act.to
    call["gas"] = hex(act.gas or _ALLOWANCE)
    return call


def _events(logs: Sequence[Any], contracts: Mapping[str, tuple[str, Contract]]) -> list[Event]:
    read = [answers.log(each) for each in logs]
    return [contracts[log.address][1].decode_log(log) for log in read if log.address in contracts]


def _json(value: Any) -> Any:
    """Returns decoded values as JSON has them: bytes in hex, numbers too large for it as text."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, Mapping):
        return {key: _json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json(each) for each in value]
    return value


def _listed(values: Mapping[str, Any], indent: str) -> list[str]:
    lines = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", *_listed(value, indent + "  ")]
        else:
            written = _json(value)
            text = ", ".join(map(str, written)) if isinstance(written, list) else str(written)
            lines.append(f"{indent}{name} = {plain(text)}")
    return lines
