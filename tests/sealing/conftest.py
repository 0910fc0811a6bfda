"""A small consortium: five openers, three of whom open."""

from dataclasses import dataclass

import pytest
from eth_utils.crypto import keccak

from terang.sealing.epoch import EpochContext, encryption_key, set_hash
from terang.sealing.judging import Dealing
from terang.sealing.opener import Opener

from .dealings import dealing, wrong_deal

CONTRACT = "0x" + "5e" * 20


@dataclass(frozen=True)
class Consortium:
    """Openers, and what they dealt for batch 1 with two keys."""

    context: EpochContext
    openers: dict[int, Opener]
    deals: dict[int, bytes]


def make_consortium(epoch: int = 1, contract: str = CONTRACT, chain_id: int = 31337) -> Consortium:
    openers_hash = set_hash([3, 4, 5, 6, 7], 3, 4)
    seeds = {i: keccak(text=f"seed of opener {i}") for i in range(1, 6)}
    members = {
        i: encryption_key(seed, chain_id, contract, epoch, openers_hash)
        for i, seed in seeds.items()
    }
    context = EpochContext(chain_id, contract, epoch, members, 3, openers_hash)
    openers = {i: Opener(seed, context, i) for i, seed in seeds.items()}
    return Consortium(context, openers, {i: opener.deal(1, 2) for i, opener in openers.items()})


@pytest.fixture(scope="session")
def consortium() -> Consortium:
    return make_consortium()


@pytest.fixture(scope="session")
def elsewhere() -> list[Consortium]:
    """The same openers in another epoch, under another contract and on another chain."""
    return [
        make_consortium(epoch=2),
        make_consortium(contract="0x" + "5f" * 20),
        make_consortium(chain_id=1),
    ]


@pytest.fixture
def context(consortium: Consortium) -> EpochContext:
    return consortium.context


@pytest.fixture
def bad(consortium: Consortium) -> Dealing:
    """Opener 3 dealt opener 4 wrong shares; all others dealt right ones."""
    return dealing(consortium.context, {**consortium.deals, 3: wrong_deal(consortium.context)})
