"""Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
"""What it is called in HTTP."""


class Family(NamedTuple):
    """One metric.

    Attributes:
        name: of it, whole.
        kind: "gauge" or "counter".
        meaning: one line.
        samples: labels and value of each.
    """

    name: str
    kind: str
    meaning: str
    samples: Iterable[tuple[Mapping[str, object], int | float]]


def single(name: str, kind: str, meaning: str, value: int | float) -> Family:
    """Returns a metric that has one value and no labels."""
    return Family(name, kind, meaning, [({}, value)])


def text(families: Iterable[Family]) -> str:
    """Returns metrics as they are answered."""
    return "".join(f"{line}\n" for each in families for line in _lines(each))


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {family.meaning}"
    yield f"# TYPE {family.name} {family.kind}"
    for labels, value in family.samples:
        said = ",".join(f'{name}="{_escaped(each)}"' for name, each in labels.items())
        yield f"{family.name}{{{said}}} {value}" if said else f"{family.name} {value}"


def _escaped(value: object) -> str:
    return str(value).replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
