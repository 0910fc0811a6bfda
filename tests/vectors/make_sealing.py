"""Writes tests/vectors/sealing/*.json, which pytest and forge both read.

    python tests/vectors/make_sealing.py

Nothing is random: the same code writes the same bytes. Every file holds arrays of flat objects with
the same keys, in alphabetical order, since forge decodes structs in that order. Numbers above 2⁵³
are 32-byte hex; no `bytes` value has 20 or 32 bytes: forge would take it for address or bytes32.
`merkle_npm.json` is not made here: npm's own library made it, and it never changes.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from terang.identity.wallet import Wallet
from terang.sealing.ceremony import settle
from terang.sealing.curve import (
    N,
    address_of,
    derive_scalar,
    generate,
    interpolate,
    lagrange,
    multiply,
    parse_point,
)
from terang.sealing.dealing import make_deal, prove
from terang.sealing.envelope import Box, Reason, Sealer, open_envelope
from terang.sealing.epoch import (
    ENCRYPTION,
    EpochContext,
    derive,
    encryption_key,
    key_id,
    set_hash,
)
from terang.sealing.evidence import accuse
from terang.sealing.judging import Dealing, Posted
from terang.sealing.merkle import MerkleTree, key_leaf
from terang.sealing.messages import WITHDRAWN, Ballot, Bid, Proposal
from terang.sealing.opener import Opener
from terang.vocabulary import BALLOTS as STAGE_BALLOT
from terang.vocabulary import PRICES as STAGE_PRICE
from terang.vocabulary import PROPOSALS as STAGE_PROPOSAL

FOLDER = Path(__file__).parent / "sealing"
CHAIN_ID = 31337
P = (1 << 256) - (1 << 32) - 977  # the field of secp256k1
Row = dict[str, Any]


def fixed(label: str) -> bytes:
    return keccak(text=f"Terang test vector: {label}")


def scalar(label: str) -> int:
    return int.from_bytes(fixed(label), "big") % N


def wallet(label: str) -> Wallet:
    return Wallet.from_key(scalar(label).to_bytes(32, "big"))


def hexed(value: bytes | int) -> str:
    return "0x" + (value if isinstance(value, bytes) else value.to_bytes(32, "big")).hex()


TENDERS = to_checksum_address(fixed("tenders")[:20])
BALLOTS = to_checksum_address(fixed("ballots")[:20])
SECRET = scalar("box secret")
PUBLIC = generate(SECRET)
BIDS = Box(CHAIN_ID, TENDERS, 7, 0)


def box_row(box: Box) -> Row:
    return {
        "boxId": hexed(box.id),
        "chainId": box.chain_id,
        "contract": box.contract,
        "stage": box.stage,
        "tenderId": box.tender_id,
    }


def bid(label: str, **changes: Any) -> Bid:
    values = {"price": 1_250_000_000, "documents": fixed(label), "version": 1, "nonce": 1}
    return Bid(account=wallet(label).address, **(values | changes))


BID_CASES = {
    "supplier one": (BIDS, bid("supplier one")),
    "supplier two": (BIDS, bid("supplier two", price=1, nonce=2**32 - 1)),
    "supplier three": (BIDS, bid("supplier three", price=WITHDRAWN, version=2**32 - 1, nonce=9)),
    "supplier four": (
        Box(1, BALLOTS, 2**40, STAGE_PRICE),
        bid("supplier four", price=WITHDRAWN - 1, documents=bytes(32)),
    ),
}


def proposal(label: str, **changes: Any) -> Proposal:
    values = {"documents": fixed(label), "version": 1, "nonce": 1}
    return Proposal(account=wallet(label).address, **(values | changes))


PROPOSALS = Box(CHAIN_ID, TENDERS, 9, STAGE_PROPOSAL)
PROPOSAL_CASES = {
    "proposer one": (PROPOSALS, proposal("proposer one")),
    "proposer two": (
        Box(1, BALLOTS, 2**40, STAGE_PROPOSAL),
        proposal("proposer two", documents=bytes(32), version=2**32 - 1, nonce=2**32 - 1),
    ),
}
BALLOT_CASES = {
    f"member {count}": (
        Box(CHAIN_ID, BALLOTS, 7, STAGE_BALLOT + count % 3),
        Ballot(count, fixed(f"reasons {count}"), bytes(i % 2 for i in range(count))),
    )
    for count in (1, 2, 3, 31, 64, 65, 200)
}
CASES: dict[str, dict[str, tuple[Box, Any]]] = {
    "bid": BID_CASES,
    "proposal": PROPOSAL_CASES,
    "ballot": BALLOT_CASES,
}


def seal(box: Box, plaintext: bytes, label: str) -> bytes:
    return Sealer(PUBLIC, box.id, plaintext, entropy=fixed(label)).seal(plaintext)


def good_envelopes() -> list[Row]:
    rows = []
    for kind, cases in CASES.items():
        for label, (box, message) in cases.items():
            plaintext = message.sign(wallet(label), box).pack()
            r = derive_scalar(fixed(label) + box.id + plaintext, b"")
            envelope = seal(box, plaintext, label)
            x, y = PUBLIC.point()
            row = {
                "envelope": hexed(envelope),
                "kind": kind,
                "plaintext": hexed(plaintext),
                "point": hexed(generate(r).format()),
                "publicKeyX": hexed(x),
                "publicKeyY": hexed(y),
                "r": hexed(r),
                "secret": hexed(SECRET),
                "z": hexed(open_envelope(envelope, SECRET, box.id).z),
            }
            rows.append(box_row(box) | row)
    return rows


def bad_envelopes() -> list[Row]:
    """Spoils one sealed bid in one way at a time; `reason` is the contract's number for it."""
    signed = bid("supplier one").sign(wallet("supplier one"), BIDS)
    plaintext = signed.pack()
    envelope = seal(BIDS, plaintext, "bad")
    signature = signed.signature
    high_s = N - int.from_bytes(signature[32:64], "big")

    def with_x(x: int) -> bytes:
        return envelope[:2] + x.to_bytes(32, "big") + envelope[34:]

    def flipped(place: int) -> bytes:
        return envelope[:place] + bytes([envelope[place] ^ 1]) + envelope[place + 1 :]

    def signed_by(other: bytes) -> bytes:
        return seal(BIDS, plaintext[:76] + other, "bad signature")

    foreign = seal(Box(CHAIN_ID, TENDERS, 8, 0), plaintext, "bad")
    other = Box(CHAIN_ID, BALLOTS, 7, 0)
    replayed = bid("supplier one").sign(wallet("supplier one"), other).pack()
    spoiled: dict[tuple[Reason, str], list[bytes]] = {
        (Reason.LENGTH, "length"): [
            b"",
            b"\x01",
            envelope[:33],
            envelope[:34],
            envelope[:-1],
            envelope + b"\0",
        ],
        (Reason.VERSION, "version"): [bytes([version]) + envelope[1:] for version in (0, 2, 255)],
        (Reason.POINT, "prefix"): [
            envelope[:1] + bytes([prefix]) + envelope[2:] for prefix in (0, 1, 4, 5, 6, 7, 255)
        ],
        (Reason.POINT, "rx"): [with_x(x) for x in (N, N + 1, P - 1, P, P + 1, 2**256 - 1)],
        (Reason.POINT, "curve"): [with_x(x) for x in (0, 5, 7, N - 1)],
        (Reason.SIGNATURE, "signature"): [
            *map(
                flipped, (1, 34, 53, 54, 69, 70, 101, 102, 105, 106, 109, 110, 141, 142, 173, 174)
            ),
            signed_by(signature[:32] + high_s.to_bytes(32, "big") + bytes([55 - signature[64]])),
            signed_by(signature[:64] + bytes([signature[64] - 27])),
            signed_by(bytes(64) + b"\x1b"),
            signed_by(signature[:32] + bytes(32) + b"\x1b"),
            signed_by(bytes(32) + signature[32:]),
            signed_by(N.to_bytes(32, "big") + signature[32:]),
            signed_by(b"\xff" * 65),
            seal(BIDS, bytes(20) + plaintext[20:], "zero account"),
            seal(BIDS, bytes(141), "zeros"),
            seal(BIDS, replayed, "signed for another contract"),
            foreign,
        ],
    }
    for x in (5, 7, N - 1):
        try:
            parse_point(b"\x02" + x.to_bytes(32, "big"))
        except ValueError:
            continue
        raise AssertionError(f"x = {x} is on the curve")
    return [
        box_row(BIDS)
        | {
            "envelope": hexed(bad),
            "defect": defect,
            "reason": reason.value,
            "secret": hexed(SECRET),
        }
        for (reason, defect), envelopes in spoiled.items()
        for bad in envelopes
    ]


