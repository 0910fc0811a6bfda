/**
 * The sealed boxes of Terang, a public ledger of government contracts: seals bids and ballots so
 * that they stay closed until their time, opens them afterwards as the ledger does, and checks the
 * keys. The protocol is docs/sealing.md of the project.
 *
 * @module
 */
export {
  draftBid,
  draftProposal,
  sealBallot,
  type BidDraft,
  type Offer,
  type ProposalDraft,
} from "./bidding.ts";
export { hex, keccak, unhex, type Whole } from "./bytes.ts";
export {
  checkDeal,
  checkKey,
  parseKeyId,
  settle,
  type Batch,
  type Claim,
  type Posted,
  type Settled,
} from "./ceremony.ts";
export { addressOf, interpolate, N, recover, sign } from "./curve.ts";
export { decryptDocuments, type StoredDocuments } from "./documents.ts";
export { boxId, open, Reason, Sealer, type Box, type Opened, type Void } from "./envelope.ts";
export { SealingError, type Fault } from "./errors.ts";
export { membersOf, type Accused, type Epoch, type EpochEvent } from "./members.ts";
export { keyLeaf, verifyProof } from "./merkle.ts";
export {
  ballotDigest,
  ballotTypedData,
  bidDigest,
  bidTypedData,
  packBallot,
  packBid,
  packProposal,
  proposalDigest,
  proposalTypedData,
  unpackBallot,
  unpackBid,
  unpackProposal,
  WITHDRAWN,
  type Ballot,
  type Bid,
  type Proposal,
  type Signed,
  type TypedData,
} from "./messages.ts";
export {
  openBallots,
  openBids,
  openPrices,
  openProposals,
  type Bidder,
  type OpenedBid,
  type OpenedProposal,
  type Rules,
} from "./opening.ts";
