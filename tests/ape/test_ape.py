"""Ape, started as people start it: it compiles, tests, and does Terang's acts on its network."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from eth_account import Account

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.demo.run import Clock, prepare
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.ocds import SAMPLE, read_plans

ROOT = Path(__file__).parents[2]

Ape = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ape:
    """Runs ape in the project, with a data folder and a home of its own."""
    monkeypatch.setenv("APE_DATA_FOLDER", str(tmp_path / "ape"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERANG_RECEIPTS", str(tmp_path / "receipts"))
    monkeypatch.setenv("TERANG_STORE", str(tmp_path / "documents"))
    monkeypatch.setenv("TERANG_OUTBOX", str(tmp_path / "outbox"))
    if "SOLCX_BINARY_PATH" not in os.environ:  # `make` sets it; without, ape wants to download
        monkeypatch.setenv("SOLCX_BINARY_PATH", str(ROOT / "terang" / "chain" / "solc"))
    program = shutil.which("ape")
    assert program, "ape is in .venv/bin: put that on PATH"

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture
def alias(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Wallet], str]:
    """Makes a wallet an account of ape's, whose passphrase is in the environment."""

    def made(name: str, wallet: Wallet) -> str:
        folder = tmp_path / "ape" / "accounts"
        folder.mkdir(parents=True, exist_ok=True)
        key = wallet._key.secret  # only a test takes a key out of a wallet
        keyfile = Account.encrypt(key, "rahasia", kdf="pbkdf2", iterations=2)
        (folder / f"{name}.json").write_text(json.dumps(keyfile))
        monkeypatch.setenv(f"APE_ACCOUNTS_{name}_PASSPHRASE", "rahasia")
        return name

    return made


def test_ape_compiles_the_contracts_and_its_suite_passes(ape: Ape) -> None:
    # one test, so that no two processes compile into the project's cache at once
    compiled = ape("compile")
    assert compiled.returncode == 0, compiled.stderr
    for network in ("ethereum:local:test", "ethereum:local:foundry"):
        tested = ape("test", "tests/ape/suite", "--network", network)
        assert tested.returncode == 0, tested.stdout
        assert "3 passed" in tested.stdout


def test_a_network_inside_ape_is_refused_with_what_to_name(ape: Ape) -> None:
    said = ape("run", "replay", "--network", "ethereum:local:test")
    assert said.returncode == 2
    assert "such as ethereum:local:foundry" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_ledger_lives_through_apes_commands(
    ape: Ape,
    alias: Callable[[str, Wallet], str],
    anvil: Anvil,
    chain: Chain,
    artifacts: Artifacts,
    tmp_path: Path,
) -> None:
    network = ["--network", f"ethereum:local:{anvil.url}"]
    administrator = Wallet.create()
    said = ape(
        "run", "deploy", *network, "--account", alias("operator", administrator),
        "--record", tmp_path / "new.json", "--json",
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["administrator"] == administrator.address

    _stage, tenders = prepare(
        chain, artifacts, list(read_plans(SAMPLE)), tmp_path, Clock(lambda _line: None)
    )
    where = [*network, "--record", tmp_path / "deployment.json", "--json"]
    document = tmp_path / "dokumen.txt"
    document.write_text("Spesifikasi teknis")
    closes = datetime.fromtimestamp(chain.now + pilot.TENDERING, UTC).isoformat()
    said = ape(
        "run", "open_tender", *where, "--account", alias("buyer", tenders[0].buyer.wallet),
        "--ocid", "ocds-213czf-77", "--document", document, "--closes", closes,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    number = json.loads(said.stdout)["tender"]

    supplier = next(iter(tenders[0].bidders.values())).wallet
    said = ape(
        "run", "seal_bid", *where, "--account", alias("supplier", supplier),
        "--tender", number, "--price", "1000000", "--file", document,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["tender"] == number

    said = ape("run", "replay", *where)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["replay"] == "equal"

    record = f"r'{tmp_path / 'deployment.json'}'"
    said = ape(
        "console", *network,
        "-c", f"print('box', ledger({record}).tenders.open_tender({number}))\\n"
        f"print('organisations', contracts({record})['Participants'].organisationCount())",
    )  # fmt: skip
    assert "box Opened(" in said.stdout, said.stdout
    assert "organisations " in said.stdout
