"""Local chains, started for one run and gone without a trace after it. Anvil is the usual one."""

import ctypes
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self

from terang.chain.compile import ROOT, ErrorType
from terang.chain.connection import Chain, ChainUnreachable
from terang.errors import CHAIN_UNREACHABLE, TerangError
from terang.i18n import _

CHAIN_ID = 31337
_START_SECONDS = 30
_STOP_SECONDS = 10
_ATTEMPTS = 3
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class NodeError(TerangError):
    """The local chain cannot be started."""

    exit_code = CHAIN_UNREACHABLE


class Node(Protocol):
    """A fresh development chain with gas at price zero, there inside a `with` block."""

    @property
    def name(self) -> str:
        """What `--chain` calls it."""

    def __enter__(self) -> Self:
        """Makes the chain.

        Raises:
            NodeError: when it is not installed or cannot be started.
        """

    def __exit__(self, *_error: object) -> None: ...

    def connect(self, errors: Mapping[bytes, ErrorType] | None = None) -> Chain:
        """Returns the chain, seen through this node (see `Chain`)."""


class Server(ABC):
    """A node that is a program of its own, answering on 127.0.0.1.

    Args:
        port: TCP port; None for a free one.
        timestamp: time of the first block in seconds since 1970 UTC; None for now.

    Attributes:
        url: where it answers, inside the block.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    environment: ClassVar[Mapping[str, str]] = {}

    def __init__(self, port: int | None = None, *, timestamp: int | None = None) -> None:
        self._wanted_port = port
        self._timestamp = timestamp
        self._process: subprocess.Popen[bytes] | None = None
        self._home: tempfile.TemporaryDirectory[str] | None = None
        self.url = ""

    @abstractmethod
    def _command(self, port: int, home: Path) -> Sequence[str]:
        """Prepares the folder that it runs in, and returns what starts it there.

        Raises:
            NodeError: when the program is not installed.
        """

    def __enter__(self) -> Self:
        """Starts the chain and waits until it answers.

        Raises:
            NodeError: when the program is missing, the port is taken, or it does not come up.
        """
        # What such programs keep under their home, they leave there: give them one of their own.
        self._home = tempfile.TemporaryDirectory(prefix=f"terang-{self.name}-")
        try:
            for _attempt in range(_ATTEMPTS):
                port = free_port(self._wanted_port)
                if self._starts(port, Path(self._home.name)):
                    return self
            raise NodeError(
                _("{program} does not start: {reason} Correct that, then run again.").format(
                    program=self.title, reason=self._last_words()
                )
            )
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_error: object) -> None:
        self._stop()
        if self._home is not None:
            self._home.cleanup()
            self._home = None

    def connect(self, errors: Mapping[bytes, ErrorType] | None = None) -> Chain:
        """Returns the chain, seen through this node (see `Chain`)."""
        return Chain(self.url, errors)

    @property
    def pid(self) -> int:
        """Process id, inside the block."""
        if self._process is None:
            raise ValueError("the node is not running")
        return self._process.pid

    def _starts(self, port: int, home: Path) -> bool:
        """Starts it; returns False when it ended at once, as when another took the port."""
        command = self._command(port, home)
        with (home / "log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                env={"HOME": str(home), "NO_COLOR": "1", **self.environment},
                preexec_fn=_end_with_parent(),
            )
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + _START_SECONDS
        with Chain(url, timeout=5) as chain:
            while self._process.poll() is None:
                try:
                    chain.rpc("eth_chainId")
                except ChainUnreachable:
                    if time.monotonic() > deadline:
                        break
                    time.sleep(0.02)
                    continue
                if self._process.poll() is None:  # or another's node has answered
                    self.url = url
                    return True
        self._stop()
        return False

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.url = ""

    def _last_words(self) -> str:
        return "" if self._home is None else last_words(Path(self._home.name) / "log")


class Anvil(Server):
    """Foundry's Anvil: transactions keep the order in which they are sent.

    Args and attributes as for `Server`.
    """

    name = "anvil"
    title = "Anvil"

    def _command(self, port: int, home: Path) -> Sequence[str]:
        dated = () if self._timestamp is None else ("--timestamp", str(self._timestamp))
        return [*anvil_command(port), *dated]


def anvil_command(port: int) -> list[str]:
    """Returns what starts an Anvil of ours on 127.0.0.1: Cancun, gas at price zero.

    Args:
        port: TCP port.

    Raises:
        NodeError: when it is not installed.
    """
    return [
        anvil_program(),
        *("--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)),
        *("--hardfork", "cancun", "--gas-price", "0", "--block-base-fee-per-gas", "0"),
        *("--order", "fifo", "--accounts", "1", "--quiet"),
    ]


def anvil_program() -> str:
    """Returns where Anvil is.

    Raises:
        NodeError: when it is not installed.
    """
    program = shutil.which("anvil", path=str(ROOT / "node_modules" / ".bin")) or shutil.which(
        "anvil"
    )
    if program is None:
        raise NodeError(
            _(
                "Anvil is not installed. Run `make setup`, "
                "or on other systems than Linux on x86-64 put Foundry 1.7 on PATH."
            )
        )
    return program


def last_words(log: Path) -> str:
    """Returns the end of what a program said into its log, on one line."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return " ".join(lines[-3:])[:500] or _("it says nothing.")


def free_port(wanted: int | None) -> int:
    """Returns a TCP port of 127.0.0.1 that nobody listens on.

    Args:
        wanted: which one; None for any.

    Raises:
        NodeError: when the wanted one is taken or none.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except (OSError, OverflowError) as error:
            raise NodeError(
                _("Port {port} is taken or not allowed. Give another port.").format(port=wanted)
            ) from error
        port: int = probe.getsockname()[1]
        return port


def _end_with_parent() -> Callable[[], None] | None:
    """Returns what makes a child end when its parent is killed, where the system can do it."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)  # loaded here: between fork and exec nothing may be imported
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
