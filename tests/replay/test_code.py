"""An audit does not trust the deployer's record: not its code, its arguments or its blocks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.chain.compile import Artifacts
from terang.chain.deploy import Deployed, Deployment, DeploymentError
from terang.replay.audit import replay
from terang.replay.code import code_differences

from .story import TOKEN, Told, account

Entries = dict[str, Deployed]


def forged(told: Told, **changes: Any) -> Deployment:
    """The record with fields of Escrow's entry changed."""
    entries = told.deployment.contracts
    return replace(
        told.deployment, contracts={**entries, "Escrow": replace(entries["Escrow"], **changes)}
    )


@contextmanager
def other_code(told: Told, name: str, code: bytes) -> Iterator[Deployment]:
    """Other code at an address, and a record that agrees with it."""
    each = told.deployment.contracts[name]
    snapshot = told.chain.rpc("evm_snapshot")
    told.chain.rpc("anvil_setCode", each.address, "0x" + code.hex())
    contracts = {
        **told.deployment.contracts,
        name: replace(each, code_hash="0x" + keccak(code).hex()),
    }
    record = replace(told.deployment, contracts=contracts)
    try:
        record.verify(told.chain)
        yield record
    finally:
        told.chain.rpc("evm_revert", snapshot)


def places(told: Told, record: Deployment, block: int | None = None) -> list[tuple[str, str, str]]:
    audit = replay(told.chain, record, told.artifacts, block)
    assert audit.exit_code == 5
    assert audit.events == 0
    return [(each.contract, each.field, each.key) for each in audit.differences]


@pytest.mark.parametrize(
    "change",
    [
        lambda _code: b"",
        lambda code: code[:-1],
        lambda code: code + b"\0",
        lambda code: b"\0" + code[1:],
    ],
    ids=["none", "less", "more", "other"],
)
def test_code_that_the_sources_do_not_make_is_found_whatever_the_record_says(
    told: Told, change: Callable[[bytes], bytes]
) -> None:
    code = told.chain.code_at(told.deployment.contracts["Escrow"].address)
    with other_code(told, "Escrow", change(code)) as record:
        assert places(told, record) == [("Escrow", "code", "")]


def test_every_word_of_every_immutable_is_compared(told: Told) -> None:
    for name, each in told.deployment.contracts.items():
        code = told.chain.code_at(each.address)
        for immutable, starts in told.artifacts[each.contract].immutables.items():
            for at in (starts[0], starts[-1]):
                changed = code[: at + 31] + bytes([code[at + 31] ^ 1]) + code[at + 32 :]
                with other_code(told, name, changed) as record:
                    found = code_differences(told.chain, record, told.artifacts, told.block)
                    assert [(each.contract, each.field) for each in found] == [(name, immutable)]


def test_code_is_read_at_the_block_of_the_audit(told: Told) -> None:
    escrow = told.deployment.contracts["Escrow"].address
    code = told.chain.code_at(escrow)
    with other_code(told, "Escrow", b"\1"):
        told.chain.mine()
        replaced = told.chain.head().number
        told.chain.mine()  # only now is the block before it history
        told.chain.rpc("anvil_setCode", escrow, "0x" + code.hex())
        assert places(told, told.deployment, replaced) == [("Escrow", "code", "")]
        assert replay(told.chain, told.deployment, told.artifacts).exit_code == 0


def test_another_administrator_is_found_also_when_the_arguments_agree(told: Told) -> None:
    contracts = {
        name: replace(
            each,
            arguments=[
                account("nobody") if argument == account("administrator") else argument
                for argument in each.arguments
            ],
        )
        for name, each in told.deployment.contracts.items()
    }
    record = replace(told.deployment, administrator=account("nobody"), contracts=contracts)
    assert places(told, record) == [
        (name, *rest)
        for name in ("Participants", "Consortium", "Rules", "OpeningKeys")
        for rest in (("AUTHORITY", ""), ("creation", "code"))
    ]


def test_a_token_outside_the_record_is_named(told: Told) -> None:
    contracts = dict(told.deployment.contracts)
    token = contracts.pop(TOKEN).address
    audit = replay(told.chain, replace(told.deployment, contracts=contracts), told.artifacts)
    assert token in audit.foreign
    assert audit.document()["foreign"] == audit.foreign
    assert token in audit.report().splitlines()[-1]


def test_a_first_block_after_the_first_event_is_found(told: Told) -> None:
    block = told.deployment.contracts["Escrow"].block + 1
    assert places(told, forged(told, block=block)) == [("Escrow", "creation", "block")]


def test_a_transaction_that_made_another_contract_is_found(told: Told) -> None:
    transaction = told.deployment.contracts["Agreements"].transaction
    assert places(told, forged(told, transaction=transaction)) == [
        ("Escrow", "creation", part) for part in ("address", "block", "code")
    ]


def test_a_transaction_that_never_was_is_found(told: Told) -> None:
    record = forged(told, transaction="0x" + bytes(32).hex())
    assert places(told, record) == [("Escrow", "creation", "transaction")]


def test_another_constructor_of_the_same_code_is_found(told: Told) -> None:
    escrow = told.artifacts["Escrow"]
    other = replace(escrow, bytecode=b"\0" + escrow.bytecode)
    artifacts = Artifacts({**told.artifacts, "Escrow": other})
    audit = replay(told.chain, told.deployment, artifacts)
    assert [each[:3] for each in audit.differences] == [("Escrow", "creation", "code")]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("Awards", lambda entries: entries.pop("Awards")),
        ("Escrow", lambda entries: entries.update(Extra=entries["Escrow"])),
        ("Escrow", lambda entries: change_of(entries, "Escrow", contract="Nonsense")),
        ("Escrow", lambda entries: change_of(entries, "Escrow", arguments=[])),
        (TOKEN, lambda entries: change_of(entries, TOKEN, arguments=[])),
        ("TreasuryToken_No", lambda entries: entries.update(TreasuryToken_No=entries[TOKEN])),
    ],
    ids=["missing", "added", "unknown kind", "no arguments", "token", "no currency"],
)
def test_a_record_that_cannot_be_a_ledgers_is_refused(
    told: Told, name: str, change: Callable[[Entries], object]
) -> None:
    entries = dict(told.deployment.contracts)
    change(entries)
    with pytest.raises(DeploymentError, match="cannot be a ledger's") as refused:
        replay(told.chain, replace(told.deployment, contracts=entries), told.artifacts)
    assert name in str(refused.value) or "Extra" in str(refused.value)


def change_of(entries: Entries, name: str, **changes: Any) -> None:
    entries[name] = replace(entries[name], **changes)


def test_a_record_whose_administrator_and_arguments_disagree_is_refused(told: Told) -> None:
    record = replace(told.deployment, administrator=account("nobody"))
    with pytest.raises(DeploymentError, match="cannot be a ledger's"):
        replay(told.chain, record, told.artifacts)
