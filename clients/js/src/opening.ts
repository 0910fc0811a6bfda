import { open, Reason, type Box, type Opened } from "./envelope.ts";
import {
  answered,
  unpackBallot,
  unpackBid,
  unpackProposal,
  WITHDRAWN,
  type Ballot,
  type Bid,
  type Proposal,
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

/** A proposal that counted when it was opened. A later envelope may hold one that replaces it. */
export interface OpenedProposal extends Signed<Proposal> {
  readonly organisation: number;
  /** What its documents are decrypted with, 20 bytes. */
  readonly z: Uint8Array;
}

/** What is wrong with a message, whatever came before it. */
function objection(message: Proposal, bidder: Bidder, rules: Rules): Reason | undefined {
  if (!bidder.eligible) return Reason.INELIGIBLE;
  if (bidder.organisation === rules.buyer) return Reason.BUYER;
  if (message.version !== rules.version) return Reason.TENDER_VERSION;
  return message.nonce === 0 ? Reason.NONCE : undefined;
}

function priceObjection({ price }: Bid, rules: Rules): Reason | undefined {
  if (price === 0n) return Reason.PRICE;
  const ceiling = rules.ceiling ?? WITHDRAWN;
  return price > ceiling && price !== WITHDRAWN ? Reason.CEILING : undefined;
}

/** Opens a box whose messages organisations replace by those of a higher nonce. */
function openBox<T extends Proposal>(
  box: Box,
  secret: bigint,
  envelopes: readonly Uint8Array[],
  rules: Rules,
  unpack: (box: Box, plaintext: Uint8Array) => Opened<Signed<T>>,
  judge: (message: T, organisation: number) => Reason | undefined,
): Opened<Signed<T> & { organisation: number; z: Uint8Array }>[] {
  return envelopes.map((envelope) => {
    const opened = open(box, secret, envelope);
    if (opened.reason) return opened;
    const message = unpack(box, opened.value.plaintext);
    if (message.reason) return message;
    const bidder = rules.bidder(message.value.account);
    if (!bidder) return { reason: Reason.ACCOUNT };
    const { organisation } = bidder;
    const reason = objection(message.value, bidder, rules) ?? judge(message.value, organisation);
    return reason ? { reason } : { value: { ...message.value, organisation, z: opened.value.z } };
  });
}

/** Notes the nonce of each organisation's message that counts; an equal or lower one does not. */
function replacing(): (message: Proposal, organisation: number) => Reason | undefined {
  const newest = new Map<number, number>();
  return ({ nonce }, organisation) => {
    if (nonce <= (newest.get(organisation) ?? 0)) return Reason.SUPERSEDED;
    newest.set(organisation, nonce);
    return undefined;
  };
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
  const replaced = replacing();
  return openBox(box, secret, envelopes, rules, unpackBid, (bid, organisation) => {
    return priceObjection(bid, rules) ?? replaced(bid, organisation);
  });
}

/**
 * Opens a box of proposals as the ledger does; parameters as for `openBids`.
 *
 * @throws SealingError `number`, `bytes` for the box and the secret, never for an envelope
 */
export function openProposals(
  box: Box,
  secret: bigint,
  envelopes: readonly Uint8Array[],
  rules: Rules,
): Opened<OpenedProposal>[] {
  return openBox(box, secret, envelopes, rules, unpackProposal, replacing());
}

/**
 * Opens a box of prices as the ledger does; parameters as for `openBids`.
 *
 * @param proposals what `openProposals` made of the box before: a price belongs to its
 *   organisation's proposal that stands, by the nonce
 * @throws SealingError `number`, `bytes` for the box and the secret, never for an envelope
 */
export function openPrices(
  box: Box,
  secret: bigint,
  envelopes: readonly Uint8Array[],
  rules: Rules,
  proposals: readonly Opened<OpenedProposal>[],
): Opened<OpenedBid>[] {
  const proposed = new Map<number, number>(); // nonce of each organisation's proposal that stands
  for (const { value } of proposals) if (value) proposed.set(value.organisation, value.nonce);
  const replaced = replacing();
  return openBox(box, secret, envelopes, rules, unpackBid, (bid, organisation) => {
    const nonce = proposed.get(organisation) ?? 0;
    const reason = priceObjection(bid, rules);
    if (reason) return reason;
    if (bid.nonce > nonce) return Reason.UNPAIRED;
    return bid.nonce < nonce ? Reason.SUPERSEDED : replaced(bid, organisation);
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
 * @param scored whether the panel scores quality, from 0 to 100
 * @returns for each envelope its ballot, or why it is void
 * @throws SealingError `number`, `bytes` for the box and the secret, never for an envelope
 */
export function openBallots(
  box: Box,
  secret: bigint,
  envelopes: readonly Uint8Array[],
  bids: number,
  account: (seat: number) => Uint8Array | undefined,
  scored = false,
): Opened<Signed<Ballot>>[] {
  const voted = new Set<number>();
  return envelopes.map((envelope) => {
    const opened = open(box, secret, envelope);
    if (opened.reason) return opened;
    const ballot = unpackBallot(box, opened.value.plaintext, bids, account);
    if (ballot.reason) return ballot;
    const { seat, marks } = ballot.value;
    if (voted.has(seat)) return { reason: Reason.REPEATED };
    if (!answered(marks, scored)) return { reason: Reason.MARKS };
    voted.add(seat);
    return ballot;
  });
}
