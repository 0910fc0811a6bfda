// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement, Agreements} from "../../../contracts/agreements/Agreements.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Failure, Phase} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";

/// @dev A winner that does not sign makes room for the next, unless it said that it is ready.
contract NextInRankTest is Procedure {
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = awardedTender(list(100, 200, 300));
    }

    // ──────────────────────────── down the ranking ───────────────────────────

    function test_TheNextInRankFollowsUntilNobodyIsLeft() public {
        for (uint256 number = 1; number <= 3; ++number) {
            wins(tenderId, number, uint128(100 * number));
            vm.assertEq(awards.awardOf(tenderId).rankings, number);
            vm.warp(awards.awardOf(tenderId).signBy + 1);
            inPhase(tenderId, Phase.EVALUATION);
            vm.expectEmit(address(awards));
            emit Awards.WinnerPassedOver(tenderId, supplierOrganisation(number), number - 1);
            vm.prank(stranger);
            awards.passOver(tenderId);
            vm.assertTrue(awards.isExcluded(tenderId, number - 1));
            vm.assertEq(awards.awardOf(tenderId).signBy, 0);
            rank(tenderId);
            if (number == 3) break;
            inPhase(tenderId, Phase.STANDSTILL); // a whole one again
            vm.assertEq(awards.awardOf(tenderId).standstillEndsAt, present() + 5 days);
            finalise(tenderId);
        }
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
    }

    function test_TheNextInRankMaySign() public {
        _passOver();
        rank(tenderId);
        finalise(tenderId);
        sign(termsOfTender(), agreementFor(tenderId));
        inPhase(tenderId, Phase.CONTRACTED);
        vm.warp(present() + 400 days);
        inPhase(tenderId, Phase.CONTRACTED);
    }

    /// @dev There is a standstill against the next one too.
    function test_TheNextInRankMayBeComplainedAbout() public {
        _passOver();
        rank(tenderId);
        uint256 complaintId = complain(tenderId, 3);
        vm.assertEq(reviews.complaintOf(complaintId).award, 2);
        vm.warp(awards.awardOf(tenderId).standstillEndsAt);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsComplaints.selector, tenderId, 1));
        awards.finalise(tenderId);
    }

    // ───────────────────────────── the last second ───────────────────────────

    function test_TheWinnerMaySignInTheLastSecond() public {
        Agreement memory agreement = agreementFor(tenderId);
        vm.warp(awards.awardOf(tenderId).signBy);
        agreement.startsAt = uint48(present());
        agreement.milestones = milestonesOf(100, agreement.startsAt);
        sign(termsOfTender(), agreement);
        inPhase(tenderId, Phase.CONTRACTED);
        _refusesToPassOver(Phase.CONTRACTED);
    }

    function test_NobodySignsASecondLater() public {
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        Agreement memory agreement = agreementFor(tenderId);
        bytes32 digest = agreements.digestOf(agreement);
        (bytes memory one, bytes memory other) = (signed(memberKey(1), digest), signed(supplierKey(1), digest));
        vm.expectRevert(abi.encodeWithSelector(Agreements.AgreementsPhase.selector, tenderId, Phase.EVALUATION));
        agreements.sign(termsOfTender(), agreement, buyer, one, supplier(1), other);
    }

    function test_NobodyIsPassedOverBeforeTheTimeForSigningIsOver() public {
        uint40 signBy = awards.awardOf(tenderId).signBy;
        vm.warp(signBy - 1);
        _refusesToPassOver(Phase.AWARDED);
        vm.warp(signBy);
        _refusesToPassOver(Phase.AWARDED);
        vm.warp(signBy + 1);
        awards.passOver(tenderId);
    }

    function test_NobodyIsPassedOverTwiceForOneAward() public {
        _passOver();
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotPassable.selector, tenderId));
        awards.passOver(tenderId);
        rank(tenderId);
        _refusesToPassOver(Phase.STANDSTILL);
    }

    function test_NobodyIsPassedOverDuringTheEvaluation() public {
        uint256 other = openedTender(list(100));
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotPassable.selector, other));
        awards.passOver(other);
    }

    /// @dev The winner that did not sign waits to be passed over: there is no new panel, and no new ranking with it.
    function test_AnUnsignedAwardIsNeitherRankedNorJudgedAgain() public {
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsRanked.selector, tenderId));
        awards.rank(tenderId, 1);
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsRoundRunning.selector, tenderId, 0));
        awards.draw(tenderId, termsOfTender(), claim);
    }

    // ───────────────────────────────── accepting ─────────────────────────────

    function test_AWinnerThatAcceptedIsNotPassedOver() public {
        vm.warp(awards.awardOf(tenderId).signBy);
        vm.expectEmit(address(awards));
        emit Awards.AwardAccepted(tenderId, supplierOrganisation(1), supplier(1));
        vm.prank(supplier(1));
        awards.accept(tenderId, termsOfTender());
        vm.warp(present() + 1);
        fails(tenderId, Failure.NOT_SIGNED);
        _refusesToPassOver(Phase.UNSUCCESSFUL);
    }

    function test_AWinnerThatAcceptedMaySign() public {
        vm.prank(supplier(1));
        awards.accept(tenderId, termsOfTender());
        sign(termsOfTender(), agreementFor(tenderId));
        inPhase(tenderId, Phase.CONTRACTED);
    }

    function test_NobodyAcceptsAfterTheTimeForSigning() public {
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.EVALUATION));
        vm.prank(supplier(1));
        awards.accept(tenderId, termsOfTender());
    }

    function test_NobodyAcceptsForTheWinner() public {
        address[3] memory others = [supplier(2), buyer, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotTheWinner.selector, tenderId, others[i]));
            vm.prank(others[i]);
            awards.accept(tenderId, termsOfTender());
        }
    }

    function test_AWinnerAcceptsOnce() public {
        vm.startPrank(supplier(1));
        awards.accept(tenderId, termsOfTender());
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsAlreadyAccepted.selector, tenderId));
        awards.accept(tenderId, termsOfTender());
    }

    /// @dev What one winner said does not bind the next: it is passed over if it stays silent.
    function test_AnAcceptanceIsOfOneAwardOnly() public {
        _passOver();
        rank(tenderId);
        finalise(tenderId);
        vm.assertFalse(awards.awardOf(tenderId).accepted);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotTheWinner.selector, tenderId, supplier(1)));
        vm.prank(supplier(1));
        awards.accept(tenderId, termsOfTender());
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _passOver() private {
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        awards.passOver(tenderId);
    }

    function _refusesToPassOver(Phase phase) private {
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, phase));
        awards.passOver(tenderId);
    }
}
