"""Terang's commands inside Ape: `ape run deploy` is `terang deploy` on ape's network and account.

Ape says which node and who signs; the rest of the line is the command's own, so that there is one
code path whoever starts it. Imported by `scripts/`, never by the package: it needs ape.
"""

import click
from ape.api import AccountAPI, ProviderAPI
from ape.cli import ConnectedProviderCommand, account_option, verbosity_option

from terang.cli import main
from terang.i18n import _


def command(*words: str, signs: bool = True) -> click.Command:
    """Makes the `ape run` command of one of Terang's.

    Args:
        words: the command, such as "tender", "publish".
        signs: whether it needs an account; `--account` takes ape's aliases and TEST::0.
    """

    def carry_out(
        provider: ProviderAPI, arguments: tuple[str, ...], account: AccountAPI | None = None
    ) -> None:
        url = getattr(provider, "http_uri", None)
        if not url:
            raise click.UsageError(
                _(
                    "The network {network} is inside ape and has no address. "
                    "Name one that has, such as ethereum:local:foundry."
                ).format(network=provider.network_choice)
            )
        signer = ["--account", str(account.alias)] if account else []
        main([*words, "--url", url, *signer, *arguments])

    if signs:
        carry_out = account_option()(carry_out)
    # ape tells what it does on stdout, which is for what the command has to say
    carry_out = verbosity_option(default="WARNING")(carry_out)
    carry_out = click.argument("arguments", nargs=-1, type=click.UNPROCESSED)(carry_out)
    return click.command(
        cls=ConnectedProviderCommand,
        context_settings={"ignore_unknown_options": True},
        help=_("The same as {command}, on ape's network; see its --help for what it takes.").format(
            command=f"terang {' '.join(words)}"
        ),
    )(carry_out)
