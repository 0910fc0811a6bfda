"""Each check at its edge: kept, broken by the least step, and what can not be judged."""

from typing import Any

import pytest

from terang.rules import Profile
from terang.simulate.judge import is_choice
from terang.simulate.verdict import Check, Finding, Reason, Verdict

from .history import Json, award, bid, contract, finding, findings, release

KEPT, BROKEN, UNKNOWN = Verdict.KEPT, Verdict.BROKEN, Verdict.UNKNOWN


def test_a_good_process_keeps_every_rule_that_concerns_it(profile: Profile) -> None:
    found = findings(profile, release())
    assert {each.verdict for each in found} == {KEPT}
    assert {each.check for each in found} == set(Check) - {Check.AMENDMENTS}


def period(published: str, closes: str, **tender: Any) -> Json:
    return release(
        tender={"datePublished": published, "tenderPeriod": {"endDate": closes}} | tender
    )


@pytest.mark.parametrize(
    ("closes", "verdict"),
    [
        ("2021-03-09T22:00:00Z", KEPT),
        ("2021-03-09T23:59:59+02:00", BROKEN),  # the fifth working day lasts to its end
        ("2021-03-08T12:00:00+02:00", BROKEN),
    ],
)
def test_tendering_is_counted_in_the_working_days_of_the_profiles_calendar(
    profile: Profile, closes: str, verdict: Verdict
) -> None:
    found = finding(profile, Check.TENDERING, period("2021-03-01T09:00:00+02:00", closes))
    assert found.verdict is verdict
    assert found.source == "tendering article"
    assert "at least 5 working days: not before 2021-03-09 22:00 UTC" in found.required
    assert closes in found.published


def test_the_start_of_the_tender_period_counts_where_no_publication_is_dated(
    profile: Profile,
) -> None:
    document = release()
    del document["tender"]["datePublished"]
    assert finding(profile, Check.TENDERING, document).reason is Reason.MISSING
    document["tender"]["tenderPeriod"]["startDate"] = "2021-03-01T09:00:00+02:00"
    assert finding(profile, Check.TENDERING, document).verdict is KEPT


@pytest.mark.parametrize(
    ("published", "closes", "reason"),
    [
        ("2021-03-01T09:00:00+02:00", None, Reason.MISSING),
        (None, "2021-03-10T12:00:00+02:00", Reason.MISSING),
        ("2021-03-01T09:00:00+02:00", "20/12/2016.", Reason.NO_DATE),
        ("2021-03-01T09:00:00+02:00", 20210310, Reason.NO_DATE),
        ("0001-01-01T00:00:00Z", "2021-03-10T12:00:00+02:00", Reason.NO_DATE),
        ("2021-03-01T09:00:00+02:00", "2105-03-10T12:00:00+02:00", Reason.NO_DATE),
        ("2021-03-11T09:00:00+02:00", "2021-03-10T12:00:00+02:00", Reason.CONTRADICTION),
    ],
)
def test_a_period_that_is_missing_or_contradicts_itself_is_neither_kept_nor_broken(
    profile: Profile, published: Any, closes: Any, reason: Reason
) -> None:
    found = finding(profile, Check.TENDERING, period(published, closes))
    assert (found.verdict, found.reason) == (UNKNOWN, reason)
    assert "tender." in found.because


@pytest.mark.parametrize(
    ("closes", "verdict"),
    [
        ("2021-03-15", BROKEN),
        ("2021-03-16", UNKNOWN),  # UTC: its last two hours are the 17th in Kyiv
        ("2021-03-17", KEPT),
        ("2021-03-16T00:00:00+02:00", BROKEN),  # midnight stands for the day
        ("2021-03-16T04:00:00+04:00", UNKNOWN),  # so does midnight in UTC
        ("2021-03-16T04:00:01+04:00", BROKEN),
        ("2021-03-17T00:00:00+02:00", KEPT),
    ],
)
def test_a_date_without_its_hour_is_judged_where_no_hour_could_change_the_verdict(
    profile: Profile, closes: str, verdict: Verdict
) -> None:
    works = period("2021-03-01T09:00:00+02:00", closes, mainProcurementCategory="works")
    found = finding(profile, Check.TENDERING, works)
    assert found.verdict is verdict
    assert found.reason is (Reason.NO_HOUR if verdict is UNKNOWN else None)


