"""Terang in this process: deployed once, with its people, and put back between runs.

Calls go straight into py-evm's machine, neither signed nor put into blocks, at which nothing of the
procedure looks: some thousand times as many a minute as a node would take.
"""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from coincurve import PrivateKey
from eth_utils.address import to_canonical_address, to_checksum_address
from eth_utils.crypto import keccak

from terang.chain.compile import Artifacts
from terang.chain.contract import Contract, constructor
from terang.chain.deploy import created_address
from terang.identity.signature import N, address_of
from terang.ledger.plan import Currency, steps
from terang.sealing.curve import PublicKey, generate
from terang.sealing.merkle import MerkleTree, key_leaf

from .facts import Organisation, Seat
from .procedure import Procedure

_limit = sys.getrecursionlimit()
from eth.consensus.context import ConsensusContext  # noqa: E402
from eth.db.atomic import AtomicDB  # noqa: E402
from eth.db.chain import ChainDB  # noqa: E402
from eth.exceptions import Revert  # noqa: E402
from eth.vm.chain_context import ChainContext  # noqa: E402
from eth.vm.forks.cancun import CancunVM  # noqa: E402
from eth.vm.forks.cancun.blocks import CancunBlockHeader  # noqa: E402
from eth.vm.message import Message  # noqa: E402

sys.setrecursionlimit(_limit)  # py-evm raises it: see `PyEvm`

CHAIN_ID: Final = 31_337
START: Final = 1_800_000_000
KEYS: Final = 128
_GAS: Final = 30_000_000
_DEPLOYER: Final = bytes.fromhex("dd" * 20)

AGENCIES: Final = ("buyer 1", "buyer 2", "agency 3", "agency 4", "agency 5")
AUDITORS: Final = ("auditor 1", "auditor 2", "auditor 3", "auditor 4", "auditor 5")
CITIZENS: Final = ("citizen 1", "citizen 2", "citizen 3", "citizen 4", "citizen 5")
MEMBERS: Final = AGENCIES + AUDITORS + CITIZENS
SUPPLIERS: Final = ("supplier 1", "supplier 2", "supplier 3", "supplier 4", "supplier 5")
# The third also buys.
BUYERS: Final = ("buyer 1", "buyer 2", "supplier 3")
# The fourth has little money, the fifth lets nobody take its own.
MONEY: Final = dict.fromkeys(SUPPLIERS, 10**9) | {"supplier 4": 1}


@cache
def key(name: str) -> PrivateKey:
    """The key of a person, which is the hash of the name."""
    return PrivateKey(keccak(text=name))


@cache
def account(name: str) -> bytes:
    return address_of(key(name).public_key)


@cache
def address(name: str) -> str:
    return to_checksum_address(account(name))


@cache
def secret_of(number: int) -> int:
    """The secret of an opening key: one that the test knows, in place of the openers' ceremony."""
    return int.from_bytes(keccak(text=f"opening key {number}")) % (N - 1) + 1


@cache
def point_of(number: int) -> PublicKey:
    return generate(secret_of(number))


class Came(NamedTuple):
    """What came of a call: the error's name (empty: accepted), what it returned, its events."""

    refusal: str
    output: Any
    logs: Sequence[tuple[bytes, Sequence[int], bytes]]


