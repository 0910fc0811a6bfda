"""terang wallet: keystore files, which hold the key of an account."""

from pathlib import Path

import rich_click as click

from terang.cli.options import ask_password, json_option, setting_option
from terang.cli.program import emit, progress
from terang.cli.values import PATH
from terang.i18n import _


@click.group("wallet")
def command() -> None:
    """Make and look at keystore files."""


@command.command("create")
@click.argument("file", type=PATH)
@setting_option(
    "--password-file",
    "password_file",
    type=PATH,
    help="File with the new keystore's password; asked for when absent (TERANG_PASSWORD_FILE).",
)
@json_option
def create(file: Path, password_file: Path | None, as_json: bool) -> None:
    """Make an account and write its key to FILE, encrypted; print its address.

    A file that is there already is not overwritten. Copy the new one to a second place and keep
    the password apart from both: nobody else has the key.
    """
    from terang.identity.keystore import create_keystore

    if password_file:
        progress(_("The password is the one in {file}.").format(file=password_file))
    wallet = create_keystore(file, ask_password(file, password_file, new=True))
    if as_json:
        emit({"address": wallet.address, "keystore": str(file)})
    else:
        click.echo(wallet.address)


@command.command("show")
@click.argument("file", type=PATH)
@json_option
def show(file: Path, as_json: bool) -> None:
    """Print the address that the keystore FILE names; no password is needed."""
    from terang.identity.keystore import keystore_address

    address = keystore_address(file)
    if as_json:
        emit({"address": address, "keystore": str(file)})
    else:
        click.echo(address)
