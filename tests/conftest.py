"""What many tests share: compiled contracts, a chain as it was, and the program in this process."""

import ipaddress
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import settings

from terang.chain.compile import ROOT, Artifacts
from terang.chain.compile import artifacts as compiled
from terang.chain.connection import Chain
from terang.chain.node import Anvil, NodeError, free_port
from terang.cli import program
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.demo.tender import Tender
from terang.identity.keystore import save_keystore
from terang.identity.wallet import Wallet
from terang.ocds import SAMPLE, read_plans

# How long an example takes says something about the machine, not about the code.
settings.register_profile("terang", deadline=None)
settings.load_profile("terang")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests quote English sentences, whatever the machine speaks."""
    monkeypatch.setenv("TERANG_LANG", "en")


@pytest.fixture(scope="session")
def artifacts() -> Artifacts:
    """The project's contracts."""
    return compiled()


@pytest.fixture(scope="session")
def compile_sources(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Mapping[str, str]], Artifacts]:
    """Compiles other sources, path → text: wallets of the tests, contracts with a line changed.

    The result is kept with the project's own.
    """

    def run(sources: Mapping[str, str]) -> Artifacts:
        root = tmp_path_factory.mktemp("sources")
        for linked in ("node_modules", ".build"):
            (root / linked).symlink_to(ROOT / linked)
        for name, text in sources.items():
            file = root / "contracts" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return compiled(root)

    return run


@pytest.fixture(scope="session")
def wallets(compile_sources: Callable[[Mapping[str, str]], Artifacts]) -> Artifacts:
    """Accounts that are contracts: those of the forge tests."""
    support = ROOT / "tests/contracts/support"
    names = ("Accounts.sol", "Multisig.sol")
    return compile_sources({each: (support / each).read_text() for each in names})


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """One local node for each test process."""
    with Anvil() as node:
        yield node


@pytest.fixture
def chain(anvil: Anvil, artifacts: Artifacts) -> Iterator[Chain]:
    """The local chain; whatever a test does on it is undone after it."""
    with Chain(anvil.url, artifacts.errors) as connection:
        snapshot = connection.rpc("evm_snapshot")
        yield connection
        connection.rpc("evm_revert", snapshot)


@pytest.fixture
def prepared(chain: Chain, artifacts: Artifacts, tmp_path: Path) -> tuple[Stage, list[Tender]]:
    """The sample's ledger with consortium, openers and a pool of keys; nothing is published.

    Its record is deployment.json in the test's folder.
    """
    plans = list(read_plans(SAMPLE))
    return prepare(chain, artifacts, plans, tmp_path, Clock(lambda _line: None))


@pytest.fixture
def steady_port() -> int:
    """A free port below those that the system gives to outgoing connections.

    So it stays free while the node that answers there stops and starts.
    """
    for port in random.sample(range(15_000, 30_000), 100):
        with suppress(NodeError):
            return free_port(port)
    raise LookupError("no port is free")


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
def certify(tmp_path: Path) -> Callable[..., Path]:
    """Writes a certificate for this machine that nobody vouches for, with its key."""

    def write(password: bytes = b"") -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "service")])
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, key.public_key(), 1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(here, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        locked = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        pem = serialization.Encoding.PEM
        written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, locked)
        path = tmp_path / "certificate.pem"
        path.write_bytes(made.public_bytes(pem) + written)
        return path

    return write


@pytest.fixture
def certificate(certify: Callable[..., Path]) -> Path:
    """A certificate for this machine, with its key in clear."""
    return certify()
