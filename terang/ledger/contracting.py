"""An agreement on its way to both signatures: prepared as a file, signed offline, submitted.

The file of an agreement is its EIP-712 typed data and nothing else, so any wallet can show and
sign it; a signature travels in a file of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from terang.chain import answers
from terang.chain.act import Act
from terang.chain.answers import BadAnswer
from terang.chain.files import write_json
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import when
from terang.identity.signer import Signer
from terang.identity.typed_data import Domain, TypedData, TypedDataError
from terang.ledger.agreements import Agreement, Milestone, agreement_of, amounts
from terang.ledger.facts import read_file, signed_agreement, terms_of
from terang.ledger.ledger import Ledger
from terang.ledger.pilot import DAY
from terang.replay.state import Tender
from terang.vocabulary import Licence


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


@dataclass(frozen=True)
class Signature:
    """One side's signature.

    Attributes:
        account: who signed.
        digest: the 32 bytes that were signed.
        signature: as the account's wallet gave it.
    """

    account: str
    digest: bytes
    signature: bytes

    def document(self) -> dict[str, str]:
        """Returns the signature as its file has it."""
        return {
            "account": self.account,
            "digest": "0x" + self.digest.hex(),
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def load(cls, path: Path) -> Self:
        """Reads a signature.

        Raises:
            UsageError: when the file cannot be read, or is no signature.
        """
        try:
            read = json.loads(read_file(path))
            return cls(
                answers.address(read["account"], "account"),
                answers.data(read["digest"], "digest", 32),
                answers.data(read["signature"], "signature", 65),
            )
        except UsageError:
            raise
        except (LookupError, TypeError, ValueError, RecursionError, BadAnswer) as error:
            raise UsageError(
                _(
                    "{path} is not a signature of an agreement. "
                    "Name the file that `agreement sign` wrote."
                ).format(path=path)
            ) from error


def draft(ledger: Ledger, tender: Tender, choices: Choices) -> Agreement:
    """Returns the agreement that follows from an award.

    Raises:
        UsageError: when the tender is not awarded, is signed already, or the choices are such that
            the ledger would refuse them after both sides signed.
    """
    winner = tender.award.winner
    if winner is None or tender.award.awarded is None or tender.agreement is not None:
        raise UsageError(
            _(
                "Tender {tender} is not awarded, or its agreement is signed already. "
                "`award show` tells where it stands."
            ).format(tender=tender.id)
        )
    inspectors = choices.inspectors
    if len(set(inspectors)) != len(inspectors) or not 1 <= choices.approvals <= len(inspectors):
        raise UsageError(
            _(
                "{approvals} of {inspectors} inspectors cannot accept a milestone. "
                "Name each inspector once, and at least as many as must accept."
            ).format(approvals=choices.approvals, inspectors=len(set(inspectors)))
        )
    if not ledger.participants.licensed(Licence.TREASURY, choices.refund_to):
        raise UsageError(
            _(
                "{account} is not a licensed treasury's. Name one that is, for what is not spent."
            ).format(account=choices.refund_to)
        )
    parts = amounts(winner.price, tender.terms["plan"])
    return Agreement(
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
        inspectors=inspectors,
        approvals=choices.approvals,
    )


def save(data: TypedData, path: Path) -> None:
    """Writes an agreement to a file to be signed.

    Raises:
        UsageError: when the file is there already.
        OSError: when it cannot be written.
    """
    if path.exists():
        raise UsageError(
            _("{path} is there already. Name another file, or remove it first.").format(path=path)
        )
    write_json(path, data.to_json())


def load(path: Path, domain: Domain | None = None) -> TypedData:
    """Reads an agreement to be signed, from anybody.

    Args:
        path: the file.
        domain: of the ledger that it must be for; None where there is no chain to ask.

    Raises:
        UsageError: when the file cannot be read, or is no agreement's.
        TypedDataError: when it is not one of Terang's messages, or for another ledger.
    """
    content = read_file(path)
    try:
        data = TypedData.from_json(json.loads(content), domain)
    except TypedDataError:
        raise
    except (ValueError, RecursionError) as error:
        raise _no_agreement(path) from error
    if data.primary_type != "SignAgreement":
        raise _no_agreement(path)
    return data


def described(data: TypedData) -> str:
    """Returns what an agreement's file says, field by field, for who is about to sign."""
    message: dict[str, Any] = dict(data.message)
    lines = [
        _("Agreement of tender {tender}, for {contract} on chain {chain}").format(
            tender=message["tenderId"], contract=data.domain.contract, chain=data.domain.chain_id
        ),
        _("Buyer: organisation {buyer}; supplier: organisation {supplier}").format(**message),
        _("Price: {price} in the smallest unit of {currency}").format(**message),
        _("Documents: {hash}").format(hash="0x" + message["documents"].hex()),
        _("Starts: {time}").format(time=when(message["startsAt"])),
        _("Paid to: {payee}; what is left returns to: {refundTo}").format(**message),
        _("Inspectors: {inspectors}; {approvals} must accept").format(
            inspectors=", ".join(message["inspectors"]), approvals=message["approvals"]
        ),
    ]
    lines += [
        _("Milestone {milestone}: {amount}, due {time}, deliverable {hash}").format(
            milestone=place,
            amount=each["amount"],
            time=when(each["dueAt"]),
            hash="0x" + each["deliverable"].hex(),
        )
        for place, each in enumerate(message["milestones"], 1)
    ]
    return "\n".join(lines)


def sign(data: TypedData, signer: Signer) -> Signature:
    """Signs an agreement; needs no chain.

    Raises:
        WalletError: when the wallet does not sign.
    """
    return Signature(signer.address, data.digest, signer.sign_typed(data))


def keep(signature: Signature, agreement: Path) -> Path:
    """Writes a signature beside the file that was signed; returns where.

    Raises:
        OSError: when it cannot be written.
    """
    path = agreement.with_name(f"{agreement.stem}-{signature.account}.json")
    write_json(path, signature.document())
    return path


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
        if each.digest != data.digest:
            raise UsageError(
                _(
                    "{account} signed another agreement than this file's. "
                    "Have this one signed by both sides."
                ).format(account=each.account)
            )
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
    if lacking <= 0 or (amount or 0) > lacking:
        raise UsageError(
            _(
                "The agreement lacks {lacking} in the smallest unit of its currency, no more. "
                "Pay in at most that."
            ).format(lacking=lacking)
        )
    value = lacking if amount is None else amount
    token = ledger.token_at(agreement.currency)
    return [
        token.approve(payer, ledger.escrow.contract.address, value),
        ledger.escrow.fund(payer, agreement, value),
    ]


def _no_agreement(path: Path) -> UsageError:
    return UsageError(
        _(
            "{path} is not an agreement to sign. Name the file that `agreement prepare` wrote."
        ).format(path=path)
    )
