"""Settings: an option goes before the environment, that before `.env`, that before `terang.toml`.

Every setting is an environment variable; the files only fill in what the environment leaves out.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from dotenv import dotenv_values

from terang.errors import UsageError
from terang.i18n import N_, _

DOTENV: Final = Path(".env")
FILE: Final = Path("terang.toml")


class Setting(NamedTuple):
    """One thing that a person may set.

    Attributes:
        name: its key in `terang.toml`.
        variable: its environment variable.
        default: what holds where nothing is set; "" for nothing.
        meaning: for people; a message to be translated.
        secret: never shown, and not taken from `terang.toml`, which people share.
    """

    name: str
    variable: str
    default: str
    meaning: str
    secret: bool = False


SETTINGS: Final = (
    Setting("lang", "TERANG_LANG", "", N_("Language, en or id; without it the locale decides.")),
    Setting("url", "TERANG_URL", "http://127.0.0.1:8545", N_("Address of the node's JSON-RPC.")),
    Setting("network", "TERANG_NETWORK", "anvil", N_("Name of the deployment.")),
    Setting("records", "TERANG_RECORDS", "deployments", N_("Folder of the deployments' records.")),
    Setting("keystore", "TERANG_KEY_FILE", "", N_("Encrypted keystore of the account that signs.")),
    Setting(
        "password_file",
        "TERANG_PASSWORD_FILE",
        "",
        N_("File with the keystore's password; it is asked for when there is none."),
    ),
    Setting("account", "TERANG_ACCOUNT", "", N_("Alias of an ape account that signs instead.")),
    Setting(
        "private_key",
        "TERANG_PRIVATE_KEY",
        "",
        N_("Private key that signs instead, in hex; for machines that have no terminal."),
        secret=True,
    ),
    Setting(
        "store",
        "TERANG_STORE",
        "documents",
        N_("Where documents are kept by their hash: a folder, or addresses of stores."),
    ),
    Setting("receipts", "TERANG_RECEIPTS", "receipts", N_("Folder of the receipts of bids.")),
    Setting(
        "outbox",
        "TERANG_OUTBOX",
        ".terang/outbox",
        N_("Folder of what was sent and is not known to be done."),
    ),
    Setting("seed", "TERANG_SEED", "", N_("Encrypted file of an opener's seed.")),
    Setting("state", "TERANG_STATE", ".terang/node", N_("Folder of the local chain's state.")),
)

BY_NAME: Final = {each.name: each for each in SETTINGS}


class Found(NamedTuple):
    """The value of a setting and where it comes from.

    Attributes:
        setting: which.
        value: "" when it has none.
        source: "environment", ".env", "terang.toml" or "default".
    """

    setting: Setting
    value: str
    source: str


def found(folder: Path = Path()) -> list[Found]:
    """Returns every setting's value and source, before or after `load`.

    Args:
        folder: where `.env` and `terang.toml` are.

    Raises:
        UsageError: when a file cannot be read as settings.
    """
    dotenv, file = _dotenv(folder / DOTENV), _file(folder / FILE)
    return [_first(setting, dotenv, file) for setting in SETTINGS]


def load(folder: Path = Path()) -> None:
    """Fills the environment with what the files say and it does not.

    Args:
        folder: where `.env` and `terang.toml` are.

    Raises:
        UsageError: when a file cannot be read as settings.
    """
    for values in (_dotenv(folder / DOTENV), _file(folder / FILE)):
        for variable, value in values.items():
            os.environ.setdefault(variable, value)


def template() -> str:
    """Returns a settings file with every setting in a comment, in the language in force."""
    lines = [
        "# " + _("Settings of Terang. Remove the # before a line to set it."),
        "# "
        + _("An option goes before the environment (TERANG_…), that before .env, that before this"),
        "",
    ]
    for setting in SETTINGS:
        if not setting.secret:
            lines += [f"# {_(setting.meaning)}", f'#{setting.name} = "{setting.default}"', ""]
    return "\n".join(lines)


def _first(setting: Setting, dotenv: Mapping[str, str], file: Mapping[str, str]) -> Found:
    variable = setting.variable
    value = os.environ.get(variable)
    written = dotenv.get(variable), file.get(variable)
    if value and value not in written:
        return Found(setting, value, "environment")
    for source, each in zip((DOTENV.name, FILE.name), written, strict=True):
        if each:
            return Found(setting, each, source)
    return Found(setting, setting.default, "default")


def _dotenv(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    try:
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except ValueError as error:
        raise UsageError(
            _("{file} is not a file of settings in UTF-8. Correct or remove it.").format(file=path)
        ) from error


def _file(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(
            _("{file} is not a file of settings ({reason}). Correct or remove it.").format(
                file=path, reason=error
            )
        ) from error
    values = {}
    for name, value in read.items():
        setting = BY_NAME.get(name)
        if setting is None or setting.secret or not isinstance(value, str):
            raise UsageError(
                _(
                    "{file} has no setting {name} that takes this value. "
                    "`terang config` lists the settings; each is text in quotes."
                ).format(file=path, name=name)
            )
        values[setting.variable] = value
    return values
