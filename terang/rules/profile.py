"""Profiles: what a country's law sets, figure by figure, with the source of each.

A profile is a TOML file that a person reads and edits; those of the package are in
`terang/profiles`. It is an aid, not legal advice.
"""

import difflib
import os
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from terang.errors import TerangError
from terang.i18n import _, language
from terang.i18n.show import plain
from terang.rules.figures import Counting, Period, shown
from terang.rules.reading import Figure, Reader, rule_of
from terang.rules.rule import Key, Rule
from terang.vocabulary import Category, Method

_MOST_BYTES: Final = 1 << 18  # of a file; those of the package have some 15,000


class ProfileError(TerangError, ValueError):
    """A profile that cannot be used.

    Attributes:
        reasons: everything that is wrong with it, a sentence each, beginning with the key.
    """

    def __init__(self, sentence: str, reasons: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Profile:
    """What a country's law sets.

    Attributes:
        name: the name of its file without `.toml`.
        titles: language → what it is called.
        country: ISO 3166-1 code, or EU; "" for none.
        timezone: IANA name of the zone in which days are counted.
        holidays: code of the country in the `holidays` package; "" for weekends alone.
        holiday_kinds: which of its holidays are no working days, such as public.
        currency: ISO 4217 code of the currency that tenders there are mostly in; "" for any.
        counting: how its law counts days.
        figures: rule → field of `Rule` → figure, with the source of each.
    """

    name: str
    titles: Mapping[str, str]
    country: str
    timezone: str
    holidays: str
    holiday_kinds: tuple[str, ...]
    currency: str
    counting: Counting
    figures: Mapping[Key, Mapping[str, Figure]]

    @property
    def title(self) -> str:
        """What it is called in the language in force."""
        return self.titles[language()]

    @property
    def rules(self) -> Mapping[Key, Rule]:
        """The rules for the chain, by category and method."""
        return {key: rule_of(key, figures) for key, figures in self.figures.items()}

    @property
    def sources(self) -> Mapping[Key, Mapping[str, str]]:
        """The legal source of every figure."""
        return {
            key: {field: each.source for field, each in figures.items() if each.source}
            for key, figures in self.figures.items()
        }

    def key(self, category: str, method: str) -> Key:
        """Returns which of its rules two words of the file name.

        Args:
            category: such as goods.
            method: such as lowest_price.

        Raises:
            ProfileError: when it has no such rule.
        """
        key = Key(Category[category.upper()], Method[method.upper()])
        if key not in self.figures:
            raise ProfileError(
                _("The profile {name} has no rule for {rule}. Name another, or add one.").format(
                    name=shown(self.name), rule=key
                )
            )
        return key

    def law(self, key: Key, field: str) -> Period:
        """Returns a period as the law states it, which the chain's seconds may not tell.

        Raises:
            KeyError: when the profile has no such rule, or the field is no period.
        """
        found = self.figures[key][field].law
        if found is None:
            raise KeyError(field)
        return found


def names() -> list[str]:
    """Returns the names of the profiles of the package, in order."""
    folder = resources.files("terang") / "profiles"
    return sorted(
        each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")
    )


def load(name_or_path: str | Path) -> Profile:
    """Returns a profile of the package by its name, or one from a file.

    Args:
        name_or_path: such as pilot, or the path of a file whose name ends in `.toml`.

    Raises:
        ProfileError: when there is none, or it cannot be used; it tells every reason.
    """
    text = str(name_or_path)
    if text in names():
        data = (resources.files("terang") / "profiles" / f"{text}.toml").read_bytes()
        return _parse(text, text, data)
    if not text.endswith(".toml"):
        guess = difflib.get_close_matches(text, names(), 1)
        sentence = (
            _(
                "There is no profile {name}; did you mean {guess}? "
                "Or give a file that ends in .toml."
            )
            if guess
            else _("There is no profile {name}. Name one of {names}, or a file that ends in .toml.")
        )
        raise ProfileError(
            sentence.format(name=shown(text), guess="".join(guess), names=", ".join(names()))
        )
    return _parse(plain(Path(text).stem), plain(text), _read(Path(text)))


def _read(path: Path) -> bytes:
    """Reads a regular file of bounded size; never waits for the writer of a pipe."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProfileError(
            _("Cannot open {path}: {reason}. Check the path and its permissions.").format(
                path=plain(str(path)), reason=reason
            )
        ) from error
    try:
        plain_file = stat.S_ISREG(os.fstat(handle).st_mode)
        data = os.read(handle, _MOST_BYTES + 1) if plain_file else b""
    finally:
        os.close(handle)
    if not plain_file or len(data) > _MOST_BYTES:
        raise ProfileError(
            _("{path} is not a regular file of at most {limit} KiB. Give a profile's file.").format(
                path=plain(str(path)), limit=_MOST_BYTES >> 10
            )
        )
    return data


def _parse(name: str, path: str, data: bytes) -> Profile:
    try:
        document: dict[str, Any] = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ProfileError(
            _("{path} is not TOML in UTF-8 ({reason}). Correct it, then run again.").format(
                path=path, reason=shown(error)
            )
        ) from error
    reader = Reader(document)
    head, figures = reader.head(), reader.figures()
    for key, each in figures.items():
        reader.judge(key, each)
    if reader.reasons:
        told = "\n".join(f"  {each}" for each in reader.reasons)
        raise ProfileError(
            _(
                "{path} cannot be used as a profile:\n{reasons}\nCorrect this, then run again."
            ).format(path=path, reasons=told),
            reader.reasons,
        )
    return Profile(name=name, figures=figures, **head)
