import { keccak } from "./bytes.ts";
import { Sealer, type Box } from "./envelope.ts";
import {
  bidDigest,
  bidTypedData,
  packBallot,
  packBid,
  type Ballot,
  type Bid,
  type TypedData,
} from "./messages.ts";

/** A bid before its documents are encrypted. */
export type Offer = Omit<Bid, "documents">;

/** A bid that waits for its signature. All of it is secret until the box opens. */
export interface BidDraft {
  readonly bid: Bid;
  /** For the document store, by the hash that the bid names; undefined for no documents. */
  readonly ciphertext: Uint8Array | undefined;
  /** For a wallet to show and sign; a program signs `bidDigest(box, draft.bid)`. */
  readonly typedData: TypedData;
  /**
   * The envelope to send, 175 bytes; the same signature gives the same one.
   *
   * @param signature r ‖ s ‖ v, 65 bytes, by the bid's account
   * @throws SealingError `signature` if it is not that; `used` for a second signature
   */
  readonly seal: (signature: Uint8Array) => Uint8Array;
}

/**
 * Encrypts a bid's documents and makes what is to be signed: the steps in the one order that is
 * safe.
 *
 * @param key the box's public key, 33 bytes compressed or 64 of x ‖ y: check it with `checkKey`
 *   first, since who made a false one reads the bid
 * @param archive the documents as one zip; undefined for none
 * @throws SealingError `bytes`, `number`, `point`
 */
export async function draftBid(
  box: Box,
  key: Uint8Array,
  offer: Offer,
  archive?: Uint8Array,
): Promise<BidDraft> {
  const documents = archive ? keccak(archive) : new Uint8Array(32);
  // With the archive's hash in clear this binds all that decides the message. Nobody signs it.
  const sealer = Sealer.fresh(box, key, bidDigest(box, { ...offer, documents }));
  const stored = archive && (await sealer.encryptDocuments(archive));
  const bid = { ...offer, documents: stored?.hash ?? documents };
  return {
    bid,
    ciphertext: stored?.ciphertext,
    typedData: bidTypedData(box, bid),
    seal: (signature) => sealer.seal(packBid(box, bid, signature)),
  };
}

/**
 * Seals a ballot.
 *
 * @param key the box's public key, checked as for a bid
 * @param account who votes for the seat, as of the closing of the tender, 20 bytes
 * @param signature r ‖ s ‖ v, 65 bytes, by that account
 * @throws SealingError `signature`, `bytes`, `number`, `point`
 */
export function sealBallot(
  box: Box,
  key: Uint8Array,
  ballot: Ballot,
  account: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  const plaintext = packBallot(box, ballot, account, signature);
  return Sealer.fresh(box, key, plaintext).seal(plaintext);
}
