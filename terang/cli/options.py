"""Options that several commands share, gathered into what they are about."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from terang.i18n import _

if TYPE_CHECKING:
    from terang.identity.wallet import Wallet
    from terang.ledger import Ledger

Command = Callable[..., Any]

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")

store_option = click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("documents"),
    show_default=True,
    help="Folder that keeps documents by their hash.",
)


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

    def connect(self) -> "Ledger":
        """Connects to the ledger, and verifies that the chain has what its record says."""
        from terang.chain.compile import artifacts
        from terang.ledger import Ledger

        return Ledger.connect(self.url, self.record, artifacts())


@dataclass(frozen=True)
class Signer:
    """Whose keystore signs; a private key is never an argument.

    Attributes:
        keystore: encrypted keystore file.
        password_file: file with its password; None to ask on the terminal.
    """

    keystore: Path
    password_file: Path | None

    def unlock(self) -> "Wallet":
        """Opens the keystore; asks for a password only when there is one."""
        from terang.identity.wallet import Wallet, WalletError, read_password

        if not self.keystore.is_file():
            raise WalletError(
                _("There is no keystore {path}. Check its name.").format(path=self.keystore)
            )

        password = (
            read_password(self.password_file)
            if self.password_file
            else click.prompt(
                _("Password of {keystore}").format(keystore=self.keystore),
                hide_input=True,
                err=True,
            )
        )
        return Wallet.from_keystore(self.keystore, password)


def place_options(command: Command) -> Command:
    """Adds the options that say which ledger; the command gets them as `place`."""

    @wraps(command)
    def gathered(url: str, network: str, record: Path | None, **others: Any) -> Any:
        path = record or Path("deployments") / f"{network}.json"
        return command(place=Place(url, network, path), **others)

    return _with(
        gathered,
        click.option(
            "--url",
            envvar="TERANG_URL",
            default="http://127.0.0.1:8545",
            show_default=True,
            help="Address of the node's JSON-RPC (TERANG_URL).",
        ),
        click.option(
            "--network",
            envvar="TERANG_NETWORK",
            default="anvil",
            show_default=True,
            help="Name of the deployment; its record is deployments/NETWORK.json (TERANG_NETWORK).",
        ),
        click.option(
            "--record",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File of the deployment's record, in place of deployments/NETWORK.json.",
        ),
    )


def signer_options(command: Command) -> Command:
    """Adds the options that say whose keystore signs; the command gets them as `signer`."""

    @wraps(command)
    def gathered(keystore: Path, password_file: Path | None, **others: Any) -> Any:
        return command(signer=Signer(keystore, password_file), **others)

    return _with(
        gathered,
        click.option(
            "--keystore",
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="TERANG_KEY_FILE",
            required=True,
            help="Encrypted keystore file of the account that signs (TERANG_KEY_FILE).",
        ),
        click.option(
            "--password-file",
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="TERANG_PASSWORD_FILE",
            help="File with the keystore's password; asked for when absent (TERANG_PASSWORD_FILE).",
        ),
    )


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
