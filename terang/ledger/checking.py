"""Checks that anybody makes of the ceremony, without a seed: before it seals, or at any time.

What a node that lies about everything says can not be told from the truth; a second one can be
asked whether it says the same (`agree`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from terang.chain.connection import Chain
from terang.chain.files import write_json
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import when
from terang.identity.address import canonical
from terang.ledger.ceremony import Ceremony, Record, Taken
from terang.ledger.facts import check_new
from terang.ledger.ledger import Ledger
from terang.sealing.ceremony import CeremonyError
from terang.sealing.curve import PublicKey, address_of, point_at, same
from terang.sealing.documents import Store
from terang.sealing.envelope import Box
from terang.sealing.epoch import ENCRYPTION, EpochError, derive, encryption_key, key_place
from terang.sealing.evidence import WRONG_SHARE, Accusation, accuse, repetitions
from terang.sealing.judging import Fault
from terang.sealing.misconduct import Accused, repetition


class KeyNotProved(CeremonyError):
    """A box's key does not follow from the openers' ceremony: nothing should be sealed to it."""

    def __init__(self, box: Box, reason: str) -> None:
        super().__init__(
            _(
                "The key of stage {stage} of tender {tender} is not what the openers made: "
                "{reason}. Seal nothing to it; ask another node, and tell the consortium."
            ).format(stage=box.stage, tender=box.tender_id, reason=reason)
        )


class NodesDiffer(CeremonyError):
    """Two nodes say different things about a box's key."""


@dataclass(frozen=True)
class Checked:
    """What a check of one batch found.

    Attributes:
        ceremony: the batch; None when too few openers had enrolled for it.
        epoch: its epoch.
        batch: its number.
        notes: what is so and harms nobody, a sentence each.
        wrong: what must not be, a sentence each.
    """

    ceremony: Ceremony | None
    epoch: int
    batch: int
    notes: Sequence[str]
    wrong: Sequence[str]

    def text(self) -> str:
        """Returns the finding for people."""
        head = _("Epoch {epoch}, batch {batch}").format(epoch=self.epoch, batch=self.batch)
        if self.ceremony:
            follows = self.ceremony.follows()
            head = _(
                "{head}: {count} keys; the deals of openers {dealers} count; root {root}, "
                "confirmed by {equal}, needed {needed}"
            ).format(
                head=head,
                count=self.ceremony.dealing.count,
                dealers=", ".join(map(str, self.ceremony.dealing.valid)) or "–",
                root="0x" + follows.root.hex() if follows else "–",
                equal=self.ceremony.equal,
                needed=self.ceremony.confirmations,
            )
        lines = [_("  note: {text}").format(text=each) for each in self.notes]
        lines += [_("  WRONG: {text}").format(text=each) for each in self.wrong]
        return "\n".join([head, *lines])

    def document(self) -> dict[str, Any]:
        """Returns the finding as JSON has it."""
        found = {"epoch": self.epoch, "batch": self.batch}
        told = {"notes": list(self.notes), "wrong": list(self.wrong)}
        if self.ceremony is None:
            return {**found, **told}
        ceremony, dealing = self.ceremony, self.ceremony.dealing
        follows = ceremony.follows()
        return {
            **found,
            "count": dealing.count,
            "deals": [
                {
                    "opener": each.posted.dealer,
                    "seat": ceremony.seat(each.posted.dealer),
                    "digest": "0x" + keccak(each.posted.payload).hex(),
                    "fault": each.fault,
                }
                for each in dealing.judged
            ],
            "dealers": list(dealing.valid),
            "root": "0x" + follows.root.hex() if follows else None,
            "transcript": "0x" + follows.transcript.hex() if follows else None,
            "confirmations": [
                {"opener": opener, "seat": ceremony.seat(opener), "right": said == follows}
                for opener, said in ceremony.statements.items()
            ],
            "needed": ceremony.confirmations,
            "ready": ceremony.ready is not None,
            "leftOut": sorted(ceremony.left_out),
            "accusations": [
                {
                    "dealer": each.said.dealer,
                    "dealerSeat": ceremony.seat(each.said.dealer),
                    "opener": each.said.accuser,
                    "openerSeat": ceremony.seat(each.said.accuser),
                    "evidence": "0x" + each.said.evidence.hex(),
                    "holds": each.holds,
                    "keys": list(each.keys),
                }
                for each in ceremony.verdicts
            ],
            "shares": [
                {
                    "key": each.place,
                    "opener": each.opener,
                    "seat": ceremony.seat(each.opener),
                    "right": ceremony.is_right(each),
                }
                for each in ceremony.offered
            ],
            **told,
        }


