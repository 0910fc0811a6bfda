"""Events of the story that were changed, and what the fold must make of them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from terang.chain.contract import Event
from terang.i18n import _
from terang.replay.errors import ReplayError
from terang.replay.fold import apply
from terang.replay.state import State

from .story import Told

Kind = tuple[str, str]
"""A contract and the name of an event."""


def cases(refused: Mapping[Kind, Sequence[tuple[dict[str, Any], str]]]) -> list[Any]:
    """Each change of a table with the reason for which it is refused, as parameters of a test."""
    return [
        pytest.param(kind, changes, reason, id=f"{'.'.join(kind)} {place}")
        for kind, rows in refused.items()
        for place, (changes, reason) in enumerate(rows)
    ]


def before(told: Told, kind: tuple[str, str], which: int = -1) -> tuple[State, Event, int]:
    """The state before an event of a kind, the event, and its block's time."""
    names = {each.address: each.contract for each in told.deployment.contracts.values()}
    place = [
        place
        for place, event in enumerate(told.events)
        if (names[event.address], event.name) == kind
    ][which]
    event = told.events[place]
    return told.before(place), event, told.times[event.block]


def changed(args: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    for path, value in changes.items():
        name, _dot, below = path.partition(".")
        if below:
            value = changed(args[name], {below: value})
        args = {**args, name: value(args[name]) if callable(value) else value}
    return args


def check_refused(told: Told, kind: Kind, changes: dict[str, Any], reason: str) -> None:
    """Asserts that an event is refused for a reason, once it is changed so."""
    state, event, time = before(told, kind, changes.get("at", -1))
    changes.get("state", lambda _state: None)(state)
    values = {path: each for path, each in changes.items() if path not in ("time", "at", "state")}
    forged = replace(event, args=changed(dict(event.args), values))
    with pytest.raises(ReplayError) as refused:
        apply(state, forged, time + changes.get("time", 0))
    assert refused.value.event == event.name
    assert f"cannot be: {_(reason)}." in str(refused.value)


def extreme(parameter: Mapping[str, Any], most: bool) -> Any:
    """The least or the most that an ABI type can say."""
    kind = parameter["type"]
    if kind.endswith("]"):
        inner, _bracket, count = kind[:-1].rpartition("[")
        one = extreme({**parameter, "type": inner}, most)
        return (one,) * (int(count) if count else 3 * most)
    if kind == "tuple":
        return {each["name"]: extreme(each, most) for each in parameter["components"]}
    if kind == "bool":
        return most
    if kind == "string":
        return "\U0010ffff" * most
    if kind == "address":
        return "0x" + ("f" if most else "0") * 40
    if kind == "bytes32":
        return (b"\xff" if most else b"\0") * 32
    if kind == "bytes":
        return b"\xff" * 40 * most
    return (1 << int(kind.removeprefix("uint"))) - 1 if most else 0


def check_extremes(told: Told, kind: Kind) -> None:
    """Asserts that no value which the types of an event can say breaks the fold."""
    inputs = next(
        entry["inputs"]
        for entry in told.artifacts[kind[0]].abi
        if (entry["type"], entry.get("name")) == ("event", kind[1])
    )
    for most in (False, True):
        for names in [{each["name"]} for each in inputs] + [{each["name"] for each in inputs}]:
            state, event, time = before(told, kind)
            values = {each["name"]: extreme(each, most) for each in inputs}
            args = {**event.args, **{name: values[name] for name in names}}
            with suppress(ReplayError):
                apply(state, replace(event, args=args), time)
