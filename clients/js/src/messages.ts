import { big, concat, encode, hex, keccak, label, number, sized, type Whole } from "./bytes.ts";
import { signedBy } from "./curve.ts";
import { Reason, type Box, type Opened } from "./envelope.ts";
import { SealingError } from "./errors.ts";

/** The price that withdraws an organisation's bid. */
export const WITHDRAWN = (1n << 128n) - 1n;

const PROPOSALS = 1n;
const BALLOTS = 16n;
const RECUSED = 255;

/** @internal Whether each mark answers the panel's question: a score up to 100, or 0, 1 or 2. */
export function answered(marks: Uint8Array, scored: boolean): boolean {
  return marks.every((mark) => mark <= (scored ? 100 : 2) || mark === RECUSED);
}

const SIGNATURE = 65;

/** What a supplier offers; in two envelopes the one with the price, whose other is `Proposal`. */
export interface Bid {
  /** Who signs, 20 bytes: an account, or bid key, of the organisation. */
  readonly account: Uint8Array;
  /** In the smallest unit of the tender's currency; `WITHDRAWN` withdraws. */
  readonly price: bigint;
  /** The hash of the encrypted documents, 32 bytes; zeros for none. */
  readonly documents: Uint8Array;
  /** The version of the tender that is bid for. */
  readonly version: number;
  /** From 1; an organisation's highest counts. In two envelopes the proposal has the same. */
  readonly nonce: number;
}

/** What a supplier proposes, where the price is in an envelope of its own. */
export type Proposal = Omit<Bid, "price">;

/** What a seat of the panel thinks of the bids. */
export interface Ballot {
  readonly seat: number;
  /** The hash of the written reasons, 32 bytes. */
  readonly reasons: Uint8Array;
  /**
   * One byte for each bid: 0 no, 1 yes, 2 yes although abnormally low; or a score from 0 to 100,
   * where quality is asked for; 255 recused.
   */
  readonly marks: Uint8Array;
}

/** A message with its signature, r ‖ s ‖ v. */
export type Signed<T extends object> = T & { readonly signature: Uint8Array };

/** What a wallet's `eth_signTypedData_v4` takes; all values are text, so it goes through JSON. */
export interface TypedData {
  readonly types: Readonly<Record<string, readonly { name: string; type: string }[]>>;
  readonly primaryType: string;
  readonly domain: Readonly<Record<string, string>>;
  readonly message: Readonly<Record<string, string>>;
}

/** A field of EIP-712: type, name, and its value in bytes, a number's as long as its type. */
type Field = readonly [type: string, name: string, value: Uint8Array];

/** What is signed: the struct and the domain it is signed in. */
interface Act {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly domain: readonly Field[];
}

const text = (name: string, value: string): Field => [
  "string",
  name,
  new TextEncoder().encode(value),
];
const uint = (bits: number, name: string, value: Whole): Field => [
  `uint${bits}`,
  name,
  big(value, bits / 8),
];

function domain(name: string, box: Box): Field[] {
  return [
    text("name", name),
    text("version", "1"),
    uint(256, "chainId", box.chainId),
    ["address", "verifyingContract", sized(box.contract, 20, "A contract's address")],
  ];
}

function submitBid(box: Box, bid: Bid): Act {
  const stage = BigInt(box.stage);
  if (stage === PROPOSALS || stage >= BALLOTS) {
    throw new SealingError("number", "That box takes no prices: name one of stage 0 or 2.");
  }
  return {
    name: "SubmitBid",
    fields: [
      uint(256, "tenderId", box.tenderId),
      uint(32, "version", bid.version),
      uint(32, "nonce", bid.nonce),
      ["address", "account", sized(bid.account, 20, "The account")],
      uint(128, "price", bid.price),
      ["bytes32", "documents", sized(bid.documents, 32, "The documents' hash")],
    ],
    domain: domain("Terang Tenders", box),
  };
}

function submitProposal(box: Box, proposal: Proposal): Act {
  if (BigInt(box.stage) !== PROPOSALS) {
    throw new SealingError("number", "That box takes no proposals: name one of stage 1.");
  }
  return {
    name: "SubmitProposal",
    fields: [
      uint(256, "tenderId", box.tenderId),
      uint(32, "version", proposal.version),
      uint(32, "nonce", proposal.nonce),
      ["address", "account", sized(proposal.account, 20, "The account")],
      ["bytes32", "documents", sized(proposal.documents, 32, "The documents' hash")],
    ],
    domain: domain("Terang Tenders", box),
  };
}

