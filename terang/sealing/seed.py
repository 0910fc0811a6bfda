"""An opener's seed: its encrypted file, and the drill that shows that the backup would serve.

The file is a keystore document without an address and with what makes it a seed, so that neither
is taken for the other:

    {"kind": "terang opener seed", "version": 3, "id": …, "fingerprint": "0x…", "crypto": {…}}

fingerprint = keccak256("Terang opener seed v1" ‖ seed). It says which seed a file holds, and
nothing about it: a seed has 256 random bits. The record of a drill names the fingerprint, so it
holds for that seed alone.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from eth_utils.crypto import keccak

from terang.chain.files import write_json
from terang.errors import TerangError
from terang.i18n import _
from terang.identity.keystore import decrypt, encrypt, read_object, write_new
from terang.identity.wallet import new_secret
from terang.sealing.ceremony import CeremonyError
from terang.sealing.epoch import EpochContext, encryption_key, set_hash
from terang.sealing.opener import Opener

_KIND: Final = "terang opener seed"
_LABEL: Final = b"Terang opener seed v1"

_OPENERS: Final = 3
_THRESHOLD: Final = 2
_KEYS: Final = 2
_BATCH: Final = 0


class SeedError(TerangError, ValueError):
    """A seed's file that cannot be used, or a backup that would not serve."""


class EpochPlace(NamedTuple):
    """An epoch as far as an opener's encryption key depends on it.

    Attributes:
        chain_id: the chain's id.
        contract: address of the contract that keeps the opening keys, hex.
        epoch: the epoch's number.
        set_hash: `epoch.set_hash` of the openers' seats, 32 bytes.
    """

    chain_id: int
    contract: str
    epoch: int
    set_hash: bytes


# On no chain and of no contract, so nothing derived for it is ever used.
_NOWHERE: Final = EpochPlace(
    0, "0x" + "00" * 20, 0, set_hash(range(1, _OPENERS + 1), _THRESHOLD, _OPENERS)
)


@dataclass(frozen=True)
class Drill:
    """A drill that passed.

    Attributes:
        fingerprint: of the seed, 0x and 64 hex digits.
        at: when, in UTC.
        encryption_key: the compressed public key that was derived, 33 bytes.
    """

    fingerprint: str
    at: datetime
    encryption_key: bytes


def create_seed(path: Path, password: str, iterations: int | None = None) -> str:
    """Makes a seed and its encrypted file, which only its owner may read.

    Args:
        path: the file; one that is there already is not overwritten.
        password: what it is encrypted under; not empty.
        iterations: as for `keystore.create_keystore`.

    Returns:
        the seed's fingerprint, which is public.

    Raises:
        WalletError: if the file exists or cannot be written, or the password is empty.
    """
    return save_seed(new_secret(), path, password, iterations)


def save_seed(seed: bytes, path: Path, password: str, iterations: int | None = None) -> str:
    """Writes the encrypted file of a seed that is there already.

    Args:
        seed: 32 bytes.
        path: as for `create_seed`.
        password: as for `create_seed`.
        iterations: as for `create_seed`.

    Returns:
        the seed's fingerprint, which is public.

    Raises:
        WalletError: if the file exists or cannot be written, or the password is empty.
    """
    print_ = _fingerprint(seed)
    document = encrypt(seed, password, iterations)
    del document["address"]  # a seed is nobody's account
    document |= {"kind": _KIND, "fingerprint": print_}
    write_new(path, json.dumps(document).encode())
    return print_


def read_seed(path: Path, password: str) -> bytes:
    """Opens a seed's file; returns the 32 secret bytes.

    Raises:
        SeedError: if it cannot be read or is no seed's, the password is wrong, or the file names
            another fingerprint than its seed's.
    """
    document = _read(path)
    try:
        seed = decrypt(document, password)
        if _fingerprint(seed) != document["fingerprint"]:
            raise ValueError("another fingerprint")
    except ValueError as error:
        raise _unusable(path) from error
    return seed


def fingerprint(path: Path) -> str:
    """Returns which seed a file says it holds, 0x and 64 hex digits; it takes no password.

    Raises:
        SeedError: if the file cannot be read or is no seed's.
    """
    return str(_read(path)["fingerprint"])


