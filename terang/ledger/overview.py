"""The tenders of a ledger in a list, and one of them whole, for people and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from terang.chain.files import write_whole
from terang.chain.sentences import ENUMS
from terang.i18n import N_, _
from terang.i18n.show import iso, money, plain, when
from terang.ledger import dossier
from terang.ledger.facts import check_new
from terang.ledger.plan import Currency
from terang.replay import rules
from terang.replay.drawing import svg
from terang.replay.timeline import Timeline, timeline
from terang.rules.rule import Rule
from terang.vocabulary import Category, Method, Phase, TaxBasis

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import OpenedBid, State, Tender

_TAX = {TaxBasis.NET: N_("prices net of tax"), TaxBasis.GROSS: N_("prices with tax")}
_DAY = 86_400


@dataclass(frozen=True)
class Entry:
    """A tender in a list.

    Attributes:
        tender: from the ledger's events.
        phase: where it stands by the chain's clock.
    """

    tender: "Tender"
    phase: Phase

    def text(self) -> str:
        """Returns the tender on one line."""
        notice, box = self.tender.notice, self.tender.box
        return _("{tender}  {ocid}  lot {lot}  {phase}  closes {time}  {sealed} sealed").format(
            tender=self.tender.id,
            ocid=plain(notice["ocid"], 60),
            lot=plain(self.tender.lot, 40) or "–",
            phase=_(ENUMS["Phase"][self.phase]),
            time=when(box.closes_at),
            sealed=len(box.envelopes),
        )

    def document(self) -> dict[str, Any]:
        """Returns the tender as JSON has it."""
        return {
            "tender": self.tender.id,
            "ocid": self.tender.notice["ocid"],
            "lot": self.tender.lot,
            "phase": self.phase.name.lower(),
            "closes": iso(self.tender.box.closes_at),
            "sealed": len(self.tender.box.envelopes),
        }


def entries(ledger: "Ledger", state: "State", phase: str | None) -> list[Entry]:
    """Returns the tenders by number; those of one phase only, by its name in small letters."""
    tenders = list(state.tenders.values())
    found = ledger.awards.phases([each.id for each in tenders])
    listed = [Entry(*each) for each in zip(tenders, found, strict=True)]
    return [each for each in listed if phase in (None, each.phase.name.lower())]


def listing(found: Sequence[Entry]) -> str:
    """Returns tenders as text, one a line."""
    return "\n".join(each.text() for each in found) or _("There is no such tender yet.")


def show(ledger: "Ledger", state: "State", tender: "Tender") -> tuple[str, dict[str, Any]]:
    """Returns a tender with everything that came of it, as text and as JSON."""
    entry = Entry(tender, ledger.awards.phases([tender.id])[0])
    currency = ledger.currency_at(tender.terms["currency"])
    bids = rules.standing_bids(state, tender)
    lines = [entry.text(), *_terms(state, tender, currency), *_box(state, tender)]
    lines += [
        _("Bid of organisation {organisation}: {price}").format(
            organisation=each.organisation, price=money(each.price, currency)
        )
        for each in bids
    ]
    parts: dict[str, Any] = dict.fromkeys(("award", "agreement", "milestones"))
    if currency is None:
        lines.append(
            _("Its currency {address} is not in this ledger's record.").format(
                address=tender.terms["currency"]
            )
        )
    if tender.award.rounds:
        text, parts["award"] = dossier.award(tender, ledger)
        lines.append(text)
    if tender.agreement:
        text, parts["agreement"] = dossier.agreement(tender, ledger)
        lines.append(text)
        text, parts["milestones"] = dossier.milestones(tender, ledger)
        lines.append(text)
    return "\n".join(lines), entry.document() | {
        "buyer": tender.buyer,
        "rule": tender.rule,
        "version": tender.version,
        "predecessor": tender.notice["predecessor"] or None,
        "published": iso(tender.published.time),
        "block": tender.published.block,
        "documentsUri": tender.notice["documentsUri"],
        "terms": _readable(tender),
        "opened": rules.is_opened(state, tender.box),
        "voids": _voids(tender),
        "bids": [_bid(each) for each in bids],
        "cancelled": iso(tender.cancelled.time) if tender.cancelled else None,
        "reason": "0x" + tender.cancel_reason.hex() if tender.cancelled else None,
        **parts,
    }


def path_of(ledger: "Ledger", state: "State", tender: "Tender") -> Timeline:
    """Returns the timeline of a tender by the chain's clock."""
    phase = ledger.awards.phases([tender.id])[0]
    currency = ledger.currency_at(tender.terms["currency"])
    return timeline(state, tender, phase, ledger.chain.now, currency)


