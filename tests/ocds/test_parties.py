"""Records stay off chain; identifiers on chain carry no personal data."""

import json
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from terang.ocds import RecordStoreError, party_record, record_hash, write_records
from terang.ocds.fields import chain_text, text

from .builders import bid, plan, release


def test_a_record_is_canonical_whatever_the_order_of_its_keys() -> None:
    assert party_record({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
    assert party_record({"a": "é", "b": 1}) == party_record({"b": 1, "a": "é"})


def test_a_lone_surrogate_is_kept_as_its_escape() -> None:
    assert json.loads(party_record({"name": "\ud800"}))["name"] == "\ud800"


def test_a_hash_is_salted() -> None:
    salt, record = bytes(range(32)), b"{}"
    assert record_hash(salt, record) == keccak(salt + keccak(record))
    assert record_hash(bytes(32), record) != record_hash(salt, record)
    with pytest.raises(ValueError, match="32 bytes"):
        record_hash(b"short", record)


def test_records_are_written_whole_and_for_their_owner_only(tmp_path: Path) -> None:
    parties = [{"id": "ID-alice", "name": "Alice Ltd", "contactPoint": {"email": "a@b.example"}}]
    found = plan(release(bid("alice", 100), bid("bob", 200), parties=parties))
    hashes = write_records(tmp_path / "records", [*found.bidders, *found.bidders])
    assert sorted(hashes) == ["id:ID-alice", "id:ID-bob"]
    files = sorted((tmp_path / "records").iterdir())
    assert [file.stem for file in files] == sorted(digest.hex() for digest in hashes.values())
    for file in files:
        assert file.stat().st_mode & 0o777 == 0o600
        content = json.loads(file.read_text())
        digest = record_hash(bytes.fromhex(content["salt"]), content["record"].encode())
        assert content["hash"] == digest.hex() == file.stem
    assert "a@b.example" in "".join(file.read_text() for file in files)
    assert write_records(tmp_path / "again", found.bidders) != hashes


def test_a_folder_that_cannot_be_written_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = plan(release(bid("alice", 100), bid("bob", 200)))
    with pytest.raises(RecordStoreError, match="Choose a folder"):
        write_records(tmp_path / "file", found.bidders)


@pytest.mark.parametrize(
    "clean",
    ["", "ocds-7wj9x5-LO-919009986-E9-2018-v001", "UA-2016-06-02-000468-c", "лот 1", "x" * 128,
     "95525d16-bb14-4ca7-8caf-acf7d401fb77", "1", "hotel:2016"],
)  # fmt: skip
def test_an_ordinary_identifier_goes_on_chain_as_it_is(clean: str) -> None:
    assert chain_text(clean, "withheld:1") == (clean, None)


@pytest.mark.parametrize(
    "raw", ["x" * 129, "é" * 65, "a\nb", "a\u202eb", "\ud800", "a\0", "\u200b"]
)
def test_a_long_or_unclean_identifier_goes_on_chain_as_a_digest(raw: str) -> None:
    shown, why = chain_text(raw, "withheld:1")
    assert (why, len(shown)) == ("unclean", len("sha256:") + 64)


@pytest.mark.parametrize(
    "raw", ["ana@mail.example", "lot of ana@mail.example", "+62 812-3456-7890", "(021) 555 1234",
            "tel:0812345678", "lot +6281234567890"],
)  # fmt: skip
def test_an_identifier_with_personal_data_is_withheld_and_not_even_hashed(raw: str) -> None:
    assert chain_text(raw, "withheld:1") == ("withheld:1", "personal")


def test_rows_say_which_identifier_was_replaced() -> None:
    found = plan(release(bid("alice", 1), bid("bob", 2), ocid="a@b.example"))
    assert found.chain_ocid == "withheld:1"
    assert "The ocid holds personal data" in " ".join(found.lots[0].assumed)
    found = plan(release(bid("alice", 1, "l" * 200), bid("bob", 2, "l" * 200), lots=()))
    assert found.lots[0].chain_lot.startswith("sha256:")
    assert "The lot id is too long" in " ".join(found.lots[0].assumed)


def test_text_for_people_cannot_steer_a_terminal_or_turn_a_line() -> None:
    assert text("a\x1b[31m\u202eb\n\tc\ud800") == "a [31mb c\ufffd"
    assert text(12) == "12"
    assert text(True) == text(None) == text([]) == ""


def test_the_buyer_is_found_in_three_places_or_said_to_be_missing() -> None:
    pair = (bid("alice", 1), bid("bob", 2))
    assert plan(release(*pair)).buyer.key == "id:ID-buyer"
    entity = {"procuringEntity": {"id": "E", "name": "entity"}}
    assert plan(release(*pair, buyer=None, tender=entity)).buyer.name == "entity"
    parties = [{"name": "office", "roles": ["buyer"]}]
    assert plan(release(*pair, buyer=None, parties=parties)).buyer.name == "office"
    missing = plan(release(*pair, buyer=None))
    assert missing.buyer.key == ""
    assert "buyer is not named" in " ".join(missing.lots[0].assumed)
