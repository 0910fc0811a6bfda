"""The doctor finds what is wrong, and says what to do."""

from pathlib import Path

import pytest

from terang import doctor
from terang.chain import node as nodes
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Step, deploy
from terang.chain.node import Anvil
from terang.chain.outbox import Outbox, Sent
from terang.chain.send import Sender
from terang.doctor import Check
from terang.identity.keystore import create_keystore
from terang.identity.wallet import Wallet


def bad(checks: list[Check]) -> list[str]:
    assert all(bool(each.advice) != each.ok for each in checks)
    return [each.name for each in checks if not each.ok]


@pytest.mark.parametrize(
    ("version", "ok"), [((3, 10), False), ((3, 11), True), ((3, 12), True), ((3, 13), False)]
)
def test_python_is_one_that_was_tested(version: tuple[int, int], ok: bool) -> None:
    assert doctor.python(version).ok == ok


def test_a_missing_package_is_named() -> None:
    assert doctor.packages(["click>=8.1", "nowhere; extra == 'x'"]).ok
    found = doctor.packages(["click>=8.1", "terang-nowhere[x]==1"])
    assert (found.ok, found.found) == (False, "terang-nowhere")


def test_the_programs_of_this_environment_are_well() -> None:
    assert bad([*doctor.programs(), doctor.compiler(doctor.SOLC)]) == []


def test_missing_or_wrong_programs_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "ROOT", tmp_path)
    monkeypatch.setattr(doctor.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert bad(list(doctor.programs())) == ["Anvil", "Node.js"]
    for name, told in (("anvil", "anvil Version: 0.3.0"), ("node", "v18.1.0"), ("solc", "0.8.3")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{told}'\n")
        (tmp_path / name).chmod(0o755)
    assert bad(list(doctor.programs())) == ["Anvil", "Node.js"]
    assert not doctor.compiler(tmp_path / "solc").ok
    assert not doctor.compiler(tmp_path / "none").ok


def test_a_chain_with_its_deployment_is_well_and_without_it_is_not(
    chain: Chain, artifacts: Artifacts, tmp_path: Path
) -> None:
    administrator, record = Wallet.create(), tmp_path / "anvil.json"
    steps = [Step("Participants", "Participants", [administrator.address])]
    deploy(
        chain,
        Sender(chain),
        administrator,
        artifacts,
        steps,
        network="anvil",
        administrator=administrator.address,
    ).save(record)
    found = list(doctor.chain(chain.url, record))
    assert [each.name for each in found] == ["chain", "clock", "deployment"]
    assert bad(found) == []
    assert bad(list(doctor.chain(chain.url, tmp_path / "none.json"))) == ["deployment"]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://somewhere"])
def test_a_chain_that_does_not_answer_is_told_without_the_rest(url: str, tmp_path: Path) -> None:
    found = list(doctor.chain(url, tmp_path / "none.json"))
    assert bad(found) == [each.name for each in found] == ["chain"]


@pytest.mark.parametrize(
    ("ahead", "commanded", "ok"),
    [
        (61, False, False),
        (60, False, True),
        (-600, False, True),
        (-601, False, False),
        (10**9, True, True),
    ],
)
def test_the_clock_may_differ_a_little(ahead: int, commanded: bool, ok: bool) -> None:
    assert doctor.clock(ahead, commanded=commanded).ok == ok


def test_a_keystore_is_read_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path, password = tmp_path / "key.json", tmp_path / "password"
    wallet = create_keystore(path, "rahasia", 2)
    password.write_text("rahasia")
    password.chmod(0o600)
    found = list(doctor.keys(path, (password,)))
    assert bad(found) == []
    assert wallet.address in found[0].found
    path.chmod(0o644)
    password.chmod(0o640)
    assert bad(list(doctor.keys(path, (password,)))) == ["permissions"] * 2
    path.write_text("{}")
    path.chmod(0o600)
    assert bad(list(doctor.keys(path, ()))) == ["keystore"]
    assert bad(list(doctor.keys(tmp_path / "none", (tmp_path / "none too",)))) == [
        "keystore",
        "permissions",
    ]
    assert bad(list(doctor.keys(None, ()))) == []


def test_what_is_left_in_the_outbox_is_told(anvil: Anvil, tmp_path: Path) -> None:
    assert doctor.sendings(tmp_path / "outbox").ok
    outbox, wallet = Outbox(tmp_path / "outbox"), Wallet.create()
    raw = wallet.sign_transaction(
        {
            **dict.fromkeys(("nonce", "maxPriorityFeePerGas", "maxFeePerGas", "value"), 0),
            "chainId": 1,
            "gas": 21_000,
            "to": wallet.address,
        }
    )
    entry = outbox.entry(1, "0x00", "ab" * 32, [Sent(wallet.address, (raw,), "publishing")], 0)
    outbox.keep(entry)
    found = doctor.sendings(outbox.folder)
    assert (found.ok, found.found) == (False, "publishing")
    entry.path.write_text("")
    assert "remove that file" in doctor.sendings(outbox.folder).advice
