"""A tender from options, from a release, or from both: what is taken, refused, and said."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from terang.errors import TerangError, UsageError
from terang.ocds import AmountError, OcdsFileError
from terang.ocds.publication import Options, Publication, publication

from .builders import Json

CLOSES = "2026-12-01T10:00:00+07:00"
MONEY = {"amount": 1250000.5, "currency": "IDR"}


def release(**tender: object) -> Json:
    """A release with everything; a member of `tender` given as None is left out."""
    made = {
        "title": "Jalan",
        "description": "Dua kilometer",
        "value": MONEY,
        "tenderPeriod": {"endDate": CLOSES},
    } | tender
    return {"ocid": "ocds-1", "tender": {k: v for k, v in made.items() if v is not None}}


def lot(name: str, amount: object = 5, currency: str | None = "IDR") -> Json:
    return {"id": name, "title": f"Lot {name}", "value": {"amount": amount, "currency": currency}}


Publish = Callable[..., Publication]


@pytest.fixture
def publish(tmp_path: Path) -> Publish:
    def run(content: object, **options: object) -> Publication:
        path = tmp_path / "rilis.json"
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return publication(Options(**options), path)  # type: ignore[arg-type]

    return run


def test_a_release_says_all_that_is_published(publish: Publish, tmp_path: Path) -> None:
    assert publish(release()) == Publication(
        ocid="ocds-1",
        lot="",
        title="Jalan",
        currency="IDR",
        ceiling=Decimal("1250000.5"),
        closes=datetime(2026, 12, 1, 3, tzinfo=UTC),
        documents=(tmp_path / "rilis.json",),
    )


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda one: [one],
        lambda one: {"releases": [one]},
        lambda one: {"records": [{"ocid": "ocds-1", "compiledRelease": one}]},
        lambda one: {"ocid": "ocds-1", "releases": [one]},
    ],
)
def test_a_record_or_package_with_one_release_serves_as_well(
    publish: Publish, wrapped: Callable[[Json], object]
) -> None:
    assert publish(wrapped(release())).title == "Jalan"


@pytest.mark.parametrize(
    "content",
    [
        [release(), release()],
        {"releases": [release(), release()]},
        json.dumps(release()) + "\n" + json.dumps(release()),
        json.dumps(release()) + "\n{",
    ],
)
def test_of_several_releases_none_is_guessed(publish: Publish, content: object) -> None:
    with pytest.raises(UsageError, match="more than one release"):
        publish(content)


@pytest.mark.parametrize(
    "content", ["{", "[]", "7", '{"releases": []}', "[[]]", "\ud800".encode("utf-8", "replace")]
)
def test_what_holds_no_release_is_refused(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "rilis.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError, match="cannot be published"):
        publication(Options(), path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(OcdsFileError, match=r"missing\.json"):
        publication(Options(), tmp_path / "missing.json")


def test_options_go_before_the_release(publish: Publish, tmp_path: Path) -> None:
    closes = datetime(2027, 1, 1, tzinfo=UTC)
    found = publish(
        release(lots=[lot("A"), lot("B")]),
        ocid="other",
        lot="B",
        currency="USD",
        ceiling=Decimal(9),
        closes=closes,
        documents=(tmp_path / "more.pdf",),
    )
    assert (found.ocid, found.lot, found.title) == ("other", "B", "Lot B")
    assert (found.currency, found.ceiling, found.closes) == ("USD", Decimal(9), closes)
    assert [each.name for each in found.documents] == ["rilis.json", "more.pdf"]


def test_options_alone_say_all_too(tmp_path: Path) -> None:
    closes = datetime(2027, 1, 1, tzinfo=UTC)
    all_ = {"ocid": "x", "closes": closes, "documents": (tmp_path / "d",)}
    found = publication(Options(**all_))  # type: ignore[arg-type]
    assert (found.currency, found.ceiling, found.lot) == ("IDR", None, "")
    for name, option in (("ocid", "--ocid"), ("closes", "--closes"), ("documents", "--document")):
        rest = {key: value for key, value in all_.items() if key != name}
        with pytest.raises(UsageError, match=f"^{option} is missing"):
            publication(Options(**rest))  # type: ignore[arg-type]


def test_the_only_lot_is_taken_with_its_own_value(publish: Publish) -> None:
    found = publish(release(lots=[lot("A", 7)]))
    assert (found.lot, found.ceiling, found.title) == ("A", Decimal(7), "Lot A")


def test_the_only_lot_without_a_value_has_that_of_the_tender(publish: Publish) -> None:
    assert publish(release(lots=[{"id": "A"}])).ceiling == Decimal("1250000.5")


def test_one_of_several_lots_must_be_named(publish: Publish) -> None:
    several = release(lots=[lot("A", 3), lot("B")])
    with pytest.raises(UsageError, match=r"several lots: A, B\. Name one with --lot"):
        publish(several)
    assert publish(several, lot="A").ceiling == Decimal(3)
    for wrong in (several, release(lots=[lot("A"), lot("A")])):
        with pytest.raises(UsageError, match="not exactly one lot"):
            publish(wrong, lot="C" if wrong is several else "A")


def test_the_value_of_all_lots_is_not_that_of_one(publish: Publish) -> None:
    found = publish(release(lots=[{"id": "A", "title": "A"}, lot("B")]), lot="A")
    assert found.ceiling is None
    assert found.currency == "IDR"
    assert found.notes == (
        "tender.lots[].value.amount is missing or 0: the tender has no ceiling.",
    )


@pytest.mark.parametrize("amount", [None, 0, "0.00"])
def test_a_release_without_a_value_has_no_ceiling_and_that_is_said(
    publish: Publish, amount: object
) -> None:
    found = publish(release(value={"amount": amount, "currency": "IDR"}))
    assert found.ceiling is None
    assert found.notes == ("tender.value.amount is missing or 0: the tender has no ceiling.",)


@pytest.mark.parametrize("amount", [-1, True, "1.000,00", "x", [], 1e300])
def test_an_amount_that_is_none_is_refused(publish: Publish, amount: object) -> None:
    content = release(value={"amount": amount, "currency": "IDR"})
    with pytest.raises(AmountError, match=r"tender\.value\.amount"):
        publish(content)
    assert publish(content, ceiling=Decimal(1)).ceiling == 1


def test_a_value_in_another_currency_is_no_ceiling(publish: Publish) -> None:
    with pytest.raises(UsageError, match="is in IDR, not in USD"):
        publish(release(), currency="USD")
    assert publish(release(), currency="IDR").ceiling == Decimal("1250000.5")


def test_a_currency_is_never_guessed(publish: Publish) -> None:
    bare = release(value={"amount": 5})
    with pytest.raises(UsageError, match=r"no tender\.value\.currency\. Give --currency"):
        publish(bare)
    assert publish(bare, currency="IDR").ceiling == 5
    with pytest.raises(AmountError, match="ISO 4217"):
        publish(release(value={"amount": 5, "currency": "Rp"}))


@pytest.mark.parametrize(
    "date", ["2026-12-01", "2026-12-01T10:00:00", "besok", 1764583200, {}, "2026-02-30T00:00:00Z"]
)
def test_a_closing_time_without_hour_and_zone_is_refused(publish: Publish, date: object) -> None:
    content = release(tenderPeriod={"endDate": date})
    with pytest.raises(UsageError, match=r"not a time with its zone\. Give --closes"):
        publish(content)
    assert publish(content, closes=datetime(2027, 1, 1, tzinfo=UTC)).closes.year == 2027


@pytest.mark.parametrize("period", [None, {}, {"endDate": None}, "soon"])
def test_a_missing_closing_time_is_said(publish: Publish, period: object) -> None:
    with pytest.raises(UsageError, match=r"no tender\.tenderPeriod\.endDate\. Give --closes"):
        publish(release(tenderPeriod=period))


@pytest.mark.parametrize("ocid", [None, "", "  ", {}, True])
def test_a_missing_process_id_is_said(publish: Publish, ocid: object) -> None:
    content = release() | {"ocid": ocid}
    with pytest.raises(UsageError, match=r"has no ocid\. Give --ocid"):
        publish(content)
    assert publish(content, ocid="mine").ocid == "mine"


def test_personal_data_does_not_go_on_chain(publish: Publish) -> None:
    with pytest.raises(UsageError, match="personal data"):
        publish(release() | {"ocid": "budi@contoh.example"})
    with pytest.raises(UsageError, match="personal data"):
        publish(release(lots=[lot("+62 812 0000 0001")]))


def test_an_id_that_is_too_long_goes_on_chain_as_its_hash(publish: Publish) -> None:
    found = publish(release() | {"ocid": "x" * 129})
    assert found.ocid.startswith("sha256:")
    assert found.notes == ("The ocid is too long or not clean: its SHA-256 goes on chain.",)


def test_what_is_not_taken_from_the_release_is_said(publish: Publish) -> None:
    found = publish(release(title=None, description=None, mainProcurementCategory="alms"))
    assert found.title == ""
    assert len(found.notes) == 2
    assert "neither title nor description" in found.notes[0]
    assert "(alms) is none of the standard's" in found.notes[1]
    assert found.category == ""
    works = publish(release(mainProcurementCategory="works"))
    assert (works.notes, works.category) == ((), "works")


@pytest.mark.parametrize("tender", [None, [], "x", 7, {"lots": {"id": []}, "value": []}])
def test_a_release_of_wrong_types_is_refused_in_a_sentence(
    publish: Publish, tender: object
) -> None:
    with pytest.raises(TerangError, match="Give --"):
        publish({"ocid": "ocds-1", "tender": tender})
