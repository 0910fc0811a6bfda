"""A demonstration's ledger that stays: its chain, its keystores, and what each role types next."""

import shlex
import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple, Self

from terang.chain.compile import ErrorType, artifacts
from terang.chain.connection import Chain
from terang.chain.files import write_json, write_whole
from terang.chain.standing import Standing
from terang.demo.acts import Stage
from terang.demo.document import amount
from terang.demo.folder import DOCUMENTS, KEYS, MARK, NODE, RECORD, RECORDS, nodes
from terang.demo.tender import Tender
from terang.demo.unfinished import Unfinished, go_on, model
from terang.i18n import N_, _
from terang.identity.keystore import keystore_address, save_keystore
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.sealing.seed import save_seed

PASSWORD: Final = "terang"  # noqa: S105 - of keystores whose accounts own nothing anywhere
_ITERATIONS: Final = 1 << 10  # hundreds of keystores are written, and guard nothing

_EXAMPLES, _SETTINGS = "examples", "settings.sh"
_NEWCOMER = "newcomer"  # an account that has no role yet

_Commands = tuple[tuple[str, tuple[str, ...]], ...]

_AT_WORK: Final[_Commands] = (
    (N_("Citizen"), ("terang tender list", "terang tender timeline {at.work}")),
    (
        N_("Buyer"),
        ("terang tender publish --file {examples}/release.json --keystore {keys}/buyer-1.json",),
    ),
    (
        N_("Supplier"),
        (
            "terang bid seal --tender {at.bids} --price {price} --file {examples}/proposal.txt"
            " --keystore {keys}/supplier-1.json",
        ),
    ),
    (
        N_("Opener"),
        (
            "terang keys share --tender {at.box} --seed {keys}/seed-{opener}.json"
            " --seed-password-file {keys}/password --keystore {keys}/member-{opener}.json",
        ),
    ),
    (
        N_("Panel member"),
        (
            "terang ballot cast --tender {at.panel} {marks} --reasons {examples}/reasons.txt"
            " --keystore {keys}/member-{panel}.json",
        ),
    ),
    (
        N_("Inspector"),
        ("terang milestone accept {at.work} 1 --keystore {keys}/inspector-1.json",),
    ),
    (
        N_("Treasury"),
        ("terang agreement fund {at.work} --full --keystore {keys}/treasury.json",),
    ),
)
_ALWAYS: Final[_Commands] = (
    (N_("Auditor"), ("terang audit replay",)),
    (
        N_("Registrar"),
        (
            "terang participant register {examples}/organisation.json --role supplier"
            " --address {newcomer} --parties {records} --keystore {keys}/registrar.json",
        ),
    ),
    (
        N_("Administrator"),
        ("terang participant licence grant relay {newcomer} --keystore {keys}/administrator.json",),
    ),
    (N_("Operator"), ("terang node advance --by 1d", "terang doctor", "terang node stop")),
)

_PAPERS: Final = {
    "proposal.txt": "We mend the road in ninety days, with a warranty of one year.\n",
    "reasons.txt": "Every bid but those marked `no` has what the tender documents ask for.\n",
    "contract.txt": "The supplier mends the road in three stages, as its proposal describes.\n",
    "evidence.txt": "Photographs and measurements of the first stage.\n",
}


class Kept(NamedTuple):
    """What a person needs to go on.

    Attributes:
        settings: file that a shell reads, with the variables of the environment.
        environment: these variables.
        commands: what to type next, by role, one command a line; roles are messages to be
            translated.
    """

    settings: Path
    environment: Mapping[str, str]
    commands: _Commands

    def text(self) -> str:
        """Returns what to type next, for people."""
        lines = [
            _("The ledger stays. In each terminal take over its settings first:"),
            "",
            f". {shlex.quote(str(self.settings))}",
            "",
            _("What each role can type next; `terang next` and docs/tutorial go on from here:"),
        ]
        for role, commands in self.commands:
            lines += ["", f"# {_(role)}", *commands]
        return "\n".join(lines)


