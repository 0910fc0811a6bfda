// The TypeScript client as a program for Python's tests: one JSON of questions in, one of answers out.
//
//     node twin.mts < questions.json     [{act, …}] → what each comes to, all bytes as hex
import { readFileSync } from "node:fs";
import * as sealing from "../../clients/js/src/index.ts";

const { hex, unhex } = sealing;

interface Question {
  act: "draft" | "propose" | "ballot" | "fresh" | "bid" | "proposal" | "settle";
  [field: string]: any;
}

function boxOf({ chainId, contract, tenderId, stage }: Question["box"]): sealing.Box {
  return { chainId, contract: unhex(contract), tenderId, stage };
}

const answers = {
  /** Seals a bid with its documents. */
  async draft({ box, publicKey, privateKey, price, archive }: Question) {
    const place = boxOf(box);
    const secret = BigInt(privateKey);
    const account = sealing.addressOf(secret);
    const offer = { account, price: BigInt(price), version: 1, nonce: 1 };
    const draft = await sealing.draftBid(place, unhex(publicKey), offer, unhex(archive));
    const envelope = draft.seal(sealing.sign(sealing.bidDigest(place, draft.bid), secret));
    return { envelope: hex(envelope), ciphertext: hex(draft.ciphertext!) };
  },
  /** Seals a proposal with its documents. */
  async propose({ box, publicKey, privateKey, archive }: Question) {
    const place = boxOf(box);
    const secret = BigInt(privateKey);
    const offer = { account: sealing.addressOf(secret), version: 1, nonce: 1 };
    const draft = await sealing.draftProposal(place, unhex(publicKey), offer, unhex(archive));
    const digest = sealing.proposalDigest(place, draft.proposal);
    const envelope = draft.seal(sealing.sign(digest, secret));
    return { envelope: hex(envelope), ciphertext: hex(draft.ciphertext!) };
  },
  /** Seals a ballot. */
  ballot({ box, publicKey, privateKey, seat, reasons, marks }: Question) {
    const place = boxOf(box);
    const secret = BigInt(privateKey);
    const ballot = { seat, reasons: unhex(reasons), marks: unhex(marks) };
    const signature = sealing.sign(sealing.ballotDigest(place, ballot), secret);
    const account = sealing.addressOf(secret);
    return hex(sealing.sealBallot(place, unhex(publicKey), ballot, account, signature));
  },
  /** Seals a plaintext with given randomness. */
  fresh({ box, publicKey, context, random, plaintext }: Question) {
    const place = boxOf(box);
    const sealer = sealing.Sealer.fresh(place, unhex(publicKey), unhex(context), unhex(random));
    return hex(sealer.seal(unhex(plaintext)));
  },
  /** Opens a bid, and its documents if they are given. */
  async bid({ box, secret, envelope, ciphertext }: Question) {
    const place = boxOf(box);
    const opened = sealing.open(place, BigInt(secret), unhex(envelope));
    if (opened.reason) return { reason: opened.reason };
    const { plaintext, z } = opened.value;
    const bid = sealing.unpackBid(place, plaintext);
    if (bid.reason) return { reason: bid.reason };
    const { account, price, documents } = bid.value;
    const id = sealing.boxId(place);
    const archive =
      ciphertext && (await sealing.decryptDocuments(id, z, documents, unhex(ciphertext)));
    return { account: hex(account), price: `${price}`, ...(archive && { archive: hex(archive) }) };
  },
  /** Opens a proposal with its documents. */
  async proposal({ box, secret, envelope, ciphertext }: Question) {
    const place = boxOf(box);
    const opened = sealing.open(place, BigInt(secret), unhex(envelope));
    if (opened.reason) return { reason: opened.reason };
    const { plaintext, z } = opened.value;
    const proposal = sealing.unpackProposal(place, plaintext);
    if (proposal.reason) return { reason: proposal.reason };
    const { account, documents } = proposal.value;
    const id = sealing.boxId(place);
    const archive = await sealing.decryptDocuments(id, z, documents, unhex(ciphertext));
    return { account: hex(account), archive: hex(archive) };
  },
  /** Puts a batch together. */
  settle({ batch, posted, opener }: Question) {
    const members = new Map(
      Object.entries<string>(batch.members).map(([index, key]) => [Number(index), unhex(key)]),
    );
    const place = { ...batch, members, contract: unhex(batch.contract) } as sealing.Batch;
    const deals = posted.map(([from, payload]: [number, string]) => ({
      from,
      payload: unhex(payload),
    }));
    const { dealers, keys, root, transcript, shareAddress } = sealing.settle(place, deals);
    const shares = keys.map((_key, index) => hex(shareAddress(opener, index)));
    const settled = { dealers, root: hex(root), transcript: hex(transcript) };
    return { ...settled, keys: keys.map(hex), shares };
  },
};

const questions = JSON.parse(readFileSync(0, "utf8")) as Question[];
const done = questions.map((question) => answers[question.act](question));
process.stdout.write(JSON.stringify(await Promise.all(done)));
