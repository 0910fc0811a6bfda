"""The TypeScript client itself: its tests, its types, and what npm would publish."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "clients" / "js"

README = """import {
  checkKey, draftBid, openBids, unhex, type Batch, type Claim, type Posted, type Rules,
} from "@terang/sealing";
declare global {
  interface Window {
    ethereum: { request(asked: { method: string; params: unknown[] }): Promise<string> };
  }
}
declare const batch: Batch, deals: Posted[], rules: Rules, envelopes: Uint8Array[], secret: bigint;
declare const key: Uint8Array, zip: Uint8Array, account: string, tenders: string;
declare const { index, root, transcript }: Claim;
"""


def run(*command: str | Path, cwd: Path = CLIENT) -> str:
    # npm's complaints about a person's own settings are none of ours
    quiet = {"npm_config_loglevel": "error", "npm_config_update_notifier": "false"}
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | quiet, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of somebody else's, in which the packed client is installed."""
    folder = tmp_path_factory.mktemp("consumer")
    source = folder / "source"
    shutil.copytree(CLIENT, source, ignore=shutil.ignore_patterns("node_modules", "dist"))
    modules = folder / "node_modules"
    (modules / "@terang").mkdir(parents=True)
    for name in json.loads((CLIENT / "package.json").read_text())["dependencies"]:
        link(modules, name)
    run("tsc", "--project", source, cwd=folder)
    run("npm", "pack", "--pack-destination", folder, cwd=source)
    (packed,) = folder.glob("*.tgz")
    run("tar", "xzf", packed, cwd=folder)
    (folder / "package").rename(modules / "@terang" / "sealing")
    return folder


def link(modules: Path, name: str) -> None:
    """Puts a package where the client's own code finds it."""
    inner = CLIENT / "node_modules" / name
    (modules / name).parent.mkdir(parents=True, exist_ok=True)
    (modules / name).symlink_to(inner if inner.exists() else ROOT / "node_modules" / name)


def test_it_compiles_without_anything_of_nodes() -> None:
    run("tsc", "--project", ".", "--noEmit")
    run("tsc", "--project", "test")


def test_its_own_tests_pass() -> None:
    files = sorted(str(file) for file in (CLIENT / "test").glob("*.test.ts"))
    told = run("node", "--test", "--test-reporter=tap", *files)
    passed = re.search(r"^# pass (\d+)$", told, re.MULTILINE)
    assert passed
    assert int(passed[1]) > 40
    assert "# skipped 0\n" in told


def test_npm_publishes_the_compiled_code_with_its_types_and_no_more(installed: Path) -> None:
    package = installed / "node_modules" / "@terang" / "sealing"
    files = {str(file.relative_to(package)) for file in package.rglob("*") if file.is_file()}
    modules = [file.stem for file in (CLIENT / "src").glob("*.ts")]
    code = {f"dist/{module}{end}" for module in modules for end in (".js", ".d.ts")}
    assert files == code | {"LICENSE", "README.md", "package.json"}
    assert (package / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "node:" not in "".join((package / file).read_text() for file in code)


def test_the_examples_of_its_readme_compile_against_the_package(installed: Path) -> None:
    blocks = re.findall(r"```ts\n(.*?)```", (CLIENT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    code = re.sub(r"^import .*\n", "", "".join(blocks), flags=re.MULTILINE)
    (installed / "example.mts").write_text(README + code)
    settings = ("--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom")
    run("tsc", "--noEmit", *settings, "example.mts", cwd=installed)


def test_the_package_runs(installed: Path) -> None:
    code = 'import { addressOf, hex } from "@terang/sealing"; console.log(hex(addressOf(1n)))'
    address = run("node", "--input-type=module", "--eval", code, cwd=installed)
    assert address.strip() == "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"
