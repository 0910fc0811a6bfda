"""Deploying a set of contracts that know each other, and the record of it.

Contracts hold each other's addresses as immutables, in circles too. The address of a created
contract follows from the deployer and its nonce (Yellow Paper, section 7), so all of them are known
before the first is created.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import rlp
from eth_utils.address import to_canonical_address
from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.act import Act, Wallet
from terang.chain.answers import BadAnswer
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.contract import Contract, constructor
from terang.chain.files import read_file, write_json
from terang.chain.resume import CannotResume, Done, beginning
from terang.chain.send import Sender
from terang.errors import DIFFERENCE_FOUND, TerangError
from terang.i18n import _

Progress = Callable[[str], None]


class DeploymentError(TerangError):
    """A deployment's record cannot be used."""


class DeploymentDiffers(DeploymentError):
    """The chain does not have what the record says."""

    exit_code = DIFFERENCE_FOUND


class At(NamedTuple):
    """In a constructor's arguments: the address of the step of this name, earlier or later."""

    step: str


@dataclass(frozen=True)
class Step:
    """One contract to create.

    Attributes:
        name: what the deployment calls it.
        contract: name of its artifact.
        arguments: its constructor's, with `At` for addresses of other steps.
    """

    name: str
    contract: str
    arguments: Sequence[Any] = ()

    def resolved(self, addresses: Mapping[str, str]) -> list[Any]:
        """Returns the arguments with each `At` replaced by its step's address."""
        return [addresses[each.step] if isinstance(each, At) else each for each in self.arguments]


@dataclass(frozen=True)
class Deployed:
    """One contract of a deployment.

    Attributes:
        contract: name of its artifact.
        address: where it is.
        arguments: its constructor's, as JSON has them: numbers and bytes as text.
        code_hash: keccak256 of the code at the address, in hex.
        block: number of the block that created it.
        transaction: hash of the transaction, in hex.
    """

    contract: str
    address: str
    arguments: Sequence[Any]
    code_hash: str
    block: int
    transaction: str


@dataclass(frozen=True)
class Deployment:
    """The record of a deployment, kept in `deployments/<network>.json`.

    Attributes:
        network: its name.
        chain_id: the chain's.
        administrator: the one account that holds the administration.
        compiler: compiler and settings.
        contracts: by name, in the order of creation.
    """

    network: str
    chain_id: int
    administrator: str
    compiler: Mapping[str, Any]
    contracts: Mapping[str, Deployed]

    def contract(self, name: str, artifacts: Artifacts) -> Contract:
        """Returns the contract that the deployment calls `name`.

        Raises:
            DeploymentError: when it has none, or one of a kind that is not compiled.
        """
        try:
            deployed = self.contracts[name]
            return Contract(deployed.address, artifacts[deployed.contract])
        except KeyError as error:
            raise DeploymentError(
                _(
                    "The record of {network} has no {name} that this release knows. "
                    "Name the record that `terang deploy` wrote."
                ).format(network=self.network, name=name)
            ) from error

    def check(self, steps: Sequence[Step]) -> None:
        """Compares the record with the steps that it should be the record of.

        Raises:
            DeploymentError: when a contract is missing or added, of another kind, or created with
                other arguments.
        """
        wrong = {step.name for step in steps} ^ self.contracts.keys()
        if not wrong:
            addresses = {name: each.address for name, each in self.contracts.items()}
            wrong = {
                step.name
                for step in steps
                for found in [self.contracts[step.name]]
                if found.contract != step.contract
                or found.arguments != _as_json(step.resolved(addresses))
            }
        if wrong:
            raise DeploymentError(
                _(
                    "The record of {network} cannot be a ledger's: its {name} is missing, unknown "
                    "or made otherwise. Name the record that `terang deploy` wrote."
                ).format(network=self.network, name=json.dumps(min(wrong)))
            )

    @property
    def first_block(self) -> int:
        """Number of the block with the first contract: where a replay begins."""
        return min(each.block for each in self.contracts.values())

    def save(self, path: Path) -> None:
        """Writes the record, whole or not at all.

        Raises:
            DeploymentError: when the file cannot be written.
        """
        try:
            write_json(path, asdict(self))
        except OSError as error:
            raise DeploymentError(
                _("Cannot write {path} ({reason}). Free the place or name another.").format(
                    path=path, reason=error.strerror
                )
            ) from error

    @classmethod
    def load(cls, path: Path, chain: Chain) -> Self:
        """Reads a record and verifies it against the chain.

        Raises:
            DeploymentError: when there is no file, or it is no record.
            DeploymentDiffers: when the chain is another, or has other code at an address.
        """
        try:
            record = json.loads(read_file(path))
            contracts = {name: _deployed(each) for name, each in record["contracts"].items()}
            administrator = answers.address(record["administrator"], "administrator")
            found = cls(**{**record, "administrator": administrator, "contracts": contracts})
            if not contracts or not found.network.isprintable():
                raise ValueError("contracts")
        except OSError as error:
            raise DeploymentError(
                _("Cannot read {path} ({reason}). Run `terang deploy`, or name its record.").format(
                    path=path, reason=error.strerror
                )
            ) from error
        except (
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
            BadAnswer,
        ) as error:
            raise DeploymentError(
                _("{path} is not the record of a deployment. Name the file that is.").format(
                    path=path
                )
            ) from error
        found.verify(chain)
        return found

    def verify(self, chain: Chain) -> None:
        """Compares chain id and the hash of each contract's code with the chain.

        Raises:
            DeploymentDiffers: when one differs.
        """
        if chain.chain_id != self.chain_id:
            raise DeploymentDiffers(
                _(
                    "{network} is chain {wanted}, but the node is on chain {found}. "
                    "Give the address of the right node."
                ).format(network=self.network, wanted=self.chain_id, found=chain.chain_id)
            )
        codes = chain.batch(
            [("eth_getCode", [each.address, "latest"]) for each in self.contracts.values()]
        )
        for (name, each), code in zip(self.contracts.items(), codes, strict=True):
            if "0x" + keccak(answers.data(code, "code")).hex() != each.code_hash:
                raise DeploymentDiffers(
                    _(
                        "The chain has other code for {name} at {address} than {network}'s record. "
                        "Check the node, or deploy again."
                    ).format(name=name, address=each.address, network=self.network)
                )


