"""A relay as its clients see it, and what it leaves behind."""

import ipaddress
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from terang.ledger.tenders import BIDS
from terang.relay.courier import Courier
from terang.relay.queue import Queue


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


def certify(path: Path, encryption: serialization.KeySerializationEncryption) -> Path:
    """Writes a certificate for this machine that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    written = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, encryption)
    path.write_bytes(made.public_bytes(pem) + written)
    return path
