"""A profile says what a law sets, figure by figure; one that contradicts itself is refused."""

import os
import re
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest

from terang.ledger import pilot
from terang.rules import Profile, ProfileError, load, names
from terang.rules.rule import FIELDS, PERIODS, QUALITY, Key, Rule
from terang.vocabulary import Category, Method

PILOT = (resources.files("terang") / "profiles" / "pilot.toml").read_text()
ROWS = tomllib.loads(Path(__file__).with_name("refused.toml").read_text())["refused"]
GOODS = Key(Category.GOODS, Method.LOWEST_PRICE)
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a profile's file."""

    def run(text: str) -> Path:
        path = tmp_path / "council.toml"
        path.write_text(text)
        return path

    return run


def changed(*edits: tuple[str, str]) -> str:
    """The pilot's file with some lines changed, each of which it must have."""
    text = PILOT
    for old, new in edits:
        assert text.count(old) >= 1, old
        text = text.replace(old, new)
    return text


def refused(path: Path) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as caught:
        load(path)
    return caught.value.reasons


@pytest.fixture(params=["eu", "indonesia", "pilot", "ukraine"])
def profile(request: pytest.FixtureRequest) -> Profile:
    return load(request.param)


def test_the_package_has_four_profiles() -> None:
    assert names() == ["eu", "indonesia", "pilot", "ukraine"]


def test_each_profile_has_a_rule_for_every_category_and_method(profile: Profile) -> None:
    assert set(profile.rules) == {Key(each, method) for each in Category for method in Method}
    for key, rule in profile.rules.items():
        assert rule.key == key
        assert rule.faults() == []


def test_every_figure_of_a_profile_names_an_article_or_says_that_it_is_a_choice(
    profile: Profile,
) -> None:
    told = re.compile(
        r"choice of this profile: \w|art\. \d|resolution 1178|LKPP|ProZorro|Perpres 16/2018"
    )
    for key, sources in profile.sources.items():
        hidden = set() if key.method is Method.QUALITY_PRICE else set(QUALITY)
        assert set(sources) == set(FIELDS) - {"category", "method"} - hidden
        for field, source in sources.items():
            assert told.search(source), (key, field, source)
    assert told.search(profile.counting.source)


