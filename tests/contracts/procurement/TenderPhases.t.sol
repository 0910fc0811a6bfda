// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BUYER} from "../../../contracts/identity/Participants.sol";
import {Bids} from "../../../contracts/procurement/Bids.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev Phases up to the evaluation, and cancelling.
contract TenderPhasesTest is World {
    uint256 private tenderId;
    uint48 private closesAt;

    function setUp() public override {
        super.setUp();
        tenderId = publish();
        closesAt = tenders.boxOf(tenderId, 0).closesAt;
    }

    function test_AnUnknownTenderHasNoPhase() public {
        _isIn(tenderId + 1, Phase.NONE);
        _isIn(0, Phase.NONE);
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersUnknown.selector, tenderId + 1));
        tenders.tenderOf(tenderId + 1);
        vm.expectRevert(abi.encodeWithSelector(Bids.BidsUnknown.selector, tenderId, 0));
        tenders.bidAt(tenderId, 0);
    }

    function test_TendersUntilTheClosingTime() public {
        _isIn(tenderId, Phase.TENDERING);
        vm.warp(closesAt - 1);
        _isIn(tenderId, Phase.TENDERING);
        vm.warp(closesAt);
        _isIn(tenderId, Phase.OPENING);
    }

    function test_SealsUntilTheClosingTime() public {
        vm.warp(closesAt - 1);
        sealBid(tenderId, bidOf(1, 100));
        bytes memory late = sealedIn[address(tenders)][tenderId][0][0];
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxClosed.selector, tenderId, 0, closesAt));
        vm.prank(relay);
        tenders.seal(tenderId, 0, late);
    }

    function test_ASupplierSealsWithItsOwnAccount() public {
        bytes memory envelope = envelopeOf(tenders, tenderId, 0, "anything");
        vm.expectEmit(address(tenders));
        emit SealedBox.Sealed(tenderId, 0, 0, supplier(1), envelope);
        vm.prank(supplier(1));
        tenders.seal(tenderId, 0, envelope);
    }

    function test_RefusesAStrangersEnvelope() public {
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, stranger));
        vm.prank(stranger);
        tenders.seal(tenderId, 0, new bytes(175));
    }

    function test_RefusesAnEnvelopeLongerThanABid() public {
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxLength.selector, 176, 35, 175));
        vm.prank(relay);
        tenders.seal(tenderId, 0, new bytes(176));
    }

    function test_StaysInOpeningUntilTheLastEnvelopeIsOpen() public {
        for (uint256 i = 0; i < 33; ++i) {
            sealBid(tenderId, bidOf(1, 100));
        }
        closeAndRelease(tenders, tenderId, 0);
        bytes[] memory all = sealedIn[address(tenders)][tenderId][0];
        bytes[] memory rest = new bytes[](1);
        rest[0] = all[32];
        assembly ("memory-safe") {
            mstore(all, 32) // the first segment
        }
        tenders.open(tenderId, 0, all);
        _isIn(tenderId, Phase.OPENING);
        tenders.open(tenderId, 0, rest);
        _isIn(tenderId, Phase.EVALUATION);
    }

    function test_IsUnsuccessfulWithoutBids() public {
        closeAndRelease(tenders, tenderId, 0);
        _isIn(tenderId, Phase.UNSUCCESSFUL);
    }

    function test_IsUnsuccessfulWhenTheKeyIsWithheld() public {
        sealBid(tenderId, bidOf(1, 100));
        vm.warp(closesAt + 3 days - 1);
        _isIn(tenderId, Phase.OPENING);
        vm.warp(closesAt + 3 days);
        _isIn(tenderId, Phase.UNSUCCESSFUL);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, tenderId, 0));
        tenders.release(tenderId, 0, secretOf(0));
    }

    function test_IsOpenedAlsoLateOnceTheKeyIsReleasedInTime() public {
        sealBid(tenderId, bidOf(1, 100));
        vm.warp(closesAt + 3 days - 1);
        closeAndRelease(tenders, tenderId, 0);
        vm.warp(closesAt + 9 days);
        _isIn(tenderId, Phase.OPENING);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        _isIn(tenderId, Phase.EVALUATION);
    }

    function test_NeedsTheMinimumOfBids() public {
        Terms memory terms = termsOfTender();
        terms.minimumBids = 3;
        uint256 two = publish(terms);
        uint256 three = publish(terms);
        sealBids(two, list(100, 200));
        sealBids(three, list(100, 200, 300));
        openBids(two);
        openBids(three);
        _isIn(two, Phase.UNSUCCESSFUL);
        _isIn(three, Phase.EVALUATION);
    }

    function test_AWithdrawnBidIsMissingFromTheMinimum() public {
        Terms memory terms = termsOfTender();
        terms.minimumBids = 2;
        uint256 two = publish(terms);
        sealBids(two, list(100, 200));
        BidDraft memory withdrawal = bidOf(2, type(uint128).max);
        withdrawal.nonce = 2;
        sealBid(two, withdrawal);
        openBids(two);
        _isIn(two, Phase.UNSUCCESSFUL);
    }

    // ─────────────────────────────── cancelling ──────────────────────────────

    function test_TheBuyerCancelsBeforeClosing() public {
        sealBid(tenderId, bidOf(1, 100));
        vm.warp(closesAt - 1);
        vm.expectEmit(address(tenders));
        emit Tenders.TenderCancelled(tenderId, "reason", buyer);
        vm.expectEmit(address(tenders));
        emit SealedBox.BoxShut(tenderId, 0);
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
        vm.assertTrue(tenders.boxOf(tenderId, 0).shut);
        _isIn(tenderId, Phase.CANCELLED);
        vm.warp(closesAt + 3 days);
        _isIn(tenderId, Phase.CANCELLED);
    }

    function test_ACancelledTenderTakesNoEnvelope() public {
        _cancel();
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxClosed.selector, tenderId, 0, closesAt));
        vm.prank(relay);
        tenders.seal(tenderId, 0, new bytes(175));
    }

    function test_TheKeyOfACancelledTenderStaysSecret() public {
        _cancel();
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, tenderId, 0));
        tenders.release(tenderId, 0, secretOf(0));
        vm.expectRevert(
            abi.encodeWithSelector(OpeningKeys.OpeningKeysNotReleasable.selector, address(tenders), tenderId, 0)
        );
        vm.prank(member(2));
        openingKeys.offerShare(1, tenders, tenderId, 0, 1);
    }

    function test_NobodyCancelsFromTheClosingTimeOn() public {
        vm.warp(closesAt);
        _refusesToCancel(Phase.OPENING);
        closeAndRelease(tenders, tenderId, 0);
        _refusesToCancel(Phase.UNSUCCESSFUL);
    }

    function test_NobodyCancelsTwice() public {
        _cancel();
        _refusesToCancel(Phase.CANCELLED);
    }

    function test_NobodyCancelsAnUnknownTender() public {
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotTendering.selector, tenderId + 1, Phase.NONE));
        vm.prank(buyer);
        tenders.cancel(tenderId + 1, "reason");
    }

    function test_OnlyTheBuyerCancels() public {
        vm.prank(registrar);
        participants.register("another buyer", BUYER, account("another buyer"));
        address[4] memory others = [account("another buyer"), supplier(1), authority, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotTheBuyer.selector, tenderId, others[i]));
            vm.prank(others[i]);
            tenders.cancel(tenderId, "reason");
        }
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _cancel() private {
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
    }

    function _refusesToCancel(Phase phase) private {
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotTendering.selector, tenderId, phase));
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
    }

    function _isIn(uint256 tender, Phase phase) private view {
        vm.assertEq(uint256(tenders.phase(tender)), uint256(phase));
        vm.assertEq(uint256(awards.phase(tender)), uint256(phase));
    }
}
