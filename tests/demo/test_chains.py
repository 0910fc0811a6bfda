"""The same outcome on Anvil, Hardhat and py-evm."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import jsonschema
import pytest

from terang.chain.compile import ROOT, ErrorType
from terang.chain.connection import Chain
from terang.chain.hardhat import Hardhat
from terang.chain.node import Anvil
from terang.chain.nodes import NAMES, node_named
from terang.chain.pyevm import PyEvm
from terang.chain.transport import Http
from terang.demo.run import Outcome, demonstrate
from terang.ocds import SAMPLE

SCHEMA = json.loads((ROOT / "docs" / "reference" / "demo.schema.json").read_text())
START = 2_000_000_000
GAS_OF_RANDOM_BYTES = 400  # a zero byte of calldata costs 12 gas less: keys and envelopes have some


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Where each run leaves its page."""
    return {name: tmp_path_factory.mktemp(name) for name in NAMES}


@pytest.fixture(scope="module")
def outcomes(folders: Mapping[str, Path]) -> Mapping[str, Outcome]:
    """The sample, run once on each."""
    return {
        name: demonstrate(SAMPLE, folder, lambda _line: None, node_named(name))
        for name, folder in folders.items()
    }


def test_each_chain_gives_the_same_report_field_by_field(
    outcomes: Mapping[str, Outcome],
) -> None:
    own = {"chain", "seconds", "gas"}  # gas: below, and equal for the same transactions
    reports = {name: outcome.report for name, outcome in outcomes.items()}
    for name, report in reports.items():
        jsonschema.validate(report, SCHEMA)
        assert report["chain"] == name
        assert report["replay"] == "equal"
        assert {key: report[key] for key in report.keys() - own} == {
            key: reports["anvil"][key] for key in SCHEMA["properties"].keys() - own
        }
        for operation, used in report["gas"].items():
            assert abs(used - reports["anvil"]["gas"][operation]) < GAS_OF_RANDOM_BYTES, operation


def test_the_page_names_what_ran_it(
    folders: Mapping[str, Path], outcomes: Mapping[str, Outcome]
) -> None:
    assert outcomes.keys() == folders.keys()
    for name, title in zip(NAMES, ("Anvil", "Hardhat", "py-evm"), strict=True):
        assert title in (folders[name] / "index.html").read_text(), name


class Recorded(Anvil):
    """Anvil, with every transaction that it is handed written down."""

    def __init__(self) -> None:
        super().__init__(timestamp=START)
        self.sent: dict[str, str] = {}
        self.blocks: list[Any] = []
        self.receipts: dict[str, Any] = {}

    def __enter__(self) -> Self:
        super().__enter__()
        with Chain(self.url) as chain:  # only Anvil makes two blocks at one time
            chain.rpc("anvil_setBlockTimestampInterval", 1)
        return self

    def connect(self, errors: Mapping[bytes, ErrorType] | None = None) -> Chain:
        return Chain(Recording(self.url, self.sent), errors)

    def __exit__(self, *error: object) -> None:
        if self.url:
            with Chain(self.url) as chain:
                self.blocks, self.receipts = story(chain)
        super().__exit__(*error)


class Recording(Http):
    """HTTP that writes down the transactions that pass."""

    def __init__(self, url: str, sent: dict[str, str]) -> None:
        super().__init__(url, timeout=60)
        self._sent = sent

    def post(self, body: bytes) -> bytes:
        answer = super().post(body)
        asked, told = (
            [each] if isinstance(each, dict) else each for each in map(json.loads, (body, answer))
        )
        hashes = {each["id"]: each.get("result") for each in told}
        for each in asked:
            if each["method"] == "eth_sendRawTransaction":
                self._sent[hashes[each["id"]]] = each["params"][0]
        return answer


def several(body: Any) -> list[Any]:
    """What is in a body: a batch, or one by itself."""
    return body if isinstance(body, list) else [body]


def story(chain: Chain) -> tuple[list[Any], dict[str, Any]]:
    """Every block after the first, and of every transaction what became of it."""
    numbers = range(1, chain.head().number + 1)
    blocks = chain.batch([("eth_getBlockByNumber", [hex(each), False]) for each in numbers])
    hashes = [each for block in blocks for each in block["transactions"]]
    receipts = chain.batch([("eth_getTransactionReceipt", [each]) for each in hashes])
    fields = ("blockNumber", "transactionIndex", "status", "gasUsed", "cumulativeGasUsed")
    logged = ("address", "topics", "data", "logIndex")
    told = {
        receipt["transactionHash"]: [
            *(int(receipt[each], 16) for each in fields),
            (receipt["contractAddress"] or "").lower(),
            [[log[each] for each in logged] for log in receipt["logs"]],
        ]
        for receipt in receipts
    }
    return blocks, told


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The sample on Anvil, written down."""
    node = Recorded()
    demonstrate(SAMPLE, tmp_path_factory.mktemp("recorded"), lambda _line: None, node)
    return node


@pytest.mark.parametrize("kind", [Hardhat, PyEvm])
def test_the_same_transactions_in_the_same_blocks_have_the_same_gas_logs_and_state(
    recorded: Recorded, kind: type[Hardhat] | type[PyEvm]
) -> None:
    assert len(recorded.receipts) > 150
    with kind(timestamp=START) as node, node.connect() as chain:
        chain.rpc("evm_setAutomine", False)
        for block in recorded.blocks:
            for each in block["transactions"]:
                chain.rpc("eth_sendRawTransaction", recorded.sent[each])
            chain.rpc("evm_setNextBlockTimestamp", int(block["timestamp"], 16))
            chain.mine()
        blocks, receipts = story(chain)
    assert receipts == recorded.receipts
    for block, other in zip(blocks, recorded.blocks, strict=True):
        for field in ("transactionsRoot", "receiptsRoot", "gasUsed", "timestamp"):
            assert block[field] == other[field], field
