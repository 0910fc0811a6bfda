import { encode, keccak, label, number, same, type Whole } from "./bytes.ts";
import { N, parsePoint, Point, pointAddress, scalar } from "./curve.ts";
import { SealingError } from "./errors.ts";
import { keyLeaf, merkleRoot } from "./merkle.ts";

const POP = label("Terang ceremony proof v1");
const TRANSCRIPT = label("Terang ceremony transcript v1");

/** A batch of keys, as the ledger's events tell of it. */
export interface Batch {
  readonly chainId: Whole;
  /** OpeningKeys, 20 bytes. */
  readonly contract: Uint8Array;
  readonly epoch: Whole;
  readonly batch: Whole;
  /** How many keys. */
  readonly count: number;
  /** How many openers put a secret together. */
  readonly threshold: number;
  /**
   * Its members' encryption keys, 33 bytes each, by their index, ascending: the openers that had
   * enrolled for the epoch before the batch was opened, without those shown to have cheated by
   * then. `membersOf` tells them.
   */
  readonly members: ReadonlyMap<number, Uint8Array>;
}

/** A deal as it stands in its event. */
export interface Posted {
  /** The dealer's index. */
  readonly from: number;
  readonly payload: Uint8Array;
}

/** @internal A deal that counts. */
export interface Deal {
  readonly from: number;
  readonly digest: Uint8Array;
  /** E. */
  readonly ephemeral: Point;
  /** For each key the k commitments, the constant's first. */
  readonly commitments: readonly (readonly Point[])[];
  /** For each key and receiver 32 bytes, encrypted. */
  readonly shares: Uint8Array;
}

/** What a batch's deals come to. */
export interface Settled {
  /** The indices of the openers whose deals count, ascending. */
  readonly dealers: readonly number[];
  /** The public keys, 33 bytes each, by their index. */
  readonly keys: readonly Uint8Array[];
  /** The root of the keys' Merkle tree, 32 bytes, as the openers confirm it. */
  readonly root: Uint8Array;
  /** The hash over who dealt what, 32 bytes, as the openers confirm it. */
  readonly transcript: Uint8Array;
  /** The address that an opener's share of a key must have, 20 bytes. */
  readonly shareAddress: (opener: number, key: number) => Uint8Array;
}

function bad(from: number, what: string): SealingError {
  return new SealingError("deal", `The deal of opener ${from} does not count: ${what}. Ignore it.`);
}

function cancelled({ batch }: Batch): SealingError {
  const what = `The deals of batch ${batch} cancel each other: seal nothing to its keys.`;
  return new SealingError("ceremony", what);
}

function sum(points: readonly Point[]): Point {
  return points.reduce((total, point) => total.add(point), Point.ZERO);
}

/** @internal */
export function readDeal(place: Batch, { from, payload }: Posted): Deal {
  const { count, threshold, members } = place;
  if (!members.has(from)) throw bad(from, "it was no member when the batch was opened");
  const commitmentsEnd = 99 + 33 * threshold * count;
  if (payload.length !== commitmentsEnd + 32 * (members.size - 1) * count) {
    throw bad(from, `it has ${payload.length} bytes`);
  }
  if (payload[0] !== 1) throw bad(from, "it is of another version");
  const at = (start: number): Point => {
    try {
      return parsePoint(payload.subarray(start, start + 33));
    } catch {
      throw bad(from, `byte ${start} begins no point`);
    }
  };
  const [ephemeral, nonce, response] = [at(1), at(34), number(payload.subarray(67, 99))];
  const commitments = Array.from({ length: count }, (_, key) =>
    Array.from({ length: threshold }, (_, power) => at(99 + 33 * (threshold * key + power))),
  );
  const body = keccak(payload.subarray(0, 34), payload.subarray(99));
  const { chainId, contract, epoch, batch } = place;
  const proof = { bytes: payload.subarray(34, 67) };
  // Whom the deal is for, and to which keys: who was told others than the chain has dealt nothing.
  const enrolled = [...members].sort(([left], [right]) => left - right);
  const whom = keccak(...enrolled.map(([index, key]) => encode(index, keccak(key))));
  const said = encode(POP, chainId, contract, epoch, batch, from, whom, proof, body);
  const challenge = number(keccak(said)) % N;
  // T + c·E + Σ c^(q+2)·A_q,0 is T + c·(E + c·(A_0,0 + c·(A_1,0 + …)))
  const proven = [nonce, ephemeral, ...commitments.map(([constant]) => constant!)];
  const right = proven.reduceRight((total, point) => total.multiplyUnsafe(challenge).add(point));
  if (response === 0n || response >= N || !Point.BASE.multiply(response).equals(right)) {
    throw bad(from, "its proof does not hold");
  }
  const shares = payload.subarray(commitmentsEnd);
  return { from, digest: keccak(payload), ephemeral, commitments, shares };
}

