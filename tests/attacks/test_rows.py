"""The table of attacks is whole: the rows asked for, tests that exist, text that is there."""

import ast
import re

import pytest

from terang.chain.compile import ROOT

from .mutants import Mutation, page, rows

TABLE = rows()
MUTATIONS = [each for row in TABLE for each in row.mutations]
ASKED = (
    "copied envelope",
    "flipped bits at every position",
    "replay into another tender, stage, chain or contract",
    "early release",
    "k−1 colluding openers, all subsets",
    "false share",
    "selective opening",
    "out-of-order or repeated opening",
    "spam to the cap",
    "oversized envelope",
    "low-entropy price guessing",
    "reuse of r",
    "bid for an older version",
    "superseded nonce",
    "supplier debarred between sealing and opening",
    "under-gassed opening",
    "every byte value at every structural position",
    "rx ≥ N",
    "y ≥ N",
    "an empty box before closing",
    "a share for a box that must stay shut",
    "eligibility changed between release and opening",
    "reorganisation across closing time",
    "block-time edges",
)


def test_every_attack_that_was_asked_for_has_its_row() -> None:
    assert tuple(row.name for row in TABLE) == ASKED
    assert all(row.attack and row.defence and row.mutations for row in TABLE)


@pytest.mark.parametrize("test", sorted({each.test for each in MUTATIONS}))
def test_every_test_of_the_table_is_there(test: str) -> None:
    file, name = test.split("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    if file.endswith(".sol"):
        assert len(re.findall(rf"function {name}\(", text)) == 1
    else:
        functions = (each for each in ast.parse(text).body if isinstance(each, ast.FunctionDef))
        assert name in {each.name for each in functions}


@pytest.mark.parametrize("number", range(len(MUTATIONS)))
def test_what_a_mutation_replaces_stands_once_in_its_file(number: int) -> None:
    mutation: Mutation = MUTATIONS[number]
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1
    assert mutation.new != mutation.old
    assert bool(mutation.build) is mutation.is_solidity


def test_the_page_is_the_table() -> None:
    written = (ROOT / "docs/attacks.md").read_text(encoding="utf-8")
    assert written == "\n".join(page(TABLE)) + "\n"
