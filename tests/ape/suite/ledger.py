"""On ape's own network: an organisation is registered, and a key consents by its wallet to act."""

import ape
import pytest

from terang.identity.ape_account import ApeSigner
from terang.identity.typed_data import PARTICIPANTS, Domain, accept_key
from terang.vocabulary import Licence, Power, Role

EVER = 2**48 - 1
ACT = Power.ACT


@pytest.fixture
def administrator(accounts):
    return accounts[0]


@pytest.fixture
def registrar(accounts):
    return accounts[1]


@pytest.fixture
def supplier(accounts):
    return accounts[2]


@pytest.fixture
def participants(project, administrator, registrar, supplier):
    contract = administrator.deploy(project.Participants, administrator)
    contract.grant(Licence.REGISTRAR, registrar, EVER, sender=administrator)
    contract.register(b"\x01" * 32, Role.SUPPLIER, supplier, sender=registrar)
    return contract


def consent(key, contract, chain, *terms):
    domain = Domain(PARTICIPANTS, chain.chain_id, contract.address)
    return key.sign_typed(accept_key(domain, 1, key.address, *terms))


def test_a_key_that_consented_acts_for_its_organisation(participants, supplier, chain):
    key, starts = ApeSigner.load("TEST::3"), chain.pending_timestamp + 60
    terms = (ACT, starts, EVER)
    signature = consent(key, participants, chain, *terms)
    receipt = participants.authoriseKey(1, key.address, *terms, signature, sender=supplier)
    assert [event.key for event in receipt.decode_logs(participants.KeyAuthorised)] == [key.address]
    assert participants.servedBy(key.address, ACT) == 0
    chain.mine(timestamp=starts)
    assert participants.servedBy(key.address, ACT) == 1


def test_a_key_that_consented_to_less_does_not(participants, supplier, chain):
    key, starts = ApeSigner.load("TEST::3"), chain.pending_timestamp + 60
    signature = consent(key, participants, chain, ACT, starts, EVER - 1)
    with ape.reverts():
        participants.authoriseKey(1, key.address, ACT, starts, EVER, signature, sender=supplier)


def test_a_stranger_registers_nobody(participants, supplier):
    with ape.reverts():
        participants.register(b"\x02" * 32, Role.SUPPLIER, supplier, sender=supplier)
