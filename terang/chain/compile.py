"""Solidity sources to ABI and bytecode.

One standard-JSON run of solc 0.8.37 over `contracts/` and what it imports. The result is kept
in `.build/`, named by the hash of the whole compiler input (sources, libraries, settings), so it
is never stale and an unchanged project compiles once.
"""

import fcntl
import hashlib
import json
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from terang.chain.files import write_whole
from terang.errors import TerangError
from terang.i18n import _

ROOT = Path(__file__).resolve().parents[2]
SOLC_VERSION = "0.8.37"
SOLC = Path(__file__).parent / "solc" / f"solc-v{SOLC_VERSION}"

# Without the metadata hash the code depends on nothing but what is executed.
SETTINGS: Mapping[str, Any] = {
    "evmVersion": "cancun",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 10_000},
    "remappings": ["@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/"],
    "viaIR": True,
}
_OUTPUT = {
    "*": {
        "": ["ast"],
        "*": [
            "abi",
            "evm.bytecode.object",
            "evm.deployedBytecode.immutableReferences",
            "evm.deployedBytecode.object",
            "storageLayout",
        ],
    }
}
_IMPORT = re.compile(r"^\s*import\b[^;\"']*[\"']([^\"']+)[\"']", re.MULTILINE)


class CompileError(TerangError):
    """The contracts cannot be compiled."""


@dataclass(frozen=True)
class Artifact:
    """One compiled contract.

    Attributes:
        name: the contract's name.
        source: path of its file from the project's root.
        abi: its ABI, as solc gives it.
        bytecode: creation code; empty for an interface or abstract contract.
        runtime: code at the address, with immutables still zero.
        immutables: where in it each immutable is read, by its name: bytes before its word of 32.
        storage: where its state variables are, as solc gives it: "storage" and "types".
        compiler: compiler version and settings.
    """

    name: str
    source: str
    abi: tuple[Mapping[str, Any], ...]
    bytecode: bytes
    runtime: bytes
    immutables: Mapping[str, tuple[int, ...]]
    storage: Mapping[str, Any]
    compiler: Mapping[str, Any]


@dataclass(frozen=True)
class ErrorType:
    """A Solidity custom error: its name and its inputs as the ABI lists them."""

    name: str
    inputs: tuple[Mapping[str, Any], ...]


class Artifacts(Mapping[str, Artifact]):
    """Every contract of the project by its name."""

    def __init__(self, artifacts: Mapping[str, Artifact]) -> None:
        self._artifacts = dict(artifacts)

    def __getitem__(self, name: str) -> Artifact:
        return self._artifacts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._artifacts)

    def __len__(self) -> int:
        return len(self._artifacts)

    @cached_property
    def errors(self) -> Mapping[bytes, ErrorType]:
        """Every custom error over all ABIs, by its 4-byte selector."""
        entries = (entry for artifact in self.values() for entry in artifact.abi)
        return {
            keccak(text=signature(entry))[:4]: ErrorType(entry["name"], tuple(entry["inputs"]))
            for entry in entries
            if entry["type"] == "error"
        }


