"""An opener's errands, from its seed and the chain's record alone; and what anyone does after it.

An opener keeps nothing but its seed: deal and shares are worked out again each time. A share is
worked out only once its box may be opened, so that no node sees it before, not even in a dry run.
"""

from collections.abc import Sequence
from typing import Any

from terang.chain.act import Act
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import iso, when
from terang.identity.signer import Signer
from terang.ledger.facts import Kind, box_at
from terang.ledger.ledger import Ledger
from terang.replay import rules
from terang.replay.state import Batch, Box, Epoch, OpeningKey, State
from terang.sealing.ceremony import BatchResult, CeremonyError, WrongShare, first_valid, settle
from terang.sealing.epoch import encryption_key, key_place
from terang.sealing.opener import Opener


class Opening:
    """The ceremony and its boxes, as the ledger stands.

    Args:
        ledger: where.
        state: the ledger as its events tell it.

    Attributes:
        ledger: where.
        state: the ledger as its events tell it.
    """

    def __init__(self, ledger: Ledger, state: State) -> None:
        self.ledger, self.state = ledger, state

    def enrol(self, wallet: Signer, seed: bytes) -> tuple[Epoch, Act]:
        """Returns the newest epoch and the act that publishes this opener's key for it.

        Raises:
            UsageError: when there is no epoch, or the account is none of its openers.
        """
        epoch, keys = self.epoch(), self.ledger.keys
        self.index(epoch, wallet)
        chain = self.ledger.chain.chain_id
        key = encryption_key(seed, chain, keys.contract.address, epoch.id, rules.hash_of(epoch))
        return epoch, keys.enrol(wallet, epoch.id, key)

    def open_batch(self, wallet: Signer, count: int) -> Act:
        """Returns the act that opens a batch of the newest epoch.

        Raises:
            UsageError: when there is no epoch, or the account is none of its openers.
        """
        epoch = self.epoch()
        self.index(epoch, wallet)
        return self.ledger.keys.open_batch(wallet, epoch.id, count)

    def deal(self, wallet: Signer, seed: bytes, number: int | None) -> Act:
        """Returns the opener's deal for a batch of the newest epoch, the newest if none is named.

        Raises:
            UsageError: when there is no such batch, or the account is none of its openers.
            EpochError: when the seed is not this opener's.
        """
        batch = self._batch(number)
        payload = self.opener(batch, wallet, seed).deal(batch.id, batch.count)
        return self.ledger.keys.deal(wallet, batch.epoch, batch.id, payload)

    def confirm(self, wallet: Signer, seed: bytes, number: int | None) -> Act:
        """Checks a batch's deals and returns the act that confirms it.

        Raises:
            UsageError: when there is no such batch, dealing is not over, or the account is none of
                its openers.
            CeremonyError: when too few deals are valid, or this opener was dealt a wrong share.
        """
        batch = self._batch(number)
        opener = self.opener(batch, wallet, seed)
        if self.ledger.chain.now < batch.deals_until:
            raise UsageError(
                _("Batch {batch} is dealt until {time}. Confirm it after that.").format(
                    batch=batch.id, time=when(batch.deals_until)
                )
            )
        deals = first_valid(opener.context, batch.id, batch.count, batch.deals)
        result = opener.accept(batch.id, batch.count, deals)
        return self.ledger.keys.confirm(wallet, batch.epoch, batch.id, result)

    def offer(self, wallet: Signer, seed: bytes, tender: int, kind: Kind) -> Act:
        """Returns the act that publishes this opener's share of a box.

        Raises:
            UsageError: when the box is not there, is released already or may not be opened now, or
                the account is none of its key's openers.
            CeremonyError: when the openers confirmed other keys than the deals give.
        """
        box, key = self._sealed(tender, kind)
        epoch, made, index = key_place(key.id)
        batch = self.state.batches[epoch, made]
        opener = self.opener(batch, wallet, seed)
        deals = first_valid(opener.context, batch.id, batch.count, batch.deals)
        result = opener.accept(batch.id, batch.count, deals)
        result.check_confirmed(batch.root, batch.transcript)
        share = opener.share(batch.id, index)
        place = self.ledger.boxes(box.stage).box(tender, box.stage)
        return self.ledger.keys.offer_share(wallet, key.id, place, share)

    def release(self, wallet: Signer, tender: int, kind: Kind) -> Act:
        """Checks the published shares of a box, combines them, returns the act of release.

        Raises:
            UsageError: when the box is not there, is released already, or may not be opened now.
            CeremonyError: when too few shares are right.
        """
        box, key = self._sealed(tender, kind)
        epoch, made, index = key_place(key.id)
        batch = self.state.batches[epoch, made]
        context = rules.context_of(self.state, batch)
        deals = first_valid(context, batch.id, batch.count, batch.deals)
        result = settle(context, batch.id, batch.count, deals)
        result.check_confirmed(batch.root, batch.transcript)
        shares = _right(result, index, key.shares)
        if len(shares) < context.threshold:
            raise CeremonyError(
                _(
                    "The box of tender {tender} has {count} right shares of {k} needed. "
                    "Ask more openers for `keys share`."
                ).format(tender=tender, count=len(shares), k=context.threshold)
            )
        secret = result.secret(index, shares)
        return self.ledger.boxes(box.stage).release(wallet, tender, box.stage, secret)

    def open(self, wallet: Signer, tender: int, kind: Kind) -> list[Act]:
        """Returns the acts that open what is left of a released box, a segment each.

        Raises:
            UsageError: when the box is not there, is not released, or nothing is left in it.
        """
        box = box_at(self.state, tender, kind)
        if not rules.secret_of(self.state, box):
            raise UsageError(
                _(
                    "The box of tender {tender} is not released. "
                    "`keys release` does that once enough openers gave their shares."
                ).format(tender=tender)
            )
        boxes = self.ledger.boxes(box.stage)
        acts = boxes.open(wallet, tender, box.stage, [each.content for each in box.envelopes])
        left = acts[len(box.voids) // boxes.segment :]
        if len(box.voids) == len(box.envelopes):
            raise UsageError(
                _("Nothing is left to open in the box of tender {tender}. Go on with it.").format(
                    tender=tender
                )
            )
        return left

    def epoch(self) -> Epoch:
        """Returns the newest epoch.

        Raises:
            UsageError: when there is none.
        """
        if not self.state.epochs:
            raise UsageError(
                _("No openers are appointed. The administrator does that by `keys epoch`.")
            )
        return self.state.epochs[-1]

    def _batch(self, number: int | None) -> Batch:
        epoch = self.epoch()
        batch = self.state.batches.get((epoch.id, number or epoch.batches))
        if batch is None:
            raise UsageError(
                _(
                    "Epoch {epoch} has no such batch. `keys list` tells which there are; "
                    "`keys batch` opens one."
                ).format(epoch=epoch.id)
            )
        return batch

    def index(self, epoch: Epoch, wallet: Signer) -> int:
        """Returns the index of an account's seat among an epoch's openers.

        Raises:
            UsageError: when the account is none of its openers.
        """
        seat = rules.seat_held_by(self.state, wallet.address)
        if seat not in epoch.seats:
            raise UsageError(
                _(
                    "{account} is not the account of an opener of epoch {epoch}. "
                    "Sign with that of an opener's seat."
                ).format(account=wallet.address, epoch=epoch.id)
            )
        return epoch.seats.index(seat) + 1

    def opener(self, batch: Batch, wallet: Signer, seed: bytes) -> Opener:
        """Returns the opener that an account is in the ceremony of a batch.

        Raises:
            UsageError: when the account is none of its openers.
            EpochError: when the seed is not this opener's.
        """
        index = self.index(self.state.epochs[batch.epoch - 1], wallet)
        if index not in batch.members:
            if index in self.state.epochs[batch.epoch - 1].culprits:
                raise UsageError(
                    _(
                        "Opener {index} was shown to have cheated and takes no part in batch "
                        "{batch}. `keys check` tells by what."
                    ).format(index=index, batch=batch.id)
                )
            raise UsageError(
                _(
                    "Opener {index} had not enrolled when batch {batch} was opened. "
                    "Leave it to the others; the next batch is for all who are enrolled then."
                ).format(index=index, batch=batch.id)
            )
        return Opener(seed, rules.context_of(self.state, batch), index)

    def _sealed(self, tender: int, kind: Kind) -> tuple[Box, OpeningKey]:
        """Returns a box that may be released now, and its key."""
        box = box_at(self.state, tender, kind)
        if rules.secret_of(self.state, box):
            raise UsageError(
                _("The box of tender {tender} is released. Open it.").format(tender=tender)
            )
        if not box.opens_at and not box.shut:
            raise UsageError(
                _(
                    "The prices of tender {tender} stay sealed until quality is decided. "
                    "`tender timeline` tells what is missing."
                ).format(tender=tender)
            )
        if not rules.is_releasable(box, self.ledger.chain.now):
            raise UsageError(
                _(
                    "The box of tender {tender} may not be opened now: its key is released from "
                    "{time} on, within three days, unless it is cancelled. Check the time."
                ).format(tender=tender, time=when(box.opens_at))
            )
        return box, self.state.opening_keys[box.key]


def listing(state: State) -> tuple[str, list[dict[str, Any]]]:
    """Returns the epochs, their batches and what became of their keys, as text and as JSON."""
    lines, documents = [], []
    for epoch in state.epochs:
        lines.append(
            _("Epoch {epoch}: {k} of {n} openers open, {enrolled} are enrolled").format(
                epoch=epoch.id,
                k=epoch.threshold,
                n=len(epoch.seats),
                enrolled=len(epoch.encryption_keys),
            )
        )
        batches = [_counted(state, state.batches[epoch.id, n + 1]) for n in range(epoch.batches)]
        lines += [
            _(
                "  batch {batch}: {count} keys, {dealt} deals, {confirmed} confirmations; "
                "ready {ready}, taken {taken}, released {released}"
            ).format(**each)
            for each in batches
        ]
        documents.append(
            {
                "epoch": epoch.id,
                "seats": list(epoch.seats),
                "threshold": epoch.threshold,
                "confirmations": epoch.confirmations,
                "enrolled": sorted(epoch.encryption_keys),
                "batches": batches,
            }
        )
    return "\n".join(lines) or _("No openers are appointed."), documents


def _counted(state: State, batch: Batch) -> dict[str, Any]:
    own = [
        each
        for each in state.opening_keys.values()
        if key_place(each.id)[:2] == (batch.epoch, batch.id)
    ]
    usable = any(batch.root) and batch.epoch == len(state.epochs)
    return {
        "batch": batch.id,
        "count": batch.count,
        "dealsUntil": iso(batch.deals_until),
        "dealt": len({opener for opener, _payload in batch.deals}),
        "confirmed": batch.confirmed.bit_count(),
        "ready": batch.count - len(own) if usable else 0,
        "taken": len(own),
        "released": sum(each.released is not None for each in own),
    }


def _right(result: BatchResult, place: int, offered: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Picks the right shares; a wrong one stops nobody, not even its own opener's next."""
    shares: dict[int, int] = {}
    for opener, share in offered:
        try:
            result.check_share(place, opener, share)
        except WrongShare:
            continue
        shares[opener] = share
    return shares
