// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {Awards, Remedy} from "../../../contracts/procurement/Awards.sol";
import {Question} from "../../../contracts/procurement/Ballots.sol";
import {Reviews} from "../../../contracts/procurement/Reviews.sol";
import {Failure, Notice, Phase} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";

/// @dev What a review panel orders, carried through to its end. Supplier 2 stands to win at 20,000, then 1, then 3.
contract RemediesTest is Procedure {
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        setRule(scoredRule());
        tenderId = rankedTender(list(30_000, 20_000, 40_000));
    }

    // ─────────────────────────────── the award stands ────────────────────────

    function test_AfterADismissalTheAwardIsMadeAndSigned() public {
        rule(complain(tenderId, 1), Remedy.NONE);
        vm.assertEq(awards.awardOf(tenderId).rankings, 1);
        finalise(tenderId);
        sign(termsOfTender(), agreementFor(tenderId));
        inPhase(tenderId, Phase.CONTRACTED);
    }

    // ──────────────────────────────── re-evaluation ──────────────────────────

    function test_AReEvaluationTakesANewKeyANewPanelAndNewBallots() public {
        bytes32 seed = ballots.seedOf(tenderId, 1);
        address firstPoint = ballots.boxOf(tenderId, 16).point;
        uint256 complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        for (uint256 i = 0; i < seats.length; ++i) {
            vote(complaintId, seats[i], Remedy.RE_EVALUATE, false);
        }
        vm.expectEmit(address(awards));
        emit Awards.RemedyOrdered(tenderId, Remedy.RE_EVALUATE, supplierOrganisation(2), 1);
        reviews.decide(complaintId);

        inPhase(tenderId, Phase.EVALUATION);
        vm.assertEq(awards.awardOf(tenderId).standstillEndsAt, 0);
        (uint32 winner,) = awards.winnerOf(tenderId);
        vm.assertEq(winner, 0, "nobody stands to win");
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotEvaluated.selector, tenderId, 0));
        awards.rank(tenderId, 1);

        draw(tenderId);
        vm.assertEq(lastRound(tenderId), 1);
        vm.assertEq(ballots.seedOf(tenderId, 1), seed);
        vm.assertNotEq(ballots.boxOf(tenderId, 17).point, firstPoint);
        vm.assertEq(uint256(ballots.roundOf(tenderId, 1).question), uint256(Question.RESPONSIVENESS));
        castAll(tenderId, marking(YES, NO, YES));
        openBallots(tenderId);
        rank(tenderId);
        wins(tenderId, 1, 30_000);
        vm.assertEq(awards.awardOf(tenderId).rankings, 2);
        vm.assertEq(awards.awardOf(tenderId).standstillEndsAt, present() + 5 days);
        finalise(tenderId);
        sign(termsOfTender(), agreementFor(tenderId));
        inPhase(tenderId, Phase.CONTRACTED);
    }

    function test_AReEvaluationMayEndAsTheFirst() public {
        rule(complain(tenderId, 1), Remedy.RE_EVALUATE);
        judge(tenderId, termsOfTender(), marking(YES, YES, YES));
        rank(tenderId);
        wins(tenderId, 2, 20_000);
        vm.assertEq(awards.awardOf(tenderId).rankings, 2);
        complain(tenderId, 1); // about the second ranking
    }

    function test_AReEvaluationMayRejectEveryBid() public {
        rule(complain(tenderId, 1), Remedy.RE_EVALUATE);
        judge(tenderId, termsOfTender(), marking(NO, NO, NO));
        rank(tenderId);
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
    }

    /// @dev It is asked again as long as it takes: nothing expires while anyone may draw.
    function test_AReEvaluationWaitsForItsPanel() public {
        rule(complain(tenderId, 1), Remedy.RE_EVALUATE);
        vm.warp(present() + 400 days);
        inPhase(tenderId, Phase.EVALUATION);
        vm.prank(stranger);
        draw(tenderId);
    }

    /// @dev Prices are known, so they are compared at once by the new marks, and a low one is asked about anew.
    function test_AReEvaluationOfQualityTakesTheOpenedPricesAndAsksAboutLowOnesAgain() public {
        Rule memory strict = scoredRule();
        strict.abnormalUnderMean = 4000;
        setRule(strict);
        uint256 other = pricedTender(list(10_000, 90_000), marking(90, 80));
        rank(other);
        judge(other, scoredTerms(), marking(ALTHOUGH_LOW, NO));
        rankPrices(other);
        wins(other, 1, 10_000);
        uint48 decidedAt = awards.qualityDecidedAt(other);

        rule(complain(other, 2, scoredTerms()), Remedy.RE_EVALUATE);
        vm.assertEq(awards.awardOf(other).lowRound, 0);
        judge(other, scoredTerms(), marking(95, 49));
        vm.assertEq(uint256(ballots.roundOf(other, 2).question), uint256(Question.QUALITY));
        vm.assertEq(awards.awardOf(other).bidsRound, 2);
        inPhase(other, Phase.EVALUATION);
        rank(other);
        vm.assertEq(awards.qualityDecidedAt(other), decidedAt);
        vm.assertEq(uint256(awards.awardOf(other).question), uint256(Question.LOW_PRICES));
        judge(other, scoredTerms(), marking(NO, NO));
        rank(other);
        fails(other, Failure.NO_BID_ACCEPTABLE); // 2 did not reach the threshold, 1 is too low
    }

    // ───────────────────────────────── exclusion ─────────────────────────────

    function test_AnExclusionMovesToTheNextInRank() public {
        rule(complain(tenderId, 3), Remedy.EXCLUDE);
        vm.assertTrue(awards.isExcluded(tenderId, 1));
        inPhase(tenderId, Phase.EVALUATION);
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsRoundRunning.selector, tenderId, 0));
        awards.draw(tenderId, termsOfTender(), claim); // the ballots stay
        rank(tenderId);
        wins(tenderId, 1, 30_000);
        vm.assertEq(awards.awardOf(tenderId).standstillEndsAt, present() + 5 days);
        rule(complain(tenderId, 3), Remedy.EXCLUDE);
        rank(tenderId);
        wins(tenderId, 3, 40_000);
        finalise(tenderId);
        sign(termsOfTender(), agreementFor(tenderId));
        inPhase(tenderId, Phase.CONTRACTED);
    }

    function test_WhereEveryBidIsExcludedTheTenderFails() public {
        for (uint256 i = 0; i < 3; ++i) {
            rule(complain(tenderId, 1), Remedy.EXCLUDE);
            rank(tenderId);
        }
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
    }

    function test_WhoIsExcludedStaysOutOfAReEvaluation() public {
        rule(complain(tenderId, 1), Remedy.EXCLUDE);
        rank(tenderId);
        rule(complain(tenderId, 2), Remedy.RE_EVALUATE); // the excluded one may complain
        judge(tenderId, termsOfTender(), marking(YES, YES, YES));
        rank(tenderId);
        wins(tenderId, 1, 30_000);
        vm.assertTrue(awards.isExcluded(tenderId, 1));
    }

    function test_WhoWasPassedOverStaysOutToo() public {
        finalise(tenderId);
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        awards.passOver(tenderId);
        rank(tenderId);
        rule(complain(tenderId, 2), Remedy.RE_EVALUATE);
        judge(tenderId, termsOfTender(), marking(YES, YES, YES));
        rank(tenderId);
        wins(tenderId, 1, 30_000);
    }

    function test_AnExcludedPriceIsNoLongerTheLowest() public {
        uint256 other = pricedTender(list(30_000, 10_000, 15_000), marking(90, 80, 70));
        rankPrices(other);
        wins(other, 2, 10_000);
        rule(complain(other, 1, scoredTerms()), Remedy.EXCLUDE);
        rank(other);
        vm.assertEq(awards.awardOf(other).lowest, 15_000);
        rank(other);
        wins(other, 3, 15_000);
    }

    // ──────────────────────────────── cancellation ───────────────────────────

    function test_ACancelledTenderIsOver() public {
        uint256 complaintId = complain(tenderId, 1);
        rule(complaintId, Remedy.CANCEL);
        vm.warp(present() + 400 days);
        inPhase(tenderId, Phase.CANCELLED);
        bytes memory refusal = abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.CANCELLED);
        vm.expectRevert(refusal);
        awards.finalise(tenderId);
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(refusal);
        awards.draw(tenderId, termsOfTender(), claim);
        vm.expectRevert(refusal);
        awards.passOver(tenderId);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsPhase.selector, tenderId, Phase.CANCELLED));
        vm.prank(supplier(3));
        reviews.complain(tenderId, termsOfTender(), "grounds");
        reviews.payDeposit(complaintId);
        vm.assertEq(rupiah.balanceOf(supplier(1)), 200);
    }

    function test_ACancelledTenderMayBeRepeated() public {
        rule(complain(tenderId, 1), Remedy.CANCEL);
        publish(termsOfTender(), Notice("ocds-terang-2", "", tenderId), uint48(present() + 10 days));
    }

    // ────────────────────────────── who may order it ─────────────────────────

    function test_OnlyReviewsOrdersARemedy() public {
        address[4] memory others = [authority, buyer, member(5), stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Awards.AwardsOnlyReviews.selector, others[i]));
            vm.prank(others[i]);
            awards.remedy(tenderId, Remedy.EXCLUDE);
        }
    }

    function test_NothingIsOrderedOnceTheStandstillIsLeft() public {
        finalise(tenderId);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.AWARDED));
        vm.prank(address(reviews));
        awards.remedy(tenderId, Remedy.EXCLUDE);
    }

    /// @dev The standstill lasts while a complaint is open, however long that takes.
    function test_ARemedyComesAlsoAfterTheStandstillsTime() public {
        vm.warp(awards.awardOf(tenderId).standstillEndsAt - 1);
        uint256 complaintId = complain(tenderId, 1);
        vm.warp(present() + 3 days);
        reviews.decide(complaintId);
        vm.warp(present() + 2 days);
        rule(complaintId, Remedy.EXCLUDE);
        rank(tenderId);
        wins(tenderId, 1, 30_000);
    }

    // ─────────────────────────── of several complaints ───────────────────────

    function test_WhereOneIsUpheldTheOthersAreMootAndGetTheirDepositBack() public {
        for (uint8 i = 1; i < 4; ++i) {
            uint256 other = rankedTender(list(30_000, 20_000, 40_000));
            (uint256 upheld, uint256 moot) = (complain(other, 1), complain(other, 3));
            vote(moot, 5, Remedy.NONE, true);
            vote(moot, 6, Remedy.NONE, true);
            rule(upheld, Remedy(i));
            vm.expectEmit(address(reviews));
            emit Reviews.ComplaintClosed(moot, other, Reviews.Status.MOOT, Remedy.NONE, false);
            vm.prank(stranger);
            reviews.decide(moot);
            vm.assertEq(reviews.openComplaints(other, 1), 0);
            uint256 before = rupiah.balanceOf(supplier(3));
            reviews.payDeposit(moot);
            vm.assertEq(rupiah.balanceOf(supplier(3)), before + 200);
        }
    }

    function test_WhereOneIsDismissedTheOtherStillDecides() public {
        (uint256 dismissed, uint256 upheld) = (complain(tenderId, 1), complain(tenderId, 3));
        rule(dismissed, Remedy.NONE);
        rule(upheld, Remedy.EXCLUDE);
        rank(tenderId);
        wins(tenderId, 1, 30_000);
    }

    /// @dev What was ordered against one winner is never carried out against the next.
    function test_AComplaintAboutAnEarlierRankingTouchesNoLaterOne() public {
        (uint256 upheld, uint256 stale) = (complain(tenderId, 1), complain(tenderId, 3));
        uint32[] memory seats = reviewers(stale);
        for (uint256 i = 0; i < 3; ++i) {
            vote(stale, seats[i], Remedy.CANCEL, false);
        }
        rule(upheld, Remedy.EXCLUDE);
        rank(tenderId);
        inPhase(tenderId, Phase.STANDSTILL);
        reviews.decide(stale);
        vm.assertEq(uint256(statusOf(stale)), uint256(Reviews.Status.MOOT));
        inPhase(tenderId, Phase.STANDSTILL);
        wins(tenderId, 1, 30_000);
        finalise(tenderId);
    }

    /// @dev A complaint that nobody closed holds up only the award that it is about.
    function test_AForgottenMootComplaintHoldsUpNothing() public {
        (uint256 upheld,) = (complain(tenderId, 1), complain(tenderId, 3));
        rule(upheld, Remedy.RE_EVALUATE);
        judge(tenderId, termsOfTender(), marking(YES, YES, YES));
        rank(tenderId);
        vm.assertEq(reviews.openComplaints(tenderId, 1), 1);
        finalise(tenderId);
        inPhase(tenderId, Phase.AWARDED);
    }
}
