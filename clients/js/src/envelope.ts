import { randomBytes } from "@noble/hashes/utils.js";
import { big, concat, encode, keccak, label, same, sized, type Whole } from "./bytes.ts";
import { N, Point, deriveScalar, parsePoint, pointAddress, scalar } from "./curve.ts";
import { encryptDocuments, type StoredDocuments } from "./documents.ts";
import { SealingError } from "./errors.ts";

const BOX = label("Terang sealed box v1");
const HEADER = 34; // version and point

/**
 * Which box of which ledger. The stage is 0 for bids, 1 for proposals, 2 for their prices, 16 +
 * round for ballots.
 */
export interface Box {
  readonly chainId: Whole;
  /** The contract that holds the box, 20 bytes: Tenders for bids, Ballots for ballots. */
  readonly contract: Uint8Array;
  readonly tenderId: Whole;
  readonly stage: Whole;
}

/** Why an envelope is void, by the ledger's numbers. */
export const Reason = {
  LENGTH: 1,
  VERSION: 2,
  POINT: 3,
  SIGNATURE: 4,
  ACCOUNT: 5,
  INELIGIBLE: 6,
  BUYER: 7,
  TENDER_VERSION: 8,
  NONCE: 9,
  PRICE: 10,
  CEILING: 11,
  SUPERSEDED: 12,
  SEAT: 13,
  REPEATED: 14,
  MARKS: 15,
  UNPAIRED: 16,
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];

/** What is inside an envelope, or why that is void. */
export type Opened<T> = { readonly value: T; readonly reason?: undefined } | Void;
/** A void envelope. */
export type Void = { readonly value?: undefined; readonly reason: Reason };

/** The box's id, 32 bytes, which every key stream of it depends on. */
export function boxId(box: Box): Uint8Array {
  const contract = sized(box.contract, 20, "A contract's address");
  return keccak(encode(box.chainId, contract, box.tenderId, box.stage));
}

function applyStream(box: Uint8Array, z: Uint8Array, text: Uint8Array): Uint8Array {
  const out = Uint8Array.from(text);
  for (let at = 0; at < out.length; at += 32) {
    const block = keccak(encode(BOX, box, z, at / 32));
    const end = Math.min(at + 32, out.length);
    for (let place = at; place < end; place++) out[place]! ^= block[place - at]!;
  }
  return out;
}

/**
 * One envelope in the making; `draftBid` and `sealBallot` use it as one should. Its secret r is its
 * own, so it seals one plaintext only: a second under the same r would tell the first.
 */
export class Sealer {
  readonly #boxId: Uint8Array;
  readonly #point: Uint8Array;
  readonly #z: Uint8Array;
  #archive: Uint8Array | undefined;
  #plaintext: Uint8Array | undefined;

  /**
   * @param key the box's public key Y, 33 bytes compressed or 64 of x ‖ y. Check it first with
   *   `checkKey`: whoever made a false one reads what is sealed to it.
   * @param r from 1 to N − 1, unpredictable, for this envelope alone; `fresh` makes it
   * @throws SealingError `point`, `number`
   */
  constructor(box: Box, key: Uint8Array, r: bigint) {
    const point = Point.BASE.multiply(scalar(r, "The secret r"));
    // The chain can not multiply a point whose x is above the group's order.
    scalar(point.x, "The x of r·G");
    this.#boxId = boxId(box);
    this.#z = pointAddress(parsePoint(key).multiply(r));
    this.#point = point.toBytes();
  }

  /**
   * A sealer with a new r, from 32 random bytes, the box and the context.
   *
   * @param context what decides the message, as far as it is known: should the random bytes ever
   *   repeat, two messages still get two secrets
   * @param random 32 bytes, only to take up a message again that waited for its signature
   */
  static fresh(
    box: Box,
    key: Uint8Array,
    context: Uint8Array,
    random: Uint8Array = randomBytes(32),
  ): Sealer {
    const material = concat(sized(random, 32, "The randomness"), boxId(box), context);
    return new Sealer(box, key, deriveScalar(material));
  }

  /**
   * Encrypts the bid's documents, one archive for each sealer, before the bid is signed: the bid
   * names them by their hash. The same again gives the same bytes.
   *
   * @throws SealingError `used` for another archive
   */
  async encryptDocuments(archive: Uint8Array): Promise<StoredDocuments> {
    const digest = keccak(archive);
    if (!same((this.#archive ??= digest), digest)) {
      throw new SealingError("used", "This sealer has encrypted other documents: make a new one.");
    }
    return encryptDocuments(this.#boxId, this.#z, archive);
  }

  /**
   * The envelope with this plaintext. The same again gives the same bytes.
   *
   * @param plaintext a packed and signed message
   * @throws SealingError `used` for another plaintext, `bytes` for an empty one
   */
  seal(plaintext: Uint8Array): Uint8Array {
    if (plaintext.length === 0) {
      throw new SealingError("bytes", "An empty envelope is void: pack a bid or a ballot first.");
    }
    if (!same((this.#plaintext ??= Uint8Array.from(plaintext)), plaintext)) {
      throw new SealingError("used", "This sealer has sealed another message: make a new one.");
    }
    return concat(big(1, 1), this.#point, applyStream(this.#boxId, this.#z, plaintext));
  }
}

/**
 * Opens an envelope as far as its bytes go: plaintext and z, or LENGTH, VERSION or POINT.
 *
 * @param secret y of the box, from 1 to N − 1
 * @throws SealingError `number`, `bytes` for the box and the secret, never for the envelope
 */
export function open(
  box: Box,
  secret: bigint,
  envelope: Uint8Array,
): Opened<{ plaintext: Uint8Array; z: Uint8Array }> {
  const [id, y] = [boxId(box), scalar(secret, "The box's secret")];
  if (envelope.length <= HEADER) return { reason: Reason.LENGTH };
  if (envelope[0] !== 1) return { reason: Reason.VERSION };
  let point: Point;
  try {
    point = parsePoint(envelope.slice(1, HEADER));
  } catch {
    return { reason: Reason.POINT };
  }
  if (point.x === 0n || point.x >= N) return { reason: Reason.POINT };
  const z = pointAddress(point.multiply(y));
  return { value: { plaintext: applyStream(id, z, envelope.slice(HEADER)), z } };
}