def test_a_time_without_hours_is_told_in_days_of_the_published_zone(profile: Profile) -> None:
    document = period("2021-03-01T09:00:00+02:00", "2021-03-05T00:00:00+02:00")
    assert finding(profile, Check.TENDERING, document).published.startswith("4 days (2021-03-01T09")
    exact = period("2021-03-01T09:00:00+02:00", "2021-03-05T10:30:00+02:00")
    assert finding(profile, Check.TENDERING, exact).published.startswith("4 days 1 hour (")


def test_a_figure_that_depends_on_an_unpublished_category_is_not_guessed(profile: Profile) -> None:
    document = release(tender={"mainProcurementCategory": "#N/A"})
    found = finding(profile, Check.TENDERING, document)
    assert found.reason is Reason.DIFFERS
    assert "tender.mainProcurementCategory" in found.because
    assert finding(profile, Check.STANDSTILL, document).verdict is KEPT  # the same for all
    assert finding(profile, Check.METHOD, document).reason is Reason.NO_CODE


@pytest.mark.parametrize(
    ("tender", "verdict", "reason"),
    [
        ({"awardCriteria": "ratedCriteria"}, KEPT, None),
        ({"awardCriteria": "lowestCost"}, KEPT, None),
        ({"awardCriteria": "qualityOnly"}, BROKEN, None),
        ({"mainProcurementCategory": "works", "awardCriteria": "ratedCriteria"}, BROKEN, None),
        ({"awardCriteria": "Binario"}, UNKNOWN, Reason.NO_CODE),
        ({"awardCriteria": None}, UNKNOWN, Reason.MISSING),
        ({"mainProcurementCategory": None}, UNKNOWN, Reason.MISSING),
    ],
)
def test_a_method_of_evaluation_needs_a_rule_of_the_profile(
    profile: Profile, tender: Json, verdict: Verdict, reason: Reason | None
) -> None:
    found = finding(profile, Check.METHOD, release(tender=tender))
    assert (found.verdict, found.reason) == (verdict, reason)


