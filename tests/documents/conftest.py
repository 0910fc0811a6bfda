"""Document stores in this process, on the sample's ledger."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from terang.demo.acts import Stage
from terang.demo.tender import Tender
from terang.documents.intake import Quota, Room
from terang.documents.notary import Notary
from terang.documents.place import Folder, Local
from terang.documents.receipt import NAME, Challenge, Statement
from terang.documents.run import BOUNDS
from terang.documents.service import Service
from terang.identity.typed_data import Domain
from terang.identity.wallet import Wallet
from terang.ledger import Ledger
from terang.serving.limits import Limits

from ..serving.servers import aside
from .served import Served, Start

NOW = 1_800_000_000
KEEPS = 3_650 * 86_400


@pytest.fixture
def buyer(tender: Tender) -> Wallet:
    return tender.buyer.wallet


class Unasked:
    """Signs like a notary, and asks no chain."""

    def __init__(self) -> None:
        self._wallet = Wallet.create()
        self._domain = Domain(NAME, 31_337, "0x" + "22" * 20)

    @property
    def account(self) -> str:
        return self._wallet.address

    def admit(self, *_what: object) -> None:
        pass

    def keep(self, document: bytes, size: int) -> Statement:
        said = Statement.keep(self._domain, self.account, document, size, NOW, NOW + KEEPS)
        return said.sign(self._wallet)

    def show(self, document: bytes, asked: Challenge, answer: bytes) -> Statement:
        said = Statement.show(self._domain, self.account, document, asked, answer, NOW)
        return said.sign(self._wallet)


@pytest.fixture
def serving(tmp_path: Path) -> Start:
    """Starts a store, which asks no chain unless it has a notary; it ends with the block."""

    @contextmanager
    def start(
        place: Local | None = None,
        *,
        notary: Any = None,
        each: int = 1_000,
        room: Room | None = None,
    ) -> Iterator[Served]:
        place, lines = place or Folder(tmp_path / "served"), list[str]()
        spool = place.path if isinstance(place, Folder) else None
        if spool is not None:
            spool.mkdir(parents=True, exist_ok=True)
        notary = notary or Unasked()
        quota = Quota(room or Room(1 << 30, 1 << 30), sum(size for _digest, size in place.sizes()))
        service = Service(place, notary, Limits(each, 10_000), quota, spool, lines.append)
        try:
            with aside(service.application(), bounds=BOUNDS) as url:
                yield Served(url, notary.account, place, lines)
        finally:
            service.close()

    return start


@pytest.fixture
def licensed(serving: Start, connect: Callable[[], Ledger], stage: Stage) -> Start:
    """Starts a store on the sample's ledger, by its relay unless another signs."""

    def start(*, signer: Wallet | None = None) -> AbstractContextManager[Served]:
        return serving(notary=Notary(connect(), signer or stage.offices.relay, KEEPS))

    return start


@pytest.fixture
def offer(tmp_path: Path) -> Path:
    """A document of a bid."""
    path = tmp_path / "penawaran.pdf"
    path.write_bytes(b"%PDF-1.7 penawaran\n" * 400)
    return path
