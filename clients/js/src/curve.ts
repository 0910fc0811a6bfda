import type { WeierstrassPoint } from "@noble/curves/abstract/weierstrass.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { big, concat, keccak, number, same, sized } from "./bytes.ts";
import { SealingError } from "./errors.ts";

/** @internal A point of secp256k1. */
export type Point = WeierstrassPoint<bigint>;

/** @internal */
export const { Point } = secp256k1;

/** The order of secp256k1's group. */
export const N = Point.Fn.ORDER;

/**
 * @internal Reads a point: 33 bytes compressed, or 64 of x ‖ y as the ledger's events give it.
 *
 * @throws SealingError `point`
 */
export function parsePoint(bytes: Uint8Array): Point {
  const whole = bytes.length === 64 ? concat(Uint8Array.of(4), bytes) : bytes;
  try {
    if (bytes.length === 33 || bytes.length === 64) return Point.fromBytes(whole);
  } catch {
    // told below
  }
  throw new SealingError(
    "point",
    "That is no point of secp256k1: give 33 bytes (02 or 03, then x) or 64 (x, then y).",
  );
}

/** @internal x ‖ y. */
export function coordinates(point: Point): Uint8Array {
  return point.toBytes(false).slice(1);
}

/** @internal `addr` of the protocol: the Ethereum address of a point, 20 bytes. */
export function pointAddress(point: Point): Uint8Array {
  return keccak(coordinates(point)).slice(12);
}

/** @internal The same number, if it is from 1 to N − 1. */
export function scalar(value: bigint, what: string): bigint {
  if (0n < value && value < N) return value;
  throw new SealingError("number", `${what} is not from 1 to N - 1: give one that is.`);
}

/** The address of a secret's public key, 20 bytes. @throws SealingError `number` */
export function addressOf(secret: bigint): Uint8Array {
  return pointAddress(Point.BASE.multiply(scalar(secret, "The secret")));
}

/** @internal 48 bytes of HKDF-SHA256 (RFC 5869, no salt, empty info), reduced mod N. */
export function deriveScalar(material: Uint8Array): bigint {
  return number(hkdf(sha256, material, undefined, undefined, 48)) % N;
}

/**
 * The secret that k shares put together: the value at zero of the one polynomial of degree k − 1
 * through them. More shares than k give the same; fewer give something else, so compare
 * `addressOf` it with the key's address.
 *
 * @param shares opener's index, from 1, to its share
 * @throws SealingError `number` for an index of 0 or from N on
 */
export function interpolate(shares: ReadonlyMap<number, bigint>): bigint {
  const { Fn } = Point;
  const indices = [...shares.keys()].map((index) => scalar(BigInt(index), "An opener's index"));
  let secret = 0n;
  for (const [index, share] of shares) {
    const here = BigInt(index);
    let term = Fn.create(share);
    for (const other of indices) {
      if (other !== here) term = Fn.mul(term, Fn.div(other, Fn.create(other - here)));
    }
    secret = Fn.add(secret, term);
  }
  return secret;
}

/**
 * Signs a digest as every Ethereum wallet does: RFC 6979, low s. For keys that a program holds,
 * such as a bid key; a person's wallet is asked with `bidTypedData` instead.
 *
 * @returns r ‖ s ‖ v, 65 bytes
 * @throws SealingError `bytes`, `number`
 */
export function sign(digest: Uint8Array, privateKey: bigint): Uint8Array {
  const key = big(scalar(privateKey, "The private key"));
  const message = sized(digest, 32, "The digest");
  const signature = secp256k1.sign(message, key, { prehash: false, format: "recovered" });
  return concat(signature.slice(1), Uint8Array.of(27 + signature[0]!));
}

/**
 * Whose signature this is: as the contracts see it, so only s ≤ N/2 and v of 27 or 28.
 *
 * @returns the address, 20 bytes; undefined if it is nobody's
 */
export function recover(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28)) return undefined;
  try {
    const parts = secp256k1.Signature.fromBytes(signature.slice(0, 64));
    if (parts.hasHighS()) return undefined;
    return pointAddress(parts.addRecoveryBit(v - 27).recoverPublicKey(digest));
  } catch {
    return undefined; // r or s is 0 or N or more, or no point has this r
  }
}

/** @internal Whether the signature is the account's. */
export function signedBy(account: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const signer = recover(digest, signature);
  return signer !== undefined && same(signer, account);
}
