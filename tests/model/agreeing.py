"""Agreements as both sides sign them, exactly as awarded or with one thing wrong."""

from typing import Any

from eth_utils.crypto import keccak

from terang.identity.signature import sign
from terang.sealing.curve import words

from .facts import DAY, Tender
from .procedure import Procedure
from .world import CHAIN_ID, World, account, address, key

SIGNING_DEFECTS = tuple(
    f"Agreements{each}"
    for each in (
        "TenderTerms",
        "Buyer",
        "Supplier",
        "Price",
        "Currency",
        "Documents",
        "ZeroPayee",
        "RefundTo",
        "Start",
        "Milestones",
        "Amount",
        "DueDate",
        "Inspectors",
        "Inspector",
        "NotForParty",
        "Signature",
    )
)
_DOMAIN = keccak(
    text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
_MILESTONE = "Milestone(uint128 amount,uint48 dueAt,bytes32 deliverable)"
_AGREEMENT = (
    "SignAgreement(uint256 tenderId,uint32 buyer,uint32 supplier,uint128 price,address currency,"
    "bytes32 documents,uint48 startsAt,address payee,address refundTo,Milestone[] milestones,"
    "address[] inspectors,uint8 approvals)"
)
_TEXT = keccak(text="text")


def agreement(
    world: World, model: Procedure, tender: Tender, id_: int, defect: str
) -> tuple[Any, ...]:
    """The arguments of `Agreements.sign`, with the first thing wrong that `defect` names."""
    buyer = model.organisations[tender.buyer]
    supplier = model.organisations.get(tender.winner, model.organisations[1])
    price = tender.bids[tender.winner].price if tender.winner else 1000
    plan = tender.terms.plan
    amounts = [price * share // 10_000 for share in plan[:-1]]
    amounts.append(price - sum(amounts))
    last = model.now + DAY
    fields: dict[str, Any] = {
        "tender": id_,
        "buyer": buyer.id,
        "supplier": supplier.id,
        "price": price,
        "currency": bytes.fromhex(world.currency[2:]),
        "documents": _TEXT,
        "starts": model.now,
        "payee": account(supplier.account),
        "refund": account("treasury"),
        "milestones": [(amount, last, _TEXT) for amount in amounts],
        "inspectors": [account("citizen 1"), account("auditor 1")],
        "approvals": 1,
    }
    terms, buyer_account, signer = tender.terms, buyer.account, supplier.account
    first_amount, *others = fields["milestones"]
    wrong: dict[str, dict[str, Any]] = {
        "Buyer": {"buyer": buyer.id + 1},
        "Supplier": {"supplier": supplier.id + 1},
        "Price": {"price": price + 1},
        "Currency": {"currency": account("stranger")},
        "Documents": {"documents": bytes(32)},
        "ZeroPayee": {"payee": bytes(20)},
        "RefundTo": {"refund": account("stranger")},
        "Start": {"starts": model.now + 366 * DAY + 1},
        "Milestones": {"milestones": others},
        "Amount": {"milestones": [(first_amount[0] + 1, last, _TEXT), *others]},
        "DueDate": {
            "starts": model.now - DAY,
            "milestones": [(each[0], model.now - 1, _TEXT) for each in fields["milestones"]],
        },
        "Inspectors": {"approvals": 3},
        "Inspector": {"inspectors": [account(supplier.account)]},
    }
    fields |= wrong.get(defect.removeprefix("Agreements"), {})
    if defect == "AgreementsTenderTerms":
        terms = terms._replace(ceiling=terms.ceiling + 1)
    elif defect == "AgreementsNotForParty":
        buyer_account = "stranger"
    elif defect == "AgreementsSignature":
        signer = "stranger"
    digest = _digest(world, fields)
    return (
        terms,
        _readable(fields),
        address(buyer_account),
        sign(key(buyer_account), digest),
        address(supplier.account),
        sign(key(signer), digest),
    )


def _readable(fields: dict[str, Any]) -> tuple[Any, ...]:
    """As the ABI takes it."""
    return tuple(
        "0x" + each.hex()
        if isinstance(each, bytes) and len(each) == 20
        else ["0x" + inspector.hex() for inspector in each]
        if name == "inspectors"
        else each
        for name, each in fields.items()
    )


def _digest(world: World, fields: dict[str, Any]) -> bytes:
    at = bytes.fromhex(world.contracts["Agreements"].address[2:])
    domain = words(_DOMAIN, keccak(text="Terang Agreements"), keccak(text="1"), CHAIN_ID, at)
    milestone = keccak(text=_MILESTONE)
    hashed = fields | {
        "milestones": keccak(
            b"".join(keccak(words(milestone, *each)) for each in fields["milestones"])
        ),
        "inspectors": keccak(words(*fields["inspectors"])),
    }
    struct = words(keccak(text=_AGREEMENT + _MILESTONE), *hashed.values())
    return keccak(b"\x19\x01" + keccak(domain) + keccak(struct))
