"""An organisation whose account is a contract wallet: its owners let a key bid for it."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from terang.chain.act import Act
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.contract import Contract, constructor
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.wallet import Wallet
from terang.vocabulary import BIDS, Role

Say = Callable[..., Any]


class Safe:
    """A wallet of three owners, of whom two move it; it is a supplier's first account."""

    def __init__(self, stage: Stage, wallets: Artifacts) -> None:
        self._stage, self._chain = stage, stage.ledger.chain
        self._owners = sorted(
            (Wallet.create() for _ in range(3)), key=lambda each: each.address.lower()
        )  # as numbers: the letters of an address have its checksum
        addresses = [each.address for each in self._owners]
        code = constructor(wallets["Multisig"], [addresses, 2])
        (created,) = stage.send([Act(stage.offices.operator, None, code, 3_000_000)])
        self.contract = Contract(str(created.contract), wallets["Multisig"])
        self.address = self.contract.address
        participants, registrar = stage.ledger.participants, stage.offices.registrar
        entry = participants.register(registrar, bytes([7] * 32), Role.SUPPLIER, self.address)
        (registered,) = stage.send([entry])
        self.organisation = participants.registered(registered)

    def carry_out(self, file: Path) -> None:
        """Two owners sign what the file holds; somebody who is none of them sends it."""
        (call,) = json.loads(file.read_text())["transactions"]
        to, data = call["to"], bytes.fromhex(call["data"][2:])
        nonce = self._chain.view(self.contract, "nonce")
        digest = self._chain.view(self.contract, "transactionDigest", to, 0, data, nonce)
        signatures = b"".join(each.sign_digest(digest) for each in self._owners[1:])
        moved = self.contract.encode("execTransaction", to, 0, data, signatures)
        self._stage.send([Act(Wallet.create(), self.address, moved, 500_000)])


@pytest.fixture
def safe(stage: Stage, wallets: Artifacts) -> Safe:
    return Safe(stage, wallets)


@pytest.fixture
def consented(safe: Safe, chain: Chain, terang: Say) -> tuple[Wallet, Sequence[object]]:
    """A bid key, and the words that register it; it serves from a minute ahead."""
    key = Wallet.create()
    starts = datetime.fromtimestamp(chain.now + 60, UTC).isoformat()
    prepare = ["participant", "key", "prepare", safe.organisation, "--address", key.address]
    file = terang(*prepare, "--power", "bid", "--from", starts, "--json").document["file"]
    sign = terang("participant", "key", "sign", file, "--json", by=key, chain=False)
    submit = ["participant", "key", "submit", file, "--signature", sign.document["file"]]
    return key, submit


def test_a_key_that_the_owners_authorised_bids_for_their_organisation_until_they_end_it(
    stage: Stage,
    tender: Tender,
    safe: Safe,
    consented: tuple[Wallet, Sequence[object]],
    chain: Chain,
    terang: Say,
    tmp_path: Path,
) -> None:
    key, submit = consented
    asked = terang(*submit, "--through", safe.address, "--json").document
    participants = stage.ledger.participants.contract
    batch = json.loads(Path(asked["file"]).read_text())
    assert batch["version"] == "1.0"
    assert batch["chainId"] == str(chain.chain_id)
    assert batch["meta"]["createdFromSafeAddress"] == safe.address
    (call,) = batch["transactions"]
    assert (call["to"], call["value"]) == (participants.address, "0")
    assert (call["contractMethod"], call["contractInputsValues"]) == (None, None)
    function, arguments = participants.decode_call(bytes.fromhex(call["data"][2:]))
    assert (function, arguments["key"]) == ("authoriseKey", key.address)
    assert [each["name"] for each in asked["preview"]["events"]] == ["KeyAuthorised"]
    assert asked["data"] == call["data"]
    assert chain.view(participants, "keyOf", key.address)["organisation"] == 0  # nothing was sent

    safe.carry_out(Path(asked["file"]))
    chain.advance_to(chain.now + 60)
    shown = terang("participant", "show", safe.organisation, "--json").document
    assert [(each["account"], each["powers"]) for each in shown["keys"]] == [
        (safe.address, ["act", "bid"]),
        (key.address, ["bid"]),
    ]

    acts.publish(stage, [tender])
    document = tmp_path / "penawaran.pdf"
    document.write_bytes(b"penawaran")
    bid = ["bid", "seal", "--tender", tender.id, "--price", "1000", "--file", document]
    assert terang(*bid, by=key).code == 0
    by_events = stage.ledger.boxes(BIDS).contract
    logs = chain.logs(0, chain.head().number, [by_events.address])
    events = [by_events.decode_log(log) for log in logs]
    tender.envelopes = [each.args["envelope"] for each in events if each.name == "Sealed"]

    revoke = ["participant", "key", "revoke", key.address, "--through", safe.address]
    ended = terang(*revoke, "--out", "akhir.json", "--json").document
    assert [each["name"] for each in ended["preview"]["events"]] == ["KeyRevoked"]
    chain.advance_to(stage.ledger.tenders.open_tender(tender.id)[3])  # type: ignore[index]
    safe.carry_out(tmp_path / "akhir.json")  # at closing: too late to take the bid back
    assert chain.view(participants, "servedBy", key.address, 2) == 0
    operator, tenders = stage.offices.operator, stage.ledger.tenders
    stage.openers.release(operator, tenders, [(tender.id, BIDS, tender.bid_key)])
    stage.send(tenders.open(operator, tender.id, BIDS, tender.envelopes))
    counted = chain.view(tenders.contract, "bidAt", tender.id, 0)
    assert counted["organisation"] == safe.organisation
    assert terang("audit", "replay").code == 0


def test_what_the_ledger_would_refuse_the_wallet_is_not_handed_to_its_owners(
    stage: Stage,
    tender: Tender,
    safe: Safe,
    consented: tuple[Wallet, Sequence[object]],
    terang: Say,
    tmp_path: Path,
) -> None:
    key, submit = consented
    before = set(tmp_path.iterdir())
    unknown = ["participant", "key", "revoke", key.address, "--through", safe.address]
    assert terang(*unknown).code == 4
    contract = stage.ledger.tenders.contract.address  # which acts for nobody
    assert terang(*submit, "--through", contract).code == 4
    assert terang(*submit, "--through", tender.buyer.wallet.address).code == 2  # a plain account
    assert "KeyAuthorised" in terang(*submit, "--through", safe.address, "--dry-run").out
    assert terang(*submit, "--out", "batch.json").code == 2
    assert set(tmp_path.iterdir()) == before


def test_a_call_for_the_owners_takes_no_other_files_place(
    safe: Safe, consented: tuple[Wallet, Sequence[object]], terang: Say
) -> None:
    words = [*consented[1], "--through", safe.address]
    done = terang(*words)
    assert done.code == 0
    for word in ("authoriseKey", safe.address, "To: ", "Value: 0", "Data: 0x", "They have until"):
        assert word in done.out
    again = terang(*words)
    assert again.code == 2
    assert "there already" in again.err
