"""The main job: every lot of a file from tender to payment, on a chain started for it.

All tenders go phase by phase, with one step of the chain's time per phase, so that a phase is a
few large batches of transactions.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from terang.chain.compile import Artifacts, artifacts
from terang.chain.connection import Chain
from terang.chain.deploy import Deployment, deploy
from terang.chain.files import write_whole
from terang.chain.node import Node
from terang.chain.nodes import node_named
from terang.chain.send import Sender
from terang.demo import acts
from terang.demo.acts import Stage, look, standing
from terang.demo.cast import (
    Member,
    Offices,
    found_consortium,
    key_of,
    license_offices,
    parties_of,
    register,
)
from terang.demo.document import document
from terang.demo.folder import DOCUMENTS, PAGE, RECORD, RECORDS, folder
from terang.demo.keep import Kept, KeptNode, keep, kept, retire_others
from terang.demo.openers import Openers
from terang.demo.tender import Tender
from terang.demo.words import names
from terang.i18n import _
from terang.ledger import Ledger, pilot
from terang.ledger.founding import first_rules
from terang.ledger.plan import Currency, steps
from terang.ledger.publishing import pilot_terms
from terang.ocds import ProcessPlan, read_plans
from terang.portal.names import Verdict
from terang.portal.page import page
from terang.replay.audit import Audit, replay
from terang.sealing.documents import Store
from terang.vocabulary import Phase, SeatClass

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What a run leaves behind.

    Attributes:
        report: the JSON document.
        tenders: what became of each.
        audit: the replay and its verdict.
        kept: how to go on, when the ledger stays.
    """

    report: dict[str, Any]
    tenders: list[Tender]
    audit: Audit
    kept: Kept | None = None