def type_string(parameter: Mapping[str, Any]) -> str:
    """Returns the canonical type of an ABI parameter; a struct's is its tuple."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    inside = ",".join(type_string(part) for part in parameter["components"])
    return f"({inside}){kind.removeprefix('tuple')}"


def signature(entry: Mapping[str, Any]) -> str:
    """Returns the canonical signature of an ABI function, event or error."""
    return f"{entry['name']}({','.join(type_string(each) for each in entry['inputs'])})"


def artifacts(root: Path = ROOT) -> Artifacts:
    """Compiles `contracts/` beneath `root`, or takes the result of an equal compilation.

    Args:
        root: the project's folder; OpenZeppelin is in its `node_modules`.

    Returns:
        every contract, interface and library of `contracts/` (not of OpenZeppelin).

    Raises:
        CompileError: when there is nothing to compile, solc refuses, or two contracts share a name.
    """
    sources = _sources(root)
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sorted(sources.items())},
        "settings": {**SETTINGS, "outputSelection": _OUTPUT},
    }
    compiled = _compiled(root / ".build", request)
    compiler = {"name": "solc", "version": SOLC_VERSION, "settings": SETTINGS}
    found: dict[str, Artifact] = {}
    for source, contracts in sorted(compiled["contracts"].items()):
        if not source.startswith("contracts/"):
            continue
        for name, contract in contracts.items():
            if name in found:
                raise CompileError(
                    _("{one} and {other} both have a contract {name}. Rename one.").format(
                        name=name, one=found[name].source, other=source
                    )
                )
            code = contract["evm"]
            found[name] = Artifact(
                name=name,
                source=source,
                abi=tuple(contract["abi"]),
                bytecode=bytes.fromhex(code["bytecode"]["object"]),
                runtime=bytes.fromhex(code["deployedBytecode"]["object"]),
                immutables={
                    compiled["immutables"][number]: tuple(each["start"] for each in places)
                    for number, places in code["deployedBytecode"]["immutableReferences"].items()
                },
                storage=contract["storageLayout"],
                compiler=compiler,
            )
    return Artifacts(found)


def _sources(root: Path) -> dict[str, str]:
    """Reads our sources and, following their imports, those of the libraries."""
    ours = (path.relative_to(root) for path in (root / "contracts").rglob("*.sol"))
    wanted = sorted(str(path) for path in ours if ".cache" not in path.parts)  # Ape's copies
    if not wanted:
        raise CompileError(
            _("There are no contracts in {folder}. Run this in Terang's own folder.").format(
                folder=root / "contracts"
            )
        )
    sources: dict[str, str] = {}
    while wanted:
        name = wanted.pop()
        path = root / name
        if name in sources or name.startswith("..") or not path.is_file():
            continue  # solc names a missing import, with the line that wants it
        sources[name] = path.read_text(encoding="utf-8")
        for target in _IMPORT.findall(sources[name]):
            if target.startswith("."):
                wanted.append(posixpath.normpath(posixpath.join(posixpath.dirname(name), target)))
            elif target.startswith("@"):
                wanted.append(f"node_modules/{target}")
            else:
                wanted.append(target)
    return sources


def _compiled(folder: Path, request: Mapping[str, Any]) -> dict[str, Any]:
    key = hashlib.sha256(json.dumps([SOLC_VERSION, request], sort_keys=True).encode()).hexdigest()
    kept = folder / "solc" / f"{key[:32]}.json"
    with _alone(folder):  # two test processes would otherwise compile the same at once
        if kept.is_file():
            result: dict[str, Any] = json.loads(kept.read_bytes())
            return result
        print(_("Compiling the contracts …"), file=sys.stderr, flush=True)
        result = _run(request)
        write_whole(kept, json.dumps(result).encode())
        return result


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "compile.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(request: Mapping[str, Any]) -> dict[str, Any]:
    import solcx
    from solcx.exceptions import SolcError

    try:
        output = solcx.compile_standard(dict(request), solc_binary=SOLC)
    except SolcError as error:
        faults = [each for each in error.error_dict or () if each.get("severity") == "error"]
        told = faults[0].get("formattedMessage") if faults else error.stderr_data
        raise CompileError(
            _("The contracts do not compile: {reason} Correct that and run again.").format(
                reason=str(told or error.message).strip() + "\n"
            )
        ) from error
    except OSError as error:
        raise CompileError(
            _("The compiler {path} cannot run ({reason}). Run `make setup`.").format(
                path=SOLC, reason=error.strerror
            )
        ) from error
    return {"contracts": output["contracts"], "immutables": _immutables(output["sources"])}


def _immutables(sources: Mapping[str, Any]) -> dict[str, str]:
    """Names the immutables, which solc's references tell only by their number in the AST."""
    nodes = (node for source in sources.values() for node in source["ast"]["nodes"])
    parts = (part for node in nodes for part in node.get("nodes", ()))
    return {
        str(part["id"]): part["name"] for part in parts if part.get("mutability") == "immutable"
    }
