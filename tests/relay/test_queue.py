"""What was promised, on disk."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from terang.chain import files
from terang.identity.wallet import Wallet
from terang.relay import queue as queues
from terang.relay.evidence import Place
from terang.relay.queue import FAILED, SEALED, WAITING, Entry, Queue, QueueError
from terang.relay.receipt import Promise
from terang.sealing.envelope import Box

RELAY = Wallet.create()
BOX = Box(31_337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", 7, 0)


def entry(content: bytes = b"\x01", closes_at: int = 2_000) -> Entry:
    promise = Promise(RELAY.address, BOX, keccak(content), 1_000, closes_at).sign(RELAY)
    return Entry(promise, content, since=5)


def test_what_was_promised_is_there_after_a_restart(queue: Queue) -> None:
    waits, done = entry(), entry(b"\x02").done(SEALED, Place(9, b"\x03" * 32))
    queue.put(waits)
    queue.put(done)
    queue.close()
    again = Queue(queue.folder)
    assert again.waiting() == [waits]
    assert again.find(*done.key) == done
    assert again.counts() == {WAITING: 1, SEALED: 1}
    assert (again.waiting_for(BOX), again.waiting_for(replace(BOX, stage=16))) == (1, 0)
    again.close()


def test_one_envelope_in_two_boxes_is_two_promises(queue: Queue) -> None:
    first = entry()
    box = replace(BOX, tender_id=8)
    promise = Promise(RELAY.address, box, first.promise.envelope, 1_000, 2_000).sign(RELAY)
    second = Entry(promise, first.envelope, since=5)
    queue.put(first)
    queue.put(second)
    queue.close()
    again = Queue(queue.folder)
    assert (again.find(*first.key), again.find(*second.key)) == (first, second)
    assert again.of(first.promise.envelope) == [first, second]
    again.close()


def test_a_file_as_earlier_releases_named_it_is_read_and_stays_one_file(queue: Queue) -> None:
    queue.put(entry())
    queue.close()
    (file,) = queue.folder.glob("*.json")
    file.replace(queue.folder / f"{entry().promise.envelope.hex()}.json")
    again = Queue(queue.folder)
    assert again.find(*entry().key).status == WAITING
    again.put(entry().done(FAILED))
    assert [each.name for each in queue.folder.glob("*.json")] == [file.name]
    again.close()


def test_what_closes_first_comes_first_and_what_later_closings_can_bear_has_time(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "AT_ONCE", 2)
    for number, closes_at in enumerate((3_000, 2_000, 2_500)):
        queue.put(entry(bytes([number]), closes_at))
    assert [each.promise.closes_at for each in queue.waiting()] == [2_000, 2_500, 3_000]
    # the third and fourth take two margins, whichever of them is new
    assert queue.has_time(2_600, now=1_000, margin=799)
    assert not queue.has_time(2_600, now=1_000, margin=800)
    assert not queue.has_time(2_100, now=1_000, margin=750)  # 2,500 would come too late
    assert queue.has_time(4_000, now=2_499, margin=750)  # what is late already is no reason


def test_what_a_replaceable_block_has_keeps_its_envelope_and_is_never_forgotten(
    queue: Queue,
) -> None:
    loose = entry(closes_at=2_000).sealed(Place(9, b"\x03" * 32))
    queue.put(loose)
    queue.prune(9_000)
    queue.close()
    again = Queue(queue.folder)
    assert again.loose() == [loose]
    assert again.loose()[0].lost() == entry(closes_at=2_000)
    again.put(loose.done(SEALED, loose.place))
    assert again.loose() == []
    again.close()


def test_a_promise_is_on_disk_whole_before_anybody_learns_of_it(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(files, "sync_folder", synced.append)
    queue.put(entry())
    assert synced == [queue.folder]
    monkeypatch.setattr(
        "terang.relay.queue.write_json", lambda *_: (_ for _ in ()).throw(OSError(28, "full"))
    )
    with pytest.raises(OSError, match="full"):
        queue.put(entry(b"\x02"))
    assert queue.find(*entry(b"\x02").key) is None


def test_nobody_else_reads_it(queue: Queue) -> None:
    queue.put(entry())
    (file,) = queue.folder.glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert queue.folder.stat().st_mode & 0o777 == 0o700


def test_the_envelope_goes_once_it_is_not_needed(queue: Queue) -> None:
    queue.put(entry(b"\x07" * 40))
    queue.put(entry(b"\x07" * 40).done(FAILED))
    (file,) = queue.folder.glob("*.json")
    assert "07" * 40 not in file.read_text()


def test_two_processes_do_not_serve_from_one_folder(queue: Queue) -> None:
    with pytest.raises(QueueError, match="already"):
        Queue(queue.folder)


def test_what_is_done_is_forgotten_a_while_after_closing_and_what_waits_never(
    queue: Queue,
) -> None:
    old, young = entry(b"\x01", 2_000).done(SEALED), entry(b"\x02", 3_000).done(SEALED)
    waits = entry(b"\x03", 2_000)
    for each in (old, young, waits):
        queue.put(each)
    queue.prune(2_001)
    assert queue.find(*old.key) is None
    queue.close()
    again = Queue(queue.folder)
    assert again.find(*old.key) is None
    assert [again.find(*each.key) for each in (young, waits)] == [young, waits]
    again.close()


@pytest.mark.parametrize(
    "change", [{"envelope": "0x02"}, {"status": "lost"}, {"since": "5"}, {"block": True},
               {"receipt": {}}, {"block": 3, "transaction": None}],
)  # fmt: skip
def test_a_damaged_file_is_named_and_not_passed_over(
    queue: Queue, change: dict[str, object]
) -> None:
    queue.put(entry())
    queue.close()
    (file,) = queue.folder.glob("*.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(QueueError, match=file.name):
        Queue(queue.folder)
    file.unlink()
    Queue(queue.folder).close()  # the lock was let go
