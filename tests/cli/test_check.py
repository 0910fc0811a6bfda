"""What anybody checks of the openers' ceremony, by commands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.sealing.seed import save_seed
from terang.vocabulary import BIDS

from ..sealing.dealings import misdirected

Say = Callable[..., Any]
CHECK = ["keys", "check", "--record", "deployment.json"]


def test_a_good_ceremony_and_the_key_of_a_box_are_checked(
    stage_and_tender: tuple[Stage, Tender], say: Say
) -> None:
    stage, tender = stage_and_tender
    (batch,) = say(*CHECK, "--json").document
    assert (batch["dealers"], batch["wrong"], batch["ready"]) == ([1, 2, 3, 4, 5, 6, 7], [], True)
    assert say(*CHECK, "--batch", 1, "--json").document == [batch]
    text = say(*CHECK)
    assert (text.code, batch["root"] in text.out) == (0, True)

    point = "0x" + tender.bid_key.public_key.format().hex()
    of_tender = [*CHECK, "--tender", tender.id]
    url = stage.ledger.chain.url
    told = say(*of_tender, "--check-with", url, "--json").document
    assert told == {"tender": tender.id, "stage": 0, "point": point, "checkedWith": url}
    assert point in say(*of_tender).out
    assert say(*of_tender, "--check-with", "http://127.0.0.1:9").code == 3
    assert say(*of_tender, "--ballots").code == 2  # no panel yet


@pytest.mark.parametrize("act", ["seal", "prepare"])
def test_no_bid_is_made_for_a_key_that_is_not_proved(
    stage_and_tender: tuple[Stage, Tender],
    say: Say,
    keystore: Callable[[Wallet], list[object]],
    monkeypatch: pytest.MonkeyPatch,
    act: str,
) -> None:
    _stage, tender = stage_and_tender
    wallet = next(iter(tender.bidders.values())).wallet
    signer = keystore(wallet) if act == "seal" else ["--bidder", wallet.address]
    Path("offer.txt").write_text("Penawaran")
    bid = ["bid", act, "--tender", tender.id, "--price", 1, "--file", "offer.txt"]
    bid += ["--record", "deployment.json", *signer]
    told = Chain.views

    def lying(chain: Chain, calls: Any, **more: Any) -> list[Any]:
        found = told(chain, calls, **more)
        return [
            {**each, "point": wallet.address} if name == "boxOf" else each
            for each, (_contract, name, _args) in zip(found, calls, strict=True)
        ]

    before = {each.name for each in Path().rglob("*")}
    with monkeypatch.context() as node:
        node.setattr(Chain, "views", lying)
        refused = say(*bid)
    assert (refused.code, refused.out) == (1, "")
    assert "Seal nothing" in refused.err
    assert {each.name for each in Path().rglob("*")} == before
    assert say(*bid).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--batch", 1, "--tender", 1],
        ["--tender", 1, "--evidence", "x.json"],
        ["--ballots"],
        ["--check-with", "http://127.0.0.1:9"],
        ["--batch", 1, "--check-with", "http://127.0.0.1:9"],
        ["--batch", 7],
        ["--tender", 99],
        ["--batch", 0],
    ],
)
def test_what_cannot_be_checked_is_refused(
    stage_and_tender: tuple[Stage, Tender], say: Say, words: list[object]
) -> None:
    refused = say(*CHECK, *words)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err


def test_a_wrong_share_ends_with_five_and_names_its_opener(
    stage_and_tender: tuple[Stage, Tender], chain: Chain, say: Say
) -> None:
    stage, tender = stage_and_tender
    seat = next(iter(stage.openers.seeds))
    box = stage.ledger.tenders.box(tender.id, BIDS)
    chain.advance_to(*stage.ledger.tenders.closing_times([(tender.id, BIDS)]))
    opener = stage.members[seat].wallet
    stage.send([stage.ledger.keys.offer_share(opener, tender.bid_key.id, box, 7)])
    found = say(*CHECK)
    assert found.code == 5
    assert f"opener 1 (seat {seat}) published a wrong share" in found.out
    as_json = say(*CHECK, "--json")
    assert as_json.code == 5
    assert len(json.loads(as_json.out)[0]["wrong"]) == 1


def test_a_dealer_is_accused_on_chain_and_by_a_file_that_anybody_checks(
    prepared: tuple[Stage, list[Tender]],
    chain: Chain,
    say: Say,
    keystore: Callable[[Wallet], list[object]],
) -> None:
    stage, _tenders = prepared
    keys, openers = stage.ledger.keys, stage.openers._seated  # which only a test may borrow
    (receipt,) = stage.send([keys.open_batch(openers[0].wallet, 1, 1)])
    number, until = keys.opened_batch(receipt)
    context = openers[2].opener.context
    rigged = misdirected(context, 3, number, [[1, 2, 3, 4]], 10, [5])
    deals = [rigged if i == 2 else each.opener.deal(number, 1) for i, each in enumerate(openers)]
    stage.send(
        [keys.deal(each.wallet, 1, number, deal) for each, deal in zip(openers, deals, strict=True)]
    )
    chain.advance_to(until)
    seats = list(stage.openers.seeds)
    Path("password").write_text("rahasia\n")
    save_seed(stage.openers.seeds[seats[4]], Path("own.seed"), "rahasia", 2)
    accuse = ["keys", "accuse", "--record", "deployment.json", "--batch", number, "--seed"]
    accuse += ["own.seed", "--seed-password-file", "password", "--seat", seats[4], "--json"]
    accuse += keystore(openers[4].wallet)

    honest = say(*accuse, "--dealer", 2)
    assert (honest.code, list(Path().glob("accusation*"))) == (1, [])
    assert "nothing to accuse" in honest.err
    assert "dryRun" in say(*accuse, "--dealer", 3, "--dry-run").document
    assert say(*CHECK).code == 0
    assert list(Path().glob("accusation*")) == []
    written = say(*accuse, "--dealer", 3).document
    assert written["file"] == f"accusation-{number}-3-5.json"
    content = Path(written["file"]).read_bytes()
    assert Path("documents", written["hash"][2:]).read_bytes() == content
    assert say(*accuse, "--dealer", 3).code == 2  # nothing is overwritten
    Path(written["file"]).rename("kept.json")
    again = say(*accuse, "--dealer", 3)
    assert (again.code, list(Path().glob("accusation*"))) == (4, [])
    Path("kept.json").rename(written["file"])
    assert list(keys.context(1).members) == [1, 2, 4, 5, 6, 7]
    shown = say(*CHECK)
    assert shown.code == 5
    assert f"opener 3 (seat {seats[2]}) dealt opener 5 (seat {seats[4]}) wrong shares" in shown.out

    check = [*CHECK, "--evidence", written["file"]]
    assert f"opener 3 (seat {seats[2]}) dealt opener 5 (seat {seats[4]})" in say(*check).out
    told = say(*check, "--json").document
    assert (told["dealerSeat"], told["openerSeat"], told["keys"]) == (seats[2], seats[4], [0])
    Path("forged.json").write_bytes(content.replace(b'"dealer": 3', b'"dealer": 2'))
    forged = say(*CHECK, "--evidence", "forged.json")
    assert (forged.code, forged.out) == (1, "")
    assert say(*CHECK, "--evidence", "missing.json").code == 1
