"""terang demo: the main job."""

from pathlib import Path

import rich_click as click
from click.exceptions import Exit

from terang.chain.nodes import NAMES, node_named
from terang.cli.options import json_option
from terang.cli.program import emit, progress
from terang.cli.values import PATH, Word
from terang.errors import UsageError
from terang.i18n import _


@click.command("demo")
@click.option(
    "--ocds",
    type=PATH,
    help="OCDS releases, records or packages: JSON, or one document a line. "
    "Without it a small sample runs.",
)
@click.option(
    "--out",
    type=PATH,
    default=Path("demo-out"),
    show_default=True,
    help="Folder for the page, the documents and the records that stay off chain.",
)
@click.option(
    "--chain",
    type=Word(NAMES),
    default=NAMES[0],
    show_default=True,
    help="What runs the contracts, started for this run only.",
)
@click.option(
    "--keep", is_flag=True, help="Leave the ledger up and say what each role can type next."
)
@json_option
def command(ocds: Path | None, out: Path, chain: str, keep: bool, as_json: bool) -> None:
    """Take every lot of a file from tender to payment, on a chain started for it.

    A lot runs when it has priced bids from two or more tenderers; everything else is listed with
    its reason. The page of the run is OUT/index.html.
    """
    from terang.demo.keep import KeptNode
    from terang.demo.run import demonstrate
    from terang.demo.summary import summary
    from terang.ocds import SAMPLE

    if keep and chain != NAMES[0]:
        raise UsageError(_("Only Anvil stays. Leave --chain or --keep away."))
    node = KeptNode(out) if keep else node_named(chain)
    outcome = demonstrate(ocds or SAMPLE, out, progress, node)
    if as_json:
        emit(outcome.report)
    else:
        click.echo(summary(outcome.report))
        click.echo(_("The page of this run: {page}").format(page=out / "index.html"))
        if outcome.kept:
            click.echo(f"\n{outcome.kept.text()}")
    if outcome.audit.exit_code:
        raise Exit(outcome.audit.exit_code)
