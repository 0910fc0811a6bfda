"""The acts of the procurement law, each by its command, from amendment to complaint."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.vocabulary import BALLOTS, PRICES, PROPOSALS, Phase

Run = Callable[..., Any]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A file that somebody publishes: reasons, grounds, a question, an answer."""
    path = tmp_path / "teks.txt"
    path.write_text("Lampiran 3 tidak terbaca")
    return path


@pytest.fixture
def closes(stage: Stage) -> str:
    """A closing time that the pilot's rules allow."""
    return datetime.fromtimestamp(stage.ledger.chain.now + pilot.TENDERING, UTC).isoformat()


@pytest.fixture
def buyer(tender: Tender) -> Wallet:
    return tender.buyer.wallet


def opened(stage: Stage, tender: Tender) -> int:
    """Brings a tender to its opened bids."""
    for act in (acts.publish, acts.seal, acts.open_bids):
        act(stage, [tender])
    return tender.id


def ranked(stage: Stage, tender: Tender) -> int:
    """Brings a tender to its standstill."""
    opened(stage, tender)
    for act in (acts.draw, acts.cast_ballots, acts.open_ballots):
        act(stage, [tender])
    return tender.id


def awarded(stage: Stage, tender: Tender) -> int:
    ranked(stage, tender)
    acts.finalise(stage, [tender])
    return tender.id


def phase(stage: Stage, number: int) -> Phase:
    (found,) = stage.ledger.awards.phases([number])
    return found


def pay(stage: Stage, account: Wallet, amount: int) -> None:
    """The treasury gives an account money."""
    treasury = stage.offices.treasury
    mint = stage.ledger.token("IDR").mint(treasury, account.address, amount, keccak(b"deposit"))
    stage.send([mint])


# Publication


def test_a_release_of_several_lots_is_published_at_once(
    stage: Stage, buyer: Wallet, terang: Run, tmp_path: Path, closes: str
) -> None:
    lots = [
        {"id": name, "value": {"amount": amount, "currency": "IDR"}}
        for name, amount in (("A", 5), ("B", 7))
    ]
    tender = {"title": "Jalan", "lots": lots, "tenderPeriod": {"endDate": closes}}
    release = tmp_path / "rilis.json"
    release.write_text(json.dumps({"ocid": "ocds-213czf-9", "tender": tender}))
    before = stage.ledger.chain.head().number
    said = terang("tender", "publish", "--file", release, "--json", by=buyer).document
    assert stage.ledger.chain.head().number == before + 1
    assert [each["lot"] for each in said["lots"]] == ["A", "B"]
    assert [each["ceiling"] for each in said["lots"]] == [500, 700]
    first, second = (
        terang("tender", "show", each["tender"], "--json").document for each in said["lots"]
    )
    assert first["ocid"] == second["ocid"] == "ocds-213czf-9"
    assert first["closes"] == second["closes"]
    assert second["tender"] == first["tender"] + 1


def test_lots_of_a_file_differ_in_what_it_says(
    stage: Stage, buyer: Wallet, terang: Run, text: Path, tmp_path: Path, closes: str
) -> None:
    lots = tmp_path / "lots.toml"
    lots.write_text(
        '[[lots]]\nid = "jalan"\ncategory = "works"\nceiling = "12.5"\n'
        '[[lots]]\nid = "desain"\nmethod = "quality-price"\nweight = 70\nthreshold = 65\n'
    )
    words = ["tender", "publish", "--ocid", "ocds-1", "--document", text, "--closes", closes]
    said = terang(*words, "--lots", lots, "--json", by=buyer).document
    road, design = (
        terang("tender", "show", each["tender"], "--json").document for each in said["lots"]
    )
    assert (road["terms"]["category"], road["terms"]["ceiling"]) == ("works", 1250)
    assert (design["terms"]["method"], design["terms"]["weight"]) == ("quality_price", 7000)
    assert design["terms"]["threshold"] == 65
    shown = terang("tender", "show", design["tender"]).out
    assert "Weight of quality 70 per cent; least mean mark 65" in shown
    # each box of a tender in two envelopes has a key of its own
    keys = stage.ledger.keys
    numbers = [
        keys.key_of(stage.ledger.tenders.box(design["tender"], stage_))[0]
        for stage_ in (PROPOSALS, PRICES)
    ]
    assert len(set(numbers)) == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("lots = 3", "has no lots"),
        ("[[lots]]\nid = 'a'\nprice = 3", "price"),
        ("[[lots]]\nceiling = 3", "id"),
        ("[[lots]]\nid = 'a'\nceiling = 1.5", "ceiling"),
        ("[[lots]]\nid = 'a'\nceiling = 'NaN'", "ceiling"),
        ("[[lots]]\nid = 'a'\nthreshold = true", "threshold"),
        ("[[lots]]\nid = 'a'\nmethod = 'dice'", "method"),
        ("[[lots]]\nid = 'a'\n[[lots]]\nid = 'a'", "named twice"),
        ("[[lots]]\nid = 'a'\nweight = 50", "weight and a threshold"),
        ("[[lots]]\nid = 'a'\nmethod = 'quality-price'", "weight of quality is missing"),
        ("[[lots]]\nid = 'a'\nmethod = 'quality-price'\nweight = 95", "from 10 to 90"),
        ("[[lots]]\n" * 33, "at most 32"),
        ("not toml", "not TOML"),
    ],
)
def test_a_file_of_lots_that_cannot_be_used_is_refused_by_its_field(
    stage: Stage,
    buyer: Wallet,
    terang: Run,
    text: Path,
    tmp_path: Path,
    closes: str,
    content: str,
    complaint: str,
) -> None:
    lots = tmp_path / "lots.toml"
    lots.write_text(content)
    words = ["tender", "publish", "--ocid", "ocds-1", "--document", text, "--closes", closes]
    said = terang(*words, "--lots", lots, by=buyer)
    assert said.code == 2, said.err
    assert complaint in said.err


