// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ISealedBox
/// @notice What `OpeningKeys` asks of the contract whose box a key serves.
interface ISealedBox {
    /// @notice Whether the secret of this box may be disclosed now.
    function releasable(uint256 tenderId, uint256 stage) external view returns (bool);
}
