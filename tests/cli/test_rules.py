"""Rules by command: a profile applied, shown, compared; the dates of a procedure."""

from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Step, deploy
from terang.chain.reverts import Reverted
from terang.chain.send import Sender
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.rules import Key, load
from terang.rules.rule import DAY, FIELDS, camel
from terang.vocabulary import Category, Method

Say = Callable[..., Any]
PILOT = (resources.files("terang") / "profiles" / "pilot.toml").read_text()
WORKS = Key(Category.WORKS, Method.LOWEST_PRICE)


@pytest.fixture
def council() -> Wallet:
    return Wallet.create()


@pytest.fixture
def ledger(chain: Chain, artifacts: Artifacts, council: Wallet, tmp_path: Path) -> Ledger:
    """A ledger of nothing but its rules; no rule is set."""
    record = tmp_path / "deployment.json"
    deployment = deploy(
        chain,
        Sender(chain),
        council,
        artifacts,
        [Step("Rules", "Rules", [council.address])],
        network="anvil",
        administrator=council.address,
        progress=lambda _line: None,
        part=tmp_path / "part",
    )
    deployment.save(record)
    return Ledger(chain, deployment, artifacts)


@pytest.fixture
def terang(ledger: Ledger, say: Say, keystore: Callable[[Wallet], list[object]]) -> Say:
    """Runs `terang rules …` on that ledger; `by` signs."""

    def run(*words: object, by: Wallet | None = None) -> Any:
        return say("rules", *words, "--record", "deployment.json", *(keystore(by) if by else ()))

    return run


def edited(path: Path, *edits: tuple[str, str]) -> Path:
    """Writes the pilot's file with some lines changed."""
    text = PILOT
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    return path


def test_a_profile_is_applied_once_and_then_only_what_differs(
    ledger: Ledger, terang: Say, council: Wallet, tmp_path: Path
) -> None:
    rules, pilot = ledger.rules, load("pilot")
    assert "No rule is set" in terang("show").out
    assert terang("diff", "pilot").code == 5

    done = terang("apply", "pilot", "--json", by=council).document
    assert (done["profile"], len(done["changes"])) == ("pilot", 8)
    assert {key: each.rule for key, each in rules.present().items()} == pilot.rules
    assert [each.number for each in rules.present().values()] == list(range(1, 9))
    assert rules.rule(1) == next(iter(pilot.rules.values()))

    head = ledger.chain.head().number
    again = terang("apply", "pilot", by=council)
    assert (again.code, "nothing is sent" in again.out) == (0, True)
    assert terang("apply", "pilot", "--json", by=council).document == {"changes": []}
    assert ledger.chain.head().number == head
    same = terang("diff", "pilot")
    assert (same.code, same.out) == (0, "The rules of pilot are in force.\n")
    assert terang("diff", "pilot", "--json").document == []

    longer = edited(tmp_path / "longer.toml", ('"works", ', ""))
    works = """
[[rules]]
categories = ["works"]
methods = ["lowest_price", "quality_price"]

[rules.standstill_period]
is = "9 days"
source = "choice of this profile: a trial"
"""
    longer.write_text(longer.read_text() + works)
    told = terang("diff", longer)
    assert told.code == 5
    assert "works, lowest price: differs\n  standstill: 5 days → 9 days\n" in told.out
    done = terang("apply", longer, "--json", by=council).document
    assert [(each["category"], each["rule"], each["fields"]) for each in done["changes"]] == [
        ("works", 5, ["standstillPeriod"]),
        ("works", 6, ["standstillPeriod"]),
    ]
    assert rules.count() == 10
    assert rules.present()[WORKS].number == 9
    assert rules.rule(5).standstill_period == 5 * 86_400  # of tenders that have it


def test_rules_that_a_profile_lacks_stay_unless_they_are_repealed(
    ledger: Ledger, terang: Say, council: Wallet, tmp_path: Path
) -> None:
    terang("apply", "pilot", by=council)
    fewer = edited(tmp_path / "fewer.toml", ('"works", "social"', '"works"'))
    assert terang("apply", fewer, "--json", by=council).document == {"changes": []}
    differing = terang("diff", fewer)
    assert differing.code == 5
    assert "social programme, lowest price: in force, and not in the profile" in differing.out
    done = terang("apply", fewer, "--repeal", by=council)
    assert (done.code, "since block" in done.out) == (0, True)
    assert terang("diff", fewer).code == 0
    assert len(ledger.rules.present()) == 6


