"""Organisations: telling them apart, and the records that stay off chain beside their hashes."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from eth_hash.auto import keccak

from terang.errors import TerangError
from terang.i18n import _
from terang.ocds.fields import Json, ident, name_key, obj, objects, text
from terang.ocds.model import Party

NOBODY = Party(key="", name="", aliases=(), record=b"{}")


class RecordStoreError(TerangError):
    """The folder of party records cannot be written."""


def party_record(party: Json) -> bytes:
    """The canonical JSON of a party: keys sorted, no blanks, UTF-8, decimals as text.

    A lone surrogate, which has no UTF-8, is written as its JSON escape.
    """
    encoded = json.dumps(
        party, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str
    )
    return encoded.encode("utf-8", "backslashreplace")


def record_hash(salt: bytes, record: bytes) -> bytes:
    """What goes on chain for a party: keccak256(salt ‖ keccak256(record)).

    Args:
        salt: 32 random bytes that stay off chain; without them a hash of names and tax numbers
            could be found by trying all of them.
        record: From `party_record`.

    Raises:
        ValueError: the salt is not 32 bytes.
    """
    if len(salt) != 32:
        raise ValueError(f"a salt has 32 bytes, not {len(salt)}")
    return keccak(salt + keccak(record))


def write_records(folder: str | Path, parties: Iterable[Party]) -> dict[str, bytes]:
    """Salt and store party records, one file each, readable by the owner only.

    Each file is named by the hash and holds `{"hash", "salt", "record"}`, hex and the record's
    text; it appears whole or not at all.

    Args:
        folder: Made with mode 0700 if missing.
        parties: A key that comes twice is written once.

    Returns:
        The hash of each party by its key.

    Raises:
        RecordStoreError: the folder cannot be made or written.
    """
    folder = Path(folder)
    hashes: dict[str, bytes] = {}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for party in parties:
            if party.key not in hashes:
                hashes[party.key] = _write_record(folder, party)
    except OSError as error:
        raise RecordStoreError(
            _(
                "Cannot write party records to {folder}: {reason}. "
                "Choose a folder that you may write to, with space left."
            ).format(folder=folder, reason=error.strerror)
        ) from error
    return hashes


def _write_record(folder: Path, party: Party) -> bytes:
    salt = secrets.token_bytes(32)
    digest = record_hash(salt, party.record)
    content = {"hash": digest.hex(), "salt": salt.hex(), "record": party.record.decode()}
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".tmp")  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(folder / f"{digest.hex()}.json")
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


class Register:
    """The parties of one process, by everything they can be recognised by."""

    def __init__(self, release: Json) -> None:
        """Read `parties`; of several entries with one id the first holds."""
        self._entries: dict[str, Json] = {}
        for _i, entry in objects(release.get("parties")):
            if key := ident(entry.get("id")):
                self._entries.setdefault(key, entry)
        self._buyer = self._find_buyer(release)

    @property
    def buyer(self) -> Party:
        """The buyer, else the procuring entity, else a party in such a role, else `NOBODY`."""
        return self._buyer

    def _find_buyer(self, release: Json) -> Party:
        candidates = [release.get("buyer"), obj(release.get("tender")).get("procuringEntity")]
        for role in ("buyer", "procuringEntity"):
            for _i, entry in objects(release.get("parties")):
                roles = entry.get("roles")
                if role in roles if isinstance(roles, list) else role == roles:
                    candidates.append(entry)
        found = (self.party(obj(candidate)) for candidate in candidates)
        return next((party for party in found if party), NOBODY)

    def party(self, reference: Json) -> Party | None:
        """One organisation; None if the reference has neither id, identifier nor name."""
        entry = self._entries.get(ident(reference.get("id")), reference)
        aliases: dict[str, None] = {}
        if key := ident(reference.get("id")):
            aliases[f"id:{key}"] = None
        for source in (reference, entry):
            identifier = obj(source.get("identifier"))
            if key := ident(identifier.get("id")):
                aliases[f"identifier:{ident(identifier.get('scheme'))}:{key}"] = None
        for source in (reference, entry):
            if key := name_key(source.get("name")):
                aliases[f"name:{key}"] = None
        if not aliases:
            return None
        name = text(reference.get("name")) or text(entry.get("name")) or text(reference.get("id"))
        return Party(next(iter(aliases)), name, tuple(aliases), party_record(entry))

    def together(self, references: object) -> Party | None:
        """The organisation or joint bidders of a `tenderers` or `suppliers` list, None if empty.

        Members may be objects or plain names.
        """
        listed = references if isinstance(references, list) else [references]
        members: dict[str, Party] = {}
        for reference in listed:
            named = {"name": reference} if isinstance(reference, str) else obj(reference)
            if party := self.party(named):
                members.setdefault(party.key, party)
        if len(members) < 2:
            return next(iter(members.values()), None)
        ordered = [members[key] for key in sorted(members)]
        return Party(
            key=" + ".join(party.key for party in ordered),
            name=" + ".join(party.name for party in members.values()),
            aliases=tuple(alias for party in ordered for alias in party.aliases),
            record=party_record({"members": [json.loads(party.record) for party in ordered]}),
        )


class Bidders:
    """The bidders of one lot, found by key, else by id, identifier or name.

    A member of a joint bid is found as that bid unless it also bid alone.
    """

    def __init__(self, parties: dict[int, Party]) -> None:
        """Index parties by their positions in the process."""
        self.parties = parties
        self._keys = {party.key: position for position, party in parties.items()}
        self._aliases: dict[str, int] = {}
        for position, party in parties.items():
            for alias in party.aliases:
                self._aliases.setdefault(alias, position)

    def find(self, party: Party) -> int | None:
        """The position of a party, None if it is not among the bidders."""
        if party.key in self._keys:
            return self._keys[party.key]
        known = (self._aliases[alias] for alias in party.aliases if alias in self._aliases)
        return next(known, None)
