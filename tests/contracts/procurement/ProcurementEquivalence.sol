// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Panel} from "../../../contracts/procurement/Panel.sol";
import {Ranking} from "../../../contracts/procurement/Ranking.sol";

/// @title ProcurementEquivalence
/// @notice Answers many cases to a call; benchmarks/equivalence.py compares the answers with those of the Python package.
/// @dev For the draw it stands in the place of `Consortium`, whose seats are rows seat(4) ‖ organisation(4) ‖ seated(1).
contract ProcurementEquivalence {
    uint256 private constant ROW = 9;

    bytes[3] private _rows;

    /// @notice Eleven words sum, ballots, weight, threshold, lowest, price, estimate, total, prices, underEstimate,
    /// underMean → score(32), only if there are ballots and a price ‖ passes(1) ‖ is low(1).
    function compare(bytes[] calldata cases) external pure returns (bytes[] memory answers) {
        answers = new bytes[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            uint256[11] memory w = abi.decode(cases[i], (uint256[11]));
            bytes memory score =
                w[1] == 0 || w[5] == 0 ? bytes("") : abi.encode(Ranking.score(w[0], w[1], w[2], w[4], w[5]));
            answers[i] = abi.encodePacked(
                score, Ranking.passes(w[0], w[1], w[3]), Ranking.isLow(w[5], w[6], w[7], w[8], w[9], w[10])
            );
        }
    }

    /// @notice (seed, wanted of each class, excluded, barred, class, before, rows of each class) → the seats drawn(4 each)
    /// ‖ the seat of the class that comes after so many(4).
    function draw(bytes[] calldata cases) external returns (bytes[] memory answers) {
        answers = new bytes[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            (
                bytes32 seed,
                uint8[3] memory wanted,
                uint32 excluded,
                uint32[] memory barred,
                Consortium.Class class,
                uint256 before,
                bytes[3] memory rows
            ) = abi.decode(cases[i], (bytes32, uint8[3], uint32, uint32[], Consortium.Class, uint256, bytes[3]));
            for (uint256 each = 0; each < 3; ++each) {
                _rows[each] = rows[each];
            }
            Panel.Pool memory pool = Panel.Pool(Consortium(address(this)), 0, excluded, barred);
            uint32[] memory seats = Panel.draw(pool, seed, wanted);
            for (uint256 j = 0; j < seats.length; ++j) {
                answers[i] = bytes.concat(answers[i], bytes4(seats[j]));
            }
            answers[i] = bytes.concat(answers[i], bytes4(Panel.reserve(pool, seed, class, before)));
        }
    }

    // ─────────────────────────────── as Consortium ───────────────────────────

    function sizeAt(Consortium.Class class, uint48) external view returns (uint256) {
        return _rows[uint8(class)].length / ROW;
    }

    function seatOfClassAt(Consortium.Class class, uint256 index, uint48) external view returns (uint32, uint32, bool) {
        bytes memory row = new bytes(ROW);
        for (uint256 i = 0; i < ROW; ++i) {
            row[i] = _rows[uint8(class)][ROW * index + i];
        }
        return (uint32(bytes4(row)), uint32(uint64(bytes8(row))), row[8] != 0);
    }
}