def test_without_a_rule_for_its_method_nothing_else_is_judged_by_a_figure(profile: Profile) -> None:
    found = findings(profile, release(tender={"awardCriteria": "costOnly"}))
    by_figure = set(Check) - {Check.METHOD, Check.CEILING}
    assert {each.reason for each in found if each.check in by_figure} == {Reason.NO_RULE}


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ("2021-03-08T12:00:00+02:00", KEPT),
        ("2021-03-08T11:59:59+02:00", BROKEN),
        ("2021-03-10T12:00:01+02:00", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_questions_may_be_asked_until_the_time_that_the_profile_sets(
    profile: Profile, ends: Any, verdict: Verdict
) -> None:
    document = release(tender={"enquiryPeriod": {"endDate": ends}})
    assert finding(profile, Check.ENQUIRIES, document).verdict is verdict


@pytest.mark.parametrize(
    ("dates", "verdict"),
    [
        (["2021-03-07T12:00:00+02:00"], KEPT),
        (["2021-03-02T12:00:00+02:00", "2021-03-08T12:00:00+02:00"], BROKEN),
        (["2021-03-02T12:00:00+02:00", "2021-05-08T12:00:00+02:00"], KEPT),  # after closing
        ([None], UNKNOWN),
    ],
)
def test_the_last_amendment_before_closing_leaves_the_time_that_the_profile_sets(
    profile: Profile, dates: list[Any], verdict: Verdict
) -> None:
    document = release(tender={"amendments": [{"date": each} for each in dates]})
    assert finding(profile, Check.AMENDMENTS, document).verdict is verdict


@pytest.mark.parametrize(
    ("bids", "verdict"),
    [
        ([bid("alice", 900), bid("bob", 950)], KEPT),
        ([bid("alice", 900)], BROKEN),
        ([bid("alice", 900), bid("alice", 890)], BROKEN),
        ([bid("alice", 900), bid("bob", 950, status="withdrawn")], BROKEN),
        ([bid("alice", 900), bid("bob", 950, status="invited")], BROKEN),
        ([bid("alice", 900), bid("bob", 950, status="disqualified")], KEPT),
    ],
)
def test_tenderers_who_submitted_and_did_not_withdraw_are_counted(
    profile: Profile, bids: list[Json], verdict: Verdict
) -> None:
    found = finding(profile, Check.BIDS, release(bids={"details": bids}))
    assert found.verdict is verdict
    assert found.source == "competition article"


@pytest.mark.parametrize(
    ("tender", "verdict", "reason"),
    [
        ({"numberOfTenderers": 1}, BROKEN, None),
        ({"tenderers": [{"id": "ID-alice"}, {"id": "ID-bob"}]}, KEPT, None),
        ({"tenderers": [{"id": "ID-alice"}, {"id": "ID-alice"}]}, BROKEN, None),
        (
            {"tenderers": [{"id": "ID-alice"}], "numberOfTenderers": 3},
            UNKNOWN,
            Reason.COUNTS_DIFFER,
        ),
        ({"numberOfTenderers": 0}, UNKNOWN, Reason.MISSING),
        ({"numberOfTenderers": True}, UNKNOWN, Reason.MISSING),
        ({}, UNKNOWN, Reason.MISSING),
    ],
)
def test_without_bids_the_tenderers_that_are_named_or_counted_count(
    profile: Profile, tender: Json, verdict: Verdict, reason: Reason | None
) -> None:
    found = finding(profile, Check.BIDS, release(tender=tender, bids=None))
    assert (found.verdict, found.reason) == (verdict, reason)


def of_lot(profile: Profile, document: Json) -> set[Check]:
    return {each.check for each in findings(profile, document)} & {
        Check.BIDS,
        Check.CEILING,
        Check.UNDER_ESTIMATE,
        Check.UNDER_MEAN,
        Check.LOWEST,
    }


def test_what_was_not_awarded_is_not_held_to_rules_of_awards(profile: Profile) -> None:
    unfinished = release(tender={"status": "active"}, awards=[], contracts=[])
    assert not of_lot(profile, unfinished)
    fallen = release(awards=[award("alice", status="cancelled")], contracts=[])
    assert not of_lot(profile, fallen)
    assert not of_lot(profile, release(awards=[award("alice", status="pending")]))
    assert Check.STANDSTILL not in {each.check for each in findings(profile, fallen)}


def test_a_complete_process_without_its_award_can_not_be_judged(profile: Profile) -> None:
    found = findings(profile, release(awards=[], contracts=[]))
    about = [each for each in found if each.check not in (Check.TENDERING, Check.METHOD)]
    assert {each.reason for each in about if each.check is not Check.ENQUIRIES} == {Reason.MISSING}


def won(price: object, *others: object, estimate: object = 1000, **members: Any) -> Json:
    """Alice wins at a price; her award has the same value."""
    rest = [bid(f"other-{i}", each) for i, each in enumerate(others)]
    lot = {"id": "lot-1", "value": {"amount": estimate, "currency": "UAH"}}
    return release(
        tender={"lots": [lot]},
        bids={"details": [bid("alice", price), *rest]},
        awards=[award("alice", members.get("value", price))],
    )


@pytest.mark.parametrize(
    ("price", "verdict"), [(800, KEPT), (799.99, BROKEN), (1000, KEPT), (1200, KEPT)]
)
def test_a_winning_bid_may_be_as_far_under_the_estimate_as_the_profile_says(
    profile: Profile, price: float, verdict: Verdict
) -> None:
    found = finding(profile, Check.UNDER_ESTIMATE, won(price, 1500))
    assert found.verdict is verdict
    assert "1000.00 UAH" in found.published


@pytest.mark.parametrize(
    ("price", "others", "verdict"),
    [(600.01, (1000,), KEPT), (600, (1000,), BROKEN), (600, (900, 1100), BROKEN)],
)
def test_a_winning_bid_may_not_be_so_far_under_the_mean_of_the_others(
    profile: Profile, price: float, others: tuple[int, ...], verdict: Verdict
) -> None:
    found = finding(profile, Check.UNDER_MEAN, won(price, *others, estimate=2000))
    assert found.verdict is verdict
    assert "mean 1000.00 UAH" in found.published
    assert found.source == "mean article"


@pytest.mark.parametrize(("others", "estimate"), [((900, 5000), 1000), ((900,), None)])
def test_bids_above_the_estimate_and_withdrawn_ones_are_no_part_of_the_mean(
    profile: Profile, others: tuple[int, ...], estimate: int | None
) -> None:
    document = won(600, *others, estimate=estimate)
    document["bids"]["details"].append(bid("dora", 100_000, status="withdrawn"))
    assert (
        "mean 900.00 UAH of the others (1)"
        in finding(profile, Check.UNDER_MEAN, document).published
    )


def test_a_winner_above_the_estimate_is_compared_with_the_bids_within_it(profile: Profile) -> None:
    found = finding(profile, Check.UNDER_MEAN, won(1500, 900))
    assert found.verdict is KEPT
    assert "66.66 % above the mean 900.00 UAH of the others (1)" in found.published


def test_an_only_bid_is_under_no_mean(profile: Profile) -> None:
    checks = {each.check for each in findings(profile, won(900))}
    assert Check.UNDER_MEAN not in checks
    assert Check.LOWEST in checks


@pytest.mark.parametrize(("price", "verdict"), [(1000, KEPT), (1000.01, BROKEN)])
@pytest.mark.parametrize("others", [(), (1500,)])
def test_what_is_awarded_lies_within_the_estimate(
    profile: Profile, price: float, others: tuple[int, ...], verdict: Verdict
) -> None:
    found = finding(profile, Check.CEILING, won(price, *others))
    assert found.verdict is verdict
    assert "1000.00 UAH" in found.required


@pytest.mark.parametrize("estimate", [None, 1, 0.5, -3, "a"])
def test_a_placeholder_is_no_estimate(profile: Profile, estimate: object) -> None:
    document = won(900, 950, estimate=estimate)
    assert finding(profile, Check.CEILING, document).reason is Reason.NO_ESTIMATE
    assert finding(profile, Check.UNDER_ESTIMATE, document).reason is Reason.NO_ESTIMATE


def test_where_tax_would_change_the_verdict_nothing_is_judged(profile: Profile) -> None:
    assert finding(profile, Check.CEILING, won(900, 950, value=1080)).reason is Reason.TAX
    assert finding(profile, Check.UNDER_ESTIMATE, won(790, 950, value=948)).reason is Reason.TAX
    assert finding(profile, Check.UNDER_ESTIMATE, won(600, 950, value=720)).verdict is BROKEN


@pytest.mark.parametrize("others", [(), (950,)])
@pytest.mark.parametrize(
    ("value", "is_slip"), [(1801, True), (1800, False), (449, True), (450, False)]
)
def test_an_award_far_from_the_winning_bid_shows_a_slip(
    profile: Profile, others: tuple[int, ...], value: int, is_slip: bool
) -> None:
    document = won(900, *others, estimate=5000, value=value)
    found = finding(profile, Check.CEILING, document)
    assert (found.reason is Reason.VALUES_DIFFER) is is_slip


def test_the_lowest_responsive_bid_wins(profile: Profile) -> None:
    assert finding(profile, Check.LOWEST, won(900, 950)).verdict is KEPT
    assert finding(profile, Check.LOWEST, won(900, 900)).verdict is KEPT
    found = finding(profile, Check.LOWEST, won(900, 899))
    assert found.verdict is BROKEN
    assert "899.00 UAH" in found.required
    document = won(900, 899)
    document["bids"]["details"][1]["status"] = "disqualified"
    assert finding(profile, Check.LOWEST, document).verdict is KEPT
    document["bids"]["details"][0]["status"] = "disqualified"
    assert finding(profile, Check.LOWEST, document).verdict is BROKEN
    del document["bids"]["details"][1]
    assert finding(profile, Check.LOWEST, document).verdict is BROKEN


def test_where_quality_counts_the_lowest_price_need_not_win(profile: Profile) -> None:
    document = won(900, 899)
    document["tender"]["awardCriteria"] = "ratedCriteria"
    assert Check.LOWEST not in {each.check for each in findings(profile, document)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"awards": [award("alice"), award("bob", 950)]}, Reason.SPLIT),
        ({"awards": [award("stranger", None)]}, Reason.NO_PRICE),
        (
            {"bids": {"details": [bid("alice", 900, status="withdrawn"), bid("bob", 950)]}},
            Reason.NO_PRICE,
        ),
        ({"bids": None, "awards": [award("alice"), award("bob")]}, Reason.SPLIT),
        ({"bids": None, "awards": [award("alice", None)]}, Reason.NO_PRICE),
        ({"bids": {"details": [bid("alice", 900)]}, "awards": [award("bob")]}, Reason.NO_PRICE),
    ],
)
def test_an_unclear_winner_has_no_price_to_judge(
    profile: Profile, change: Json, reason: Reason
) -> None:
    assert finding(profile, Check.CEILING, release(**change)).reason is reason


