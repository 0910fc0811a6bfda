"""The timelines of the story's tenders, in words, as JSON and as a picture."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from terang.i18n import speaking
from terang.ledger.plan import Currency
from terang.replay import rules
from terang.replay.audit import empty_state
from terang.replay.drawing import svg
from terang.replay.fold import fold
from terang.replay.state import GRACE, State
from terang.replay.timeline import EVENTS, Timeline, timeline
from terang.vocabulary import Phase

from .story import DAY, Told

SVG = "{http://www.w3.org/2000/svg}"
RUPIAH = Currency("IDR", 2)


@pytest.fixture(scope="module")
def state(told: Told) -> State:
    return fold(empty_state(told.deployment), told.events, told.times)


def tell(state: State, number: int, now: int, currency: Currency | None = RUPIAH) -> Timeline:
    tender = state.tenders[number]
    return timeline(state, tender, rules.phase(state, tender, now), now, currency)


def until(told: Told, name: str, tender: int) -> tuple[State, int]:
    """The ledger just before the first such event of a tender, and the time of the one before."""
    place = next(
        place
        for place, each in enumerate(told.events)
        if each.name == name and each.args["tenderId"] == tender
    )
    events = told.events[:place]
    return fold(empty_state(told.deployment), events, told.times), told.times[events[-1].block]


def names(found: Timeline) -> list[str]:
    return [each.name for each in found.events]


def drawn(found: Timeline) -> ElementTree.Element:
    return ElementTree.fromstring(svg(found))  # noqa: S314 - our own drawing, to be well-formed


def circles(found: Timeline) -> list[str]:
    return [str(each.get("class")) for each in drawn(found).iter(f"{SVG}circle")]


def test_a_tender_is_told_from_publication_to_the_end_of_its_agreement(
    told: Told, state: State
) -> None:
    found = tell(state, 1, told.time)
    assert found.phase is Phase.CONTRACTED
    assert names(found) == [
        "published", "sealed", "closes", "released", "opened",
        "drawn", "ballots-close", "ballots-released",
        "drawn", "ballots-sealed", "ballots-close", "ballots-released", "ballots-opened",
        "ranked", "standstill", "standstill-ends", "awarded", "signed", "funded", "funded",
        "reported", "approved", "approved", "paid",
        "reported", "approved", "rejected", "rejected", "returned",
        "reported", "approved", "rejected", "approved", "paid", "closed",
    ]  # fmt: skip
    opened = found.events[4]
    assert (opened.count, opened.void) == (3, 2)
    assert [each.round for each in found.events if each.name == "drawn"] == [1, 2]
    paid = [(each.milestone, each.amount) for each in found.events if each.name == "paid"]
    assert paid == [(1, 333), (2, 668)]


def test_every_event_of_the_chain_names_its_block_and_time(told: Told, state: State) -> None:
    for number in state.tenders:
        for each in tell(state, number, told.time).events:
            if each.stamp:
                assert each.at == told.times[each.stamp.block]


def test_events_stand_in_the_order_of_time_and_of_the_chain(told: Told, state: State) -> None:
    for number in state.tenders:
        events = tell(state, number, told.time).events
        assert [each.at for each in events] == sorted(each.at for each in events)
        blocks = [each.stamp.block for each in events if each.stamp]
        assert blocks == sorted(blocks)


def test_a_cancelled_tender_has_nothing_ahead(told: Told, state: State) -> None:
    earlier, now = until(told, "TenderCancelled", 2)
    found = tell(earlier, 2, now)
    assert [each["name"] for each in found.document()["events"] if each["ahead"]] == [
        "closes", "release-limit",
    ]  # fmt: skip
    assert names(tell(state, 2, told.time)) == ["published", "sealed", "cancelled"]


def test_what_is_ahead_is_what_the_clock_has_not_reached(state: State) -> None:
    closes = state.tenders[6].box.closes_at
    for now, ahead in (
        (closes - 1, ["closes", "release-limit"]),
        (closes, ["release-limit"]),
        (closes + GRACE - 1, []),
    ):
        found = tell(state, 6, now)
        entries = found.document()["events"]
        assert [each["name"] for each in entries if each["ahead"]] == ahead
        assert found.text().count("ahead: ") == len(ahead)
        assert circles(found).count("ahead") == len(ahead)
        assert circles(found).count("limit") == 2 - len(ahead)


def test_a_withheld_key_shows_the_last_second_it_could_be_released(state: State) -> None:
    box = state.tenders[6].box
    last = tell(state, 6, box.closes_at + GRACE).events[-1]
    assert (last.name, last.at) == ("release-limit", box.closes_at + GRACE - 1)
    assert rules.is_releasable(box, last.at)
    assert not rules.is_releasable(box, last.at + 1)


def test_an_award_shows_until_when_it_can_be_signed_only_while_it_is_not(
    told: Told, state: State
) -> None:
    last = tell(state, 9, told.time).events[-1]
    assert (last.name, last.at) == ("sign-by", state.tenders[9].award.sign_by)
    assert "sign-by" not in names(tell(state, 1, told.time))


def test_a_milestone_is_due_until_it_is_paid_in_time(told: Told, state: State) -> None:
    earlier, now = until(told, "MilestonePaid", 1)
    due = [each for each in tell(earlier, 1, now).events if each.name == "due"]
    assert [(each.milestone, each.amount) for each in due] == [(1, 333), (2, 668)]
    assert "due" not in names(tell(state, 1, told.time))
    tender = fold(empty_state(told.deployment), told.events, told.times).tenders[1]
    signed = tender.agreement.agreement
    first, second = signed["milestones"]
    early = {**first, "dueAt": first["dueAt"] - 2 * DAY}  # before the payment
    agreement = {**signed, "milestones": (early, second)}
    tender.agreement = replace(tender.agreement, agreement=agreement)
    late = timeline(state, tender, Phase.CONTRACTED, told.time)
    assert [each.milestone for each in late.events if each.name == "due"] == [1]


def test_every_kind_of_event_happens_in_the_story(told: Told, state: State) -> None:
    ledgers = [(state, told.time), until(told, "MilestonePaid", 1)]
    seen = {
        name
        for ledger, now in ledgers
        for number in ledger.tenders
        for name in names(tell(ledger, number, now))
    }
    assert seen == set(EVENTS)


def test_the_text_has_a_heading_and_one_line_for_each_event(told: Told, state: State) -> None:
    found = tell(state, 5, told.time)
    heading, *lines = found.text().splitlines()
    assert heading.startswith("Tender 5: contracted")
    assert len(lines) == len(found.events)
    assert "Funded: IDR\u00a010.00" in found.text()
    assert "Funded: 1,000 smallest units" in tell(state, 5, told.time, None).text()
    with speaking("id"):
        assert "Tender 5: berkontrak" in found.text()


def test_json_has_the_same_events_with_their_places(told: Told, state: State) -> None:
    found = tell(state, 1, told.time)
    document = json.loads(json.dumps(found.document()))
    assert [each["name"] for each in document["events"]] == names(found)
    for entry, event in zip(document["events"], found.events, strict=True):
        assert entry.get("block") == (event.stamp.block if event.stamp else None)
        assert None not in entry.values()


def test_the_picture_tells_each_event_to_eyes_and_to_screen_readers(
    told: Told, state: State
) -> None:
    found = tell(state, 1, told.time)
    picture = drawn(found)
    assert picture.get("role") == "img"
    named = {each.get("id"): each.text or "" for each in picture}
    title, description = (named[each] for each in str(picture.get("aria-labelledby")).split())
    assert title == found.heading()
    written = [each.text for each in picture.iter(f"{SVG}text")]
    for each in found.events:
        assert found.phrase(each) in description
        assert found.phrase(each) in written
    assert circles(found).count("done") == sum(each.stamp is not None for each in found.events)
    heights = [float(str(each.get("cy"))) for each in picture.iter(f"{SVG}circle")]
    assert heights == sorted(set(heights))
    assert heights[-1] < float(str(picture.get("height")))


def test_the_picture_speaks_the_language_in_force(told: Told, state: State) -> None:
    with speaking("id"):
        picture = svg(tell(state, 1, told.time))
    assert 'xml:lang="id"' in picture
    assert "Diumumkan" in picture
    assert "Published" not in picture


def test_what_a_buyer_wrote_is_only_text_in_the_picture(told: Told) -> None:
    state = fold(empty_state(told.deployment), told.events, told.times)
    tender = state.tenders[1]
    hostile = '</text><script href="http://x">"\u202e\ufffe\x00&'
    tender.notice = {**tender.notice, "ocid": hostile, "lot": hostile}
    found = tell(state, 1, told.time)
    tags = {each.tag.removeprefix(SVG) for each in drawn(found).iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "text", "line", "circle"}
    assert "\u202e" not in svg(found)
    assert "</text><script" in "".join(each.text or "" for each in drawn(found).iter(f"{SVG}text"))


def test_the_picture_loads_nothing(told: Told, state: State) -> None:
    picture = svg(tell(state, 1, told.time)).replace('xmlns="http://www.w3.org/2000/svg"', "")
    for word in ("href", "src", "url(", "@import", "http", "<!", "<?", "<script", "onload"):
        assert word not in picture


def test_what_can_happen_is_told_with_its_role_and_limit(told: Told) -> None:
    before, now = until(told, "Awarded", 18)
    found = tell(before, 18, now)
    assert [(role, each.name) for role, each in found.moves] == [("anyone", "finalise")]
    said = found.text().splitlines()
    assert said[-2:-1] == ["What can happen:"]
    assert said[-1].endswith("anyone, at any time: Award tender 18")
    before, now = until(told, "EnquiryMade", 12)
    found = tell(before, 12, now)
    named = {(role, each.name): each.until for role, each in found.moves}
    closes_at = before.tenders[12].box.closes_at
    assert named == {
        ("buyer", "amend"): closes_at - 1,
        ("buyer", "cancel"): closes_at - 1,
        ("supplier", "bid"): closes_at - 1,
        ("supplier", "enquire"): closes_at - DAY // 2 - 1,
        ("opener", "share"): closes_at + GRACE - 1,
    }
    document = json.loads(json.dumps(found.document()))
    assert [each["role"] for each in document["moves"]] == [role for role, _each in found.moves]
    assert document["moves"][-1]["possible"] is False
    written = "".join(each.text or "" for each in drawn(found).iter(f"{SVG}text"))
    assert all(found.move(*each) in written for each in found.moves)


def test_a_complaint_is_told_from_its_deposit_to_its_ruling(told: Told, state: State) -> None:
    found = tell(state, 12, told.time)
    said = [found.phrase(each) for each in found.events if each.complaint]
    assert "Complaint 1 decided: upheld, the bids are evaluated again" in said
    assert "Complaint 2 is moot: what it is about is gone" in said
    assert "Complaint 5 decided: dismissed as abusive" in said
    upheld = names(found).index("decided")
    assert names(found)[upheld + 1] == "remedied-re_evaluate"  # of the same block


def test_a_standstill_that_a_review_ended_has_no_end_of_its_own(told: Told, state: State) -> None:
    assert names(tell(state, 12, told.time)).count("standstill") == 2
    assert names(tell(state, 12, told.time)).count("standstill-ends") == 1


def test_an_unsuccessful_tender_says_why(told: Told, state: State) -> None:
    found = tell(state, 13, told.time)
    assert "unsuccessful (the buyer did not sign in time)" in found.heading()
    assert found.document()["failure"] == "not_signed"


def test_a_price_box_is_told_only_once_quality_is_decided(told: Told, state: State) -> None:
    before, now = until(told, "QualityDecided", 15)
    assert "prices-release-limit" not in names(tell(before, 15, now))
    last = next(each for each in tell(state, 15, now).events if each.name == "prices-release-limit")
    assert last.at == state.tenders[15].prices.decided_at + GRACE - 1
