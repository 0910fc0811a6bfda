"""Both languages say everything."""

import re
import string
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from terang import i18n
from terang.cli import program
from terang.cli.help import commands, message
from terang.i18n import _, language, set_language, speaking

PACKAGE = Path(i18n.__file__).parents[1]
FORBIDDEN = {
    "bendahara": "perbendaharaan",
    "instansi": "lembaga",
    "keystore": "berkas kunci",
    "kumpulan": "kelompok",
    "melepas kunci": "merilis kunci",
    "memasang": "menggelar",
    "membuka suara": "membuka surat suara",
    "nilai tertinggi": "batas atas",
    "node": "simpul",
    "panel": "Pokja",
    "pasang": "gelar",
    "pemasangan": "penggelaran",
    "pemutaran ulang": "putar ulang",
    "penampungan": "escrow",
    "penawar": "peserta",
    "peristiwa": "kejadian",
    "perjanjian": "kontrak",
    "rekaman": "catatan",
    "relai": "perantara",
    "sampul": "amplop",
    "sekumpulan": "satu kelompok",
}
"""Words that the glossary does not have, and the word to say in their place."""

VARIABLES = ("TERANG_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(scope="module")
def sentences() -> set[str]:
    found = extract_from_dir(
        PACKAGE, [("**.py", "python"), ("**.html", "jinja2")], keywords={"_": None, "N_": None}
    )
    said = {str(text) for _file, _line, text, _comments, _context in found}
    return said | {message(text) for _words, each in commands(program.root) for text in helps(each)}


def helps(command: click.Command) -> Iterator[str]:
    """The help texts of a command and of its options."""
    texts = [command.help, command.short_help]
    texts += [each.help for each in command.params if isinstance(each, click.Option)]
    yield from (text for text in texts if text)


@pytest.fixture(scope="module")
def indonesian() -> Catalog:
    path = PACKAGE / "i18n" / "locale" / "id" / "LC_MESSAGES" / "terang.po"
    with path.open("rb") as file:
        return read_po(file, locale="id", abort_invalid=True)


def placeholders(sentence: str) -> set[tuple[str, str]]:
    parts = string.Formatter().parse(sentence)
    return {(name, form or "") for _text, name, form, _conversion in parts if name is not None}


def test_every_sentence_has_an_indonesian_one(sentences: set[str], indonesian: Catalog) -> None:
    translated = {str(entry.id) for entry in indonesian if entry.string and not entry.fuzzy}
    assert sorted(sentences - translated) == []


def test_an_indonesian_sentence_shows_the_same_facts(indonesian: Catalog) -> None:
    for entry in indonesian:
        assert placeholders(str(entry.id)) == placeholders(str(entry.string)), entry.id


def test_the_catalogue_holds_nothing_that_is_never_said(
    sentences: set[str], indonesian: Catalog
) -> None:
    assert {str(entry.id) for entry in indonesian if entry.id} <= sentences


@pytest.mark.parametrize(("forbidden", "word"), FORBIDDEN.items())
def test_one_thing_has_one_name(forbidden: str, word: str, indonesian: Catalog) -> None:
    said = re.compile(rf"(?<![\w{{-])(?<!`){forbidden}(?![\w}}])", re.IGNORECASE)
    wrong = [str(entry.string) for entry in indonesian if entry.id and said.search(entry.string)]
    assert wrong == [], f"say {word}"


def test_a_contract_that_runs_and_one_that_is_signed_have_different_names(
    indonesian: Catalog,
) -> None:
    for entry in indonesian:
        english = re.sub(r"\{.*?\}", "", str(entry.id))
        code = re.search(r"\bcontracts?\b", english, re.IGNORECASE)
        if entry.id and "ledger of government contracts" not in entry.id:
            smart = "kontrak pintar" in str(entry.string).lower()
            assert smart == bool(code), entry.id


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "id"}, "id"),
        ({"LANG": "ido_XX"}, "en"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "id_ID.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "id_ID.UTF-8"}, "id"),
        ({"LC_MESSAGES": "id_ID", "LANG": "en_US"}, "id"),
        ({"TERANG_LANG": "id", "LC_ALL": "en_GB"}, "id"),
        ({"TERANG_LANG": "en", "LC_ALL": "id_ID"}, "en"),
        ({"TERANG_LANG": "../../etc"}, "en"),
    ],
)
def test_the_environment_names_the_language(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_a_chosen_language_holds_inside_its_block_only() -> None:
    with speaking("en"):
        with speaking("id"):
            assert _("Compiling the contracts …") == "Mengompilasi kontrak pintar …"
        assert _("Compiling the contracts …") == "Compiling the contracts …"
        set_language("id")
        assert language() == "id"


def test_an_unknown_sentence_stays_english() -> None:
    with speaking("id"):
        assert _("Nobody has translated this.") == "Nobody has translated this."


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="choose one of en, id"):
        set_language("fr")
