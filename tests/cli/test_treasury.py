"""Money by command: issued, looked at; what an agreement leaves renounced, and claimed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.sealing.curve import words
from terang.vocabulary import Phase

Say = Callable[..., Any]
_CLAIMABLE = 2  # slot of Escrow._claimable


@pytest.fixture
def commitment(tmp_path: Path) -> Path:
    path = tmp_path / "dipa.txt"
    path.write_text("DIPA nomor 7 tahun 2026")
    return path


@pytest.fixture
def contracted(prepared: tuple[Stage, list[Tender]]) -> Tender:
    """A tender whose agreement is signed and funded; nothing is reported."""
    stage, tenders = prepared
    tenders = [next(each for each in tenders if not each.lot.cancelled)]
    for act in (
        acts.publish, acts.seal, acts.open_bids, acts.draw, acts.cast_ballots, acts.open_ballots,
        acts.finalise, acts.sign, acts.fund,
    ):  # fmt: skip
        act(stage, tenders)
    assert stage.ledger.awards.phases([tenders[0].id]) == [Phase.CONTRACTED]
    return tenders[0]


def test_a_treasury_issues_money_once_for_each_commitment(
    stage: Stage, chain: Chain, terang: Say, commitment: Path
) -> None:
    treasury, other = stage.offices.treasury, Wallet.create().address
    kept = Path("documents", keccak(commitment.read_bytes()).hex())
    mint = ["treasury", "mint", "IDR", "1250000.50", "--commitment", commitment]
    before = chain.head().number
    assert "Minted" in terang(*mint, "--dry-run", by=treasury).out
    assert chain.head().number == before
    assert not kept.exists()

    assert terang(*mint, by=stage.offices.relay).code == 4
    done = terang(*mint, "--to", other, "--json", by=treasury).document
    assert (done["to"], done["amount"]) == (other, 125_000_050)
    assert done["commitment"] == "0x" + kept.name
    assert kept.read_bytes() == commitment.read_bytes()
    again = terang(*mint, by=treasury)
    assert again.code == 4
    commitment.write_text("DIPA nomor 8 tahun 2026")
    assert "IDR\N{NO-BREAK SPACE}1,250,000.50 is issued" in terang(*mint, by=treasury).out

    shown = terang("treasury", "show", "IDR", "--json").document
    assert shown["issued"] == 2 * 125_000_050
    assert shown["balances"] == {other: 125_000_050, treasury.address: 125_000_050}
    assert [each["commitment"] for each in shown["commitments"]] == [
        "0x" + kept.name,
        "0x" + keccak(commitment.read_bytes()).hex(),
    ]
    text = terang("treasury", "show", "IDR").out
    for word in (other, "2,500,001.00", kept.name):
        assert word in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["mint", "XXX", "1", "--commitment", "dipa.txt"], "no token for XXX"),
        (["mint", "IDR", "0", "--commitment", "dipa.txt"], "not an amount"),
        (["mint", "IDR", "0.001", "--commitment", "dipa.txt"], "2 decimals"),
        (["mint", "IDR", "1", "--commitment", "nowhere"], "nowhere"),
        (["mint", "IDR", "1"], "--commitment"),
        (["mint", "IDR", "1", "--commitment", "dipa.txt", "--to", "0x0"], "not an address"),
    ],
)
def test_what_cannot_be_issued_is_said_before_anything_is_sent(
    stage: Stage, chain: Chain, terang: Say, commitment: Path, words: list[str], expected: str
) -> None:
    before = chain.head().number
    said = terang("treasury", *words, by=stage.offices.treasury)
    assert said.code == 2
    assert expected in said.err
    assert chain.head().number == before
    assert terang("treasury", "show", "XXX").code == 2


def test_a_supplier_renounces_the_rest_and_the_agreement_is_closed(
    stage: Stage, chain: Chain, contracted: Tender, terang: Say
) -> None:
    supplier, treasury = contracted.supplier.wallet, stage.offices.treasury
    close = ["agreement", "close", contracted.id]
    assert terang(*close, by=treasury).code == 4
    renounce = ["agreement", "renounce", contracted.id]
    before = chain.head().number
    assert "Renounced" in terang(*renounce, "--dry-run", by=supplier).out
    assert chain.head().number == before
    assert terang(*renounce, by=treasury).code == 4
    assert terang(*renounce, "--json", by=supplier).document["tender"] == contracted.id
    assert terang(*renounce, by=supplier).code == 4
    shown = terang("agreement", "show", contracted.id)
    assert "renounced the rest" in shown.out
    shown = terang("agreement", "show", contracted.id, "--json").document
    assert shown["renounced"]
    assert terang(*close, by=treasury).code == 0
    assert terang("agreement", "renounce", 999, by=supplier).code == 2


def test_what_was_not_delivered_is_claimed(
    stage: Stage, chain: Chain, contracted: Tender, terang: Say
) -> None:
    supplier, elsewhere = contracted.supplier.wallet, Wallet.create().address
    claim = ["agreement", "claim", contracted.id]
    nothing = terang(*claim, by=supplier)
    assert nothing.code == 4

    escrow, token = stage.ledger.escrow, stage.ledger.token(contracted.lot.currency)
    address = token.contract.address
    # as where the token refused to pay; the treasury's own never does
    owner = words(int(supplier.address, 16), keccak(words(int(address, 16), _CLAIMABLE)))
    place = "0x" + keccak(owner).hex()
    chain.rpc("anvil_setStorageAt", escrow.contract.address, place, f"0x{700:064x}")
    assert stage.ledger.chain.view(escrow.contract, "claimableOf", address, supplier.address) == 700
    before = chain.head().number
    assert "Claimed" in terang(*claim, "--dry-run", by=supplier).out
    assert chain.head().number == before
    stranger = stage.offices.operator
    owned = ["--payee", supplier.address]
    assert terang(*claim, *owned, "--to", elsewhere, by=stranger).code == 4
    assert terang("agreement", "claim", 999, by=supplier).code == 2
    for more, sender, receiver in (
        (owned, stranger, supplier.address),  # anyone, to the payee itself
        (["--to", elsewhere], supplier, elsewhere),
    ):
        snapshot = chain.rpc("evm_snapshot")
        done = terang(*claim, *more, "--json", by=sender).document
        assert (done["to"], done["amount"], done["token"]) == (receiver, 700, address)
        assert chain.view(token.contract, "balanceOf", receiver) == 700
        chain.rpc("evm_revert", snapshot)
    assert "IDR\N{NO-BREAK SPACE}7.00 of" in terang(*claim, by=supplier).out
