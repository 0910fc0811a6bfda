// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Marks} from "../../../contracts/procurement/Marks.sol";
import {Test, vm} from "../support/Test.sol";

contract MarksTest is Test {
    using Marks for mapping(uint256 => uint256);

    mapping(uint256 sheet => mapping(uint256 word => uint256)) private _words;
    uint8[4] private _known = [1, 2, 0, 255];

    function test_TalliesSixteenEqualBallotsOfAnySize() public {
        uint256[5] memory sizes = [uint256(1), 8, 9, 17, 40];
        for (uint256 i = 0; i < sizes.length; ++i) {
            for (uint256 kind = 0; kind < 4; ++kind) {
                uint256 sheet = 4 * i + kind;
                bytes memory marks = _repeat(_known[kind], sizes[i]);
                for (uint256 ballot = 0; ballot < 16; ++ballot) {
                    _words[sheet].add(marks, false);
                }
                for (uint256 position = 0; position < sizes[i]; ++position) {
                    _counts(sheet, position, kind, 16);
                }
                _nothingBeyond(sheet, sizes[i]);
            }
        }
    }

    /// @dev Any ballots over any number of bids, against counting one by one.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_EqualsCountingOneByOne(uint256 seed) public {
        uint256 bids = seed % 40 + 1;
        uint256 ballots = (seed >> 8) % 16 + 1;
        uint256[4][] memory counts = new uint256[4][](bids);
        for (uint256 ballot = 0; ballot < ballots; ++ballot) {
            bytes memory marks = new bytes(bids);
            for (uint256 i = 0; i < bids; ++i) {
                uint256 kind = uint256(keccak256(abi.encode(seed, ballot, i))) % 4;
                marks[i] = bytes1(_known[kind]);
                ++counts[i][kind];
            }
            _words[0].add(marks, false);
        }
        for (uint256 i = 0; i < bids; ++i) {
            for (uint256 kind = 0; kind < 4; ++kind) {
                _counts(0, i, kind, counts[i][kind]);
            }
            (uint256 yes, uint256 low, uint256 no) = (counts[i][0], counts[i][1], counts[i][2]);
            vm.assertEq(_responsive(i), 2 * (yes + low) > yes + low + no);
            vm.assertEq(Marks.responsive(_words[0].bitsOf(i), true), 2 * low > yes + low + no);
        }
        _nothingBeyond(0, bids);
    }

    function test_AnEmptyBallotAddsNothing() public {
        _words[0].add("", false);
        _words[0].add("", true);
        _nothingBeyond(0, 0);
    }

    function test_AllOfFourMarksAndNoOtherAreValid() public pure {
        for (uint256 mark = 0; mark < 256; ++mark) {
            bool known = mark < 3 || mark == 255;
            for (uint256 place = 0; place < 3; ++place) {
                bytes memory marks = hex"010101";
                marks[place] = bytes1(uint8(mark));
                vm.assertEq(Marks.valid(marks, false), known);
                vm.assertEq(Marks.valid(marks, true), mark <= 100 || mark == 255);
            }
        }
        vm.assertTrue(Marks.valid("", false));
        vm.assertTrue(Marks.valid("", true));
    }

    // ───────────────────────────────── scores ────────────────────────────────

    /// @dev Any scores, with recusals, by any number of ballots over any number of bids, against adding one by one.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_ScoresEqualAddingOneByOne(uint256 seed) public {
        uint256 bids = seed % 40 + 1;
        uint256[3][] memory sums = new uint256[3][](bids);
        for (uint256 ballot = 0; ballot < (seed >> 8) % 16 + 1; ++ballot) {
            bytes memory marks = new bytes(bids);
            for (uint256 i = 0; i < bids; ++i) {
                uint256 score = uint256(keccak256(abi.encode(seed, ballot, i))) % 110;
                marks[i] = bytes1(uint8(score > 100 ? 255 : score));
                if (score > 100) ++sums[i][2];
                else (sums[i][0], sums[i][1]) = (sums[i][0] + score, sums[i][1] + 1);
            }
            _words[0].add(marks, true);
        }
        for (uint256 i = 0; i < bids; ++i) {
            _scores(i, sums[i][0], sums[i][1], sums[i][2]);
        }
        _nothingBeyond(0, bids);
    }

    function test_SixteenHighestScoresReachNoOtherCount() public {
        for (uint256 ballot = 0; ballot < 16; ++ballot) {
            _words[0].add(_repeat(ballot == 0 ? 255 : 100, 9), true);
        }
        for (uint256 i = 0; i < 9; ++i) {
            _scores(i, 1_500, 15, 1);
        }
        _nothingBeyond(0, 9);
    }

    // ─────────────────────────────── responsive ──────────────────────────────

    function test_HalfIsNotEnough() public {
        _votes(hex"0100");
        vm.assertTrue(!_responsive(0));
    }

    function test_MoreThanHalfIsEnough() public {
        _votes(hex"010001");
        vm.assertTrue(_responsive(0));
    }

    function test_YesAlthoughLowIsAYes() public {
        _votes(hex"020002");
        vm.assertTrue(_responsive(0));
    }

    function test_ALowPriceNeedsYesAlthoughLowOfMoreThanHalf() public {
        _votes(hex"0101020202");
        vm.assertTrue(Marks.responsive(_words[0].bitsOf(0), true));
        _votes(hex"01");
        vm.assertTrue(!Marks.responsive(_words[0].bitsOf(0), true));
        vm.assertTrue(_responsive(0));
    }

    function test_TheRecusedDoNotCount() public {
        _votes(hex"01ffffffff");
        vm.assertTrue(_responsive(0));
        _votes(hex"00");
        vm.assertTrue(!_responsive(0));
    }

    function test_NobodyLeftIsNotEnough() public {
        vm.assertTrue(!_responsive(0));
        _votes(hex"ffff");
        vm.assertTrue(!_responsive(0));
    }

    // ───────────────────────────────── slice ─────────────────────────────────

    function test_SlicesToTheEnd() public pure {
        vm.assertEq(keccak256(Marks.slice("abcdef", 2)), keccak256("cdef"));
        vm.assertEq(keccak256(Marks.slice("abcdef", 0)), keccak256("abcdef"));
        vm.assertEq(Marks.slice("abcdef", 6).length, 0);
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev Ballots over one bid, one byte each.
    function _votes(bytes memory ballots) private {
        for (uint256 i = 0; i < ballots.length; ++i) {
            _words[0].add(bytes.concat(ballots[i]), false);
        }
    }

    function _responsive(uint256 position) private view returns (bool) {
        return Marks.responsive(_words[0].bitsOf(position), false);
    }

    function _scores(uint256 position, uint256 sum, uint256 count, uint256 recused) private view {
        Marks.Scores memory s = Marks.scores(_words[0].bitsOf(position));
        vm.assertEq(s.sum, sum);
        vm.assertEq(s.count, count);
        vm.assertEq(s.recused, recused);
    }

    function _counts(uint256 sheet, uint256 position, uint256 kind, uint256 expected) private view {
        Marks.Tally memory t = Marks.tally(_words[sheet].bitsOf(position));
        vm.assertEq([t.yes, t.yesAlthoughLow, t.no, t.recused][kind], expected);
    }

    function _nothingBeyond(uint256 sheet, uint256 bids) private view {
        for (uint256 position = bids; position < bids + 9; ++position) {
            for (uint256 kind = 0; kind < 4; ++kind) {
                _counts(sheet, position, kind, 0);
            }
        }
    }

    function _repeat(uint8 mark, uint256 count) private pure returns (bytes memory marks) {
        marks = new bytes(count);
        for (uint256 i = 0; i < count; ++i) {
            marks[i] = bytes1(mark);
        }
    }
}
