import { open, Reason, type Box, type Opened } from "./envelope.ts";
import {
  MARKS,
  unpackBallot,
  unpackBid,
  WITHDRAWN,
  type Ballot,
  type Bid,
  type Signed,
} from "./messages.ts";

/** For whom an account could bid, as of the closing of the tender. */
export interface Bidder {
  readonly organisation: number;
  /** Whether that is a supplier and not suspended, as of the closing. */
  readonly eligible: boolean;
}

/** What the ledger says of a tender; all of it as of just before its closing. */
export interface Rules {
  readonly version: number;
  /** The organisation that buys. */
  readonly buyer: number;
  /** No bid may be higher; undefined if there is no ceiling. */
  readonly ceiling?: bigint | undefined;
  /** Undefined for an account, 20 bytes, that could bid for nobody. */
  readonly bidder: (account: Uint8Array) => Bidder | undefined;
}

/** A bid that counted when it was opened. A later envelope may hold one that replaces it. */
export interface OpenedBid extends Signed<Bid> {
  readonly organisation: number;
  /** What its documents are decrypted with, 20 bytes. */
  readonly z: Uint8Array;
}

function objection(bid: Bid, bidder: Bidder, newest: number, rules: Rules): Reason | undefined {
  if (!bidder.eligible) return Reason.INELIGIBLE;
  if (bidder.organisation === rules.buyer) return Reason.BUYER;
  if (bid.version !== rules.version) return Reason.TENDER_VERSION;
  if (bid.nonce === 0) return Reason.NONCE;
  if (bid.price === 0n) return Reason.PRICE;
  const ceiling = rules.ceiling ?? WITHDRAWN;
  if (bid.price > ceiling && bid.price !== WITHDRAWN) return Reason.CEILING;
  return bid.nonce <= newest ? Reason.SUPERSEDED : undefined;
}

/**
 * Opens a box of bids as the ledger does.
 *
 * @param secret y of the box
 * @param envelopes all of the box, in the order of sealing
 * @returns for each envelope its bid, or why it is void
 * @throws SealingError `number`, `bytes` for the box and the secret, never for an envelope
 */
export function openBids(
  box: Box,
  secret: bigint,
  envelopes: readonly Uint8Array[],
  rules: Rules,
): Opened<OpenedBid>[] {
  const newest = new Map<number, number>(); // nonce of each organisation's bid
  return envelopes.map((envelope) => {
    const opened = open(box, secret, envelope);
    if (opened.reason) return opened;
    const bid = unpackBid(box, opened.value.plaintext);
    if (bid.reason) return bid;
    const bidder = rules.bidder(bid.value.account);
    if (!bidder) return { reason: Reason.ACCOUNT };
    const { organisation } = bidder;
    const reason = objection(bid.value, bidder, newest.get(organisation) ?? 0, rules);
    if (reason) return { reason };
    newest.set(organisation, bid.value.nonce);
    return { value: { ...bid.value, organisation, z: opened.value.z } };
  });
}

/**
 * Opens a box of ballots as the ledger does.
 *
 * @param secret y of the box
 * @param envelopes all of the box, in the order of sealing
 * @param bids for how many organisations there is a mark
 * @param account who votes for a seat of this round's panel, 20 bytes, as of the closing of the
 *   tender; undefined for a seat that is not on the panel
 * @returns for each envelope its ballot, or why it is void
 * @throws SealingError `number`, `bytes` for the box and the secret, never for an envelope
 */
export function openBallots(
  box: Box,
  secret: bigint,
  envelopes: readonly Uint8Array[],
  bids: number,
  account: (seat: number) => Uint8Array | undefined,
): Opened<Signed<Ballot>>[] {
  const voted = new Set<number>();
  return envelopes.map((envelope) => {
    const opened = open(box, secret, envelope);
    if (opened.reason) return opened;
    const ballot = unpackBallot(box, opened.value.plaintext, bids, account);
    if (ballot.reason) return ballot;
    const { seat, marks } = ballot.value;
    if (voted.has(seat)) return { reason: Reason.REPEATED };
    if (!marks.every((mark) => MARKS.includes(mark))) return { reason: Reason.MARKS };
    voted.add(seat);
    return ballot;
  });
}
