"""Options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

if TYPE_CHECKING:
    from terang.identity.wallet import Wallet
    from terang.ledger import Ledger

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")

url_option = click.option(
    "--url",
    envvar="TERANG_URL",
    default="http://127.0.0.1:8545",
    show_default=True,
    help="Address of the node's JSON-RPC (TERANG_URL).",
)

network_option = click.option(
    "--network",
    envvar="TERANG_NETWORK",
    default="anvil",
    show_default=True,
    help="Name of the deployment; its record is deployments/NETWORK.json (TERANG_NETWORK).",
)

record_option = click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of the deployment's record, in place of deployments/NETWORK.json.",
)


def record_path(network: str, record: Path | None) -> Path:
    """Returns the file of a deployment's record."""
    return record or Path("deployments") / f"{network}.json"


def key_options(function: Any) -> Any:
    """Adds the options that say whose keystore signs; a private key is never an argument."""
    function = click.option(
        "--password-file",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="TERANG_PASSWORD_FILE",
        help="File with the keystore's password; asked for when absent (TERANG_PASSWORD_FILE).",
    )(function)
    return click.option(
        "--keystore",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="TERANG_KEY_FILE",
        required=True,
        help="Encrypted keystore file of the account that signs (TERANG_KEY_FILE).",
    )(function)


def unlock(keystore: Path, password_file: Path | None) -> "Wallet":
    """Opens a keystore with the password of a file, or one asked for on the terminal."""
    from terang.identity.wallet import Wallet, read_password

    password = (
        read_password(password_file)
        if password_file
        else click.prompt(f"Password of {keystore}", hide_input=True, err=True)
    )
    return Wallet.from_keystore(keystore, password)


def connect(url: str, record: Path) -> "Ledger":
    """Connects to a deployed ledger."""
    from terang.chain.compile import artifacts
    from terang.ledger import Ledger

    return Ledger.connect(url, record, artifacts())
