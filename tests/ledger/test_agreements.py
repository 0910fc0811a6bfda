"""Splitting a price, and the typed data that both sides sign."""

import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import deploy
from terang.chain.send import Sender
from terang.identity.signature import recover
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.ledger.agreements import Agreement, Milestone, amounts
from terang.ledger.plan import steps


@st.composite
def plans(draw: st.DrawFn) -> list[int]:
    cuts = draw(st.sets(st.integers(1, 9_999), max_size=31))
    edges = [0, *sorted(cuts), 10_000]
    return [after - before for before, after in itertools.pairwise(edges)]


@given(price=st.integers(1, 2**128 - 2), plan=plans())
def test_the_parts_of_a_price_sum_to_it_and_none_is_short_but_the_last(
    price: int, plan: list[int]
) -> None:
    parts = amounts(price, plan)
    assert sum(parts) == price
    assert all(
        part <= price * share / 10_000 + 1e-9 * price
        for part, share in zip(parts[:-1], plan[:-1], strict=True)
    )
    assert parts[-1] >= price * plan[-1] // 10_000


def test_the_contract_and_a_wallet_hash_the_same_agreement(
    chain: Chain, artifacts: Artifacts, tmp_path: Path
) -> None:
    buyer = Wallet.create()
    deployment = deploy(
        chain,
        Sender(chain),
        buyer,
        artifacts,
        steps(buyer.address, []),
        network="test",
        administrator=buyer.address,
    )
    ledger = Ledger(chain, deployment, artifacts)
    agreement = Agreement(
        tenderId=7,
        buyer=1,
        supplier=2,
        price=1_001,
        currency=Wallet.create().address,
        documents=b"\x01" * 32,
        startsAt=1_800_000_000,
        payee=Wallet.create().address,
        refundTo=Wallet.create().address,
        milestones=(
            Milestone(300, 1_800_000_001, b"\x02" * 32),
            Milestone(701, 2, b"\x03" * 32),
        ),
        inspectors=(Wallet.create().address, Wallet.create().address),
        approvals=2,
    )
    contract = ledger.agreements.contract
    digest = chain.view(contract, "digestOf", agreement.argument())
    signature = ledger.agreements.signature(buyer, agreement)
    assert recover(digest, signature) == bytes.fromhex(buyer.address[2:])
