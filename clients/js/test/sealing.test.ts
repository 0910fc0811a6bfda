// What a bidder and a panel's seat do, and what they must not be able to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  ballotDigest,
  bidDigest,
  boxId,
  decryptDocuments,
  draftBid,
  draftProposal,
  hex,
  keccak,
  N,
  open,
  openBallots,
  openBids,
  openPrices,
  openProposals,
  proposalDigest,
  Reason,
  recover,
  sealBallot,
  Sealer,
  sign,
  unhex,
  type Box,
} from "../src/index.ts";
import { big } from "../src/bytes.ts";
import { Point } from "../src/curve.ts";
import { boxOf, fault, fixed, flipped, join, scalar } from "./support.ts";

const CONTRACT = "74Ee1D2E2185452feb28f6F6dbbC84D15171ed56";
const BOX: Box = boxOf({ chainId: 31337, contract: CONTRACT, tenderId: 7, stage: 0 });
const PROPOSALS: Box = { ...BOX, stage: 1 };
const PRICES: Box = { ...BOX, stage: 2 };
const BALLOTS: Box = { ...BOX, stage: 17 };
const SECRET = scalar("box");
const KEY = Point.BASE.multiply(SECRET).toBytes();
const SUPPLIER = scalar("supplier");
const ARCHIVE = fixed("archive");
const OFFER = { account: addressOf(SUPPLIER), price: 1_250_000_000n, version: 1, nonce: 1 };
const RULES = { version: 1, buyer: 9, bidder: () => ({ organisation: 1, eligible: true }) };

test("a bid sealed in a browser opens with its documents", async () => {
  const draft = await draftBid(BOX, KEY, OFFER, ARCHIVE);
  const envelope = draft.seal(sign(bidDigest(BOX, draft.bid), SUPPLIER));
  assert.equal(envelope.length, 175);
  const [opened] = openBids(BOX, SECRET, [envelope], RULES);
  assert.ok(opened && !opened.reason && draft.ciphertext);
  const { organisation, z, signature: _signature, ...bid } = opened.value;
  assert.deepEqual(bid, draft.bid);
  assert.equal(organisation, 1);
  const id = boxId(BOX);
  assert.deepEqual(await decryptDocuments(id, z, bid.documents, draft.ciphertext), ARCHIVE);
});

test("a proposal and its price open one after the other, each with its documents", async () => {
  const { price, ...offer } = OFFER;
  const draft = await draftProposal(PROPOSALS, KEY, offer, ARCHIVE);
  const envelope = draft.seal(sign(proposalDigest(PROPOSALS, draft.proposal), SUPPLIER));
  assert.equal(envelope.length, 159);
  const proposals = openProposals(PROPOSALS, SECRET, [envelope], RULES);
  const [opened] = proposals;
  assert.ok(opened && !opened.reason && draft.ciphertext);
  const { documents, z } = opened.value;
  const read = await decryptDocuments(boxId(PROPOSALS), z, documents, draft.ciphertext);
  assert.deepEqual(read, ARCHIVE);

  const bid = await draftBid(PRICES, KEY, { ...offer, price });
  const priced = bid.seal(sign(bidDigest(PRICES, bid.bid), SUPPLIER));
  assert.equal(openPrices(PRICES, SECRET, [priced], RULES, proposals)[0]?.value?.price, price);
  assert.equal(openPrices(PRICES, SECRET, [priced], RULES, [])[0]?.reason, Reason.UNPAIRED);
  // of a wrong kind, or of the other box
  assert.equal(openProposals(PROPOSALS, SECRET, [priced], RULES)[0]?.reason, Reason.LENGTH);
  assert.equal(openPrices(PRICES, SECRET, [envelope], RULES, proposals)[0]?.reason, 1);
  assert.throws(() => proposalDigest(BOX, draft.proposal), /takes no proposals/);
  assert.throws(() => bidDigest(PROPOSALS, bid.bid), /takes no prices/);
});

