"""A local chain that stays: npm's Anvil in the background, its state kept in a folder.

The folder holds

    node.json           who runs, and where it answers; only while it runs
    state.json          the chain; Anvil writes it every few seconds and when it stops
    state.before.json   the same as the last start found it: for a node killed in mid-write
    log                 what Anvil said

Anvil keeps blocks, receipts and logs over a restart, but the state of the newest block only: a
replay up to an earlier block needs the run in which that block was made.
"""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from terang.chain.connection import Chain, ChainUnreachable
from terang.chain.files import write_json, write_whole
from terang.chain.node import NodeError, anvil_command, free_port, last_words
from terang.i18n import _

PORT = 8545
SAVED_EVERY = 5  # seconds: what a node that is killed may lose
_START_SECONDS = 60
_STOP_SECONDS = 60
_POLL = 0.02


@dataclass(frozen=True)
class Running:
    """A node that runs.

    Attributes:
        pid: its process.
        started: tells that process from a later one of the same number.
        url: where it answers.
    """

    pid: int
    started: str
    url: str


class Standing:
    """The chain of a folder.

    Args:
        folder: made when needed.
        progress: is told what a person should know.
    """

    def __init__(self, folder: Path, progress: Callable[[str], None] = lambda _line: None) -> None:
        self.folder = folder.absolute()
        self._progress = progress
        self._run, self._state = self.folder / "node.json", self.folder / "state.json"
        self._before, self._home = self.folder / "state.before.json", self.folder / "home"

    def running(self) -> Running | None:
        """Returns the node that runs for the folder, or None.

        A file that a crashed node left behind counts for nothing, also when another process has
        its number by now.
        """
        try:
            content: dict[str, Any] = json.loads(self._run.read_bytes())
            found = Running(**content)
        except (OSError, TypeError, ValueError, RecursionError):
            return None
        texts = (found.started, found.url)
        if not _is_one(found.pid) or not all(isinstance(each, str) and each for each in texts):
            return None
        ours = _identity(found.pid) == found.started and _serves(found.pid, self._state)
        return found if ours else None

    def start(self, port: int | None = None) -> Running:
        """Starts the chain where it stopped; returns the one that runs when there is one.

        Args:
            port: TCP port on 127.0.0.1; None for 8545, or any free one when that is taken.

        Raises:
            NodeError: when Anvil is missing, the port is taken, the folder cannot be used, or
                Anvil does not come up. Nothing is left running then.
        """
        with self._alone():
            found = self.running()
            if found is not None:
                return found
            self._check_state()
            try:
                return self._begin(_port(port))
            except NodeError:
                if port is not None:
                    raise
                return self._begin(free_port(None))  # another was quicker at the usual port

    def stop(self) -> bool:
        """Ends the chain, its state saved; returns False when none runs.

        Raises:
            NodeError: when the folder cannot be used.
        """
        with self._alone():
            found = self.running()
            if found is not None:
                _end(found.pid)
            self._run.unlink(missing_ok=True)
            shutil.rmtree(self._home, ignore_errors=True)
            return found is not None

    def _begin(self, place: int) -> Running:
        pid = self._spawn(anvil_command(place))
        try:
            made = Running(pid, _identity(pid) or "", f"http://127.0.0.1:{place}")
            write_json(self._run, asdict(made))
            self._await(made, place)
        except BaseException:
            _end(pid)
            self._run.unlink(missing_ok=True)
            raise
        return made

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps two commands from starting or ending the same node at once."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise NodeError(
                _(
                    "Cannot use the folder {path} ({reason}). Free the place or name another."
                ).format(path=self.folder, reason=error.strerror)
            ) from error

    def _check_state(self) -> None:
        """Takes the state of the last start in place of one that was cut off in mid-write."""
        if not self._state.exists():
            return
        content = self._state.read_bytes()
        if _whole(content):
            write_whole(self._before, content)
        elif self._before.exists():
            self._progress(_("The node was killed while it saved. Going back to its last start."))
            write_whole(self._state, self._before.read_bytes())
        else:
            raise NodeError(
                _(
                    "{path} is not the whole state of a chain. Put back a copy of it, or remove it "
                    "to begin a new chain."
                ).format(path=self._state)
            )

    def _spawn(self, command: Sequence[str]) -> int:
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir()
        log = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        kept = ("--state", str(self._state), "--state-interval", str(SAVED_EVERY))
        return os.posix_spawn(  # not a child that Python minds: it outlives the command
            command[0],
            [*command, *kept],
            {"HOME": str(self._home), "NO_COLOR": "1"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self.folder / "log"), log, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
        )

    def _await(self, made: Running, place: int) -> None:
        deadline = time.monotonic() + _START_SECONDS
        with Chain(made.url, timeout=5) as chain:
            while _identity(made.pid) is not None and time.monotonic() < deadline:
                try:
                    head = chain.head()
                except ChainUnreachable:
                    time.sleep(_POLL)
                    continue
                if _identity(made.pid) is None:
                    break  # another's node has answered
                if not _listens(made.pid, place):
                    time.sleep(_POLL)  # likewise; ours will see that, and end
                    continue
                if head.timestamp > time.time():
                    # A chain that was advanced would go back to the machine's time.
                    chain.rpc("evm_setTime", head.timestamp + 1)
                return
        raise NodeError(
            _("Anvil does not start: {reason} Correct that, then run again.").format(
                reason=last_words(self.folder / "log")
            )
        )


def _port(wanted: int | None) -> int:
    try:
        return free_port(wanted or PORT)
    except NodeError:
        if wanted is not None:
            raise
        return free_port(None)


def _whole(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        return False


def _identity(pid: int) -> str | None:
    """Returns when the process of this number was started, or None when there is none."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # one that we started ourselves may wait to be buried
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None if Path("/proc/self").exists() else _started(pid)
    # proc(5): state, num_threads, starttime. Threads of a dead one may still hold its port.
    buried = fields[0] == "Z" and int(fields[17]) <= 1
    return None if buried else f"{boot} {fields[19]}"


def _serves(pid: int, state: Path) -> bool:
    """Tells whether a process was started to keep this state; believes it where no /proc tells.

    The file of a run may come from anybody, and its process is one that is ended.
    """
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists()
    return os.fsencode(state) in words


def _listens(pid: int, port: int) -> bool:
    """Tells whether it is this process that listens on a port; believes it where no /proc tells."""
    try:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        held = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return True
    # proc(5): local address, state (0A is listening), inode
    listening = {row[9] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    return any(f"socket:[{inode}]" in held for inode in listening)


def _started(pid: int) -> str | None:
    """Asks `ps`, where there is no /proc, when a process was started."""
    shown = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, timeout=10
    )
    return shown.stdout.strip() or None


def _is_one(pid: object) -> bool:
    """Tells whether a number can be that of one process: 0 and below mean many, 1 is the system."""
    return type(pid) is int and 1 < pid < 1 << 31


def _end(pid: int) -> None:
    """Asks a process to end, and makes it end when it does not."""
    if not _is_one(pid):
        raise ValueError(f"{pid} is not the number of one process")
    mine = _identity(pid)
    for order in (signal.SIGTERM, signal.SIGKILL):
        if mine is None or _identity(pid) != mine:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, order)
        deadline = time.monotonic() + _STOP_SECONDS
        while _identity(pid) == mine and time.monotonic() < deadline:
            time.sleep(_POLL)
