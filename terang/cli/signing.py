"""The step between `prepare` and `submit`, the same for every message: it needs no chain."""

from pathlib import Path

import rich_click as click

from terang.cli.options import Account
from terang.cli.program import emit, progress
from terang.cli.values import PATH
from terang.i18n import _

signature_option = click.option(
    "--signature", type=PATH, required=True, help="File with the signature that `sign` wrote."
)


def sign_file(file: Path, act: str, account: Account, *, as_json: bool) -> None:
    """Shows the message in a file, signs it, and writes the signature to a file beside it.

    Args:
        file: what `prepare` wrote.
        act: which message it must hold, a key of `ACTS`.
        account: who signs.
        as_json: print one JSON document in place of a sentence.

    Raises:
        UsageError: when the file holds something else.
        WalletError: when the wallet does not sign.
    """
    from terang.ledger.signing import described, keep, load, sign

    data = load(file, act)
    progress(described(data))  # before a password is asked for
    signature = sign(data, account.unlock())
    path = keep(signature, file)
    if as_json:
        emit(signature.document() | {"file": str(path)})
    else:
        click.echo(
            _("{account} signed; the signature is in {file}.").format(
                account=signature.account, file=path
            )
        )
