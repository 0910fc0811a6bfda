// Every case of the project's vectors: the same bytes as Python and Solidity make of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressOf,
  ballotDigest,
  ballotTypedData,
  bidDigest,
  bidTypedData,
  boxId,
  checkDeal,
  checkKey,
  hex,
  interpolate,
  keyLeaf,
  membersOf,
  open,
  openBallots,
  openBids,
  openPrices,
  openProposals,
  packBallot,
  packBid,
  packProposal,
  parseKeyId,
  proposalDigest,
  proposalTypedData,
  Reason,
  Sealer,
  settle,
  sign,
  unhex,
  unpackBallot,
  unpackBid,
  unpackProposal,
  verifyProof,
  type Batch,
  type EpochEvent,
  type Posted,
  type TypedData,
} from "../src/index.ts";
import { merkleRoot } from "../src/merkle.ts";
import { Point, parsePoint, pointAddress } from "../src/curve.ts";
import { boxOf, fault, join, vectors, type BoxRow } from "./support.ts";

interface Envelope extends BoxRow {
  boxId: string;
  envelope: string;
  secret: string;
}
interface Good extends Envelope {
  plaintext: string;
  publicKeyX: string;
  publicKeyY: string;
  r: string;
  z: string;
}
interface Bad extends Envelope {
  defect: string;
  reason: number;
}
const envelopes = vectors<{ good: Good[]; bad: Bad[] }>("envelopes");

test("good envelopes are sealed to the same bytes", () => {
  for (const row of envelopes.good) {
    const key = join(unhex(row.publicKeyX), unhex(row.publicKeyY));
    const sealer = new Sealer(boxOf(row), key, BigInt(row.r));
    assert.equal(hex(sealer.seal(unhex(row.plaintext))), row.envelope);
  }
});

test("good envelopes open", () => {
  for (const row of envelopes.good) {
    const opened = open(boxOf(row), BigInt(row.secret), unhex(row.envelope));
    assert.ok(!opened.reason);
    assert.equal(hex(opened.value.plaintext), row.plaintext);
    assert.equal(hex(opened.value.z), row.z);
    assert.equal(hex(boxId(boxOf(row))), row.boxId);
  }
});

test("bad envelopes are void for their reason", () => {
  const rules = { version: 1, buyer: 0, bidder: () => ({ organisation: 1, eligible: true }) };
  for (const row of envelopes.bad) {
    const [opened] = openBids(boxOf(row), BigInt(row.secret), [unhex(row.envelope)], rules);
    assert.equal(opened?.reason, row.reason, row.defect);
  }
});

interface Openings {
  accounts: { account: string; eligible: boolean; organisation: number }[];
  ballots: { boxId: string; envelope: string; reason: number }[];
  bids: { boxId: string; envelope: string; reason: number }[];
  panels: (BoxRow & { bids: number; boxId: string; scored: boolean; secret: string })[];
  proposals: { boxId: string; envelope: string; reason: number }[];
  seats: { account: string; seat: number }[];
  tenders: (BoxRow & {
    boxId: string;
    buyer: number;
    ceiling: string;
    secret: string;
    version: number;
  })[];
}
const openings = vectors<Openings>("openings");

test("boxes of bids, proposals and prices open as listed, each void one for its reason", () => {
  let proposals: ReturnType<typeof openProposals> = []; // of the box before
  for (const { version, buyer, ...row } of openings.tenders) {
    const bidder = (account: Uint8Array) => {
      const found = openings.accounts.find((one) => one.account.toLowerCase() === hex(account));
      return found?.organisation ? found : undefined;
    };
    const rules = { version, buyer, bidder, ceiling: BigInt(row.ceiling) || undefined };
    const { bids } = openings;
    const rows = [...bids, ...openings.proposals].filter(({ boxId }) => boxId === row.boxId);
    const envelopes = rows.map(({ envelope }) => unhex(envelope));
    const box = [boxOf(row), BigInt(row.secret), envelopes, rules] as const;
    const opened =
      row.stage === 1
        ? (proposals = openProposals(...box))
        : row.stage === 2
          ? openPrices(...box, proposals)
          : openBids(...box);
    assert.ok(rows.length);
    assert.deepEqual(reasons(opened), reasons(rows));
  }
});

test("boxes of ballots open as listed, each void ballot for its reason", () => {
  for (const row of openings.panels) {
    const account = (seat: number) => {
      const found = openings.seats.find((one) => one.seat === seat);
      return found && unhex(found.account);
    };
    const rows = openings.ballots.filter(({ boxId }) => boxId === row.boxId);
    const envelopes = rows.map(({ envelope }) => unhex(envelope));
    const opened = openBallots(boxOf(row), BigInt(row.secret), envelopes, row.bids, account, row.scored);
    assert.ok(rows.length);
    assert.deepEqual(reasons(opened), reasons(rows));
  }
});

