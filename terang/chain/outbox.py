"""What was handed to a chain and is not known to be done, kept where a killed process leaves it.

Before anything is sent, its signed transactions are written down whole, and so is every dearer
version of one that no block takes; once every receipt is known they are forgotten. Whoever repeats
the same command finds them, and settles them in place of sending anything a second time.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import rlp
from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.fees import Fees
from terang.chain.files import read_file, write_json
from terang.errors import TerangError
from terang.i18n import _

_TYPE = b"\x02"  # EIP-1559: the only kind that the sender has signed
_FIELDS = 12
_DEVELOPMENT = frozenset({1337, 31337})  # ids of chains that begin anew with each start


class OutboxError(TerangError):
    """What was sent earlier cannot be written down, read or settled."""


class Fields(NamedTuple):
    """What a signed transaction says; `to` is None when it creates a contract."""

    chain_id: int
    nonce: int
    fees: Fees
    gas: int
    to: str | None
    data: bytes


class Sent(NamedTuple):
    """One act, signed.

    Attributes:
        account: who signed it.
        versions: as they are handed to a node, the newest last; they differ in their fees, or in
            what is random in their data. All have the same number of the account.
        label: what it does, in words.
    """

    account: str
    versions: tuple[bytes, ...]
    label: str

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Hashes of the versions: a chain includes one of them at most."""
        return tuple(keccak(each) for each in self.versions)

    @property
    def place(self) -> tuple[str, int]:
        """Account and number, which only one transaction of a chain has."""
        return self.account, self.fields.nonce

    @property
    def fields(self) -> Fields:
        """What the newest version says.

        Raises:
            ValueError: when it is no transaction of type 2.
        """
        return _decoded(self.versions[-1])


@dataclass(frozen=True)
class Entry:
    """Transactions that were sent together.

    Attributes:
        path: its file.
        chain_id: the chain's id.
        genesis: hash of the chain's first block, in hex: a chain that was reset has another.
        key: tells what was wanted, as `key_of` makes it.
        sent: in the order of the acts.
        since: number of the newest block when their newest versions were signed.
        refused: whether a node refused all of it, and knew nothing of it. That may be a lie, so
            the numbers of these acts are what the account uses next.
    """

    path: Path
    chain_id: int
    genesis: str
    key: str
    sent: tuple[Sent, ...]
    since: int
    refused: bool

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

    def entry(
        self, chain_id: int, genesis: str, key: str, sent: Sequence[Sent], since: int
    ) -> Entry:
        """Returns a sending that `keep` can write down; its parts are those of `Entry`."""
        path = self.folder / f"{_chain(chain_id, genesis)}-{key}.json"
        return Entry(path, chain_id, genesis, key, tuple(sent), since, refused=False)

    def keep(self, entry: Entry) -> None:
        """Writes a sending down, in place of an earlier one of the same key.

        Raises:
            OutboxError: when the file cannot be written.
        """
        content = {
            "chain": entry.chain_id,
            "genesis": entry.genesis,
            "key": entry.key,
            "since": entry.since,
            "refused": entry.refused,
            "sent": [
                {
                    "account": each.account,
                    "versions": ["0x" + raw.hex() for raw in each.versions],
                    "label": each.label,
                }
                for each in entry.sent
            ],
        }
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_json(entry.path, content, mode=0o600)
        except OSError as error:
            raise _unwritable(entry.path, error) from error

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
            OutboxError: when a file is not one that `keep` wrote, or the chain has another first
                block than when something of it was sent. A node may say a false one, to have
                that done again; only chains for development begin anew under the same id.
        """
        wanted = set(accounts)
        if chain_id is None:
            pattern = "*.json"
        elif chain_id in _DEVELOPMENT:
            pattern = f"{_chain(chain_id, genesis)}-*.json"
        else:
            pattern = f"{chain_id}-*.json"
        written = [(_written(path), path) for path in self.folder.glob(pattern)]
        kept = [entry for _time, path in sorted(written) if (entry := _read(path)) is not None]
        found = []
        for each in kept:
            if wanted and not wanted & {sent.account for sent in each.sent}:
                continue
            if chain_id is not None and each.genesis != genesis:
                raise OutboxError(
                    _(
                        "The node says that chain {chain} begins with another block than when "
                        "{label} was sent: it does not tell the truth, or the chain was made anew. "
                        "Use another node; if the chain is a new one, remove {path}."
                    ).format(chain=chain_id, label=each.sent[0].label, path=each.path)
                )
            found.append(each)
        return found

    @contextmanager
    def alone(self, accounts: Iterable[str]) -> Iterator[None]:
        """Keeps other processes from sending for these accounts inside the block.

        Two that both found nothing under way would both sign, for two numbers.

        Raises:
            OutboxError: when another is sending, or the folder cannot be written.
        """
        with ExitStack() as held:
            for account in sorted(set(accounts)):
                path = self.folder / f".{account}.lock"
                try:
                    self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                    lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w")
                except OSError as error:
                    raise _unwritable(path, error) from error
                held.enter_context(lock)  # the end of a process frees it too
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    raise OutboxError(
                        _(
                            "Another command of {account} is under way. Wait until it ends, then "
                            "repeat."
                        ).format(account=account)
                    ) from error
            yield

    def has(self, intent: str) -> bool:
        """Tells whether something is kept that was sent for this intent, on whatever chain."""
        return any(self.folder.glob(f"*-*-{_digest(intent)}-*.json"))


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


def _unwritable(path: Path, error: OSError) -> OutboxError:
    return OutboxError(
        _("Cannot write {path} ({reason}). Free the place or name another.").format(
            path=path, reason=error.strerror
        )
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(path: Path) -> Entry | None:
    """Reads a file; None when it has gone meanwhile."""
    try:
        content: dict[str, Any] = json.loads(read_file(path))
        sent = tuple(
            Sent(
                answers.address(each["account"], "account"),
                tuple(answers.data(raw, "a version") for raw in _versions(each)),
                each["label"],
            )
            for each in content["sent"]
        )
        entry = Entry(
            path,
            content["chain"],
            content["genesis"],
            content["key"],
            sent,
            content.get("since", 0),
            content.get("refused", False),
        )
        texts = [entry.genesis, entry.key, *(each.label for each in sent)]
        numbers = [entry.chain_id, entry.since]
        if not sent or any(type(each) is not int for each in numbers):
            raise ValueError("content")
        if type(entry.refused) is not bool or not all(map(_printable, texts)):
            raise ValueError("content")
        if any(len({_decoded(raw).nonce for raw in each.versions}) != 1 for each in sent):
            raise ValueError("versions")
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


def _versions(sent: Mapping[str, Any]) -> Any:
    """All versions; an earlier release wrote down one, and neither "since" nor "refused"."""
    return [sent["raw"]] if "raw" in sent else sent["versions"]


def _decoded(raw: bytes) -> Fields:
    try:
        values = rlp.decode(raw[1:])
    except rlp.exceptions.RLPException as error:
        raise ValueError("raw") from error
    if raw[:1] != _TYPE or not isinstance(values, list) or len(values) != _FIELDS:
        raise ValueError("raw")
    chain_id, nonce, tip, most, gas = (int.from_bytes(each, "big") for each in values[:5])
    to, _value, data = values[5:8]
    target = answers.address("0x" + to.hex(), "to") if to else None
    return Fields(chain_id, nonce, Fees(tip, most), gas, target, data)


def _printable(text: object) -> bool:
    return isinstance(text, str) and text.isprintable()
