"""An opener's seed: its file, and the drill that its backup must pass."""

import json
import shutil
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from terang.identity.keystore import create_keystore
from terang.identity.wallet import WalletError
from terang.sealing import seed as seeds
from terang.sealing.epoch import encryption_key, set_hash
from terang.sealing.seed import (
    EpochPlace,
    SeedError,
    create_seed,
    drill,
    fingerprint,
    read_seed,
    require_drilled,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLACE = EpochPlace(31337, "0x" + "cd" * 20, 4, set_hash([1, 2, 3], 2, 3))


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    path = tmp_path / "seed.json"
    create_seed(path, "rahasia", iterations=2)
    return path


@pytest.fixture
def backup(seed_file: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "elsewhere" / "seed.json"
    copy.parent.mkdir()
    shutil.copy(seed_file, copy)
    return copy


def record(seed_file: Path) -> Path:
    return seed_file.with_name("seed.json.drill.json")


def test_a_seed_is_read_with_its_password_and_is_told_by_its_fingerprint(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "seed.json"
    told = create_seed(path, "rahasia", iterations=2)
    assert len(read_seed(path, "rahasia")) == 32
    assert fingerprint(path) == told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "address" not in json.loads(path.read_text())


def test_seeds_differ(tmp_path: Path) -> None:
    one, other = (create_seed(tmp_path / name, "rahasia", iterations=2) for name in "ab")
    assert one != other


def test_a_seed_is_never_overwritten(seed_file: Path) -> None:
    before = seed_file.read_bytes()
    with pytest.raises(WalletError, match="not overwritten"):
        create_seed(seed_file, "rahasia", iterations=2)
    assert seed_file.read_bytes() == before


def test_a_wrong_password_says_what_to_check(seed_file: Path) -> None:
    with pytest.raises(SeedError, match="Check the file and its password"):
        read_seed(seed_file, "salah")


def test_a_wallets_keystore_is_not_taken_for_a_seed(tmp_path: Path) -> None:
    path = tmp_path / "buyer.json"
    create_keystore(path, "rahasia", iterations=2)
    for read in (lambda: read_seed(path, "rahasia"), lambda: fingerprint(path)):
        with pytest.raises(SeedError, match="Cannot open the seed"):
            read()


def test_a_seed_file_with_another_fingerprint_is_not_read(seed_file: Path) -> None:
    document = json.loads(seed_file.read_text())
    seed_file.write_text(json.dumps(document | {"fingerprint": "0x" + "00" * 32}))
    with pytest.raises(SeedError, match="Cannot open the seed"):
        read_seed(seed_file, "rahasia")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "terang opener seed"}', "[" * 9000])
def test_a_file_that_is_no_seed_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "seed.json"
    path.write_text(content)
    for read in (lambda: read_seed(path, "rahasia"), lambda: require_drilled(path)):
        with pytest.raises(SeedError, match="Cannot open the seed"):
            read()


def test_before_a_drill_nothing_may_begin_and_after_it_it_may(
    seed_file: Path, backup: Path
) -> None:
    with pytest.raises(SeedError, match="has not been tried"):
        require_drilled(seed_file)
    passed = drill(seed_file, "rahasia", backup, "rahasia", NOON)
    assert require_drilled(seed_file) == passed
    assert passed.at == NOON


def test_a_drill_derives_the_key_that_the_opener_will_enrol(seed_file: Path, backup: Path) -> None:
    passed = drill(seed_file, "rahasia", backup, "rahasia", NOON, PLACE)
    seed = read_seed(seed_file, "rahasia")
    expected = encryption_key(seed, 31337, "0x" + "cd" * 20, 4, PLACE.set_hash)
    assert passed.encryption_key == expected.format()
    assert require_drilled(seed_file).encryption_key == expected.format()


def test_a_drill_keeps_no_secret(seed_file: Path, backup: Path) -> None:
    drill(seed_file, "rahasia", backup, "rahasia", NOON)
    kept = record(seed_file).read_text()
    assert read_seed(seed_file, "rahasia").hex() not in kept
    assert set(json.loads(kept)) == {"fingerprint", "at", "encryptionKey"}


def test_a_drill_is_timed_in_utc(seed_file: Path, backup: Path) -> None:
    wib = NOON.astimezone(timezone(timedelta(hours=7)))
    drill(seed_file, "rahasia", backup, "rahasia", wib)
    assert json.loads(record(seed_file).read_text())["at"] == "2026-11-24T12:00:00+00:00"


def test_the_original_is_no_backup_of_itself(seed_file: Path, tmp_path: Path) -> None:
    link, hard = tmp_path / "link", tmp_path / "hard"
    link.symlink_to(seed_file)
    hard.hardlink_to(seed_file)
    for path in (seed_file, link, hard):
        with pytest.raises(SeedError, match="the copy that you keep elsewhere"):
            drill(seed_file, "rahasia", path, "rahasia", NOON)
    assert not record(seed_file).exists()


def test_the_backup_of_another_seed_does_not_pass(seed_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    create_seed(other, "rahasia", iterations=2)
    with pytest.raises(SeedError, match="backup of another seed"):
        drill(seed_file, "rahasia", other, "rahasia", NOON)
    assert not record(seed_file).exists()


@pytest.mark.parametrize("damage", ["missing", "cut", "password"])
def test_a_backup_that_does_not_open_does_not_pass(
    seed_file: Path, backup: Path, damage: str
) -> None:
    if damage == "missing":
        backup.unlink()
    elif damage == "cut":
        backup.write_bytes(backup.read_bytes()[:-20])
    with pytest.raises(SeedError, match=r"elsewhere.*Check the file and its password"):
        drill(seed_file, "rahasia", backup, "lupa" if damage == "password" else "rahasia", NOON)
    with pytest.raises(SeedError, match="has not been tried"):
        require_drilled(seed_file)


def test_a_backup_may_have_a_password_of_its_own(
    seed_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = read_seed(seed_file, "rahasia")
    monkeypatch.setattr(seeds, "new_secret", lambda: seed)
    create_seed(tmp_path / "copy.json", "lain", iterations=2)
    drill(seed_file, "rahasia", tmp_path / "copy.json", "lain", NOON)
    assert require_drilled(seed_file).fingerprint == fingerprint(seed_file)


def test_a_drill_counts_for_its_seed_alone(seed_file: Path, backup: Path) -> None:
    drill(seed_file, "rahasia", backup, "rahasia", NOON)
    seed_file.unlink()
    create_seed(seed_file, "rahasia", iterations=2)
    with pytest.raises(SeedError, match="has not been tried"):
        require_drilled(seed_file)


@pytest.mark.parametrize(
    "change", [{"at": "soon"}, {"at": 5}, {"encryptionKey": None}, {"encryptionKey": "0xzz"}]
)
def test_a_record_that_says_nothing_counts_for_nothing(
    seed_file: Path, backup: Path, change: dict[str, object]
) -> None:
    drill(seed_file, "rahasia", backup, "rahasia", NOON)
    document = json.loads(record(seed_file).read_text())
    record(seed_file).write_text(json.dumps(document | change))
    with pytest.raises(SeedError, match="has not been tried"):
        require_drilled(seed_file)


def test_a_seed_that_deals_otherwise_when_restored_does_not_pass(
    seed_file: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, calls = seeds.Opener.deal, []

    def forgets(self: seeds.Opener, batch: int, count: int) -> bytes:
        calls.append(self.index)
        # the restored seed works first; only then is its dealing another's
        return honest(self, batch if len(calls) <= 3 else batch + (self.index == 1), count)

    monkeypatch.setattr(seeds.Opener, "deal", forgets)
    with pytest.raises(SeedError):
        drill(seed_file, "rahasia", backup, "rahasia", NOON)
    assert not record(seed_file).exists()
