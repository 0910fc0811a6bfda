"""What the commands share that serve others over HTTP."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import rich_click as click

from terang.cli.options import Command, with_options
from terang.cli.program import emit
from terang.cli.values import LISTEN, PATH, Listen, Number
from terang.serving.front import Front


def front_options(port: int, each: int, together: int) -> Callable[[Command], Command]:
    """Makes the options that say where and how often to answer; the command gets `front`.

    Args:
        port: of this machine, at which it answers without them.
        each: requests per minute of one client without them.
        together: the same of all clients.
    """

    def added(command: Command) -> Command:
        @wraps(command)
        def gathered(
            listen: Listen,
            per_minute: int,
            in_all: int,
            certificate: Path | None,
            **others: Any,
        ) -> Any:
            return command(front=Front(*listen, per_minute, in_all, certificate), **others)

        return with_options(
            gathered,
            click.option(
                "--listen",
                type=LISTEN,
                default=f"127.0.0.1:{port}",
                show_default=True,
                help="Address and port at which to answer.",
            ),
            click.option(
                "--per-minute",
                type=Number(1, 100_000),
                default=each,
                show_default=True,
                help="Requests that one client may make in a minute.",
            ),
            click.option(
                "--in-all",
                type=Number(1, 1_000_000),
                default=together,
                show_default=True,
                help="Requests that all clients together may make in a minute.",
            ),
            click.option(
                "--certificate",
                type=PATH,
                help="PEM file with the TLS certificate and its key; without it, plain HTTP.",
            ),
        )

    return added


def announced(sentence: str, account: str, as_json: bool) -> Callable[[str], None]:
    """Returns what tells where a service answers, once it does.

    Args:
        sentence: translated, with {account} and {url} in braces.
        account: the service's.
        as_json: whether one JSON document is asked for.
    """

    def ready(url: str) -> None:
        if as_json:
            emit({"url": url, "account": account})
        else:
            click.echo(sentence.format(account=account, url=url))

    return ready
