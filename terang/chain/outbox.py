"""What was handed to a chain and is not known to be done, kept where a killed process leaves it.

Before anything is sent, its signed transactions are written down whole; once every receipt is known
they are forgotten. Whoever repeats the same command finds them, and settles them in place of
sending anything a second time.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import rlp

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.files import read_file, write_json
from terang.errors import TerangError
from terang.i18n import _

_TYPE = b"\x02"  # EIP-1559: the only kind that the sender has signed
_FIELDS = 12


class OutboxError(TerangError):
    """What was sent earlier cannot be written down, read or settled."""


class Sent(NamedTuple):
    """One signed transaction.

    Attributes:
        account: who signed it.
        raw: as it is handed to a node; all else is in it.
        label: what it does, in words.
    """

    account: str
    raw: bytes
    label: str

    def decoded(self) -> "Fields":
        """Returns what the transaction says.

        Raises:
            ValueError: when `raw` is no transaction of type 2.
        """
        try:
            values = rlp.decode(self.raw[1:])
        except rlp.exceptions.RLPException as error:
            raise ValueError("raw") from error
        if self.raw[:1] != _TYPE or not isinstance(values, list) or len(values) != _FIELDS:
            raise ValueError("raw")
        _chain, nonce, _tip, _most, gas, to, _value, data = values[:8]
        target = answers.address("0x" + to.hex(), "to") if to else None
        return Fields(int.from_bytes(nonce, "big"), int.from_bytes(gas, "big"), target, data)


class Fields(NamedTuple):
    """What a signed transaction says: nonce, gas limit, receiver (None creates) and data."""

    nonce: int
    gas: int
    to: str | None
    data: bytes


@dataclass(frozen=True)
class Entry:
    """Transactions that were sent together.

    Attributes:
        path: its file.
        chain_id: the chain's id.
        genesis: hash of the chain's first block, in hex: a chain that was reset has another.
        key: tells what was wanted, as `key_of` makes it.
        sent: in the order of the acts.
    """

    path: Path
    chain_id: int
    genesis: str
    key: str
    sent: tuple[Sent, ...]

    def is_for(self, intent: str) -> bool:
        """Tells whether it was sent for this intent, by whatever acts."""
        return self.key.startswith(_digest(intent))


class Outbox:
    """A folder with one file for each sending that is not known to be done.

    Args:
        folder: made when needed; nobody else may read it.
        progress: is told what becomes of earlier sendings.
    """

    def __init__(self, folder: Path, progress: Callable[[str], None] = lambda _line: None) -> None:
        self.folder = folder
        self.progress = progress

    def keep(self, chain_id: int, genesis: str, key: str, sent: Sequence[Sent]) -> Entry:
        """Writes a sending down, in place of an earlier one of the same key.

        Raises:
            OutboxError: when the file cannot be written.
        """
        entry = Entry(self._path(chain_id, genesis, key), chain_id, genesis, key, tuple(sent))
        content = {
            "chain": chain_id,
            "genesis": genesis,
            "key": key,
            "sent": [
                {"account": each.account, "raw": "0x" + each.raw.hex(), "label": each.label}
                for each in sent
            ],
        }
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_json(entry.path, content, mode=0o600)
        except OSError as error:
            raise OutboxError(
                _("Cannot write {path} ({reason}). Free the place or name another.").format(
                    path=entry.path, reason=error.strerror
                )
            ) from error
        return entry

    def forget(self, entry: Entry) -> None:
        """Removes a sending whose end is known."""
        entry.path.unlink(missing_ok=True)

    def entries(
        self, chain_id: int | None = None, genesis: str = "", accounts: Iterable[str] = ()
    ) -> list[Entry]:
        """Returns the sendings that are kept, the oldest first.

        Args:
            chain_id: only those of this chain; None for all. Two chains may share it.
            genesis: hash of the chain's first block.
            accounts: only those in which one of these signed; none for all.

        Raises:
            OutboxError: when a file is not one that `keep` wrote.
        """
        wanted = set(accounts)
        pattern = "*.json" if chain_id is None else f"{_chain(chain_id, genesis)}-*.json"
        written = [(_written(path), path) for path in self.folder.glob(pattern)]
        found = [entry for _time, path in sorted(written) if (entry := _read(path)) is not None]
        return [
            each for each in found if not wanted or wanted & {sent.account for sent in each.sent}
        ]

    def has(self, intent: str) -> bool:
        """Tells whether something is kept that was sent for this intent, on whatever chain."""
        return any(self.folder.glob(f"*-*-{_digest(intent)}-*.json"))

    def _path(self, chain_id: int, genesis: str, key: str) -> Path:
        return self.folder / f"{_chain(chain_id, genesis)}-{key}.json"


def key_of(intent: str, calls: Iterable[tuple[str, str | None, bytes]]) -> str:
    """Returns what tells one sending from another, also over two runs of a command.

    Data may hold what is random or the time, so only the function's selector counts.

    Args:
        intent: the same for the same command line.
        calls: account, receiver and data of each act.
    """
    shape = [(account, to, data[:4].hex()) for account, to, data in calls]
    return f"{_digest(intent)}-{_digest(json.dumps(shape))}"


def _chain(chain_id: int, genesis: str) -> str:
    """Names a chain in file names: every new development chain has the same id."""
    return f"{chain_id}-{_digest(genesis)[:16]}"


def _written(path: Path) -> int:
    """When a file was written; 0 when another process has just finished it."""
    try:
        return path.lstat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Entry | None:
    """Reads a file; None when it has gone meanwhile."""
    try:
        content: dict[str, Any] = json.loads(read_file(path))
        sent = tuple(
            Sent(
                answers.address(each["account"], "account"),
                answers.data(each["raw"], "raw"),
                each["label"],
            )
            for each in content["sent"]
        )
        entry = Entry(path, content["chain"], content["genesis"], content["key"], sent)
        texts = [entry.genesis, entry.key, *(each.label for each in sent)]
        if not sent or type(entry.chain_id) is not int or not all(map(_printable, texts)):
            raise ValueError("content")
        for each in sent:
            each.decoded()
    except FileNotFoundError:
        return None
    except (
        OSError, AttributeError, LookupError, TypeError, ValueError, RecursionError, BadAnswer,
    ) as error:  # fmt: skip
        raise OutboxError(
            _(
                "{path} should tell what was sent, and cannot be read. Look on the chain what your "
                "last command did, then remove that file."
            ).format(path=path)
        ) from error
    return entry


def _printable(text: object) -> bool:
    return isinstance(text, str) and text.isprintable()