test("the vectors hold every reason", () => {
  const rows = [...envelopes.bad, ...openings.bids, ...openings.ballots];
  const all = new Set(rows.map(({ reason }) => reason).filter((reason) => reason !== 0));
  assert.deepEqual(all, new Set(Object.values(Reason)));
});

function reasons(rows: { reason?: number | undefined }[]): number[] {
  return rows.map(({ reason }) => reason ?? 0);
}

interface Message extends BoxRow {
  digest: string;
  plaintext: string;
  privateKey: string;
  signature: string;
  signer: string;
}
interface BidRow extends Message {
  documents: string;
  nonce: number;
  price: string;
  version: number;
}
interface BallotRow extends Message {
  marks: string;
  reasons: string;
  round: number;
  seat: number;
}
const messages = vectors<{
  bids: BidRow[];
  proposals: Omit<BidRow, "price">[];
  ballots: BallotRow[];
}>("messages");

test("bids have their digests, signatures and plaintexts", () => {
  for (const row of messages.bids) {
    const box = boxOf({ ...row, stage: 0 });
    const bid = {
      account: addressOf(BigInt(row.privateKey)),
      price: BigInt(row.price),
      documents: unhex(row.documents),
      version: row.version,
      nonce: row.nonce,
    };
    const digest = bidDigest(box, bid);
    const signature = sign(digest, BigInt(row.privateKey));
    assert.equal(hex(bid.account), row.signer.toLowerCase());
    assert.equal(hex(digest), row.digest);
    assert.equal(hex(signature), row.signature);
    assert.equal(hex(packBid(box, bid, signature)), row.plaintext);
    assert.deepEqual(unpackBid(box, unhex(row.plaintext)), { value: { ...bid, signature } });
  }
});

test("proposals have their digests, signatures and plaintexts", () => {
  for (const row of messages.proposals) {
    const box = boxOf({ ...row, stage: 1 });
    const proposal = {
      account: addressOf(BigInt(row.privateKey)),
      documents: unhex(row.documents),
      version: row.version,
      nonce: row.nonce,
    };
    const digest = proposalDigest(box, proposal);
    const signature = sign(digest, BigInt(row.privateKey));
    assert.equal(hex(proposal.account), row.signer.toLowerCase());
    assert.equal(hex(digest), row.digest);
    assert.equal(hex(signature), row.signature);
    assert.equal(hex(packProposal(box, proposal, signature)), row.plaintext);
    const opened = unpackProposal(box, unhex(row.plaintext));
    assert.deepEqual(opened, { value: { ...proposal, signature } });
  }
});

test("ballots have their digests, signatures and plaintexts", () => {
  for (const row of messages.ballots) {
    const box = boxOf({ ...row, stage: 16 + row.round });
    const { seat, reasons, marks } = row;
    const ballot = { seat, reasons: unhex(reasons), marks: unhex(marks) };
    const digest = ballotDigest(box, ballot);
    const signature = sign(digest, BigInt(row.privateKey));
    const account = unhex(row.signer);
    assert.equal(hex(digest), row.digest);
    assert.equal(hex(signature), row.signature);
    assert.equal(hex(packBallot(box, ballot, account, signature)), row.plaintext);
    assert.deepEqual(
      unpackBallot(box, unhex(row.plaintext), ballot.marks.length, () => account),
      { value: { ...ballot, signature } },
    );
  }
});

interface WalletCase {
  address: string;
  digest: string;
  key: string;
  signature: string;
  typedData: {
    domain: { chainId: number; verifyingContract: string };
    message: Record<string, string>;
    primaryType: string;
    types: Record<string, unknown>;
  };
}

