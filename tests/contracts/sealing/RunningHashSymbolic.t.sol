// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {Test, vm} from "../support/Test.sol";
import {Doorman, Slips} from "./Slips.sol";

/// @title RunningHashSymbolic
/// @notice For halmos, not for forge: of all byte strings of bounded lengths, only those that were sealed open a box.
/// @dev Three envelopes in segments of two. How to run it stands in docs/sealing.md.
contract RunningHashSymbolic is Test {
    uint256 private constant BOX = 1;

    Slips private slips;

    function setUp() public {
        vm.warp(1_800_000_000);
        Doorman doorman = new Doorman();
        slips = new Slips(doorman, 2);
        OpeningKeys.Claim memory any;
        slips.prepare(BOX, uint48(block.timestamp + 1), any);
    }

    /// @dev Opening succeeds with the envelopes that were sealed: the other check does not hold vacuously.
    function check_WhatWasSealedOpens(bytes32 a, bytes32 b, bytes32 c) external {
        bytes[] memory put = _seal(a, b, c);
        slips.open(BOX, 0, put);
        assert(slips.isOpened(BOX, 0));
    }

    /// @dev Any byte strings, in one call.
    function check_OnlyWhatWasSealedOpens(
        bytes32 a,
        bytes32 b,
        bytes32 c,
        bytes calldata x,
        bytes calldata y,
        bytes calldata z
    ) external {
        bytes[] memory put = _seal(a, b, c);
        bytes[] memory passed = new bytes[](3);
        (passed[0], passed[1], passed[2]) = (x, y, z);
        try slips.open(BOX, 0, passed) {
            assert(_same(passed[0], put[0]) && _same(passed[1], put[1]) && _same(passed[2], put[2]));
        } catch {}
    }

    /// @dev Any byte strings: a segment, then what is left.
    function check_OnlyWhatWasSealedOpensInTwoParts(
        bytes32 a,
        bytes32 b,
        bytes32 c,
        bytes calldata x,
        bytes calldata y,
        bytes calldata z
    ) external {
        bytes[] memory put = _seal(a, b, c);
        bytes[] memory first = new bytes[](2);
        bytes[] memory rest = new bytes[](1);
        (first[0], first[1], rest[0]) = (x, y, z);
        try slips.open(BOX, 0, first) {
            assert(_same(x, put[0]) && _same(y, put[1]) && !slips.isOpened(BOX, 0));
            try slips.open(BOX, 0, rest) {
                assert(_same(z, put[2]) && slips.isOpened(BOX, 0));
            } catch {}
        } catch {}
    }

    function _seal(bytes32 a, bytes32 b, bytes32 c) private returns (bytes[] memory put) {
        vm.assume(Secp256k1.addressOf(1) != address(0));
        put = new bytes[](3);
        // of another version, so that nothing is decrypted: what they hold has no part in the hash
        (put[0], put[1], put[2]) =
        (abi.encodePacked(uint24(0), a), abi.encodePacked(uint24(0), b), abi.encodePacked(uint32(0), c));
        for (uint256 i = 0; i < 3; ++i) {
            slips.seal(BOX, 0, put[i]);
        }
        vm.warp(slips.boxOf(BOX, 0).closesAt);
        slips.release(BOX, 0, 1);
    }

    function _same(bytes memory left, bytes memory right) private pure returns (bool) {
        return left.length == right.length && keccak256(left) == keccak256(right);
    }
}