test("a panel that scores quality gives up to 100, and no other does", () => {
  const account = addressOf(scalar("seat"));
  const ballot = { seat: 3, reasons: fixed("reasons"), marks: Uint8Array.of(0, 100, 255) };
  const signature = sign(ballotDigest(BALLOTS, ballot), scalar("seat"));
  const envelope = sealBallot(BALLOTS, KEY, ballot, account, signature);
  const opened = (scored?: boolean) =>
    openBallots(BALLOTS, SECRET, [envelope], 3, () => account, scored)[0]?.reason;
  assert.equal(opened(true), undefined);
  assert.equal(opened(), Reason.MARKS);
});

test("a bid without documents names none", async () => {
  const draft = await draftBid(BOX, KEY, OFFER);
  assert.deepEqual(draft.bid.documents, new Uint8Array(32));
  assert.equal(draft.ciphertext, undefined);
});

test("a ballot sealed in a browser opens", () => {
  const account = addressOf(scalar("seat"));
  const ballot = { seat: 3, reasons: fixed("reasons"), marks: Uint8Array.of(0, 1, 2, 255) };
  const signature = sign(ballotDigest(BALLOTS, ballot), scalar("seat"));
  const envelope = sealBallot(BALLOTS, KEY, ballot, account, signature);
  const opened = openBallots(BALLOTS, SECRET, [envelope], 4, () => account);
  assert.deepEqual(opened, [{ value: { ...ballot, signature } }]);
});

test("no bid is sealed that another signed, or in another box's name", async () => {
  const draft = await draftBid(BOX, KEY, OFFER);
  const seal = (box: Box, key: bigint) => () => draft.seal(sign(bidDigest(box, draft.bid), key));
  assert.throws(seal(BOX, scalar("rival")), fault("signature"));
  assert.throws(seal({ ...BOX, tenderId: 8 }, SUPPLIER), fault("signature"));
  assert.throws(seal({ ...BOX, chainId: 1 }, SUPPLIER), fault("signature"));
  assert.throws(() => draft.seal(new Uint8Array(65)), fault("signature"));
  assert.throws(() => draft.seal(new Uint8Array()), fault("signature"));
});

test("no ballot is sealed that the seat's account did not sign", () => {
  const ballot = { seat: 3, reasons: fixed("reasons"), marks: Uint8Array.of(1) };
  const signature = sign(ballotDigest(BALLOTS, ballot), scalar("other"));
  const seal = () => sealBallot(BALLOTS, KEY, ballot, addressOf(scalar("seat")), signature);
  assert.throws(seal, fault("signature"));
  assert.throws(() => ballotDigest(BOX, ballot), /takes no ballots/);
});

test("nothing is sealed that would be void in any ledger", async () => {
  for (const offer of [
    { ...OFFER, price: 0n },
    { ...OFFER, nonce: 0 },
  ]) {
    const draft = await draftBid(BOX, KEY, offer);
    const seal = () => draft.seal(sign(bidDigest(BOX, draft.bid), SUPPLIER));
    assert.throws(seal, fault("number"));
  }
  const unnumbered = await draftProposal(PROPOSALS, KEY, { ...OFFER, nonce: 0 });
  const digest = proposalDigest(PROPOSALS, unnumbered.proposal);
  assert.throws(() => unnumbered.seal(sign(digest, SUPPLIER)), fault("number"));
  const ballot = { seat: 3, reasons: fixed("reasons"), marks: Uint8Array.of(1, 101) };
  const signature = sign(ballotDigest(BALLOTS, ballot), SUPPLIER);
  const seal = () => sealBallot(BALLOTS, KEY, ballot, OFFER.account, signature);
  assert.throws(seal, fault("number"));
  await assert.rejects(draftBid(BOX, KEY, { ...OFFER, price: 2n ** 128n }), fault("number"));
  await assert.rejects(draftBid(BOX, KEY, { ...OFFER, account: KEY }), fault("bytes"));
});

test("one secret r serves one message and one archive", async () => {
  const sealer = Sealer.fresh(BOX, KEY, fixed("context"));
  const message = Uint8Array.from(ARCHIVE);
  assert.deepEqual(sealer.seal(message), sealer.seal(ARCHIVE));
  message[31]! ^= 1; // the caller's bytes are the caller's
  assert.throws(() => sealer.seal(message), fault("used"));
  assert.throws(() => sealer.seal(join(ARCHIVE, ARCHIVE)), fault("used"));
  assert.throws(() => sealer.seal(new Uint8Array()), fault("bytes"));
  const stored = await sealer.encryptDocuments(ARCHIVE);
  assert.deepEqual(await sealer.encryptDocuments(ARCHIVE), stored);
  await assert.rejects(sealer.encryptDocuments(flipped(ARCHIVE, 0)), fault("used"));
});

