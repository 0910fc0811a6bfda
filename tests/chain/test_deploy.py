"""Deploying contracts that know each other, and the record that is verified."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terang.chain import resume
from terang.chain.act import Act
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.delivery import NotIncluded
from terang.chain.deploy import (
    At,
    Deployed,
    Deployment,
    DeploymentDiffers,
    DeploymentError,
    Step,
    created_address,
    deploy,
)
from terang.chain.send import Sender
from terang.errors import DIFFERENCE_FOUND
from terang.identity.wallet import Wallet


@pytest.fixture
def deployment(
    probe_chain: Chain, sender: Sender, buyer: Wallet, probe_artifacts: Artifacts
) -> Deployment:
    steps = [Step("Left", "Probe", [At("Right")]), Step("Right", "Probe", [At("Left")])]
    return deploy(
        probe_chain,
        sender,
        buyer,
        probe_artifacts,
        steps,
        network="test",
        administrator=buyer.address,
    )


def test_contracts_know_each_other_in_a_circle(
    probe_chain: Chain, deployment: Deployment, probe_artifacts: Artifacts
) -> None:
    left = deployment.contract("Left", probe_artifacts)
    right = deployment.contract("Right", probe_artifacts)
    assert probe_chain.view(left, "PEER") == right.address
    assert probe_chain.view(right, "PEER") == left.address


def test_a_created_address_is_as_ethereum_computes_it() -> None:
    # go-ethereum, crypto/crypto_test.go, TestNewContractAddress
    account = "0x970E8128AB834E8EAC17Ab8E3812F010678CF791"
    assert [created_address(account, nonce).lower() for nonce in range(3)] == [
        "0x333c3310824b7c685133f2bedb2ca4b8b4df633d",
        "0x8bda78331c916a08481428e4b07c96d3e916d165",
        "0xc9ddedf451bc62ce88bf9292afb13df35b670699",
    ]


def test_a_record_is_read_back_and_verified(
    probe_chain: Chain, deployment: Deployment, tmp_path: Path, buyer: Wallet
) -> None:
    path = tmp_path / "deployments" / "test.json"
    deployment.save(path)
    loaded = Deployment.load(path, probe_chain)
    assert loaded == deployment
    assert loaded.administrator == buyer.address
    assert loaded.first_block == loaded.contracts["Left"].block
    assert loaded.contracts["Left"].arguments == [loaded.contracts["Right"].address]
    assert [each.name for each in path.parent.iterdir()] == ["test.json"]


def test_other_code_at_an_address_is_found(
    probe_chain: Chain, deployment: Deployment, tmp_path: Path
) -> None:
    path = tmp_path / "test.json"
    deployment.save(path)
    probe_chain.rpc("anvil_setCode", deployment.contracts["Right"].address, "0x6001")
    with pytest.raises(DeploymentDiffers, match="other code for Right") as found:
        Deployment.load(path, probe_chain)
    assert found.value.exit_code == DIFFERENCE_FOUND


def test_another_chain_is_found(probe_chain: Chain, deployment: Deployment, tmp_path: Path) -> None:
    path = tmp_path / "test.json"
    deployment.save(path)
    probe_chain.__dict__["chain_id"] = 1
    with pytest.raises(DeploymentDiffers, match="the node is on chain 1"):
        Deployment.load(path, probe_chain)


def test_something_sent_in_between_is_found(
    probe_chain: Chain, sender: Sender, buyer: Wallet, probe_artifacts: Artifacts
) -> None:
    steps = [Step(name, "Probe", [buyer.address]) for name in ("First", "Second")]

    def meddle(name: str) -> None:
        if name == "Second":
            sender.send([Act(buyer, buyer.address, b"", 30_000)])

    with pytest.raises(DeploymentDiffers, match="Second was created at"):
        deploy(
            probe_chain,
            sender,
            buyer,
            probe_artifacts,
            steps,
            network="test",
            administrator=buyer.address,
            progress=meddle,
        )


def changed(record: dict[str, Any], **changes: Any) -> str:
    return json.dumps({**record, **changes})


@pytest.mark.parametrize(
    "damage",
    [
        lambda _record: "",
        lambda _record: "[]",
        lambda _record: "{}",
        lambda _record: "[" * 100_000,
        lambda record: json.dumps(record)[:-5],
        lambda record: changed(record, contracts={}),
        lambda record: changed(record, contracts=[1]),
        lambda record: changed(record, contracts={"Left": {"address": "0x12"}}),
        lambda record: changed(
            record, contracts={"Left": {**record["contracts"]["Left"], "address": "0x12"}}
        ),
        lambda record: changed(
            record, contracts={"Left": {**record["contracts"]["Left"], "code_hash": 5}}
        ),
        lambda record: changed(
            record, contracts={"Left": {**record["contracts"]["Left"], "block": "1"}}
        ),
        *(
            lambda record, field=field, value=value: changed(
                record, contracts={"Left": {**record["contracts"]["Left"], field: value}}
            )
            for field, value in (
                ("block", -1),
                ("contract", ["Probe"]),
                ("arguments", "none"),
                ("transaction", "0x12"),
            )
        ),
        lambda record: changed(record, administrator="somebody"),
        lambda record: changed(record, network=1),
        lambda record: changed(record, network="pilot\x1b[2J"),
        lambda record: changed(record, surprise=1),
    ],
)
def test_a_damaged_record_is_refused(
    probe_chain: Chain,
    deployment: Deployment,
    tmp_path: Path,
    damage: Callable[[dict[str, Any]], str],
) -> None:
    path = tmp_path / "test.json"
    deployment.save(path)
    path.write_text(damage(json.loads(path.read_text())))
    with pytest.raises(DeploymentError, match="not the record"):
        Deployment.load(path, probe_chain)


def test_addresses_of_a_record_are_read_in_any_case(
    probe_chain: Chain, deployment: Deployment, tmp_path: Path
) -> None:
    path = tmp_path / "test.json"
    deployment.save(path)
    path.write_text(path.read_text().lower().replace('"left"', '"Left"').replace("probe", "Probe"))
    loaded = Deployment.load(path, probe_chain)
    assert loaded.administrator == deployment.administrator
    assert loaded.contracts["Left"].address == deployment.contracts["Left"].address


def test_a_contract_that_a_record_lacks_or_nobody_compiled_is_refused(
    deployment: Deployment, probe_artifacts: Artifacts
) -> None:
    entries = deployment.contracts
    unknown = replace(entries["Left"], contract="Unknown")
    record = replace(deployment, contracts={**entries, "Left": unknown})
    for name in ("Left", "Middle"):
        with pytest.raises(DeploymentError, match=f"no {name} that this release knows"):
            record.contract(name, probe_artifacts)


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: {"Right": entries["Right"]},
        lambda entries: {**entries, "Left": replace(entries["Left"], contract="Other")},
        lambda entries: {**entries, "Left": replace(entries["Left"], arguments=[])},
        lambda entries: {**entries, "A\x1b": entries["Left"]},
    ],
    ids=["missing", "another kind", "other arguments", "added"],
)
def test_a_record_of_other_steps_is_refused(
    deployment: Deployment, change: Callable[[dict[str, Deployed]], dict[str, Deployed]]
) -> None:
    steps = [Step("Left", "Probe", [At("Right")]), Step("Right", "Probe", [At("Left")])]
    deployment.check(steps)
    record = replace(deployment, contracts=change(dict(deployment.contracts)))
    with pytest.raises(DeploymentError, match=r'its "(Left|A\\u001b)" is missing, unknown'):
        record.check(steps)


def test_a_missing_record_says_what_to_run(probe_chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="terang deploy"):
        Deployment.load(tmp_path / "none.json", probe_chain)


def test_a_record_that_can_not_be_written_leaves_nothing(
    deployment: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeploymentError, match="Cannot write"):
        deployment.save(tmp_path / "file" / "test.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(DeploymentError, match="Cannot write"):
        deployment.save(tmp_path / "folder.json")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder.json"]


def test_two_steps_of_one_name_are_refused(
    probe_chain: Chain, sender: Sender, buyer: Wallet, probe_artifacts: Artifacts
) -> None:
    with pytest.raises(ValueError, match="same name"):
        deploy(
            probe_chain,
            sender,
            buyer,
            probe_artifacts,
            [Step("One", "Probe", [buyer.address])] * 2,
            network="test",
            administrator=buyer.address,
        )


# An interrupted deployment

PAIR = [Step("Left", "Probe", [At("Right")]), Step("Right", "Probe", [At("Left")])]


class Interrupted(Exception):
    """The process ends here."""


class Doomed(Sender):
    """A sender whose process ends at its `last` act, before or after that reaches the chain."""

    def __init__(self, chain: Chain, last: int, *, arrives: bool) -> None:
        super().__init__(chain)
        self._left, self._arrives = last, arrives

    def send(self, acts: Any, **options: Any) -> Any:
        self._left -= 1
        if self._left >= 0:
            return super().send(acts, **options)
        if self._arrives:
            super().send(acts, **options)
        raise Interrupted


def deployed(
    chain: Chain,
    sender: Sender,
    deployer: Wallet,
    compiled: Artifacts,
    part: Path,
    *,
    administrator: str = "",
) -> Deployment:
    return deploy(
        chain,
        sender,
        deployer,
        compiled,
        PAIR,
        network="test",
        administrator=administrator or deployer.address,
        part=part,
    )


def transactions(chain: Chain, wallet: Wallet) -> int:
    return int(chain.rpc("eth_getTransactionCount", wallet.address, "pending"), 16)


@pytest.mark.parametrize("arrives", [False, True], ids=["before sending", "receipt lost"])
@pytest.mark.parametrize("last", range(len(PAIR)))
def test_an_interrupted_deployment_goes_on_and_creates_nothing_twice(
    probe_chain: Chain,
    sender: Sender,
    buyer: Wallet,
    probe_artifacts: Artifacts,
    tmp_path: Path,
    last: int,
    arrives: bool,
) -> None:
    part, before = tmp_path / "test.json.part", transactions(probe_chain, buyer)
    doomed = Doomed(probe_chain, last, arrives=arrives)
    with pytest.raises(Interrupted):
        deployed(probe_chain, doomed, buyer, probe_artifacts, part)
    probe_chain.mine()
    found = deployed(probe_chain, sender, buyer, probe_artifacts, part)
    assert transactions(probe_chain, buyer) == before + len(PAIR)
    found.verify(probe_chain)
    found.check(PAIR)
    left, right = (found.contract(name, probe_artifacts) for name in ("Left", "Right"))
    assert probe_chain.view(left, "PEER") == right.address
    for each in found.contracts.values():
        receipt = probe_chain.rpc("eth_getTransactionReceipt", each.transaction)
        assert int(receipt["blockNumber"], 16) == each.block
        assert receipt["contractAddress"] == each.address.lower()
    assert deployed(probe_chain, sender, buyer, probe_artifacts, part) == found
    assert transactions(probe_chain, buyer) == before + len(PAIR)


def test_what_is_still_pending_is_waited_for(
    probe_chain: Chain,
    sender: Sender,
    buyer: Wallet,
    probe_artifacts: Artifacts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    part, before = tmp_path / "part", transactions(probe_chain, buyer)
    probe_chain.rpc("evm_setAutomine", False)
    with pytest.raises(NotIncluded):
        deployed(probe_chain, Sender(probe_chain, timeout=0), buyer, probe_artifacts, part)
    monkeypatch.setattr(resume, "_PENDING_SECONDS", 0.0)
    with pytest.raises(resume.CannotResume, match="not in a block yet"):
        deployed(probe_chain, sender, buyer, probe_artifacts, part)
    monkeypatch.undo()
    monkeypatch.setattr(time, "sleep", lambda _seconds: probe_chain.mine())
    probe_chain.rpc("evm_setAutomine", True)
    deployed(probe_chain, sender, buyer, probe_artifacts, part)
    assert transactions(probe_chain, buyer) == before + len(PAIR)


@pytest.mark.parametrize("creates", [False, True], ids=["a message", "another contract"])
def test_a_deployer_that_did_something_else_meanwhile_can_not_go_on(
    probe_chain: Chain,
    sender: Sender,
    buyer: Wallet,
    probe_artifacts: Artifacts,
    tmp_path: Path,
    creates: bool,
) -> None:
    part = tmp_path / "part"
    with pytest.raises(Interrupted):
        deployed(probe_chain, Doomed(probe_chain, 1, arrives=False), buyer, probe_artifacts, part)
    other = bytes.fromhex("60206000f3")  # creation code of 32 zero bytes
    sender.send([Act(buyer, None if creates else buyer.address, other, 100_000)])
    with pytest.raises(resume.CannotResume, match="Right should have been created") as refused:
        deployed(probe_chain, sender, buyer, probe_artifacts, part)
    assert str(part) in str(refused.value)
    part.unlink()
    deployed(probe_chain, sender, buyer, probe_artifacts, part).verify(probe_chain)


def test_another_administrator_deployer_or_chain_is_another_deployment(
    probe_chain: Chain,
    sender: Sender,
    buyer: Wallet,
    supplier: Wallet,
    probe_artifacts: Artifacts,
    tmp_path: Path,
) -> None:
    part = tmp_path / "part"
    with pytest.raises(Interrupted):
        deployed(probe_chain, Doomed(probe_chain, 1, arrives=False), buyer, probe_artifacts, part)
    before = transactions(probe_chain, buyer)
    with pytest.raises(resume.CannotResume, match="another deployment"):
        deployed(probe_chain, sender, supplier, probe_artifacts, part)
    with pytest.raises(resume.CannotResume, match="another deployment"):
        deployed(probe_chain, sender, buyer, probe_artifacts, part, administrator=supplier.address)
    content = json.loads(part.read_text())
    part.write_text(json.dumps({**content, "genesis": "0x00"}))
    with pytest.raises(resume.CannotResume, match="another chain"):
        deployed(probe_chain, sender, buyer, probe_artifacts, part)
    assert transactions(probe_chain, buyer) == before


@pytest.mark.parametrize("content", ["", "[]", "[" * 100_000, '{"genesis": 1}'])
def test_a_damaged_file_of_an_interrupted_deployment_is_named(
    probe_chain: Chain,
    sender: Sender,
    buyer: Wallet,
    probe_artifacts: Artifacts,
    tmp_path: Path,
    content: str,
) -> None:
    (tmp_path / "part").write_text(content)
    with pytest.raises(resume.CannotResume, match="Remove it"):
        deployed(probe_chain, sender, buyer, probe_artifacts, tmp_path / "part")
    with pytest.raises(resume.CannotResume, match="Cannot use"):
        deployed(probe_chain, sender, buyer, probe_artifacts, tmp_path / "part" / "part")