def test_a_dry_run_shows_the_call_and_sends_nothing(
    ledger: Ledger, terang: Say, council: Wallet
) -> None:
    told = terang("apply", "pilot", "--dry-run", by=council)
    assert (told.code, "Rules.set" in told.out, "RuleSet" in told.out) == (0, True, True)
    assert ledger.rules.present() == {}
    terang("apply", "pilot", by=council)
    assert "nothing is sent" in terang("apply", "pilot", "--dry-run", by=council).out


def test_only_the_administration_applies_a_profile(ledger: Ledger, terang: Say) -> None:
    refused = terang("apply", "pilot", by=Wallet.create())
    assert (refused.code, refused.out) == (4, "")
    assert ledger.rules.present() == {}


def test_every_profile_of_the_package_is_taken_by_the_contract(
    ledger: Ledger, council: Wallet, terang: Say
) -> None:
    for name in ("eu", "indonesia", "ukraine"):
        done = terang("apply", name, by=council)
        assert done.code == 0, done.err
        assert terang("diff", name).code == 0


def test_what_is_in_force_is_shown_with_its_numbers(terang: Say, council: Wallet) -> None:
    terang("apply", "ukraine", by=council)
    text = terang("show")
    assert "Rule 1: goods, lowest price\n  time for bids, at least: 7 days\n" in text.out
    assert "abnormally low under the mean of the others: 40 %" in text.out
    assert "abnormally low under the owner's estimate: none" in text.out
    assert text.out.count("weight of quality, at most: 30 %") == 4
    document = terang("show", "--json").document
    assert [each["rule"] for each in document] == list(range(1, 9))
    assert document[0]["method"] == "lowest_price"
    assert document[0]["complaintDeposit"] == 30


def test_a_profile_is_shown_with_the_source_of_every_figure_and_without_a_chain(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERANG_URL", "http://127.0.0.1:9")
    text = say("rules", "show", "eu")
    assert text.code == 0
    assert (
        "standstill: 13 days (by the law 10 days)\n    Directive 89/665/EEC art. 2a(2)" in text.out
    )
    document = say("rules", "show", "ukraine", "--json").document
    (works,) = (
        each
        for each in document["rules"]
        if (each["category"], each["method"]) == ("works", "lowest_price")
    )
    assert works["law"]["reviewPeriod"] == {"count": 10, "unit": "working day"}
    assert works["reviewPeriod"] == 15 * 86_400
    assert "ProZorro" in works["sources"]["tenderingPeriod"]
    assert "threshold" not in works["sources"]


def test_dates_are_proposed_in_the_profiles_zone_and_without_a_chain(say: Say) -> None:
    words = ["rules", "calendar", "indonesia", "--from", "2026-03-10", "--category", "works"]
    text = say(*words)
    assert text.code == 0
    assert "closing: not before Wed 18 Mar 2026, 00:00\n" in text.out
    assert "by the law Wed 18 Mar 2026, 00:00, by the chain Sun 15 Mar 2026, 00:00" in text.out
    assert "Holiday: 2026-03-19 Day of Silence" in text.out
    document = say(*words, "--method", "quality_price", "--json").document
    assert document["published"] == "2026-03-09T17:00:00+00:00"
    assert [each["period"] for each in document["steps"]][2] == "tenderingPeriod"
    assert document["steps"][2]["due"] == "2026-03-17T17:00:00+00:00"
    exact = say("rules", "calendar", "pilot", "--from", "2026-03-10T10:00:00+07:00", "--json")
    assert exact.document["steps"][2]["due"] == "2026-03-15T03:00:00+00:00"
    assert say("rules", "calendar", "pilot", "--json").document["holidays"] == []


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["show", "nowhere"], "There is no profile nowhere."),
        (["apply", "ukrain"], "did you mean ukraine?"),
        (["diff", "absent.toml"], "Cannot open absent.toml"),
        (["calendar", "eu", "--from", "2026-02-30"], "is not a time with its zone"),
        (["calendar", "eu", "--from", "2026-02-28T10:00:00"], "is not a time with its zone"),
        (["calendar", "eu", "--from", "2999-01-01"], "Calendars reach from 2000 to 2099."),
        (["calendar", "eu", "--category", "roads"], "roads is none of goods"),
        (["calendar", "goods.toml"], "has no rule for works, lowest price"),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, list) else "",
)
def test_what_cannot_be_used_is_answered_with_what_to_do(
    words: list[str], reason: str, terang: Say, say: Say, tmp_path: Path, council: Wallet
) -> None:
    edited(tmp_path / "goods.toml", ('"goods", "services", "works", "social"', '"goods"'))
    if words[1] == "goods.toml":
        words = [*words, "--category", "works"]
    by = council if words[0] == "apply" else None
    told = say("rules", *words) if words[0] == "calendar" else terang(*words, by=by)
    assert told.code in (1, 2)
    assert reason in told.err
    assert told.out == ""