function castBallot(box: Box, ballot: Ballot): Act {
  const round = BigInt(box.stage) - BALLOTS;
  if (round < 0n) {
    throw new SealingError("number", "That box takes no ballots: name one of stage 16 + round.");
  }
  return {
    name: "CastBallot",
    fields: [
      uint(256, "tenderId", box.tenderId),
      uint(32, "round", round),
      uint(32, "seat", ballot.seat),
      ["bytes32", "reasons", sized(ballot.reasons, 32, "The hash of the reasons")],
      ["bytes", "marks", ballot.marks],
    ],
    domain: domain("Terang Ballots", box),
  };
}

function hashStruct(name: string, fields: readonly Field[]): Uint8Array {
  const type = `${name}(${fields.map(([type, name]) => `${type} ${name}`).join(",")})`;
  const words = fields.map(([type, , value]) => {
    if (type === "string" || type === "bytes") return keccak(value);
    return type === "bytes32" ? value : number(value);
  });
  return keccak(encode(label(type), ...words));
}

function digest(act: Act): Uint8Array {
  const separator = hashStruct("EIP712Domain", act.domain);
  return keccak(Uint8Array.of(0x19, 0x01), separator, hashStruct(act.name, act.fields));
}

function typedData(act: Act): TypedData {
  const shape = (fields: readonly Field[]) => fields.map(([type, name]) => ({ name, type }));
  const values = (fields: readonly Field[]) =>
    Object.fromEntries(
      fields.map(([type, name, value]) => {
        if (type === "string") return [name, new TextDecoder().decode(value)];
        return [name, type.startsWith("uint") ? number(value).toString() : hex(value)];
      }),
    );
  return {
    types: { EIP712Domain: shape(act.domain), [act.name]: shape(act.fields) },
    primaryType: act.name,
    domain: values(act.domain),
    message: values(act.fields),
  };
}

/** What the bidder's key signs, 32 bytes (EIP-712). @throws SealingError `bytes`, `number` */
export function bidDigest(box: Box, bid: Bid): Uint8Array {
  return digest(submitBid(box, bid));
}

/** The same for a wallet to show and sign. @throws SealingError `bytes`, `number` */
export function bidTypedData(box: Box, bid: Bid): TypedData {
  return typedData(submitBid(box, bid));
}

/** What the bidder's key signs for a proposal, 32 bytes. @throws SealingError `bytes`, `number` */
export function proposalDigest(box: Box, proposal: Proposal): Uint8Array {
  return digest(submitProposal(box, proposal));
}

/** The same for a wallet to show and sign. @throws SealingError `bytes`, `number` */
export function proposalTypedData(box: Box, proposal: Proposal): TypedData {
  return typedData(submitProposal(box, proposal));
}

/** What the seat's account signs, 32 bytes (EIP-712). @throws SealingError `bytes`, `number` */
export function ballotDigest(box: Box, ballot: Ballot): Uint8Array {
  return digest(castBallot(box, ballot));
}

/** The same for a wallet to show and sign. @throws SealingError `bytes`, `number` */
export function ballotTypedData(box: Box, ballot: Ballot): TypedData {
  return typedData(castBallot(box, ballot));
}

function authentic(account: Uint8Array, digest: Uint8Array, signature: Uint8Array): Uint8Array {
  if (signedBy(account, digest, signature)) return signature;
  throw new SealingError(
    "signature",
    `That is no signature by ${hex(account)} of this message: have its key sign it again.`,
  );
}

/**
 * The plaintext of a signed bid, 141 bytes; refused if it would be void whatever the ledger says.
 *
 * @param signature r ‖ s ‖ v, 65 bytes, by the bid's account
 * @throws SealingError `signature` for one that is not the account's; `number`, `bytes`
 */
