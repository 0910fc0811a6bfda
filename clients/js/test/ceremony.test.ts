// A bidder checks the key before it seals, and refuses with a reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkDeal, checkKey, interpolate, N, settle, unhex, verifyProof } from "../src/index.ts";
import type { Batch, Claim, Posted } from "../src/index.ts";
import { big, encode, keccak, label, number } from "../src/bytes.ts";
import { Point } from "../src/curve.ts";
import { fault, fixed, flipped, join, scalar } from "./support.ts";

const MEMBERS = [1, 2, 5, 6];
const keysOf = (indices: number[]): Batch["members"] =>
  new Map(indices.map((index) => [index, Point.BASE.multiply(scalar(`enc ${index}`)).toBytes()]));
const BATCH: Batch = {
  chainId: 31337,
  contract: unhex("11".repeat(20)),
  epoch: 3,
  batch: 5,
  count: 2,
  threshold: 3,
  members: keysOf(MEMBERS),
};

/** A dealer's secrets: e and the polynomial of each key. */
interface Secrets {
  e: bigint;
  polynomials: bigint[][];
}

function secretsOf(from: number): Secrets {
  const polynomial = (key: number): bigint[] =>
    [0, 1, 2].map((power) => scalar(`${from} ${key} ${power}`));
  return { e: scalar(`e ${from}`), polynomials: [polynomial(0), polynomial(1)] };
}

// A deal with a right proof. Its shares are noise: only who can read them can tell.
function deal(from: number, secrets = secretsOf(from), batch = BATCH, version = 1): Posted {
  const { e, polynomials } = secrets;
  const point = (secret: bigint) => Point.BASE.multiply(secret).toBytes();
  const head = join(Uint8Array.of(version), point(e));
  const commitments = polynomials.flat().map(point);
  const noise = Array.from({ length: 6 }, (_, place) => fixed(`${from} ${place}`));
  const rest = join(...commitments, ...noise);
  const nonce = scalar(`t ${from}`);
  const { chainId, contract, epoch, members } = batch;
  const t = { bytes: point(nonce) };
  const pop = label("Terang ceremony proof v1");
  const body = keccak(head, rest);
  const whom = keccak(...[...members].map(([index, key]) => encode(index, keccak(key))));
  const said = encode(pop, chainId, contract, epoch, batch.batch, from, whom, t, body);
  const c = number(keccak(said));
  let response = nonce + c * e;
  for (const [key, [constant]] of polynomials.entries()) {
    response += c ** BigInt(key + 2) * constant!;
  }
  return { from, payload: join(head, t.bytes, big(response % N), rest) };
}

const DEALS = MEMBERS.map((from) => deal(from));

function claim(index: number, posted = DEALS): Claim {
  const { keys, root, transcript } = settle(BATCH, posted);
  return { index, key: keys[index]!, root, transcript };
}

test("a key that the openers made is accepted, each at its own place only", () => {
  checkKey(BATCH, DEALS, claim(0));
  checkKey(BATCH, DEALS, claim(1));
  assert.throws(() => checkKey(BATCH, DEALS, { ...claim(0), index: 1 }), fault("ceremony"));
  assert.throws(() => checkKey(BATCH, DEALS, { ...claim(0), index: 2 }), fault("ceremony"));
});

test("a key that somebody made alone is refused", () => {
  const key = Point.BASE.multiply(scalar("thief")).toBytes();
  assert.throws(() => checkKey(BATCH, DEALS, { ...claim(0), key }), fault("ceremony"));
  assert.throws(() => checkKey(BATCH, DEALS, { ...claim(0), key: fixed("") }), fault("point"));
});

test("what was confirmed must be what was dealt", () => {
  for (const wrong of [{ root: fixed("root") }, { transcript: fixed("transcript") }]) {
    assert.throws(() => checkKey(BATCH, DEALS, { ...claim(0), ...wrong }), fault("ceremony"));
  }
  assert.throws(() => checkKey(BATCH, DEALS.slice(1), claim(0)), fault("ceremony"));
});

test("keys are the sum of the deals that count, and of at least the threshold", () => {
  const { keys, dealers } = settle(BATCH, DEALS);
  const total = (from: number[], key: number): Uint8Array => {
    const secret = from.reduce((sum, one) => sum + secretsOf(one).polynomials[key]![0]!, 0n);
    return Point.BASE.multiply(secret % N).toBytes();
  };
  assert.deepEqual(keys, [total(MEMBERS, 0), total(MEMBERS, 1)]);
  assert.deepEqual(dealers, MEMBERS);
  const spoiled = [{ from: 2, payload: flipped(DEALS[1]!.payload, 200) }];
  const three = settle(BATCH, [...DEALS.slice(2), ...spoiled, DEALS[0]!]);
  assert.deepEqual(three.dealers, [1, 5, 6]);
  assert.deepEqual(three.keys[1], total([1, 5, 6], 1));
  assert.throws(() => settle(BATCH, [...DEALS.slice(2), ...spoiled]), fault("ceremony"));
});

