"""The file that the owners of a contract wallet open."""

from terang.chain.act import Act
from terang.identity.signer import Watcher
from terang.ledger.owners import Request
from terang.ledger.preview import Preview

SAFE, REGISTER = "0x" + "11" * 20, "0x" + "22" * 20


def request(data: bytes) -> Request:
    act = Act(Watcher(SAFE), REGISTER, data, 200_000, "Participants.revokeKey")
    seen = Preview(SAFE, "Participants", "revokeKey", {}, 40_000, ())
    return Request(act, 7, 1_800_000_000, seen)


def test_a_batch_has_the_checksum_that_safe_expects() -> None:
    """Worked out by the rule that gives those of two files that Safe's own tool had written."""
    batch = request(b"\x01\x02").batch()
    assert batch["createdAt"] == 1_800_000_000_000
    assert batch["meta"].pop("checksum") == (
        "0x5ca68f4ed2c241abcb0ad0dcdbc4690f5bd52a447fbba77ae7b33917bcffbedb"
    )
    changed = request(b"\x01\x03").batch()
    assert changed["meta"]["checksum"] != request(b"\x01\x02").batch()["meta"]["checksum"]


def test_the_name_of_a_batch_is_no_part_of_its_checksum() -> None:
    """Safe lets its owners rename a batch."""
    one = request(b"\x01")
    other = Request(one.act._replace(label="Nama lain"), one.chain_id, one.time, one.preview)
    assert one.batch()["meta"]["checksum"] == other.batch()["meta"]["checksum"]
