import { encode, keccak, label, number, same, type Whole } from "./bytes.ts";
import { readDeal, type Batch, type Deal, type Posted } from "./ceremony.ts";
import { coordinates, N, parsePoint, Point } from "./curve.ts";
import { SealingError } from "./errors.ts";

const SHARE = label("Terang ceremony share v1");
const ACCUSATION = label("Terang ceremony accusation v1");

/** An epoch, as its event tells of it. */
export type Epoch = Pick<Batch, "chainId" | "contract" | "epoch" | "threshold">;

/** What the ledger tells of an epoch, one event each. */
export type EpochEvent =
  | { readonly name: "OpenerEnrolled"; readonly index: number; readonly encryptionKey: Uint8Array }
  | { readonly name: "BatchOpened"; readonly batch: Whole; readonly count: number }
  | ({ readonly name: "Dealt"; readonly batch: Whole } & Posted)
  | ({ readonly name: "Accused" } & Accused);

/** That an opener says a dealer cheated. */
export interface Accused {
  readonly batch: Whole;
  readonly dealer: number;
  readonly accuser: number;
  readonly evidence: Uint8Array;
}

interface Open {
  readonly batch: Batch;
  readonly posted: Posted[];
}

/** The x coordinate of a compressed point: what it shares with its negative. */
const x = (point: Uint8Array): Uint8Array => point.subarray(1);

/**
 * Who takes part in each batch of an epoch: the openers that had enrolled before it was opened, and
 * against whom no accusation held that was posted before it.
 *
 * @param events of the epoch, in the ledger's order, which decides
 * @returns the members' encryption keys by their index, ascending, by the batch's number
 * @throws SealingError `point` for an encryption key that is none
 */
export function membersOf(
  epoch: Epoch,
  events: readonly EpochEvent[],
): ReadonlyMap<bigint, Batch["members"]> {
  const keys = new Map<number, Uint8Array>();
  const culprits = new Set<number>();
  const batches = new Map<bigint, Open>();
  for (const event of events) {
    switch (event.name) {
      case "OpenerEnrolled":
        keys.set(event.index, parsePoint(event.encryptionKey).toBytes());
        break;
      case "BatchOpened": {
        const able = [...keys].filter(([index]) => !culprits.has(index));
        const members = new Map(able.sort(([left], [right]) => left - right));
        const { batch, count } = event;
        batches.set(BigInt(batch), { batch: { ...epoch, batch, count, members }, posted: [] });
        break;
      }
      case "Dealt":
        batches.get(BigInt(event.batch))?.posted.push(event);
        break;
      case "Accused":
        if (!culprits.has(event.dealer) && holds(event, [...batches.values()], keys)) {
          culprits.add(event.dealer);
        }
    }
  }
  return new Map([...batches].map(([number, { batch }]) => [number, batch.members]));
}

/** Whether an accusation proves that its dealer cheated, by what had been posted before it. */
function holds(
  said: Accused,
  epoch: readonly Open[],
  keys: ReadonlyMap<number, Uint8Array>,
): boolean {
  const { evidence } = said;
  const open = epoch.find(({ batch }) => BigInt(batch.batch) === BigInt(said.batch));
  // Bytes are compared before any deal is verified: junk costs nobody more than that.
  const digest = evidence.subarray(1, 33);
  const known = evidence[0] === 1 ? evidence.length === 130 : evidence.length === 65;
  const names = ({ from, payload }: Posted): boolean =>
    from === said.dealer && same(keccak(payload), digest);
  if (!known || !open?.posted.some(names)) return false;
  const deal = dealOf(open, said.dealer);
  if (!deal || !same(deal.digest, digest)) return false;
  if (evidence[0] === 1 && evidence.length === 130) {
    const key = keys.get(said.accuser);
    return key !== undefined && dealtWrongly(said, open.batch, deal, parsePoint(key));
  }
  if (evidence[0] === 2 && evidence.length === 65) {
    return isRepeated(evidence.subarray(33), said, open, deal, epoch);
  }
  return false;
}

/** An opener's deal that counts: its first valid one. */
function dealOf({ batch, posted }: Open, dealer: number): Deal | undefined {
  if (batch.members.size < batch.threshold) return undefined;
  for (const one of posted) {
    if (one.from !== dealer) continue;
    try {
      return readDeal(batch, one);
    } catch (error) {
      if (!(error instanceof SealingError && error.fault === "deal")) throw error;
    }
  }
  return undefined;
}

/** Whether W is the accuser's product with E, and what it decrypts does not fit the commitments. */
function dealtWrongly(said: Accused, batch: Batch, deal: Deal, key: Point): boolean {
  const { accuser, dealer, evidence } = said;
  const receivers = [...batch.members.keys()].filter((index) => index !== dealer);
  const place = receivers.indexOf(accuser);
  const [c, s] = [number(evidence.subarray(66, 98)), number(evidence.subarray(98))];
  if (place < 0 || c === 0n || c >= N || s === 0n || s >= N) return false;
  let shown: Point;
  try {
    shown = parsePoint(evidence.subarray(33, 66));
  } catch {
    return false;
  }
  const where = [batch.chainId, batch.contract, batch.epoch, batch.batch, dealer, accuser] as const;
  const one = Point.BASE.multiply(s).subtract(key.multiply(c));
  const other = deal.ephemeral.multiply(s).subtract(shown.multiply(c));
  if (one.is0() || other.is0()) return false;
  const words = [key, shown, one, other].flatMap((point) => {
    const both = coordinates(point);
    return [both.slice(0, 32), both.slice(32)];
  });
  if (number(keccak(encode(ACCUSATION, ...where, deal.digest, ...words))) % N !== c) return false;
  const [wx, wy] = [words[2]!, words[3]!];
  return deal.commitments.some((points, index) => {
    const pad = number(keccak(encode(SHARE, ...where, index, wx, wy)));
    const start = 32 * (receivers.length * index + place);
    const share = number(deal.shares.subarray(start, start + 32)) ^ pad;
    const due = points.reduceRight((sum, point) =>
      sum.multiplyUnsafe(BigInt(accuser)).add(point),
    );
    const dealt = share < N ? Point.BASE.multiplyUnsafe(share) : undefined;
    return !dealt?.equals(due);
  });
}

/** Whether E or −E is also that of the other deal, which counts. */
function isRepeated(
  other: Uint8Array,
  said: Accused,
  here: Open,
  deal: Deal,
  epoch: readonly Open[],
): boolean {
  const own = x(deal.ephemeral.toBytes());
  return epoch.some((open) =>
    open.posted.some(({ from, payload }) => {
      if ((open === here && from === said.dealer) || !same(keccak(payload), other)) return false;
      const found = dealOf(open, from);
      if (!found || !same(found.digest, other)) return false;
      return same(x(found.ephemeral.toBytes()), own);
    }),
  );
}