def _deployed(entry: Mapping[str, Any]) -> Deployed:
    """Reads an entry of a record.

    Raises:
        BadAnswer, LookupError, TypeError, ValueError: when it is none.
    """
    found = Deployed(**entry)
    answers.data(found.code_hash, "code_hash", 32)
    answers.data(found.transaction, "transaction", 32)
    answers.entries(found.arguments, "arguments")
    if type(found.block) is not int or found.block < 0 or not isinstance(found.contract, str):
        raise ValueError("contract")
    return replace(found, address=answers.address(found.address, "address"))


def created_address(deployer: str, nonce: int) -> str:
    """Returns the address of the contract that `deployer` creates with its `nonce`."""
    return answers.checksum(
        "0x" + keccak(rlp.encode([to_canonical_address(deployer), nonce]))[12:].hex()
    )


def deploy(
    chain: Chain,
    sender: Sender,
    wallet: Wallet,
    artifacts: Artifacts,
    steps: Sequence[Step],
    *,
    network: str,
    administrator: str,
    progress: Progress = lambda _line: None,
    part: Path | None = None,
) -> Deployment:
    """Creates the contracts of `steps` one after the other.

    Args:
        chain: where.
        sender: sends over it.
        wallet: the deployer; nothing else may send from it meanwhile.
        artifacts: the compiled contracts.
        steps: in the order of creation, names all different.
        network: name of the deployment.
        administrator: account that holds the administration, for the record.
        progress: is told each step.
        part: file that lets a deployment which is interrupted go on when it is repeated; to be
            removed once the record is saved. None keeps nothing.

    Returns:
        the record, not yet saved.

    Raises:
        Reverted: when a constructor refuses.
        CannotResume: when `part` is of another deployment, or the deployer did something else.
        DeploymentDiffers: when a contract lands elsewhere than predicted.
    """
    if len({step.name for step in steps}) != len(steps):
        raise ValueError("two steps have the same name")
    plan = _plan(artifacts, steps, network, administrator, wallet.address)
    start = beginning(part, chain, wallet.address, plan)
    addresses = {
        step.name: created_address(wallet.address, start.nonce + place)
        for place, step in enumerate(steps)
    }
    done = start.done(chain, wallet.address) if part is not None else {}
    contracts: dict[str, Deployed] = {}
    for place, step in enumerate(steps):
        progress(step.name)
        address = addresses[step.name]
        arguments = step.resolved(addresses)
        code = constructor(artifacts[step.contract], arguments)
        earlier = done.get(start.nonce + place)
        if earlier is None:
            (receipt,) = sender.send([Act(wallet, None, code, None, step.name)])
            _as_predicted(step.name, receipt.contract, address, wallet.address)
            transaction, block = receipt.transaction, receipt.block
        else:
            _as_planned(step.name, earlier, code, chain.code_at(address), part)
            transaction, block = earlier.transaction, earlier.block
        contracts[step.name] = Deployed(
            contract=step.contract,
            address=address,
            arguments=_as_json(arguments),
            code_hash="0x" + keccak(chain.code_at(address)).hex(),
            block=block,
            transaction="0x" + transaction.hex(),
        )
    return Deployment(
        network=network,
        chain_id=chain.chain_id,
        administrator=administrator,
        compiler=next(iter(artifacts.values())).compiler,
        contracts=contracts,
    )


def _plan(
    artifacts: Artifacts, steps: Sequence[Step], network: str, administrator: str, deployer: str
) -> str:
    """Returns what tells a deployment from others: who, and what with which arguments."""
    creations = [
        [step.name, keccak(artifacts[step.contract].bytecode).hex(), _as_json(step.arguments)]
        for step in steps
    ]
    content = json.dumps([network, administrator, deployer, creations])
    return hashlib.sha256(content.encode()).hexdigest()


def _as_predicted(name: str, found: str | None, wanted: str, deployer: str) -> None:
    if found != wanted:
        raise DeploymentDiffers(
            _(
                "{name} was created at {found} instead of {wanted}: {deployer} sent something "
                "else meanwhile. Deploy again from an account that nothing else uses."
            ).format(name=name, found=found, wanted=wanted, deployer=deployer)
        )


def _as_planned(name: str, earlier: Done, creation: bytes, code: bytes, part: Path | None) -> None:
    if earlier.to is not None or earlier.data != creation or not code:
        raise CannotResume(
            _(
                "{name} should have been created by {transaction}, and was not. "
                "Remove {path} to deploy anew, from an account that nothing else uses."
            ).format(name=name, transaction="0x" + earlier.transaction.hex(), path=part)
        )


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # JSON's numbers are exact to 2⁵³ only
    if isinstance(value, Mapping):
        return {key: _as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return value