def test_a_tender_is_published_again_under_the_name_of_the_one_that_failed(
    stage: Stage, tender: Tender, buyer: Wallet, terang: Run, text: Path, closes: str
) -> None:
    acts.publish(stage, [tender])
    words = ["tender", "publish", "--ocid", "ocds-1", "--document", text, "--closes", closes]
    words += ["--predecessor", tender.id]
    assert terang(*words, by=buyer).code == 4  # it runs
    acts.cancel(stage, [tender])
    said = terang(*words, "--json", by=buyer).document
    assert f"It repeats tender {tender.id}" in terang("tender", "show", said["tender"]).out


# Before closing


def test_an_amendment_makes_a_version_and_moves_a_closing_that_is_near(
    stage: Stage, tender: Tender, buyer: Wallet, terang: Run, text: Path, tmp_path: Path
) -> None:
    acts.publish(stage, [tender])
    plan = tmp_path / "gambar.pdf"
    plan.write_bytes(b"%PDF baru")
    chain = stage.ledger.chain
    closing = stage.ledger.tenders.open_tender(tender.id)
    assert closing is not None
    chain.advance_to(closing[3] - pilot.DAY)
    words = ["tender", "amend", tender.id, "--reason", text, "--document", plan]
    said = terang(*words, "--ceiling", 9, "--json", by=buyer).document
    assert said["version"] == 2
    now = chain.head().timestamp
    assert (
        said["closes"]
        == datetime.fromtimestamp(now + pilot.rule().amendment_period, UTC).isoformat()
    )
    shown = terang("tender", "show", tender.id, "--json").document
    assert (shown["version"], shown["terms"]["ceiling"]) == (2, 900)
    assert shown["terms"]["documents"] == "0x" + keccak(plan.read_bytes()).hex()
    assert (tmp_path / "documents" / keccak(text.read_bytes()).hex()).exists()
    assert terang(*words, "--ceiling", 8, by=Wallet.create()).code == 4


def test_an_amendment_that_changes_nothing_or_closes_earlier_voids_no_bid(
    stage: Stage, tender: Tender, buyer: Wallet, terang: Run, text: Path
) -> None:
    acts.publish(stage, [tender])
    closing = stage.ledger.tenders.open_tender(tender.id)
    assert closing is not None
    earlier = datetime.fromtimestamp(closing[3] - 1, UTC).isoformat()
    words = ["tender", "amend", tender.id, "--reason", text]
    nothing = terang(*words, by=buyer)
    assert nothing.code == 2
    assert "Nothing" in nothing.err
    sooner = terang(*words, "--ceiling", 9, "--closes", earlier, by=buyer)
    assert sooner.code == 2
    assert "never earlier" in sooner.err
    assert terang("tender", "show", tender.id, "--json").document["version"] == 1


def test_questions_are_answered_once_and_listed(
    stage: Stage, tender: Tender, buyer: Wallet, terang: Run, text: Path, tmp_path: Path
) -> None:
    acts.publish(stage, [tender])
    supplier = next(iter(tender.bidders.values())).wallet
    answer = tmp_path / "jawaban.txt"
    answer.write_text("Lihat addendum")
    asked = terang("tender", "enquire", tender.id, text, "--json", by=supplier).document
    assert asked["enquiry"] == 1
    assert "not answered" in terang("tender", "enquiries", tender.id).out
    assert terang("tender", "answer", tender.id, 1, answer, by=supplier).code == 4
    assert terang("tender", "answer", tender.id, 1, answer, by=buyer).code == 0
    assert terang("tender", "answer", tender.id, 1, text, by=buyer).code == 4
    (listed,) = terang("tender", "enquiries", tender.id, "--json").document["enquiries"]
    assert listed["question"] == "0x" + keccak(text.read_bytes()).hex()
    assert listed["answer"] == "0x" + keccak(answer.read_bytes()).hex()
    assert {each.name for each in (tmp_path / "documents").iterdir()} >= {
        keccak(each.read_bytes()).hex() for each in (text, answer)
    }


