"""Opening keys: the ceremony on chain, the pool of ready keys, the shares of openers."""

from collections.abc import Sequence
from typing import NamedTuple

from terang.chain.act import Act, Receipt, Wallet
from terang.chain.contract import Event
from terang.i18n import _
from terang.ledger.noun import Noun
from terang.ledger.roll import Roll
from terang.sealing.ceremony import BatchResult, CeremonyError, first_valid, settle
from terang.sealing.curve import PublicKey, point_at
from terang.sealing.envelope import Box
from terang.sealing.epoch import EpochContext, key_id, key_place
from terang.sealing.misconduct import Accused

# Calldata costs at most 40 gas a byte (EIP-7623), a log 8.
_GAS_PER_BYTE = 50


class KeyClaim(NamedTuple):
    """A confirmed key with its proof, ready to be taken for a box.

    Attributes:
        id: its number, epoch·2⁶⁴ + batch·2³² + place.
        batch: number of its batch.
        place: its place in the batch, from 0.
        public_key: the key itself.
        proof: its Merkle path to the root that the openers confirmed.
    """

    id: int
    batch: int
    place: int
    public_key: PublicKey
    proof: tuple[bytes, ...]

    def argument(self) -> dict[str, object]:
        """Returns what the contract takes (`OpeningKeys.Claim`)."""
        x, y = self.public_key.point()
        return {"keyId": self.id, "x": x, "y": y, "proof": self.proof}


class OpeningKeys(Noun):
    """Time-release keys of the consortium's openers."""

    def start_epoch(
        self, administrator: Wallet, seats: Sequence[int], threshold: int, confirmations: int
    ) -> Act:
        """Appoints the openers of a new epoch; their indices are the places in `seats`, from 1."""
        gas = 150_000 + 80_000 * len(seats)
        return self._act(
            administrator, "startEpoch", list(seats), threshold, confirmations, gas=gas
        )

    def enrol(self, opener: Wallet, epoch: int, encryption_key: PublicKey) -> Act:
        """Publishes the key to which the other openers encrypt an opener's shares."""
        return self._act(opener, "enrol", epoch, encryption_key.format(), gas=150_000)

    def open_batch(self, opener: Wallet, epoch: int, count: int) -> Act:
        """Opens the next batch of an epoch for dealing."""
        return self._act(opener, "openBatch", epoch, count, gas=150_000)

    def opened_batch(self, receipt: Receipt) -> tuple[int, int]:
        """Returns number of the batch that was opened and the second in which dealing is over."""
        args = self.event(receipt, "BatchOpened").args
        return int(args["batch"]), int(args["dealsUntil"])

    def deal(self, opener: Wallet, epoch: int, batch: int, payload: bytes) -> Act:
        """Publishes an opener's deal."""
        gas = 120_000 + _GAS_PER_BYTE * len(payload)
        return self._act(opener, "deal", epoch, batch, payload, gas=gas)

    def confirm(self, opener: Wallet, epoch: int, batch: int, result: BatchResult) -> Act:
        """States that an opener holds good shares of a batch."""
        return self._act(
            opener, "confirm", epoch, batch, result.root, result.transcript, gas=300_000
        )

    def accuse(self, opener: Wallet, epoch: int, said: Accused) -> Act:
        """Shows that a dealer cheated, so that batches opened after it are dealt without it."""
        gas = 120_000 + _GAS_PER_BYTE * len(said.evidence)
        return self._act(opener, "accuse", epoch, said.batch, said.dealer, said.evidence, gas=gas)

    def offer_share(self, opener: Wallet, key: int, box: Box, share: int) -> Act:
        """Publishes an opener's share of the secret of a box that may be opened.

        Args:
            opener: an opener of the key's epoch.
            key: number of the key that the box took, as `key_of` tells.
            box: the box.
            share: the opener's share of this key, and of no other.
        """
        where = (box.contract, box.tender_id, box.stage)
        return self._act(opener, "offerShare", key_place(key).epoch, *where, share, gas=120_000)

    def shares(self, events: Sequence[Event], key: int, box: Box) -> dict[int, int]:
        """Returns the shares offered to a box, by opener; not yet checked, and of none but its key.

        Args:
            events: of this contract.
            key: number of the key that the box took.
            box: the box.
        """
        where = (box.contract, box.tender_id, box.stage, key_place(key).epoch)
        return {
            int(each.args["index"]): int(each.args["share"])
            for each in events
            if each.name == "ShareOffered"
            and tuple(each.args[name] for name in ("box", "tenderId", "stage", "epoch")) == where
        }

    def newest_epoch(self) -> int:
        """Returns the number of the newest epoch; 0 if there is none."""
        return int(self._view("epochCount"))

    def context(self, epoch: int) -> EpochContext:
        """Reads who of an epoch's openers would take part in a batch that is opened now.

        Raises:
            EpochError: when they are fewer than are needed to open.
        """
        return self._roll(self._record()).context(epoch)

    def pool(self) -> tuple[dict[int, BatchResult], list[KeyClaim]]:
        """Recomputes the keys of the present epoch from the public deals.

        Returns:
            what each ready batch's deals add up to, by its number, and the keys that are not taken.

        Raises:
            CeremonyError: when the openers confirmed other keys than their deals give.
        """
        record = self._record()
        epoch = self.newest_epoch()
        own = [each for each in record if each.args.get("epoch") == epoch]
        opened = {each.args["batch"]: each for each in own if each.name == "BatchOpened"}
        taken = {each.args["keyId"] for each in record if each.name == "KeyTaken"}
        roll = self._roll(record)
        results: dict[int, BatchResult] = {}
        free: list[KeyClaim] = []
        for ready in own:
            if ready.name != "BatchReady":
                continue
            batch = int(ready.args["batch"])
            posted = [
                (int(each.args["index"]), bytes(each.args["payload"]))
                for each in own
                if each.name == "Dealt" and each.args["batch"] == batch
            ]
            size = int(opened[batch].args["count"])
            context = roll.context(epoch, batch)
            result = settle(context, batch, size, first_valid(context, batch, size, posted))
            result.check_confirmed(ready.args["root"], ready.args["transcript"])
            results[batch] = result
            free += [each for each in _claims(epoch, result) if each.id not in taken]
        return results, free

    def key_of(self, box: Box) -> tuple[int, PublicKey]:
        """Returns number and public key of the key that a box took, as the chain tells it.

        Raises:
            CeremonyError: when there is no such box.
        """
        where = (box.contract, box.tender_id, box.stage)
        for event in self._record():
            args = event.args
            if event.name == "KeyTaken" and (args["box"], args["tenderId"], args["stage"]) == where:
                return int(args["keyId"]), point_at(args["x"], args["y"])
        raise CeremonyError(
            _("Tender {tender} has no box for stage {stage}. Check both numbers.").format(
                tender=box.tender_id, stage=box.stage
            )
        )

    def _record(self) -> list[Event]:
        return [self.contract.decode_log(log) for log in self._logs()]

    def _roll(self, record: Sequence[Event]) -> Roll:
        return Roll(self._chain.chain_id, self.contract.address, record)


def _claims(epoch: int, result: BatchResult) -> list[KeyClaim]:
    batch = result.batch
    return [
        KeyClaim(key_id(epoch, batch, place), batch, place, public_key, result.proof(place))
        for place, public_key in enumerate(result.public_keys)
    ]
