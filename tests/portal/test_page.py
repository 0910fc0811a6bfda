"""The public page says everything, in both languages, and nothing more."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from importlib import resources
from itertools import pairwise

import pytest

from terang.i18n import LANGUAGES, _, speaking
from terang.ledger.plan import Currency
from terang.portal import story
from terang.portal.names import Words
from terang.portal.page import page
from terang.portal.show import money
from terang.replay.compare import Difference
from terang.replay.fold import HANDLERS
from terang.replay.ranking import NO, YES
from terang.replay.state import Tender, Turn
from terang.vocabulary import Void

from .dom import Element, read
from .ledger import CHEAP, NOW, PRICE, TOKEN, Book, names, paid_tender, verdict

COMMAND = "terang audit replay --url NODE --record deployment.json --block 4711"
AGREEMENT = "Same winner as published, panels following the published statuses"
BOTH = pytest.mark.parametrize("code", LANGUAGES)


def write(book: Book, **changes: object) -> str:
    return page(book.state, {code: names(code, **changes) for code in LANGUAGES}, verdict())


def ledger(html: str, code: str) -> Element:
    return read(html).one("div", id=code)


def captioned(part: Element, sentence: str) -> Element:
    return next(each for each in part.all("table") if each.one("caption").text == _(sentence))


def steps(part: Element) -> dict[str, str | None]:
    """The stations of the only path, with their classes."""
    path = part.one("ol", class_="path")
    return {each.one("b").text: each.attributes["class"] for each in path.all("li")}


@pytest.fixture(scope="module")
def paid() -> str:
    book = Book()
    paid_tender(book)
    return write(book)


@BOTH
def test_the_verdict_comes_first_and_says_that_nothing_differs(paid: str, code: str) -> None:
    part = ledger(paid, code)
    with speaking(code):
        first = part.one("main").all("section")[0]
        assert _("The replay agrees: no differences") in first.text
    assert f"To check ({code}): {COMMAND}" in first.text
    assert {"4711", "99", "anvil (31337)"} <= {each.text for each in first.all("dd")}


@BOTH
def test_differences_are_shown_in_place_of_the_verdict(code: str) -> None:
    found = verdict(differences=[Difference("Escrow", "paid", "7", "100", "<b>90</b>")])
    html = page(Book().state, {each: names(each) for each in LANGUAGES}, found)
    part = ledger(html, code)
    with speaking(code):
        assert _("The replay found {count} differences").format(count=1) in part.text
        assert _("The replay agrees: no differences") not in part.text
    assert "Escrow.paid 7 100 <b>90</b>" in part.text


@BOTH
def test_a_ledger_without_tenders_says_so(code: str) -> None:
    with speaking(code):
        assert _("There is no tender yet.") in ledger(write(Book()), code).text


@BOTH
def test_figures_at_a_glance(paid: str, code: str) -> None:
    with speaking(code):
        figures = ledger(paid, code).one("dl", class_="figures large")
        pairs = {each.one("dt").text: each.one("dd").text for each in figures.all("div")}
        assert pairs == {
            _("Tenders"): "1",
            _("Envelopes sealed"): "5",
            _("Bids opened, valid"): "4",
            _("Envelopes void"): "1",
            _(AGREEMENT): _("{count} of {all}").format(count=0, all=1),
        }


@BOTH
def test_tenders_without_a_published_award_are_told_beside_the_agreement(code: str) -> None:
    book = Book()
    for _number in range(3):
        book.publish()
    part = ledger(write(book, tenders={1: Words(agrees=True), 2: Words(), 3: Words()}), code)
    with speaking(code):
        told = _("{count} of {all}").format(count=1, all=1)
        others = _("{count} have none to compare").format(count=2)
    assert f"{told} {others}" in part.one("dl", class_="figures large").text


@BOTH
@pytest.mark.parametrize(
    ("ceiling", "estimate"), [(PRICE, None), (0, None), (0, PRICE)], ids=["limit", "none", "low"]
)
def test_an_estimate_that_limits_no_bid_is_not_called_unpublished(
    ceiling: int, estimate: int | None, code: str
) -> None:
    book = Book()
    book.publish(ceiling=ceiling)
    part = ledger(write(book, tenders={1: Words(estimate=estimate)}), code)
    with speaking(code):
        facts = {each.one("dt").text: each.one("dd").text
                 for each in part.one("dl", class_="facts").all("div")}  # fmt: skip
        price = " ".join(money(PRICE, Currency("IDR", 2)).split())
        none, published = _("none applied"), _("published: {amount}").format(amount=price)
        expected = price if ceiling else f"{none} ({published})" if estimate else none
        assert facts[_("Owner's estimate")] == expected


@pytest.mark.parametrize(
    ("code", "amount"), [("en", "IDR\u00a01,250,000.00"), ("id", "Rp\u00a01.250.000,00")]
)
def test_what_was_paid_is_summed_by_currency(paid: str, code: str, amount: str) -> None:
    assert ledger(paid, code).one("ul", class_="sums").text == " ".join(amount.split())
    assert amount in paid


@BOTH
def test_every_envelope_is_listed_with_its_result(paid: str, code: str) -> None:
    with speaking(code):
        table = captioned(ledger(paid, code), "Every envelope, in the order in which it was sealed")
        results = [[cell.text for cell in row.walk() if cell.tag in ("td", "th")]
                   for row in table.one("tbody").all("tr")]  # fmt: skip
        yes, no = (
            _("Responsive: {yes} yes, {no} no, {recused} recused."),
            _("Not responsive: {yes} yes, {no} no, {recused} recused."),
        )
        void, stale = _("Void: {reason}."), _("Does not count: {reason}.")
        ceiling, replaced = story.VOIDS[Void.CEILING], story.VOIDS[Void.SUPERSEDED]
        unnamed = _("Organisation {number}").format(number=4)
        assert [(row[0], row[1], row[3]) for row in results] == [
            ("1", "Dear Ltd", no.format(yes=1, no=2, recused=0)),
            ("–", _("not shown"), void.format(reason=_(ceiling))),
            ("–", "Cheap Ltd", stale.format(reason=_(replaced))),
            ("3", unnamed, stale.format(reason=_("withdrawn"))),
            ("2", "Cheap Ltd", f"{_('Winner.')} {yes.format(yes=3, no=0, recused=0)}"),
        ]
        assert [row[2] == "–" for row in results] == [False, True, False, True, False]


@BOTH
def test_every_ballot_is_shown_with_its_marks_and_the_hash_of_its_reasons(
    paid: str, code: str
) -> None:
    with speaking(code):
        part = ledger(paid, code)
        assert "The Works Agency" in part.text
        assert _("Seat {number}").format(number=3) in part.text
        first = f"{_('responsive')}: 2; {_('not responsive')}: 1; {_('recused')}: 3"
        assert first in part.text
    assert "0x" + "03" * 32 in part.text


@BOTH
def test_the_award_stands_beside_the_published_one(paid: str, code: str) -> None:
    part = ledger(paid, code)
    with speaking(code):
        assert _("Different.") in part.text
    assert f"Because ({code})." in part.text
    assert "Dear Ltd" in part.text


@BOTH
def test_each_milestone_tells_its_course_to_the_payment(paid: str, code: str) -> None:
    with speaking(code):
        part = ledger(paid, code)
        sentence = _("Milestones: {approvals} of {inspectors} inspectors must accept each")
        table = captioned(part, sentence.format(approvals=1, inspectors=2))
        first = table.one("tbody").all("tr")[0]
        course = [each.text for each in first.all("li")]
        words = [
            _("due"),
            _("reported"),
            _("rejected by {account}").format(account="0x2222…2222"),
            _("rejected by {account}").format(account="0x1111…1111"),
            _("the report fell: too many rejected it"),
            _("reported"),
            _("accepted by {account}").format(account="0x1111…1111"),
            _("paid"),
        ]
        assert [each.startswith(word) for each, word in zip(course, words, strict=True)] == [
            True
        ] * 8


def test_times_are_shown_in_utc_and_in_indonesian_time(paid: str) -> None:
    assert "2 Nov 2026, 18:30 UTC (3 Nov 01:30 WIB)" in ledger(paid, "en").text
    assert "2 Nov 2026, 18.30 UTC (3 Nov 01.30 WIB)" in ledger(paid, "id").text


@BOTH
def test_a_paid_tender_has_passed_every_station(paid: str, code: str) -> None:
    passed = steps(ledger(paid, code))
    assert len(passed) == 15
    assert set(passed.values()) == {"done"}


def test_every_transaction_of_a_tender_can_be_verified() -> None:
    book = Book()
    tender = paid_tender(book)
    told = story.tell(book.state, tender, names("en"), NOW)
    box, last = tender.box, tender.award.rounds[0]
    expected = {
        tender.published,
        *(each.sealed for each in [*box.envelopes, *last.box.envelopes]),
        *(each.opened for each in [*tender.opened, *last.ballots]),
        last.drawn,
        tender.award.awarded,
        tender.award.standstill,
        *(each.stamp for each in tender.account.payments),
        *(each.stamp for one in tender.account.milestones for each in one.history),
        tender.account.closed,
        *(each.taken for each in book.state.opening_keys.values()),
        *(each.released for each in book.state.opening_keys.values()),
    }
    assert expected <= {proof.stamp for proof in told.proofs}
    blocks = [proof.stamp.block for proof in told.proofs]
    assert blocks == sorted(blocks)
    shown = ledger(write(book), "en").one("table", class_="proofs").text
    assert all(f"0x{proof.stamp.transaction.hex()}" in shown for proof in told.proofs)


def test_every_event_that_is_named_exists() -> None:
    book = Book()
    paid_tender(book)
    cancelled = book.publish()
    cancelled.cancelled = book.stamp(2)
    refused = book.publish()
    refused.award.none_acceptable = refused.account.renounced = book.stamp(3)
    refused.award.history.append(Turn("none-acceptable", refused.award.none_acceptable))
    named = {
        event.split(" ")[0]
        for tender in book.state.tenders.values()
        for proof in story.tell(book.state, tender, names("en"), NOW).proofs
        for event in proof.events
    }
    assert len(named) == 24
    known = {f"{contract}.{event}" for contract, events in HANDLERS.items() for event in events}
    assert named <= known


def in_tendering(book: Book, tender: Tender) -> None:
    tender.box.closes_at = NOW + 1
    book.seal(tender.box, 3, 2)


def cancelled(book: Book, tender: Tender) -> None:
    book.seal(tender.box, 3, 2)
    tender.cancelled = book.stamp(5)
    tender.box.shut = True


def withheld(book: Book, tender: Tender) -> None:
    book.seal(tender.box, 3, 2)


def only_void(book: Book, tender: Tender) -> None:
    book.open_bids(tender, Void.SIGNATURE)


def without_panel(book: Book, tender: Tender) -> None:
    book.open_bids(tender, (CHEAP, PRICE))


def without_second_panel(book: Book, tender: Tender) -> None:
    book.open_bids(tender, (CHEAP, PRICE))
    book.evaluate(tender, (YES,), ())


def none_responsive(book: Book, tender: Tender) -> None:
    book.open_bids(tender, (CHEAP, PRICE))
    book.evaluate(tender, (NO,), (NO,))
    tender.award.none_acceptable = book.stamp(10)


def without_quorum(book: Book, tender: Tender) -> None:
    book.open_bids(tender, (CHEAP, PRICE))
    book.evaluate(tender, (YES,), ())
    book.evaluate(tender, (), ())


def unsigned(book: Book, tender: Tender) -> None:
    book.open_bids(tender, (CHEAP, PRICE))
    book.evaluate(tender, (YES,), (YES,))
    book.award(tender, 0)


def not_signed_by_the_buyer(book: Book, tender: Tender) -> None:
    unsigned(book, tender)
    tender.award.accepted = book.stamp(16)


def given_up(book: Book, tender: Tender) -> None:
    unsigned(book, tender)
    book.sign(tender)
    book.pay(tender, 0)
    tender.account.renounced = book.stamp(39)
    book.close(tender)


def lapsed(book: Book, tender: Tender) -> None:
    unsigned(book, tender)
    book.sign(tender)
    book.close(tender)


@BOTH
@pytest.mark.parametrize(
    ("happens", "sentence", "last"),
    [
        (cancelled, "The buyer cancelled it before bidding closed; its envelopes stay shut for "
                    "ever.", "Cancelled"),
        (withheld, "The key to its bids was not released in time.", "Unsuccessful"),
        (only_void, "Too few bids count.", "Unsuccessful"),
        (none_responsive, "The panel found no bid responsive.", "Unsuccessful"),
        (without_panel, "Nobody drew a panel in time.", "Unsuccessful"),
        (without_second_panel, "Too few ballots counted, and nobody drew a second panel in time.",
         "Unsuccessful"),
        (without_quorum, "Twice too few ballots counted.", "Unsuccessful"),
        (not_signed_by_the_buyer, "The agreement was not signed in time.", "Unsuccessful"),
        (given_up, "The supplier gave up the rest.", "Closed"),
        (lapsed, "It lapsed long after the last due date.", "Closed"),
    ],
)  # fmt: skip
def test_a_path_that_ends_before_the_last_payment_says_why(
    happens: Callable[[Book, Tender], None], sentence: str, last: str, code: str
) -> None:
    book = Book()
    happens(book, book.publish())
    part = ledger(write(book), code)
    with speaking(code):
        assert part.one("p", class_="ending").text == f"{_(sentence)} So it ended ({code})."
        passed = list(steps(part))
        assert passed[-1] == _(last)
        paid_in_full = _(story.PHASES["closed"])
    assert paid_in_full not in part.text


@BOTH
def test_a_cancelled_tender_shows_only_how_many_envelopes_it_had(code: str) -> None:
    book = Book()
    cancelled(book, book.publish())
    part = ledger(write(book, organisations={}, tenders={}), code)
    with speaking(code):
        assert _("{count} sealed envelopes, never opened.").format(count=2) in part.text
        assert not any(each.text in (_("Award"), _("Panel and ballots")) for each in part.all("h4"))
    assert [each.attributes["class"] for each in part.all("table")] == ["proofs"]


@BOTH
def test_before_closing_nothing_but_the_number_of_envelopes_is_known(code: str) -> None:
    book = Book()
    in_tendering(book, book.publish())
    part = ledger(write(book, tenders={}), code)
    with speaking(code):
        assert _("{count} sealed envelopes; not all are open yet.").format(count=2) in part.text
        assert steps(part)[_("Bidding closed")] == "ahead"
    assert "Cheap Ltd" not in part.text


def test_bids_are_shown_together_once_the_last_envelope_is_open() -> None:
    book = Book()
    book.open_bids(tender := book.publish(), (CHEAP, PRICE))
    book.seal(tender.box, 3, 1)
    half = ledger(write(book), "en")
    assert "2 sealed envelopes; not all are open yet." in half.text
    assert "Cheap Ltd" not in half.text
    tender.box.voids.append(Void.LENGTH)
    assert "Cheap Ltd" in ledger(write(book), "en").text


@BOTH
def test_between_award_and_signature_there_is_no_agreement(code: str) -> None:
    book = Book()
    unsigned(book, tender := book.publish())
    tender.award.sign_by = NOW
    part = ledger(write(book), code)
    with speaking(code):
        assert all(each.text != _("Agreement and payments") for each in part.all("h4"))
        assert steps(part)[_("Awarded")] == "done"
        assert steps(part)[_("Signed")] == "ahead"


def test_a_repeated_evaluation_is_shown_beside_the_first() -> None:
    book = Book()
    without_quorum(book, book.publish())
    headings = [each.text for each in ledger(write(book), "en").all("h4")]
    assert headings[2:4] == ["Panel and ballots, round 1", "Panel and ballots, round 2"]


def test_an_assumption_for_all_is_said_once() -> None:
    book = Book()
    for _number in range(2):
        book.publish()
    words = {1: Words(assumed=("for all", "for one")), 2: Words(assumed=("for all",))}
    part = ledger(write(book, tenders=words), "en")
    assert part.text.count("for all") == 1
    assert part.text.count("for one") == 1


@pytest.mark.parametrize(("tenders", "unfolded"), [(10, True), (11, False)])
def test_many_tenders_are_folded(tenders: int, unfolded: bool) -> None:
    book = Book()
    for _number in range(tenders):
        book.publish()
    found = ledger(write(book), "en").all("details", class_="tender")
    assert [("open" in each.attributes) for each in found] == [unfolded] * tenders


def test_a_token_without_a_name_is_counted_in_smallest_units() -> None:
    book = Book()
    paid_tender(book)
    html = write(book, currencies={})
    assert "125,000,000 smallest units" in ledger(html, "en").text
    assert "125.000.000" in ledger(html, "id").text


def test_two_tokens_without_a_name_are_never_added_up() -> None:
    book = Book()
    paid_tender(book)
    other = paid_tender(book)
    other.terms = {**other.terms, "currency": TOKEN.replace("7", "8")}
    sums = ledger(write(book, currencies={}), "en").one("ul", class_="sums")
    assert len(sums.all("li")) == 2


# What a browser does with it


def test_nothing_is_loaded_and_nothing_foreign_runs(paid: str) -> None:
    root = read(paid)
    policy = root.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy is not None
    for tag in ("style", "script"):
        source = re.search(f"<{tag}>(.*?)</{tag}>", paid, re.DOTALL)
        assert source is not None
        digest = b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert "url(" not in source[1]
        assert "import" not in source[1]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_each_language_can_be_chosen_without_a_script(paid: str) -> None:
    links = {
        code: [each.attributes["href"] for each in ledger(paid, code).one("nav").all("a")]
        for code in LANGUAGES
    }
    assert links == {"en": ["#id"], "id": ["#en"]}
    style = read(paid).one("style").text
    assert "body:has(#id:target, #id :target) #en { display: none; }" in style


def test_a_tender_has_an_address_in_each_language(paid: str) -> None:
    root = read(paid)
    for code in LANGUAGES:
        assert root.one(id=f"{code}-t1") in ledger(paid, code).one("details", class_="tender").all()


def test_headings_are_in_order(paid: str) -> None:
    levels = [int(each.tag[1]) for each in ledger(paid, "en").walk() if each.tag in
              ("h1", "h2", "h3", "h4")]  # fmt: skip
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_every_heading_cell_a_scope(paid: str) -> None:
    root = read(paid)
    assert root.all("table")
    for table in root.all("table"):
        assert table.one("caption").text
    assert all(each.attributes.get("scope") in ("row", "col") for each in root.all("th"))


def test_every_picture_has_words_or_is_hidden(paid: str) -> None:
    for picture in read(paid).all("svg"):
        hidden = picture.attributes.get("aria-hidden") == "true"
        assert hidden or (picture.attributes["role"] == "img" and picture.attributes["aria-label"])


def test_ids_are_unique_and_labels_point_to_one(paid: str) -> None:
    root = read(paid)
    ids = [each.attributes["id"] for each in root.walk() if "id" in each.attributes]
    assert len(ids) == len(set(ids))
    labels = {each.attributes["aria-labelledby"] for each in root.walk()
              if "aria-labelledby" in each.attributes}  # fmt: skip
    assert labels <= set(ids)


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of #rgb or #rrggbb."""
    digits = colour if len(colour) == 6 else "".join(2 * each for each in colour)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_by_wcag_aa(scheme: int) -> None:
    style = resources.files("terang.portal").joinpath("templates", "style.css").read_text()
    block = re.findall(r":root \{(.*?)\}", style, re.DOTALL)[scheme]
    colours = {name: luminance(value) for name, value in re.findall(r"--([\w-]+): #(\w+)", block)}
    papers = {"paper", "soft", "good-soft", "bad-soft"}
    for ink in colours.keys() - papers - {"rule"}:
        for paper in papers:
            light, dark = sorted((colours[ink], colours[paper]), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)