test("wallets are asked for what ethers, MetaMask and Python sign", () => {
  const cases = ["python", "javascript"].flatMap((name) => vectors<WalletCase[]>(name, "wallets"));
  const acts = new Set<string>();
  for (const { digest, typedData, key, signature } of cases) {
    const { domain, message, primaryType } = typedData;
    const of = (name: string): string => message[name] ?? assert.fail(name);
    const { chainId, verifyingContract: contract } = domain;
    const kind = primaryType === "SubmitProposal" ? 1n : 0n;
    const stage = primaryType === "CastBallot" ? 16n + BigInt(of("round")) : kind;
    const tender = { chainId, contract: unhex(contract), stage };
    let made: { digest: Uint8Array; typedData: TypedData };
    if (primaryType === "SubmitBid") {
      const box = { ...tender, tenderId: BigInt(of("tenderId")) };
      const bid = {
        account: unhex(of("account")),
        price: BigInt(of("price")),
        documents: unhex(of("documents")),
        version: Number(of("version")),
        nonce: Number(of("nonce")),
      };
      made = { digest: bidDigest(box, bid), typedData: bidTypedData(box, bid) };
    } else if (primaryType === "SubmitProposal") {
      const box = { ...tender, tenderId: BigInt(of("tenderId")) };
      const proposal = {
        account: unhex(of("account")),
        documents: unhex(of("documents")),
        version: Number(of("version")),
        nonce: Number(of("nonce")),
      };
      const typedData = proposalTypedData(box, proposal);
      made = { digest: proposalDigest(box, proposal), typedData };
    } else if (primaryType === "CastBallot") {
      const box = { ...tender, tenderId: BigInt(of("tenderId")) };
      const [seat, reasons] = [Number(of("seat")), unhex(of("reasons"))];
      const ballot = { seat, reasons, marks: unhex(of("marks")) };
      made = { digest: ballotDigest(box, ballot), typedData: ballotTypedData(box, ballot) };
    } else continue;
    acts.add(primaryType);
    assert.equal(hex(made.digest), digest);
    assert.equal(hex(sign(made.digest, BigInt(key))), signature);
    assert.deepEqual(made.typedData, plain(typedData));
  }
  assert.deepEqual(acts, new Set(["SubmitBid", "SubmitProposal", "CastBallot"]));
});

/** The same typed data with all its values as text, and addresses in small letters. */
function plain(typedData: WalletCase["typedData"]): TypedData {
  const values = (fields: object): Record<string, string> =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => {
        const text = String(value);
        return [name, text.startsWith("0x") ? text.toLowerCase() : text];
      }),
    );
  const { types, primaryType } = typedData;
  const [domain, message] = [values(typedData.domain), values(typedData.message)];
  return { types: types as TypedData["types"], primaryType, domain, message };
}

interface PointRow {
  parity: number;
  product: string;
  scalar: string;
  valid: boolean;
  x: string;
}
interface Interpolation {
  indices: number[];
  secret: string;
  shares: string[];
}
const shares = vectors<{ points: PointRow[]; interpolations: Interpolation[] }>("shares");

test("points multiply as listed, and void ones are void in an envelope", () => {
  const box = boxOf({ chainId: 1, contract: "11".repeat(20), tenderId: 1, stage: 0 });
  for (const row of shares.points) {
    const point = join(Uint8Array.of(2 + row.parity), unhex(row.x));
    const factor = BigInt(row.scalar);
    if (row.valid) {
      assert.equal(hex(pointAddress(parsePoint(point).multiply(factor))), row.product);
    }
    const envelope = join(Uint8Array.of(1), point, Uint8Array.of(0));
    const ranged = 0n < factor && factor < Point.Fn.ORDER;
    if (!ranged) {
      assert.throws(() => open(box, factor, envelope), fault("number"));
      continue;
    }
    const opened = open(box, factor, envelope);
    assert.equal(opened.reason, row.valid ? undefined : 3);
    if (!opened.reason) assert.equal(hex(opened.value.z), row.product);
  }
});

function together(row: { shares: string[] }, indices: number[]): Map<number, bigint> {
  return new Map(indices.map((index, place) => [index, BigInt(row.shares[place]!)]));
}

test("subsets of shares interpolate as listed", () => {
  for (const row of shares.interpolations) {
    assert.equal(interpolate(together(row, row.indices)), BigInt(row.secret));
  }
});

interface Ceremony {
  deals: { dealer: number; digest: string; payload: string; valid: boolean }[];
  epochs: { chainId: number; contract: string; epoch: number; threshold: number }[];
  openers: { index: number; encryptionKey: string }[];
  results: { batch: number; count: number; dealers: number[]; root: string; transcript: string }[];
}
interface Release {
  index: number;
  keyAddress: string;
  keyId: string;
  proof: string[];
  publicKeyX: string;
  publicKeyY: string;
  root: string;
  secret: string;
  shareAddresses: string[];
  sharers: number[];
  shares: string[];
}
const ceremony = vectors<Ceremony>("ceremony");
const { releases } = vectors<{ releases: Release[] }>("releases");
const [epoch] = ceremony.epochs;
const [result] = ceremony.results;
assert.ok(epoch && result);
const batch: Batch = {
  ...epoch,
  ...result,
  contract: unhex(epoch.contract),
  members: new Map(
    ceremony.openers.map(({ index, encryptionKey }) => [index, unhex(encryptionKey)]),
  ),
};
const posted: Posted[] = ceremony.deals.map(({ dealer, payload }) => ({
  from: dealer,
  payload: unhex(payload),
}));

