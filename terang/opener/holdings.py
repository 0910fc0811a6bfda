"""What an opener holds of each batch: its shares, and what the shares of others must match.

All of it follows from the seed and the public deals. It is kept in a file for each batch, so that
a release need not check all deals again: a cache and nothing more, since what is missing, damaged
or another's is worked out anew. A file is a random nonce of 12 bytes and, by AES-256-GCM under a
key derived from the seed,

    root(32) transcript(32), then per key: share(32), k commitments of 33 bytes, constant first

with the place of the batch as associated data.
"""

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_utils.crypto import keccak

from terang.chain.files import read_file, write_whole
from terang.i18n import _
from terang.ledger.opening import Opening
from terang.replay import rules
from terang.replay.state import Batch, OpeningKey
from terang.sealing.ceremony import BatchResult, CeremonyError, combine, first_valid, settle
from terang.sealing.curve import COMPRESSED, N, PublicKey, parse_point, words
from terang.sealing.dealing import Commitments, matches
from terang.sealing.epoch import ENCRYPTION, EpochContext, EpochError, derive, key_place
from terang.sealing.evidence import EvidenceError, accuse
from terang.sealing.misconduct import Accused, repetition
from terang.sealing.opener import BadShare, Opener

CACHE: Final = keccak(text="Terang opener cache v1")

_NONCE: Final = 12
_WORD: Final = 32


class Fault(NamedTuple):
    """What an opener did wrong, as everybody can see.

    Attributes:
        kind: "bad deal", which is ignored; "bad share", dealt to this opener; "wrong share", given
            for a box; "accused", shown by an accusation that holds.
        epoch: its epoch.
        opener: its index.
    """

    kind: str
    epoch: int
    opener: int


@dataclass(frozen=True)
class Holding:
    """What an opener holds of a batch.

    Attributes:
        root: of the Merkle tree of the keys, 32 bytes.
        transcript: the hash of the deals that count, 32 bytes.
        commitments: per key, those to the sum of all polynomials.
        shares: per key; none when this opener took no part, or was dealt a bad share.
    """

    root: bytes
    transcript: bytes
    commitments: tuple[Commitments, ...]
    shares: tuple[int, ...] = ()

    def is_of(self, batch: Batch) -> bool:
        """Tells whether it is what enough openers confirmed."""
        return (self.root, self.transcript) == (batch.root, batch.transcript)

    def is_right(self, place: int, opener: int, share: int) -> bool:
        """Tells whether a published share of the key at a place is its opener's."""
        return matches(share, self.commitments[place], opener)

    def secret(self, place: int, shares: Mapping[int, int]) -> int:
        """Combines right shares into the secret of the key at a place.

        Raises:
            CeremonyError: if they do not give it.
        """
        public_key = self.commitments[place][0]
        if public_key is None:
            raise CeremonyError("no key")  # `settle` gives none at infinity
        return combine(shares, public_key)