def messages() -> dict[str, list[Row]]:
    files: dict[str, list[Row]] = {}
    for kind, cases in CASES.items():
        rows = []
        for label, (box, draft) in cases.items():
            message = draft.sign(wallet(label), box)
            data = message.typed_data(box)
            row = {
                "chainId": box.chain_id,
                "contract": box.contract,
                "digest": hexed(data.digest),
                "domainSeparator": hexed(data.domain.separator),
                "plaintext": hexed(message.pack()),
                "privateKey": hexed(scalar(label)),
                "signature": hexed(message.signature),
                "signer": wallet(label).address,
                "tenderId": box.tender_id,
            }
            if kind == "ballot":
                row |= {
                    "marks": hexed(message.marks),
                    "reasons": hexed(message.reasons),
                    "round": box.stage - STAGE_BALLOT,
                    "seat": message.seat,
                }
            else:
                row |= {"documents": hexed(message.documents), "nonce": message.nonce}
                row |= {"version": message.version}
            if kind == "bid":
                row |= {"price": hexed(message.price)}
            rows.append(row)
        files[kind + "s"] = rows
    return files


def points() -> list[Row]:
    """x·R → address, R given by rx and its parity; `valid` is false where there is none."""

    def on_curve(x: int) -> bool:
        try:
            parse_point(b"\x02" + x.to_bytes(32, "big"))
        except ValueError:
            return False
        return True

    below_n = next(x for x in range(N - 1, 0, -1) if on_curve(x))
    above_n = next(x for x in range(N, P) if on_curve(x))
    xs = [generate(scalar(f"point {i}")).point()[0] for i in range(4)]
    xs += [generate(1).point()[0], 1, 2, below_n]
    scalars = [1, 2, 3, N // 2, N - 2, N - 1, scalar("multiplier")]
    rows = []
    for x, parity, factor in itertools.product(xs, (0, 1), scalars):
        product = multiply(factor, parse_point(bytes([2 + parity]) + x.to_bytes(32, "big")))
        rows.append((x, parity, factor, address_of(product), True))
    bad = [(0, 2), (5, 2), (below_n + 1, 2), (above_n, 2), (N, 2), (P, 2), (2**256 - 1, 2)]
    bad += [(xs[0], 0), (xs[0], N), (xs[0], N + 1), (xs[0], 2**256 - 1)]
    rows += [(x, parity, factor, bytes(20), False) for x, factor in bad for parity in (0, 1)]
    return [
        {
            "parity": parity,
            "product": hexed(product),
            "scalar": hexed(factor),
            "valid": valid,
            "x": hexed(x),
        }
        for x, parity, factor, product, valid in rows
    ]


def interpolations() -> list[Row]:
    """Every 3-subset of the shares of a polynomial of degree 2, indices 1…6."""
    a, b, c = (scalar(f"coefficient {i}") for i in range(3))
    shares = {i: (a + b * i + c * i * i) % N for i in range(1, 7)}
    rows = []
    for indices in itertools.combinations(shares, 3):
        chosen = {i: shares[i] for i in indices}
        assert interpolate(chosen) == a
        rows.append(
            {
                "coefficients": [hexed(lagrange(i, indices)) for i in indices],
                "indices": list(indices),
                "secret": hexed(a),
                "shares": [hexed(share) for share in chosen.values()],
            }
        )
    return rows


def openers_of(seats: list[int]) -> tuple[EpochContext, dict[int, Opener], dict[int, bytes]]:
    """Seven openers of epoch 3 of whom four must agree; with their seeds."""
    k, epoch = 4, 3
    contract = to_checksum_address(fixed("opening keys")[:20])
    openers_hash = set_hash(seats, k, 6)
    seeds = {i: fixed(f"seed {i}") for i in range(1, len(seats) + 1)}
    members = {
        i: encryption_key(seed, CHAIN_ID, contract, epoch, openers_hash)
        for i, seed in seeds.items()
    }
    context = EpochContext(CHAIN_ID, contract, epoch, members, k, openers_hash)
    return context, {i: Opener(seed, context, i) for i, seed in seeds.items()}, seeds


SEATS = [10 + i for i in range(7)]


def ceremony() -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """A batch of four keys by seven openers of whom four must agree; one of them deals junk."""
    batch, count = 5, 4
    context, openers, seeds = openers_of(SEATS)
    contract, epoch, k = context.contract, context.epoch, context.threshold
    deals = {i: opener.deal(batch, count) for i, opener in openers.items()}
    deals[2] = deals[2][:-1] + bytes([deals[2][-1] ^ 1])
    result = settle(context, batch, count, deals)
    for opener in openers.values():
        opener.accept(batch, count, deals)
    public = {
        "deals": [
            {
                "dealer": i,
                "digest": hexed(keccak(payload)),
                "payload": hexed(payload),
                "valid": i in result.dealers,
            }
            for i, payload in deals.items()
        ],
        "epochs": [
            {
                "chainId": CHAIN_ID,
                "confirmations": 6,
                "contract": contract,
                "epoch": epoch,
                "seats": SEATS,
                "setHash": hexed(context.set_hash),
                "threshold": k,
            }
        ],
        "openers": [
            {"encryptionKey": hexed(context.members[i].format()), "index": i, "seed": hexed(seed)}
            for i, seed in seeds.items()
        ],
        "results": [
            {
                "batch": batch,
                "count": count,
                "dealers": list(result.dealers),
                "root": hexed(result.root),
                "transcript": hexed(result.transcript),
            }
        ],
    }
    releases = []
    for key, sharers in zip(range(count), itertools.combinations(openers, k), strict=False):
        shares = {i: openers[i].share(batch, key) for i in sharers}
        x, y = result.public_keys[key].point()
        verification = [result.verification_point(key, i) for i in sharers]
        releases.append(
            {
                "batch": batch,
                "epoch": epoch,
                "index": key,
                "keyAddress": hexed(address_of(result.public_keys[key])),
                "keyId": hexed(key_id(epoch, batch, key)),
                "proof": [hexed(node) for node in result.proof(key)],
                "publicKeyX": hexed(x),
                "publicKeyY": hexed(y),
                "root": hexed(result.root),
                "secret": hexed(result.secret(key, shares)),
                "shareAddresses": [hexed(address_of(p)) for p in verification if p],
                "sharers": list(sharers),
                "shares": [hexed(share) for share in shares.values()],
            }
        )
    return public, {"releases": releases}


def misdirected(
    context: EpochContext,
    dealer: int,
    batch: int,
    polynomials: Sequence[Sequence[int]],
    e: int,
    receiver: int,
) -> bytes:
    """A deal proved for its batch's members; one's shares are encrypted to somebody else."""
    confused = replace(context, members={**context.members, receiver: generate(scalar("other"))})
    payload = make_deal(confused, dealer, batch, polynomials, e)
    head, rest = payload[:34], payload[99:]
    constants = [each[0] for each in polynomials]
    return head + prove(context, dealer, batch, constants, e, keccak(head + rest)) + rest


def evidence() -> dict[str, list[Row]]:
    """Openers of ceremony.json deal batch 6, opener 3 deals opener 5 wrong shares of both keys.

    `wrong` names those keys; it is empty where the accusation proves nothing.
    """
    batch, count, dealer, opener = 6, 2, 3, 5
    context, openers, seeds = openers_of(SEATS)
    polynomials = [[scalar(f"rigged {q} {i}") for i in range(4)] for q in range(count)]
    deals = {i: each.deal(batch, count) for i, each in openers.items()}
    deals[dealer] = misdirected(context, dealer, batch, polynomials, scalar("rigged e"), opener)
    posted = [Posted(i, payload, 0) for i, payload in deals.items()]
    dealing = Dealing(context, batch, count, 1, posted, {})
    secret = derive(seeds[opener], ENCRYPTION, context.prefix, context.set_hash)
    good = accuse([dealing], batch, dealer, opener, secret)
    assert good.check(dealing) == [0, 1]
    bad = [
        replace(good, challenge=(good.challenge + 1) % N),
        replace(good, response=N - good.response),
        replace(good, point=generate(scalar("other")).format()),
        replace(good, opener=6),
        replace(good, batch=7),
        replace(good, dealer=2, deal=keccak(deals[2])),
    ]
    rows = [(good, [0, 1]), *((each, []) for each in bad)]
    return {
        "accusations": [
            {
                "batch": said.batch,
                "challenge": hexed(said.challenge),
                "deal": hexed(said.deal),
                "dealer": said.dealer,
                "epoch": said.epoch,
                "opener": said.opener,
                "point": hexed(said.point),
                "response": hexed(said.response),
                "wrong": wrong,
            }
            for said, wrong in rows
        ],
        "batches": [{"batch": batch, "count": count, "epoch": context.epoch}],
        "deals": [{"dealer": i, "payload": hexed(payload)} for i, payload in deals.items()],
    }


def members() -> dict[str, list[Row]]:
    """Openers of ceremony.json and five batches of one key; `at` is the order of the events.

    Opener 3 deals opener 5 wrongly in batch 1; openers 1 and 6 have the same E in batch 3. Who is a
    member, and whether an accusation holds, is written by hand.
    """
    context, _openers, seeds = openers_of(SEATS)
    shared = scalar("shared e")
    rows: dict[str, list[Row]] = {name: [] for name in ("accusations", "batches", "deals", "keys")}
    dealings: dict[int, Dealing] = {}
    clock = itertools.count(1)

    def enrol(*indices: int) -> None:
        for index in indices:
            key = hexed(context.members[index].format())
            rows["keys"].append({"at": next(clock), "encryptionKey": key, "index": index})

    def open_batch(number: int, *indices: int) -> None:
        rows["batches"].append(
            {"at": next(clock), "batch": number, "count": 1, "members": list(indices)}
        )
        some = replace(context, members={index: context.members[index] for index in indices})
        dealings[number] = Dealing(some, number, 1, 1, [], {})

    def deal(number: int, dealer: int, e: int | None = None, wrong_for: int = 0) -> bytes:
        here = dealings[number]
        polynomial = [scalar(f"members {number} {dealer} {power}") for power in range(4)]
        ephemeral = scalar(f"members e {number} {dealer}") if e is None else e
        if wrong_for:
            return misdirected(here.context, dealer, number, [polynomial], ephemeral, wrong_for)
        return make_deal(here.context, dealer, number, [polynomial], ephemeral)

    def post(number: int, dealer: int, payload: bytes) -> None:
        rows["deals"].append(
            {"at": next(clock), "batch": number, "dealer": dealer, "payload": hexed(payload)}
        )
        here = dealings[number]
        dealings[number] = replace(here, posted=[*here.posted, Posted(dealer, payload, 0)])

    def say(number: int, dealer: int, accuser: int, evidence: bytes, holds: bool) -> None:
        rows["accusations"].append(
            {
                "accuser": accuser,
                "at": next(clock),
                "batch": number,
                "dealer": dealer,
                "evidence": hexed(evidence),
                "holds": holds,
            }
        )

    def wrong(accuser: int) -> bytes:
        secret = derive(seeds[accuser], ENCRYPTION, context.prefix, context.set_hash)
        return accuse([dealings[1]], 1, 3, accuser, secret).pack()

    enrol(1, 2, 3, 4, 5, 6)
    open_batch(1, 1, 2, 3, 4, 5, 6)
    for dealer in (1, 2, 4):
        post(1, dealer, deal(1, dealer))
    post(1, 3, deal(1, 3, wrong_for=5))
    shown = wrong(5)
    say(1, 2, 4, bytes([1]) + bytes(129), False)
    say(1, 3, 6, shown, False)  # opener 5's evidence, given by another
    say(1, 3, 4, bytes([3]) + shown[1:], False)
    say(1, 2, 5, shown, False)
    open_batch(2, 1, 2, 3, 4, 5, 6)
    say(1, 3, 5, shown, True)
    enrol(7)
    open_batch(3, 1, 2, 4, 5, 6, 7)
    sixth, first = deal(3, 6, shared), deal(3, 1, N - shared)
    twice = bytes([2]) + keccak(sixth) + keccak(first)
    post(3, 6, sixth)
    say(3, 6, 2, twice, False)  # what it names comes later
    post(3, 1, first)
    post(3, 3, deal(1, 3, wrong_for=5))
    say(3, 6, 4, bytes([2]) + keccak(sixth) + keccak(sixth), False)
    open_batch(4, 1, 2, 4, 5, 6, 7)
    say(3, 6, 7, twice, True)
    open_batch(5, 1, 2, 4, 5, 7)
    return rows


def merkle() -> dict[str, list[Row]]:
    trees, proofs = [], []
    for count in (1, 2, 3, 4, 5, 7, 8, 13, 32):
        keys = [generate(scalar(f"merkle {count} {i}")) for i in range(count)]
        tree = MerkleTree([key_leaf(i, key) for i, key in enumerate(keys)])
        trees.append(
            {
                "count": count,
                "root": hexed(tree.root),
                "xs": [hexed(key.point()[0]) for key in keys],
                "ys": [hexed(key.point()[1]) for key in keys],
            }
        )
        proofs += [
            {
                "index": i,
                "leaf": hexed(key_leaf(i, key)),
                "proof": [hexed(node) for node in tree.proof(i)],
                "root": hexed(tree.root),
                "x": hexed(key.point()[0]),
                "y": hexed(key.point()[1]),
            }
            for i, key in enumerate(keys)
        ]
    return {"proofs": proofs, "trees": trees}


# What the ledger says of those who sign in openings.json: organisation (0 for none), eligible.
SIGNERS = {
    "supplier one": (1, True),
    "supplier one's bid key": (1, True),
    "supplier two": (2, True),
    "supplier three": (3, True),
    "supplier five": (5, True),
    "suspended": (4, False),
    "buyer": (9, True),
    "stranger": (0, False),
}
CEILING = 2_000_000_000
BACKED = (1, 2)  # organisations behind whose bids enough stood at closing
PANEL = (1, 2, 3)


def openings() -> dict[str, list[Row]]:
    """Boxes opened envelope by envelope; `reason` is written by hand, 0 where the message counts.

    Each void bid has the faults of the reasons after its own too: the first one is the reason.
    """
    faults: Row = {"version": 2, "nonce": 0}
    free = faults | {"price": 0}
    bids: list[tuple[int, str, Row, int]] = [
        (7, "supplier one", {"nonce": 2}, 0),
        (7, "stranger", free, 5),
        (7, "suspended", free, 6),
        (7, "buyer", free, 7),
        (7, "supplier one", free, 8),
        (7, "supplier one", free | {"version": 1}, 9),
        (7, "supplier one", {"price": 0}, 10),
        (7, "supplier one", {"price": CEILING + 1}, 11),
        (7, "supplier one", {"nonce": 2, "price": 1}, 12),
        (7, "supplier one's bid key", {"nonce": 1}, 12),
        (7, "supplier one's bid key", {"nonce": 3}, 0),
        (7, "supplier two", {"nonce": 5, "price": CEILING + 1}, 11),
        (7, "supplier two", {"nonce": 1, "price": CEILING}, 0),
        (7, "supplier two", {"nonce": 2, "price": WITHDRAWN}, 0),
        (7, "supplier two", {"nonce": 2}, 12),
        (7, "supplier two", {"nonce": 2**32 - 1, "price": 1}, 0),
        (7, "supplier three", {"price": WITHDRAWN - 1}, 11),
        (8, "supplier one", {"nonce": 1, "price": WITHDRAWN - 1}, 0),
        (8, "supplier one", {"nonce": 1}, 12),
        (8, "supplier three", {"version": 2}, 8),
        (10, "supplier three", {"price": CEILING + 1}, 11),
        (10, "supplier three", {}, 17),
        (10, "supplier one", {}, 0),
        (10, "supplier one", {}, 12),
    ]
    proposals: list[tuple[str, Row, int]] = [
        ("supplier one", {"nonce": 2}, 0),
        ("stranger", faults, 5),
        ("suspended", faults, 6),
        ("buyer", faults, 7),
        ("supplier one", faults, 8),
        ("supplier one", faults | {"version": 1}, 9),
        ("supplier one", {"nonce": 2, "documents": bytes(32)}, 12),
        ("supplier one's bid key", {"nonce": 1}, 12),
        ("supplier one's bid key", {"nonce": 3}, 0),
        ("supplier two", {"nonce": 2**32 - 1}, 0),
        ("supplier three", {}, 0),
    ]
    prices: list[tuple[str, Row, int]] = [
        ("supplier five", {}, 16),  # no proposal at all
        ("supplier one", {"nonce": 4}, 16),
        ("supplier one", {"nonce": 2}, 12),  # of the proposal that was replaced
        ("supplier one", {"nonce": 4, "price": CEILING + 1}, 11),
        ("supplier one", {"nonce": 3, "price": 0}, 10),
        ("supplier one", {"nonce": 0}, 9),
        ("supplier one", {"nonce": 3, "version": 2}, 8),
        ("supplier one", {"nonce": 3}, 0),
        ("supplier one's bid key", {"nonce": 3, "price": 1}, 12),
        ("supplier two", {"nonce": 2**32 - 1, "price": WITHDRAWN}, 0),
        ("supplier two", {"nonce": 2**32 - 1}, 12),
        ("supplier three", {"price": CEILING}, 0),
    ]
    # seat, who signs, marks, reason
    scores: list[tuple[int, str, bytes, int]] = [
        (1, "seat 1", bytes([0, 100, 101]), 15),
        (1, "seat 1", bytes([0, 100, 254]), 15),
        (1, "seat 1", bytes([0, 100, 255]), 0),
        (2, "seat 2", bytes([3, 99]), 1),
        (3, "seat 3", bytes([255, 255, 255]), 0),
    ]
    ballots: list[tuple[int, str, bytes, int]] = [
        (1, "seat 1", bytes([0, 1]), 1),
        (1, "seat 1", bytes([0, 1, 1, 1]), 1),
        (4, "seat 1", bytes([3, 3, 3]), 13),
        (0, "seat 1", bytes([0, 1, 2]), 13),
        (1, "seat 2", bytes([3, 3, 3]), 4),
        (1, "seat 1", bytes([0, 1, 3]), 15),
        (1, "seat 1", bytes([0, 1, 2]), 0),
        (1, "seat 1", bytes([0, 1, 2]), 14),
        (1, "seat 1", bytes([0, 1, 3]), 14),
        (2, "seat 2", bytes([255, 255, 254]), 15),
        (2, "seat 2", bytes([255, 255, 255]), 0),
        (3, "seat 3", bytes([0, 0, 0]), 0),
    ]
    panel = Box(CHAIN_ID, BALLOTS, 7, STAGE_BALLOT + 1)
    scorers = Box(CHAIN_ID, BALLOTS, 9, STAGE_BALLOT)

    def row(box: Box, message: Any, signer: str, number: int, reason: int) -> Row:
        # `sign` would refuse what is void in itself.
        signature = wallet(signer).sign_typed(message.typed_data(box))
        plaintext = replace(message, signature=signature).pack()
        envelope = seal(box, plaintext, f"opening {number}")
        return {"boxId": hexed(box.id), "envelope": hexed(envelope), "reason": reason}

    def votes(box: Box, given: list[tuple[int, str, bytes, int]]) -> list[Row]:
        return [
            row(box, Ballot(seat, fixed("reasons"), marks), signer, number, reason)
            for number, (seat, signer, marks, reason) in enumerate(given)
        ]

    cast = votes(panel, ballots)
    envelope = bytes.fromhex(cast[-1]["envelope"][2:])
    spoiled = {2: b"\x02" + envelope[1:], 3: b"\x01\x04" + envelope[2:]}  # version, point
    cast += [cast[-1] | {"envelope": hexed(each), "reason": n} for n, each in spoiled.items()]

    tenders = {id: Box(CHAIN_ID, TENDERS, id, 0) for id in (7, 8, 10)}
    priced = replace(PROPOSALS, stage=STAGE_PRICE)
    ceilings = {7: CEILING, 8: 0, 9: CEILING, 10: CEILING}
    common = {"buyer": 9, "secret": hexed(SECRET), "version": 1}
    return {
        "accounts": [
            {
                "account": wallet(label).address,
                "backed": organisation in BACKED,
                "eligible": eligible,
                "organisation": organisation,
            }
            for label, (organisation, eligible) in SIGNERS.items()
        ],
        "ballots": cast + votes(scorers, scores),
        "bids": [
            row(tenders[tender], bid(signer, **changes), signer, number, reason)
            for number, (tender, signer, changes, reason) in enumerate(bids)
        ]
        + [
            row(priced, bid(signer, **changes), signer, number, reason)
            for number, (signer, changes, reason) in enumerate(prices)
        ],
        "panels": [
            box_row(box) | {"bids": 3, "scored": box is scorers, "secret": hexed(SECRET)}
            for box in (panel, scorers)
        ],
        "proposals": [
            row(PROPOSALS, proposal(signer, **changes), signer, number, reason)
            for number, (signer, changes, reason) in enumerate(proposals)
        ],
        "seats": [{"account": wallet(f"seat {seat}").address, "seat": seat} for seat in PANEL],
        "tenders": [
            box_row(box)
            | {"bidSecurity": 100 if box.tender_id == 10 else 0}
            | {"ceiling": hexed(ceilings[box.tender_id])}
            | common
            for box in (tenders[7], tenders[8], PROPOSALS, priced, tenders[10])
        ],
    }


def build() -> dict[str, str]:
    """Returns file name → text."""
    public, releases = ceremony()
    files: dict[str, dict[str, list[Row]]] = {
        "envelopes.json": {"bad": bad_envelopes(), "good": good_envelopes()},
        "openings.json": openings(),
        "messages.json": messages(),
        "shares.json": {"interpolations": interpolations(), "points": points()},
        "ceremony.json": public,
        "evidence.json": evidence(),
        "members.json": members(),
        "releases.json": releases,
        "merkle.json": merkle(),
    }
    return {
        name: json.dumps(content, indent=1, sort_keys=True) + "\n"
        for name, content in files.items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in build().items():
        (FOLDER / file).write_text(text)
