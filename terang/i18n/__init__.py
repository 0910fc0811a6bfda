"""Words for people, in English and Indonesian.

English sentences are the message ids. A sentence is marked where it is written and translated
when it is shown, with named placeholders filled in after translation:

    raise TerangError(_("No file at {path}. Check the name.").format(path=path))

The catalogue is `locale/id/LC_MESSAGES/terang.po`, read at first need; nothing is compiled.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources

LANGUAGES = ("en", "id")

_chosen: ContextVar[str | None] = ContextVar("terang_language", default=None)


def _(message: str) -> str:
    """Returns `message` in the language in force; English when it has no translation."""
    code = language()
    return message if code == "en" else _catalogue(code).get(message, message)


def N_(message: str) -> str:
    """Marks `message` for translation and returns it unchanged: for tables of sentences."""
    return message


def language() -> str:
    """Returns the language in force, "en" or "id".

    It is the one chosen in this context, else TERANG_LANG, else the first set of LC_ALL,
    LC_MESSAGES and LANG (POSIX order). Any language other than Indonesian means English.
    """
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    names = ("TERANG_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = next((value for name in names if (value := os.environ.get(name))), "en")
    return "id" if wanted.lower().replace("-", "_").split("_")[0].split(".")[0] == "id" else "en"


def set_language(code: str) -> None:
    """Chooses the language of the current context (thread or task).

    Args:
        code: "en" or "id".

    Raises:
        ValueError: for any other code.
    """
    _chosen.set(_known(code))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Chooses the language inside a `with` block: for a page that shows both.

    Args:
        code: "en" or "id".

    Raises:
        ValueError: for any other code.
    """
    token = _chosen.set(_known(code))
    try:
        yield
    finally:
        _chosen.reset(token)


def _known(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"no language {code!r}; choose one of {', '.join(LANGUAGES)}")
    return code


@cache
def _catalogue(code: str) -> Mapping[str, str]:
    from babel.messages.pofile import read_po  # heavy, and English never needs it

    path = resources.files(__package__) / "locale" / code / "LC_MESSAGES" / "terang.po"
    with path.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.string}
