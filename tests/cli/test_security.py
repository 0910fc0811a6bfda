"""Securities by command: paid in, under notice, taken out, guaranteed, and followed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.chain.connection import Chain
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.replay.securities import NOTICE
from terang.vocabulary import EVER, Licence

Say = Callable[..., Any]


@pytest.fixture
def supplier(stage: Stage, terang: Say, tender: Tender, tmp_path: Path) -> Wallet:
    """A supplier with a thousand rupiah of its own."""
    record = tmp_path / "dipa.txt"
    record.write_text("DIPA nomor 7 tahun 2026")
    mint = ["treasury", "mint", "IDR", "1000", "--commitment", record]
    found = min(tender.bidders.items())[1].wallet
    assert terang(*mint, "--to", found.address, by=stage.offices.treasury).code == 0
    return found


def test_money_is_paid_in_put_under_notice_and_taken_out(
    chain: Chain, terang: Say, supplier: Wallet
) -> None:
    elsewhere = Wallet.create().address
    before = chain.head().number
    assert "Deposited" in terang("security", "deposit", "IDR", "600", "--dry-run", by=supplier).out
    assert chain.head().number == before
    paid = terang("security", "deposit", "IDR", "600", "--json", by=supplier).document
    assert paid["amount"] == 60_000
    organisation = paid["organisation"]
    more = terang("security", "notice", "IDR", "600.01", by=supplier)
    assert more.code == 4
    assert "60001 is more than the 60000" in more.err
    assert terang("security", "notice", "IDR", "500", by=supplier).code == 0
    early = terang("security", "withdraw", "IDR", by=supplier)
    assert early.code == 4
    assert "under notice until" in early.err
    assert "IDR\N{NO-BREAK SPACE}500.00" in terang("security", "show", organisation, "IDR").out
    assert "any more" in terang("security", "notice", "IDR", by=supplier).out
    assert terang("security", "notice", "IDR", "400", by=supplier).code == 0
    chain.rpc("evm_increaseTime", NOTICE)
    chain.rpc("evm_mine")
    done = terang("security", "withdraw", "IDR", "--to", elsewhere, "--json", by=supplier).document
    assert (done["to"], done["amount"]) == (elsewhere, 40_000)
    shown = terang("security", "show", organisation, "IDR", "--json").document
    assert (shown["balance"], shown["noticed"], shown["noticeEndsAt"]) == (20_000, 0, None)
    assert terang("audit", "replay").code == 0


def test_a_licensed_guarantor_stands_for_an_organisation(
    stage: Stage, chain: Chain, terang: Say, supplier: Wallet, tmp_path: Path
) -> None:
    letter = tmp_path / "jaminan.pdf"
    letter.write_bytes(b"jaminan")
    organisation = terang("security", "deposit", "IDR", "1", "--json", by=supplier).document[
        "organisation"
    ]
    guarantor = stage.offices.relay
    act = ["security", "guarantee", organisation, "IDR", "300", "--document", letter]
    act += ["--until", "2030-01-01T00:00:00Z"]
    refused = terang(*act, by=guarantor)
    assert refused.code == 4
    assert "no licensed guarantor" in refused.err
    ledger, authority = stage.ledger, stage.offices.administrator
    grant = ledger.participants.grant(authority, Licence.GUARANTOR, guarantor.address, EVER)
    ledger.send([grant])
    given = terang(*act, "--json", by=guarantor).document
    assert given["amount"] == 30_000
    (shown,) = terang("security", "show", organisation, "IDR", "--json").document["guarantees"]
    assert shown["guarantor"] == guarantor.address
    assert shown["document"] == "0x" + keccak(b"jaminan").hex()
    assert terang("audit", "replay").code == 0


def test_what_can_not_be_done_is_said(terang: Say, stage: Stage, supplier: Wallet) -> None:
    for said, by, code, expected in (
        (["settle", 999], supplier, 2, "999"),
        (["collect", "IDR"], supplier, 4, "no licensed treasury"),
        (["collect", "IDR"], stage.offices.treasury, 4, "Nothing is forfeited"),
        (["deposit", "XXX", "1"], supplier, 2, "no token for XXX"),
        (["withdraw", "IDR"], supplier, 4, "nothing under notice"),
        (["notice", "IDR", "1"], stage.offices.treasury, 2, "--organisation"),
    ):
        found = terang("security", *said, by=by)
        assert found.code == code, said
        assert expected in found.err
