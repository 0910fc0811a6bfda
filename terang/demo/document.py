"""What the demonstration reports: one JSON document (docs/reference/demo.schema.json)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import Any

from terang.demo.tender import Tender
from terang.i18n import _
from terang.ledger import pilot
from terang.ocds import ProcessPlan, explain
from terang.vocabulary import Phase

OPERATIONS = (
    "publish",
    "seal",
    "release",
    "open",
    "cast",
    "open_ballot",
    "sign",
    "fund",
    "accept",
)
"""Whose gas is reported: median of whole transactions, per envelope for the two that open."""

CLOSED = "closed"
"""The phase of a tender whose agreement is paid in full and closed."""


def phase_of(tender: Tender) -> str:
    """Returns the name of the phase in which a tender ended."""
    return CLOSED if tender.closed else tender.phase.name.lower()


def amount(minor: int, decimals: int) -> str:
    """Returns an amount as a decimal string, exactly."""
    if not decimals:
        return str(minor)
    whole, part = divmod(minor, 10**decimals)
    return f"{whole}.{part:0{decimals}d}"


def row(tender: Tender) -> dict[str, Any]:
    """Returns what became of one tender, beside what was published."""
    process, lot = tender.process, tender.lot
    winner = tender.winner
    agrees, why = explain(lot, winner, phase_of(tender))
    published = lot.published_winner
    return {
        "line": process.line,
        "ocid": process.ocid,
        "lot": lot.lot,
        "tender": tender.id,
        "phase": phase_of(tender),
        "reason": _reason(tender),
        "assumed": [*lot.assumed, *pilot.assumptions()],
        "bids": dict(tender.counts),
        "winner": None if winner is None else process.bidders[winner].name,
        "published_winner": None if published is None else process.bidders[published].name,
        "agrees": agrees,
        "why": why,
        "price": None if winner is None else amount(tender.price, lot.decimals),
        "paid": amount(tender.paid, lot.decimals),
        "currency": lot.currency,
    }


def document(
    *,
    chain: str,
    processes: Sequence[ProcessPlan],
    tenders: Sequence[Tender],
    documents_read: int,
    gas: Mapping[str, Sequence[int]],
    replay: str | Sequence[Mapping[str, str]],
    seconds: float,
) -> dict[str, Any]:
    """Returns the whole report.

    Args:
        chain: what ran it.
        processes: everything that was read.
        tenders: everything that ran.
        documents_read: bids whose documents were read back.
        gas: of every act, by operation.
        replay: "equal", or what differs.
        seconds: from start to end.
    """
    rows = [row(tender) for tender in tenders]
    return {
        "chain": chain,
        "processes": rows,
        "skipped": [
            {"line": each.line, "ocid": each.ocid, "lot": each.lot, "reason": each.reason}
            for process in processes
            for each in process.skipped
        ],
        "warnings": [
            {"line": process.line, "ocid": process.ocid, "warning": warning}
            for process in processes
            for warning in process.warnings
        ],
        "totals": _totals(tenders, rows, documents_read),
        "gas": {
            operation: median_low(gas[operation]) if gas.get(operation) else None
            for operation in OPERATIONS
        },
        "replay": replay,
        "seconds": round(seconds, 1),
    }


def _reason(tender: Tender) -> str:
    if tender.closed:
        return _("Every milestone is accepted and paid, and the agreement is closed.")
    if tender.phase is Phase.CANCELLED:
        return tender.lot.cancelled or ""
    if not tender.counts["opened"]:
        return _("No bid counts: every envelope is void.")
    if not any(bid.responsive for bid in tender.lot.counting().values()):
        return _("No bid is acceptable: the panel's ballots follow the published statuses.")
    return _("No acceptable bid is left.")


def _totals(
    tenders: Sequence[Tender], rows: Sequence[Mapping[str, Any]], documents_read: int
) -> dict[str, Any]:
    paid: dict[str, int] = defaultdict(int)
    for tender in tenders:
        paid[tender.lot.currency] += tender.paid
    decimals = {tender.lot.currency: tender.lot.decimals for tender in tenders}
    agreement = Counter(each["agrees"] for each in rows)
    return {
        "processes": len({each["line"] for each in rows}),
        "tenders": len(rows),
        "phases": dict(sorted(Counter(each["phase"] for each in rows).items())),
        "bids": {
            name: sum(each["bids"][name] for each in rows) for name in ("sealed", "opened", "void")
        },
        "documents_read": documents_read,
        "awards": {
            "agree": agreement[True],
            "differ": agreement[False],
            "not_published": agreement[None],
        },
        "paid": {
            currency: amount(total, decimals[currency]) for currency, total in sorted(paid.items())
        },
    }
