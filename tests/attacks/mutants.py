"""Proves the table of attacks: every test of it fails when the defence that it names is removed.

    python tests/attacks/mutants.py [--row TEXT]
    python tests/attacks/mutants.py --page > docs/attacks.md

For each mutation of rows.toml: the test passes as things are; then the text is changed in a copy,
and the test, alone, must fail. Prints a line for each and exits 1 when a mutation survives. The
project itself is not touched.

Solidity takes seconds in place of minutes, since the tests deploy from artifacts: only the contract
that the mutation reaches is compiled, with the project's own settings, and its bytecode put into a
copy of forge's output. forge finds every source unchanged and compiles nothing.
"""

import argparse
import json
import os
import posixpath
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
ROWS: Final = Path(__file__).with_name("rows.toml")
TIME_OUT: Final = 300
_HEAD: Final = """\
# Attacks on sealing

What is tried, what stops it, and the tests that fail when that is removed. `make attacks` removes
each defence in turn and demands that its test fails. Written by `python tests/attacks/mutants.py
--page` from [rows.toml](../tests/attacks/rows.toml), where the mutations are. What sealing does not
promise is in [SECURITY.md](../SECURITY.md#what-sealing-does-not-promise).

"""
_IMPORT: Final = re.compile(r"^\s*import\b[^;\"']*[\"']([^\"']+)[\"']", re.MULTILINE)


@dataclass(frozen=True)
class Mutation:
    """A defence removed.

    Attributes:
        test: the test that must fail, `file::name`.
        file: where the defence is.
        old: the text that is it; it stands there once.
        new: what takes its place.
        build: for Solidity, the contracts to compile anew, `file:name`.
    """

    test: str
    file: str
    old: str
    new: str
    build: tuple[str, ...] = ()

    @property
    def is_solidity(self) -> bool:
        """Whether forge runs its test."""
        return self.test.split("::")[0].endswith(".sol")

    def applied(self, root: Path) -> str:
        """Returns the text of the file with the defence removed."""
        text = (root / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            sys.exit(f"{self.file} has {text.count(self.old)} times, not once:\n{self.old}")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Row:
    """An attack, what stops it, and the mutations that prove that."""

    name: str
    attack: str
    defence: str
    mutations: tuple[Mutation, ...]


def rows() -> list[Row]:
    """Reads the table."""
    table = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    return [
        Row(
            each["name"],
            each["attack"],
            each["defence"],
            tuple(Mutation(**{**m, "build": tuple(m.get("build", ()))}) for m in each["mutation"]),
        )
        for each in table["row"]
    ]


def page(table: Sequence[Row]) -> Iterator[str]:
    """Writes the table for readers, line by line."""
    yield from _HEAD.splitlines()
    yield "| attack | what is tried | defence | tests |"
    yield "|---|---|---|---|"
    for row in table:
        tests = dict.fromkeys(each.test for each in row.mutations)
        named = "<br>".join(f"`{Path(test).name}`" for test in tests)
        yield f"| {row.name} | {row.attack} | {row.defence} | {named} |"


# ───────────────────────────────── running ─────────────────────────────────


def run(command: Sequence[str], where: Path, **settings: str) -> tuple[int, str]:
    """Runs a program; returns its exit code, −1 when it takes too long, and what it says."""
    programs = f"{ROOT}/.venv/bin:{ROOT}/node_modules/.bin:{os.environ.get('PATH', '')}"
    process = subprocess.Popen(
        command,
        cwd=where,
        env={**os.environ, "PATH": programs, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that what it started ends with it
    )
    try:
        said, _nothing = process.communicate(timeout=TIME_OUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return -1, process.communicate()[0]
    return process.returncode, said


class Forge:
    """forge over a copy of its output, in which single contracts are exchanged."""

    def __init__(self, folder: Path, tests: Sequence[str]) -> None:
        paths = sorted({test.split("::")[0] for test in tests})
        code, said = run(["forge", "build", *paths], ROOT)
        if code:
            sys.exit(f"forge builds nothing:\n{said}")
        self._out, cache = folder / "out", folder / "cache"
        shutil.copytree(ROOT / ".build/forge/out", self._out)
        shutil.copytree(ROOT / ".build/forge/cache", cache)
        known = cache / "solidity-files-cache.json"
        known.write_text(known.read_text().replace('".build/forge/out', f'"{self._out}'))
        self._settings = {"FOUNDRY_OUT": str(self._out), "FOUNDRY_CACHE_PATH": str(cache)}

    def passes(self, test: str) -> bool:
        """Runs a test alone.

        Raises:
            SystemExit: when it neither passes nor fails.
        """
        path, name = test.split("::")
        command = ["forge", "test", "--match-path", path, "--match-test", rf"^{name}\("]
        _code, said = run(command, ROOT, **self._settings)
        if re.search(rf"^\[PASS\] {name}\(", said, re.MULTILINE):
            return True
        if "No files changed" in said and re.search(rf"^\[FAIL.*\] {name}\(", said, re.MULTILINE):
            return False
        return sys.exit(f"{test} does not run:\n{said}")

    def survives(self, mutation: Mutation) -> bool:
        """Tells whether a test passes although its defence is removed."""
        artifacts = [self._artifact(target) for target in mutation.build]
        kept = [each.read_bytes() for each in artifacts]
        try:
            for target, artifact in zip(mutation.build, artifacts, strict=True):
                content = json.loads(artifact.read_bytes())
                content["bytecode"]["object"] = "0x" + _compiled(target, mutation)
                artifact.write_text(json.dumps(content))
            return self.passes(mutation.test)
        finally:
            for artifact, content in zip(artifacts, kept, strict=True):
                artifact.write_bytes(content)

    def _artifact(self, target: str) -> Path:
        file, name = target.split(":")
        return self._out / Path(file).name / f"{name}.json"


def _compiled(target: str, mutation: Mutation) -> str:
    """Compiles one contract with the mutation; returns its creation code, hex."""
    import solcx
    from solcx.exceptions import SolcError

    from terang.chain.compile import SETTINGS, SOLC

    file, name = target.split(":")
    sources: dict[str, str] = {}
    wanted = [file]
    while wanted:
        path = wanted.pop()
        if path in sources:
            continue
        here = mutation.applied(ROOT) if path == mutation.file else (ROOT / path).read_text()
        sources[path] = here
        for each in _IMPORT.findall(here):
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), each))
            wanted.append(beside if each.startswith(".") else f"node_modules/{each}")
    if mutation.file not in sources:
        sys.exit(f"{target} does not depend on {mutation.file}: correct `build`.")
    request = {
        "language": "Solidity",
        "sources": {path: {"content": content} for path, content in sources.items()},
        "settings": {**SETTINGS, "outputSelection": {file: {name: ["evm.bytecode.object"]}}},
    }
    try:
        output = solcx.compile_standard(request, solc_binary=SOLC)
    except SolcError as error:
        sys.exit(f"The mutation of {mutation.file} does not compile:\n{error}")
    code: str = output["contracts"][file][name]["evm"]["bytecode"]["object"]
    return code