# Evaluation


def test_a_seat_leaves_its_panel_and_a_reserve_sits(
    stage: Stage, tender: Tender, terang: Run, text: Path
) -> None:
    number = opened(stage, tender)
    member = stage.members[1].wallet
    assert terang("ballot", "recuse", number, "--reason", text, by=member).code == 2  # no panel
    acts.draw(stage, [tender])
    ((seat, *others),) = stage.ledger.ballots.panels([number])
    words = ["ballot", "recuse", number, "--reason", text]
    assert terang(*words, by=Wallet.create()).code == 4
    said = terang(*words, "--json", by=stage.members[seat].wallet).document
    assert said["seat"] == seat
    ((first, *rest),) = stage.ledger.ballots.panels([number])
    assert first == said["reserve"]
    assert rest == others
    shown = terang("award", "show", number)
    assert f"Seat {seat} recused itself; seat {first} took the place" in shown.out


def test_the_draw_flags_abnormally_low_bids_once(stage: Stage, tender: Tender, terang: Run) -> None:
    lowest = min(each.price for each in tender.lot.bids)
    ceiling = next(each.price for each in tender.lot.bids if each.price == lowest) * 2
    tender.terms = type(tender.terms)(**{**vars(tender.terms), "ceiling": ceiling})
    number = opened(stage, tender)
    operator = stage.offices.operator
    said = terang("award", "draw", number, "--json", by=operator).document
    assert said["low"]
    assert said["question"] == "responsiveness"
    again = terang("award", "flag", number, by=operator)
    assert again.code == 2
    assert "no such abnormally low bid" in again.err
    assert "bids abnormally low: IDR" in terang("award", "show", number).out
    assert terang("award", "show", number, "--json").document["abnormallyLow"]


def test_a_proposal_is_scored_with_numbers(
    stage: Stage, tender: Tender, buyer: Wallet, terang: Run
) -> None:
    from terang.errors import UsageError
    from terang.ledger.balloting import marks_of
    from terang.vocabulary import Question

    words = ["7=85", "9=recused"]
    assert marks_of(words, [9, 7], Question.QUALITY) == bytes([255, 85])
    for wrong in (["7=101", "9=1"], ["7=yes", "9=1"], ["7=085", "9=1"]):
        with pytest.raises(UsageError, match="0 to 100"):
            marks_of(wrong, [9, 7], Question.QUALITY)


# Award


def test_a_winner_that_accepts_is_not_passed_over(
    stage: Stage, tender: Tender, terang: Run
) -> None:
    number = awarded(stage, tender)
    assert terang("award", "accept", number, by=Wallet.create()).code == 4
    assert terang("award", "accept", number, by=tender.supplier.wallet).code == 0
    assert "The winner accepted" in terang("award", "show", number).out
    chain = stage.ledger.chain
    chain.advance_to(chain.now + pilot.rule().signing_period + 1)
    assert terang("award", "pass-over", number, by=stage.offices.operator).code == 4
    assert phase(stage, number) is Phase.UNSUCCESSFUL


def test_a_winner_that_does_not_sign_is_passed_over_and_the_next_is_ranked_first(
    stage: Stage, tender: Tender, terang: Run
) -> None:
    number, operator = awarded(stage, tender), stage.offices.operator
    first, chain = tender.supplier, stage.ledger.chain
    soon = terang("award", "pass-over", number, by=operator)  # it may still sign
    assert soon.code == 4
    assert f"`tender timeline {number}`" in soon.err
    chain.advance_to(chain.now + pilot.rule().signing_period + 1)
    passed = terang("award", "pass-over", number, "--json", by=operator).document
    assert passed["organisation"] == first.id
    said = terang("award", "rank", number, "--json", by=operator).document
    shown = terang("award", "show", number, "--json").document
    assert shown["excluded"] == [first.id]
    if said["course"] == "StandstillStarted":
        assert shown["winner"] not in (None, first.id)
        assert phase(stage, number) is Phase.STANDSTILL
    else:
        assert phase(stage, number) is Phase.UNSUCCESSFUL


# Complaints


