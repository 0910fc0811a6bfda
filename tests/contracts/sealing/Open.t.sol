// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {Letters} from "./Letters.sol";
import {Post} from "./Post.sol";

/// @title OpenTest
/// @notice Everything sealed is opened, in order, once, and nothing else is.
contract OpenTest is Post {
    // ─────────────────────────────── what happens ────────────────────────────

    function test_OpensALetterSealedByWhomever() external {
        bytes[] memory envelopes = new bytes[](2);
        (envelopes[0], envelopes[1]) = (letterEnvelope(BOX, 0), letterEnvelope(BOX, 1));
        sealAs(author, BOX, envelopes[0]);
        sealAs(relay, BOX, envelopes[1]);
        closeAndRelease(BOX);
        expectLetters(BOX, 0, 2);
        vm.prank(stranger);
        letters.open(BOX, 0, envelopes);
        vm.assertEq(letters.boxOf(BOX, 0).opened, 2);
        vm.assertTrue(letters.isOpened(BOX, 0));
        vm.assertFalse(letters.isOpened(OTHER_BOX, 0));
    }

    function test_OpensBoxesThatEndAroundASegment() external {
        uint256[6] memory counts = [uint256(1), 31, 32, 33, 64, 65];
        for (uint256 i = 0; i < counts.length; ++i) {
            if (i != 0) setUp();
            bytes[] memory envelopes = sealLetters(BOX, counts[i]);
            closeAndRelease(BOX);
            expectLetters(BOX, 0, counts[i]);
            letters.open(BOX, 0, envelopes);
            vm.assertTrue(letters.isOpened(BOX, 0));
        }
    }

    function test_OpensInPiecesThatEndWithASegment() external {
        bytes[] memory envelopes = sealLetters(BOX, 65);
        closeAndRelease(BOX);
        uint256[4] memory ends = [uint256(0), 32, 64, 65];
        for (uint256 i = 1; i < ends.length; ++i) {
            vm.assertFalse(letters.isOpened(BOX, 0));
            expectLetters(BOX, ends[i - 1], ends[i]);
            letters.open(BOX, 0, slice(envelopes, ends[i - 1], ends[i]));
            vm.assertEq(letters.boxOf(BOX, 0).opened, ends[i]);
        }
        vm.assertTrue(letters.isOpened(BOX, 0));
    }

    function test_OpensSeveralSegmentsAtOnceAndTheRestLater() external {
        bytes[] memory envelopes = sealLetters(BOX, 65);
        closeAndRelease(BOX);
        expectLetters(BOX, 0, 64);
        letters.open(BOX, 0, slice(envelopes, 0, 64));
        expectLetters(BOX, 64, 65);
        letters.open(BOX, 0, slice(envelopes, 64, 65));
        vm.assertTrue(letters.isOpened(BOX, 0));
    }

    function test_AnEmptyBoxIsOpenedByItsRelease() external {
        vm.assertFalse(letters.isOpened(BOX, 0));
        vm.warp(closesAt);
        vm.assertFalse(letters.isOpened(BOX, 0));
        closeAndRelease(BOX);
        vm.assertTrue(letters.isOpened(BOX, 0));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNothingToOpen.selector, BOX, 0));
        letters.open(BOX, 0, new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxTooMany.selector, 1, 0));
        letters.open(BOX, 0, new bytes[](1));
    }

    // ─────────────────────────────────── when ────────────────────────────────

    function test_NothingOpensBeforeTheSecretIsReleased() external {
        bytes[] memory envelopes = sealLetters(BOX, 2);
        uint256 secretOfOther = secretOf(keyOf(OTHER_BOX));
        bytes memory refusal = abi.encodeWithSelector(SealedBox.SealedBoxNotReleased.selector, BOX, 0);
        vm.expectRevert(refusal);
        letters.open(BOX, 0, envelopes);
        vm.warp(closesAt);
        vm.expectRevert(refusal);
        letters.open(BOX, 0, envelopes);
        letters.release(OTHER_BOX, 0, secretOfOther);
        vm.expectRevert(refusal);
        letters.open(BOX, 0, envelopes);
        vm.assertEq(letters.boxOf(BOX, 0).opened, 0);
    }

    function test_ABoxThatWasNeverPreparedDoesNotOpen() external {
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleased.selector, 3, 0));
        letters.open(3, 0, new bytes[](1));
        vm.assertFalse(letters.isOpened(3, 0));
        vm.assertFalse(letters.isWithheld(3, 0));
        vm.assertFalse(letters.releasable(3, 0));
    }

    /// @dev What was released in time is opened whenever somebody does.
    function test_OpensAfterTheGracePeriodToo() external {
        bytes[] memory envelopes = sealLetters(BOX, 1);
        closeAndRelease(BOX);
        vm.warp(closesAt + letters.GRACE() + 365 days);
        vm.assertFalse(letters.isWithheld(BOX, 0));
        expectLetters(BOX, 0, 1);
        letters.open(BOX, 0, envelopes);
    }

    function test_ASecretIsWithheldFromTheEndOfTheGracePeriod() external {
        sealLetters(BOX, 1);
        uint48 end = closesAt + letters.GRACE();
        vm.warp(end - 1);
        vm.assertTrue(letters.releasable(BOX, 0));
        vm.assertFalse(letters.isWithheld(BOX, 0));
        vm.warp(end);
        vm.assertFalse(letters.releasable(BOX, 0));
        vm.assertTrue(letters.isWithheld(BOX, 0));
        vm.assertFalse(letters.isOpened(BOX, 0));
    }

    function test_IsReleasableFromClosingAndNeverWhenShut() external {
        vm.warp(closesAt - 1);
        vm.assertFalse(letters.releasable(BOX, 0));
        vm.warp(closesAt);
        vm.assertTrue(letters.releasable(BOX, 0));
        letters.shut(BOX, 0);
        vm.assertFalse(letters.releasable(BOX, 0));
        vm.assertTrue(letters.releasable(OTHER_BOX, 0));
    }

    // ─────────────────────────────────── what ────────────────────────────────

    function test_NothingIsSkippedAddedRepeatedReorderedOrReplaced() external {
        bytes[] memory good = sealLetters(BOX, 40);
        bytes memory foreign = letterEnvelope(OTHER_BOX, 0);
        closeAndRelease(BOX);

        bytes[] memory wrong = slice(good, 0, 40);
        (wrong[3], wrong[4]) = (wrong[4], wrong[3]);
        _expectWrong(0, wrong);

        wrong = slice(good, 0, 40);
        wrong[4] = wrong[3];
        _expectWrong(0, wrong);

        wrong = slice(good, 0, 40);
        wrong[0] = foreign;
        _expectWrong(0, wrong);

        wrong = slice(good, 0, 40);
        wrong[39] = letterEnvelope(BOX, 40);
        _expectWrong(1, wrong);

        wrong = slice(good, 0, 40);
        wrong[31] = "";
        _expectWrong(0, wrong);

        _expectWrong(0, slice(good, 8, 40)); // as many as a segment, but the first are missing
        _expectTooMany(41, 40, slice(good, 0, 40), foreign);

        // none of it left a trace
        vm.assertEq(letters.boxOf(BOX, 0).opened, 0);
        expectLetters(BOX, 0, 40);
        letters.open(BOX, 0, good);
    }

    function test_AWrongRestDoesNotUndoWhatWasOpened() external {
        bytes[] memory good = sealLetters(BOX, 40);
        closeAndRelease(BOX);
        letters.open(BOX, 0, slice(good, 0, 32));
        _expectWrong(1, slice(good, 0, 8)); // the first ones again
        _expectWrong(1, slice(good, 24, 32));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxTooMany.selector, 32, 8));
        letters.open(BOX, 0, slice(good, 0, 32));
        expectLetters(BOX, 32, 40);
        letters.open(BOX, 0, slice(good, 32, 40));
    }

    function test_OpensOnce() external {
        bytes[] memory envelopes = sealLetters(BOX, 2);
        closeAndRelease(BOX);
        letters.open(BOX, 0, envelopes);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxTooMany.selector, 2, 0));
        letters.open(BOX, 0, envelopes);
    }

    function test_OpensWholeSegmentsOnly() external {
        bytes[] memory envelopes = sealLetters(BOX, 40);
        closeAndRelease(BOX);
        uint256[6] memory counts = [uint256(1), 31, 33, 39, 7, 8];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 end = counts[i] < 32 ? 32 : 40;
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxIncompleteSegment.selector, counts[i], end));
            letters.open(BOX, 0, slice(envelopes, 0, counts[i]));
        }
        letters.open(BOX, 0, slice(envelopes, 0, 32));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxIncompleteSegment.selector, 39, 40));
        letters.open(BOX, 0, slice(envelopes, 32, 39));
        letters.open(BOX, 0, slice(envelopes, 32, 40));
    }

    /// @dev Whatever the order of bytes, only the very envelopes open.
    function testFuzz_OneChangedByteIsNoticed(uint256 which, uint256 place, uint8 change) external {
        vm.assume(change != 0);
        bytes[] memory envelopes = sealLetters(BOX, 3);
        closeAndRelease(BOX);
        bytes memory altered = envelopes[which % 3];
        altered[place % altered.length] ^= bytes1(change);
        _expectWrong(0, envelopes);
    }

    // ─────────────────────────────────── void ────────────────────────────────

    function test_RecordsWhyAnEnvelopeIsVoidBesideThoseThatCount() external {
        bytes[] memory envelopes = new bytes[](8);
        bytes memory good = letterEnvelope(BOX, 0);
        envelopes[0] = good;
        envelopes[1] = _altered(good, 0); // version
        envelopes[2] = bytes.concat(hex"0104", new bytes(40)); // prefix
        envelopes[3] = bytes.concat(hex"0102", bytes32(uint256(5)), new bytes(40)); // off the curve
        envelopes[4] = envelopeOf(BOX, "a short letter");
        envelopes[5] = _altered(good, good.length - 1); // the signature's last byte
        envelopes[6] = letterEnvelope(OTHER_BOX, 0);
        envelopes[7] = good; // a copy opens as its author's own letter again
        for (uint256 i = 0; i < envelopes.length; ++i) {
            sealAs(relay, BOX, envelopes[i]);
        }
        closeAndRelease(BOX);
        expectLetters(BOX, 0, 1);
        expectVoid(BOX, 1, Void.VERSION);
        expectVoid(BOX, 2, Void.POINT);
        expectVoid(BOX, 3, Void.POINT);
        expectVoid(BOX, 4, Void.LENGTH);
        expectVoid(BOX, 5, Void.SIGNATURE);
        expectVoid(BOX, 6, Void.SIGNATURE);
        vm.expectEmit(address(letters));
        emit Letters.LetterOpened(BOX, 0, 7, author, textOf(0), closesAt);
        letters.open(BOX, 0, envelopes);
        vm.assertTrue(letters.isOpened(BOX, 0));
    }

    function test_ALetterSignedForAnotherBoxIsVoidHere() external {
        bytes[] memory envelopes = new bytes[](1);
        envelopes[0] = envelopeOf(BOX, letter(OTHER_BOX, 0));
        sealAs(relay, BOX, envelopes[0]);
        closeAndRelease(BOX);
        expectVoid(BOX, 0, Void.SIGNATURE);
        letters.open(BOX, 0, envelopes);
    }

    // ───────────────────────────────── small ─────────────────────────────────

    function _altered(bytes memory envelope, uint256 place) private pure returns (bytes memory altered) {
        altered = bytes.concat(envelope);
        altered[place] ^= 0x80;
    }

    function _expectWrong(uint256 segment, bytes[] memory envelopes) private {
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxWrongEnvelopes.selector, BOX, 0, segment));
        letters.open(BOX, 0, envelopes);
    }

    function _expectTooMany(uint256 given, uint256 left, bytes[] memory all, bytes memory more) private {
        bytes[] memory envelopes = new bytes[](given);
        for (uint256 i = 0; i < given; ++i) {
            envelopes[i] = i < all.length ? all[i] : more;
        }
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxTooMany.selector, given, left));
        letters.open(BOX, 0, envelopes);
    }
}
