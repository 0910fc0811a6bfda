"""Complaints, from the grounds to the deposit: what their commands do, and how they show."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from terang.chain.act import Act, Receipt
from terang.chain.sentences import ENUMS
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import iso, money, when
from terang.identity.signer import Signer
from terang.ledger.facts import terms_of
from terang.replay import rules
from terang.vocabulary import ComplaintStatus, Remedy

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import Complaint, State, Tender

_REMEDIES: Final = {
    "dismiss": Remedy.NONE,
    "re-evaluate": Remedy.RE_EVALUATE,
    "exclude": Remedy.EXCLUDE,
    "cancel": Remedy.CANCEL,
}
_WORDS: Final = {remedy: word for word, remedy in _REMEDIES.items()}


def complaint_at(state: "State", number: int) -> "Complaint":
    """Returns a complaint by its number.

    Raises:
        UsageError: when there is none.
    """
    if number not in state.complaints:
        raise UsageError(
            _("There is no complaint {complaint}. `complaint list` names them.").format(
                complaint=number
            )
        )
    return state.complaints[number]


def remedy_of(word: str) -> Remedy:
    """Returns the remedy that people write as this word."""
    return _REMEDIES[word]


def filing(
    ledger: "Ledger", state: "State", tenderer: Signer, tender: "Tender", grounds: bytes
) -> list[Act]:
    """Returns the acts that file a complaint: the allowance for the deposit, if any, then it.

    Args:
        ledger: where.
        state: the ledger as its events tell it.
        tenderer: who complains, and gives the deposit.
        tender: about which.
        grounds: keccak256 of the grounds.

    Raises:
        UsageError: when the tender is not ranked, or the account has too little for the deposit:
            the allowance is sent first, and would be left behind.
    """
    if tender.award.winner is None or tender.award.standstill is None:
        raise UsageError(
            _(
                "The bids of tender {tender} are not ranked, so there is nothing to complain of. "
                "`tender timeline` tells where it stands."
            ).format(tender=tender.id)
        )
    reviews, terms = ledger.reviews, terms_of(tender)
    deposit = rules.deposit_of(state, tender)
    act = reviews.complain(tenderer, tender.id, terms, grounds)
    if not deposit:
        return [act]
    token, books = ledger.token_at(terms.currency), state.tokens.get(terms.currency)
    balance = books.balances.get(tenderer.address, 0) if books else deposit
    if balance < deposit:
        currency = ledger.currency_at(terms.currency)
        raise UsageError(
            _(
                "A complaint about tender {tender} needs a deposit of {deposit}, and {account} has "
                "{balance}. Have the rest paid to it first."
            ).format(
                tender=tender.id,
                deposit=money(deposit, currency),
                account=tenderer.address,
                balance=money(balance, currency),
            )
        )
    return [token.approve(tenderer, reviews.contract.address, deposit), act]


def outcome(ledger: "Ledger", receipt: Receipt) -> tuple[str, dict[str, Any]]:
    """Returns what came of deciding a complaint: a sentence with names in braces, and facts."""
    events = {each.name: each.args for each in ledger.reviews.events([receipt])}
    drawn = events.get("ReviewPanelDrawn")
    if drawn is not None:
        return (
            _("Too few voted on complaint {complaint}. Seats {panel} decide it by {decideBy} now."),
            {"panel": list(drawn["seats"]), "decideBy": iso(drawn["decideBy"]), "status": "open"},
        )
    closed = events["ComplaintClosed"]
    status, ruling = ComplaintStatus(closed["status"]), Remedy(closed["ruling"])
    sentence = {
        ComplaintStatus.DECIDED: _("Complaint {complaint} is decided in block {block}: {ruling}."),
        ComplaintStatus.LAPSED: _("Complaint {complaint} lapsed in block {block}: no quorum."),
        ComplaintStatus.MOOT: _(
            "Complaint {complaint} is moot in block {block}: the award is gone."
        ),
    }[status]
    return sentence, {
        "status": status.name.lower(),
        "ruling": _WORDS[ruling],
        "abusive": closed["abusive"],
    }


def listing(state: "State", tender: int | None) -> tuple[str, list[dict[str, Any]]]:
    """Returns the complaints in a list, all or those about one tender, as text and as JSON."""
    found = [each for each in state.complaints.values() if tender in (None, each.tender)]
    text = "\n".join(_line(each) for each in found) or _("There is no such complaint.")
    return text, [_document(each) for each in found]


def shown(ledger: "Ledger", state: "State", complaint: "Complaint") -> tuple[str, dict[str, Any]]:
    """Returns a complaint with everything that came of it, as text and as JSON."""
    currency = ledger.currency_at(complaint.token)
    lines = [
        _line(complaint),
        _("Filed {time} about ranking {award}; grounds {hash}").format(
            time=when(complaint.filed.time), award=complaint.award, hash=_hex(complaint.grounds)
        ),
        _("Deposit: {amount}, held {held}").format(
            amount=money(complaint.amount, currency), held=money(complaint.deposit, currency)
        ),
    ]
    for attempt, panel in enumerate(complaint.panels):
        lines.append(
            _("Panel: seats {panel}, quorum {quorum}, votes until {time}").format(
                panel=_seats(panel.seats), quorum=panel.quorum, time=when(panel.decide_by)
            )
        )
        lines += [
            _("Seat {seat}: {ruling}; reasons {hash}").format(
                seat=each.seat, ruling=_ruling(each.ruling, each.abusive), hash=_hex(each.reasons)
            )
            for each in complaint.votes
            if each.attempt == attempt
        ]
    if complaint.closed is not None:
        lines.append(
            _("Closed {time}: {ruling}").format(
                time=when(complaint.closed.time),
                ruling=_ruling(complaint.ruling, complaint.abusive),
            )
        )
    return "\n".join(lines), _document(complaint) | {
        "grounds": _hex(complaint.grounds),
        "panels": [
            {
                "seats": list(panel.seats),
                "quorum": panel.quorum,
                "decideBy": iso(panel.decide_by),
                "votes": [
                    {
                        "seat": each.seat,
                        "ruling": _WORDS[each.ruling],
                        "abusive": each.abusive,
                        "reasons": _hex(each.reasons),
                        "at": iso(each.stamp.time),
                    }
                    for each in complaint.votes
                    if each.attempt == attempt
                ],
            }
            for attempt, panel in enumerate(complaint.panels)
        ],
        "closed": iso(complaint.closed.time) if complaint.closed else None,
        "paid": iso(complaint.paid.time) if complaint.paid else None,
    }


def _line(complaint: "Complaint") -> str:
    return _("{complaint}  tender {tender}  organisation {organisation}  {status}").format(
        complaint=complaint.id,
        tender=complaint.tender,
        organisation=complaint.tenderer,
        status=_(ENUMS["Reviews.Status"][complaint.status]),
    )


def _document(complaint: "Complaint") -> dict[str, Any]:
    return {
        "complaint": complaint.id,
        "tender": complaint.tender,
        "organisation": complaint.tenderer,
        "award": complaint.award,
        "status": complaint.status.name.lower(),
        "ruling": _WORDS[complaint.ruling],
        "abusive": complaint.abusive,
        "deposit": complaint.deposit,
    }


def _ruling(ruling: Remedy, abusive: bool) -> str:
    word = _(ENUMS["Remedy"][ruling])
    return _("{ruling}, as abusive").format(ruling=word) if abusive else word


def _seats(seats: Sequence[int]) -> str:
    return ", ".join(map(str, seats))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
