"""The program in this process, and keystores for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from terang.chain.node import Anvil
from terang.cli import program
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.identity.keystore import save_keystore
from terang.identity.wallet import Wallet


class Said(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@pytest.fixture
def say(
    anvil: Anvil,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Said]:
    """Runs one command in the test's folder, on the local chain."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERANG_URL", anvil.url)

    def run(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            program.main([str(each) for each in words])
        said = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return Said(stopped.value.code, said.out, said.err)

    return run


@pytest.fixture
def keystore(tmp_path: Path) -> Callable[[Wallet], list[object]]:
    """Writes a wallet's keystore and its password; returns the options that name them."""

    def options(wallet: Wallet) -> list[object]:
        file, password = tmp_path / f"{wallet.address}.keystore", tmp_path / "password"
        password.write_text("rahasia\n")
        if not file.exists():
            save_keystore(wallet, file, "rahasia", 2)
        return ["--keystore", file, "--password-file", password]

    return options


@pytest.fixture
def stage(prepared: tuple[Stage, list[Tender]]) -> Stage:
    """The sample's ledger."""
    return prepared[0]


@pytest.fixture
def tender(prepared: tuple[Stage, list[Tender]]) -> Tender:
    """Its first tender that goes on; not published yet."""
    return next(each for each in prepared[1] if not each.lot.cancelled)


@pytest.fixture
def terang(
    say: Callable[..., Said], keystore: Callable[[Wallet], list[object]]
) -> Callable[..., Said]:
    """Runs one command on the sample's ledger, or without any; `by` signs."""

    def run(*words: object, by: Wallet | None = None, chain: bool = True) -> Said:
        where = ["--record", "deployment.json"] if chain else []
        return say(*words, *where, *(keystore(by) if by else ()))

    return run