def proved_key(ledger: Ledger, box: Box) -> PublicKey:
    """Returns a box's key once the ceremony behind it is checked; this takes no seed.

    The deals that count are picked and added up again: the key must be theirs at its place, c
    openers must have confirmed the root and transcript that follow, and box, batch and epoch must
    be stored as their events say.

    Args:
        ledger: where.
        box: of bids or ballots.

    Raises:
        KeyNotProved: when something of it is not so.
        CeremonyError: when there is no such box.
        BadAnswer: when the node's answers are malformed.
    """
    record = Record(ledger)
    number, key = record.taken_by(box)
    epoch, batch, _place = key_place(number)
    try:
        ceremony = record.ceremony(epoch, batch)
    except EpochError as error:
        reason = _("too few openers had enrolled for batch {batch}").format(batch=batch)
        raise KeyNotProved(box, reason) from error
    except UsageError as error:
        reason = _("its batch {batch} was never opened").format(batch=batch)
        raise KeyNotProved(box, reason) from error
    if reason := ceremony.fault_of(key) or _stored_otherwise(ledger, key, ceremony):
        raise KeyNotProved(box, reason)
    return point_at(key.x, key.y)


def agree(ledger: Ledger, box: Box, url: str) -> None:
    """Asks a second node about a box's point and the root that its key is from.

    Args:
        ledger: as the first node tells it.
        box: of bids or ballots.
        url: address of the other node's JSON-RPC.

    Raises:
        NodesDiffer: when it says something else.
        ChainUnreachable: when it does not answer.
        BadAnswer: when its answer is malformed, or it knows no such contracts.
    """
    number, _key = Record(ledger).taken_by(box)
    with Chain(url, ledger.artifacts.errors) as other:
        if other.chain_id != ledger.chain.chain_id or _pinned(
            other, ledger, box, number
        ) != _pinned(ledger.chain, ledger, box, number):
            raise NodesDiffer(
                _(
                    "The node at {url} has another key for tender {tender}: one of the two lies. "
                    "Seal nothing until you know which; ask a third one."
                ).format(url=url, tender=box.tender_id)
            )


def evidence(
    ledger: Ledger, seed: bytes, seat: int, number: int, dealer: int
) -> tuple[Accused, Accusation | None]:
    """Makes an opener's evidence against a dealer of a batch of the newest epoch.

    Where the dealer's E stands for something else too, that is the evidence, since it tells nothing
    that is secret; else a share that it dealt to this opener must be wrong.

    Args:
        ledger: where.
        seed: the opener's.
        seat: the opener's, as it knows by itself: a node that lied about it would have
            the accusation given in another's place.
        number: of the batch.
        dealer: index of the opener that dealt.

    Returns:
        what is posted, and that a wrong share was dealt, if that is the evidence.

    Raises:
        UsageError: when there is no such batch, or the seed is not that of the seat.
        EpochError: when too few openers had enrolled for the batch.
        EvidenceError: when nothing may, or can, be shown.
    """
    record = Record(ledger)
    epoch = record.newest_epoch()
    ceremony = record.ceremony(epoch, number)
    context = ceremony.dealing.context
    own = encryption_key(seed, context.chain_id, context.contract, epoch, context.set_hash)
    opener = ceremony.seats.index(seat) + 1 if seat in ceremony.seats else 0
    if not same(context.members.get(opener), own):
        raise UsageError(
            _(
                "This is not the seed of seat {seat}, or that opener had not enrolled when batch "
                "{batch} was opened. Check both, and the node."
            ).format(seat=seat, batch=number)
        )
    dealings = record.dealings(epoch)
    if twice := repetition(dealings, number, dealer):
        return Accused(number, dealer, opener, twice), None
    secret = derive(seed, ENCRYPTION, context.prefix, context.set_hash)
    found = accuse(dealings, number, dealer, opener, secret)
    return Accused(number, dealer, opener, found.pack()), found


def keep(accusation: Accusation, path: Path, store: Store) -> bytes:
    """Writes evidence to a file and to the document store; returns the hash that names it there.

    Raises:
        UsageError: when the file is there already.
        OSError: when one of them cannot be written.
    """
    check_new(path)
    write_json(path, accusation.document())
    return store.put(path.read_bytes())


def accused(ledger: Ledger, said: Accusation) -> tuple[Ceremony, list[int]]:
    """Checks evidence that anybody handed out.

    Args:
        ledger: where.
        said: the evidence.

    Returns:
        its batch, and the keys of which a wrong share was dealt, from 0.

    Raises:
        UsageError: when there is no such batch.
        EvidenceError: when it proves nothing.
    """
    ceremony = Record(ledger).ceremony(said.epoch, said.batch)
    return ceremony, said.check(ceremony.dealing)


def check(ledger: Ledger, number: int | None) -> list[Checked]:
    """Checks what openers did for a batch of the newest epoch, or for all batches of all epochs.

    Args:
        ledger: where.
        number: of the batch; None for all.

    Raises:
        UsageError: when there is no such batch.
        BadAnswer: when the node's answers are malformed.
    """
    record = Record(ledger)
    chosen = record.batches() if number is None else [(record.newest_epoch(), number)]
    return [_checked(record, epoch, batch, ledger.chain.now) for epoch, batch in chosen]


