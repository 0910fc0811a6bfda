"""terang next: what this account can do now, until when."""

import shlex
from collections.abc import Callable

import rich_click as click
from click.core import ParameterSource

from terang.cli.options import Account, account_options
from terang.cli.session import Session, reading
from terang.cli.values import ADDRESS, Word
from terang.replay.acts import ANYONE, TITLES

_REPEATED = ("url", "network", "records", "record", "keystore", "password_file", "account")


@click.command("next")
@reading
@account_options
@click.option(
    "--address", type=ADDRESS, help="The account, where its keystore is not at hand; nothing signs."
)
@click.option(
    "--as",
    "role",
    type=Word(list(TITLES)),
    help="Only this role; else every role that the account has, and what anyone may do.",
)
@click.pass_context
def command(
    context: click.Context,
    session: Session,
    account: Account,
    address: str | None,
    role: str | None,
) -> None:
    """List what an account can do now, until when, and what to type for it.

    What is most urgent comes first, then what is possible at any time, then what time alone will
    bring. Words in capitals stand for what only you know. No password is asked for.
    """
    from terang.replay.agenda import agenda

    who = address if address or role == ANYONE else _watched(account, role)
    ledger, state = session.ledger, session.state
    currencies = {each: known for each in state.tokens if (known := ledger.currency_at(each))}
    found = agenda(state, who, role, ledger.chain.now, currencies, _typed_again(context))
    session.show(found.text(), found.document())


def _watched(account: Account, role: str | None) -> str | None:
    """The address of the account that is named; None where none is, and none needs to be."""
    return account.watch().address if account.is_named or role else None


def _typed_again(context: click.Context) -> Callable[[str], str]:
    """What makes a whole command line: with the options typed here, where a command takes them."""
    given = {
        name: value
        for name, value in context.params.items()
        if name in _REPEATED and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }

    def complete(line: str) -> str:
        command, words = context.find_root().command, line.split()
        while isinstance(command, click.Group) and words:
            command = command.get_command(context, words.pop(0)) or context.command
        flags = {each.name: each.opts[0] for each in command.params}
        options = [
            f" {flags[name]} {shlex.quote(str(value))}"
            for name, value in given.items()
            if name in flags
        ]
        return f"terang {line}{''.join(options)}"

    return complete
