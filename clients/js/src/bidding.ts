import { keccak } from "./bytes.ts";
import { Sealer, type Box } from "./envelope.ts";
import {
  bidDigest,
  bidTypedData,
  packBallot,
  packBid,
  packProposal,
  proposalDigest,
  proposalTypedData,
  type Ballot,
  type Bid,
  type Proposal,
  type TypedData,
} from "./messages.ts";

/** A bid before its documents are encrypted. */
export type Offer = Omit<Bid, "documents">;

/** A message that waits for its signature. All of it is secret until the box opens. */
interface Draft {
  /** For the document store, by the hash that the bid names; undefined for no documents. */
  readonly ciphertext: Uint8Array | undefined;
  /** For a wallet to show and sign; a program signs its digest. */
  readonly typedData: TypedData;
  /**
   * The envelope to send, 175 bytes for a bid and 159 for a proposal; the same signature gives the
   * same one.
   *
   * @param signature r ‖ s ‖ v, 65 bytes, by the message's account
   * @throws SealingError `signature` if it is not that; `used` for a second signature
   */
  readonly seal: (signature: Uint8Array) => Uint8Array;
}

/** A bid that waits for its signature: a program signs `bidDigest(box, draft.bid)`. */
export interface BidDraft extends Draft {
  readonly bid: Bid;
}

/** The same of a proposal: a program signs `proposalDigest(box, draft.proposal)`. */
export interface ProposalDraft extends Draft {
  readonly proposal: Proposal;
}

/** Draws r, bound to all that decides the message; encrypts the documents, if there are any. */
async function begin<T extends object>(
  box: Box,
  key: Uint8Array,
  offer: T,
  digest: (box: Box, message: T & { documents: Uint8Array }) => Uint8Array,
  archive: Uint8Array | undefined,
) {
  const documents = archive ? keccak(archive) : new Uint8Array(32);
  // With the archive's hash in clear this binds all that decides the message. Nobody signs it.
  const sealer = Sealer.fresh(box, key, digest(box, { ...offer, documents }));
  const stored = archive && (await sealer.encryptDocuments(archive));
  const message = { ...offer, documents: stored?.hash ?? documents };
  return { sealer, message, ciphertext: stored?.ciphertext };
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
  const { sealer, message: bid, ciphertext } = await begin(box, key, offer, bidDigest, archive);
  return {
    bid,
    ciphertext,
    typedData: bidTypedData(box, bid),
    seal: (signature) => sealer.seal(packBid(box, bid, signature)),
  };
}

/**
 * The same for a tender in two envelopes: the proposal with its documents goes into the box of
 * stage 1, and by `draftBid` a bid of the same version and nonce into that of stage 2.
 *
 * @throws SealingError `bytes`, `number`, `point`
 */
export async function draftProposal(
  box: Box,
  key: Uint8Array,
  offer: Omit<Proposal, "documents">,
  archive?: Uint8Array,
): Promise<ProposalDraft> {
  const begun = await begin(box, key, offer, proposalDigest, archive);
  const { sealer, message: proposal, ciphertext } = begun;
  return {
    proposal,
    ciphertext,
    typedData: proposalTypedData(box, proposal),
    seal: (signature) => sealer.seal(packProposal(box, proposal, signature)),
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