def draw(found: Timeline, path: Path) -> None:
    """Writes the picture of a timeline to a new file.

    Raises:
        UsageError: when the file is there already.
        OSError: when it cannot be written.
    """
    check_new(path)
    write_whole(path, svg(found).encode())


def _terms(state: "State", tender: "Tender", currency: Currency | None) -> list[str]:
    terms, rule = tender.terms, Rule.of(state.rules[tender.rule - 1])
    ceiling = terms["ceiling"]
    lines = [
        _("Published {time} by organisation {buyer}").format(
            time=when(tender.published.time), buyer=tender.buyer
        ),
        _("Documents: {hash}").format(hash="0x" + terms["documents"].hex()),
        ", ".join(
            _(word)
            for word in (
                ENUMS["Category"][terms["category"]],
                ENUMS["Method"][terms["method"]],
                _TAX[TaxBasis(terms["taxBasis"])],
            )
        ),
        _("Ceiling: {amount}").format(amount=money(ceiling, currency))
        if ceiling
        else _("No ceiling"),
        _(
            "Panel: {agencies} agencies, {auditors} auditors, {citizens} citizens; "
            "quorum {quorum}; bids needed: {bids}"
        ).format(
            agencies=rule.agencies,
            auditors=rule.auditors,
            citizens=rule.citizens,
            quorum=rule.quorum,
            bids=terms["minimumBids"],
        ),
        _("Days for ballots {ballots}, standstill {standstill}, signing {signing}").format(
            ballots=_days(terms["evaluationPeriod"]),
            standstill=_days(rule.standstill_period),
            signing=_days(rule.signing_period),
        ),
        _("Milestones in per cent of the price: {plan}").format(
            plan=", ".join(f"{share / 100:g}" for share in terms["plan"])
        ),
        _("Version {version}, under rule {rule}").format(version=tender.version, rule=tender.rule),
    ]
    if tender.scored:
        lines.append(
            _("Weight of quality {weight:g} per cent; least mean mark {threshold}").format(
                weight=terms["weight"] / 100, threshold=terms["threshold"]
            )
        )
    if predecessor := tender.notice["predecessor"]:
        lines.append(_("It repeats tender {tender}").format(tender=predecessor))
    return lines


def _box(state: "State", tender: "Tender") -> list[str]:
    box = tender.box
    if tender.cancelled:
        reason = "0x" + tender.cancel_reason.hex()
        return [
            _("Cancelled {time}; reason {hash}").format(
                time=when(tender.cancelled.time), hash=reason
            )
        ]
    if not rules.is_opened(state, box):
        opened, sealed = len(box.voids), len(box.envelopes)
        return [_("{opened} of {sealed} envelopes are open").format(opened=opened, sealed=sealed)]
    voids = _voids(tender)
    return [
        _("{count} envelopes, all open; void: {void}").format(
            count=len(box.envelopes), void=sum(voids.values())
        )
    ]


def _voids(tender: "Tender") -> dict[str, int]:
    """How many opened envelopes do not count, by the reason's name in small letters."""
    return dict(Counter(each.name.lower() for each in tender.box.voids if each))


def _bid(bid: "OpenedBid") -> dict[str, Any]:
    return {
        "organisation": bid.organisation,
        "account": bid.account,
        "price": bid.price,
        "nonce": bid.nonce,
        "documents": "0x" + bid.documents.hex(),
        "envelope": bid.envelope,
    }


def _readable(tender: "Tender") -> dict[str, Any]:
    """Terms with hashes as text and enumerations as words."""
    terms = tender.terms
    return {
        **terms,
        "documents": "0x" + terms["documents"].hex(),
        "category": Category(terms["category"]).name.lower(),
        "method": Method(terms["method"]).name.lower(),
        "taxBasis": TaxBasis(terms["taxBasis"]).name.lower(),
        "plan": list(terms["plan"]),
        "hash": "0x" + tender.terms_hash.hex(),
    }


def _days(seconds: int) -> str:
    return f"{round(seconds / _DAY, 2):g}"
