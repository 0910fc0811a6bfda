// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {vm, Vm} from "../support/Test.sol";
import {Openers} from "./Openers.sol";

/// @title BatchesTest
/// @notice How keys are made: a batch is opened, dealt, and confirmed by c openers that state the same.
contract BatchesTest is Openers {
    uint48 private dealsUntil;

    function setUp() public override {
        super.setUp();
        dealsUntil = START + openingKeys.DEALING_PERIOD();
        for (uint256 i = 1; i < OPENERS; ++i) {
            vm.prank(member(i));
            openingKeys.enrol(1, abi.encodePacked(uint8(2), vm.createWallet(i).publicKeyX));
        }
    }

    // ───────────────────────────────── opening ───────────────────────────────

    function test_OpensBatchesWithNumbersThatAreNeverUsedAgain() external {
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.BatchOpened(1, 1, 10, dealsUntil);
        vm.assertEq(openBatch(10), 1);
        vm.assertEq(abi.encode(openingKeys.batchOf(1, 1)), abi.encode(OpeningKeys.Batch(10, dealsUntil, 0, 0)));
        vm.assertEq(openBatch(1), 2);
        vm.assertEq(openingKeys.epochOf(1).batches, 2);
        startEpoch(seatsFrom(1));
        vm.assertEq(openBatch(1), 1);
        vm.assertEq(openingKeys.batchOf(1, 1).count, 10);
    }

    /// @dev A deal takes 99 bytes and per key four commitments of 33 and six shares of 32 bytes.
    function test_ABatchHasAsManyKeysAsADealHasRoomFor() external {
        uint32 most = uint32((openingKeys.MAX_DEAL() - 99) / 324);
        vm.assertEq(most, 404);
        vm.startPrank(opener);
        uint32[3] memory bad = [0, most + 1, type(uint32).max];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysBatchSize.selector, bad[i], most));
            openingKeys.openBatch(1, bad[i]);
        }
        openingKeys.openBatch(1, 1);
        openingKeys.openBatch(1, most);
    }

    function test_ALargerSetHasRoomForFewerKeys() external {
        seatMembers(1, 1, 1); // seats 8 … 10
        vm.prank(authority);
        uint256 epoch = openingKeys.startEpoch(seatsFrom(1, 10), 6, 8);
        uint256 most = (openingKeys.MAX_DEAL() - 99) / (33 * 6 + 32 * 9);
        vm.startPrank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysBatchSize.selector, most + 1, most));
        openingKeys.openBatch(epoch, uint32(most + 1));
        openingKeys.openBatch(epoch, uint32(most));
    }

    function test_OnlyThePresentEpochOpensBatches() external {
        startEpoch(seatsFrom(1));
        vm.prank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysPastEpoch.selector, 1, 2));
        openingKeys.openBatch(1, 1);
    }

    function test_OnlyOpenersOpenDealAndConfirm() external {
        openBatch(1);
        bytes memory refusal = abi.encodeWithSelector(OpeningKeys.OpeningKeysNotOpener.selector, 1, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refusal);
        openingKeys.openBatch(1, 1);
        vm.expectRevert(refusal);
        openingKeys.deal(1, 1, "deal");
        vm.warp(dealsUntil);
        vm.expectRevert(refusal);
        openingKeys.confirm(1, 1, "root", TRANSCRIPT);
    }

    // ───────────────────────────────── dealing ───────────────────────────────

    function test_DealsUntilTheLastSecondBeforeTheDeadline() external {
        openBatch(1);
        vm.startPrank(member(2));
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.Dealt(1, 1, 2, "deal");
        openingKeys.deal(1, 1, "deal");
        vm.warp(dealsUntil - 1);
        openingKeys.deal(1, 1, "a second deal, which the others ignore");
        vm.warp(dealsUntil);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysDealingOver.selector, 1, 1, dealsUntil));
        openingKeys.deal(1, 1, "deal");
    }

    function test_NobodyDealsWithoutAnEncryptionKey() external {
        openBatch(1);
        vm.prank(member(7));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotEnrolled.selector, 1, 7));
        openingKeys.deal(1, 1, "deal");
    }

    function test_ADealHasAnUpperBound() external {
        openBatch(1);
        uint256 most = openingKeys.MAX_DEAL();
        vm.startPrank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysDealSize.selector, 0, most));
        openingKeys.deal(1, 1, "");
        openingKeys.deal(1, 1, ".");
        openingKeys.deal(1, 1, new bytes(most));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysDealSize.selector, most + 1, most));
        openingKeys.deal(1, 1, new bytes(most + 1));
    }

    function test_RefusesBatchesThatWereNeverOpened() external {
        openBatch(1);
        vm.warp(dealsUntil);
        vm.startPrank(opener);
        for (uint256 batch = 0; batch <= 2; batch += 2) {
            bytes memory unknown = abi.encodeWithSelector(OpeningKeys.OpeningKeysUnknownBatch.selector, 1, batch);
            vm.expectRevert(unknown);
            openingKeys.deal(1, batch, "deal");
            vm.expectRevert(unknown);
            openingKeys.confirm(1, batch, "root", TRANSCRIPT);
        }
    }

    // ──────────────────────────────── confirming ─────────────────────────────

    function test_ABatchIsReadyAtTheLastOfTheEqualConfirmations() external {
        openBatch(1);
        vm.warp(dealsUntil);
        for (uint256 i = 1; i < CONFIRMATIONS; ++i) {
            vm.expectEmit(address(openingKeys));
            emit OpeningKeys.BatchConfirmed(1, 1, i, "root", TRANSCRIPT);
            _confirm(i, "root", TRANSCRIPT);
            vm.assertEq(openingKeys.confirmationsOf(1, 1, "root", TRANSCRIPT), i);
            vm.assertEq(openingKeys.batchOf(1, 1).root, bytes32(0));
        }
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.BatchReady(1, 1, "root", TRANSCRIPT);
        _confirm(CONFIRMATIONS, "root", TRANSCRIPT);
        vm.assertEq(
            abi.encode(openingKeys.batchOf(1, 1)),
            abi.encode(OpeningKeys.Batch(1, dealsUntil, uint64((1 << CONFIRMATIONS) - 1), "root"))
        );
    }

    function test_AConfirmationAfterTheLastIsRecordedAndChangesNothing() external {
        openBatch(1);
        confirmBatch(1, "root");
        vm.recordLogs();
        _confirm(7, "root", TRANSCRIPT);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1);
        vm.assertEq(logs[0].topics[0], OpeningKeys.BatchConfirmed.selector);
        vm.assertEq(openingKeys.batchOf(1, 1).root, "root");
        vm.assertEq(openingKeys.batchOf(1, 1).confirmed, (1 << OPENERS) - 1);
    }

    function test_NobodyConfirmsWhileOthersMayDeal() external {
        openBatch(1);
        vm.warp(dealsUntil - 1);
        vm.prank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysDealingOpen.selector, 1, 1, dealsUntil));
        openingKeys.confirm(1, 1, "root", TRANSCRIPT);
        vm.warp(dealsUntil);
        _confirm(1, "root", TRANSCRIPT);
    }

    function test_NobodyConfirmsTwice() external {
        openBatch(1);
        vm.warp(dealsUntil);
        _confirm(3, "root", TRANSCRIPT);
        vm.startPrank(member(3));
        bytes memory refusal = abi.encodeWithSelector(OpeningKeys.OpeningKeysAlreadyConfirmed.selector, 1, 1, 3);
        vm.expectRevert(refusal);
        openingKeys.confirm(1, 1, "root", TRANSCRIPT);
        vm.expectRevert(refusal);
        openingKeys.confirm(1, 1, "other root", TRANSCRIPT);
        vm.stopPrank();
        // nor by moving its seat
        vm.prank(member(3));
        consortium.changeAccount(3, stranger);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        openingKeys.confirm(1, 1, "root", TRANSCRIPT);
    }

    function test_NobodyConfirmsAnEmptyRoot() external {
        openBatch(1);
        vm.warp(dealsUntil);
        vm.prank(opener);
        vm.expectRevert(OpeningKeys.OpeningKeysZeroRoot.selector);
        openingKeys.confirm(1, 1, 0, TRANSCRIPT);
    }

    function test_DifferentStatementsDoNotAddUp() external {
        openBatch(1);
        openBatch(1);
        vm.warp(dealsUntil);
        for (uint256 i = 1; i < CONFIRMATIONS; ++i) {
            _confirm(i, "root", TRANSCRIPT);
        }
        _confirm(6, "root", "other transcript");
        _confirm(7, "other root", TRANSCRIPT);
        vm.prank(member(6));
        openingKeys.confirm(1, 2, "root", TRANSCRIPT);
        vm.assertEq(openingKeys.confirmationsOf(1, 1, "root", TRANSCRIPT), CONFIRMATIONS - 1);
        vm.assertEq(openingKeys.batchOf(1, 1).root, bytes32(0));
        vm.assertEq(openingKeys.batchOf(1, 2).root, bytes32(0));
    }

    function test_ConfirmationsOfOneEpochDoNotCountInAnother() external {
        openBatch(1);
        vm.warp(dealsUntil);
        for (uint256 i = 1; i < CONFIRMATIONS; ++i) {
            _confirm(i, "root", TRANSCRIPT);
        }
        startEpoch(seatsFrom(1));
        openBatch(1);
        vm.warp(openingKeys.batchOf(2, 1).dealsUntil);
        vm.prank(member(6));
        openingKeys.confirm(2, 1, "root", TRANSCRIPT);
        vm.assertEq(openingKeys.batchOf(2, 1).root, bytes32(0));
        vm.assertEq(openingKeys.batchOf(2, 1).confirmed, 1 << 5);
    }

    /// @dev As c > n/2, two statements never both have enough: the root of a ready batch is final.
    function testFuzz_AtMostOneStatementBecomesReady(uint256 choices) external {
        openBatch(1);
        vm.warp(dealsUntil);
        uint256[3] memory votes;
        for (uint256 i = 1; i <= OPENERS; ++i) {
            uint256 choice = (choices >> (8 * i)) % 8;
            choice = choice < 6 ? 0 : choice - 5; // mostly the same, so that some become ready
            ++votes[choice];
            _confirm(i, bytes32(choice + 1), TRANSCRIPT);
        }
        bytes32 root = openingKeys.batchOf(1, 1).root;
        for (uint256 choice = 0; choice < 3; ++choice) {
            vm.assertEq(votes[choice] >= CONFIRMATIONS, root == bytes32(choice + 1));
        }
    }

    function _confirm(uint256 index, bytes32 root, bytes32 transcript) private {
        vm.prank(member(index));
        openingKeys.confirm(1, 1, root, transcript);
    }
}
