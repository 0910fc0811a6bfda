"""What the owners of a contract wallet are to carry out: a call in a file, since no key sends it.

The file is a batch of Safe's Transaction Builder, version 1.0, with the bare calldata; any other
contract wallet takes the same three values: whom to call, with what value, with what data.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from terang.chain.act import Act
from terang.chain.files import write_json
from terang.errors import UsageError
from terang.i18n import _
from terang.ledger.facts import check_new
from terang.ledger.ledger import Ledger
from terang.ledger.preview import Preview, preview


@dataclass(frozen=True)
class Request:
    """An act of a contract wallet, tried out and not sent.

    Attributes:
        act: its wallet is the contract's address.
        chain_id: of the chain on which the wallet is to call.
        time: of the newest block when it was tried out, in seconds since 1970 UTC.
        preview: what it does on that block.
    """

    act: Act
    chain_id: int
    time: int
    preview: Preview

    @property
    def call(self) -> dict[str, str]:
        """Whom the wallet calls, and with what, as JSON has it."""
        return {"to": str(self.act.to), "value": "0", "data": "0x" + self.act.data.hex()}

    def text(self) -> str:
        """Returns the call for people, decoded and as the wallet takes it."""
        return "\n".join(
            [
                self.preview.text(),
                _("To: {address}").format(address=self.call["to"]),
                _("Value: 0"),
                _("Data: {data}").format(data=self.call["data"]),
            ]
        )

    def document(self) -> dict[str, Any]:
        """Returns the call as JSON has it."""
        return {"chainId": self.chain_id, **self.call, "preview": self.preview.document()}

    def batch(self) -> dict[str, Any]:
        """Returns the file that Safe's Transaction Builder reads."""
        whole: dict[str, Any] = {
            "version": "1.0",
            "chainId": str(self.chain_id),
            "createdAt": self.time * 1000,
            "meta": {
                "name": self.act.label,
                "description": "Terang",
                "createdFromSafeAddress": self.act.wallet.address,
            },
            "transactions": [
                self.call | {"contractMethod": None, "contractInputsValues": None},
            ],
        }
        # without it the owners would be warned, falsely, that somebody changed the file
        whole["meta"]["checksum"] = _checksum(whole)
        return whole

    def save(self, path: Path | None) -> Path:
        """Writes the batch to a new file; returns where.

        Args:
            path: the file; None for FUNCTION-WALLET.json.

        Raises:
            UsageError: when the file is there already.
            OSError: when it cannot be written.
        """
        path = path or Path(f"{self.preview.function}-{self.act.wallet.address}.json")
        check_new(path)
        write_json(path, self.batch())
        return path


def request(ledger: Ledger, act: Act) -> Request:
    """Tries an act of a contract wallet out on the newest block, and sends nothing.

    Args:
        ledger: where.
        act: to a contract of the ledger; its wallet is the contract's address.

    Raises:
        UsageError: when there is no contract at that address.
        Reverted: when the ledger would refuse the wallet.
        BadAnswer: when the node's answer is malformed.
    """
    chain, wallet = ledger.chain, act.wallet.address
    if not chain.code_at(wallet):
        raise UsageError(
            _(
                "There is no contract at {address} on this chain. Check the wallet's address; "
                "an account with a key of its own sends without --through."
            ).format(address=wallet)
        )
    (seen,) = preview(ledger, [act])
    return Request(act, chain.chain_id, chain.now, seen)


def _checksum(batch: dict[str, Any]) -> str:
    """Returns the checksum by which Safe's Transaction Builder knows its files.

    keccak256 of the batch, its name left out, in a form of its own: of an object the sorted names,
    then the values; of anything else its JSON.
    """
    plain = batch | {"meta": batch["meta"] | {"name": None}}
    return "0x" + keccak(text=_serialised(plain)).hex()


def _serialised(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value)
        inside = "".join(f"{_serialised(value[each])}," for each in names)
        return f"{{{_json(names)}{inside}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_serialised, value))}]"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
