"""The package's enumerations are those of the Solidity sources."""

import re
from collections.abc import Mapping
from enum import Enum

import pytest

from terang import vocabulary
from terang.chain.compile import ROOT
from terang.sealing.envelope import Reason
from terang.vocabulary import (
    Category,
    ComplaintStatus,
    Failure,
    Licence,
    Method,
    Outcome,
    Pass,
    Phase,
    Power,
    Question,
    Remedy,
    Role,
    SeatClass,
    Status,
    TaxBasis,
    Void,
)

ENUMS: dict[str, type[Enum]] = {
    "Category": Category,
    "Class": SeatClass,
    "Escrow.Status": Status,
    "Failure": Failure,
    "Licence": Licence,
    "Method": Method,
    "Outcome": Outcome,
    "Pass": Pass,
    "Phase": Phase,
    "Question": Question,
    "Remedy": Remedy,
    "Reviews.Status": ComplaintStatus,
    "TaxBasis": TaxBasis,
    "Void": Void,
}
BITS: list[type[Enum]] = [Role, Power]


@pytest.fixture(scope="module")
def sources() -> Mapping[str, str]:
    """The contracts' sources without comments, by the names of their files."""
    paths = sorted((ROOT / "contracts").rglob("*.sol"))
    return {
        path.stem: re.sub(r"//.*", "", path.read_text())
        for path in paths
        if ".cache" not in path.parts
    }


def values(enum: type[Enum]) -> dict[str, int]:
    return {name: int(each.value) for name, each in enum.__members__.items()}


@pytest.mark.parametrize("name", ENUMS)
def test_an_enumeration_has_the_names_and_numbers_of_the_contracts(
    sources: Mapping[str, str], name: str
) -> None:
    file, _dot, enum = name.rpartition(".")
    text = sources[file] if file else "\n".join(sources.values())
    (body,) = re.findall(rf"\benum {enum} {{(.*?)}}", text, re.DOTALL)
    names = re.findall(r"\w+", body)
    assert values(ENUMS[name]) == {each: place for place, each in enumerate(names)}


def test_roles_and_powers_are_the_bits_of_the_contracts(sources: Mapping[str, str]) -> None:
    text = "\n".join(sources.values())
    found = re.findall(r"^uint8 constant (\w+) = (\d+);", text, re.MULTILINE)
    assert {**values(Role), **values(Power)} == {name: int(bit) for name, bit in found}


def test_a_defect_of_an_envelope_has_its_number_among_the_reasons_to_void() -> None:
    assert values(Reason).items() <= values(Void).items()


def test_no_enumeration_is_left_unchecked() -> None:
    declared = {each for each in vars(vocabulary).values() if isinstance(each, type)}
    mine = {each for each in declared if each.__module__ == vocabulary.__name__}
    assert mine == {*ENUMS.values(), *BITS}
