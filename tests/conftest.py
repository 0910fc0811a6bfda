"""What many tests share: compiled contracts, a chain as it was, and the program in this process."""

import ipaddress
import json
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
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
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.run import Clock, prepare
from terang.demo.tender import Tender
from terang.identity.keystore import save_keystore
from terang.identity.wallet import Wallet
from terang.ledger import Ledger, pilot
from terang.ledger.keys import KeyClaim
from terang.ledger.tenders import Lot, Notice
from terang.ocds import SAMPLE, read_plans
from terang.vocabulary import Method

from .serving.servers import Answer, Hostile

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
def stage_and_tender(prepared: tuple[Stage, list[Tender]]) -> tuple[Stage, Tender]:
    """The sample's ledger with one tender open for bids."""
    stage, tenders = prepared
    tender = next(each for each in tenders if not each.lot.cancelled)
    acts.publish(stage, [tender])
    return stage, tender


@pytest.fixture
def stage(stage_and_tender: tuple[Stage, Tender]) -> Stage:
    return stage_and_tender[0]


@pytest.fixture
def tender(stage_and_tender: tuple[Stage, Tender]) -> Tender:
    return stage_and_tender[1]


@pytest.fixture
def supplier(tender: Tender) -> Wallet:
    return next(iter(tender.bidders.values())).wallet


class Two(NamedTuple):
    """A tender of quality and price, open for bids."""

    id: int
    keys: tuple[KeyClaim, KeyClaim]


@pytest.fixture
def two(stage: Stage, tender: Tender) -> Two:
    pool = stage.openers.pool
    keys = pool.popleft(), pool.popleft()
    rule = pilot.rule(tender.terms.category, Method.QUALITY_PRICE)
    terms = replace(
        tender.terms, method=Method.QUALITY_PRICE, weight=rule.weight_least,
        threshold=max(60, rule.threshold), ceiling=0,
    )  # fmt: skip
    closes_at = stage.ledger.chain.now + pilot.TENDERING
    lots = [Lot("", terms, keys)]
    act = stage.ledger.tenders.publish(tender.buyer.wallet, Notice("x", ""), closes_at, lots)
    (receipt,) = stage.send([act])
    (number,) = stage.ledger.tenders.published(receipt)
    tender.terms = terms
    return Two(number, keys)


@pytest.fixture
def connect(anvil: Anvil, artifacts: Artifacts, stage: Stage) -> Callable[[], Ledger]:
    """Opens one more connection to the ledger."""
    return lambda: Ledger(
        Chain(anvil.url, artifacts.errors, timeout=10), stage.ledger.deployment, artifacts
    )


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


@pytest.fixture
def hostile() -> Iterator[Callable[[Answer], Hostile]]:
    """Starts servers that answer as a test says."""
    started: list[Hostile] = []

    def start(answer: Answer) -> Hostile:
        started.append(Hostile(answer))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def terang(
    stage: Stage,
    say: Callable[..., Any],
    keystore: Callable[[Wallet], list[object]],
    tmp_path: Path,
) -> Callable[..., Any]:
    """Runs one command in the test's folder, on the sample's ledger or none; `by` signs."""
    (tmp_path / "password").write_text("rahasia\n")

    def run(*words: object, by: Wallet | None = None, ledger: bool = True) -> Any:
        where = ["--record", "deployment.json"] if ledger else []
        return say(*words, *where, *(keystore(by) if by else ()))

    return run