@pytest.mark.parametrize(
    ("ruling", "after"),
    [
        ("dismiss", Phase.STANDSTILL),
        ("exclude", Phase.EVALUATION),
        ("re-evaluate", Phase.EVALUATION),
        ("cancel", Phase.CANCELLED),
    ],
    ids=["dismiss", "exclude", "re-evaluate", "cancel"],
)
def test_a_complaint_is_decided_by_its_panel_and_carried_through(
    stage: Stage, tender: Tender, terang: Run, text: Path, ruling: str, after: Phase
) -> None:
    number, operator = ranked(stage, tender), stage.offices.operator
    ((winner, price),) = stage.ledger.awards.winners([number])
    opened_ = stage.ledger.tenders.bidders([number])[number]
    rival = next(each for each in tender.bidders.values() if each.id in opened_)
    words = ["complaint", "file", number, "--grounds", text, "--json"]
    sent = stage.ledger.chain.head().number
    poor = terang(*words, by=rival.wallet)
    assert poor.code == 2
    assert "needs a deposit of" in poor.err
    assert stage.ledger.chain.head().number == sent, "an allowance is left behind"
    pay(stage, rival.wallet, price)
    assert terang(*words, by=Wallet.create()).code != 0
    filed = terang(*words, by=rival.wallet).document
    assert filed["deposit"] == price * pilot.rule().complaint_deposit // 10_000
    complaint = filed["complaint"]
    assert f"{complaint}  tender {number}" in terang("complaint", "list").out

    chain = stage.ledger.chain
    chain.advance_to(chain.now + pilot.rule().standstill_period)
    assert terang("award", "finalise", number, by=operator).code == 4  # it is open

    for seat in filed["panel"]:
        vote = ["complaint", "vote", complaint, "--ruling", ruling, "--reasons", text]
        # the time for votes is over
        assert terang(*vote, by=stage.members[seat].wallet).code == 4
    again = terang("complaint", "decide", complaint, "--json", by=operator).document
    assert again["status"] == "open"
    for seat in again["panel"]:
        member = stage.members[seat].wallet
        assert terang(*vote, by=member).code == 0
        assert terang(*vote, by=member).code == 4
    decided = terang("complaint", "decide", complaint, "--json", by=operator).document
    assert (decided["status"], decided["ruling"]) == ("decided", ruling)
    assert phase(stage, number) is after
    paid = terang("complaint", "deposit", complaint, "--json", by=operator).document
    assert paid["account"] == rival.wallet.address
    shown = terang("complaint", "show", complaint, "--json").document
    assert [len(each["votes"]) for each in shown["panels"]] == [0, len(again["panel"])]
    assert shown["paid"] is not None
    if ruling == "dismiss":
        assert terang("award", "finalise", number, by=operator).code == 0
    if ruling == "exclude":
        assert terang("award", "rank", number, by=operator).code == 0
        assert terang("award", "show", number, "--json").document["excluded"] == [winner]
    if ruling == "re-evaluate":
        drawn = terang("award", "draw", number, "--json", by=operator).document
        assert stage.ledger.ballots.closing_times([(number, BALLOTS + 1)]) == [
            int(datetime.fromisoformat(drawn["closes"]).timestamp())
        ]


def test_an_abusive_complaint_leaves_its_deposit_to_a_treasury(
    stage: Stage, tender: Tender, terang: Run, text: Path
) -> None:
    number, operator = ranked(stage, tender), stage.offices.operator
    ((_winner, price),) = stage.ledger.awards.winners([number])
    opened_ = stage.ledger.tenders.bidders([number])[number]
    rival = next(each for each in tender.bidders.values() if each.id in opened_).wallet
    pay(stage, rival, price)
    filed = terang("complaint", "file", number, "--grounds", text, "--json", by=rival).document
    vote = ["complaint", "vote", filed["complaint"], "--reasons", text, "--abusive", "--ruling"]
    assert terang(*vote, "exclude", by=stage.members[filed["panel"][0]].wallet).code == 4
    for seat in filed["panel"]:
        assert terang(*vote, "dismiss", by=stage.members[seat].wallet).code == 0
    said = terang("complaint", "decide", filed["complaint"], "--json", by=operator).document
    assert said["abusive"] is True
    assert terang("complaint", "deposit", filed["complaint"], by=rival).code == 4
    treasury = stage.offices.treasury
    paid = terang("complaint", "deposit", filed["complaint"], "--json", by=treasury).document
    assert paid["account"] == treasury.address


def test_without_a_ranking_nobody_complains(
    stage: Stage, tender: Tender, terang: Run, text: Path
) -> None:
    number = opened(stage, tender)
    supplier = next(iter(tender.bidders.values())).wallet
    said = terang("complaint", "file", number, "--grounds", text, by=supplier)
    assert said.code == 2
    assert "not ranked" in said.err
    assert terang("complaint", "show", 7).code == 2