# Hostile words

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</bdi></details></div><h1>Fake</h1>",
    "{{ 7 * 7 }}{% include 'style.css' %}",
    "{amount}{0}{__class__}",
    "\u202egpj.exe\u2066\u200f\u061c",
    "\x00\x01\x1b[31m\x7f\x85\u2028\u2029",
    "\ud800",
    "a" + "\u0301" * 500,
    "W" * 10_000,
    "</style><style>*{display:none}</style>",
    "<!--",
    "&lt;b&gt; &amp;quot;",
    "javascript:alert(1)//https://example.org/x",
]


INVISIBLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def in_every_place(text: str) -> str:
    """A page that has the same words wherever other people's words come."""
    book = Book()
    tender = paid_tender(book)
    tender.notice = {"ocid": text, "lot": text, "documentsUri": text}
    return write(
        book,
        chain=text,
        check=text,
        about=text,
        organisations=dict.fromkeys(range(1, 5), text),
        seats=dict.fromkeys(range(1, 4), text),
        tenders={1: Words(text, text + "2", text, False, text, text, (text,))},
    )


def structure(root: Element) -> list[tuple[str, list[str]]]:
    return [(each.tag, sorted(each.attributes)) for each in root.walk()]


@pytest.fixture(scope="module")
def harmless() -> Element:
    return read(in_every_place("x"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_words(text: str, harmless: Element) -> None:
    html = in_every_place(text)
    root = read(html)
    assert structure(root) == structure(harmless)
    assert {each.attributes["href"] for each in root.all("a")} == {"#en", "#id"}
    assert not INVISIBLE.search(html)
    assert "W" * 1_001 not in html
    html.encode()
