"""A relay as its clients see it, and what it leaves behind."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import requests

from terang.relay.courier import Courier
from terang.relay.queue import Queue
from terang.vocabulary import BIDS


class Relay(NamedTuple):
    """A relay that answers."""

    url: str
    account: str
    queue: Queue
    courier: Courier
    lines: list[str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def post(self, tender: object, envelope: object, **more: Any) -> requests.Response:
        body = {"tender": tender, "stage": more.pop("stage", BIDS), "envelope": envelope}
        if isinstance(envelope, bytes):
            body["envelope"] = "0x" + envelope.hex()
        return requests.post(f"{self.url}/seal", json=body, timeout=20, **more)

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=20, **more)


Start = Callable[..., AbstractContextManager[Relay]]


def written(folder: Path) -> bytes:
    """Everything that a folder holds, names too."""
    found = sorted(folder.rglob("*"))
    names = [each.name.encode() for each in found]
    return b"\n".join([*names, *(each.read_bytes() for each in found if each.is_file())])


def document(response: requests.Response, status: int) -> Any:
    """The JSON of an answer that has this status."""
    assert response.status_code == status, response.text
    return json.loads(response.text)