def test_a_profile_that_contradicts_itself_is_not_applied(
    ledger: Ledger, terang: Say, council: Wallet, tmp_path: Path
) -> None:
    wrong = edited(tmp_path / "wrong.toml", ("quorum = 3", "quorum = 9"))
    told = terang("apply", wrong, by=council)
    assert told.code == 1
    assert "common.panel.quorum: 9 is more than the panel's 5 seats." in told.err
    assert ledger.rules.present() == {}


def test_a_rule_has_the_fields_of_the_contract_in_its_order(artifacts: Artifacts) -> None:
    (set_,) = (each for each in artifacts["Rules"].abi if each.get("name") == "set")
    assert [each["name"] for each in set_["inputs"][0]["components"]] == list(map(camel, FIELDS))


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        *(
            (f"{each}_period", days, "RulesPeriod")
            for each in ("tendering", "evaluation", "standstill", "signing", "review")
            for days in (DAY - 1, 366 * DAY + 1)
        ),
        ("amendment_period", DAY - 1, "RulesPeriod"),
        ("amendment_period", 5 * DAY + 1, "RulesPeriod"),
        ("enquiry_period", 5 * DAY, "RulesPeriod"),
        ("abnormal_under_estimate", 10_000, "RulesShare"),
        ("abnormal_under_mean", 10_000, "RulesShare"),
        ("bid_security_least", 301, "RulesShare"),
        ("quorum", 2, "RulesPanel"),
        ("quorum", 6, "RulesPanel"),
        ("citizens", 12, "RulesPanel"),
        ("review_quorum", 1, "RulesPanel"),
        ("review_quorum", 4, "RulesPanel"),
        ("review_citizens", 13, "RulesPanel"),
        ("threshold", 101, "RulesThreshold"),
        ("weight_least", 0, "RulesWeights"),
        ("weight_least", 9_001, "RulesWeights"),
        ("weight_most", 10_000, "RulesWeights"),
        ("method", Method.LOWEST_PRICE, "RulesThreshold"),
    ],
    ids=str,
)
def test_what_a_profile_may_not_say_the_contract_refuses_too(
    field: str, value: int, error: str, ledger: Ledger, council: Wallet
) -> None:
    good = load("pilot").rules[Key(Category.GOODS, Method.QUALITY_PRICE)]
    ledger.try_out(ledger.rules.set(council, [good]))
    wrong = replace(good, **{field: value})  # type: ignore[arg-type]
    assert wrong.faults()
    with pytest.raises(Reverted) as caught:
        ledger.try_out(ledger.rules.set(council, [wrong]))
    assert caught.value.name == error


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(
            (f"{each}_period", days)
            for each in ("evaluation", "standstill", "signing", "review")
            for days in (DAY, 366 * DAY)
        ),
        ("tendering_period", 366 * DAY),
        ("amendment_period", 5 * DAY),
        ("amendment_period", DAY),
        ("enquiry_period", 5 * DAY - 1),
        ("abnormal_under_mean", 9_999),
        ("complaint_deposit", 10_000),
        ("bid_security_least", 300),
        ("bid_security_most", 10_000),
        ("performance_security", 10_000),
        ("performance_security_low", 10_000),
        ("quorum", 5),
        ("citizens", 0),
        ("threshold", 100),
        ("weight_least", 1),
        ("weight_least", 9_000),
        ("weight_most", 9_999),
    ],
    ids=str,
)
def test_what_a_profile_may_just_say_the_contract_takes(
    field: str, value: int, ledger: Ledger, council: Wallet
) -> None:
    good = load("pilot").rules[Key(Category.GOODS, Method.QUALITY_PRICE)]
    edge = replace(good, **{field: value})  # type: ignore[arg-type]
    assert edge.faults() == []
    ledger.try_out(ledger.rules.set(council, [edge]))