export function packBid(box: Box, bid: Bid, signature: Uint8Array): Uint8Array {
  if (bid.price === 0n || bid.nonce === 0) {
    throw new SealingError("number", "Price and nonce of a bid begin at 1: give 1 or more.");
  }
  return concat(
    bid.account,
    big(bid.price, 16),
    bid.documents,
    big(bid.version, 4),
    big(bid.nonce, 4),
    authentic(bid.account, bidDigest(box, bid), signature),
  );
}

/**
 * The plaintext of a signed proposal, 125 bytes; refused if it would be void whatever the ledger
 * says.
 *
 * @param signature r ‖ s ‖ v, 65 bytes, by the bidder's account
 * @throws SealingError `signature` for one that is not the account's; `number`, `bytes`
 */
export function packProposal(box: Box, proposal: Proposal, signature: Uint8Array): Uint8Array {
  if (proposal.nonce === 0) {
    throw new SealingError("number", "The nonces of bids begin at 1: give 1 or more.");
  }
  return concat(
    proposal.account,
    proposal.documents,
    big(proposal.version, 4),
    big(proposal.nonce, 4),
    authentic(proposal.account, proposalDigest(box, proposal), signature),
  );
}

/**
 * The plaintext of a signed ballot, 101 bytes and one for each mark; refused if it would be void
 * whatever the ledger says.
 *
 * @param account who votes for the seat, as of the closing of the tender, 20 bytes
 * @param signature r ‖ s ‖ v, 65 bytes, by that account
 * @throws SealingError `signature` for one that is not the account's; `number`, `bytes`
 */
export function packBallot(
  box: Box,
  ballot: Ballot,
  account: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  if (!answered(ballot.marks, true)) {
    const what = "A mark is at most 100, or 255: give such a one for each bid.";
    throw new SealingError("number", what);
  }
  return concat(
    big(ballot.seat, 4),
    ballot.reasons,
    authentic(account, ballotDigest(box, ballot), signature),
    ballot.marks,
  );
}

/** Reads a plaintext piece by piece. */
function reader(bytes: Uint8Array): (length: number) => Uint8Array {
  let at = 0;
  return (length) => bytes.slice(at, (at += length));
}

/** The bid in a plaintext, if its account signed it; else void: LENGTH or SIGNATURE. */
export function unpackBid(box: Box, plaintext: Uint8Array): Opened<Signed<Bid>> {
  if (plaintext.length !== 141) return { reason: Reason.LENGTH };
  const take = reader(plaintext);
  const value = {
    account: take(20),
    price: number(take(16)),
    documents: take(32),
    version: Number(number(take(4))),
    nonce: Number(number(take(4))),
    signature: take(SIGNATURE),
  };
  if (signedBy(value.account, bidDigest(box, value), value.signature)) return { value };
  return { reason: Reason.SIGNATURE };
}

/** The proposal in a plaintext, if its account signed it; else void: LENGTH or SIGNATURE. */
export function unpackProposal(box: Box, plaintext: Uint8Array): Opened<Signed<Proposal>> {
  if (plaintext.length !== 125) return { reason: Reason.LENGTH };
  const take = reader(plaintext);
  const value = {
    account: take(20),
    documents: take(32),
    version: Number(number(take(4))),
    nonce: Number(number(take(4))),
    signature: take(SIGNATURE),
  };
  if (signedBy(value.account, proposalDigest(box, value), value.signature)) return { value };
  return { reason: Reason.SIGNATURE };
}

/**
 * The ballot in a plaintext, if the account of its seat signed it; else void: LENGTH, SEAT or
 * SIGNATURE.
 *
 * @param bids how many marks it must have
 * @param account who votes for a seat, 20 bytes; undefined for a seat that is not on the panel
 */
export function unpackBallot(
  box: Box,
  plaintext: Uint8Array,
  bids: number,
  account: (seat: number) => Uint8Array | undefined,
): Opened<Signed<Ballot>> {
  if (plaintext.length !== 36 + SIGNATURE + bids) return { reason: Reason.LENGTH };
  const take = reader(plaintext);
  const seat = Number(number(take(4)));
  const value = { seat, reasons: take(32), signature: take(SIGNATURE), marks: take(bids) };
  const voter = account(seat);
  if (voter === undefined) return { reason: Reason.SEAT };
  if (signedBy(voter, ballotDigest(box, value), value.signature)) return { value };
  return { reason: Reason.SIGNATURE };
}
