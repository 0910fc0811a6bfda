"""Keys of organisations and accounts of seats, by command."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from terang.chain.connection import Chain
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.ledger.pilot import DAY

Say = Callable[..., Any]


@pytest.fixture
def buyer(prepared: tuple[Stage, list[Tender]]) -> Any:
    """An organisation with its number and the wallet that acts for it."""
    return prepared[1][0].buyer


def at(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()


def test_a_key_consents_offline_and_serves_its_organisation_until_it_is_revoked(
    stage: Stage, chain: Chain, buyer: Any, terang: Say
) -> None:
    clerk, starts = Wallet.create(), chain.now + DAY
    prepare = ["participant", "key", "prepare", buyer.id, "--address", clerk.address]
    prepare += ["--power", "act", "--from", at(starts)]
    file = terang(*prepare, "--json").document["file"]
    assert terang(*prepare).code == 2  # what may be signed already is not overwritten

    sign = ["participant", "key", "sign", file]
    other = terang(*sign, by=buyer.wallet, chain=False)
    assert other.code == 2
    assert "not by" in other.err
    signed = terang(*sign, "--json", by=clerk, chain=False)
    for word in (clerk.address, "act for it", "Without end", f"organisation {buyer.id}"):
        assert word in signed.err

    submit = ["participant", "key", "submit", file, "--signature", signed.document["file"]]
    before = chain.head().number
    assert "KeyAuthorised" in terang(*submit, "--dry-run", by=buyer.wallet).out
    assert chain.head().number == before
    assert terang(*submit, by=stage.offices.relay).code == 4
    early = terang(*submit, by=stage.offices.registrar)  # seven days ahead, or more
    assert early.code == 4
    done = terang(*submit, "--json", by=buyer.wallet).document
    assert (done["account"], done["organisation"]) == (clerk.address, buyer.id)
    shown = terang("participant", "show", buyer.id, "--json").document
    assert clerk.address in shown["accounts"]
    assert terang(*submit, by=buyer.wallet).code == 4  # once only

    register = stage.ledger.participants.contract
    chain.advance_to(starts)
    assert chain.view(register, "servedBy", clerk.address, 1) == buyer.id
    assert chain.view(register, "servedBy", clerk.address, 2) == 0
    revoke = ["participant", "key", "revoke", clerk.address]
    assert "KeyRevoked" in terang(*revoke, "--dry-run", by=buyer.wallet).out
    assert terang(*revoke, by=stage.offices.relay).code == 4
    late = terang(*revoke, "--json", by=stage.offices.registrar).document
    assert datetime.fromisoformat(late["until"]).timestamp() == pytest.approx(
        chain.now + 7 * DAY, abs=60
    )
    done = terang(*revoke, "--json", by=buyer.wallet).document
    assert datetime.fromisoformat(done["until"]).timestamp() == chain.now
    assert chain.view(register, "servedBy", clerk.address, 1) == 0
    assert terang(*revoke, by=buyer.wallet).code == 4


def test_only_the_key_itself_consents(stage: Stage, chain: Chain, buyer: Any, terang: Say) -> None:
    clerk = Wallet.create()
    prepare = ["participant", "key", "prepare", buyer.id, "--address", clerk.address]
    prepare += ["--power", "act", "--power", "bid", "--from", at(chain.now + DAY)]
    until = at(chain.now + 9 * DAY)
    file = terang(*prepare, "--until", until, "--json").document["file"]
    signed = terang("participant", "key", "sign", file, "--json", by=clerk, chain=False)
    assert "act and bid for it" in signed.err
    consent = Path(signed.document["file"])
    content = json.loads(consent.read_text())
    submit = ["participant", "key", "submit", file, "--signature", consent]
    for name, value, expected in (
        ("account", buyer.wallet.address, "not by"),
        ("digest", "0x" + bytes(32).hex(), "signed something else"),
        ("signature", "0x" + bytes(65).hex(), "did not sign"),
    ):
        consent.write_text(json.dumps(content | {name: value}))
        said = terang(*submit, by=buyer.wallet)
        assert said.code in (1, 2), name
        assert expected in said.err
    consent.write_text(json.dumps(content))
    assert terang(*submit, by=buyer.wallet).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--power", "vote", "--from", "2030-01-01T00:00:00Z"],
        ["--power", "act", "--from", "2030-01-01"],
        ["--from", "2030-01-01T00:00:00Z"],
        ["--power", "act"],
    ],
)
def test_what_is_no_key_is_not_prepared(stage: Stage, terang: Say, words: list[str]) -> None:
    account = Wallet.create().address
    said = terang("participant", "key", "prepare", 1, "--address", account, *words)
    assert said.code == 2
    assert "Traceback" not in said.err


def test_a_member_moves_its_seat_to_a_new_account(stage: Stage, chain: Chain, terang: Say) -> None:
    member, successor, stranger = (
        next(iter(stage.members.values())),
        Wallet.create(),
        Wallet.create(),
    )
    move = ["consortium", "move", member.seat, "--address", successor.address]
    before = chain.head().number
    assert "SeatAccountChanged" in terang(*move, "--dry-run", by=member.wallet).out
    assert chain.head().number == before
    assert terang(*move, by=stage.offices.relay).code == 4
    assert terang(*move, "--json", by=member.wallet).document["account"] == successor.address
    seats = terang("consortium", "list", "--json").document
    assert next(each for each in seats if each["seat"] == member.seat)["account"] == (
        successor.address
    )
    assert terang(*move, by=successor).code == 4  # nobody takes a seat twice
    move[-1] = stranger.address
    assert terang(*move, by=member.wallet).code == 4  # it has none any more
    assert terang(*move, by=stage.offices.administrator).code == 0