def drill(
    seed_file: Path,
    password: str,
    backup: Path,
    backup_password: str,
    at: datetime,
    place: EpochPlace | None = None,
) -> Drill:
    """Restores the seed from its backup alone, works with it, and records that it served.

    The restored seed derives the encryption key of `place`, then deals and settles a mock batch,
    whose deal and shares must be those of the original.

    Args:
        seed_file: the seed's file; the record is written beside it.
        password: of that file.
        backup: the copy, another file than `seed_file`: best on the medium it will be kept on.
        backup_password: of the copy.
        at: the time, aware.
        place: the epoch whose key is derived; one of the drill's own by default.

    Raises:
        SeedError: if one cannot be opened, both are one file, or the backup is not this seed's.
        OSError: if the record cannot be written.
    """
    if _same_file(seed_file, backup):
        raise SeedError(
            _("{path} is the seed's file itself. Give the copy that you keep elsewhere.").format(
                path=backup
            )
        )
    restored = read_seed(backup, backup_password)  # first, and alone
    works = _work(restored, place or _NOWHERE)
    if works != _work(read_seed(seed_file, password), place or _NOWHERE):
        raise SeedError(
            _("{path} is the backup of another seed. Make a new copy, then drill again.").format(
                path=backup
            )
        )
    passed = Drill(_fingerprint(restored), at.astimezone(UTC), works[0])
    record = {
        "fingerprint": passed.fingerprint,
        "at": passed.at.isoformat(timespec="seconds"),
        "encryptionKey": "0x" + passed.encryption_key.hex(),
    }
    write_json(_record(seed_file), record)
    return passed


def require_drilled(seed_file: Path) -> Drill:
    """Returns the drill that this seed passed.

    Raises:
        SeedError: if none is recorded for it, or the seed's file cannot be read.
    """
    wanted = fingerprint(seed_file)
    try:
        record = read_object(_record(seed_file))
        if record["fingerprint"] != wanted:
            raise ValueError("of another seed")
        at = datetime.fromisoformat(record["at"]).astimezone(UTC)
        return Drill(wanted, at, bytes.fromhex(record["encryptionKey"].removeprefix("0x")))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise SeedError(
            _(
                "The backup of the seed {path} has not been tried. "
                "Run terang keys drill with the backup first."
            ).format(path=seed_file)
        ) from error


def _work(seed: bytes, place: EpochPlace) -> tuple[bytes, bytes, list[int]]:
    """Does an opener's work with a seed: its key, its deal of a mock batch, its shares."""
    key = encryption_key(seed, *place[:3], place.set_hash)
    others = {index: keccak(text=f"Terang drill opener {index}") for index in (2, 3)}
    seeds = {1: seed, **others}
    context = EpochContext(
        *_NOWHERE[:3],
        members={
            index: encryption_key(each, *_NOWHERE[:3], _NOWHERE.set_hash)
            for index, each in seeds.items()
        },
        threshold=_THRESHOLD,
        set_hash=_NOWHERE.set_hash,
    )
    deals = {
        index: Opener(each, context, index).deal(_BATCH, _KEYS) for index, each in seeds.items()
    }
    opener = Opener(seed, context, 1)
    try:
        opener.accept(_BATCH, _KEYS, deals)
    except CeremonyError as error:
        raise SeedError(
            _("The seed does not deal ({detail}). Do not use it; make a new one.").format(
                detail=error
            )
        ) from error
    shares = [opener.share(_BATCH, number) for number in range(_KEYS)]
    return key.format(compressed=True), deals[1], shares


def _fingerprint(seed: bytes) -> str:
    return "0x" + keccak(_LABEL + seed).hex()


def _record(seed_file: Path) -> Path:
    return seed_file.with_name(seed_file.name + ".drill.json")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False  # what is wrong with it is said when it is opened


def _read(path: Path) -> dict[str, Any]:
    try:
        document = read_object(path)
        print_ = document.get("fingerprint")
        if document.get("kind") != _KIND or not isinstance(print_, str) or len(print_) != 66:
            raise ValueError("no seed")
        return document
    except ValueError as error:
        raise _unusable(path) from error


def _unusable(path: Path) -> SeedError:
    return SeedError(
        _("Cannot open the seed {path}. Check the file and its password.").format(path=path)
    )
