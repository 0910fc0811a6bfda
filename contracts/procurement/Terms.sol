// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice How bids are compared.
enum Method {
    LOWEST_PRICE
}

/// @notice What is bought.
enum Category {
    GOODS,
    SERVICES,
    WORKS
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
    STANDSTILL,
    AWARDED,
    CONTRACTED,
    UNSUCCESSFUL,
    CANCELLED
}

/// @notice The terms of a tender, fixed at publication. Stored as their hash; callers pass them back.
struct Terms {
    bytes32 documents; // Merkle root of the tender documents
    Category category;
    Method method;
    TaxBasis taxBasis;
    address currency; // ERC-20 token in which prices are stated and paid
    uint128 ceiling; // highest price that counts, in the token's smallest unit; 0: none published
    uint16 minimumBids; // fewer bids that count make the tender unsuccessful
    uint8[3] panel; // seats drawn from agencies, auditors, citizens
    uint8 quorum; // ballots that make an evaluation valid; more than half of the panel
    uint32 evaluationPeriod; // seconds for ballots, from the draw
    uint32 standstillPeriod; // seconds between ranking and award
    uint32 signingPeriod; // seconds for signing, from the award
    uint16[] plan; // milestones in basis points of the price; they sum to 10,000
}

/// @notice Public references of a tender. Kept in the event only.
struct Notice {
    string ocid; // process id in the Open Contracting Data Standard
    string lot; // id of the lot within the process
    string documentsUri; // where the tender documents are
}
