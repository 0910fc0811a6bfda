"""An agreement on its way to both signatures: prepared as a file, signed offline, submitted.

The file of an agreement is its EIP-712 typed data and nothing else, so any wallet can show and
sign it; a signature travels in a file of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from terang.chain.act import Act
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import money
from terang.identity.signer import Signer
from terang.identity.typed_data import TypedData
from terang.ledger.agreements import Agreement, Milestone, agreement_of, amounts
from terang.ledger.facts import signed_agreement, terms_of
from terang.ledger.ledger import Ledger
from terang.ledger.pilot import DAY
from terang.ledger.signing import Signature
from terang.replay.state import Tender


@dataclass(frozen=True)
class Choices:
    """What the parties settle that the award does not.

    Attributes:
        document: keccak256 of the signed document, which describes the work and its milestones.
        starts_at: seconds since 1970 UTC.
        days: between one due date and the next, from the start.
        payee: who receives the supplier's money; None for the account that bid.
        refund_to: who receives what is not spent.
        inspectors: accounts that accept or reject reports.
        approvals: how many of them must accept a milestone.
    """

    document: bytes
    starts_at: int
    days: int
    payee: str | None
    refund_to: str
    inspectors: tuple[str, ...]
    approvals: int


def draft(ledger: Ledger, tender: Tender, choices: Choices) -> Agreement:
    """Returns the agreement that follows from an award.

    Raises:
        UsageError: when the tender is not awarded, or is signed already.
        Reverted: when the ledger would refuse these choices, whoever signed them.
    """
    winner = tender.award.winner
    if winner is None or tender.award.awarded is None or tender.agreement is not None:
        raise UsageError(
            _(
                "Tender {tender} is not awarded, or its agreement is signed already. "
                "`award show` tells where it stands."
            ).format(tender=tender.id)
        )
    parts = amounts(winner.price, tender.terms["plan"])
    agreement = Agreement(
        tenderId=tender.id,
        buyer=tender.buyer,
        supplier=winner.organisation,
        price=winner.price,
        currency=tender.terms["currency"],
        documents=choices.document,
        startsAt=choices.starts_at,
        payee=choices.payee or tender.bids[winner.organisation].account,
        refundTo=choices.refund_to,
        milestones=tuple(
            # the signed document describes every milestone
            Milestone(amount, choices.starts_at + place * choices.days * DAY, choices.document)
            for place, amount in enumerate(parts, 1)
        ),
        inspectors=choices.inspectors,
        approvals=choices.approvals,
    )
    ledger.agreements.check(terms_of(tender), agreement)
    return agreement


def submission(
    ledger: Ledger, sender: Signer, tender: Tender, data: TypedData, signatures: Sequence[Signature]
) -> Act:
    """Returns the act that registers an agreement.

    Args:
        ledger: where.
        sender: who pays the gas.
        tender: the agreement's tender.
        data: the agreement.
        signatures: the buyer's, then the supplier's.

    Raises:
        UsageError: when one signed something else.
    """
    for each in signatures:
        each.check_of(data)
    buyer, supplier = ((each.account, each.signature) for each in signatures)
    agreement = agreement_of(data.message)
    return ledger.agreements.sign(sender, terms_of(tender), agreement, buyer, supplier)


def funding(ledger: Ledger, payer: Signer, tender: Tender, amount: int | None) -> list[Act]:
    """Returns the acts that pay into an agreement: the allowance, then the payment.

    Args:
        ledger: where.
        payer: acts for the buyer, or is a licensed treasury.
        tender: the agreement's tender.
        amount: in the currency's smallest unit; None for all that lacks to the price.

    Raises:
        UsageError: when no agreement is signed, or nothing lacks.
    """
    agreement = signed_agreement(tender)
    lacking = agreement.price - tender.account.funded
    if lacking <= 0:
        raise UsageError(
            _(
                "The agreement of tender {tender} is funded in full. Nothing is to be paid in."
            ).format(tender=tender.id)
        )
    if (amount or 0) > lacking:
        raise UsageError(
            _("The agreement lacks {lacking}, no more. Pay in at most that.").format(
                lacking=money(lacking, ledger.currency_at(agreement.currency))
            )
        )
    value = lacking if amount is None else amount
    token = ledger.token_at(agreement.currency)
    return [
        token.approve(payer, ledger.escrow.contract.address, value),
        ledger.escrow.fund(payer, agreement, value),
    ]