test("dealers who cancel each other make no key", () => {
  const [first, second] = [secretsOf(1), secretsOf(2)];
  const constant = 2n * N - first.polynomials[1]![0]! - second.polynomials[1]![0]!;
  const third = secretsOf(5);
  third.polynomials[1]![0] = constant % N;
  const posted = [deal(1), deal(2), deal(5, third)];
  assert.throws(() => settle(BATCH, posted), fault("ceremony"));
  // their sum at 1 is zero
  third.polynomials[1]![0] = 1n;
  const sum = [first, second, third].flatMap(({ polynomials }) => polynomials[1]!);
  const total = sum.reduce((total, one) => total + one) - 1n;
  third.polynomials[1]![0] = N - (total % N);
  const { shareAddress } = settle(BATCH, [deal(1), deal(2), deal(5, third)]);
  assert.throws(() => shareAddress(1, 1), fault("ceremony"));
});

test("an opener's first deal that counts does, in the order of the ledger", () => {
  const other = deal(2, { ...secretsOf(2), e: scalar("other") });
  const spoiled = { from: 2, payload: new Uint8Array() };
  const { transcript } = settle(BATCH, DEALS);
  assert.deepEqual(settle(BATCH, [spoiled, ...DEALS, other]).transcript, transcript);
  assert.notDeepEqual(settle(BATCH, [other, ...DEALS]).transcript, transcript);
});

test("a deal with any byte changed does not count", () => {
  const { from, payload } = DEALS[0]!;
  checkDeal(BATCH, DEALS[0]!);
  for (let place = 0; place < payload.length; place += 3) {
    const changed = { from, payload: flipped(payload, place, 1 + (place % 255)) };
    assert.throws(() => checkDeal(BATCH, changed), fault("deal"));
  }
});

test("a deal is for its own batch, dealer, chain and contract", () => {
  const one = DEALS[0]!;
  const places: Partial<Batch>[] = [
    { chainId: 1 },
    { contract: unhex("22".repeat(20)) },
    { epoch: 4 },
    { batch: 6 },
    { count: 1 },
    { threshold: 2 },
    { members: keysOf([1, 2, 5]) },
    { members: keysOf([2, 5, 6, 7]) },
    { members: new Map([...keysOf(MEMBERS), [5, keysOf([7]).get(7)!]]) },
  ];
  for (const place of places) {
    assert.throws(() => checkDeal({ ...BATCH, ...place }, one), fault("deal"));
  }
  assert.throws(() => checkDeal(BATCH, { ...one, from: 2 }), fault("deal"));
  assert.throws(() => checkDeal(BATCH, { ...one, from: 3 }), fault("deal"));
  const replayed = deal(1, secretsOf(1), { ...BATCH, batch: 6 });
  assert.throws(() => checkDeal(BATCH, replayed), fault("deal"));
});

test("a deal of another version does not count, though its proof holds", () => {
  const newer = deal(1, secretsOf(1), BATCH, 2);
  assert.throws(() => checkDeal(BATCH, newer), /another version/);
});

test("a proof whose response is not below N does not count", () => {
  const { from, payload } = DEALS[0]!;
  const response = number(payload.slice(67, 99)) + N;
  const replaced = response < 2n ** 256n ? big(response) : big(N);
  for (const bytes of [replaced, new Uint8Array(32)]) {
    const changed = join(payload.slice(0, 67), bytes, payload.slice(99));
    assert.throws(() => checkDeal(BATCH, { from, payload: changed }), fault("deal"));
  }
});

test("shares are attributable, and k of them put the secret together", () => {
  const { shareAddress, keys } = settle(BATCH, DEALS);
  const share = (opener: number, key: number): bigint =>
    MEMBERS.reduce((total, from) => {
      const [zero, one, two] = secretsOf(from).polynomials[key]!;
      const x = BigInt(opener);
      return (total + zero! + one! * x + two! * x * x) % N;
    }, 0n);
  for (const trio of [
    [1, 2, 5],
    [6, 5, 1],
  ]) {
    const secret = interpolate(new Map(trio.map((opener) => [opener, share(opener, 1)])));
    assert.deepEqual(Point.BASE.multiply(secret).toBytes(), keys[1]);
  }
  const two = interpolate(new Map([1, 2].map((opener) => [opener, share(opener, 1)])));
  assert.notDeepEqual(Point.BASE.multiply(two).toBytes(), keys[1]);
  const coordinates = Point.BASE.multiply(share(6, 0)).toBytes(false).slice(1);
  assert.deepEqual(shareAddress(6, 0), keccak(coordinates).slice(12));
  assert.throws(() => shareAddress(0, 0), fault("number"));
  assert.throws(() => shareAddress(1, 2), fault("number"));
  assert.throws(() => interpolate(new Map([[0, 1n]])), fault("number"));
});

test("a batch of nothing is refused", () => {
  assert.throws(() => settle({ ...BATCH, count: 0 }, DEALS), fault("number"));
  assert.throws(() => settle({ ...BATCH, threshold: 0 }, DEALS), fault("number"));
});

test("a proof of another leaf or root leads nowhere", () => {
  const [leaf, sister] = [fixed("leaf"), fixed("sister")];
  const sorted = [leaf, sister].sort(Buffer.compare);
  const root = keccak(...sorted);
  assert.ok(verifyProof(root, leaf, [sister]));
  assert.ok(verifyProof(leaf, leaf, []));
  assert.ok(!verifyProof(root, sister, [sister]));
  assert.ok(!verifyProof(root, leaf, []));
  assert.ok(!verifyProof(flipped(root, 31), leaf, [sister]));
});
