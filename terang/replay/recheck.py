"""What the contracts worked out, worked out again: the part of an audit that needs cryptography.

Every ceremony from its deals, every key against its ceremony, every envelope of an opened box
decrypted and judged by the rules of `docs/sealing.md`, and the money of each token that is held.
"""

from collections.abc import Iterator
from typing import Any

from terang.replay import rules, securities
from terang.replay.compare import Difference, text
from terang.replay.evaluation import is_marked
from terang.replay.state import WITHDRAWN, Batch, Box, State, Tender
from terang.sealing.ceremony import BatchResult, CeremonyError, first_valid, settle
from terang.sealing.envelope import Box as Where
from terang.sealing.envelope import Void as Defect
from terang.sealing.envelope import open_envelope
from terang.sealing.epoch import EpochError
from terang.sealing.messages import Ballot, Bid, Proposal
from terang.vocabulary import BALLOTS, PRICES, PROPOSALS, Void


def recheck(state: State) -> list[Difference]:
    """Works out again what contracts and openers worked out, and lists what comes out otherwise.

    Args:
        state: a replayed state; not changed.
    """
    found: list[Difference] = []
    if state.entered is not None:  # no later event betrays that its first key is missing
        number = str(state.entered.organisation)
        found.append(Difference("Participants", "_keys", number, "0", "≥ 1"))
    for batch in state.batches.values():
        if any(batch.root):
            found += _batch(state, batch)
    for tender in state.tenders.values():
        for box in tender.boxes():
            if box.voids:
                found += _box(state, tender, box)
    for address in state.tokens:
        found += _solvency(state, address)
    return found


# Ceremonies


def _batch(state: State, batch: Batch) -> Iterator[Difference]:
    """Puts a batch together from its deals; compares root, transcript and the keys taken."""
    name, where = "OpeningKeys", f"{batch.epoch} {batch.id}"
    try:
        result = _settle(state, batch)
    except (CeremonyError, EpochError) as error:
        yield Difference(name, "root", where, str(error), text(batch.root))
        return
    if result.root != batch.root:
        yield Difference(name, "root", where, text(result.root), text(batch.root))
    if result.transcript != batch.transcript:
        replayed = text(result.transcript)
        yield Difference(name, "transcript", where, replayed, text(batch.transcript))
    for index, public_key in enumerate(result.public_keys):
        number = batch.epoch << 64 | batch.id << 32 | index
        taken = state.opening_keys.get(number)
        if taken and public_key.point() != (taken.x, taken.y):
            replayed, stored = text(public_key.point()), text((taken.x, taken.y))
            yield Difference(name, "key", str(number), replayed, stored)


def _settle(state: State, batch: Batch) -> BatchResult:
    context = rules.context_of(state, batch)
    deals = first_valid(context, batch.id, batch.count, batch.deals)
    return settle(context, batch.id, batch.count, deals)


# Envelopes


def _box(state: State, tender: Tender, box: Box) -> Iterator[Difference]:
    """Opens every envelope that the contract opened, and compares what came of it."""
    judge = _Bids(state, tender, box) if box.stage < BALLOTS else _Ballots(state, tender, box)
    secret = rules.secret_of(state, box)
    for index, told in enumerate(box.voids):
        try:
            opened = open_envelope(box.envelopes[index].content, secret, judge.where.id)
            reason = judge.judge(index, opened.plaintext)
        except Defect as defect:
            reason = Void(defect.reason)
        where = f"{box.tender} {box.stage} {index}"
        if reason is not told:
            yield Difference(box.contract, "envelope", where, reason.name, told.name)
        elif reason is Void.NONE:
            mine, theirs = judge.message, judge.recorded.get(index)
            if mine != theirs:
                yield Difference(box.contract, "envelope", where, text(mine), text(theirs))


