"""Options that several commands share, gathered into what they are about."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from getpass import GetPassWarning
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from terang.cli.settings import BY_NAME
from terang.cli.values import PATH, Number
from terang.errors import UsageError
from terang.i18n import _

if TYPE_CHECKING:
    from terang.identity.signer import Signer as Wallet

Command = Callable[..., Any]


def setting_option(flag: str, setting: str, **more: Any) -> Callable[[Command], Command]:
    """Makes an option whose variable and default are those of a setting.

    Args:
        flag: such as --url.
        setting: the setting's name.
        more: as for `click.option`.
    """
    found = BY_NAME[setting]
    if found.default:
        more |= {"default": found.default, "show_default": True}
    return click.option(flag, envvar=found.variable, **more)


class _Folder(click.Path):
    """A store that is a folder: what is filed in clear with an act is not sent elsewhere."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if "://" in str(value):
            self.fail(
                _(
                    "This command keeps documents in a folder only. Give --store FOLDER; "
                    "`documents repair` copies them to other folders and to S3."
                ),
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")

store_option = setting_option(
    "--store",
    "store",
    type=_Folder(path_type=Path),
    help="Folder that keeps documents by their hash (TERANG_STORE).",
)

keystore_option = setting_option(
    "--keystore",
    "keystore",
    type=PATH,
    help="Encrypted keystore file of the account that signs (TERANG_KEY_FILE).",
)

outbox_option = setting_option(
    "--outbox",
    "outbox",
    type=PATH,
    help="Folder of what was sent and is not known to be done (TERANG_OUTBOX).",
)

prices_option = click.option(
    "--prices", is_flag=True, help="In two envelopes: the box of prices, not that of proposals."
)

receipts_option = setting_option(
    "--receipts", "receipts", type=PATH, help="Folder for the receipt (TERANG_RECEIPTS)."
)

finality_option = click.option(
    "--finality",
    type=Number(0, 10_000),
    help="Blocks below the newest one that may still be replaced; what the node calls final "
    "without it.",
)

reason_option = click.option(
    "--reason",
    type=PATH,
    required=True,
    help="File with the published reasons; its hash goes on chain.",
)


def ask_password(file: Path, password_file: Path | None, *, new: bool = False) -> str:
    """Returns the password of an encrypted file.

    Args:
        file: the encrypted file.
        password_file: file that holds the password; None to ask on the terminal.
        new: whether it is chosen now, and so asked for twice.

    Raises:
        WalletError: when the password's file cannot be read.
        UsageError: when there is no terminal to ask on.
    """
    from terang.identity.wallet import read_password

    if password_file:
        return read_password(password_file)
    question = _("New password of {keystore}") if new else _("Password of {keystore}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)  # it would be shown while it is typed
        try:
            answer: str = click.prompt(
                question.format(keystore=file), hide_input=True, confirmation_prompt=new, err=True
            )
        except GetPassWarning as error:
            raise UsageError(
                _(
                    "There is no terminal on which to ask for the password of {keystore}. "
                    "Write it to a file, and name that file by an option or a setting."
                ).format(keystore=file)
            ) from error
    return answer


seed_password_option = click.option(
    "--seed-password-file",
    type=PATH,
    help="File with the password of the seed; asked for when absent.",
)


@dataclass(frozen=True)
class Seed:
    """An opener's seed, still shut.

    Attributes:
        file: its encrypted file.
        password_file: file with its password; None to ask on the terminal.
    """

    file: Path
    password_file: Path | None = None

    def open(self) -> bytes:
        """Opens the seed; asks for a password only when there is one to ask for.

        Raises:
            SeedError: when it cannot be opened.
        """
        from terang.sealing.seed import fingerprint, read_seed

        fingerprint(self.file)  # what is no seed is said before a password is asked
        return read_seed(self.file, ask_password(self.file, self.password_file))


@dataclass(frozen=True)
class Place:
    """Which ledger a command is about.

    Attributes:
        url: address of the node's JSON-RPC.
        network: name of the deployment.
        record: file of the deployment's record.
    """

    url: str
    network: str
    record: Path


@dataclass(frozen=True)
class Account:
    """Who signs; a private key is never an argument.

    Attributes:
        keystore: encrypted keystore file.
        password_file: file with its password; None to ask on the terminal.
        alias: of an ape account, whose kind may be a hardware wallet.
    """

    keystore: Path | None = None
    password_file: Path | None = None
    alias: str | None = None

    @property
    def is_named(self) -> bool:
        """Whether anything names the account: an option, a setting, or a key in the environment."""
        return bool(self.keystore or self.alias or os.environ.get("TERANG_PRIVATE_KEY"))

    def unlock(self) -> "Wallet":
        """Opens whatever signs; asks for a password only when there is one to ask for.

        Raises:
            UsageError: when nothing that signs is named.
            WalletError: when it cannot be opened.
        """
        from terang.identity.keystore import keystore_address, open_keystore
        from terang.identity.wallet import Wallet

        if self.alias:
            from terang.identity.ape_account import ApeSigner

            return ApeSigner.load(self.alias)
        if not self.is_named:
            raise _nobody()
        if self.keystore is None:
            return Wallet.from_environment()
        keystore_address(self.keystore)  # what is no keystore is said before a password is asked
        return open_keystore(self.keystore, ask_password(self.keystore, self.password_file))

    def watch(self) -> "Wallet":
        """Returns the account without its key: it can look, and cannot sign.

        Raises:
            UsageError: when no account is named.
            WalletError: when the keystore does not tell its address.
        """
        from terang.identity.keystore import keystore_address
        from terang.identity.signer import Watcher

        if not self.alias and self.keystore is not None:
            return Watcher(keystore_address(self.keystore))
        return Watcher(self.unlock().address)


def _nobody() -> UsageError:
    return UsageError(
        _(
            "Nobody is named who signs. Give --keystore FILE or --account ALIAS, "
            "or set TERANG_KEY_FILE, TERANG_ACCOUNT or TERANG_PRIVATE_KEY."
        )
    )


def place_options(command: Command) -> Command:
    """Adds the options that say which ledger; the command gets them as `place`."""

    @wraps(command)
    def gathered(url: str, network: str, records: Path, record: Path | None, **others: Any) -> Any:
        path = record or records / f"{network}.json"
        return command(place=Place(url, network, path), **others)

    return with_options(
        gathered,
        setting_option("--url", "url", help="Address of the node's JSON-RPC (TERANG_URL)."),
        setting_option("--network", "network", help="Name of the deployment (TERANG_NETWORK)."),
        setting_option(
            "--records",
            "records",
            type=PATH,
            help="Folder of the records; that of a deployment is NETWORK.json (TERANG_RECORDS).",
        ),
        click.option(
            "--record",
            type=PATH,
            help="File of the deployment's record, in place of RECORDS/NETWORK.json.",
        ),
    )


def account_options(command: Command) -> Command:
    """Adds the options that say who signs; the command gets them as `account`."""

    @wraps(command)
    def gathered(
        keystore: Path | None, password_file: Path | None, account: str | None, **others: Any
    ) -> Any:
        return command(account=Account(keystore, password_file, account), **others)

    return with_options(
        gathered,
        keystore_option,
        setting_option(
            "--password-file",
            "password_file",
            type=PATH,
            help="File with the keystore's password; asked for when absent (TERANG_PASSWORD_FILE).",
        ),
        setting_option(
            "--account",
            "account",
            help="Alias of an ape account that signs, also of a hardware wallet (TERANG_ACCOUNT).",
        ),
    )


def seed_options(command: Command) -> Command:
    """Adds the options of an opener's seed; the command gets its `seed`, still shut."""

    @wraps(command)
    def gathered(seed: Path, seed_password_file: Path | None, **others: Any) -> Any:
        return command(seed=Seed(seed, seed_password_file), **others)

    return with_options(
        gathered,
        setting_option(
            "--seed",
            "seed",
            type=PATH,
            required=True,
            help="Encrypted file of the opener's seed (TERANG_SEED).",
        ),
        seed_password_option,
    )


def with_options(command: Command, *options: Callable[[Command], Command]) -> Command:
    """Adds options to a command, in this order."""
    for option in reversed(options):
        command = option(command)
    return command