class World:
    """Contracts' code and storage, and a clock."""

    def __init__(self, artifacts: Artifacts) -> None:
        database = AtomicDB()
        header = CancunBlockHeader(difficulty=0, block_number=0, gas_limit=_GAS, timestamp=START)
        context = ChainContext(CHAIN_ID)
        vm = CancunVM(header, ChainDB(database), context, ConsensusContext(database))
        self._state: Any = vm.state
        self._errors = artifacts.errors
        self.now = START
        plan = steps(address("authority"), [Currency("IDR", 2)])
        deployer = to_checksum_address(_DEPLOYER)
        places = {step.name: created_address(deployer, n) for n, step in enumerate(plan)}
        self.contracts = {
            step.name: Contract(places[step.name], artifacts[step.contract]) for step in plan
        }
        for step in plan:
            self._create(
                places[step.name],
                constructor(artifacts[step.contract], step.resolved(places)),
            )
        self.token = "TreasuryToken_IDR"
        self.currency = places[self.token]
        self._found()
        self._begun = self.now, self._state.snapshot()

    def restart(self) -> Procedure:
        """Puts everything back to the beginning, and returns the procedure as it stands there."""
        self.now, state = self._begun
        self._state.revert(state)
        self._begun = self.now, self._state.snapshot()
        names = MEMBERS + SUPPLIERS
        return _Procedure(
            self.now,
            [
                Organisation(n, name, name in BUYERS, name in SUPPLIERS)
                for n, name in enumerate(names, 1)
            ],
            [Seat(n, _class(name), [(START, name)], START) for n, name in enumerate(MEMBERS, 1)],
            MONEY,
            set(SUPPLIERS) - {"supplier 5"},
            self.currency,
            KEYS,
        )

    def send(self, by: str, contract: str, function: str, *args: Any) -> Came:
        """Calls a function for the person of this name, and keeps what it does."""
        target = self.contracts[contract]
        data = target.encode(function, *args)
        done = self._apply(account(by), to_canonical_address(target.address), data)
        output = bytes(done.output)
        if done.is_error:
            if not isinstance(done.error, Revert):
                raise done.error
            error = self._errors.get(output[:4])
            return Came(error.name if error else output.hex(), None, ())
        return Came("", target.decode_output(function, output), done.get_log_entries())

    def read(self, contract: str, function: str, *args: Any) -> Any:
        """Asks a view."""
        came = self.send("stranger", contract, function, *args)
        if came.refusal:
            raise AssertionError(f"{contract}.{function}{args}: {came.refusal}")
        return came.output

    def claim(self, number: int) -> tuple[int, int, int, tuple[bytes, ...]]:
        """An opening key with its proof."""
        x, y = point_of(number).point()
        return (1 << 64) + (1 << 32) + number, x, y, self._tree.proof(number)

    def _apply(self, sender: bytes, to: bytes, data: bytes) -> Any:
        state = self._state
        state.execution_context._timestamp = self.now
        code = state.get_code(to)
        message = Message(gas=_GAS, to=to, sender=sender, value=0, data=data, code=code)
        context = state.transaction_context_class(gas_price=0, origin=sender)
        return state.computation_class.apply_message(state, message, context)

    def _create(self, at: str, code: bytes) -> None:
        message = Message(
            gas=_GAS,
            to=b"",
            sender=_DEPLOYER,
            value=0,
            data=b"",
            code=code,
            create_address=to_canonical_address(at),
        )
        context = self._state.transaction_context_class(gas_price=0, origin=_DEPLOYER)
        done = self._state.computation_class.apply_create_message(self._state, message, context)
        done.raise_if_error()

    def _do(self, by: str, contract: str, function: str, *args: Any) -> None:
        came = self.send(by, contract, function, *args)
        if came.refusal:
            raise AssertionError(f"{contract}.{function}: {came.refusal}")

    def _found(self) -> None:
        """Licences, organisations, seats, money, and a batch of opening keys."""
        for licence, name in enumerate(("registrar", "treasury", "relay")):
            self._do("authority", "Participants", "grant", licence, address(name), 2**48 - 1)
        for name in MEMBERS + SUPPLIERS:
            self._do(
                "registrar",
                "Participants",
                "register",
                keccak(text=name),
                _roles(name),
                address(name),
            )
        for number, name in enumerate(MEMBERS, 1):
            self._do("authority", "Consortium", "admit", number, _class(name), address(name))
        for name, amount in MONEY.items():
            self._do("treasury", self.token, "mint", address(name), amount, keccak(text=name))
            if name != "supplier 5":
                reviews = self.contracts["Reviews"].address
                self._do(name, self.token, "approve", reviews, 2**256 - 1)
        self._tree = MerkleTree([key_leaf(n, point_of(n)) for n in range(KEYS)])
        openers = MEMBERS[2:]
        seats = [MEMBERS.index(name) + 1 for name in openers]
        self._do("authority", "OpeningKeys", "startEpoch", seats, 7, 7)
        self._do(openers[0], "OpeningKeys", "openBatch", 1, KEYS)
        self.now += 3600
        for name in openers[:7]:
            self._do(name, "OpeningKeys", "confirm", 1, 1, self._tree.root, bytes(32))


class _Procedure(Procedure):
    def secret_of(self, key: int) -> int:
        return secret_of(key)


def _roles(name: str) -> int:
    return (name in BUYERS) | 2 * (name in SUPPLIERS) | 4 * (name in MEMBERS)


def _class(member: str) -> int:
    return 1 if member in AUDITORS else 2 if member in CITIZENS else 0
