// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Participants} from "../../../contracts/identity/Participants.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {Post} from "./Post.sol";

/// @title SealTest
/// @notice What a box takes, from whom, and until when.
contract SealTest is Post {
    // ─────────────────────────────── what happens ────────────────────────────

    function test_PreparesABox() external {
        letters.prepare(3, 7, closesAt, claimOf(keyId(1, batch, 3)));
        vm.assertEq(
            abi.encode(letters.boxOf(3, 7)),
            abi.encode(SealedBox.Box(vm.addr(secretOf(keyId(1, batch, 3))), uint40(closesAt), 0, 0, false))
        );
        vm.assertEq(letters.accumulator(3, 7), bytes32(0));
    }

    function test_SealsIntoTheRunningHash() external {
        bytes32 running;
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory envelope = letterEnvelope(BOX, i);
            address sender = i == 1 ? relay : author;
            vm.expectEmit(address(letters));
            emit SealedBox.Sealed(BOX, 0, i, sender, envelope);
            sealAs(sender, BOX, envelope);
            running = keccak256(abi.encodePacked(running, keccak256(envelope)));
            vm.assertEq(letters.accumulator(BOX, 0), running);
            vm.assertEq(letters.boxOf(BOX, 0).count, i + 1);
        }
        vm.assertEq(letters.sealedBy(BOX, 0, HOUSE), 2);
        vm.assertEq(letters.sealedBy(BOX, 0, uint160(relay)), 1);
        vm.assertEq(letters.accumulator(OTHER_BOX, 0), bytes32(0));
        vm.assertEq(letters.boxOf(OTHER_BOX, 0).count, 0);
    }

    function test_KeepsOneWordOfTheRunningHashPerSegment() external {
        bytes32 running;
        bytes32[2] memory ends;
        for (uint256 i = 0; i < 65; ++i) {
            bytes memory envelope = abi.encodePacked("an envelope of thirty-five bytes, ", uint8(i));
            sealAs(relay, BOX, envelope);
            running = keccak256(abi.encodePacked(running, keccak256(envelope)));
            if (i % 32 == 31) ends[i / 32] = running;
        }
        vm.assertEq(letters.segmentAccumulator(BOX, 0, 0), ends[0]);
        vm.assertEq(letters.segmentAccumulator(BOX, 0, 1), ends[1]);
        vm.assertEq(letters.segmentAccumulator(BOX, 0, 2), running);
        vm.assertEq(letters.segmentAccumulator(BOX, 0, 3), bytes32(0));
        vm.assertEq(letters.accumulator(BOX, 0), running);
    }

    // ──────────────────────────────── until when ─────────────────────────────

    function test_SealsUntilTheLastSecondBeforeClosing() external {
        bytes memory envelope = letterEnvelope(BOX, 0);
        vm.warp(closesAt - 1);
        sealAs(relay, BOX, envelope);
        for (uint48 time = closesAt; time <= closesAt + 1; ++time) {
            vm.warp(time);
            _expectClosed();
            sealAs(relay, BOX, envelope);
        }
    }

    function test_AClosedBoxTakesNothingMoreWhateverFollows() external {
        bytes[] memory envelopes = sealLetters(BOX, 1);
        closeAndRelease(BOX);
        _expectClosed();
        sealAs(relay, BOX, envelopes[0]);
        letters.open(BOX, 0, envelopes);
        _expectClosed();
        sealAs(relay, BOX, envelopes[0]);
        vm.warp(closesAt + letters.GRACE());
        _expectClosed();
        sealAs(relay, BOX, envelopes[0]);
    }

    function test_AShutBoxTakesNothing() external {
        bytes memory envelope = letterEnvelope(BOX, 0);
        vm.expectEmit(address(letters));
        emit SealedBox.BoxShut(BOX, 0);
        letters.shut(BOX, 0);
        vm.assertTrue(letters.boxOf(BOX, 0).shut);
        _expectClosed();
        sealAs(relay, BOX, envelope);
        sealAs(relay, OTHER_BOX, envelope);
    }

    function test_ABoxThatWasNeverPreparedTakesNothing() external {
        bytes memory envelope = letterEnvelope(BOX, 0);
        vm.startPrank(relay);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxUnknown.selector, 3, 0));
        letters.seal(3, 0, envelope);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxUnknown.selector, BOX, 1));
        letters.seal(BOX, 1, envelope);
    }

    // ─────────────────────────────────── what ────────────────────────────────

    function test_AnEnvelopeHasAtLeastOneByteBehindItsHeaderAndAnUpperBound() external {
        uint256 most = 34 + letters.LETTER() + 32;
        uint256[4] memory bad = [0, 34, most + 1, 2 * most];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxLength.selector, bad[i], 35, most));
            sealAs(relay, BOX, new bytes(bad[i]));
        }
        sealAs(relay, BOX, new bytes(35));
        sealAs(relay, BOX, new bytes(most));
    }

    // ─────────────────────────────────── who ─────────────────────────────────

    function test_StrangersSealNothing() external {
        bytes memory envelope = letterEnvelope(BOX, 0);
        address[3] memory senders = [stranger, authority, registrar];
        for (uint256 i = 0; i < senders.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, senders[i]));
            sealAs(senders[i], BOX, envelope);
        }
    }

    function test_ARelayWithoutItsLicenceSealsNothing() external {
        vm.prank(authority);
        participants.revoke(Participants.Licence.RELAY, relay);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, relay));
        sealAs(relay, BOX, new bytes(35));
    }

    /// @dev It is a cap of the box, shared by all accounts that stand for the same organisation or seat.
    function test_AHousePutsEightEnvelopesIntoABoxThroughAllItsAccounts() external {
        bytes memory envelope = letterEnvelope(BOX, 0);
        address clerk = account("clerk");
        letters.admit(clerk, HOUSE);
        for (uint256 i = 0; i < 8; ++i) {
            sealAs(i % 2 == 0 ? author : clerk, BOX, envelope);
        }
        bytes memory refusal = abi.encodeWithSelector(SealedBox.SealedBoxCap.selector, HOUSE, 8);
        vm.expectRevert(refusal);
        sealAs(author, BOX, envelope);
        vm.expectRevert(refusal);
        sealAs(clerk, BOX, envelope);
        sealAs(author, OTHER_BOX, envelope);
        sealAs(relay, BOX, envelope);
        letters.admit(stranger, HOUSE + 1);
        sealAs(stranger, BOX, envelope);
        vm.assertEq(letters.sealedBy(BOX, 0, HOUSE), 8);
        vm.assertEq(letters.boxOf(BOX, 0).count, 10);
    }

    function test_ARelayPutsFourThousandAndNinetySixEnvelopesIntoABox() external {
        bytes memory envelope = new bytes(35);
        vm.startPrank(relay);
        for (uint256 i = 0; i < 4096; ++i) {
            letters.seal(BOX, 0, envelope);
        }
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxCap.selector, uint160(relay), 4096));
        letters.seal(BOX, 0, envelope);
        letters.seal(OTHER_BOX, 0, envelope);
        vm.stopPrank();
        // another sender is not held up
        sealAs(author, BOX, envelope);
    }

    function test_AnAccountThatIsARelayHasARelaysCapBesideItsHouses() external {
        for (uint256 i = 0; i < 8; ++i) {
            sealAs(author, BOX, new bytes(35));
        }
        vm.prank(authority);
        participants.grant(Participants.Licence.RELAY, author, FOREVER);
        for (uint256 i = 0; i < 9; ++i) {
            sealAs(author, BOX, new bytes(35));
        }
        vm.assertEq(letters.sealedBy(BOX, 0, uint160(author)), 9);
        vm.prank(authority);
        participants.revoke(Participants.Licence.RELAY, author);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxCap.selector, HOUSE, 8));
        sealAs(author, BOX, new bytes(35));
    }

    function _expectClosed() private {
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxClosed.selector, BOX, 0, closesAt));
    }
}
