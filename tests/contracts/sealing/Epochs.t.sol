// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Administered} from "../../../contracts/governance/Administered.sol";
import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {Openers} from "./Openers.sol";

/// @title EpochsTest
/// @notice Who opens: the rules of an opener set, and enrolment.
contract EpochsTest is Openers {
    // ───────────────────────────────── epochs ────────────────────────────────

    function test_StartsAnEpochOfOpenersInTheOrderGiven() external {
        uint32[] memory seats = new uint32[](7);
        for (uint32 i = 0; i < 7; ++i) {
            seats[i] = 7 - i;
        }
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.EpochStarted(2, seats, 4, 5);
        vm.prank(authority);
        vm.assertEq(openingKeys.startEpoch(seats, 4, 5), 2);

        vm.assertEq(openingKeys.epochCount(), 2);
        bytes32 setHash = keccak256(abi.encode(seats, uint8(4), uint8(5)));
        vm.assertEq(abi.encode(openingKeys.epochOf(2)), abi.encode(OpeningKeys.Epoch(7, 4, 5, 0, setHash)));
        for (uint32 i = 1; i <= 7; ++i) {
            vm.assertEq(openingKeys.seatOfOpener(2, i), 8 - i);
            vm.assertEq(openingKeys.openerOfSeat(2, i), 8 - i);
        }
        vm.assertEq(openingKeys.seatOfOpener(2, 0), 0);
        vm.assertEq(openingKeys.seatOfOpener(2, 8), 0);
        vm.assertEq(openingKeys.openerOfSeat(2, 8), 0);
    }

    function test_OnlyTheAuthorityStartsAnEpoch() external {
        vm.prank(opener);
        vm.expectRevert(abi.encodeWithSelector(Administered.AdministeredOnlyAuthority.selector, opener));
        openingKeys.startEpoch(seatsFrom(1), 4, 6);
    }

    function test_ASetHasOneToSixtyFourOpeners() external {
        seatMembers(19, 20, 20); // 22 of each class
        _expectSetSize(0);
        _expectSetSize(65);
        vm.prank(authority);
        uint256 epoch = openingKeys.startEpoch(seatsFrom(1, 64), 33, 64);
        vm.assertEq(openingKeys.openerOfSeat(epoch, 64), 64);

        // the last of them has a bit of its own
        vm.startPrank(member(64));
        openingKeys.openBatch(epoch, 1);
        vm.warp(present() + openingKeys.DEALING_PERIOD());
        openingKeys.confirm(epoch, 1, "root", TRANSCRIPT);
        vm.assertEq(openingKeys.batchOf(epoch, 1).confirmed, uint256(1) << 63);
    }

    function test_OpenersArePresentSeats() external {
        vm.startPrank(authority);
        consortium.remove(7, "reason");
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotSeated.selector, 7));
        openingKeys.startEpoch(seatsFrom(1), 4, 6);
        for (uint32 unknown = 0; unknown <= 8; unknown += 8) {
            uint32[] memory seats = seatsFrom(1);
            seats[6] = unknown;
            vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumUnknownSeat.selector, unknown));
            openingKeys.startEpoch(seats, 4, 6);
        }
    }

    function test_NoSeatOpensTwice() external {
        uint32[] memory seats = seatsFrom(1);
        seats[6] = 1;
        vm.prank(authority);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysDuplicateSeat.selector, 1));
        openingKeys.startEpoch(seats, 4, 6);
    }

    /// @dev A majority; and neither can one class alone open, nor can its absence keep shut.
    function testFuzz_TheThresholdKeepsEveryClassFromOpeningOrVetoing(uint256 sizes, uint8 threshold) external {
        seatMembers(2, 3, 3); // five of each class: 1–3, 8–9; 4–5, 10–12; 6–7, 13–15
        uint256[3] memory size = [sizes % 6, (sizes >> 8) % 6, (sizes >> 16) % 6];
        uint256 n = size[0] + size[1] + size[2];
        vm.assume(n != 0);
        threshold = uint8(bound(threshold, 0, n + 1));
        uint32[] memory seats = _choose(size, n);

        bool sound = threshold > n / 2;
        uint256 largest;
        for (uint256 i = 0; i < 3; ++i) {
            bool opensAlone = size[i] >= threshold;
            bool vetoes = n - size[i] < threshold;
            sound = sound && !opensAlone && !vetoes;
            if (size[i] > largest) largest = size[i];
        }
        vm.prank(authority);
        if (!sound) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysThreshold.selector, threshold, n, largest));
        }
        openingKeys.startEpoch(seats, threshold, uint8(n));
    }

    function test_ThresholdsAtTheirEdges() external {
        _expectThreshold(seatsFrom(1), 3, 7, 3); // 3 of 7: a minority, and the agencies alone
        _expectThreshold(seatsFrom(1), 5, 7, 3); // 5 of 7: without the agencies there are four
        _expectThreshold(_choose([uint256(2), 2, 2], 6), 3, 6, 2); // 3 of 6: no majority
        _expectThreshold(seatsFrom(1, 1), 1, 1, 1);
        _expectThreshold(seatsFrom(1), 255, 7, 3);
    }

    function test_ConfirmationsLieBetweenTheThresholdAndTheSet() external {
        vm.startPrank(authority);
        for (uint8 c = 3; c <= 8; c += 5) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysConfirmations.selector, c, 4, 7));
            openingKeys.startEpoch(seatsFrom(1), 4, c);
        }
        openingKeys.startEpoch(seatsFrom(1), 4, 4);
        openingKeys.startEpoch(seatsFrom(1), 4, 7);
    }

    function test_ARefusedEpochLeavesNothingBehind() external {
        vm.startPrank(authority);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysThreshold.selector, 3, 7, 3));
        openingKeys.startEpoch(seatsFrom(1), 3, 6);
        vm.assertEq(openingKeys.epochCount(), 1);
        vm.assertEq(openingKeys.openerOfSeat(2, 1), 0);
        openingKeys.startEpoch(seatsFrom(1), 4, 6);
    }

    function test_KnowsNoOtherEpoch() external {
        for (uint256 epoch = 0; epoch <= 2; epoch += 2) {
            bytes memory unknown = abi.encodeWithSelector(OpeningKeys.OpeningKeysUnknownEpoch.selector, epoch);
            vm.expectRevert(unknown);
            openingKeys.epochOf(epoch);
            vm.startPrank(opener);
            vm.expectRevert(unknown);
            openingKeys.enrol(epoch, _encryptionKey(2));
            vm.expectRevert(unknown);
            openingKeys.openBatch(epoch, 1);
            vm.expectRevert(unknown);
            openingKeys.deal(epoch, 1, "deal");
            vm.expectRevert(unknown);
            openingKeys.confirm(epoch, 1, "root", TRANSCRIPT);
            vm.stopPrank();
        }
    }

    function test_NeedsAnAuthority() external {
        vm.expectRevert(Administered.AdministeredZeroAuthority.selector);
        deploy("OpeningKeys", abi.encode(address(0), consortium, letters, ballots));
    }

    // ──────────────────────────────── enrolment ──────────────────────────────

    function test_AnOpenerEnrolsOncePerEpoch() external {
        bytes memory first = _encryptionKey(2);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.OpenerEnrolled(1, 3, first);
        vm.prank(member(3));
        openingKeys.enrol(1, first);
        vm.assertEq(openingKeys.encryptionKeyHash(1, 3), keccak256(first));
        vm.prank(member(3));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysAlreadyEnrolled.selector, 1, 3));
        openingKeys.enrol(1, _encryptionKey(3));

        startEpoch(seatsFrom(1));
        vm.assertEq(openingKeys.encryptionKeyHash(2, 3), bytes32(0));
        vm.prank(member(3));
        openingKeys.enrol(2, _encryptionKey(3));
    }

    function test_OnlyOpenersEnrol() external {
        seatMember(Consortium.Class.AGENCY);
        _expectNotOpener(stranger);
        _expectNotOpener(authority);
        _expectNotOpener(member(8)); // a seat, but no opener
    }

    function test_ARemovedSeatOpensNothingMore() external {
        vm.prank(authority);
        consortium.remove(3, "reason");
        _expectNotOpener(member(3));
    }

    function test_AnOpenerIsItsSeatWhoeverHoldsIt() external {
        vm.prank(member(3));
        consortium.changeAccount(3, stranger);
        _expectNotOpener(member(3));
        vm.prank(stranger);
        openingKeys.enrol(1, _encryptionKey(2));
        vm.assertNotEq(openingKeys.encryptionKeyHash(1, 3), bytes32(0));
    }

    function test_AnEncryptionKeyIsACompressedPoint() external {
        bytes[] memory bad = new bytes[](9);
        bad[0] = "";
        bad[1] = abi.encodePacked(uint8(2), uint248(Secp256k1.GX)); // 32 bytes
        bad[2] = abi.encodePacked(uint8(2), Secp256k1.GX, uint8(0)); // 34 bytes
        bad[3] = _encryptionKey(0);
        bad[4] = _encryptionKey(1);
        bad[5] = _encryptionKey(4);
        bad[6] = _encryptionKey(255);
        bad[7] = abi.encodePacked(uint8(2), uint256(5)); // off the curve
        bad[8] = abi.encodePacked(uint8(3), type(uint256).max);
        vm.startPrank(opener);
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysEncryptionKey.selector, bad[i]));
            openingKeys.enrol(1, bad[i]);
        }
        openingKeys.enrol(1, _encryptionKey(3));
    }

    // ───────────────────────────────── small ─────────────────────────────────

    function _encryptionKey(uint8 prefix) private pure returns (bytes memory) {
        return abi.encodePacked(prefix, Secp256k1.GX);
    }

    function _expectNotOpener(address account_) private {
        vm.prank(account_);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotOpener.selector, 1, account_));
        openingKeys.enrol(1, _encryptionKey(2));
    }

    function _expectSetSize(uint256 count) private {
        vm.prank(authority);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysSetSize.selector, count, 64));
        openingKeys.startEpoch(seatsFrom(1, count), 33, 33);
    }

    function _expectThreshold(uint32[] memory seats, uint8 threshold, uint256 n, uint256 largest) private {
        vm.prank(authority);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysThreshold.selector, threshold, n, largest));
        openingKeys.startEpoch(seats, threshold, uint8(n));
    }

    function _choose(uint256[3] memory size, uint256 n) private pure returns (uint32[] memory seats) {
        uint32[5][3] memory ofClass = [[uint32(1), 2, 3, 8, 9], [uint32(4), 5, 10, 11, 12], [uint32(6), 7, 13, 14, 15]];
        seats = new uint32[](n);
        for (uint256 class = 0; class < 3; ++class) {
            for (uint256 i = 0; i < size[class]; ++i) {
                seats[--n] = ofClass[class][i];
            }
        }
    }
}
