"""Every state variable is compared: each word that the story wrote, changed, is found."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from terang.chain.compile import Artifacts
from terang.replay.audit import empty_state
from terang.replay.compare import Difference, Expectation, compared, expectations
from terang.replay.fold import HANDLERS, TOKEN, fold
from terang.replay.state import State

from .story import LOWEST_PRICE, NUMBER, WORKS, Told, account

LENGTH = "length"  # in a path: the word that holds a list's length

# The names of the EIP-712 domains fit a word of code, so these are empty and never read.
NEVER_READ = {"_nameFallback", "_versionFallback"}


class Member(NamedTuple):
    """A value within one word: which, and its lowest bit."""

    name: str
    slot: int
    bit: int


class Layout:
    """Where the compiler puts variables (Solidity, "Layout of State Variables in Storage")."""

    def __init__(self, contract: Mapping[str, Any]) -> None:
        self._types = contract["types"] or {}
        self.variables = {each["label"]: each for each in contract["storage"]}

    def members(self, label: str, path: tuple[Any, ...]) -> Iterator[Member]:
        """The values at a path of mapping keys, list positions and struct members."""
        variable = self.variables[label]
        slot, kind = int(variable["slot"]), variable["type"]
        for step in path:
            found = self._types[kind]
            if "key" in found:
                how = self._types[found["key"]]["label"].split(" ")[0]
                how = "uint8" if how == "enum" else how
                slot = int.from_bytes(keccak(encode([how, "uint256"], [step, slot])), "big")
                kind = found["value"]
            elif "base" in found:
                if step == LENGTH:
                    yield Member("", slot, 0)
                    return
                size = int(self._types[found["base"]]["numberOfBytes"])
                first, kind = (
                    int.from_bytes(keccak(encode(["uint256"], [slot])), "big"),
                    found["base"],
                )
                if size >= 32:
                    slot = first + step * (size // 32)
                else:
                    each = 32 // size
                    yield Member("", first + step // each, 8 * size * (step % each))
                    return
            else:
                (member,) = (each for each in found["members"] if each["label"] == step)
                slot, kind = slot + int(member["slot"]), member["type"]
        yield from self._values("", slot, kind, 0)

    def _values(self, name: str, slot: int, kind: str, offset: int) -> Iterator[Member]:
        for each in self._types[kind].get("members", ()):
            where = slot + int(each["slot"])
            yield from self._values(each["label"], where, each["type"], each["offset"])
        if "members" not in self._types[kind]:
            yield Member(name, slot, 8 * offset)


@pytest.fixture(scope="module")
def layouts(artifacts: Artifacts) -> Mapping[str, Layout]:
    return {name: Layout(artifacts[name].storage) for name in HANDLERS}


@pytest.fixture(scope="module")
def state(told: Told) -> State:
    return fold(empty_state(told.deployment), told.events, told.times)


def written(told: Told, state: State) -> Mapping[tuple[str, str], list[tuple[Any, ...]]]:
    """Of each state variable, where the story wrote: keys, positions and members down to a word."""
    statement = keccak(encode(["uint256", "uint256", "bytes32", "bytes32"], [1, 1, *next(
        iter(state.batches[1, 1].statements))]))  # fmt: skip
    token, (foreign, payee) = told.deployment.contracts, next(iter(state.claimable))
    treasury, escrow = account("treasury"), token["Escrow"].address
    debarred = NUMBER["debarred"]
    relay, rival, idr = int(account("relay"), 16), NUMBER["rival"], next(iter(state.tokens))
    entries: Mapping[str, Mapping[str, list[tuple[Any, ...]]]] = {
        "Participants": {
            "_organisations": [(LENGTH,), (0,)],
            "_keys": [(account("supplier"),)],
            "_suspensions": [(debarred, "_checkpoints", LENGTH), (debarred, "_checkpoints", 0)],
            "_licences": [(1, treasury)],
        },
        "Consortium": {
            "_seats": [(LENGTH,), (2,)],
            "_accounts": [(2, "_checkpoints", LENGTH), (2, "_checkpoints", 0)],
            "_seatOfAccount": [(account("agency"),)],
            "_seatOfOrganisation": [(1,)],
            "_seatsOfClass": [(0, 1)],
            "_sizeOfClass": [(0, "_checkpoints", LENGTH), (0, "_checkpoints", 0)],
        },
        "OpeningKeys": {
            "_epochs": [(LENGTH,), (0,)],
            "_seats": [(1, 1)],
            "_indices": [(1, 1)],
            "_encryptionKeys": [(1, 1)],
            "_batches": [(1, 1)],
            "_confirmations": [(statement,)],
            "_accusations": [(1, 1, 1)],
            "_free": [((1 << 64 | 1 << 32) >> 8,)],
        },
        "Rules": {
            "_ruleCount": [()],
            "_rules": [(1,)],
            "_present": [(WORKS, LOWEST_PRICE)],
        },
        "Tenders": {
            "_boxes": [(1, 0), (14, 2)],
            "_secrets": [(1, 0)],
            "_accumulators": [(1, 0, 0)],
            "_sealedBy": [(1, 0, relay), (1, 0, NUMBER["rival"])],
            "_tenderCount": [()],
            "_tenders": [(1,), (14,)],
            "_enquiries": [(12,)],
            "_answers": [(12, 1)],
            "_bidders": [(1, LENGTH), (1, 0)],
            "_bids": [(1, state.tenders[1].bidders[0])],
        },
        "Ballots": {
            "_boxes": [(1, 17)],
            "_secrets": [(1, 17)],
            "_accumulators": [(1, 17, 0)],
            "_sealedBy": [(1, 17, relay), (1, 17, state.tenders[1].award.rounds[1].panel[0])],
            "_rounds": [(1, 1), (13, 0)],
            "_panels": [(1, 1, LENGTH), (1, 1, 0)],
            "_recused": [(13, LENGTH), (13, 0)],
            "_marks": [(1, 1, 0), (14, 0, 0)],
        },
        "Awards": {"_awards": [(1,), (14,)], "_excluded": [(13, 0)]},
        "Reviews": {
            "_complaintCount": [()],
            "_complaints": [(1,)],
            "_panels": [(1, 0, LENGTH), (1, 0, 0)],
            "_open": [(12, 1)],
            "_complained": [(12, 1, NUMBER["rival"])],
        },
        "Securities": {
            "_accounts": [(rival, idr)],
            "_cover": [(rival, idr, "_checkpoints", LENGTH), (rival, idr, "_checkpoints", 0)],
            "_guarantees": [(rival, idr, LENGTH), (rival, idr, 0)],
            "_backings": [(12, rival), (13, NUMBER["supplier"])],
            "_locks": [(13,)],
            "_forfeited": [(idr,)],
        },
        "Agreements": {"_agreements": [(1,)]},
        "Escrow": {
            "_accounts": [(1,)],
            "_milestones": [(1, 0)],
            "_claimable": [(foreign, payee)],
        },
        TOKEN: {
            "_balances": [(treasury,)],
            "_allowances": [(treasury, escrow)],
            "_totalSupply": [()],
            "_name": [()],
            "_symbol": [()],
            "isMinted": [(keccak(text="cash"),)],
        },
    }  # fmt: skip
    return {
        (contract, label): paths
        for contract, labels in entries.items()
        for label, paths in labels.items()
    }


def test_every_state_variable_is_compared(
    told: Told, state: State, layouts: Mapping[str, Layout]
) -> None:
    names = {name: each.contract for name, each in told.deployment.contracts.items()}
    compared_with = {
        (names[each.contract], each.field)
        for each in expectations(state, told.deployment, told.time)
    }
    declared = {
        (contract, label)
        for contract, layout in layouts.items()
        if HANDLERS[contract]  # one that is not replayed at all yet has none
        for label in layout.variables
        if label not in NEVER_READ
    }
    assert set(layouts) == set(HANDLERS)
    assert declared <= compared_with
    assert declared == set(written(told, state))


def test_a_change_of_any_word_of_any_contract_is_found(
    told: Told, state: State, layouts: Mapping[str, Layout]
) -> None:
    names = {each.contract: name for name, each in told.deployment.contracts.items()}
    every = list(expectations(state, told.deployment, told.time))
    assert differ(told, every) == []
    missed = []
    for (contract, label), paths in written(told, state).items():
        address = told.deployment.contracts[names[contract]].address
        own = [each for each in every if each.contract == names[contract]]
        for path in paths:
            for member in layouts[contract].members(label, path):
                before = told.chain.storage_at(address, member.slot)
                after = int.from_bytes(before, "big") ^ 1 << member.bit
                _set(told, address, member.slot, after)
                if not differ(told, own):
                    missed.append((contract, label, path, member.name))
                _set(told, address, member.slot, int.from_bytes(before, "big"))
    assert missed == []
    assert differ(told, every) == []


def differ(told: Told, wanted: Sequence[Expectation]) -> list[Difference]:
    return compared(told.chain, told.deployment, told.artifacts, wanted, told.block)


def _set(told: Told, address: str, slot: int, value: int) -> None:
    told.chain.rpc("anvil_setStorageAt", address, hex(slot), f"0x{value:064x}")
