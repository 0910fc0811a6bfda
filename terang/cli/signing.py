"""The step between `prepare` and `submit`, the same for every message: it needs no chain."""

import sys
from collections.abc import Sequence
from pathlib import Path

import rich_click as click

from terang.cli.options import Account, account_options, json_option
from terang.cli.program import emit, progress
from terang.cli.values import PATH
from terang.i18n import _

signature_option = click.option(
    "--signature", type=PATH, required=True, help="File with the signature that `sign` wrote."
)


def sign_command(acts: str | Sequence[str], text: str) -> click.Command:
    """Makes the command that shows a message, signs it, and writes the signature beside its file.

    Args:
        acts: which message the file must hold, or of which ones one: keys of `ACTS`.
        text: the command's help.
    """

    @click.command("sign", help=text)
    @account_options
    @json_option
    @click.option("--yes", is_flag=True, help="Sign without asking on the terminal.")
    @click.argument("file", type=PATH)
    def sign(account: Account, as_json: bool, yes: bool, file: Path) -> None:
        from terang.ledger.signing import described, keep, load
        from terang.ledger.signing import sign as signed

        data = load(file, acts)
        progress(described(data))
        if not yes and sys.stdin.isatty():
            click.confirm(_("Sign this?"), abort=True, err=True)
        signature = signed(data, account.unlock())
        path = keep(signature, data, file)
        if as_json:
            emit(signature.document() | {"file": str(path)})
        else:
            click.echo(
                _("{account} signed; the signature is in {file}.").format(
                    account=signature.account, file=path
                )
            )

    return sign
