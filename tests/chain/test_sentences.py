"""Every refusal of a contract is a sentence for people."""

import re
import string

import pytest

from terang.chain.compile import ROOT, Artifacts
from terang.chain.contract import Codec
from terang.chain.reverts import decode, sentence
from terang.chain.sentences import ENUMS, SENTENCES
from terang.i18n import speaking
from terang.i18n.show import when

BUILT_IN = {"Error", "Panic"}


def test_every_error_of_the_contracts_has_a_sentence(artifacts: Artifacts) -> None:
    assert {error.name for error in artifacts.errors.values()} - SENTENCES.keys() == set()


def test_no_sentence_is_about_an_error_that_no_contract_has(artifacts: Artifacts) -> None:
    errors = {error.name for error in artifacts.errors.values()}
    assert SENTENCES.keys() - errors == BUILT_IN


def test_a_sentence_names_inputs_that_its_error_has(artifacts: Artifacts) -> None:
    for error in artifacts.errors.values():
        inputs = {each["name"] for each in error.inputs}
        parts = list(string.Formatter().parse(SENTENCES[error.name]))
        assert {name for _text, name, _form, _conversion in parts if name} <= inputs, error.name
        forms = {form for _text, name, form, _conversion in parts if name and form}
        assert forms <= {"time", *ENUMS}, error.name


def test_a_sentence_ends_with_what_to_do_next() -> None:
    for name, text in SENTENCES.items():
        assert text.count(". ") >= 1, name
        assert text.endswith("."), name


def test_the_words_of_an_enum_are_as_many_as_the_contracts_have() -> None:
    sources = {
        path.stem: re.sub(r"//.*", "", path.read_text())
        for path in (ROOT / "contracts").rglob("*.sol")
    }
    for name, words in ENUMS.items():
        file, _dot, enum = name.rpartition(".")
        text = sources[file] if file else "\n".join(sources.values())
        body = re.search(rf"enum {enum} {{([^}}]*)}}", text)
        assert body is not None, name
        assert len(words) == len(re.findall(r"\w+", body[1])), name


def test_every_error_shows_in_both_languages(artifacts: Artifacts) -> None:
    values = {"string": "text", "bytes": b"\x01", "bool": True, "address": "0x" + "12" * 20}
    for selector, error in artifacts.errors.items():
        given = [
            values.get(each["type"], b"\x01" * 32 if each["type"] == "bytes32" else 1)
            for each in error.inputs
        ]
        data = selector + Codec(error.name, error.inputs).encode(given)
        told = []
        for language in ("en", "id"):
            with speaking(language):
                revert = decode(data, artifacts.errors, "x")
            assert revert.name == error.name
            assert "{" not in str(revert)
            told.append(str(revert))
        assert told[0] != told[1], error.name


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_refusal_shows_a_time_as_everything_else_does(language: str) -> None:
    with speaking(language):
        told = sentence("SealedBoxClosed", {"tenderId": 1, "stage": 0, "closesAt": 1_800_000_000})
        assert when(1_800_000_000) in told


@pytest.mark.parametrize("closes_at", [2**48 - 2, -1, 2**256 - 1])
def test_a_time_beyond_the_calendar_is_shown_as_a_number(closes_at: int) -> None:
    told = sentence("SealedBoxClosed", {"tenderId": 1, "stage": 0, "closesAt": closes_at})
    assert str(closes_at) in told


def test_the_end_of_what_has_none_is_told_in_words() -> None:
    told = sentence("SealedBoxClosed", {"tenderId": 1, "stage": 0, "closesAt": 2**48 - 1})
    assert "without end" in told


def test_an_unknown_word_of_an_enum_is_shown_as_a_number() -> None:
    assert "99" in sentence("AwardsPhase", {"tenderId": 1, "phase": 99})


def test_an_error_without_a_sentence_is_shown_whole() -> None:
    with speaking("en"):
        assert sentence("Unheard", {"a": 5, "b": b"\x01"}) == (
            "The contract refused with Unheard(a = 5, b = 0x01). Correct that, then repeat."
        )


@pytest.mark.parametrize("data", [b"\x01", b"\x01\x02\x03\x04", b"\x08\xc3\x79\xa0\xff"])
def test_junk_in_place_of_a_reason_is_survived(data: bytes, artifacts: Artifacts) -> None:
    revert = decode(data, artifacts.errors)
    assert revert.name == "0x" + data[:4].hex()
    assert revert.arguments == {}
