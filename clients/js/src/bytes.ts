import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { SealingError } from "./errors.ts";

export { concatBytes as concat };

/** A number of the protocol. Plain numbers must be whole and below 2⁵³. */
export type Whole = bigint | number;

/** Hex with `0x` of some bytes. */
export function hex(bytes: Uint8Array): `0x${string}` {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * The bytes of a hex text, with or without `0x`.
 *
 * @param length how many there must be; any number without it
 * @throws SealingError `bytes`
 */
export function unhex(text: string, length?: number): Uint8Array {
  const digits = text.replace(/^0x/, "");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) {
    throw new SealingError("bytes", "That is no hex: give two digits 0-9, a-f for each byte.");
  }
  return sized(hexToBytes(digits), length ?? digits.length / 2, "The hex text");
}

/** @internal The same bytes, if there are `length` of them. */
export function sized(bytes: Uint8Array, length: number, what: string): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new SealingError(
    "bytes",
    `${what} has ${bytes.length} bytes: give ${length === 1 ? "one byte" : `${length} bytes`}.`,
  );
}

/** @internal A number as `size` bytes, big-endian. */
export function big(value: Whole, size = 32): Uint8Array {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new SealingError("number", `The number ${value} is not exact: give a bigint.`);
  }
  if (BigInt(value) >> BigInt(8 * size) !== 0n) {
    const range = `0 to 2^${8 * size} - 1`;
    throw new SealingError("number", `The number ${value} does not fit: give one from ${range}.`);
  }
  return hexToBytes(value.toString(16).padStart(2 * size, "0"));
}

/** @internal The number that some bytes are, big-endian. */
export function number(bytes: Uint8Array): bigint {
  return bytes.length ? BigInt(hex(bytes)) : 0n;
}

/** @internal */
export function same(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, place) => byte === right[place]);
}

/** The keccak256 of the parts, one after the other. */
export function keccak(...parts: Uint8Array[]): Uint8Array {
  return keccak_256(concatBytes(...parts));
}

/** @internal The hash of a text. */
export function label(text: string): Uint8Array {
  return keccak(utf8ToBytes(text));
}

/** @internal What `abi.encode` takes: a number, an address or bytes32, and the two that move. */
export type Value = Whole | Uint8Array | { bytes: Uint8Array } | { array: (Whole | Uint8Array)[] };

function word(value: Whole | Uint8Array): Uint8Array {
  if (!(value instanceof Uint8Array)) return big(value);
  if (value.length === 20) return concatBytes(new Uint8Array(12), value);
  return sized(value, 32, "A word");
}

/** @internal Solidity's `abi.encode`. */
export function encode(...values: Value[]): Uint8Array {
  const heads: Uint8Array[] = [];
  const tails: Uint8Array[] = [];
  let offset = 32 * values.length;
  for (const value of values) {
    if (typeof value !== "object" || value instanceof Uint8Array) {
      heads.push(word(value));
      continue;
    }
    const tail =
      "bytes" in value
        ? [big(value.bytes.length), value.bytes, new Uint8Array(-value.bytes.length & 31)]
        : [big(value.array.length), ...value.array.map(word)];
    heads.push(big(offset));
    tails.push(...tail);
    offset += tail.reduce((length, part) => length + part.length, 0);
  }
  return concatBytes(...heads, ...tails);
}
