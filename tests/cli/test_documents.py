"""The documents of opened bids, read by the panel, with those that cannot be read named."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terang.chain.files import write_whole
from terang.demo import acts
from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.documents import proposals

Run = Callable[..., Any]


@pytest.fixture
def read(say: Run) -> Run:
    """Reads the documents of a tender's bids from the sample's store."""
    return lambda tender, *more: say(
        "bid", "documents", tender.id, "--record", "deployment.json", *more
    )


def test_a_panel_reads_what_it_judges_and_sees_what_cannot_be_read(
    prepared: tuple[Stage, list[Tender]], read: Run, say: Run
) -> None:
    stage, tenders = prepared
    tender = next(each for each in tenders if not each.lot.cancelled)
    acts.publish(stage, [tender])
    acts.seal(stage, [tender])
    early = read(tender)
    assert early.code == 2
    assert "not all open yet" in early.err
    assert not Path(f"documents-of-{tender.id}").exists()

    acts.open_bids(stage, [tender])
    whole = read(tender, "--json").document
    assert [each["organisation"] for each in whole] == stage.ledger.tenders.bidders([tender.id])[
        tender.id
    ]
    assert all(each["fault"] is None for each in whole)
    sealed = {each.bid.documents: files for each, files in tender.sealed}
    for each in whole:
        files = sealed[bytes.fromhex(each["documents"][2:])]
        assert {Path(path).name: Path(path).read_bytes() for path in each["files"]} == files
    for taken in (f"documents-of-{tender.id}", "link"):
        Path("link").unlink(missing_ok=True)
        Path("link").symlink_to("elsewhere")  # made later by somebody else, it would be followed
        again = read(tender, "--out", taken)
        assert again.code == 2
        assert "is there already" in again.err
        assert not Path("elsewhere").exists()

    missing, changed, *_others = (stage.store.path(bytes.fromhex(each["documents"][2:]))
                                  for each in whole)  # fmt: skip
    missing.unlink()
    changed.write_bytes(b"another's")
    shown = read(tender, "--out", "second", "--json").document
    assert [bool(each["fault"]) for each in shown[:3]] == [True, True, False]
    assert [each["status"] for each in shown[:3]] == ["missing", "corrupt", "present"]
    assert shown[0]["files"] == []
    seen = say("tender", "show", tender.id, "--record", "deployment.json", "--store", "documents")
    first, second = (each["organisation"] for each in shown[:2])
    assert f"Documents of organisation {first}: missing" in seen.out
    assert f"Documents of organisation {second}: altered" in seen.out
    acts.draw(stage, [tender])
    ((seat, *_seats),) = stage.ledger.ballots.panels([tender.id])
    Path("reasons").write_text("Alasan")
    judged = say(
        "ballot", "prepare", "--tender", tender.id, "--reasons", "reasons",
        *(word for each in shown for word in ("--mark", f"{each['organisation']}=yes")),
        "--member", stage.members[seat].wallet.address, "--record", "deployment.json",
        "--store", "documents",
    )  # fmt: skip
    assert judged.code == 0, judged.err
    assert judged.err.count("Documents of organisation") == 2
    assert f"Organisation {shown[2]['organisation']}: 3/" in read(tender, "--out", "3").out

    def fail(_path: Path, content: bytes) -> None:
        write_whole(Path("/dev/null/full"), content)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposals, "write_whole", fail)
        assert read(tender, "--out", "4").code == 1
    assert not Path("4").exists()  # half full, it would look whole
    none = read(tender, "--out", "5", "--store", "empty")
    assert none.code == 1
    assert "lacks" in none.out
    assert read(tender, "--out", "6", "--store", "").code == 2
