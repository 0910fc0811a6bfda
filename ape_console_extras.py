"""What `ape console` knows besides ape: the deployment, Terang's client, and ape's contracts.

In [1]: ledger().tenders
In [2]: contracts()["Tenders"].DOMAIN_SEPARATOR()
"""

from pathlib import Path
from typing import Any

from ape import Contract, chain

from terang.chain.compile import artifacts
from terang.ledger import Ledger

RECORD = Path("deployments/anvil.json")


def ledger(record: Path | str = RECORD) -> Ledger:
    """Returns Terang's client on the console's network, verified against the record."""
    return Ledger.connect(chain.provider.http_uri, Path(record), artifacts())


def deployment(record: Path | str = RECORD) -> dict[str, str]:
    """Returns the addresses of a deployment by name."""
    return {name: each.address for name, each in ledger(record).deployment.contracts.items()}


def contracts(record: Path | str = RECORD) -> dict[str, Any]:
    """Returns ape's instances of a deployment's contracts by name."""
    compiled = artifacts()
    found = ledger(record).deployment.contracts
    return {
        name: Contract(each.address, abi=list(compiled[each.contract].abi))
        for name, each in found.items()
    }
