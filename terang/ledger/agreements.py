"""Agreements: what both sides sign, and its registration."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from terang.chain.act import Act, Wallet
from terang.chain.reverts import Reverted
from terang.identity.signer import Signer
from terang.identity.typed_data import AGREEMENTS, Domain, TypedData, sign_agreement
from terang.ledger.noun import Noun
from terang.ledger.tenders import Terms
from terang.vocabulary import WHOLE

_ZERO: Final = "0x" + "00" * 20


@dataclass(frozen=True)
class Milestone:
    """A part of the work, and what it earns.

    Attributes:
        amount: in the currency's smallest unit.
        dueAt: seconds since 1970 UTC.
        deliverable: keccak256 of its description.
    """

    amount: int
    dueAt: int
    deliverable: bytes


@dataclass(frozen=True)
class Agreement:
    """What buyer and supplier sign, in the order and under the names of the contract's struct.

    Attributes:
        tenderId: the tender, whose agreement it is.
        buyer: organisation.
        supplier: organisation.
        price: as awarded, in the currency's smallest unit.
        currency: address of the token.
        documents: keccak256 of the signed documents.
        startsAt: seconds since 1970 UTC.
        payee: account that receives the supplier's money.
        refundTo: account that receives what is not spent.
        milestones: in order; their amounts sum to the price.
        inspectors: accounts that accept or reject reports.
        approvals: how many of them must accept a milestone.
    """

    tenderId: int
    buyer: int
    supplier: int
    price: int
    currency: str
    documents: bytes
    startsAt: int
    payee: str
    refundTo: str
    milestones: tuple[Milestone, ...]
    inspectors: tuple[str, ...]
    approvals: int

    def argument(self) -> dict[str, object]:
        """Returns what the contracts take."""
        return asdict(self)


def agreement_of(values: Mapping[str, Any]) -> Agreement:
    """Returns an agreement from the values of its struct, as an event or typed data has them."""
    return Agreement(
        **{
            **values,
            "milestones": tuple(Milestone(**each) for each in values["milestones"]),
            "inspectors": tuple(values["inspectors"]),
        }
    )


def amounts(price: int, plan: Sequence[int]) -> list[int]:
    """Splits a price by a milestone plan.

    Each part is the floor of price · basis points / 10,000; the last takes the remainder, so that
    the parts sum to the price (`Agreements.sol`).

    Args:
        price: in the currency's smallest unit.
        plan: basis points of each milestone; they sum to 10,000.
    """
    parts = [price * share // WHOLE for share in plan[:-1]]
    return [*parts, price - sum(parts)]


class Agreements(Noun):
    """Contracts signed by both sides."""

    @property
    def domain(self) -> Domain:
        """Where signatures of agreements are valid."""
        return Domain(AGREEMENTS, self._chain.chain_id, self.contract.address)

    def typed_data(self, agreement: Agreement) -> TypedData:
        """Returns the `SignAgreement` that both wallets show and sign."""
        return sign_agreement(self.domain, agreement.argument())

    def signature(self, signer: Signer, agreement: Agreement) -> bytes:
        """Signs an agreement; returns r ‖ s ‖ v, 65 bytes."""
        return signer.sign_typed(self.typed_data(agreement))

    def check(self, terms: Terms, agreement: Agreement) -> None:
        """Asks the contract whether it would take an agreement, before anybody signs.

        Raises:
            Reverted: when it would not, whatever the signatures.
        """
        nobody = (_ZERO, b"")
        try:
            self._view("sign", terms.argument(), agreement.argument(), *nobody, *nobody)
        except Reverted as error:
            if error.name != "AgreementsNotForParty":  # the signers are looked at last
                raise

    def sign(
        self,
        sender: Wallet,
        terms: Terms,
        agreement: Agreement,
        buyer: tuple[str, bytes],
        supplier: tuple[str, bytes],
    ) -> Act:
        """Registers an agreement with both signatures. Anyone may send it.

        Args:
            sender: who pays the gas.
            terms: of the tender, as published.
            agreement: what was signed.
            buyer: account and signature of the buyer's side.
            supplier: the same of the supplier's.
        """
        return self._act(
            sender,
            "sign",
            terms.argument(),
            agreement.argument(),
            *buyer,
            *supplier,
            gas=500_000,
        )
