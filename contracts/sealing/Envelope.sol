// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Secp256k1} from "./Secp256k1.sol";

/// @notice Why an opened envelope does not count; NONE: it counts.
enum Void {
    NONE,
    // the envelope
    LENGTH,
    VERSION,
    POINT,
    // the signed message
    SIGNATURE,
    ACCOUNT,
    INELIGIBLE,
    // a bid
    BUYER,
    TENDER_VERSION,
    NONCE,
    PRICE,
    CEILING,
    SUPERSEDED,
    // a ballot
    SEAT,
    REPEATED,
    MARKS,
    // a price in an envelope of its own
    UNPAIRED,
    // what stands behind a bid
    SECURITY
}

/// @title Envelope
/// @notice Decrypts sealed envelopes, version 1. Total: whatever the bytes are, it answers and never reverts.
/// @dev Layout: version (1) ‖ R compressed (33) ‖ ciphertext. z = address of secret·R; block i of the key stream is
/// keccak256(abi.encode(DOMAIN, boxId, z, i)). The protocol stands in docs/sealing.md.
library Envelope {
    bytes32 internal constant DOMAIN = keccak256("Terang sealed box v1");
    /// @notice Bytes before the ciphertext.
    uint256 internal constant HEADER = 34;

    /// @notice What domain-separates a box: the chain, its contract, the tender and the stage.
    function boxId(address box, uint256 tenderId, uint256 stage) internal view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, box, tenderId, stage));
    }

    /// @notice Opens `envelope` with the secret of its box.
    /// @return reason NONE, or LENGTH, VERSION or POINT with an empty plaintext.
    function decrypt(bytes calldata envelope, uint256 secret, bytes32 box)
        internal
        pure
        returns (Void reason, bytes memory plaintext)
    {
        if (envelope.length <= HEADER) return (Void.LENGTH, "");
        if (envelope[0] != 0x01) return (Void.VERSION, "");
        bytes1 prefix = envelope[1];
        if (prefix != 0x02 && prefix != 0x03) return (Void.POINT, "");
        address z = Secp256k1.multiply(secret, uint256(bytes32(envelope[2:HEADER])), prefix == 0x03);
        if (z == address(0)) return (Void.POINT, "");

        plaintext = envelope[HEADER:];
        bytes32 domain = DOMAIN;
        assembly ("memory-safe") {
            // abi.encode(DOMAIN, boxId, z, i) beyond the plaintext, in memory nobody owns yet
            let input := mload(0x40)
            mstore(input, domain)
            mstore(add(input, 0x20), box)
            mstore(add(input, 0x40), z)
            let length := mload(plaintext)
            let block_ := add(plaintext, 0x20)
            for { let i := 0 } lt(shl(5, i), length) { i := add(i, 1) } {
                mstore(add(input, 0x60), i)
                let stream := keccak256(input, 0x80)
                let left := sub(length, shl(5, i))
                // the last block may be short: what lies behind the plaintext stays as it is
                if lt(left, 0x20) {
                    let cut := shl(3, sub(0x20, left))
                    stream := shl(cut, shr(cut, stream))
                }
                mstore(block_, xor(mload(block_), stream))
                block_ := add(block_, 0x20)
            }
        }
    }

    /// @notice The 32 bytes of `data` from `offset`, zeros beyond its end.
    /// @dev Callers check the length first; this never reverts.
    function word(bytes memory data, uint256 offset) internal pure returns (bytes32 value) {
        if (offset >= data.length) return 0;
        assembly ("memory-safe") {
            value := mload(add(add(data, 0x20), offset))
        }
        uint256 left = data.length - offset;
        if (left < 32) value &= bytes32(type(uint256).max << (8 * (32 - left)));
    }
}
