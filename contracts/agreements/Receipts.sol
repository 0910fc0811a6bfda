// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Receipts
/// @notice Takes tokens from the sender and measures what arrives: what a token keeps as its fee never does.
library Receipts {
    using SafeERC20 for IERC20;

    /// @notice Takes `amount` from the sender's allowance. Callers guard against re-entry.
    /// @return received What arrived.
    function take(IERC20 token, uint256 amount) internal returns (uint256 received) {
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        received = token.balanceOf(address(this)) - before;
    }
}
