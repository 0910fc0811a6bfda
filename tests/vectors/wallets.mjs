// What people's wallets do with our typed data: ethers, and MetaMask's eth-sig-util.
//
//     node wallets.mjs sign < cases.json     [{key, typedData}] → what both libraries make of each
//     node wallets.mjs make                  the cases of wallets/javascript.json
//
// The messages of `make` are written here by hand, not taken from Terang.
import { readFileSync } from "node:fs";
import { SignTypedDataVersion, recoverTypedSignature, signTypedData } from "@metamask/eth-sig-util";
import { TypedDataEncoder, Wallet, id, verifyTypedData } from "ethers";

async function sign({ key, typedData }) {
  const { domain, message, primaryType } = typedData;
  const { EIP712Domain: _domain, ...types } = typedData.types;
  const wallet = new Wallet(key);
  const signature = await wallet.signTypedData(domain, types, message);
  const asked = { data: typedData, version: SignTypedDataVersion.V4 };
  const metamask = signTypedData({ privateKey: Buffer.from(key.slice(2), "hex"), ...asked });
  const primary = TypedDataEncoder.from(types).primaryType;
  if (primary !== primaryType) throw new Error(`ethers takes ${primary} for ${primaryType}`);
  return {
    address: wallet.address,
    digest: TypedDataEncoder.hash(domain, types, message),
    ethers: { signature, recovered: verifyTypedData(domain, types, message, signature) },
    metamask: { signature: metamask, recovered: recoverTypedSignature({ signature: metamask, ...asked }) },
  };
}

const KINDS = {
  SubmitBid: ["Terang Tenders", "uint256 tenderId,uint32 version,uint32 nonce,address account,uint128 price,bytes32 documents"],
  SubmitProposal: ["Terang Tenders", "uint256 tenderId,uint32 version,uint32 nonce,address account,bytes32 documents"],
  CastBallot: ["Terang Ballots", "uint256 tenderId,uint32 round,uint32 seat,bytes32 reasons,bytes marks"],
  SignAgreement: ["Terang Agreements", "uint256 tenderId,uint32 buyer,uint32 supplier,uint128 price,address currency,bytes32 documents,uint48 startsAt,address payee,address refundTo,Milestone[] milestones,address[] inspectors,uint8 approvals"],
  AcceptKey: ["Terang Participants", "uint32 organisation,address key,uint8 powers,uint48 from,uint48 until"],
  Milestone: [null, "uint128 amount,uint48 dueAt,bytes32 deliverable"],
  EIP712Domain: [null, "string name,string version,uint256 chainId,address verifyingContract"],
};
const fields = (kind) => KINDS[kind][1].split(",").map((field) => {
  const [type, name] = field.split(" ");
  return { name, type };
});
const hash = (label) => id(`Terang wallet vector: ${label}`);
const account = (label) => new Wallet(hash(label)).address;

const MESSAGES = [
  ["SubmitBid", { tenderId: "7", version: "1", nonce: "1764000000", account: account("supplier"), price: "1250000000", documents: hash("bid") }],
  ["SubmitBid", { tenderId: (2n ** 256n - 1n).toString(), version: "4294967295", nonce: "0", account: account("supplier"), price: (2n ** 128n - 1n).toString(), documents: "0x" + "00".repeat(32) }],
  ["SubmitProposal", { tenderId: "7", version: "1", nonce: "1764000000", account: account("supplier"), documents: hash("proposal") }],
  ["CastBallot", { tenderId: "7", round: "0", seat: "3", reasons: hash("reasons"), marks: "0x64005a" }],
  ["CastBallot", { tenderId: "7", round: "1", seat: "3", reasons: hash("reasons"), marks: "0x" }],
  ["SignAgreement", {
    tenderId: "7", buyer: "1", supplier: "2", price: "1001", currency: account("token"), documents: hash("contract"),
    startsAt: "1800000000", payee: account("payee"), refundTo: account("treasury"),
    milestones: [
      { amount: "300", dueAt: "1800000001", deliverable: hash("foundation") },
      { amount: "701", dueAt: "1900000000", deliverable: hash("roof") },
    ],
    inspectors: [account("inspector 1"), account("inspector 2")], approvals: "2",
  }],
  ["SignAgreement", {
    tenderId: "0", buyer: "0", supplier: "0", price: "0", currency: account("token"), documents: hash("empty"),
    startsAt: "0", payee: account("payee"), refundTo: account("treasury"), milestones: [], inspectors: [], approvals: "0",
  }],
  ["AcceptKey", { organisation: "2", key: account("key"), powers: "255", from: "0", until: "281474976710655" }],
];

async function make() {
  const cases = [];
  for (const [kind, message] of MESSAGES) {
    const inner = kind === "SignAgreement" ? { Milestone: fields("Milestone") } : {};
    const typedData = {
      types: { EIP712Domain: fields("EIP712Domain"), [kind]: fields(kind), ...inner },
      domain: { name: KINDS[kind][0], version: "1", chainId: 31337, verifyingContract: account("contract") },
      primaryType: kind,
      message,
    };
    const key = hash(`signer ${cases.length}`);
    const { address, digest, ethers, metamask } = await sign({ key, typedData });
    if (ethers.signature !== metamask.signature) throw new Error(`${kind}: the wallets differ`);
    cases.push({ key, address, typedData, digest, signature: ethers.signature });
  }
  return cases;
}

const answer = process.argv[2] === "make" ? await make() : await Promise.all(JSON.parse(readFileSync(0, "utf8")).map(sign));
console.log(JSON.stringify(answer, null, 2));
