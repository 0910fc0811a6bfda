"""How a service faces those who ask."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Front:
    """Where a service answers, and how often it may be asked.

    Attributes:
        host: address to listen at.
        port: TCP port; 0 for any free one.
        each: requests per minute of one client.
        together: requests per minute of all clients.
        certificate: file of the TLS certificate and key; None for plain HTTP.
    """

    host: str
    port: int
    each: int
    together: int
    certificate: Path | None = None
