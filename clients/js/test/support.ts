import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { hex, keccak, SealingError, unhex, type Box, type Fault } from "../src/index.ts";

const FOLDER = new URL("../../../tests/vectors/", import.meta.url);

/** A file of the vectors that Python and Solidity read too. */
export function vectors<T>(name: string, kind = "sealing"): T {
  return JSON.parse(readFileSync(new URL(`${kind}/${name}.json`, FOLDER), "utf8")) as T;
}

/** How the vectors say which box is meant. */
export interface BoxRow {
  chainId: number;
  contract: string;
  tenderId: number;
  stage: number;
}

export function boxOf({ chainId, contract, tenderId, stage }: BoxRow): Box {
  return { chainId, contract: unhex(contract), tenderId, stage };
}

/** 32 bytes that are always the same for a label. */
export function fixed(label: string): Uint8Array {
  return keccak(new TextEncoder().encode(label));
}

export function scalar(label: string): bigint {
  return BigInt(hex(fixed(label))) >> 1n;
}

/** The bytes with one of them changed. */
export function flipped(bytes: Uint8Array, place: number, mask = 1): Uint8Array {
  return bytes.map((byte, at) => (at === place ? byte ^ mask : byte));
}

export function join(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Whether an error is of this fault, for `assert.throws`, with a sentence to go with it. */
export function fault(expected: Fault): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SealingError, String(error));
    assert.equal(error.fault, expected, error.message);
    assert.match(error.message, /^[A-Z0-9].*[.]$/);
    return true;
  };
}