class _Bids:
    """Judges the envelopes of a box of bids, proposals or prices, as `Bids._record` does."""

    def __init__(self, state: State, tender: Tender, box: Box) -> None:
        self.where = Where(state.chain_id, state.addresses["Tenders"], tender.id, box.stage)
        recorded = tender.priced if box.stage == PRICES else tender.opened
        self.recorded: dict[int, tuple[Any, ...]] = {
            each.envelope: tuple(each[:-1]) for each in recorded
        }
        self.message: tuple[Any, ...] = ()
        self._state, self._tender, self._box = state, tender, box
        self._proposed: dict[int, int] = (
            {each.organisation: each.nonce for each in tender.opened} if box.stage == PRICES else {}
        )
        self._nonces: dict[int, int] = {}

    def judge(self, index: int, plaintext: bytes) -> Void:
        if self._box.stage == PROPOSALS:
            proposal = Proposal.unpack(plaintext)
            proposal.verify(self.where)
            return self._judge(index, proposal, 0)
        bid = Bid.unpack(plaintext)
        bid.verify(self.where)
        return self._judge(index, bid, bid.price)

    def _judge(self, index: int, bid: Bid | Proposal, price: int) -> Void:
        stage, closes_at = self._box.stage, self._box.closes_at
        organisation, eligible = rules.bidder_at(self._state, bid.account, closes_at)
        ceiling = self._tender.terms["ceiling"]
        priced, proposed = stage != PROPOSALS, self._proposed.get(organisation, 0)
        paired = stage == PRICES
        faults = (
            (not organisation, Void.ACCOUNT),
            (not eligible, Void.INELIGIBLE),
            (organisation == self._tender.buyer, Void.BUYER),
            (bid.version != self._tender.version, Void.TENDER_VERSION),
            (not bid.nonce, Void.NONCE),
            (priced and not price, Void.PRICE),
            (priced and ceiling and ceiling < price != WITHDRAWN, Void.CEILING),
            (paired and bid.nonce > proposed, Void.UNPAIRED),
            (paired and bid.nonce < proposed, Void.SUPERSEDED),
            (bid.nonce <= self._nonces.get(organisation, 0), Void.SUPERSEDED),
            (not paired and not self._is_backed(organisation), Void.SECURITY),
        )
        for is_so, reason in faults:
            if is_so:
                return reason
        self._nonces[organisation] = bid.nonce
        self.message = (index, organisation, bid.account, price, bid.documents, bid.nonce)
        return Void.NONE

    def _is_backed(self, organisation: int) -> bool:
        return securities.is_backed(self._state, self._tender, organisation)


class _Ballots:
    """Judges the envelopes of a box of ballots in order, as `Ballots._record` does."""

    def __init__(self, state: State, tender: Tender, box: Box) -> None:
        self.where = Where(state.chain_id, state.addresses["Ballots"], tender.id, box.stage)
        self._round = tender.award.rounds[box.stage - BALLOTS]
        self.recorded: dict[int, tuple[Any, ...]] = {
            each.envelope: tuple(each[:-1]) for each in self._round.ballots
        }
        self.message: tuple[Any, ...] = ()
        self._state, self._frozen_at = state, tender.box.closes_at
        self._voted: set[int] = set()

    def judge(self, index: int, plaintext: bytes) -> Void:
        ballot = Ballot.unpack(plaintext, self._round.bidders)
        if not ballot.seat or ballot.seat not in self._round.panel:
            return Void.SEAT
        ballot.verify(self.where, rules.account_at(self._state, ballot.seat, self._frozen_at))
        if ballot.seat in self._voted:
            return Void.REPEATED
        if not is_marked(self._round.question, ballot.marks):
            return Void.MARKS
        self._voted.add(ballot.seat)
        self.message = (ballot.seat, index, ballot.reasons, ballot.marks)
        return Void.NONE


# Money


def _solvency(state: State, token: str) -> Iterator[Difference]:
    """Escrow, Reviews and Securities have at least what they hold for others."""
    owed = sum(amount for (of, _payee), amount in state.claimable.items() if of == token)
    for tender in state.tenders.values():
        if tender.terms["currency"] == token:
            owed += tender.account.held
    complaints = state.complaints.values()
    deposits = sum(each.deposit for each in complaints if each.token == token)
    behind = securities.owed(state, token)
    for contract, least in (("Escrow", owed), ("Reviews", deposits), ("Securities", behind)):
        balance = state.tokens[token].balances.get(state.addresses[contract], 0)
        if balance < least:
            yield Difference(contract, "balance", token, f"≥ {least}", text(balance))
