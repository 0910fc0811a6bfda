// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {WHOLE} from "./Terms.sol";

/// @title Ranking
/// @notice The arithmetic by which bids are compared. docs/procurement.md states it, terang/replay/ranking.py repeats it.
library Ranking {
    /// @notice Score of a bid whose quality and price both count, in millionths of a mark:
    /// (w · Σmarks · 10⁶ / ballots + (10⁴ − w) · 10⁸ · lowest / price) / 10⁴, each division floored.
    /// @param sum Σmarks, of `ballots` marks from 0 to 100.
    /// @param weight w: of quality, in basis points.
    /// @param lowest The lowest price among the bids compared; `price` is not below it.
    function score(uint256 sum, uint256 ballots, uint256 weight, uint256 lowest, uint256 price)
        internal
        pure
        returns (uint256)
    {
        return (weight * sum * 1e6 / ballots + (WHOLE - weight) * 1e8 * lowest / price) / WHOLE;
    }

    /// @notice Whether the mean of `ballots` marks reaches the threshold; false without a mark.
    function passes(uint256 sum, uint256 ballots, uint256 threshold) internal pure returns (bool) {
        return ballots != 0 && sum >= threshold * ballots;
    }

    /// @notice Whether a price is abnormally low: more than `underEstimate` basis points under the estimate, or
    /// `underMean` basis points or more under the mean of the other prices; a share of 0 means that there is no such rule.
    /// @param estimate 0: none published.
    /// @param sum Of all `prices` prices, this one included.
    function isLow(
        uint256 price,
        uint256 estimate,
        uint256 sum,
        uint256 prices,
        uint256 underEstimate,
        uint256 underMean
    ) internal pure returns (bool) {
        if (underEstimate != 0 && price * WHOLE < estimate * (WHOLE - underEstimate)) {
            return true;
        }
        return underMean != 0 && prices > 1 && price * WHOLE * (prices - 1) <= (sum - price) * (WHOLE - underMean);
    }
}
