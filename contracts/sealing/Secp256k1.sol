// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Secp256k1
/// @notice Multiplies points of secp256k1 by scalars through the `ecrecover` precompile (3,000 gas).
/// @dev A point is given by its x coordinate and the parity of y; a product comes back as its address, the last
/// 20 bytes of keccak256(x ‖ y). For R = (rx, parity): ecrecover(0, 27 + parity, rx, s) recovers
/// r⁻¹·(s·R − 0·G) with r = rx, so s = x·rx gives x·R. Source: SEC 1, section 4.1.6.
library Secp256k1 {
    /// @notice Order of the group.
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    /// @notice x coordinate of the generator, whose y is even.
    uint256 internal constant GX = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;

    /// @notice The address of scalar·(rx, y), y odd or even as told.
    /// @return product Zero if the scalar or rx is not in 1 … N − 1, or no point has this x.
    function multiply(uint256 scalar, uint256 rx, bool odd) internal pure returns (address product) {
        if (scalar == 0 || scalar >= N || rx == 0 || rx >= N) return address(0);
        product = ecrecover(0, odd ? 28 : 27, bytes32(rx), bytes32(mulmod(scalar, rx, N)));
    }

    /// @notice The address of scalar·G; zero if the scalar is not in 1 … N − 1.
    function addressOf(uint256 scalar) internal pure returns (address) {
        return multiply(scalar, GX, false);
    }

    /// @notice Whether `data` is a compressed point: 02 or 03, then an x on the curve, 33 bytes.
    function isPoint(bytes calldata data) internal pure returns (bool) {
        return data.length == 33 && (data[0] == 0x02 || data[0] == 0x03)
            && multiply(1, uint256(bytes32(data[1:])), data[0] == 0x03) != address(0);
    }

    /// @notice The address of the point (x, y).
    function addressOf(uint256 x, uint256 y) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(x, y)))));
    }
}