/**
 * Says whether a deal counts: who posted it knows what it dealt.
 *
 * @throws SealingError `deal` with what is wrong with it
 */
export function checkDeal(batch: Batch, posted: Posted): void {
  readDeal(batch, posted);
}

/**
 * Works out a batch from its public deals. An opener's first deal that counts does; others are
 * ignored.
 *
 * @param posted all deals of the batch, in the ledger's order
 * @throws SealingError `ceremony` if fewer openers than the threshold dealt, or their deals cancel
 *   each other; `number` for a batch of nothing
 */
export function settle(batch: Batch, posted: readonly Posted[]): Settled {
  if (batch.count < 1 || batch.threshold < 1) {
    const what = "A batch has at least one key, and a threshold of at least 1: see its event.";
    throw new SealingError("number", what);
  }
  const deals = new Map<number, Deal>();
  for (const one of posted) {
    if (deals.has(one.from)) continue;
    try {
      deals.set(one.from, readDeal(batch, one));
    } catch (error) {
      if (!(error instanceof SealingError && error.fault === "deal")) throw error;
    }
  }
  if (deals.size < batch.threshold) {
    const what = `Only ${deals.size} of ${batch.threshold} openers dealt batch ${batch.batch}`;
    throw new SealingError("ceremony", `${what}: seal nothing to its keys.`);
  }
  const sorted = [...deals.values()].sort((left, right) => left.from - right.from);
  const dealers = sorted.map(({ from }) => from);
  // For each key the commitments to the sum of the dealers' polynomials.
  const totals = Array.from({ length: batch.count }, (_, key) =>
    Array.from({ length: batch.threshold }, (_, power) =>
      sum(sorted.map(({ commitments }) => commitments[key]![power]!)),
    ),
  );
  if (totals.some(([constant]) => constant!.is0())) throw cancelled(batch);
  const keys = totals.map(([constant]) => constant!.toBytes());
  const place = [batch.chainId, batch.contract, batch.epoch, batch.batch];
  const digests = sorted.map(({ digest }) => digest);
  return {
    dealers,
    keys,
    root: merkleRoot(keys.map((key, index) => keyLeaf(index, key))),
    transcript: keccak(encode(TRANSCRIPT, ...place, { array: dealers }, { array: digests })),
    shareAddress: (opener, key) => {
      const x = scalar(BigInt(opener), "An opener's index");
      const total = totals[key];
      if (!total) throw new SealingError("number", `Batch ${batch.batch} has no key ${key}.`);
      const share = total.reduceRight((value, point) => value.multiplyUnsafe(x).add(point));
      if (share.is0()) throw cancelled(batch);
      return pointAddress(share);
    },
  };
}

/** What the ledger says of a key: what its batch was confirmed with, and the key itself. */
export interface Claim {
  readonly root: Uint8Array;
  readonly transcript: Uint8Array;
  /** Its place in the batch, from 0. */
  readonly index: number;
  /** 33 bytes compressed or 64 of x ‖ y. */
  readonly key: Uint8Array;
}

/**
 * A bidder's own check of a box's key, before it seals: that the openers' public deals make this
 * very key and what they confirmed.
 *
 * @throws SealingError `ceremony` if they do not: seal nothing then; `point` for a key that is none
 */
export function checkKey(batch: Batch, posted: readonly Posted[], claim: Claim): void {
  const { keys, root, transcript } = settle(batch, posted);
  const key = parsePoint(claim.key).toBytes();
  const refuse = (what: string): never => {
    throw new SealingError("ceremony", `${what}: seal nothing to this key, and tell the openers.`);
  };
  if (!same(transcript, claim.transcript)) refuse("The deals are not those that were confirmed");
  if (!same(root, claim.root)) refuse("The deals make other keys than were confirmed");
  if (!keys[claim.index] || !same(keys[claim.index]!, key)) refuse("The deals make another key");
}

/** Where a key comes from: epoch·2⁶⁴ + batch·2³² + index, as the ledger numbers it. */
export function parseKeyId(id: bigint): { epoch: bigint; batch: bigint; index: number } {
  const [epoch, batch] = [id >> 64n, BigInt.asUintN(32, id >> 32n)];
  return { epoch, batch, index: Number(BigInt.asUintN(32, id)) };
}
