import { encode, keccak, label, same } from "./bytes.ts";
import { SealingError } from "./errors.ts";

const DOCUMENTS = label("Terang bid documents v1");
const NONCE = new Uint8Array(12); // the key is new for every archive

function key(boxId: Uint8Array, z: Uint8Array, use: KeyUsage): Promise<CryptoKey> {
  const raw = keccak(encode(DOCUMENTS, boxId, z)) as BufferSource;
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);
}

/** An archive as it is stored: by the hash that the bid names. */
export interface StoredDocuments {
  readonly ciphertext: Uint8Array;
  /** keccak256 of the ciphertext, 32 bytes: the bid's `documents`. */
  readonly hash: Uint8Array;
}

/** @internal The documents of a bid, encrypted under what its envelope's z and box derive. */
export async function encryptDocuments(
  boxId: Uint8Array,
  z: Uint8Array,
  archive: Uint8Array,
): Promise<StoredDocuments> {
  const secret = await key(boxId, z, "encrypt");
  const algorithm = { name: "AES-GCM", iv: NONCE };
  const sealed = await crypto.subtle.encrypt(algorithm, secret, archive as BufferSource);
  const ciphertext = new Uint8Array(sealed);
  return { ciphertext, hash: keccak(ciphertext) };
}

/**
 * Decrypts the documents of an opened bid.
 *
 * @param boxId from `boxId`
 * @param z from `open`, 20 bytes
 * @param hash the bid's `documents`
 * @param ciphertext what is stored under that hash
 * @returns the archive. It is still a stranger's zip: unpack it with care.
 * @throws SealingError `documents` if these are not the bid's, or were encrypted otherwise
 */
export async function decryptDocuments(
  boxId: Uint8Array,
  z: Uint8Array,
  hash: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Uint8Array> {
  if (!same(keccak(ciphertext), hash)) {
    const what = "That is not the file which the bid names: fetch it by the hash in the bid.";
    throw new SealingError("documents", what);
  }
  try {
    const secret = await key(boxId, z, "decrypt");
    const algorithm = { name: "AES-GCM", iv: NONCE };
    const archive = await crypto.subtle.decrypt(algorithm, secret, ciphertext as BufferSource);
    return new Uint8Array(archive);
  } catch {
    const what = "The bid's documents do not decrypt: its author stored something else.";
    throw new SealingError("documents", `${what} Show that to the panel.`);
  }
}