test("r is new every time, and for another message even if randomness repeats", async (context) => {
  const point = async (box: Box, offer = OFFER, archive?: Uint8Array): Promise<string> => {
    const draft = await draftBid(box, KEY, offer, archive);
    return hex(draft.seal(sign(bidDigest(box, draft.bid), SUPPLIER)).slice(1, 34));
  };
  assert.notEqual(await point(BOX), await point(BOX));
  context.mock.method(crypto, "getRandomValues", (bytes: Uint8Array) => bytes.fill(7));
  assert.equal(await point(BOX), await point(BOX), "the machine's randomness repeats");
  const points = await Promise.all([
    point(BOX),
    point({ ...BOX, tenderId: 8 }),
    point(BOX, { ...OFFER, price: 1n }),
    point(BOX, { ...OFFER, nonce: 2 }),
    point(BOX, OFFER, ARCHIVE),
    point(BOX, OFFER, flipped(ARCHIVE, 0)),
  ]);
  assert.equal(new Set(points).size, points.length);
  const seal = (box: Box) => Sealer.fresh(box, KEY, ARCHIVE).seal(ARCHIVE).slice(1, 34);
  assert.notDeepEqual(seal(BOX), seal(BALLOTS), "the context does not name the box");
});

test("a bad key, secret or r is refused", () => {
  const over = big(N + 1n);
  for (const key of [
    new Uint8Array(33),
    KEY.slice(0, 32),
    Point.fromBytes(KEY).toBytes(false), // 65 bytes
    join(Uint8Array.of(4), KEY.slice(1)),
    join(Uint8Array.of(2), big(5n)), // x = 5 is not on the curve
    join(KEY.slice(1), KEY.slice(1)),
    join(Uint8Array.of(2), new Uint8Array(32).fill(255)),
  ]) {
    assert.throws(() => new Sealer(BOX, key, 1n), fault("point"));
  }
  for (const r of [0n, N, -1n]) assert.throws(() => new Sealer(BOX, KEY, r), fault("number"));
  for (const y of [0n, N, -1n]) {
    assert.throws(() => open(BOX, y, over), fault("number"));
    assert.throws(() => openBids(BOX, y, [over], RULES), fault("number"));
  }
  assert.throws(() => boxId({ ...BOX, contract: over }), fault("bytes"));
  assert.throws(() => boxId({ ...BOX, tenderId: 2n ** 256n }), fault("number"));
  assert.throws(() => boxId({ ...BOX, tenderId: 2 ** 60 }), fault("number"));
  assert.throws(() => unhex("0x0"), fault("bytes"));
  assert.throws(() => unhex("0xzz"), fault("bytes"));
  assert.throws(() => unhex("0x00", 2), fault("bytes"));
});

test("every byte that is flipped makes a bid void, and none makes the opening fail", async () => {
  const draft = await draftBid(BOX, KEY, OFFER, ARCHIVE);
  const envelope = draft.seal(sign(bidDigest(BOX, draft.bid), SUPPLIER));
  for (let place = 0; place < envelope.length; place++) {
    const [opened] = openBids(BOX, SECRET, [flipped(envelope, place, 1 + (place % 255))], RULES);
    assert.ok(opened?.reason, `byte ${place}`);
  }
  for (const [place, reason] of [
    [0, 2],
    [1, 3],
  ] as const) {
    for (let mask = 1; mask < 256; mask++) {
      const [opened] = openBids(BOX, SECRET, [flipped(envelope, place, mask)], RULES);
      // 02 for 03 is the other point of this x, which decrypts to nothing signed
      const other = place === 1 && mask === 1;
      assert.equal(opened?.reason, other ? 4 : reason);
    }
  }
});

