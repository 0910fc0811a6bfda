"""The vectors that other languages read: reproducible, and true of this code."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from terang.chain.contract import Event
from terang.identity.wallet import Wallet
from terang.ledger.roll import Roll
from terang.sealing.bidding import open_bid
from terang.sealing.ceremony import combine, settle
from terang.sealing.curve import N, PublicKey, generate, interpolate, parse_point, shared_address
from terang.sealing.envelope import Box, Reason, Void, documents_key, open_envelope
from terang.sealing.epoch import EpochContext, encryption_key, set_hash
from terang.sealing.evidence import Accusation, EvidenceError
from terang.sealing.judging import Dealing, Posted
from terang.sealing.merkle import key_leaf, verify_proof
from terang.sealing.messages import Ballot, Bid, Proposal

FOLDER = Path(__file__).parents[1] / "vectors"


def load(name: str) -> Any:
    return json.loads((FOLDER / "sealing" / f"{name}.json").read_text())


HEX = frozenset(("encryptionKey", "payload", "evidence"))


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def number(text: str) -> int:
    return int(text, 16)


def box_of(row: dict[str, Any]) -> Box:
    return Box(row["chainId"], row["contract"], row["tenderId"], row["stage"])


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    script = runpy.run_path(str(FOLDER / "make_sealing.py"))
    files: dict[str, str] = script["build"]()
    return files


@pytest.mark.parametrize(
    "name",
    [
        "envelopes",
        "messages",
        "shares",
        "ceremony",
        "evidence",
        "members",
        "releases",
        "merkle",
        "openings",
    ],
)
def test_the_script_writes_the_committed_bytes(made: dict[str, str], name: str) -> None:
    assert (FOLDER / "sealing" / f"{name}.json").read_text() == made[f"{name}.json"]


def test_rows_are_flat_and_unambiguous_for_forge(made: dict[str, str]) -> None:
    for text in made.values():
        for rows in json.loads(text).values():
            assert len({tuple(row) for row in rows}) == 1
            for field in rows[0]:
                values = [row[field] for row in rows]
                assert len({type(value) for value in values}) == 1
                assert all(value < 2**53 for value in values if isinstance(value, int))
                lengths = {len(v) for v in values if isinstance(v, str) and v.startswith("0x")}
                # forge reads 20 bytes as an address and 32 as a bytes32
                assert len(lengths) < 2 or not lengths & {42, 66}


def test_good_envelopes_open(made: dict[str, str]) -> None:
    for row in load("envelopes")["good"]:
        box = box_of(row)
        assert box.id == raw(row["boxId"])
        opened = open_envelope(raw(row["envelope"]), number(row["secret"]), box.id)
        assert opened.plaintext == raw(row["plaintext"])
        assert opened.z == raw(row["z"])
        public = PublicKey.from_point(number(row["publicKeyX"]), number(row["publicKeyY"]))
        assert public == generate(number(row["secret"]))
        assert shared_address(number(row["r"]), public) == opened.z
        assert generate(number(row["r"])).format() == raw(row["point"])


def test_bad_envelopes_are_void_for_their_reason() -> None:
    rows = load("envelopes")["bad"]
    for row in rows:
        with pytest.raises(Void) as caught:
            open_bid(raw(row["envelope"]), number(row["secret"]), box_of(row))
        assert caught.value.reason == row["reason"], row["defect"]
    assert {row["reason"] for row in rows} == set(Reason)


def test_messages_have_their_digests_and_signatures() -> None:
    files = load("messages")
    for kind, rows in files.items():
        for row in rows:
            wallet = Wallet.from_key(raw(row["privateKey"]))
            plaintext = raw(row["plaintext"])
            stage = {"bids": 0, "proposals": 1}.get(kind, 16 + row.get("round", 0))
            box = Box(row["chainId"], row["contract"], row["tenderId"], stage)
            message: Bid | Proposal | Ballot
            if kind == "bids":
                message = Bid.unpack(plaintext)
                assert message.price == number(row["price"])
            elif kind == "proposals":
                message = Proposal.unpack(plaintext)
                said = (message.documents, message.version, message.nonce)
                assert said == (raw(row["documents"]), row["version"], row["nonce"])
            else:
                message = Ballot.unpack(plaintext, len(raw(row["marks"])))
                assert (message.seat, message.reasons) == (row["seat"], raw(row["reasons"]))
            assert message.typed_data(box).digest == raw(row["digest"])
            assert message.typed_data(box).domain.separator == raw(row["domainSeparator"])
            assert wallet.sign_digest(raw(row["digest"])) == raw(row["signature"])
            assert message.signature == raw(row["signature"])
            assert wallet.address == row["signer"]
    assert set(files) == {"bids", "proposals", "ballots"}


def test_points_multiply_as_listed() -> None:
    for row in load("shares")["points"]:
        factor, x = number(row["scalar"]), number(row["x"])
        if not row["valid"]:
            assert number(row["product"]) == 0
            continue
        assert 0 < x < N
        point = parse_point(bytes([2 + row["parity"]]) + x.to_bytes(32, "big"))
        assert shared_address(factor, point) == raw(row["product"])


def test_subsets_interpolate_as_listed() -> None:
    for row in load("shares")["interpolations"]:
        shares = dict(zip(row["indices"], map(number, row["shares"]), strict=True))
        assert interpolate(shares) == number(row["secret"])
        terms = zip(row["coefficients"], row["shares"], strict=True)
        assert sum(number(c) * number(s) for c, s in terms) % N == number(row["secret"])


def test_the_ceremony_is_settled_from_its_public_deals() -> None:
    file = load("ceremony")
    (epoch,), (expected,) = file["epochs"], file["results"]
    openers_hash = set_hash(epoch["seats"], epoch["threshold"], epoch["confirmations"])
    assert openers_hash == raw(epoch["setHash"])
    place = epoch["chainId"], epoch["contract"], epoch["epoch"]
    members = {row["index"]: parse_point(raw(row["encryptionKey"])) for row in file["openers"]}
    for row in file["openers"]:
        assert encryption_key(raw(row["seed"]), *place, openers_hash) == members[row["index"]]
    context = EpochContext(*place, members, epoch["threshold"], openers_hash)
    deals = {row["dealer"]: raw(row["payload"]) for row in file["deals"]}
    result = settle(context, expected["batch"], expected["count"], deals)
    assert list(result.dealers) == expected["dealers"]
    assert result.root == raw(expected["root"])
    assert result.transcript == raw(expected["transcript"])
    assert all(keccak(deals[row["dealer"]]) == raw(row["digest"]) for row in file["deals"])


def test_who_takes_part_in_a_batch_follows_from_the_order_of_events() -> None:
    file, (epoch,) = load("members"), load("ceremony")["epochs"]
    names = {
        "keys": "OpenerEnrolled",
        "batches": "BatchOpened",
        "deals": "Dealt",
        "accusations": "Accused",
    }
    told = [(names[kind], row) for kind, rows in file.items() for row in rows]
    started = ("EpochStarted", {**epoch, "at": 0})
    events = [
        Event(
            name,
            {
                **row,
                "epoch": epoch["epoch"],
                "dealsUntil": 1,
                "index": row.get("index", row.get("dealer")),
                **{key: raw(row[key]) for key in HEX & row.keys()},
            },
            epoch["contract"],
            1,
            bytes(32),
            row["at"],
        )
        for name, row in sorted([started, *told], key=lambda each: each[1]["at"])
    ]
    roll = Roll(epoch["chainId"], epoch["contract"], events)
    for row in file["batches"]:
        assert list(roll.context(epoch["epoch"], row["batch"]).members) == row["members"]
    for row in file["accusations"]:
        verdicts = roll.verdicts(epoch["epoch"], row["batch"])
        said = (row["batch"], row["dealer"], row["accuser"], raw(row["evidence"]))
        assert [each.holds for each in verdicts if each.said == said] == [row["holds"]]


def test_evidence_holds_or_proves_nothing_as_listed() -> None:
    public, file = load("ceremony"), load("evidence")
    (epoch,), (made,) = public["epochs"], file["batches"]
    members = {row["index"]: parse_point(raw(row["encryptionKey"])) for row in public["openers"]}
    place = epoch["chainId"], epoch["contract"], epoch["epoch"]
    context = EpochContext(*place, members, epoch["threshold"], raw(epoch["setHash"]))
    posted = [Posted(row["dealer"], raw(row["payload"]), 0) for row in file["deals"]]
    dealing = Dealing(context, made["batch"], made["count"], 1, posted, {})
    assert list(dealing.valid) == [row["dealer"] for row in file["deals"]]
    for row in file["accusations"]:
        said = Accusation(
            *place,
            row["batch"],
            row["dealer"],
            row["opener"],
            raw(row["deal"]),
            raw(row["point"]),
            number(row["challenge"]),
            number(row["response"]),
        )
        if row["wrong"]:
            assert said.check(dealing) == row["wrong"]
            continue
        with pytest.raises(EvidenceError):
            said.check(dealing)


def test_releases_combine_and_prove() -> None:
    for row in load("releases")["releases"]:
        point = PublicKey.from_point(number(row["publicKeyX"]), number(row["publicKeyY"]))
        shares = dict(zip(row["sharers"], map(number, row["shares"]), strict=True))
        assert combine(shares, point) == number(row["secret"])
        leaf = key_leaf(row["index"], point)
        assert verify_proof(raw(row["root"]), leaf, [raw(node) for node in row["proof"]])


def test_the_documents_key_is_as_designed() -> None:
    row = load("envelopes")["good"][0]
    label = keccak(text="Terang bid documents v1")
    packed = label + raw(row["boxId"]) + bytes(12) + raw(row["z"])
    assert documents_key(raw(row["boxId"]), raw(row["z"])) == keccak(packed)
