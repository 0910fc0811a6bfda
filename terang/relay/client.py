"""Sealing by a relay: the envelope is brought to one after the other, and nothing is believed.

What is sent is the tender, the stage and the envelope: no account, no signature, no cookie.
"""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from eth_utils.crypto import keccak

from terang.errors import TerangError, UsageError
from terang.i18n import _
from terang.i18n.show import address, plain
from terang.ledger import Ledger
from terang.ledger.envelopes import SealedBid
from terang.ledger.licences import NEAR, was_licensed
from terang.ledger.receipts import BidReceipt, note
from terang.relay.evidence import Place, Watch
from terang.relay.receipt import Promise, ReceiptError
from terang.sealing.envelope import Box
from terang.serving.asking import Begun, Late, NoProxy, asking, is_here, is_safe

_MOST_ANSWER: Final = 65_536  # bytes
_ANSWER: Final = 30.0  # seconds for a whole answer
_SILENCE: Final = 10.0  # seconds without a byte of it
_SEALED: Final = 120.0  # seconds for the envelope to be in the box
_PAUSE: Final = 1.0

Progress = Callable[[str], None]


class NoRelay(TerangError):
    """No relay took the envelope, or none that promised has kept it yet."""


class _Bad(Exception):
    """A relay that does not do what a relay does; the str says what, for people."""


@dataclass(frozen=True)
class Delivery:
    """An envelope that is in its box.

    Attributes:
        place: where the chain has it.
        relay: address on the network of the relay that kept its promise; None when the box had the
            envelope already, or has it though no relay that was tried kept one.
        promise: file of a relay's receipt; None when none was given.
    """

    place: Place
    relay: str | None
    promise: Path | None


def deliver(
    ledger: Ledger,
    relays: Sequence[str],
    box: Box,
    envelope: bytes,
    folder: Path,
    progress: Progress,
    *,
    patience: float = _SEALED,
) -> Delivery:
    """Brings an envelope to relays, in random order, until it is in its box.

    A relay whose answer is wrong is named, and so is one that promises and has not sent in time;
    the next one is tried. The same envelope twice in a box counts once.

    Args:
        ledger: where.
        relays: their addresses, https:// (http:// for this machine, and .onion).
        box: into which.
        envelope: sealed for it.
        folder: keeps the relays' receipts, for their owner only.
        progress: is told each step.
        patience: seconds for a relay to have it in the box.

    Raises:
        UsageError: when an address is none that a relay may have.
        NoRelay: when it is not in the box after all were tried.
        ChainUnreachable: when the node does not answer.
        OSError: when a receipt cannot be written.
    """
    for url in relays:
        check_address(url)
    digest = keccak(envelope)
    watch = Watch(ledger, ledger.boxes(box.stage), ledger.deployment.first_block)
    if (place := watch.look().find(box, digest)) is not None:
        return Delivery(place, None, None)
    promised: list[Path] = []
    for url in random.SystemRandom().sample(list(relays), len(relays)):
        try:
            promise = _promised(ledger, url, box, envelope, folder)
            path = promise.save(folder)
            progress(_("{relay} promised; its receipt is {path}.").format(relay=url, path=path))
            place = _wait(watch, box, digest, patience)
            if place is not None:
                return Delivery(place, url, path)
            promised.append(path)
            raise _Bad(_("it promised, and the envelope is not in the box yet"))
        except (_Bad, ReceiptError) as error:
            progress(_("{relay} did not seal: {reason}").format(relay=url, reason=error))
    if (place := watch.look().find(box, digest)) is not None:
        return Delivery(place, None, promised[-1] if promised else None)  # whatever they said
    if promised:
        raise NoRelay(
            _(
                "The envelope is promised and not in the box yet. `relay check {path}` tells when "
                "it is; until then you can repeat this with another relay."
            ).format(path=promised[-1])
        )
    raise NoRelay(
        _(
            "No relay took the envelope, and nothing is sealed. Repeat with other relays, or "
            "without --relay: then your own account sends, and is seen."
        )
    )


