"""What an opener keeps of a batch: a cache that only its own seed opens."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.ledger.opening import Opening
from terang.opener.holdings import Fault, Holdings
from terang.replay.audit import read
from terang.replay.state import Batch, OpeningKey, Stamp
from terang.sealing.ceremony import CeremonyError
from terang.sealing.epoch import key_id
from terang.sealing.opener import BadShare, Opener

INDEX = 3


@pytest.fixture
def stage(prepared: tuple[Stage, list[Tender]]) -> Stage:
    return prepared[0]


@pytest.fixture
def opening(stage: Stage) -> Opening:
    return Opening(stage.ledger, read(stage.ledger))


@pytest.fixture
def batch(opening: Opening) -> Batch:
    return opening.state.batches[1, 1]


@pytest.fixture
def seed(stage: Stage) -> bytes:
    return list(stage.openers.seeds.values())[INDEX - 1]


class Kept:
    """Holdings, and what they told."""

    def __init__(self, seed: bytes, folder: Path) -> None:
        self.faults: list[Fault] = []
        self.said: list[str] = []
        self.holdings = Holdings(seed, folder, self.faults.append, self.said.append)


def without_deals(batch: Batch) -> Batch:
    return replace(batch, deals=[])


def test_a_confirmed_batch_is_kept_and_its_deals_are_not_needed_again(
    opening: Opening, batch: Batch, seed: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "shares"
    found = Kept(seed, folder).holdings.of(opening, batch, INDEX)
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert not any(each.to_bytes(32, "big") in content for each in found.shares)
    again = Kept(seed, folder).holdings.of(opening, without_deals(batch), INDEX)
    assert again == found
    with pytest.raises(CeremonyError):  # so it was the file that served
        Kept(seed, tmp_path / "none").holdings.of(opening, without_deals(batch), INDEX)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: b"",
        lambda content: content[:40] + bytes([content[40] ^ 1]) + content[41:],
        lambda content: content[:5],
    ],
)
def test_a_damaged_file_is_made_again(
    opening: Opening, batch: Batch, seed: bytes, tmp_path: Path, damage: object
) -> None:
    found = Kept(seed, tmp_path).holdings.of(opening, batch, INDEX)
    (file,) = tmp_path.glob("*.shares")
    whole = file.read_bytes()
    assert callable(damage)
    file.write_bytes(damage(whole))
    assert Kept(seed, tmp_path).holdings.of(opening, batch, INDEX) == found
    assert len(file.read_bytes()) == len(whole)
    assert Kept(seed, tmp_path).holdings.of(opening, without_deals(batch), INDEX) == found


def test_the_file_of_another_opener_or_batch_is_made_again(
    stage: Stage, opening: Opening, batch: Batch, seed: bytes, tmp_path: Path
) -> None:
    other = next(iter(stage.openers.seeds.values()))
    Kept(other, tmp_path).holdings.of(opening, batch, 1)
    theirs = tmp_path / "1-1-1.shares"
    own = tmp_path / f"1-1-{INDEX}.shares"
    theirs.rename(own)
    found = Kept(seed, tmp_path).holdings.of(opening, batch, INDEX)
    assert found.shares[0] == stage.openers._seated[INDEX - 1].opener.share(1, 0)
    moved = replace(batch, id=2)
    own.rename(tmp_path / f"1-2-{INDEX}.shares")
    with pytest.raises(CeremonyError):
        Kept(seed, tmp_path).holdings.of(opening, without_deals(moved), INDEX)


def test_a_folder_that_cannot_be_written_stops_nothing(
    opening: Opening, batch: Batch, seed: bytes, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    kept = Kept(seed, tmp_path / "file")
    assert kept.holdings.of(opening, batch, INDEX).shares
    assert "worked out again" in kept.said[0]


def test_other_keys_than_the_deals_give_are_never_used(
    opening: Opening, batch: Batch, seed: bytes, tmp_path: Path
) -> None:
    forged = replace(batch, root=b"\7" * 32)
    with pytest.raises(CeremonyError, match="confirmed other keys"):
        Kept(seed, tmp_path).holdings.of(opening, forged, INDEX)
    Kept(seed, tmp_path).holdings.of(opening, batch, INDEX)
    with pytest.raises(CeremonyError, match="confirmed other keys"):  # nor from the file
        Kept(seed, tmp_path).holdings.of(opening, forged, INDEX)


def test_a_file_of_deals_that_the_chain_replaced_is_made_again(
    opening: Opening, batch: Batch, seed: bytes, tmp_path: Path
) -> None:
    fewer = replace(batch, deals=[each for each in batch.deals if each[0] != 2])
    before = Kept(seed, tmp_path).holdings.work_out(opening, fewer, INDEX)
    assert before.root != batch.root
    assert Kept(seed, tmp_path).holdings.of(opening, batch, INDEX).root == batch.root


def test_right_shares_open_and_a_wrong_one_is_named_and_left_out(
    stage: Stage, opening: Opening, batch: Batch, seed: bytes, tmp_path: Path
) -> None:
    kept = Kept(seed, tmp_path)
    holding = kept.holdings.of(opening, batch, INDEX)
    openers = [each.opener for each in stage.openers._seated]
    key = OpeningKey(key_id(1, 1, 5), "Tenders", 1, 0, 0, 0, Stamp(0, 0, b""))
    key.shares += [(each.index, each.share(1, 5)) for each in openers[:3]]
    key.shares += [(4, openers[3].share(1, 6)), (9, 1), (5, openers[4].share(1, 5))]
    right = kept.holdings.right(holding, key)
    assert sorted(right) == [1, 2, 3, 5]
    assert set(kept.faults) == {Fault("wrong share", 1, 4), Fault("wrong share", 1, 9)}
    results = stage.openers._batches[1]
    assert holding.secret(5, right) == results.secret(5, right)


def test_an_invalid_deal_is_named(
    opening: Opening, batch: Batch, seed: bytes, tmp_path: Path
) -> None:
    junk = [(2, b"junk") if opener == 2 else (opener, deal) for opener, deal in batch.deals]
    kept = Kept(seed, tmp_path)
    result = kept.holdings.work_out(opening, replace(batch, deals=junk), INDEX)
    assert 2 not in result.dealers
    assert kept.faults == [Fault("bad deal", 1, 2)]


def test_who_was_dealt_a_wrong_share_confirms_nothing_and_still_releases(
    stage: Stage, opening: Opening, batch: Batch, seed: bytes, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    calls = []

    def victim(self: Opener, *_args: object) -> None:
        calls.append(self.index)
        raise BadShare(2, self.index, 0)

    monkeypatch.setattr(Opener, "accept", victim)
    kept = Kept(seed, tmp_path)
    for _again in range(2):
        with pytest.raises(BadShare):
            kept.holdings.work_out(opening, batch, INDEX)
    assert calls == [INDEX]  # it is not worked out at each look
    assert kept.faults == [Fault("bad share", 1, 2)]
    holding = kept.holdings.of(opening, batch, INDEX)
    assert holding.shares == ()
    assert holding.is_right(0, 1, stage.openers._seated[0].opener.share(1, 0))
    assert not list(tmp_path.glob("*.shares"))
    with pytest.raises(CeremonyError):
        kept.holdings.work_out(opening, replace(batch, id=3, deals=[]), INDEX)
