"""Sealed boxes: bids and ballots that nobody reads early and that all open.

curve        points and scalars of secp256k1, interpolation
envelope     an envelope sealed to a box's public key
messages     what is inside: bid or ballot, each signed by its author
documents    a bid's documents: archive, encryption, content-addressed store
bidding      the steps of a bidder or a panel member in their one right order
epoch        the openers of an epoch and what they derive from their seeds
dealing      one opener's deal of a batch: layout, proof, checks
merkle       the tree that fixes a batch's public keys
ceremony     the deals of a batch put together; release
judging      every deal of a batch judged: which count, and why the others do not
evidence     a wrong share shown to everybody, with proof
opener       one opener: deals, accepts, discloses
"""
