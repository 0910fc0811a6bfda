"""terang simulate: real processes under a profile's rules."""

from pathlib import Path

import rich_click as click

from terang.cli.options import json_option
from terang.cli.program import progress
from terang.cli.values import PATH


@click.command("simulate")
@click.argument("file", type=PATH)
@click.option(
    "--profile",
    required=True,
    help="Whose rules: a profile's name, such as ukraine, or its file, which ends in .toml.",
)
@click.option(
    "--details", is_flag=True, help="Tell every finding with both figures and the rule's source."
)
@click.option("--csv", type=PATH, help="New file for every finding, a line each.")
@click.option("--chart", type=PATH, help="New file for a picture of the counts, SVG.")
@json_option
def command(
    file: Path, profile: str, details: bool, csv: Path | None, chart: Path | None, as_json: bool
) -> None:
    """Tell which processes of an OCDS file would have broken a profile's rules.

    Only what is published is judged, and what the publication lacks is counted apart.

    So are processes that were not open: rules of open tenders did not bind them.
    """
    from terang.chain.files import write_whole
    from terang.ledger.facts import check_new
    from terang.rules import load
    from terang.simulate import simulate
    from terang.simulate.chart import svg
    from terang.simulate.report import document, text, write_csv

    for path in filter(None, (csv, chart)):
        check_new(path)
    with simulate(file, load(profile), progress) as found:
        for piece in document(found) if as_json else text(found, details=details):
            click.echo(piece.encode("utf-8", "backslashreplace").decode(), nl=not as_json)
        if csv:
            write_csv(found, csv)
        if chart:
            write_whole(chart, svg(found).encode())
