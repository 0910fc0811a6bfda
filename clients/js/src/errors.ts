/** What went wrong, for a program: the part of the protocol that the caller's input broke. */
export type Fault =
  | "bytes" // not hex, or of the wrong length
  | "number" // outside its range
  | "point" // no point of secp256k1
  | "signature" // not the author's
  | "used" // a sealer's secret would serve twice
  | "documents" // do not decrypt
  | "deal" // a deal of a ceremony that does not count
  | "ceremony"; // a key that the ceremony does not bear out: seal nothing to it

/** The one error that this package throws on purpose: a fault, and a sentence for people. */
export class SealingError extends Error {
  override readonly name = "SealingError";
  readonly fault: Fault;

  constructor(fault: Fault, message: string) {
    super(message);
    this.fault = fault;
  }
}
