import { encode, keccak, type Whole } from "./bytes.ts";
import { coordinates, parsePoint } from "./curve.ts";

/** The order of hashes: that of the numbers they are. */
function compare(left: Uint8Array, right: Uint8Array): number {
  const place = left.findIndex((byte, place) => byte !== right[place]);
  return place < 0 ? 0 : left[place]! - right[place]!;
}

function parent(left: Uint8Array, right: Uint8Array): Uint8Array {
  return compare(left, right) < 0 ? keccak(left, right) : keccak(right, left);
}

/**
 * The leaf of a key in its batch's tree, 32 bytes.
 *
 * @param key 33 bytes compressed or 64 of x ‖ y
 * @throws SealingError `point`, `number`
 */
export function keyLeaf(index: Whole, key: Uint8Array): Uint8Array {
  const point = coordinates(parsePoint(key));
  return keccak(keccak(encode(index, point.slice(0, 32), point.slice(32))));
}

/** @internal The root of OpenZeppelin's standard Merkle tree over one leaf or more. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  // A queue: the leaves in order, and behind them the parents of what is in front, two by two.
  const tree = [...leaves].sort(compare);
  for (let at = 0; tree.length < 2 * leaves.length - 1; at += 2) {
    tree.push(parent(tree[at]!, tree[at + 1]!));
  }
  return tree.at(-1)!;
}

/** Whether the proof leads from the leaf to the root. */
export function verifyProof(
  root: Uint8Array,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  return compare(proof.reduce(parent, leaf), root) === 0;
}
