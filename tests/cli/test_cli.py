"""The program as people use it: commands, exit codes, one document on stdout."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from terang.chain.connection import Chain
from terang.chain.node import Anvil
from terang.cli import program
from terang.cli.help import commands
from terang.cli.settings import SETTINGS
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.i18n import speaking
from terang.identity.wallet import Wallet
from terang.ledger import pilot
from terang.portal.story import PHASES

Keystore = Callable[[Wallet], list[object]]
COMMANDS = list(commands(program.root))
WORDS = [words for words, _command in COMMANDS]


def terang(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from terang.cli import main; main()"]
    return subprocess.run(
        [*program, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=240
    )


@pytest.fixture
def ledger(prepared: tuple[Stage, list[Tender]]) -> tuple[Stage, list[Tender]]:
    """The sample's ledger with one tender published; its record is in the test's folder."""
    stage, tenders = prepared
    acts.publish(stage, tenders[:1])
    return stage, tenders


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("command", WORDS, ids=" ".join)
def test_every_command_says_what_it_does(
    command: tuple[str, ...], language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped, speaking("en"):
        program.main(["--lang", language, *command, "--help"])
    said = capsys.readouterr()
    assert stopped.value.code == 0
    assert {"en": "Usage:", "id": "Pemakaian:"}[language] in said.out
    assert not said.err


@pytest.mark.parametrize(("_words", "command"), COMMANDS, ids=map(" ".join, WORDS))
def test_every_option_has_a_help(_words: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    for each in command.params:
        assert not isinstance(each, click.Option) or each.help, each.name


def test_every_variable_of_an_option_is_a_setting() -> None:
    known = {each.variable for each in SETTINGS}
    used = {each.envvar for _words, command in COMMANDS for each in command.params if each.envvar}
    assert used <= known


def test_help_does_not_load_the_chain_libraries() -> None:
    code = (
        "import sys; from terang.cli.program import root; "
        "root.main(['--help'], standalone_mode=False); "
        "assert not {'web3', 'eth_account', 'requests', 'eth_abi'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["nothing"], 2, "nothing"),
        (["demo", "--ocds", "missing.json"], 1, "missing.json"),
        (["demo", "--ocds", "."], 1, "file"),
        (["audit", "replay", "--record", "missing.json"], 1, "missing.json"),
        (["audit", "replay", "--block", "-1"], 2, "block"),
        (["deploy", "--keystore", "missing.json"], 1, "missing.json"),
        (["bid", "seal", "--tender", "0"], 2, "tender"),
    ],
)
def test_bad_input_ends_in_one_sentence_and_its_exit_code(
    arguments: list[str], code: int, word: str, tmp_path: Path
) -> None:
    said = terang(*arguments, folder=tmp_path)
    assert said.returncode == code
    assert word in said.stderr
    assert "Traceback" not in said.stderr
    assert not said.stdout


@pytest.mark.parametrize("price", ["-1", "0", "1e5", "NaN", "1,000", "٣", "1" * 61, "0x10", ""])
def test_a_price_is_digits_and_a_point(price: str, tmp_path: Path) -> None:
    said = terang(
        "bid", "seal", "--tender", 1, "--keystore", "k", f"--price={price}", "--file", "f",
        folder=tmp_path,
    )  # fmt: skip
    assert said.returncode == 2
    assert "not an amount" in " ".join(said.stderr.split())


@pytest.mark.parametrize("time", ["2026-12-01", "2026-12-01T10:00:00", "tomorrow", "1700000000"])
def test_a_closing_time_names_its_zone(time: str, tmp_path: Path) -> None:
    said = terang(
        "tender", "publish", "--ocid", "x", "--document", "d", "--keystore", "k", "--closes", time,
        folder=tmp_path,
    )  # fmt: skip
    assert said.returncode == 2
    assert "zone" in said.stderr


def test_settings_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"TERANG_LANG=\xff")
    said = terang("demo", "--help", folder=tmp_path)
    assert said.returncode == 2
    assert ".env" in said.stderr


def test_a_fault_of_ours_is_one_sentence_and_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(program.root, "main", fails)
    with pytest.raises(SystemExit) as stopped:
        program.main(["demo"])
    said = capsys.readouterr().err
    assert stopped.value.code == 1
    assert "ZeroDivisionError" in said
    log = Path(said.split(" and ")[-1].strip().removesuffix("."))
    assert "Traceback" in log.read_text()
    log.unlink()


def test_a_folder_that_is_somebodys_is_not_touched(tmp_path: Path) -> None:
    mine = tmp_path / "documents" / "mine"
    mine.parent.mkdir()
    mine.touch()
    (tmp_path / "deployment.json").touch()
    said = terang("demo", "--out", ".", folder=tmp_path)
    assert said.returncode == 2
    assert "--out" in said.stderr
    assert mine.exists()


def test_nobody_answering_is_exit_code_3(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    content = {
        "network": "x",
        "chain_id": 1,
        "administrator": "0x" + "11" * 20,
        "compiler": {},
        "contracts": {
            "Tenders": {
                "contract": "Tenders",
                "address": "0x" + "11" * 20,
                "arguments": [],
                "code_hash": "0x" + "11" * 32,
                "block": 1,
                "transaction": "0x" + "11" * 32,
            }
        },
    }
    record.write_text(json.dumps(content))
    said = terang("audit", "replay", "--url", "http://127.0.0.1:1", "--record", record)
    assert said.returncode == 3
    assert "127.0.0.1:1" in said.stderr


def test_a_ledger_is_deployed_and_replayed_by_command(
    anvil: Anvil, chain: Chain, tmp_path: Path, keystore: Keystore
) -> None:
    keys = keystore(administrator := Wallet.create())
    where = ["--url", anvil.url, "--network", "test"]
    said = terang("deploy", *where, *keys, "--currency", "IDR", "--json", folder=tmp_path)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["administrator"] == administrator.address
    again = terang("deploy", *where, *keys, folder=tmp_path)
    assert again.returncode == 2
    assert "already" in again.stderr
    checked = terang("audit", "replay", *where, "--json", folder=tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert json.loads(checked.stdout)["replay"] == "equal"


def test_a_changed_storage_word_is_exit_code_5(
    anvil: Anvil, chain: Chain, ledger: tuple[Stage, list[Tender]], tmp_path: Path
) -> None:
    stage, _tenders = ledger
    where = ["--url", anvil.url, "--record", tmp_path / "deployment.json"]
    token = stage.ledger.token("IDR").contract.address
    supply = 2  # slot of ERC20._totalSupply
    chain.rpc("anvil_setStorageAt", token, hex(supply), "0x" + "00" * 31 + "01")
    said = terang("audit", "replay", *where)
    assert said.returncode == 5
    assert "TreasuryToken_IDR" in said.stdout


def test_a_buyer_opens_a_tender_and_a_supplier_seals_a_bid(
    anvil: Anvil,
    chain: Chain,
    ledger: tuple[Stage, list[Tender]],
    tmp_path: Path,
    keystore: Keystore,
) -> None:
    stage, tenders = ledger
    where = ["--url", anvil.url, "--record", tmp_path / "deployment.json", "--json"]
    document = tmp_path / "dokumen.txt"
    document.write_text("Spesifikasi teknis")
    buyer = keystore(tenders[0].buyer.wallet)
    closes = datetime.fromtimestamp(chain.now + pilot.TENDERING, UTC).isoformat()
    opened = terang(
        "tender", "publish", *where, *buyer, "--ocid", "ocds-213czf-77", "--document", document,
        "--ceiling", "1000000.50", "--closes", closes, folder=tmp_path,
    )  # fmt: skip
    assert opened.returncode == 0, opened.stderr
    number = json.loads(opened.stdout)["tender"]

    supplier = next(iter(tenders[0].bidders.values()))
    signer = keystore(supplier.wallet)
    bid = ["bid", "seal", *where, *signer, "--tender", number, "--file", document]
    sealed = terang(*bid, "--price", "999999.99", folder=tmp_path)
    assert sealed.returncode == 0, sealed.stderr
    receipt = json.loads(sealed.stdout)
    assert (tmp_path / "documents" / receipt["documents"][2:]).exists()
    kept = tmp_path / "receipts" / f"tender-{number}-bid-{receipt['nonce']}.json"
    brought = {"stores": ["documents"], "documentReceipts": []}
    assert json.loads(kept.read_text()) | brought == receipt
    box = chain.view(stage.ledger.tenders.contract, "boxOf", number, 0)
    assert box["count"] == 1

    finer = terang(*bid, "--price", "1.001", folder=tmp_path)
    assert finer.returncode == 2
    assert "decimals" in finer.stderr
    chain.advance_to(chain.now + pilot.TENDERING)
    late = terang(*bid, "--price", "1", folder=tmp_path)
    assert late.returncode == 1
    assert "not open for bids" in late.stderr
    stranger = keystore(Wallet.create())
    refused = terang(
        "tender", "publish", *where, *stranger, "--ocid", "x", "--document", document,
        "--closes", datetime.fromtimestamp(chain.now + pilot.TENDERING, UTC).isoformat(),
        folder=tmp_path,
    )  # fmt: skip
    assert refused.returncode == 4


def test_a_dry_run_shows_call_gas_and_effect_and_sends_nothing(
    anvil: Anvil,
    chain: Chain,
    ledger: tuple[Stage, list[Tender]],
    tmp_path: Path,
    keystore: Keystore,
) -> None:
    _stage, tenders = ledger
    document = tmp_path / "dokumen.txt"
    document.write_text("Spesifikasi teknis")
    publish = [
        "tender", "publish", "--url", anvil.url, "--record", tmp_path / "deployment.json",
        "--ocid", "ocds-213czf-77", "--document", document, "--dry-run",
        "--closes", datetime.fromtimestamp(chain.now + pilot.TENDERING, UTC).isoformat(),
    ]  # fmt: skip
    buyer = keystore(tenders[0].buyer.wallet)[:2]  # the password is not needed
    before = chain.head().number
    shown = terang(*publish, *buyer, "--json", folder=tmp_path)
    assert shown.returncode == 0, shown.stderr
    (call,) = json.loads(shown.stdout)["dryRun"]
    assert (call["contract"], call["function"]) == ("Tenders", "publish")
    assert call["from"] == tenders[0].buyer.wallet.address
    assert 100_000 < call["gas"] < 300_000
    assert [each["name"] for each in call["events"]] == ["TenderPublished", "KeyTaken"]
    said = terang(*publish, *buyer, folder=tmp_path)
    assert "Nothing is sent" in said.stdout
    assert "ocid = ocds-213czf-77" in said.stdout
    stranger = keystore(Wallet.create())[:2]
    assert terang(*publish, *stranger, folder=tmp_path).returncode == 4
    assert chain.head().number == before


def test_usage_errors_are_sentences_in_both_languages(tmp_path: Path) -> None:
    for language, words in (("en", "There is no option"), ("id", "Tidak ada opsi")):
        said = terang("--lang", language, "tender", "publish", "--nothing", folder=tmp_path)
        assert said.returncode == 2
        assert words in said.stderr
        assert "--help" in said.stderr
    missing = terang("tender", "publish", folder=tmp_path)
    assert "--ocid is missing" in missing.stderr
    assert "There is no language fr" in terang("--lang", "fr", "demo", folder=tmp_path).stderr


def test_nobody_who_signs_is_said(tmp_path: Path) -> None:
    said = terang("deploy", folder=tmp_path)
    assert said.returncode == 2
    assert "--keystore" in said.stderr


def test_the_demo_prints_one_document_and_nothing_else(tmp_path: Path) -> None:
    said = terang("demo", "--json", "--out", tmp_path / "out")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["replay"] == "equal"
    assert "Sealing bids" in said.stderr
    assert (tmp_path / "out" / "index.html").stat().st_size > 1000


def test_the_demo_speaks_indonesian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERANG_LANG", "id")
    said = terang("demo", "--out", tmp_path / "out")
    assert said.returncode == 0, said.stderr
    assert "penawaran" in said.stdout
    assert not any(re.search(rf"\b{name}\b", said.stdout) for name in PHASES.values())
