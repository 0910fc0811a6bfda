"""terang rules: what the law sets, from a profile to the chain."""

from datetime import UTC, date, datetime
from pathlib import Path

import rich_click as click
from click.exceptions import Exit

from terang.cli.options import json_option
from terang.cli.program import emit
from terang.cli.session import Session, acting, reading
from terang.cli.values import MOMENT, PATH, Word
from terang.errors import DIFFERENCE_FOUND
from terang.i18n import _


@click.group("rules")
def command() -> None:
    """Apply the profile of a country, show what is in force, propose dates."""


@command.command("apply")
@acting
@click.argument("profile", type=PATH)
@click.option("--repeal", is_flag=True, help="End the rules in force that the profile lacks.")
def apply(session: Session, profile: Path, repeal: bool) -> None:
    """Set the rules of PROFILE that differ from those in force. The administration signs.

    PROFILE is a name such as pilot, or a file that ends in .toml. Tenders that are published keep
    the rules they have.
    """
    from terang.rules import load
    from terang.rules.changes import changes
    from terang.rules.show import differences

    found, rules = load(profile), session.ledger.rules
    differing = changes(rules.present(), found.rules)
    wanted = [each for each in differing if each.after or repeal]
    if not wanted:
        if session.dry_run or not session.told_earlier():
            sentence = _("The rules of {profile} are in force; nothing is sent.")
            session.show(sentence.format(profile=found.name), {"changes": []})
        return
    receipts = session.send(rules.carry_over(session.wallet, wanted))
    if receipts:
        text, document = differences(wanted)
        session.told(
            receipts,
            _("The rules of {profile} are in force since block {block}:") + "\n" + text,
            profile=found.name,
            changes=document,
        )


@command.command("show")
@reading
@click.argument("profile", type=PATH, required=False)
def show(session: Session, profile: Path | None) -> None:
    """Show the rules in force, or what PROFILE says, with the source of every figure.

    PROFILE is a name such as pilot, or a file that ends in .toml; for it no chain is needed.
    """
    from terang.rules import load
    from terang.rules.show import in_force
    from terang.rules.show import profile as shown

    if profile is None:
        session.show(*in_force(session.ledger.rules.present()))
    else:
        session.show(*shown(load(profile)))


@command.command("diff")
@reading
@click.argument("profile", type=PATH)
def diff(session: Session, profile: Path) -> None:
    """Show what differs between the rules in force and PROFILE.

    The exit code is 0 when nothing does, else 5.
    """
    from terang.rules import load
    from terang.rules.changes import changes
    from terang.rules.show import differences

    found = load(profile)
    differing = changes(session.ledger.rules.present(), found.rules)
    text, document = differences(differing)
    same = _("The rules of {profile} are in force.").format(profile=found.name)
    session.show(text or same, document)
    if differing:
        raise Exit(DIFFERENCE_FOUND)


@command.command("calendar")
@click.argument("profile", type=PATH)
@click.option(
    "--from",
    "start",
    type=MOMENT,
    help="Publication: a time with its zone, or a day of the profile's zone; now without it.",
)
@click.option(
    "--category",
    type=Word(["goods", "services", "works", "social"]),
    default="goods",
    show_default=True,
    help="What is bought: goods, services, works or social.",
)
@click.option(
    "--method",
    type=Word(["lowest_price", "quality_price"]),
    default="lowest_price",
    show_default=True,
    help="How bids are compared: lowest_price or quality_price.",
)
@json_option
def calendar(
    profile: Path, start: datetime | date | None, category: str, method: str, as_json: bool
) -> None:
    """Propose the dates of a whole procedure under PROFILE, over its working days and holidays.

    No chain is needed. Each step begins as early as it may; openers, panel and people take longer.
    """
    from terang.rules import load
    from terang.rules.calendar import procedure, publication
    from terang.rules.show import dates

    found = load(profile)
    key = found.key(category, method)
    published = publication(found, start or datetime.now(UTC))
    text, document = dates(found, key, published, procedure(found, key, published))
    if as_json:
        emit(document)
    else:
        click.echo(text)
