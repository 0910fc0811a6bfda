// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Test, vm, Vm} from "../support/Test.sol";
import {Doorman, Slips} from "./Slips.sol";

/// @title Forger
/// @notice Seals, and opens rightly, wrongly and out of turn, four boxes whose segments are two and three envelopes.
/// @dev Unlike `Postman` it expects nothing: it keeps what the events say was sealed, and what openings let through.
contract Forger is Test {
    uint256 public constant BOXES = 4;

    /// @dev By box, in order.
    mapping(uint256 box => bytes32[]) private _sealed;
    mapping(uint256 box => bytes32[]) private _passed;
    mapping(bytes32 hash => bytes) private _content;
    Slips[2] private _slips;

    constructor() {
        vm.warp(1_800_000_000);
        Doorman doorman = new Doorman();
        for (uint256 i = 0; i < 2; ++i) {
            _slips[i] = Slips(deploy("Slips", abi.encode(doorman, 2 + i)));
        }
        OpeningKeys.Claim memory any;
        for (uint256 box = 0; box < BOXES; ++box) {
            _of(box).prepare(box, uint48(vm.getBlockTimestamp() + 1 hours * (1 + box)), any);
        }
    }

    // ────────────────────────────────── acts ─────────────────────────────────

    /// @dev Few contents, so that equal envelopes lie in one box and in several.
    function seal(uint256 box, uint256 seed) external {
        box %= BOXES;
        for (uint256 i = 0; i <= seed % 4; ++i) {
            bytes memory envelope = new bytes(35 + (seed >> (8 * i + 8)) % 2);
            envelope[34] = bytes1(uint8((seed >> (8 * i + 9)) % 4));
            vm.recordLogs();
            try _of(box).seal(box, 0, envelope) {
                _keep(vm.getRecordedLogs());
            } catch {}
        }
    }

    function release(uint256 box, uint256 seed) external {
        vm.warp(vm.getBlockTimestamp() + seed % 1 hours);
        _release(box % BOXES);
    }

    function open(uint256 box, uint256 seed) external {
        box %= BOXES;
        bytes32[] storage all = _sealed[seed % 8 == 0 ? (seed >> 8) % BOXES : box];
        uint256 from = seed % 8 == 1 ? (seed >> 16) % 4 : _passed[box].length; // 1: again, or too far
        uint256 segment = _of(box).SEGMENT();
        uint256 upTo = (seed >> 24) % 4 == 0 ? all.length : (from / segment + 1 + (seed >> 32) % 2) * segment;
        if (upTo <= from) upTo = from + 1;
        bytes[] memory envelopes = new bytes[](upTo - from);
        for (uint256 i = 0; i < envelopes.length; ++i) {
            if (from + i < all.length) envelopes[i] = _content[all[from + i]];
        }
        _open(box, _spoiled(envelopes, seed % 8, seed >> 64));
    }

    // ─────────────────────────────── what must hold ──────────────────────────

    /// @dev Everything let through is what was sealed, in its order, each once, and a box is opened when that is all.
    function check() external view {
        for (uint256 box = 0; box < BOXES; ++box) {
            (bytes32[] storage put, bytes32[] storage passed) = (_sealed[box], _passed[box]);
            SealedBox.Box memory state = _of(box).boxOf(box, 0);
            vm.assertEq(state.count, put.length, "count");
            vm.assertEq(state.opened, passed.length, "opened");
            vm.assertLe(passed.length, put.length);
            for (uint256 i = 0; i < passed.length; ++i) {
                vm.assertEq(passed[i], put[i], "another envelope, or out of order");
            }
            if (_of(box).isOpened(box, 0)) vm.assertEq(passed.length, put.length, "opened with an envelope missing");
        }
    }

    /// @dev After everything that was tried, what was sealed still opens.
    function settle() external {
        for (uint256 box = 0; box < BOXES; ++box) {
            uint48 closesAt = _of(box).boxOf(box, 0).closesAt;
            if (vm.getBlockTimestamp() < closesAt) vm.warp(closesAt);
            _release(box);
            bytes32[] storage put = _sealed[box];
            uint256 from = _passed[box].length;
            bytes[] memory rest = new bytes[](put.length - from);
            for (uint256 i = 0; i < rest.length; ++i) {
                rest[i] = _content[put[from + i]];
            }
            _open(box, rest);
            vm.assertTrue(_of(box).isOpened(box, 0), "stuck");
        }
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev Spoils in one way, or not at all.
    function _spoiled(bytes[] memory envelopes, uint256 kind, uint256 seed) private pure returns (bytes[] memory) {
        uint256 which = seed % envelopes.length;
        uint256 other = (seed >> 8) % envelopes.length;
        if (kind == 2) (envelopes[which], envelopes[other]) = (envelopes[other], envelopes[which]);
        else if (kind == 3) envelopes[which] = envelopes[other];
        else if (kind == 4) envelopes[which] = "";
        else if (kind == 5) envelopes[which] = new bytes(35);
        else if (kind == 6) assembly ("memory-safe") { mstore(envelopes, sub(mload(envelopes), 1)) }
        return envelopes;
    }

    function _release(uint256 box) private {
        try _of(box).release(box, 0, 1) {} catch {}
    }

    function _open(uint256 box, bytes[] memory envelopes) private {
        try _of(box).open(box, 0, envelopes) {
            for (uint256 i = 0; i < envelopes.length; ++i) {
                _passed[box].push(keccak256(envelopes[i]));
            }
        } catch {}
    }

    function _keep(Vm.Log[] memory logs) private {
        vm.assertEq(logs.length, 1, "one event each");
        vm.assertEq(logs[0].topics[0], SealedBox.Sealed.selector);
        uint256 box = uint256(logs[0].topics[1]);
        (uint256 index, bytes memory envelope) = abi.decode(logs[0].data, (uint256, bytes));
        vm.assertEq(index, _sealed[box].length, "sealed in order");
        _sealed[box].push(keccak256(envelope));
        _content[keccak256(envelope)] = envelope;
    }

    function _of(uint256 box) private view returns (Slips) {
        return _slips[box % 2];
    }
}