def _stored_otherwise(ledger: Ledger, key: Taken, ceremony: Ceremony) -> str:
    """Tells what the contracts store otherwise than their events say, in words."""
    context, batch = ceremony.dealing.context, ceremony.dealing.batch
    epoch, keys = context.epoch, ledger.keys.contract
    hashes = [(keys, "encryptionKeyHash", (epoch, index)) for index in context.members]
    box = (ledger.boxes(key.box.stage).contract, "boxOf", (key.box.tender_id, key.box.stage))
    stored, made, found, *hashed = ledger.chain.views(
        [(keys, "epochOf", (epoch,)), (keys, "batchOf", (epoch, batch)), box, *hashes]
    )
    members = [keccak(key.format()) for key in context.members.values()]
    if bytes(stored["setHash"]) != context.set_hash or list(map(bytes, hashed)) != members:
        return _("the openers of epoch {epoch} are others than its events name").format(epoch=epoch)
    if bytes(made["root"]) != ceremony.dealing.result.root:
        return _("the contract has another root for batch {batch}").format(batch=batch)
    if canonical(found["point"]) != address_of(point_at(key.x, key.y)):
        return _("the box has another key than its event names")
    return ""


def _pinned(chain: Chain, ledger: Ledger, box: Box, number: int) -> tuple[Any, Any]:
    """Returns what a node says of a box's point and of the root of its key's batch."""
    epoch, batch, _place = key_place(number)
    found, made = chain.views(
        [
            (ledger.boxes(box.stage).contract, "boxOf", (box.tender_id, box.stage)),
            (ledger.keys.contract, "batchOf", (epoch, batch)),
        ]
    )
    return found["point"], made["root"]


def _checked(record: Record, epoch: int, batch: int, now: int) -> Checked:
    try:
        ceremony = record.ceremony(epoch, batch)
    except EpochError as error:
        return Checked(None, epoch, batch, [str(error)], [])
    named, dealing = ceremony.named, ceremony.dealing
    notes = [
        _("a deal of {opener} does not count: {reason}").format(
            opener=named(each.posted.dealer), reason=_faults()[each.fault]
        )
        for each in dealing.judged
        if each.fault
    ]
    notes += [
        _("{opener} was shown to have cheated before, and takes no part").format(opener=named(each))
        for each in sorted(ceremony.left_out)
    ]
    notes += [
        _("{accuser} accuses {dealer}, and proves nothing: {reason}").format(
            accuser=named(each.said.accuser), dealer=named(each.said.dealer), reason=each.reason
        )
        for each in ceremony.verdicts
        if not each.holds
    ]
    if now < dealing.until:
        notes.append(_("dealing is not over before {time}").format(time=when(dealing.until)))
    elif len(dealing.valid) < dealing.context.threshold:
        notes.append(
            _("{count} deals count of {k} needed, so it gives no keys").format(
                count=len(dealing.valid), k=dealing.context.threshold
            )
        )
    return Checked(ceremony, epoch, batch, notes, list(_wrong(record, ceremony)))


def _wrong(record: Record, ceremony: Ceremony) -> Iterator[str]:
    named, dealing, follows = ceremony.named, ceremony.dealing, ceremony.follows()
    if ceremony.ready and ceremony.ready != follows:
        yield _("the batch is ready with a root or transcript that does not follow from its deals")
    for opener, said in ceremony.statements.items():
        if said != follows:
            yield _("{opener} confirmed what does not follow from the deals").format(
                opener=named(opener)
            )
        elif opener not in dealing.context.members:
            yield _("{opener} confirmed, although it holds no shares").format(opener=named(opener))
    for each in ceremony.verdicts:
        if each.holds and each.said.kind == WRONG_SHARE:
            yield _("{dealer} dealt {accuser} wrong shares of keys {keys}, as is shown").format(
                dealer=named(each.said.dealer),
                accuser=named(each.said.accuser),
                keys=", ".join(map(str, each.keys)),
            )
    for dealer, deal in dealing.valid.items():
        if any(repetitions(record.dealings(dealing.context.epoch), dealing.batch, deal)):
            yield _("the point E of {opener} stands for something else too").format(
                opener=named(dealer)
            )
    for key in ceremony.taken:
        if not ceremony.gave(key):
            yield _("tender {tender} has a key at place {key} that the deals do not give").format(
                tender=key.box.tender_id, key=key.place
            )
    for given in ceremony.offered:
        if not ceremony.is_right(given):
            yield _("{opener} published a wrong share of key {key}").format(
                opener=named(given.opener), key=given.place
            )


def _faults() -> dict[Fault, str]:
    """Returns why a deal does not count, in words."""
    return {
        Fault.STRANGER: _("the opener had not enrolled when the batch was opened"),
        Fault.LATE: _("it came after dealing was over"),
        Fault.LENGTH: _("its length is wrong"),
        Fault.DEGREE: _("it commits to polynomials of another degree"),
        Fault.VERSION: _("its version is unknown"),
        Fault.POINT: _("something in it is no point of the curve"),
        Fault.UNPROVEN: _("it has no proof"),
        Fault.COPIED: _("its proof is that of another opener"),
        Fault.REPLAYED: _("its proof is that of an earlier deal"),
        Fault.PROOF: _("its proof does not hold"),
        Fault.SECOND: _("the opener had dealt already"),
    }