class Pytest:
    """pytest in a copy of the package and its tests."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "copy"
        self._folder.mkdir()
        for each in ("terang", "tests", "contracts"):
            skip = shutil.ignore_patterns("__pycache__", ".cache")
            shutil.copytree(ROOT / each, self._folder / each, symlinks=True, ignore=skip)
        shutil.copy(ROOT / "pyproject.toml", self._folder)
        for each in (".build", "node_modules"):
            (self._folder / each).symlink_to(ROOT / each)

    def passes(self, test: str) -> bool:
        """Runs a test alone.

        Raises:
            SystemExit: when it neither passes nor fails.
        """
        command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", test]
        # a file changed twice in one second would be read from its old bytecode
        settings = {"PYTHONPATH": str(self._folder), "PYTHONDONTWRITEBYTECODE": "1"}
        code, said = run(command, self._folder, **settings)
        if code not in (0, 1) or re.search(r"\d+ error", said.splitlines()[-1]):
            sys.exit(f"{test} does not run:\n{said}")
        return code == 0

    def survives(self, mutation: Mutation) -> bool:
        """Tells whether a test passes although its defence is removed."""
        file = self._folder / mutation.file
        kept = file.read_text(encoding="utf-8")
        file.write_text(mutation.applied(self._folder), encoding="utf-8")
        try:
            return self.passes(mutation.test)
        finally:
            file.write_text(kept, encoding="utf-8")


def prove(table: Sequence[Row]) -> int:
    """Applies every mutation, prints what came of it, and returns how many survived."""
    mutations = [each for row in table for each in row.mutations]
    solidity = [each.test for each in mutations if each.is_solidity]
    survivors, passed, begun = 0, set[str](), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="terang-attacks-") as folder:
        forge = Forge(Path(folder), solidity) if solidity else None
        pytest = Pytest(Path(folder))
        for row in table:
            print(row.name, flush=True)
            for mutation in row.mutations:
                started = time.monotonic()
                runner = forge if forge and mutation.is_solidity else pytest
                if mutation.test not in passed and not runner.passes(mutation.test):
                    sys.exit(f"{mutation.test} fails without any mutation: mend it first.")
                passed.add(mutation.test)
                survives = runner.survives(mutation)
                survivors += survives
                word = "SURVIVED" if survives else "killed"
                seconds = time.monotonic() - started
                what = f"{Path(mutation.file).name} by {Path(mutation.test).name}"
                print(f"  {word:<9}{seconds:5.1f} s  {what}", flush=True)
    minutes = (time.monotonic() - begun) / 60
    print(f"{len(mutations) - survivors} of {len(mutations)} killed in {minutes:.1f} minutes")
    return survivors


def main() -> int:
    """Reads the command line; returns 1 when a mutation survived."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--row", default="", help="only rows whose name contains this")
    parser.add_argument("--page", action="store_true", help="print the table for docs/attacks.md")
    given = parser.parse_args()
    chosen = [row for row in rows() if given.row in row.name]
    if not chosen:
        parser.error(f"no row has {given.row!r} in its name")
    if given.page:
        print("\n".join(page(chosen)))
        return 0
    return 1 if prove(chosen) else 0


if __name__ == "__main__":
    sys.exit(main())