class Holdings:
    """An opener's holdings, worked out when they are first needed.

    Args:
        seed: the opener's seed.
        folder: of the files; made when needed.
        fault: is told of each wrong that is seen.
        progress: is told when a file cannot be written.
    """

    def __init__(
        self,
        seed: bytes,
        folder: Path,
        fault: Callable[[Fault], None],
        progress: Callable[[str], None],
    ) -> None:
        self._seed, self._folder = seed, folder
        self._fault, self._progress = fault, progress
        self._known: dict[tuple[int, int], Holding] = {}
        self._failed: dict[tuple[int, int], CeremonyError] = {}
        self._checked: dict[tuple[int, int, int], bool] = {}
        self._wrong: dict[tuple[int, int], list[Accused]] = {}
        self._twice: dict[tuple[int, int], tuple[int, dict[int, bytes]]] = {}

    def forget(self) -> None:
        """Forgets everything but the files: the chain was replaced."""
        self._known.clear()
        self._failed.clear()
        self._checked.clear()
        self._wrong.clear()
        self._twice.clear()

    def work_out(self, opening: Opening, batch: Batch, index: int) -> BatchResult:
        """Checks a batch's deals, and keeps what they give; what fails is not tried again.

        Args:
            opening: the ledger as it stands.
            batch: dealt to its end.
            index: this opener's.

        Returns:
            what to confirm, if this opener holds good shares.

        Raises:
            CeremonyError: when too few deals are valid.
            BadShare: when this opener was dealt a wrong share.
            EpochError: when the seed is not this opener's.
        """
        number = batch.epoch, batch.id
        if number in self._failed:
            raise self._failed[number].with_traceback(None)
        try:
            return self._work_out(opening, batch, index)
        except CeremonyError as error:
            self._failed[number] = error
            raise

    def examine(self, opening: Opening, batch: Batch, index: int) -> None:
        """Checks the deals of a batch, unless its file tells that this opener's shares are good.

        Args:
            opening: the ledger as it stands.
            batch: dealt to its end.
            index: this opener's.
        """
        with suppress(CeremonyError, EpochError):  # what is wrong with it is kept, and was named
            context = rules.context_of(opening.state, batch)
            number = batch.epoch, batch.id
            found = self._known.get(number) or self._read(context, batch, index)
            if not (found and found.shares):
                self.work_out(opening, batch, index)

    def accusations(
        self, opening: Opening, batch: Batch, index: int, seat: int | None
    ) -> list[Accused]:
        """Returns what this opener can show of a batch and has not shown yet.

        Args:
            opening: the ledger as it stands.
            batch: whose deals were checked.
            index: this opener's, as the node tells it.
            seat: this opener's, as it knows by itself. No share that it was dealt is shown without
                it: a node that lied about the index would have right ones shown as wrong.
        """
        epoch = opening.state.epochs[batch.epoch - 1]
        numbers = range(1, epoch.batches + 1)
        dealt = sum(len(opening.state.batches[epoch.id, each].deals) for each in numbers)
        number = batch.epoch, batch.id
        if self._twice.get(number, (-1, {}))[0] != dealt:  # looked for again only after a deal
            dealings = rules.dealings_of(opening.state, epoch)
            dealers = sorted({each for each, _payload in batch.deals})
            shown = {each: repetition(dealings, batch.id, each) for each in dealers}
            self._twice[number] = dealt, {each: twice for each, twice in shown.items() if twice}
        found = {
            dealer: Accused(batch.id, dealer, index, twice)
            for dealer, twice in self._twice[number][1].items()
            if dealer not in epoch.culprits
        }
        if seat in epoch.seats and epoch.seats.index(seat) + 1 == index:
            for each in self._wrong_shares(opening, batch, index):
                found.setdefault(each.dealer, each)
        told = rules.accusations_of(batch, index)
        return [each for dealer, each in found.items() if not told >> (dealer - 1) & 1]

    def of(self, opening: Opening, batch: Batch, index: int) -> Holding:
        """Returns what this opener holds of a batch that is ready.

        Args:
            opening: the ledger as it stands.
            batch: that enough openers confirmed.
            index: this opener's.

        Raises:
            CeremonyError: when the openers confirmed other keys than the deals give.
            EpochError: when the seed is not this opener's.
        """
        found = self._known.get((batch.epoch, batch.id))
        if found is None:
            found = self._read(rules.context_of(opening.state, batch), batch, index)
        if found is None or not found.is_of(batch):
            with suppress(BadShare):  # named already; the others' shares are as good as ever
                self.work_out(opening, batch, index)
            found = self._known[batch.epoch, batch.id]
        if not found.is_of(batch):
            raise CeremonyError(
                _(
                    "The openers confirmed other keys for batch {batch} than their deals give. "
                    "Use none of them, and tell the consortium."
                ).format(batch=batch.id)
            )
        self._known[batch.epoch, batch.id] = found
        return found

    def right(self, holding: Holding, key: OpeningKey) -> dict[int, int]:
        """Returns the right ones among the published shares of a key, by opener."""
        epoch, _made, place = key_place(key.id)
        shares: dict[int, int] = {}
        for opener, share in key.shares:
            known = key.id, opener, share
            if known not in self._checked:
                self._checked[known] = holding.is_right(place, opener, share)
            if self._checked[known]:
                shares[opener] = share
            else:
                self._fault(Fault("wrong share", epoch, opener))
        return shares

    def _wrong_shares(self, opening: Opening, batch: Batch, index: int) -> list[Accused]:
        number = batch.epoch, batch.id
        failed = self._failed.get(number)
        if number in self._wrong or not isinstance(failed, BadShare):
            return self._wrong.get(number, [])
        context = rules.context_of(opening.state, batch)
        dealings = rules.dealings_of(opening.state, opening.state.epochs[batch.epoch - 1])
        secret = derive(self._seed, ENCRYPTION, context.prefix, context.set_hash)
        self._wrong[number] = []
        for dealer in sorted({each for each, _payload in batch.deals} - {index}):
            try:
                said = accuse(dealings, batch.id, dealer, index, secret)
            except EvidenceError as error:
                if dealer == failed.dealer:  # of the others there is nothing to show
                    self._progress(str(error))
                continue
            self._wrong[number].append(Accused(batch.id, dealer, index, said.pack()))
        return self._wrong[number]

    def _work_out(self, opening: Opening, batch: Batch, index: int) -> BatchResult:
        context = rules.context_of(opening.state, batch)
        deals = first_valid(context, batch.id, batch.count, batch.deals)
        for dealer in {each for each, _payload in batch.deals} - deals.keys():
            self._fault(Fault("bad deal", batch.epoch, dealer))
        if index not in batch.members:
            result = settle(context, batch.id, batch.count, deals)
            self._keep(context, batch, result, ())
            return result
        opener = Opener(self._seed, context, index)
        try:
            result = opener.accept(batch.id, batch.count, deals)
        except BadShare as error:
            self._fault(Fault("bad share", batch.epoch, error.dealer))
            # the others may still make the batch ready, and then it is released from their shares
            self._keep(context, batch, settle(context, batch.id, batch.count, deals), ())
            raise
        shares = tuple(opener.share(batch.id, place) for place in range(batch.count))
        self._keep(context, batch, result, shares)
        self._write(context, index, batch.id, self._known[batch.epoch, batch.id])
        return result

    def _keep(
        self, context: EpochContext, batch: Batch, result: BatchResult, shares: tuple[int, ...]
    ) -> None:
        self._known[context.epoch, batch.id] = Holding(
            result.root, result.transcript, result.commitments, shares
        )

    def _path(self, context: EpochContext, index: int, batch: int) -> Path:
        return self._folder / f"{context.epoch}-{batch}-{index}.shares"

    def _cipher(self, context: EpochContext) -> AESGCM:
        info = words(CACHE, *context.prefix, context.set_hash)
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        return AESGCM(hkdf.derive(self._seed))

    def _write(self, context: EpochContext, index: int, batch: int, holding: Holding) -> None:
        plain = holding.root + holding.transcript
        for share, points in zip(holding.shares, holding.commitments, strict=True):
            whole = [point.format() for point in points if point is not None]
            if len(whole) != context.threshold:
                return  # a coefficient that is zero has no point: worked out anew each time
            plain += share.to_bytes(_WORD, "big") + b"".join(whole)
        nonce, place = secrets.token_bytes(_NONCE), words(batch, index)
        content = nonce + self._cipher(context).encrypt(nonce, plain, place)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path(context, index, batch), content, 0o600)
        except OSError as error:
            self._progress(
                _(
                    "Cannot keep the shares of batch {batch} in {path} ({reason}); they are worked "
                    "out again when they are needed. Free the place."
                ).format(batch=batch, path=self._folder, reason=error.strerror)
            )

    def _read(self, context: EpochContext, batch: Batch, index: int) -> Holding | None:
        """Returns what a file keeps; None when there is none, or it is not whole and ours."""
        try:
            content = read_file(self._path(context, index, batch.id))
            plain = self._cipher(context).decrypt(
                content[:_NONCE], content[_NONCE:], words(batch.id, index)
            )
        except (OSError, InvalidTag, ValueError):
            return None
        step = _WORD + context.threshold * COMPRESSED
        if len(plain) != 2 * _WORD + batch.count * step:
            return None
        rows = [plain[start : start + step] for start in range(2 * _WORD, len(plain), step)]
        shares = tuple(int.from_bytes(row[:_WORD], "big") % N for row in rows)
        points = tuple(tuple(_points(row[_WORD:])) for row in rows)
        return Holding(plain[:_WORD], plain[_WORD : 2 * _WORD], points, shares)


def _points(row: bytes) -> list[PublicKey]:
    return [
        parse_point(row[start : start + COMPRESSED]) for start in range(0, len(row), COMPRESSED)
    ]
