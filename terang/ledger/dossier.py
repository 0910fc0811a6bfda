"""A tender's award, agreement and milestones, for people and as JSON."""

from typing import TYPE_CHECKING, Any

from terang.chain.sentences import ENUMS
from terang.i18n import N_, _
from terang.i18n.show import iso, money, when
from terang.ledger.facts import signed_agreement
from terang.ledger.signing import described
from terang.replay import rules
from terang.vocabulary import Status

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import State, Tender

_STATUS = {
    Status.PENDING: N_("pending"),
    Status.REPORTED: N_("reported"),
    Status.PAID: N_("paid"),
}


def award(tender: "Tender", ledger: "Ledger") -> tuple[str, dict[str, Any]]:
    """Returns panel, ballots, ranking and award of a tender, as text and as JSON."""
    found, currency = tender.award, ledger.currency_at(tender.terms["currency"])
    lines = [
        _("Tender {tender}: {bids} valid bids").format(tender=tender.id, bids=tender.valid_bids)
    ]
    lines += [
        _("Panel on {question}: seats {panel}; {ballots} ballots opened").format(
            question=_(ENUMS["Question"][each.question]),
            panel=", ".join(map(str, filter(None, each.panel))),
            ballots=len(each.ballots),
        )
        for each in found.rounds
    ]
    lines += [
        _("Seat {seat} recused itself; seat {reserve} took the place").format(
            seat=each.seat, reserve=each.reserve
        )
        if each.reserve
        else _("Seat {seat} recused itself; no reserve was left").format(seat=each.seat)
        for evaluation in found.rounds
        for each in evaluation.recusals
    ]
    turns = (each for each in found.history if each.what == "flagged")
    flagged = list({each.organisation: each for each in turns}.values())
    lines += [
        _("Organisation {organisation} bids abnormally low: {amount}").format(
            organisation=each.organisation, amount=money(each.price, currency)
        )
        for each in flagged
    ]
    lines += [
        _("Excluded: organisation {organisation}").format(organisation=tender.bidders[place])
        for place in sorted(found.excluded)
    ]
    if found.winner:
        lines.append(
            _("First in rank: organisation {organisation}, {price}").format(
                organisation=found.winner.organisation, price=money(found.winner.price, currency)
            )
        )
        lines.append(
            _("Awarded; to be signed before {time}").format(time=when(found.sign_by))
            if found.awarded
            else _("Standstill until {time}").format(time=when(found.standstill_ends_at))
        )
    elif found.none_acceptable:
        lines.append(_("No bid is acceptable"))
    if found.accepted:
        lines.append(_("The winner accepted {time}").format(time=when(found.accepted.time)))
    return "\n".join(lines), {
        "tender": tender.id,
        "bids": tender.valid_bids,
        "rounds": [
            {
                "question": each.question.name.lower(),
                "panel": list(each.panel),
                "recused": [recusal.seat for recusal in each.recusals],
                "ballots": len(each.ballots),
            }
            for each in found.rounds
        ],
        "abnormallyLow": [each.organisation for each in flagged],
        "excluded": [tender.bidders[place] for place in sorted(found.excluded)],
        "accepted": iso(found.accepted.time) if found.accepted else None,
        "ranked": found.ranked,
        "winner": found.winner.organisation if found.winner else None,
        "price": found.winner.price if found.winner else None,
        "standstillEnds": iso(found.standstill_ends_at) if found.standstill else None,
        "noneAcceptable": found.none_acceptable is not None,
        "awarded": iso(found.awarded.time) if found.awarded else None,
        "signBy": iso(found.sign_by) if found.awarded else None,
    }


def enquiries(state: "State", tender: "Tender") -> tuple[str, dict[str, Any]]:
    """Returns the questions about a tender and their answers, as text and as JSON."""
    ends = rules.enquiries_end(state, tender)
    lines = [_("Questions are taken until {time}").format(time=when(ends))]
    documents = []
    for number, each in enumerate(tender.enquiries, 1):
        asked = _("{enquiry}  asked {time}  {hash}").format(
            enquiry=number, time=when(each.asked.time), hash="0x" + each.question.hex()
        )
        answered = (
            _("answered {time}  {hash}").format(
                time=when(each.answered.time), hash="0x" + each.answer.hex()
            )
            if each.answered
            else _("not answered")
        )
        lines.append(f"{asked}  {answered}")
        documents.append(
            {
                "enquiry": number,
                "question": "0x" + each.question.hex(),
                "asked": iso(each.asked.time),
                "answer": "0x" + each.answer.hex() if each.answered else None,
                "answered": iso(each.answered.time) if each.answered else None,
            }
        )
    return "\n".join(lines), {"tender": tender.id, "until": iso(ends), "enquiries": documents}


def milestones(tender: "Tender", ledger: "Ledger") -> tuple[str, list[dict[str, Any]]]:
    """Returns the milestones of a signed agreement, as text and as JSON.

    Raises:
        UsageError: when no agreement is signed.
    """
    agreement = signed_agreement(tender)
    currency = ledger.currency_at(agreement.currency)
    lines, documents = [], []
    for number, (planned, course) in enumerate(
        zip(agreement.milestones, tender.account.milestones, strict=True), 1
    ):
        accepted = course.approvals.bit_count()
        lines.append(
            _(
                "{milestone}  {amount}  due {time}  {status}, {accepted} of {needed} accept, "
                "{rejected} reject"
            ).format(
                milestone=number,
                amount=money(planned.amount, currency),
                time=when(planned.dueAt),
                status=_(_STATUS[course.status]),
                accepted=accepted,
                needed=agreement.approvals,
                rejected=course.rejections.bit_count(),
            )
        )
        documents.append(
            {
                "milestone": number,
                "amount": planned.amount,
                "due": iso(planned.dueAt),
                "status": course.status.name.lower(),
                "reports": course.reports,
                "approvals": accepted,
                "rejections": course.rejections.bit_count(),
                "history": [
                    {
                        "what": each.what,
                        "account": each.account or None,
                        "hash": "0x" + each.hash.hex() if each.hash else None,
                        "at": iso(each.stamp.time),
                    }
                    for each in course.history
                ],
            }
        )
    return "\n".join(lines), documents


def agreement(tender: "Tender", ledger: "Ledger") -> tuple[str, dict[str, Any]]:
    """Returns a signed agreement and its money, as text and as JSON.

    Raises:
        UsageError: when no agreement is signed.
    """
    signed = signed_agreement(tender)
    data, account = ledger.agreements.typed_data(signed), tender.account
    currency = ledger.currency_at(signed.currency)
    lines = [
        described(data, currency),
        _("Funded {funded}, paid {paid}, held {held}").format(
            funded=money(account.funded, currency),
            paid=money(account.paid, currency),
            held=money(account.held, currency),
        ),
    ]
    if account.renounced:
        renounced = when(account.renounced.time)
        lines.append(_("The supplier renounced the rest {time}").format(time=renounced))
    if account.closed:
        lines.append(_("Closed {time}").format(time=when(account.closed.time)))
    return "\n".join(lines), {
        "tender": tender.id,
        "agreement": data.to_json()["message"],
        "digest": "0x" + data.digest.hex(),
        "funded": account.funded,
        "paid": account.paid,
        "refunded": account.refunded,
        "renounced": iso(account.renounced.time) if account.renounced else None,
        "closed": iso(account.closed.time) if account.closed else None,
    }
