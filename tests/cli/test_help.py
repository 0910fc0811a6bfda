"""Help is in one language, also its fixed words."""

from collections.abc import Callable

import pytest

from terang.cli import program
from terang.i18n import speaking

FIXED = {
    "en": ("Usage: terang", "[OPTIONS]", "Options", "Show this message and exit."),
    "id": ("Pemakaian: terang", "[OPSI]", "Opsi", "Tunjukkan pesan ini lalu keluar."),
}
OF_GROUPS = {
    "en": ("COMMAND [ARGS]...", "─ Commands "),
    "id": ("PERINTAH [ARGUMEN]...", "─ Perintah "),
}
OF_OPTIONS = {"en": ("[required]", "[default:"), "id": ("[wajib]", "[bawaan:")}
Help = Callable[..., str]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Help:
    """Shows the help of a command."""

    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as stopped:
            program.main([*words, "--help"])
        assert stopped.value.code == 0
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize(("language", "other"), [("en", "id"), ("id", "en")])
@pytest.mark.parametrize("command", [(), ("keys",), ("participant", "licence"), ("keys", "epoch")])
def test_the_fixed_words_of_help_are_in_the_language_in_force(
    command: tuple[str, ...], language: str, other: str, shown: Help
) -> None:
    with speaking("en"):
        help_ = shown("--lang", language, *command)
    groups = command != ("keys", "epoch")
    for table in (FIXED, OF_GROUPS if groups else OF_OPTIONS):
        for word in table[language]:
            assert word in help_
    for table in (FIXED, OF_GROUPS, OF_OPTIONS):
        for word in table[other]:
            assert word not in help_


def test_the_locale_decides_where_nothing_else_does(
    monkeypatch: pytest.MonkeyPatch, shown: Help
) -> None:
    monkeypatch.setenv("TERANG_LANG", "id")
    assert "Opsi" in shown()
    assert "Opsi" in shown("keys", "list")
    monkeypatch.setenv("TERANG_LANG", "en")  # nothing of the other language stays behind
    assert "Options" in shown()
    assert "Options" in shown("keys", "list")


def test_the_root_says_what_it_is_in_the_language_that_the_option_names(shown: Help) -> None:
    with speaking("en"):
        assert "Buku besar publik" in shown("--lang", "id")


@pytest.mark.parametrize("name", ["-h", "--help"])
def test_both_names_ask_for_help_in_both_languages(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for language in ("en", "id"):
        with pytest.raises(SystemExit) as stopped, speaking("en"):
            program.main(["--lang", language, "keys", "list", name])
        assert stopped.value.code == 0
        assert FIXED[language][0] in capsys.readouterr().out
