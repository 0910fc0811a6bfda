"""The contracts themselves: are they what the sources make them, whatever the record says?

The code at each address is compared byte by byte with what the sources compile to, with every
immutable worked out. The transaction that created it is compared too: another constructor could
leave the same code and write to storage what no event tells.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from eth_utils.crypto import keccak

from terang.chain import answers
from terang.chain.compile import Artifact, Artifacts
from terang.chain.connection import Chain
from terang.chain.contract import constructor
from terang.chain.deploy import Deployed, Deployment, Step, created_address
from terang.identity.typed_data import Domain
from terang.ledger.plan import Currency, steps, token_name
from terang.ocds.money import minor_units
from terang.replay.compare import Difference, text
from terang.replay.rules import SEGMENTS

_WORD: Final = 32
_ADDRESSES: Final[Mapping[str, str]] = {
    "PARTICIPANTS": "Participants",
    "CONSORTIUM": "Consortium",
    "OPENING_KEYS": "OpeningKeys",
    "TENDERS": "Tenders",
    "RULES": "Rules",
    "BALLOTS": "Ballots",
    "AWARDS": "Awards",
    "REVIEWS": "Reviews",
    "AGREEMENTS": "Agreements",
}
"""Contracts by the immutables that hold their address."""


def plan(deployment: Deployment) -> list[Step]:
    """Returns the steps that create a ledger with the administrator and tokens of a record."""
    prefix, currencies = token_name(""), []
    for name in deployment.contracts:
        with suppress(KeyError):  # no currency: then no step has the name
            code = name.removeprefix(prefix)
            currencies.append(Currency(code, minor_units(code)))
    return steps(deployment.administrator, currencies)


def code_differences(
    chain: Chain, deployment: Deployment, artifacts: Artifacts, block: int
) -> list[Difference]:
    """Compares each contract's code, immutables and creation with the sources.

    Args:
        chain: where the contracts are.
        deployment: a record that agrees with its `plan`.
        artifacts: what the sources compile to.
        block: number of the block at which the code is read.

    Raises:
        ChainUnreachable: when the node does not answer.
        BadAnswer: when its answers are malformed.
    """
    planned = plan(deployment)
    contracts = [deployment.contracts[step.name] for step in planned]
    codes = chain.batch([("eth_getCode", [each.address, hex(block)]) for each in contracts])
    sent = chain.batch([("eth_getTransactionByHash", [each.transaction]) for each in contracts])
    addresses = {name: each.address for name, each in deployment.contracts.items()}
    found: list[Difference] = []
    for step, each, code, transaction in zip(planned, contracts, codes, sent, strict=True):
        artifact, arguments = artifacts[step.contract], step.resolved(addresses)
        values = _immutables(deployment, step.name, arguments)
        found += _code(step.name, artifact, values, answers.data(code, "code"))
        creation = constructor(artifact, arguments)
        found += _creation(step.name, each, creation, transaction)
    return found


def _immutables(deployment: Deployment, name: str, arguments: list[Any]) -> dict[str, bytes]:
    """Works out every immutable that a contract may have.

    Sources: the constructors; OpenZeppelin's EIP712 and ShortStrings.
    """
    address = deployment.contracts[name].address
    domain = Domain(f"Terang {name}", deployment.chain_id, address)
    numbers = {
        "AUTHORITY": int(deployment.administrator, 16),
        **{key: int(deployment.contracts[each].address, 16) for key, each in _ADDRESSES.items()},
        "SEGMENT": SEGMENTS.get(name, 0),
        "_DECIMALS": arguments[-1] if name.startswith(token_name("")) else 0,
        "_cachedChainId": domain.chain_id,
        "_cachedThis": int(address, 16),
    }
    return {
        **{key: value.to_bytes(_WORD, "big") for key, value in numbers.items()},
        "_name": _short(domain.name),
        "_version": _short(domain.VERSION),
        "_hashedName": keccak(text=domain.name),
        "_hashedVersion": keccak(text=domain.VERSION),
        "_cachedDomainSeparator": domain.separator,
    }


def _short(string: str) -> bytes:
    return string.encode().ljust(_WORD - 1, b"\0") + bytes([len(string)])


def _code(
    name: str, artifact: Artifact, values: Mapping[str, bytes], code: bytes
) -> Iterator[Difference]:
    blank = bytearray(code)
    for places in artifact.immutables.values():
        for place in places:
            blank[place : place + _WORD] = bytes(_WORD)
    if blank != artifact.runtime:
        yield Difference(
            name, "code", "", text(keccak(artifact.runtime)), text(keccak(bytes(blank)))
        )
        return
    for immutable, places in artifact.immutables.items():
        read = {code[place : place + _WORD] for place in places}
        for stored in sorted(read - {values[immutable]}):
            yield Difference(name, immutable, "", text(values[immutable]), text(stored))


def _creation(name: str, deployed: Deployed, code: bytes, transaction: Any) -> Iterator[Difference]:
    if transaction is None:
        yield Difference(name, "creation", "transaction", deployed.transaction, "–")
        return
    sent = answers.fields(transaction, "a transaction")
    sender = answers.address(sent["from"], "a transaction's sender")
    nonce = answers.quantity(sent["nonce"], "a transaction's nonce")
    data = answers.data(sent["input"], "a transaction's data")
    block = answers.quantity(sent["blockNumber"], "a transaction's block")
    for part, wanted, stored in (
        ("address", deployed.address, created_address(sender, nonce)),
        ("block", deployed.block, block),
        ("code", keccak(code), keccak(data)),
    ):
        if wanted != stored:
            yield Difference(name, "creation", part, text(wanted), text(stored))
