"""What anybody may write on the chain must not stop anybody from reading it."""

from pathlib import Path

from terang.chain.act import Act
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.demo.words import names
from terang.identity.wallet import Wallet
from terang.ledger.tenders import Lot, Notice
from terang.ocds import SAMPLE
from terang.portal.names import Verdict
from terang.portal.page import page
from terang.replay.audit import replay


def test_moving_nothing_out_of_escrow_stops_no_replay(
    stage: Stage, chain: Chain, artifacts: Artifacts
) -> None:
    token, escrow = stage.ledger.token("IDR"), stage.ledger.escrow.contract.address
    stranger = Wallet.create()
    data = token.contract.encode("transferFrom", escrow, stranger.address, 0)
    stage.send([Act(stranger, token.contract.address, data, 100_000, "a stranger's act")])
    assert replay(chain, stage.ledger.deployment, artifacts).verdict == "equal"


def test_a_notice_that_is_no_text_stops_neither_bidders_nor_replay_nor_page(
    prepared: tuple[Stage, list[Tender]], chain: Chain, artifacts: Artifacts, tmp_path: Path
) -> None:
    stage, tenders = prepared
    ledger, poison = stage.ledger, tenders[0]
    publish = ledger.tenders.publish(
        poison.buyer.wallet,
        Notice("ocds-POISON", ""),
        chain.now + 7 * 86_400,
        [Lot("", poison.terms, (poison.bid_key,))],
    )
    assert publish.data.count(b"POISON") == 1
    (receipt,) = stage.send([publish._replace(data=publish.data.replace(b"POISON", b"\xff" * 6))])
    (poison.id,) = ledger.tenders.published(receipt)
    acts.publish(stage, tenders[1:])

    assert ledger.tenders.currency(tenders[1].id) == tenders[1].terms.currency
    audit = replay(chain, ledger.deployment, artifacts)
    assert audit.verdict == "equal"
    assert audit.state.tenders[poison.id].notice["ocid"] == "ocds-" + "\\xff" * 6
    verdict = Verdict(audit.block, chain.head().time, audit.events)
    assert "ocds-" in page(audit.state, names(stage, tenders, SAMPLE), verdict)