class KeptNode:
    """An Anvil that stays when the `with` block ends well, and is gone when it or the run does not.

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
        (self.folder / MARK).touch()
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
            self.abandon()

    def abandon(self) -> None:
        """Stops the chain and removes its state, if it was started."""
        if self.folder != self._out:
            retire(self.folder)

    def connect(self, errors: Mapping[bytes, ErrorType] | None = None) -> Chain:
        """Returns the chain, seen through this node."""
        return Chain(self.url, errors)


def retire(folder: Path) -> None:
    """Stops the chain of a folder and removes its state."""
    Standing(folder).stop()
    shutil.rmtree(folder, ignore_errors=True)


def retire_others(out: Path, node: object) -> None:
    """Removes what earlier runs left to go on with, and stops their chains; not that of `node`."""
    shutil.rmtree(out / _EXAMPLES, ignore_errors=True)
    (out / _SETTINGS).unlink(missing_ok=True)
    for each in nodes(out):
        if not (isinstance(node, KeptNode) and node.folder == each):
            retire(each)


def keep(stage: Stage, tenders: list[Tender], work: Path) -> None:
    """Publishes tenders that are not finished, and writes everybody's keystores and seeds.

    Args:
        stage: the run.
        tenders: its tenders.
        work: folder in which the keystores are put, under `keys`.
    """
    go_on(stage, tenders)
    keys, offices = work / KEYS, stage.offices
    keys.mkdir(mode=0o700)
    write_whole(keys / "password", PASSWORD.encode(), 0o600)
    wallets = {
        "administrator": offices.administrator,
        "registrar": offices.registrar,
        "treasury": offices.treasury,
        "relay": offices.relay,
        "operator": offices.operator,
        _NEWCOMER: Wallet.create(),
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
    """Writes settings and example documents, and returns what to type next.

    Args:
        node: the chain that stays.
        out: the demonstration's folder.
        stage: the run.
        tenders: its tenders; when none was closed there are no unfinished ones to act on.
    """
    keys, examples, repeated = out / KEYS, out / _EXAMPLES, model(tenders)
    facts: dict[str, object] = {
        "keys": shlex.quote(str(keys)),
        "examples": shlex.quote(str(examples)),
        "records": shlex.quote(str(out / RECORDS)),
        "newcomer": keystore_address(keys / f"{_NEWCOMER}.json"),
    }
    examples.mkdir()
    write_json(examples / "organisation.json", {"name": "CV Contoh Baru (fiktif)"})
    for name, words in _PAPERS.items():
        write_whole(examples / name, words.encode())
    story = _ALWAYS
    if repeated is not None:
        with node.connect() as chain:
            ledger = Ledger(chain, stage.ledger.deployment, artifacts())
            facts |= _facts(ledger, stage, tenders, repeated)
            write_json(examples / "release.json", _release(chain.now, repeated))
        story = _AT_WORK + _ALWAYS
    environment = {
        "TERANG_URL": node.url,
        "TERANG_RECORDS": str(out.absolute()),
        "TERANG_NETWORK": RECORD.removesuffix(".json"),
        "TERANG_STORE": str((out / DOCUMENTS).absolute()),
        "TERANG_PASSWORD_FILE": str((keys / "password").absolute()),
        "TERANG_STATE": str(node.folder.absolute()),
    }
    exports = [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
    write_whole(out / _SETTINGS, "".join(exports).encode())
    commands = tuple((role, tuple(each.format(**facts) for each in lines)) for role, lines in story)
    return Kept(out / _SETTINGS, environment, commands)


def _facts(
    ledger: Ledger, stage: Stage, tenders: list[Tender], repeated: Tender
) -> dict[str, object]:
    """Which tender waits for whom, and what a good answer would be."""
    at, counting = Unfinished.after(tenders), repeated.lot.counting()
    (panel,) = ledger.ballots.panels([at.panel])
    marks = [
        f"--mark {each}={'yes' if counting[repeated.bidder_of(each)].responsive else 'no'}"
        for each in ledger.tenders.bidders([at.panel])[at.panel]
    ]
    return {
        "at": at,
        "price": amount(repeated.price, repeated.lot.decimals),
        "opener": min(stage.openers.seeds),
        "panel": panel[0],
        "marks": " ".join(marks),
    }


def _release(now: int, tender: Tender) -> dict[str, object]:
    """An OCDS release of a tender like one that ran, open for a week."""
    closes = datetime.fromtimestamp(now, UTC) + timedelta(days=7)
    price = -(-tender.price // 10**tender.lot.decimals)
    return {
        "ocid": "ocds-terang-example-new",
        "id": "1",
        "tag": ["tender"],
        "tender": {
            "id": "new",
            "title": "Mending a road",
            "mainProcurementCategory": "goods",
            "value": {"amount": price, "currency": tender.lot.currency},
            "tenderPeriod": {"endDate": f"{closes:%Y-%m-%dT%H:%M:%SZ}"},
        },
    }
