// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {vm} from "../support/Test.sol";
import {Openers} from "./Openers.sol";

/// @title AccusationsTest
/// @notice How openers show that a dealer cheated. The contract keeps the evidence and judges nothing.
contract AccusationsTest is Openers {
    function test_AnOpenerAccusesADealerOfABatch() external {
        openBatch(1);
        bytes memory evidence = new bytes(130);
        vm.prank(member(2));
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.Accused(1, 1, 7, 2, evidence);
        openingKeys.accuse(1, 1, 7, evidence);
        vm.assertEq(openingKeys.accusationsOf(1, 1, 2), 1 << 6);
    }

    function test_OpenersAccuseWhileABatchIsDealtAndLongAfter() external {
        openBatch(1);
        _accuse(1, 1, 3);
        confirmBatch(1, "root");
        _accuse(2, 1, 3);
        vm.warp(START + 365 days);
        _accuse(4, 1, 3);
    }

    function test_AnAccusationOfAnEarlierEpochIsStillHeard() external {
        openBatch(1);
        startEpoch(seatsFrom(1));
        _accuse(2, 1, 3);
        vm.assertEq(openingKeys.accusationsOf(1, 1, 2), 1 << 2);
        vm.assertEq(openingKeys.accusationsOf(2, 1, 2), 0);
    }

    function test_NobodyAccusesTheSameDealerTwiceOverOneBatch() external {
        openBatch(1);
        openBatch(1);
        _accuse(2, 1, 3);
        vm.prank(member(2));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysAlreadyAccused.selector, 1, 1, 3, 2));
        openingKeys.accuse(1, 1, 3, "other evidence");
        // but another dealer, over another batch, and by another opener
        _accuse(2, 1, 4);
        _accuse(2, 2, 3);
        _accuse(1, 1, 3);
        vm.assertEq(openingKeys.accusationsOf(1, 1, 2), 1 << 2 | 1 << 3);
        vm.assertEq(openingKeys.accusationsOf(1, 2, 2), 1 << 2);
        vm.assertEq(openingKeys.accusationsOf(1, 1, 1), 1 << 2);
    }

    function test_OnlyOpenersOfTheEpochAccuse() external {
        openBatch(1);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotOpener.selector, 1, stranger));
        openingKeys.accuse(1, 1, 3, "evidence");
        vm.startPrank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysUnknownEpoch.selector, 2));
        openingKeys.accuse(2, 1, 3, "evidence");
    }

    function test_RefusesAccusationsOverBatchesThatWereNeverOpened() external {
        openBatch(1);
        vm.startPrank(opener);
        for (uint256 batch = 0; batch <= 2; batch += 2) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysUnknownBatch.selector, 1, batch));
            openingKeys.accuse(1, batch, 3, "evidence");
        }
    }

    function test_RefusesAccusationsOfWhoIsNoOpener() external {
        openBatch(1);
        uint256[4] memory unknown = [0, OPENERS + 1, 65, type(uint256).max];
        vm.startPrank(opener);
        for (uint256 i = 0; i < unknown.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysUnknownOpener.selector, 1, unknown[i]));
            openingKeys.accuse(1, 1, unknown[i], "evidence");
        }
        openingKeys.accuse(1, 1, OPENERS, "evidence");
    }

    function test_EvidenceHasAnUpperBound() external {
        openBatch(1);
        uint256 most = openingKeys.MAX_EVIDENCE();
        vm.startPrank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysEvidenceSize.selector, 0, most));
        openingKeys.accuse(1, 1, 3, "");
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysEvidenceSize.selector, most + 1, most));
        openingKeys.accuse(1, 1, 3, new bytes(most + 1));
        openingKeys.accuse(1, 1, 3, ".");
        openingKeys.accuse(1, 1, 4, new bytes(most));
    }

    /// @dev Else whoever posts junk could keep a batch from being used.
    function test_AnAccusationChangesNothingOnChain() external {
        openBatch(1);
        _accuse(2, 1, 3);
        vm.prank(member(3));
        openingKeys.enrol(1, abi.encodePacked(uint8(2), vm.createWallet(3).publicKeyX));
        vm.prank(member(3));
        openingKeys.deal(1, 1, "deal");
        confirmBatch(1, "root"); // opener 3 among them
        vm.assertEq(openingKeys.batchOf(1, 1).root, "root");
        vm.assertEq(openBatch(1), 2);
    }

    function _accuse(uint256 accuser, uint256 batch, uint256 dealer) private {
        vm.prank(member(accuser));
        openingKeys.accuse(1, batch, dealer, "evidence");
    }
}