class Clock:
    """Tells progress with the seconds since the start.

    Args:
        progress: is told each line.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def say(self, line: str, count: int | None = None) -> None:
        """Tells one line, and how many things it is about."""
        self._progress(f"{self.seconds:6.1f} s  {line}" + (f" ({count})" if count else ""))


def demonstrate(file: Path, out: Path, progress: Progress, node: Node | None = None) -> Outcome:
    """Runs every lot of an OCDS file from tender to payment.

    Args:
        file: OCDS releases, records or packages.
        out: folder for what is kept off chain: records, documents, the deployment's record.
        progress: is told each step.
        node: makes the chain; Anvil when None. With a `KeptNode` the ledger stays.

    Raises:
        UsageError: when the folder holds something else than an earlier run.
        OcdsFileError: when the file cannot be read.
        TerangError: when anything fails on the way.
    """
    node = node or node_named("anvil")
    try:
        with folder(out) as work:
            outcome, stage = _demonstrate(file, work, progress, node)
            retire_others(out, node)
        if not isinstance(node, KeptNode):
            return outcome
        return replace(outcome, kept=kept(node, out, stage, outcome.tenders))
    except BaseException:
        if isinstance(node, KeptNode):
            node.abandon()  # whoever reads of a failure does not look for a chain
        raise


def _demonstrate(file: Path, out: Path, progress: Progress, node: Node) -> tuple[Outcome, Stage]:
    clock = Clock(progress)
    clock.say(_("Reading {file}").format(file=file))
    processes = list(read_plans(file))
    compiled = artifacts()
    clock.say(_("Starting a chain and deploying the contracts"))
    with node, node.connect(compiled.errors) as chain:
        stage, tenders = prepare(chain, compiled, processes, out, clock)
        perform(stage, tenders, clock)
        clock.say(_("Replaying the events and comparing with storage"))
        audit = replay(chain, stage.ledger.deployment, compiled)
        time_of_audit = chain.block(audit.block).time
        if isinstance(node, KeptNode):
            clock.say(_("Writing the keystores"))
            keep(stage, tenders, out)
    clock.say(_("Writing the page"))
    verdict = Verdict(audit.block, time_of_audit, audit.events, audit.differences)
    html = page(audit.state, names(stage, tenders, file), verdict)
    write_whole(out / PAGE, html.encode("utf-8", "xmlcharrefreplace"))
    report = document(
        chain=node.name,
        processes=processes,
        tenders=tenders,
        documents_read=stage.documents_read,
        gas=stage.gas,
        replay=audit.verdict,
        seconds=clock.seconds,
    )
    return Outcome(report, tenders, audit), stage


def prepare(
    chain: Chain,
    compiled: Artifacts,
    processes: Sequence[ProcessPlan],
    out: Path,
    clock: Clock,
) -> tuple[Stage, list[Tender]]:
    """Deploys a ledger, registers everybody, makes the keys, and plans the tenders.

    Args:
        chain: a fresh development chain.
        compiled: the contracts.
        processes: what is to run.
        out: folder for what is kept off chain.
        clock: is told each step.
    """
    offices = Offices.create()
    deployment = _deploy(chain, compiled, offices, processes, out)
    return _set_up(Ledger(chain, deployment, compiled), offices, processes, out, clock)


def perform(stage: Stage, tenders: Sequence[Tender], clock: Clock) -> None:
    """Takes the tenders through the phases; those that end on the way stay behind."""
    if not tenders:
        return
    bids = sum(len(each.lot.bids) for each in tenders)
    clock.say(_("Publishing tenders"), len(tenders))
    acts.publish(stage, tenders)
    clock.say(_("Sealing bids"), bids)
    acts.seal(stage, tenders)
    cancelled = [each for each in tenders if each.lot.cancelled]
    if cancelled:
        clock.say(_("Cancelling what was published as cancelled"), len(cancelled))
        acts.cancel(stage, cancelled)

    going = [each for each in tenders if not each.lot.cancelled]
    phases: list[tuple[str, Callable[[Stage, Sequence[Tender]], None], Phase]] = [
        (_("Releasing keys and opening bids"), acts.open_bids, Phase.EVALUATION),
        (_("Drawing panels"), acts.draw, Phase.EVALUATION),
        (_("Casting sealed ballots"), acts.cast_ballots, Phase.EVALUATION),
        (_("Releasing keys, opening ballots, ranking"), acts.open_ballots, Phase.STANDSTILL),
        (_("Standstill and award"), acts.finalise, Phase.AWARDED),
        (_("Signing agreements"), acts.sign, Phase.CONTRACTED),
        (_("Funding the escrow"), acts.fund, Phase.CONTRACTED),
        (_("Reporting, accepting and paying milestones"), acts.pay, Phase.CONTRACTED),
        (_("Closing agreements"), acts.close, Phase.CONTRACTED),
    ]
    for name, act, expected in phases:
        if not going:
            break
        clock.say(name, len(going))
        act(stage, going)
        look(stage, going)
        going = standing(going, expected)
    look(stage, tenders)


def _deploy(
    chain: Chain,
    compiled: Artifacts,
    offices: Offices,
    processes: Sequence[ProcessPlan],
    out: Path,
) -> Deployment:
    currencies = {
        lot.currency: Currency(lot.currency, lot.decimals)
        for process in processes
        for lot in process.lots
    }
    administrator = offices.administrator
    deployment = deploy(
        chain,
        Sender(chain),
        administrator,
        compiled,
        steps(administrator.address, currencies.values()),
        network="demo",
        administrator=administrator.address,
    )
    deployment.save(out / RECORD)
    return deployment


def _set_up(
    ledger: Ledger,
    offices: Offices,
    processes: Sequence[ProcessPlan],
    out: Path,
    clock: Clock,
) -> tuple[Stage, list[Tender]]:
    """Registers everybody, makes the keys, and plans the tenders."""
    records = out / RECORDS
    license_offices(ledger, offices)
    ledger.send(first_rules(ledger, offices.administrator))
    members = found_consortium(ledger, offices, records)
    parties = parties_of(processes)
    clock.say(_("Registering buyers and suppliers"), len(parties))
    organisations = register(ledger, offices.registrar, records, parties)

    lots = [(process, lot) for process in processes for lot in process.lots]
    keys = len(lots) + sum(lot.cancelled is None for _process, lot in lots)
    openers = Openers(ledger, offices.administrator, _openers(members))
    if keys:
        clock.say(
            _("Making opening keys, by {k} of {n} openers").format(
                k=pilot.THRESHOLD, n=sum(pilot.OPENERS)
            ),
            keys,
        )
        openers.make_keys(keys)

    store = Store(out / DOCUMENTS)
    stage = Stage(ledger, offices, openers, {each.seat: each for each in members}, store)
    tenders = []
    for process, lot in lots:
        notice = {"ocid": process.ocid, "title": process.title, "buyer": process.buyer.name,
                  "lot": lot.lot, "lotTitle": lot.title, "dates": process.dates}  # fmt: skip
        tenders.append(
            Tender(
                process=process,
                lot=lot,
                buyer=organisations[key_of(process, process.buyer)],
                bidders={
                    index: organisations[key_of(process, process.bidders[index])]
                    for index in {bid.bidder for bid in lot.bids}
                },
                terms=replace(
                    pilot_terms(ledger, lot.currency, None, store.put(acts.as_document(notice))),
                    ceiling=lot.ceiling,
                ),
                bid_key=openers.pool.popleft(),
            )
        )
    return stage, tenders


def _openers(members: Sequence[Member]) -> list[Member]:
    """The first members of each class, as many as the pilot profile appoints."""
    return [
        each
        for seat_class, count in zip(SeatClass, pilot.OPENERS, strict=True)
        for each in [each for each in members if each.seat_class is seat_class][:count]
    ]
