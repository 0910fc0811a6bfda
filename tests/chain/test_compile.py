"""Compiling: once, reproducibly, by one compiler for all tools."""

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from terang.chain import compile as compiling
from terang.chain.compile import ROOT, SETTINGS, SOLC, SOLC_VERSION, Artifacts, CompileError
from terang.chain.compile import artifacts as compiled


@pytest.fixture
def project(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    def make(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"// SPDX-License-Identifier: Apache-2.0\n{text}", encoding="utf-8")
        return tmp_path

    return make


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Counts the runs of the compiler."""
    seen: list[object] = []
    run = compiling._run

    def counted(request: dict[str, object]) -> object:
        seen.append(request)
        return run(request)

    monkeypatch.setattr(compiling, "_run", counted)
    return seen


def test_an_artifact_has_abi_and_code(probe_artifacts: Artifacts) -> None:
    probe = probe_artifacts["Probe"]
    assert probe.source == "contracts/Probe.sol"
    assert {"add", "draw"} <= {entry.get("name") for entry in probe.abi}
    assert len(probe.bytecode) > len(probe.runtime) > 0
    assert probe.compiler["version"] == SOLC_VERSION
    assert list(probe.immutables) == ["PEER"]
    assert all(probe.runtime[at : at + 32] == bytes(32) for at in probe.immutables["PEER"])


def test_an_interface_has_no_code(probe_artifacts: Artifacts) -> None:
    assert probe_artifacts["Shape"].bytecode == b""


def test_errors_are_found_by_their_selector(probe_artifacts: Artifacts) -> None:
    selector = keccak(text="ProbeTooSmall(uint256,uint48,string)")[:4]
    error = probe_artifacts.errors[selector]
    assert error.name == "ProbeTooSmall"
    assert [each["name"] for each in error.inputs] == ["given", "least", "note"]


def test_an_unchanged_project_compiles_once_and_a_changed_one_again(
    project: Callable[[dict[str, str]], Path], runs: list[object]
) -> None:
    root = project({"contracts/A.sol": "contract A {}"})
    first, second = compiled(root), compiled(root)
    assert first == second
    assert len(runs) == 1
    project({"contracts/A.sol": "contract A { uint256 public b; }"})
    assert compiled(root)["A"].bytecode != first["A"].bytecode
    assert len(runs) == 2


def test_a_changed_library_compiles_again(
    project: Callable[[dict[str, str]], Path], runs: list[object]
) -> None:
    library = "node_modules/@openzeppelin/contracts/deep/L.sol"
    root = project(
        {
            "contracts/A.sol": 'import "@openzeppelin/contracts/M.sol"; contract A is L {}',
            "node_modules/@openzeppelin/contracts/M.sol": 'import "./deep/L.sol";',
            library: "contract L {}",
        }
    )
    assert list(compiled(root)) == ["A"]
    project({library: "contract L { uint256 public b; }"})
    assert [entry["name"] for entry in compiled(root)["A"].abi] == ["b"]
    assert len(runs) == 2


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"contracts/A.sol": "contract A { nonsense }"}, "contracts/A.sol:2"),
        ({"contracts/A.sol": 'import "../../outside.sol";'}, "outside.sol"),
        ({"contracts/A.sol": 'import "@openzeppelin/contracts/No.sol";'}, "No.sol"),
        ({"contracts/A.sol": "contract A {}", "contracts/B.sol": "contract A {}"}, "B.sol both"),
        ({"contracts/A.txt": ""}, "no contracts"),
    ],
    ids=["wrong", "outside", "missing", "same name", "nothing"],
)
def test_what_cannot_be_compiled_says_where(
    project: Callable[[dict[str, str]], Path], files: dict[str, str], told: str
) -> None:
    with pytest.raises(CompileError, match=told):
        compiled(project(files))


def test_a_compiler_that_cannot_run_says_so(
    project: Callable[[dict[str, str]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({"contracts/A.sol": "contract A {}"})
    monkeypatch.setattr(compiling, "SOLC", root / "no-solc")
    with pytest.raises(CompileError, match="make setup"):
        compiled(root)


def test_forge_compiles_with_the_same_settings() -> None:
    forge = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    assert ROOT / forge["solc"] == SOLC
    assert {
        "evmVersion": forge["evm_version"],
        "metadata": {
            "appendCBOR": forge["cbor_metadata"],
            "bytecodeHash": forge["bytecode_hash"],
        },
        "optimizer": {"enabled": forge["optimizer"], "runs": forge["optimizer_runs"]},
        "remappings": forge["remappings"],
        "viaIR": forge["via_ir"],
    } == SETTINGS


def test_the_compiler_tells_its_version_as_tools_expect_it() -> None:
    told = subprocess.run([SOLC, "--version"], capture_output=True, text=True, check=True).stdout
    assert f"Version: {SOLC_VERSION}+commit." in told
    assert told.rstrip().endswith("g++")


def native_compiler() -> str | None:
    """A native compiler of our version on PATH, or what SOLC names."""
    for found in (os.environ.get("SOLC"), shutil.which("solc")):
        if found:
            told = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
            if f"Version: {SOLC_VERSION}+" in told:
                return found
    return None


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[Path, str], Path]:
    """Makes an executable that passes for a native compiler, and writes down when it compiles."""

    def make(path: Path, version: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "#!/bin/sh\n"
            f'[ "$1" = --version ] && echo "Version: {version}+commit.0.Linux.g++" && exit\n'
            f"echo ran > {tmp_path / 'ran'}\n"
            f'exec node "{SOLC.parent / "solc.cjs"}" "{ROOT}" "$@"\n'
        )
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed yet: its home."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("SOLC", "SOLCX_BINARY_PATH", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def compiled_code(root: Path) -> bytes:
    shutil.rmtree(root / ".build", ignore_errors=True)
    return compiled(root)["A"].bytecode


SOURCE = {"contracts/A.sol": "contract A { uint256 public b = 7; event E(uint256 b); }"}


@pytest.mark.parametrize("place", ["SOLC", "PATH", ".solcx", ".svm", "svm"])
def test_a_native_compiler_of_our_version_is_preferred_wherever_it_is(
    project: Callable[[dict[str, str]], Path],
    stand_in: Callable[[Path, str], Path],
    nowhere: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    root = project(SOURCE)
    by_node = compiled_code(root)
    assert not (tmp_path / "ran").exists(), "without one, npm's compiles"
    program = {
        "SOLC": tmp_path / "somewhere" / "solidity",
        "PATH": tmp_path / "bin" / "solc",
        ".solcx": nowhere / ".solcx" / f"solc-v{SOLC_VERSION}",
        ".svm": nowhere / ".svm" / SOLC_VERSION / f"solc-{SOLC_VERSION}",
        "svm": nowhere / ".local" / "share" / "svm" / SOLC_VERSION / f"solc-{SOLC_VERSION}",
    }[place]
    stand_in(program, SOLC_VERSION)
    if place == "SOLC":
        monkeypatch.setenv("SOLC", str(program))
    elif place == "PATH":
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    assert compiled_code(root) == by_node
    assert (tmp_path / "ran").exists()


def test_a_native_compiler_of_another_version_is_left_alone(
    project: Callable[[dict[str, str]], Path],
    stand_in: Callable[[Path, str], Path],
    nowhere: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOLC", str(stand_in(nowhere / "solc", "0.8.36")))
    assert compiled_code(project(SOURCE))
    assert not (tmp_path / "ran").exists()


def test_a_compiler_that_starts_ours_is_not_asked_for_ever(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = nowhere / "solc"
    program.write_text(f'#!/bin/sh\nexec "{SOLC}" "$@"\n')
    program.chmod(0o755)
    for found in (SOLC, program):
        monkeypatch.setenv("SOLC", str(found))
        told = subprocess.run([SOLC, "--version"], capture_output=True, text=True, timeout=20)
        assert f"Version: {SOLC_VERSION}+" in told.stdout


@pytest.mark.skipif(native_compiler() is None, reason="no native solc of our version is installed")
def test_the_native_compiler_and_that_of_npm_give_the_same_bytecode() -> None:
    native = native_compiler()
    assert native is not None
    sources = compiling._sources(ROOT)
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": {**SETTINGS, "outputSelection": {"*": {"*": ["evm.bytecode.object"]}}},
    }
    codes = []
    for command in (
        [native, "--standard-json"],
        ["node", SOLC.parent / "solc.cjs", ROOT, "--standard-json"],
    ):
        ran = subprocess.run(
            command, input=json.dumps(request), capture_output=True, text=True, check=True
        )
        codes.append(json.loads(ran.stdout)["contracts"])
    assert codes[0] == codes[1]