def test_a_profile_has_its_title_in_both_languages(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert profile.title == profile.titles["en"]
    monkeypatch.setenv("TERANG_LANG", "id")
    assert profile.title == profile.titles["id"]


def test_the_demonstrations_tenders_are_lawful_under_the_pilot() -> None:
    rule = load("pilot").rules[GOODS]
    assert rule == pilot.rule()
    assert rule.tendering_period < pilot.TENDERING  # some seconds pass until it is published
    assert (rule.agencies, rule.auditors, rule.citizens, rule.quorum) == (5, 0, 0, 3)
    assert (rule.review_auditors, rule.review_citizens, rule.review_quorum) == (2, 1, 2)
    # it bids and signs without a deposit
    assert (rule.bid_security_least, rule.performance_security) == (0, 0)


@pytest.mark.parametrize(
    ("name", "category", "field", "law", "seconds"),
    [
        ("ukraine", Category.GOODS, "tendering_period", "7 days", 7 * 86_400),
        ("ukraine", Category.WORKS, "tendering_period", "15 days", 15 * 86_400),
        ("ukraine", Category.GOODS, "evaluation_period", "5 working days", 5 * 86_400),
        ("ukraine", Category.GOODS, "review_period", "10 working days", 15 * 86_400),
        ("indonesia", Category.WORKS, "review_period", "14 days", 17 * 86_400),
        ("indonesia", Category.GOODS, "signing_period", "14 working days", 21 * 86_400),
        ("eu", Category.GOODS, "tendering_period", "30 days", 30 * 86_400),
        ("eu", Category.GOODS, "standstill_period", "10 days", 13 * 86_400),
        ("pilot", Category.GOODS, "standstill_period", "5 days", 5 * 86_400),
    ],
    ids=lambda each: str(each).replace(" ", "_"),
)
def test_the_law_states_a_period_and_the_chain_gets_its_seconds(
    name: str, category: Category, field: str, law: str, seconds: int
) -> None:
    found, key = load(name), Key(category, Method.LOWEST_PRICE)
    assert str(found.law(key, field)) == law
    assert getattr(found.rules[key], field) == seconds


def test_a_figure_that_is_no_period_has_no_law_to_count() -> None:
    with pytest.raises(KeyError):
        load("pilot").law(GOODS, "quorum")


def test_a_file_is_read_like_a_profile_of_the_package(write: Write) -> None:
    path = write(PILOT)
    assert load(path).rules == load("pilot").rules
    assert load(str(path)).name == "council"


def test_a_rule_takes_its_own_figures_before_those_that_all_share(write: Write) -> None:
    found = load(
        write(
            changed(('"services", "works", ', '"services", '))
            + '\n[[rules]]\ncategories = ["works"]\nmethods = ["lowest_price"]\n'
            '[rules.tendering_period]\nis = "60 hours"\nsource = "choice of this profile: haste"\n'
        )
    )
    works = found.rules[Key(Category.WORKS, Method.LOWEST_PRICE)]
    assert works.tendering_period == 60 * 3_600
    assert works.standstill_period == found.rules[GOODS].standstill_period
    assert len(found.rules) == 7


def test_only_quality_and_price_has_the_figures_of_quality() -> None:
    for key, rule in load("pilot").rules.items():
        scored = key.method is Method.QUALITY_PRICE
        assert [getattr(rule, each) for each in QUALITY] == (
            [50, 1_000, 9_000] if scored else [0] * 3
        )


@pytest.mark.parametrize("row", ROWS, ids=[each["name"].replace(" ", "-") for each in ROWS])
def test_a_profile_that_contradicts_itself_is_refused_with_the_key_and_the_reason(
    row: dict[str, str], write: Write
) -> None:
    assert row["reason"] in refused(write(changed((row["old"], row["new"]))))


def test_figures_of_quality_are_refused_where_the_lowest_price_wins(write: Write) -> None:
    text = changed(('methods = ["lowest_price", "quality_price"]', 'methods = ["lowest_price"]'))
    own = (
        '[rules.quality]\nthreshold = 1\nweight_least = "1 %"\nweight_most = "2 %"\nsource = "x"\n'
    )
    assert refused(write(text + own)) == (
        "rules[1].quality: only quality_price has it; leave it out.",
    )


def test_a_source_is_no_book(write: Write) -> None:
    short, long = ("choice of this profile: " + "x" * (each - 24) for each in (2_000, 2_001))
    old = "choice of this profile: a trial goes on with one bid"
    assert load(write(changed((old, short)))).sources[GOODS]["minimum_bids"] == short
    assert refused(write(changed((old, long)))) == (
        "common.minimum_bids.source: it must be text, of at most 2000 characters.",
    )


def test_everything_that_is_wrong_is_told_at_once(write: Write) -> None:
    text = changed(
        ("quorum = 3", "quorum = 2"),
        ("threshold = 50", "threshold = 101"),
        ("[common.minimum_bids]", "[common.minimun_bids]"),
        ('is = "14 days"', 'is = "400 days"'),
    )
    with pytest.raises(ProfileError) as caught:
        load(write(text))
    assert len(caught.value.reasons) == 5
    for each in caught.value.reasons:
        assert each in str(caught.value)
    assert str(caught.value).endswith("Correct this, then run again.")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        *((each, each) for each in PERIODS),
        ("complaint_deposit", "complaint_deposit"),
        ("panel", "panel.agencies"),
        ("review", "review.quorum"),
        ("quality", "quality.threshold"),
        ("bid_security", "bid_security.most"),
        ("performance_security", "performance_security.of_price"),
    ],
)
def test_a_figure_that_is_missing_is_named(table: str, key: str, write: Write) -> None:
    text = re.sub(rf"\[common\.{table}\]\n(?:.+\n)+", "", PILOT)
    assert f"rules[1].{key}: it is missing." in refused(write(text))


@pytest.mark.parametrize(
    "text", ["", "rules = 1", "[[rules]]", "rules = [1]", "common = 3", "title = []", "a.b.c = 1"]
)
def test_a_file_of_another_shape_is_refused(text: str, write: Write) -> None:
    assert refused(write(text))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xfe", id="bytes"),
        pytest.param(b"a = ", id="cut"),
        pytest.param(b"a = " + b"[" * 100_000, id="deep"),
        pytest.param(b"a = 1\na = 2", id="twice"),
        pytest.param(b"\0", id="nul"),
        pytest.param(b"a = " + b"9" * 5_000, id="digits"),
    ],
)
def test_a_file_that_is_not_toml_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "council.toml"
    path.write_bytes(data)
    with pytest.raises(ProfileError, match=r"council\.toml is not TOML"):
        load(path)


def test_a_file_that_cannot_be_read_at_once_is_refused(tmp_path: Path) -> None:
    pipe, link, huge, folder = (tmp_path / f"{each}.toml" for each in ("pipe", "link", "huge", "f"))
    os.mkfifo(pipe)
    (tmp_path / "true.toml").write_text(PILOT)
    link.symlink_to(tmp_path / "true.toml")
    huge.write_bytes(b"#" * (1 << 18) + b"\n")
    folder.mkdir()
    for path, reason in (
        (pipe, "is not a regular file"),
        (link, "Cannot open"),
        (huge, "is not a regular file of at most 256 KiB"),
        (folder, "is not a regular file"),
        (tmp_path / "absent.toml", "Cannot open"),
        (Path("a\0b.toml"), "Cannot open"),
    ):
        with pytest.raises(ProfileError, match=reason):
            load(path)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ProfileError, match="did you mean ukraine"):
        load("ukrain")
    with pytest.raises(ProfileError, match="Name one of eu, indonesia, pilot, ukraine"):
        load("../secrets")


def test_a_rule_is_the_contracts_struct_and_back(profile: Profile) -> None:
    for rule in profile.rules.values():
        terms = rule.terms()
        assert list(terms)[:3] == ["category", "method", "tenderingPeriod"]
        assert Rule.of(terms) == rule