def test_without_bids_the_awards_value_is_judged_against_the_estimate_alone(
    profile: Profile,
) -> None:
    document = release(bids=None, awards=[award("alice", 700)])
    assert finding(profile, Check.UNDER_ESTIMATE, document).verdict is BROKEN
    assert finding(profile, Check.UNDER_MEAN, document).reason is Reason.NO_OTHERS
    assert finding(profile, Check.LOWEST, document).reason is Reason.NO_OTHERS


def dated(when: object, signed: object, **members: Any) -> Json:
    return release(
        awards=[award("alice", date=when, **members)], contracts=[contract("alice", signed)]
    )


@pytest.mark.parametrize(
    ("when", "verdict"),
    [
        ("2021-03-14T00:00:01+02:00", KEPT),
        ("2021-03-13T23:59:59+02:00", BROKEN),  # three days after the 10th are over at its end
        ("2021-03-09T12:00:00+02:00", UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_an_evaluation_takes_the_time_that_the_profile_sets(
    profile: Profile, when: Any, verdict: Verdict
) -> None:
    found = finding(profile, Check.EVALUATION, dated(when, "2021-06-01T10:00:00+03:00"))
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("signed", "verdict"),
    [
        ("2021-03-25T22:00:00Z", KEPT),
        ("2021-03-25T23:59:59+02:00", BROKEN),
        ("2021-03-26", KEPT),
        ("2021-03-25", UNKNOWN),  # UTC: the last hours of that day are the 26th in Kyiv
        ("2021-03-24", BROKEN),
        ("2021-03-14T12:00:00+02:00", UNKNOWN),  # before the award
        (None, UNKNOWN),
    ],
)
def test_nobody_signs_before_the_standstill_is_over(
    profile: Profile, signed: Any, verdict: Verdict
) -> None:
    found = finding(profile, Check.STANDSTILL, dated("2021-03-15T12:00:00+02:00", signed))
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("signed", "verdict"),
    [
        ("2021-04-15T23:59:59+03:00", KEPT),  # 10 days, then 20 from the day after
        ("2021-04-15T21:00:00Z", BROKEN),
        ("2021-04-15", UNKNOWN),
        ("2021-04-14", KEPT),
        ("2021-04-16", BROKEN),
    ],
)
def test_the_time_for_signing_begins_when_the_standstill_is_over(
    profile: Profile, signed: str, verdict: Verdict
) -> None:
    found = finding(profile, Check.SIGNING, dated("2021-03-15T12:00:00+02:00", signed))
    assert found.verdict is verdict
    assert verdict is UNKNOWN or "20 days after the standstill of 10 days" in found.required


def test_an_award_dated_as_its_signature_tells_only_that_it_was_no_later(profile: Profile) -> None:
    same = dated("2021-04-01T04:00:00+04:00", "2021-04-01T04:00:00+04:00")
    for check in (Check.EVALUATION, Check.STANDSTILL, Check.SIGNING):
        assert finding(profile, check, same).reason is Reason.SAME_DATE
    early = dated("2021-03-11T12:00:00+02:00", "2021-03-11T12:00:00+02:00")
    assert finding(profile, Check.EVALUATION, early).verdict is BROKEN


def test_a_pending_award_is_not_judged(profile: Profile) -> None:
    pending = dated("2021-03-15T12:00:00+02:00", "2021-03-16T12:00:00+02:00", status="pending")
    assert finding(profile, Check.STANDSTILL, pending).reason is Reason.PENDING


def test_contracts_without_awards_leave_the_awards_date_open(profile: Profile) -> None:
    document = release(awards=None)
    found = finding(profile, Check.STANDSTILL, document)
    assert (found.reason, found.because) == (Reason.MISSING, "awards.date is not published")


def test_the_first_signature_of_an_award_counts(profile: Profile) -> None:
    document = release(
        contracts=[
            contract("alice", None),
            contract("alice", "2021-05-29T10:00:00+03:00"),
            contract("alice", "2021-03-18T10:00:00+02:00"),
        ]
    )
    assert finding(profile, Check.STANDSTILL, document).verdict is BROKEN


def test_each_award_and_each_lot_is_judged_by_itself(profile: Profile) -> None:
    lots = [{"id": each, "value": {"amount": 1000, "currency": "UAH"}} for each in ("a", "b")]
    bids = [
        bid(f"{who}-{lot}", price, relatedLot=lot)
        for lot, who, price in (("a", "x", 900), ("a", "y", 950), ("b", "x", 500))
    ]
    awards = [
        award("x-a", 900, relatedLots=["a"]),
        award("x-b", 500, relatedLots=["b"], date="2021-03-12T12:00:00+02:00"),
    ]
    document = release(tender={"lots": lots}, bids={"details": bids}, awards=awards)
    found = {(each.check, each.place): each.verdict for each in findings(profile, document)}
    assert found[Check.BIDS, "a"] is KEPT
    assert found[Check.BIDS, "b"] is BROKEN
    assert found[Check.UNDER_ESTIMATE, "b"] is BROKEN
    assert found[Check.EVALUATION, "awards[0]"] is KEPT
    assert found[Check.EVALUATION, "awards[1]"] is BROKEN


def of_two_lots(*awards: Json, **members: Any) -> Json:
    """Bids of two suppliers for each of two lots."""
    lots = [{"id": each, "value": {"amount": 1000, "currency": "UAH"}} for each in ("a", "b")]
    bids = [
        bid(who, price, id=f"{who}-{lot}", relatedLot=lot)
        for lot, who, price in (("a", "x", 900), ("a", "y", 950), ("b", "x", 700), ("b", "y", 800))
    ]
    made = {"bids": {"details": bids}, "awards": list(awards)} | members
    return release(tender={"lots": lots}, **made)


def ceilings(profile: Profile, document: Json) -> dict[str, Finding]:
    found = findings(profile, document)
    return {each.place: each for each in found if each.check is Check.CEILING}


def test_an_award_with_the_price_of_another_lot_decides_nothing(profile: Profile) -> None:
    mixed = of_two_lots(award("x", 700, relatedLots=["a"]), award("x", 700, relatedLots=["b"]))
    found = ceilings(profile, mixed)
    assert found["a"].reason is Reason.OTHER_LOT
    assert found["b"].verdict is KEPT


def test_the_value_of_an_award_for_several_lots_is_the_price_of_none(profile: Profile) -> None:
    document = of_two_lots(award("x", 1600, relatedLots=["a", "b"]), bids=None)
    found = ceilings(profile, document)
    assert {each.reason for each in found.values()} == {Reason.NO_PRICE}


def test_an_only_contract_belongs_to_an_only_award_without_naming_it(profile: Profile) -> None:
    document = dated("2021-03-15T12:00:00+02:00", "2021-03-18T10:00:00+02:00")
    del document["contracts"][0]["awardID"]
    assert finding(profile, Check.STANDSTILL, document).verdict is BROKEN
    document["contracts"].append({"dateSigned": "2021-05-18T10:00:00+02:00"})
    assert finding(profile, Check.STANDSTILL, document).reason is Reason.MISSING


def test_a_figure_that_no_law_sets_is_known_as_the_profiles_choice(profile: Profile) -> None:
    assert [each for each in Check if is_choice(profile, each)] == [Check.EVALUATION]