def deliver_bid(
    ledger: Ledger,
    relays: Sequence[str],
    bid: SealedBid,
    folder: Path,
    progress: Progress,
) -> tuple[BidReceipt, dict[int, Delivery]]:
    """Brings a bid's envelopes to relays, and completes the bidder's receipt; see `deliver`.

    Args:
        ledger: where.
        relays: their addresses.
        bid: kept already.
        folder: the bidder's receipts.
        progress: is told each step.

    Returns:
        the receipt, and how each envelope that waited came into its box, by stage.
    """
    receipt, found = bid.receipt, dict[int, Delivery]()
    for box, envelope in bid.waiting():
        done = deliver(ledger, relays, box, envelope, folder, progress)
        receipt = note(folder, receipt, box.stage, done.place.block, done.place.transaction)
        found[box.stage] = done
    return receipt, found


def check_address(url: str) -> None:
    """Checks the address of a relay: what goes to it must not be read on the way.

    Raises:
        UsageError: when it is not https://, nor http:// on this machine or below .onion.
    """
    if not is_safe(url):
        raise UsageError(
            _(
                "{url} is not the address of a relay. Give one like https://relay.example; http "
                "is for this machine and .onion only, since it shows who seals."
            ).format(url=address(url))
        )


def _promised(ledger: Ledger, url: str, box: Box, envelope: bytes, folder: Path) -> Promise:
    """Asks one relay, and checks every word of its receipt.

    Raises:
        _Bad: when there is anything wrong with it.
        ReceiptError: when it is none.
    """
    wanted = {"tender": box.tender_id, "stage": box.stage, "envelope": "0x" + envelope.hex()}
    answer = _ask(url.rstrip("/") + "/seal", wanted)
    if not isinstance(answer, dict) or "receipt" not in answer:
        raise ReceiptError(_("its answer has no receipt"))
    promise = Promise.read(answer["receipt"])
    if promise.box != box or promise.envelope != keccak(envelope):
        raise _Bad(_("its receipt is for another envelope or box"))
    boxes = ledger.boxes(box.stage)
    (closes_at,) = boxes.closing_times([(box.tender_id, box.stage)])
    if promise.closes_at != closes_at:
        raise _Bad(_("its receipt names another closing time"))
    now = ledger.chain.now
    if abs(promise.promised_at - now) > NEAR and not _kept(promise, folder):
        raise _Bad(_("its receipt's time is not that of the chain"))
    if not was_licensed(ledger, promise.relay, promise.promised_at, now):
        raise _Bad(_("{account} is no licensed relay").format(account=promise.relay))
    return promise


def _kept(promise: Promise, folder: Path) -> bool:
    """Tells whether this very receipt was given before: a relay repeats itself."""
    path = promise.path(folder)
    return path.exists() and Promise.load(path) == promise


def _wait(watch: Watch, box: Box, envelope: bytes, patience: float) -> Place | None:
    deadline = time.monotonic() + patience
    pause = 0.05
    while (place := watch.look().find(box, envelope)) is None and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(2 * pause, _PAUSE)
    return place


def _ask(url: str, document: Mapping[str, Any]) -> Any:
    """Posts JSON and returns the JSON of the answer.

    Raises:
        _Bad: when there is no answer in time, or it is not a relay's.
    """
    begun = Begun(lambda: _post(url, document), "relay-client")
    try:
        return begun.until(time.monotonic() + _ANSWER)
    except _Bad:
        raise
    except Late as error:
        raise _Bad(_("it does not answer in time")) from error
    except Exception as error:  # whatever a hostile answer leads to
        raise _Bad(type(error).__name__) from error


def _post(url: str, document: Mapping[str, Any]) -> Any:
    environment = not is_here(urlsplit(url).hostname or "")
    try:
        with (
            asking(url, environment=environment, Accept="application/json") as session,
            session.post(
                url, json=document, timeout=_SILENCE, allow_redirects=False, stream=True
            ) as response,
        ):
            body = b""
            for part in response.iter_content(4_096):
                body += part
                if len(body) > _MOST_ANSWER:
                    raise _Bad(_("its answer has no end"))
    except NoProxy as error:
        raise _Bad(str(error)) from error
    except requests.exceptions.SSLError as error:
        raise _Bad(_("its certificate is not to be trusted")) from error
    except (OSError, ValueError) as error:
        raise _Bad(_("it does not answer")) from error
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Bad(_("it answers {status}, and not as a relay does").format(
            status=response.status_code
        )) from error  # fmt: skip
    if response.status_code not in (200, 202):
        said = answer.get("error") if isinstance(answer, dict) else None
        raise _Bad(
            _("it answers {status}: {said}").format(
                status=response.status_code, said=plain(str(said or ""), 200)
            )
        )
    return answer
