"""The one page: self-contained, in both languages, without anything from another host."""

import hashlib
import re
from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from terang.chain.sentences import ENUMS
from terang.i18n import LANGUAGES, _, speaking
from terang.ledger.plan import Currency
from terang.portal import show, story
from terang.portal.names import Names, Verdict
from terang.portal.story import Story
from terang.replay.state import State

_FEW = 10
"""Up to so many tenders are unfolded from the start."""
_MOST_DIFFERENCES = 100
_RECORD = "deployment.json"
"""What the record of a deployment is called on the page."""


def page(state: State, names: Mapping[str, Names], verdict: Verdict) -> str:
    """Returns the public page as HTML.

    Everything on it is from the replayed state, but for the words in `names`.

    Args:
        state: the replayed ledger.
        names: the words beside it, by language ("en", "id").
        verdict: what the replay found.
    """
    style, script = _asset("style.css"), _asset("script.js")
    environment = _environment()
    ledgers = {}
    for code in LANGUAGES:
        with speaking(code):
            context = _context(state, names[code], verdict)
            ledgers[code] = Markup(  # noqa: S704 - the template has escaped it
                environment.get_template("ledger.html").render(code=code, **context)
            )
    html = environment.get_template("page.html").render(
        ledgers=ledgers,
        style=style,
        script=script,
        policy="; ".join(
            [
                "default-src 'none'",
                f"style-src {_hash(style)}",
                f"script-src {_hash(script)}",
                "img-src data:",
                "base-uri 'none'",
                "form-action 'none'",
            ]
        ),
    )
    return re.sub(r"\n\s+", "\n", html)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("terang.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"_": _, "show": show, "story": story, "classes": ENUMS["Class"]}
    return environment


def _context(state: State, names: Names, verdict: Verdict) -> dict[str, Any]:
    """What one language's part shows."""
    now = int(verdict.time.timestamp())
    stories = [story.tell(state, each, names, now) for each in state.tenders.values()]

    def organisation(number: int) -> Markup:
        name = names.organisations.get(number) or _("Organisation {number}").format(number=number)
        return show.named(name, 200)

    def seat(number: int) -> Markup:
        name = names.seats.get(number) or _("Seat {number}").format(number=number)
        return show.named(name, 200)

    return {
        "state": state,
        "names": names,
        "verdict": verdict,
        "command": f"terang audit replay --url NODE --record {_RECORD} --block {verdict.block}",
        "verified": now,
        "differences": verdict.differences[:_MOST_DIFFERENCES],
        "stories": stories,
        "folded": len(stories) > _FEW,
        "organisation": organisation,
        "seat": seat,
        "phases": _phases(stories),
        "paid": _paid(stories),
        "envelopes": sum(len(each.tender.box.envelopes) for each in stories),
        "valid": sum(bid.bid is not None for each in stories for bid in each.bids),
        "void": sum(bid.bid is None for each in stories for bid in each.bids),
        "supposed": _shared([each.words.assumed for each in stories]),
        "agree": Counter(each.words.agrees for each in stories),
    }


def _shared(lists: Sequence[Sequence[str]]) -> list[str]:
    """What all of several lists say; nothing when there is only one."""
    first = lists[0] if len(lists) > 1 else ()
    return [line for line in first if all(line in each for each in lists)]


def _phases(stories: Sequence[Story]) -> list[tuple[str, str, int]]:
    """Each phase that occurs: its key, its name, and how many tenders are in it."""
    counts = Counter(each.phase for each in stories)
    return [(key, _(name), counts[key]) for key, name in story.PHASES.items() if counts[key]]


def _paid(stories: Sequence[Story]) -> list[tuple[Currency | None, int]]:
    """What was paid in each token, by currency."""
    sums: dict[str, int] = defaultdict(int)
    currencies = {each.tender.terms["currency"]: each.currency for each in stories}
    for each in stories:
        sums[each.tender.terms["currency"]] += each.tender.account.paid
    paid = [(currencies[token], amount) for token, amount in sums.items() if amount]
    return sorted(paid, key=lambda pair: pair[0] or ("", 0))


def _asset(name: str) -> Markup:
    """Reads a file of ours that goes into the page as it is."""
    text = resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(re.sub(r"\n\s+", "\n", text).strip())  # noqa: S704 - our own text


def _hash(text: str) -> str:
    """Returns a source's hash as a Content-Security-Policy names it."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
