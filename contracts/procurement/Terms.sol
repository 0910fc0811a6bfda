// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Basis points in the whole.
uint16 constant WHOLE = 10_000;
// No period of a tender is shorter, so that nobody decides before others can act.
uint32 constant MIN_PERIOD = 1 days;
// No period is longer, so that a slip of the pen can not lock a tender.
uint32 constant MAX_PERIOD = 366 days;

/// @notice How bids are compared.
enum Method {
    LOWEST_PRICE, // one envelope; the cheapest responsive bid
    QUALITY_PRICE // two envelopes: proposals are scored before prices open
}

/// @notice What is bought.
enum Category {
    GOODS,
    SERVICES,
    WORKS,
    SOCIAL // a social programme
}

/// @notice What the prices of a tender include.
enum TaxBasis {
    NET,
    GROSS
}

/// @notice Where a tender stands; the life of a contract, in order.
enum Phase {
    NONE,
    TENDERING,
    OPENING,
    EVALUATION,
    PRICE_OPENING, // QUALITY_PRICE: quality is decided, prices are being opened
    STANDSTILL,
    AWARDED,
    CONTRACTED,
    UNSUCCESSFUL,
    CANCELLED
}

/// @notice Why a tender is unsuccessful.
enum Failure {
    NONE,
    WITHHELD, // the openers did not release a secret in time
    TOO_FEW_BIDS,
    NOT_DRAWN, // nobody drew the panel in time
    NO_QUORUM, // twice
    NO_BID_ACCEPTABLE,
    NOT_SIGNED // the winner accepted, the buyer did not sign in time
}

/// @notice The terms of one version of a tender. Stored as their hash; callers pass them back.
struct Terms {
    bytes32 documents; // Merkle root of the tender documents
    Category category;
    Method method;
    TaxBasis taxBasis;
    address currency; // ERC-20 token in which prices are stated and paid
    uint128 ceiling; // owner's estimate and highest price that counts, in the token's smallest unit; 0: none published
    uint16 minimumBids; // fewer bids that count make the tender unsuccessful
    uint16 bidSecurity; // basis points of the ceiling that must stand behind a bid; 0: none
    uint16 weight; // QUALITY_PRICE: of quality, in basis points; price has the rest
    uint8 threshold; // QUALITY_PRICE: a proposal whose mean mark is below is rejected, 0 to 100
    uint32 evaluationPeriod; // seconds for ballots, from the draw
    uint16[] plan; // milestones in basis points of the price; they sum to 10,000
}

/// @notice Public references of a tender. Kept in the event only.
struct Notice {
    string ocid; // process id in the Open Contracting Data Standard
    string documentsUri; // where the tender documents are
    uint256 predecessor; // the tender that this one repeats; 0: none
}
