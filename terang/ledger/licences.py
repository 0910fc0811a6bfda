"""Whose receipts count: since when until when an account holds a relay's licence, by the events."""

from collections.abc import Sequence
from typing import Final

from terang.chain.answers import BadAnswer
from terang.ledger.ledger import Ledger
from terang.vocabulary import Licence

NEAR: Final = 900
"""Seconds by which the time of a fresh receipt may differ from the chain's clock."""


def relay_licences(ledger: Ledger, account: str) -> list[tuple[int, int]]:
    """Returns from when until just before when an account was, is or will be a licensed relay.

    Raises:
        ChainUnreachable: when the node does not answer.
        BadAnswer: when its answers are malformed.
    """
    contract, chain = ledger.participants.contract, ledger.chain
    found: list[tuple[int, int]] = []
    first, head = ledger.deployment.first_block, chain.head().number
    events = [contract.topic(each) for each in ("LicenceGranted", "LicenceRevoked")]
    for log in chain.logs(first, head, [contract.address], events):
        event = contract.decode_log(log)
        args = event.args
        if args["licence"] != Licence.RELAY or args["account"] != account:
            continue
        if event.name == "LicenceGranted":
            found.append((args["from"], args["until"]))
        elif not found:
            raise BadAnswer("a licence")
        else:
            found[-1] = (found[-1][0], args["until"])
    return found


def licensed_until(held: Sequence[tuple[int, int]], time: int) -> int | None:
    """Returns when the licence that held in this second ended or ends; None when none held."""
    return next((until for since, until in held if since <= time < until), None)


def was_licensed(ledger: Ledger, account: str, *times: int) -> bool:
    """Tells whether an account held a relay's licence at each of these seconds."""
    held = relay_licences(ledger, account)
    return all(licensed_until(held, time) is not None for time in times)