test("deals count or do not, as listed", () => {
  for (const [place, row] of ceremony.deals.entries()) {
    const check = (): void => checkDeal(batch, posted[place]!);
    if (row.valid) check();
    else assert.throws(check, fault("deal"));
  }
});

test("the ceremony is settled from its public deals", () => {
  const settled = settle(batch, posted);
  assert.deepEqual(settled.dealers, result.dealers);
  assert.equal(hex(settled.root), result.root);
  assert.equal(hex(settled.transcript), result.transcript);
});

interface Members {
  keys: { at: number; index: number; encryptionKey: string }[];
  batches: { at: number; batch: number; count: number; members: number[] }[];
  deals: { at: number; batch: number; dealer: number; payload: string }[];
  accusations: { at: number; batch: number; dealer: number; accuser: number; evidence: string }[];
}

test("who takes part in a batch follows from the order of events", () => {
  const file = vectors<Members>("members");
  const told: { at: number; event: EpochEvent }[] = [
    ...file.keys.map(({ at, index, encryptionKey }) => {
      const key = unhex(encryptionKey);
      return { at, event: { name: "OpenerEnrolled", index, encryptionKey: key } as const };
    }),
    ...file.batches.map(({ at, batch, count }) => {
      return { at, event: { name: "BatchOpened", batch, count } as const };
    }),
    ...file.deals.map(({ at, batch, dealer, payload }) => {
      return { at, event: { name: "Dealt", batch, from: dealer, payload: unhex(payload) } as const };
    }),
    ...file.accusations.map(({ at, evidence, ...rest }) => {
      return { at, event: { name: "Accused", evidence: unhex(evidence), ...rest } as const };
    }),
  ];
  told.sort((left, right) => left.at - right.at);
  const place = { ...batch, contract: unhex(epoch!.contract) };
  const found = membersOf(
    place,
    told.map(({ event }) => event),
  );
  for (const { batch, members } of file.batches) {
    assert.deepEqual([...found.get(BigInt(batch))!.keys()], members, `batch ${batch}`);
  }
});

test("released keys are the ceremony's, and shares are their openers'", () => {
  const settled = settle(batch, posted);
  for (const row of releases) {
    const { index } = row;
    const key = join(unhex(row.publicKeyX), unhex(row.publicKeyY));
    const [root, transcript] = [unhex(row.root), unhex(result.transcript)];
    checkKey(batch, posted, { root, transcript, index, key });
    assert.ok(
      verifyProof(
        root,
        keyLeaf(index, key),
        row.proof.map((node) => unhex(node)),
      ),
    );
    assert.deepEqual(parseKeyId(BigInt(row.keyId)), {
      epoch: BigInt(epoch.epoch),
      batch: BigInt(result.batch),
      index,
    });
    assert.equal(interpolate(together(row, row.sharers)), BigInt(row.secret));
    assert.equal(hex(addressOf(BigInt(row.secret))), row.keyAddress);
    for (const [at, opener] of row.sharers.entries()) {
      assert.equal(hex(settled.shareAddress(opener, index)), row.shareAddresses[at]);
      assert.equal(hex(addressOf(BigInt(row.shares[at]!))), row.shareAddresses[at]);
    }
  }
});

interface Merkle {
  trees: { count: number; root: string; xs: string[]; ys: string[] }[];
  proofs: { index: number; leaf: string; proof: string[]; root: string; x: string; y: string }[];
}
const merkle = vectors<Merkle>("merkle");

test("keys have their leaves, roots and proofs", () => {
  for (const { root, xs, ys } of merkle.trees) {
    const leaves = xs.map((x, index) => keyLeaf(index, join(unhex(x), unhex(ys[index]!))));
    assert.equal(hex(merkleRoot(leaves)), root);
  }
  for (const row of merkle.proofs) {
    const leaf = keyLeaf(row.index, join(unhex(row.x), unhex(row.y)));
    assert.equal(hex(leaf), row.leaf);
    assert.ok(
      verifyProof(
        unhex(row.root),
        leaf,
        row.proof.map((node) => unhex(node)),
      ),
    );
  }
});

test("OpenZeppelin's own library agrees on roots and proofs", () => {
  const { trees } = vectors<{ trees: { root: string; proofs: string[][] }[] }>("merkle_npm");
  for (const [place, { root, proofs }] of trees.entries()) {
    const { xs, ys } = merkle.trees[place]!;
    for (const [index, proof] of proofs.entries()) {
      const leaf = keyLeaf(index, join(unhex(xs[index]!), unhex(ys[index]!)));
      assert.ok(
        verifyProof(
          unhex(root),
          leaf,
          proof.map((node) => unhex(node)),
        ),
      );
    }
  }
});
