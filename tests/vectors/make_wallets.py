"""Writes tests/vectors/wallets/python.json: Terang's typed data, signed by Terang.

    python tests/vectors/make_wallets.py

Nothing is random. `javascript.json` beside it comes from the other side:
`node tests/vectors/wallets.mjs make`.
"""

import json
from pathlib import Path

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from terang.identity.typed_data import (
    AGREEMENTS,
    BALLOTS,
    PARTICIPANTS,
    TENDERS,
    Domain,
    TypedData,
    accept_key,
    cast_ballot,
    sign_agreement,
    submit_bid,
    submit_proposal,
)
from terang.identity.wallet import Wallet

FILE = Path(__file__).parent / "wallets" / "python.json"


def fixed(label: str) -> bytes:
    return keccak(text=f"Terang wallet vector in Python: {label}")


def account(label: str) -> str:
    return to_checksum_address(fixed(label)[:20])


def domain(name: str) -> Domain:
    return Domain(name, 31337, account(name))


def agreement(*amounts: int) -> dict[str, object]:
    return {
        "tenderId": 9,
        "buyer": 1,
        "supplier": 2**32 - 1,
        "price": sum(amounts),
        "currency": account("token"),
        "documents": fixed("contract"),
        "startsAt": 1_800_000_000,
        "payee": account("payee"),
        "refundTo": account("treasury"),
        "milestones": [
            {"amount": amount, "dueAt": 1_800_000_000 + number, "deliverable": fixed(f"{number}")}
            for number, amount in enumerate(amounts)
        ],
        "inspectors": [account("inspector")] * len(amounts),
        "approvals": 255,
    }


MESSAGES = (
    submit_bid(domain(TENDERS), 9, 2, 3, account("supplier"), 980_000_000, fixed("bid")),
    submit_bid(domain(TENDERS), 2**256 - 1, 0, 1, "0x" + "00" * 20, 2**128 - 1, bytes(32)),
    submit_proposal(domain(TENDERS), 9, 2, 3, account("supplier"), fixed("proposal")),
    cast_ballot(domain(BALLOTS), 9, 1, 4, fixed("reasons"), bytes(range(33))),
    sign_agreement(domain(AGREEMENTS), agreement(2**127, 1, 5)),
    sign_agreement(domain(AGREEMENTS), agreement()),
    accept_key(domain(PARTICIPANTS), 2, account("key"), 3, 0, 2**48 - 1),
)


def case(number: int, data: TypedData) -> dict[str, object]:
    key = fixed(f"signer {number}")
    wallet = Wallet.from_key(key)
    return {
        "key": "0x" + key.hex(),
        "address": wallet.address,
        "typedData": data.to_json(),
        "digest": "0x" + data.digest.hex(),
        "signature": "0x" + wallet.sign_typed(data).hex(),
    }


def cases() -> list[dict[str, object]]:
    return [case(number, data) for number, data in enumerate(MESSAGES)]


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases(), indent=2) + "\n")
