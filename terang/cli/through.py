"""An act of a contract wallet: no key sends it, so its owners get it as a file."""

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from terang.cli.options import Command, with_options
from terang.cli.session import Session
from terang.cli.values import ADDRESS, PATH
from terang.errors import UsageError
from terang.i18n import _

if TYPE_CHECKING:
    from terang.chain.act import Act
    from terang.identity.signer import Signer


def through_options(command: Command) -> Command:
    """Adds the options of a contract wallet; the command gets them as `through` and `out`."""

    @wraps(command)
    def run(through: str | None, out: Path | None, **others: Any) -> Any:
        if out and not through:
            raise UsageError(
                _("--out names the file of a call --through a contract wallet: give both or none.")
            )
        return command(through=through, out=out, **others)

    return with_options(
        run,
        click.option(
            "--through",
            type=ADDRESS,
            help="The contract wallet that is to do it, such as a Safe. Its owners get the call "
            "as a file; nothing is sent, and nobody signs here.",
        ),
        click.option(
            "--out", type=PATH, help="With --through: file to write; else FUNCTION-WALLET.json."
        ),
    )


def sender(session: Session, through: str | None) -> "Signer":
    """Returns who is to send: the account that signs, or the contract wallet."""
    from terang.identity.signer import Watcher

    return session.wallet if through is None else Watcher(through)


def hand_over(session: Session, act: "Act", out: Path | None, note: str = "") -> None:
    """Tries a contract wallet's act out, and writes it to a file for the wallet's owners.

    A dry run shows it and writes nothing.

    Args:
        session: of the command.
        act: its wallet is the contract's address.
        out: the file; None for its usual name.
        note: a sentence more for the owners.
    """
    from terang.ledger.owners import request

    asked = request(session.ledger, act)
    if session.dry_run:
        session.show(asked.text(), {"dryRun": [asked.document()]})
        return
    file = asked.save(out)
    told = _(
        "{file} is for the owners of {wallet}: Safe's Transaction Builder opens it, and any other "
        "wallet takes the three values above. It is done when they have carried it out."
    ).format(file=file, wallet=act.wallet.address)
    session.show(
        f"{asked.text()}\n\n{told}" + (f"\n{note}" if note else ""),
        {"file": str(file), "wallet": act.wallet.address} | asked.document(),
    )
