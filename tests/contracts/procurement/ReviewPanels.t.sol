// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {BUYER, MEMBER} from "../../../contracts/identity/Participants.sol";
import {Remedy} from "../../../contracts/procurement/Awards.sol";
import {Reviews} from "../../../contracts/procurement/Reviews.sol";
import {Category, Method, Phase} from "../../../contracts/procurement/Terms.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Procedure} from "../support/Procedure.sol";
import {Vm, vm} from "../support/Test.sol";

/// @dev Who decides a complaint, and how: seats 5 and 6 are auditors, 7 and 8 citizens of which one evaluates.
contract ReviewPanelsTest is Procedure {
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = rankedTender(list(30_000, 20_000, 40_000));
    }

    // ─────────────────────────────────── who ─────────────────────────────────

    function test_AuditorsAndACitizenWhoDidNotEvaluateReview() public {
        uint256 complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        uint32 evaluator = ballots.panelOf(tenderId, 0)[2]; // a citizen
        vm.assertEq(seats.length, 3);
        vm.assertEq(uint256(seats[0]) + seats[1], 5 + 6);
        vm.assertEq(uint256(seats[2]) + evaluator, 7 + 8);
    }

    function test_ThePanelIsDrawnByTheSecretOfTheLastBallots() public {
        uint8[4] memory quorums = [2, 2, 3, 3];
        uint256 complaintId;
        for (uint256 attempt = 0; attempt < 4; ++attempt) {
            vm.recordLogs();
            if (attempt == 0) complaintId = complain(tenderId, 1);
            else reviews.decide(complaintId);
            bytes32 seed = keccak256(
                abi.encode(keccak256("Terang review panel v1"), ballots.seedOf(tenderId, 1), uint256(1), attempt)
            );
            bytes memory wanted =
                abi.encode(attempt, seed, reviewers(complaintId), quorums[attempt], present() + 3 days);
            vm.assertTrue(_isLogged(Reviews.ReviewPanelDrawn.selector, wanted));
            vm.warp(present() + 3 days);
        }
    }

    /// @dev Tenderers of one mind can not choose by who of them complains, nor by when.
    function test_EveryComplaintAboutARankingGoesBeforeTheSameSeats() public {
        setRule(_oneReviewer()); // of two auditors
        uint256 other = rankedTender(list(30_000, 20_000, 40_000));
        uint32 seat = reviewers(complain(other, 1))[0];
        vm.warp(present() + 1 days);
        vm.assertEq(reviewers(complain(other, 2))[0], seat);
        vm.assertEq(reviewers(complain(other, 3))[0], seat);
    }

    function test_WhoLeftAnEvaluationPanelDoesNotReview() public {
        uint256 other = openedTender(list(30_000, 20_000));
        uint32[] memory seats = draw(other);
        vm.prank(member(seats[2])); // the other citizen takes the place
        ballots.recuse(other, 0, "my brother owns the bidder");
        castAll(other, marking(YES, YES));
        openBallots(other);
        rank(other);
        uint32[] memory reviewing = reviewers(complain(other, 1));
        vm.assertEq(reviewing.length, 2);
        vm.assertEq(uint256(reviewing[0]) + reviewing[1], 5 + 6);
    }

    function test_WhoAnsweredAboutLowPricesDoesNotReview() public {
        Rule memory strict = scoredRule();
        (strict.abnormalUnderMean, strict.auditors, strict.agencies) = (4000, 1, 1);
        setRule(strict);
        uint256 other = pricedTender(list(10_000, 90_000), marking(90, 80));
        rank(other);
        judge(other, scoredTerms(), marking(ALTHOUGH_LOW, NO));
        rankPrices(other);
        uint32[] memory reviewing = reviewers(complain(other, 2, scoredTerms()));
        for (uint256 round = 0; round < 2; ++round) {
            uint32[] memory judged = ballots.panelOf(other, round);
            vm.assertEq(judged.length, 3);
            for (uint256 i = 0; i < judged.length; ++i) {
                for (uint256 j = 0; j < reviewing.length; ++j) {
                    vm.assertTrue(judged[i] != reviewing[j]);
                }
            }
        }
    }

    function test_WhoseEvaluationWasSetAsideDoesNotReviewItsSuccessors() public {
        setPanel([1, 0, 1], 2);
        for (uint256 i = 0; i < 6; ++i) {
            uint256 other = rankedTender(list(100, 200));
            uint32 citizen = ballots.panelOf(other, 0)[1];
            rule(complain(other, 2), Remedy.RE_EVALUATE);
            draw(other);
            castAll(other, marksOf(YES, 2));
            openBallots(other);
            rank(other);
            uint32[] memory reviewing = reviewers(complain(other, 2));
            for (uint256 j = 0; j < reviewing.length; ++j) {
                vm.assertTrue(reviewing[j] != citizen);
            }
        }
    }

    function test_SeatsAreThoseAsOfTheClosing() public {
        vm.prank(registrar);
        uint32 newcomer = participants.register("newcomer", MEMBER, account("newcomer"));
        vm.startPrank(authority);
        consortium.admit(newcomer, Consortium.Class.AUDITOR, account("newcomer"));
        consortium.remove(5, "reason");
        vm.stopPrank();
        uint256 complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        vm.assertEq(uint256(seats[0]) + seats[1], 5 + 6);
        vote(complaintId, 5, Remedy.NONE, false);
    }

    function test_TheBuyersOwnSeatDoesNotReview() public {
        vm.prank(registrar);
        uint32 court = participants.register("court of auditors", BUYER | MEMBER, account("court"));
        vm.prank(authority);
        consortium.admit(court, Consortium.Class.AUDITOR, account("court"));
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        vm.prank(account("court"));
        uint256 own = tenders.publish(notice(), uint48(present() + 10 days), lots);
        sealBids(own, list(30_000, 20_000));
        openBids(own);
        judge(own, termsOfTender(), marking(YES, YES));
        rank(own);
        uint32[] memory seats = reviewers(complain(own, 1));
        vm.assertEq(uint256(seats[0]) + seats[1], 5 + 6);
    }

    // ─────────────────────────────────── votes ───────────────────────────────

    function test_AVoteIsPublic() public {
        uint256 complaintId = complain(tenderId, 1);
        vm.expectEmit(address(reviews));
        emit Reviews.ReviewVote(complaintId, 0, 5, Remedy.EXCLUDE, false, "reasons");
        vote(complaintId, 5, Remedy.EXCLUDE, false);
        vm.assertEq(reviews.complaintOf(complaintId).votes, 1);
        vm.assertEq(reviews.complaintOf(complaintId).rulings[uint256(Remedy.EXCLUDE)], 1);
    }

    function test_ASeatVotesOnce() public {
        uint256 complaintId = complain(tenderId, 1);
        vote(complaintId, 5, Remedy.EXCLUDE, false);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsAlreadyVoted.selector, complaintId, 5));
        vote(complaintId, 5, Remedy.NONE, false);
    }

    function test_OnlyThePanelVotes() public {
        uint256 complaintId = complain(tenderId, 1);
        uint32 evaluator = ballots.panelOf(tenderId, 0)[2];
        address[4] memory others = [member(evaluator), member(2), supplier(1), stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNotOnPanel.selector, complaintId, others[i]));
            vm.prank(others[i]);
            reviews.vote(complaintId, Remedy.NONE, false, "reasons");
        }
    }

    /// @dev As ballots are, votes are those of the account as of the closing of the tender.
    function test_ASeatThatMovedVotesByItsOldAccount() public {
        uint256 complaintId = complain(tenderId, 1);
        vm.prank(member(5));
        consortium.changeAccount(5, account("moved"));
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNotOnPanel.selector, complaintId, account("moved")));
        vm.prank(account("moved"));
        reviews.vote(complaintId, Remedy.NONE, false, "reasons");
        vote(complaintId, 5, Remedy.NONE, false);
    }

    function test_NobodyVotesFromTheEndOfTheVoteOn() public {
        uint256 complaintId = complain(tenderId, 1);
        uint48 decideBy = reviews.complaintOf(complaintId).decideBy;
        vm.warp(decideBy - 1);
        vote(complaintId, 5, Remedy.NONE, false);
        vm.warp(decideBy);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsVotingOver.selector, complaintId, decideBy));
        vote(complaintId, 6, Remedy.NONE, false);
    }

    function test_AnUpheldComplaintIsNotAbusive() public {
        uint256 complaintId = complain(tenderId, 1);
        for (uint8 i = 1; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsAbusiveRemedy.selector, Remedy(i)));
            vote(complaintId, 5, Remedy(i), true);
        }
    }

    function test_NobodyVotesOnAClosedComplaint() public {
        uint256 complaintId = complain(tenderId, 1);
        rule(complaintId, Remedy.NONE);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNotOpen.selector, complaintId, Reviews.Status.DECIDED));
        vote(complaintId, 5, Remedy.EXCLUDE, false);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNotOpen.selector, complaintId, Reviews.Status.DECIDED));
        reviews.decide(complaintId);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNotOpen.selector, 9, Reviews.Status.NONE));
        vote(9, 5, Remedy.EXCLUDE, false);
    }

    // ──────────────────────────────── conclusions ────────────────────────────

    function test_NobodyConcludesWhileSeatsMayVote() public {
        uint256 complaintId = complain(tenderId, 1);
        uint48 decideBy = reviews.complaintOf(complaintId).decideBy;
        vote(complaintId, 5, Remedy.EXCLUDE, false);
        vote(complaintId, 6, Remedy.EXCLUDE, false); // a quorum and a majority, but one is missing
        bytes memory refusal = abi.encodeWithSelector(Reviews.ReviewsVoting.selector, complaintId, decideBy);
        vm.expectRevert(refusal);
        reviews.decide(complaintId);
        vm.warp(decideBy - 1);
        vm.expectRevert(refusal);
        reviews.decide(complaintId);
        vm.warp(decideBy);
        vm.prank(stranger);
        reviews.decide(complaintId);
        vm.assertTrue(awards.isExcluded(tenderId, 1));
    }

    function test_OnceEverySeatHasVotedAnyoneConcludes() public {
        uint256 complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        for (uint256 i = 0; i < 3; ++i) {
            vote(complaintId, seats[i], Remedy.NONE, false);
        }
        vm.prank(stranger);
        reviews.decide(complaintId);
        vm.assertEq(uint256(statusOf(complaintId)), uint256(Reviews.Status.DECIDED));
    }

    function test_WithoutAMajorityForOneRemedyTheAwardStands() public {
        uint256 complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        vote(complaintId, seats[0], Remedy.RE_EVALUATE, false);
        vote(complaintId, seats[1], Remedy.EXCLUDE, false);
        vote(complaintId, seats[2], Remedy.CANCEL, false);
        reviews.decide(complaintId);
        _dismissed(complaintId);
    }

    function test_HalfOfTheVotesIsNoMajority() public {
        uint256 complaintId = complain(tenderId, 1);
        vote(complaintId, 5, Remedy.CANCEL, false);
        vote(complaintId, 6, Remedy.NONE, true);
        vm.warp(present() + 3 days);
        reviews.decide(complaintId);
        _dismissed(complaintId);
        vm.assertFalse(reviews.complaintOf(complaintId).abusive);
    }

    function test_TwoOfThreeDecide() public {
        uint256 complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        vote(complaintId, seats[0], Remedy.CANCEL, false);
        vote(complaintId, seats[1], Remedy.NONE, true);
        vote(complaintId, seats[2], Remedy.CANCEL, false);
        reviews.decide(complaintId);
        inPhase(tenderId, Phase.CANCELLED);
    }

    // ─────────────────────────────── without quorum ──────────────────────────

    function test_WithoutQuorumAnotherPanelIsDrawnLargerFromTheThird() public {
        uint256 complaintId = complain(tenderId, 1);
        uint8[4] memory quorums = [2, 2, 3, 3];
        for (uint256 attempt = 0; attempt < 4; ++attempt) {
            Reviews.Complaint memory complaint = reviews.complaintOf(complaintId);
            vm.assertEq(complaint.attempts, attempt + 1);
            vm.assertEq(complaint.quorum, quorums[attempt]);
            vm.assertEq(complaint.votes, 0);
            vm.assertEq(complaint.voted, 0);
            vm.assertEq(complaint.rulings[uint256(Remedy.CANCEL)], 0, "old votes do not count");
            vm.assertEq(complaint.decideBy, present() + 3 days);
            vote(complaintId, 5, Remedy.CANCEL, false);
            if (attempt > 1) vote(complaintId, 6, Remedy.CANCEL, false); // two are no quorum of a larger panel
            vm.warp(complaint.decideBy);
            _isOpen();
            reviews.decide(complaintId);
        }
        vm.assertEq(uint256(statusOf(complaintId)), uint256(Reviews.Status.LAPSED));
        vm.assertEq(uint256(reviews.complaintOf(complaintId).ruling), uint256(Remedy.NONE));
        reviews.payDeposit(complaintId);
        vm.assertEq(rupiah.balanceOf(supplier(1)), 200);
        awards.finalise(tenderId);
        wins(tenderId, 2, 20_000);
    }

    function test_ALargerPanelHasOneMoreOfEachClass() public {
        setRule(_oneReviewer());
        uint256 other = rankedTender(list(30_000, 20_000));
        uint256 complaintId = complain(other, 1);
        for (uint256 attempt = 0; attempt < 4; ++attempt) {
            vm.assertEq(reviews.panelOf(complaintId, attempt).length, attempt < 2 ? 1 : 3);
            vm.warp(present() + 3 days);
            reviews.decide(complaintId);
        }
    }

    function test_ALaterPanelStillDecides() public {
        uint256 complaintId = complain(tenderId, 1);
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(present() + 3 days);
            reviews.decide(complaintId);
        }
        rule(complaintId, Remedy.EXCLUDE);
        rank(tenderId);
        wins(tenderId, 1, 30_000);
    }

    /// @dev Fewer seats than the quorum: no vote ends it early, and it lapses as any other.
    function test_WhereTooFewSeatsAreLeftTheComplaintLapses() public {
        Rule memory rule_ = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        (rule_.reviewAuditors, rule_.reviewCitizens, rule_.reviewQuorum) = (0, 3, 2);
        setRule(rule_);
        uint256 other = rankedTender(list(30_000, 20_000));
        uint256 complaintId = complain(other, 1);
        vm.assertEq(reviewers(complaintId).length, 1);
        vote(complaintId, reviewers(complaintId)[0], Remedy.CANCEL, false);
        bytes memory refusal = abi.encodeWithSelector(Reviews.ReviewsVoting.selector, complaintId, present() + 3 days);
        vm.expectRevert(refusal);
        reviews.decide(complaintId);
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(present() + 3 days);
            reviews.decide(complaintId);
        }
        vm.assertEq(uint256(statusOf(complaintId)), uint256(Reviews.Status.LAPSED));
        finalise(other);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _oneReviewer() private pure returns (Rule memory rule_) {
        rule_ = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        (rule_.reviewAuditors, rule_.reviewCitizens, rule_.reviewQuorum) = (1, 0, 1);
    }

    function _isLogged(bytes32 topic, bytes memory data) private returns (bool found) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic && keccak256(logs[i].data) == keccak256(data)) found = true;
        }
    }

    function _dismissed(uint256 complaintId) private {
        vm.assertEq(uint256(statusOf(complaintId)), uint256(Reviews.Status.DECIDED));
        vm.assertEq(uint256(reviews.complaintOf(complaintId).ruling), uint256(Remedy.NONE));
        inPhase(tenderId, Phase.STANDSTILL);
        finalise(tenderId);
        wins(tenderId, 2, 20_000);
    }

    function _isOpen() private view {
        vm.assertEq(reviews.openComplaints(tenderId, 1), 1);
    }
}