/** An x of the curve that the group's order does not reach; N is another. */
function aboveOrder(): bigint {
  for (let x = N + 1n; ; x++) {
    try {
      Point.fromBytes(join(Uint8Array.of(2), big(x)));
      return x;
    } catch {
      // no point has this x
    }
  }
}

test("points that the chain can not multiply are void", () => {
  const P = Point.Fp.ORDER;
  const opened = (x: bigint, prefix = 2) =>
    open(BOX, SECRET, join(Uint8Array.of(1, prefix), big(x), ARCHIVE)).reason;
  for (const x of [0n, 5n, N, aboveOrder(), P - 1n, P, 2n ** 256n - 1n]) {
    assert.equal(opened(x), Reason.POINT);
  }
  assert.equal(opened(Point.BASE.x), undefined);
  assert.equal(opened(Point.BASE.x, 4), Reason.POINT);
});

test("an envelope without a ciphertext is void", () => {
  const empty = join(Uint8Array.of(1), Point.BASE.toBytes());
  assert.equal(open(BOX, SECRET, empty).reason, Reason.LENGTH);
  assert.equal(open(BOX, SECRET, join(empty, Uint8Array.of(0))).reason, undefined);
});

test("an envelope of another box, chain or contract is void", async () => {
  const draft = await draftBid(BOX, KEY, OFFER);
  const envelope = draft.seal(sign(bidDigest(BOX, draft.bid), SUPPLIER));
  const others: Box[] = [
    { ...BOX, chainId: 1 },
    { ...BOX, contract: unhex("11".repeat(20)) },
    { ...BOX, tenderId: 8 },
    { ...BOX, stage: 2 },
  ];
  for (const box of others) assert.equal(openBids(box, SECRET, [envelope], RULES)[0]?.reason, 4);
});

test("a signature is one way only", () => {
  const digest = fixed("digest");
  const signature = sign(digest, SUPPLIER);
  assert.deepEqual(recover(digest, signature), addressOf(SUPPLIER));
  const [r, s, v] = [signature.slice(0, 32), signature.slice(32, 64), signature[64]!];
  const high = big(N - BigInt(`0x${Buffer.from(s).toString("hex")}`));
  for (const other of [
    join(r, high, Uint8Array.of(55 - v)), // the same signature with a high s
    join(r, s, Uint8Array.of(v - 27)),
    join(r, s, Uint8Array.of(v + 2)),
    join(r, s, Uint8Array.of(v + 8)), // a chain's number in v
    join(new Uint8Array(32), s, Uint8Array.of(v)),
    join(big(N), s, Uint8Array.of(v)),
    join(r, new Uint8Array(32), Uint8Array.of(v)),
    join(big(aboveOrder() - N), s, Uint8Array.of(29)), // some libraries recover this one
    signature.slice(0, 64),
    join(signature, Uint8Array.of(0)),
    new Uint8Array(),
  ]) {
    assert.equal(recover(digest, other), undefined);
  }
  assert.throws(() => sign(digest.slice(1), SUPPLIER), fault("bytes"));
  assert.throws(() => sign(digest, N), fault("number"));
});

test("documents that are not the bid's, or do not decrypt, are told apart", async () => {
  const sealer = Sealer.fresh(BOX, KEY, fixed("context"));
  const { ciphertext, hash } = await sealer.encryptDocuments(ARCHIVE);
  const opened = open(BOX, SECRET, sealer.seal(ARCHIVE));
  assert.ok(!opened.reason);
  const { z } = opened.value;
  const id = boxId(BOX);
  assert.deepEqual(hash, keccak(ciphertext));
  assert.deepEqual(await decryptDocuments(id, z, hash, ciphertext), ARCHIVE);
  const spoiled = flipped(ciphertext, 3);
  await assert.rejects(decryptDocuments(id, z, hash, spoiled), /names/);
  for (const [box, secret, text] of [
    [id, z, spoiled],
    [id, z, new Uint8Array(3)],
    [boxId(BALLOTS), z, ciphertext],
    [id, flipped(z, 0), ciphertext],
  ] as const) {
    const failed = decryptDocuments(box, secret, keccak(text), text);
    await assert.rejects(failed, fault("documents"));
  }
});
