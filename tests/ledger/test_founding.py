"""Founding a ledger, also with a process that ends after every transaction."""

from pathlib import Path
from typing import Any

import pytest

from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Deployment
from terang.chain.send import Sender
from terang.errors import UsageError
from terang.identity.wallet import Wallet
from terang.ledger.founding import currency, found
from terang.ledger.plan import steps


class Interrupted(Exception):
    """The process ends here."""


@pytest.mark.parametrize("lost", [False, True], ids=["before each act", "each receipt lost"])
def test_a_founding_that_is_interrupted_at_every_contract_comes_to_its_end(
    chain: Chain, artifacts: Artifacts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool
) -> None:
    administrator, record = Wallet.create(), tmp_path / "deployments" / "anvil.json"
    wanted = steps(administrator.address, [currency("IDR")])
    send, sent = Sender.send, 0

    def once(self: Sender, *arguments: Any, **options: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent > 1 and not lost:
            raise Interrupted
        receipts = send(self, *arguments, **options)
        if lost:
            raise Interrupted
        return receipts

    monkeypatch.setattr(Sender, "send", once)
    for _run in [*wanted, "rules"]:
        sent = 0
        assert not record.exists()
        try:
            found(chain, administrator, artifacts, record, "anvil", None, [currency("IDR")], print)
        except Interrupted:
            continue
    if lost:  # the last receipt too
        found(chain, administrator, artifacts, record, "anvil", None, [currency("IDR")], print)
    Deployment.load(record, chain).check(wanted)
    count = chain.rpc("eth_getTransactionCount", administrator.address, "latest")
    assert int(count, 16) == len(wanted) + 1  # and the first rules
    assert [each.name for each in record.parent.iterdir()] == ["anvil.json"]


def test_a_record_that_is_there_is_not_overwritten(
    chain: Chain, artifacts: Artifacts, tmp_path: Path
) -> None:
    (tmp_path / "anvil.json").write_text("mine")
    with pytest.raises(UsageError, match="already"):
        found(chain, Wallet.create(), artifacts, tmp_path / "anvil.json", "anvil", None, [], print)
    assert (tmp_path / "anvil.json").read_text() == "mine"
