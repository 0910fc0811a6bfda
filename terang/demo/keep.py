"""A demonstration's ledger that stays: its chain, its keystores, and what each role types next."""

import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from terang.chain.compile import ErrorType
from terang.chain.connection import Chain
from terang.chain.files import write_whole
from terang.chain.standing import Standing
from terang.demo.acts import Stage
from terang.demo.folder import DOCUMENTS, KEYS, NODE, RECORD
from terang.demo.tender import Tender
from terang.i18n import N_, _
from terang.identity.keystore import save_keystore
from terang.sealing.seed import save_seed

PASSWORD: Final = "terang"  # noqa: S105 - of keystores whose accounts own nothing anywhere
_ITERATIONS: Final = 1 << 10  # hundreds of keystores are written, and guard nothing

_COMMANDS: Final[tuple[tuple[str, str], ...]] = (
    (
        N_("Buyer"),
        "terang tender publish --keystore {keys}/buyer-1.json --store {documents}"
        " --ocid ocds-demo-1 --document {record} --currency {currency} --closes {closes}",
    ),
    (
        N_("Supplier"),
        "terang bid seal --keystore {keys}/supplier-1.json --store {documents}"
        " --tender {tender} --price 1000 --file {record}",
    ),
    (N_("Auditor"), "terang audit replay"),
    (N_("Operator"), "terang node advance --by 1d; terang doctor; terang node stop"),
)


class Kept(NamedTuple):
    """What a person needs to go on.

    Attributes:
        environment: settings, to be exported.
        commands: what to type next, by role; roles are messages to be translated.
    """

    environment: Mapping[str, str]
    commands: tuple[tuple[str, str], ...]

    def text(self) -> str:
        """Returns what to type next, for people."""
        exports = " ".join(f"{name}={value}" for name, value in self.environment.items())
        lines = [_("The ledger stays. What each role can type next:"), "", f"export {exports}"]
        for role, line in self.commands:
            lines += ["", f"# {_(role)}", line]
        return "\n".join(lines)


class KeptNode:
    """An Anvil that stays when the `with` block ends well, and is gone when it does not.

    Args:
        out: the demonstration's folder; each chain gets a folder of its own in it.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self.folder = out
        self.url = ""

    def __enter__(self) -> Self:
        """Starts the chain.

        Raises:
            NodeError: when it cannot be started.
        """
        self.folder = Path(tempfile.mkdtemp(prefix=NODE, dir=self._out))
        try:
            self.url = Standing(self.folder).start().url
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    @property
    def name(self) -> str:
        """What `--chain` calls it."""
        return "anvil"

    def __exit__(self, *error: object) -> None:
        if any(each is not None for each in error):
            retire(self.folder)

    def connect(self, errors: Mapping[bytes, ErrorType] | None = None) -> Chain:
        """Returns the chain, seen through this node."""
        return Chain(self.url, errors)


def retire(folder: Path) -> None:
    """Stops the chain of a folder and removes its state."""
    Standing(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


def retire_others(out: Path, node: object) -> None:
    """Stops and removes the chains that earlier runs left in a folder; not that of `node`."""
    for each in out.glob(f"{NODE}*"):
        if not (isinstance(node, KeptNode) and node.folder == each):
            retire(each)


def keep(stage: Stage, tenders: list[Tender], work: Path) -> None:
    """Writes the keystores of everybody who took part, and the openers' seeds.

    Args:
        stage: the run.
        tenders: its tenders.
        work: folder in which the keystores are put, under `keys`.
    """
    keys, offices = work / KEYS, stage.offices
    keys.mkdir(mode=0o700)
    write_whole(keys / "password", PASSWORD.encode(), 0o600)
    wallets = {
        "administrator": offices.administrator,
        "registrar": offices.registrar,
        "treasury": offices.treasury,
        "relay": offices.relay,
        "operator": offices.operator,
        **{f"inspector-{n}": each for n, each in enumerate(offices.inspectors, 1)},
        **{f"member-{seat}": each.wallet for seat, each in stage.members.items()},
    }
    sides = {
        "buyer": {each.buyer.id: each.buyer for each in tenders},
        "supplier": {side.id: side for each in tenders for side in each.bidders.values()},
    }
    for role, organisations in sides.items():
        for number, each in enumerate(organisations.values(), 1):
            wallets[f"{role}-{number}"] = each.wallet
    for name, wallet in wallets.items():
        save_keystore(wallet, keys / f"{name}.json", PASSWORD, _ITERATIONS)
    for seat, seed in stage.openers.seeds.items():
        save_seed(seed, keys / f"seed-{seat}.json", PASSWORD, _ITERATIONS)


def kept(node: KeptNode, out: Path, stage: Stage, tenders: list[Tender]) -> Kept:
    """Returns what to type next.

    Args:
        node: the chain that stays.
        out: the demonstration's folder.
        stage: the run.
        tenders: its tenders.
    """
    with node.connect() as chain:
        closes = datetime.fromtimestamp(chain.now, UTC) + timedelta(days=7)
    facts = {
        "keys": out / KEYS,
        "documents": out / DOCUMENTS,
        "record": out / RECORD,
        "currency": tenders[0].lot.currency if tenders else "IDR",
        "closes": f"{closes:%Y-%m-%dT%H:%M:%SZ}",
        "tender": len(tenders) + 1,
    }
    environment = {
        "TERANG_URL": node.url,
        "TERANG_RECORDS": str(out),
        "TERANG_NETWORK": RECORD.removesuffix(".json"),
        "TERANG_PASSWORD_FILE": str(out / KEYS / "password"),
        "TERANG_STATE": str(node.folder),
    }
    return Kept(environment, tuple((role, line.format(**facts)) for role, line in _COMMANDS))
