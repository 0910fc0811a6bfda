// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Remedy} from "../../../contracts/procurement/Awards.sol";
import {Failure, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";

/// @dev Where a tender stands, and why it is unsuccessful, at each edge of each deadline.
contract StandingsTest is Procedure {
    function setUp() public override {
        super.setUp();
        setRule(scoredRule());
    }

    function test_AnUnknownTenderStandsNowhere() public view {
        _stands(99, Phase.NONE);
    }

    function test_ATenderGoesFromPhaseToPhase() public {
        uint256 tenderId = publish(scoredTerms());
        putProposal(tenderId, 1, 1);
        putPrice(tenderId, 1, 300, 1);
        uint48 closesAt = tenders.closesAt(tenderId);
        vm.warp(closesAt - 1);
        _stands(tenderId, Phase.TENDERING);
        vm.warp(closesAt);
        _stands(tenderId, Phase.OPENING);
        closeAndOpen(tenders, tenderId, 1);
        _stands(tenderId, Phase.EVALUATION);
        draw(tenderId, scoredTerms());
        castAll(tenderId, hex"50");
        _stands(tenderId, Phase.EVALUATION);
        openBallots(tenderId);
        _stands(tenderId, Phase.EVALUATION);
        rank(tenderId);
        _stands(tenderId, Phase.PRICE_OPENING);
        closeAndOpen(tenders, tenderId, 2);
        _stands(tenderId, Phase.EVALUATION);
        rankPrices(tenderId);
        _stands(tenderId, Phase.STANDSTILL);
        vm.warp(present() + 400 days);
        _stands(tenderId, Phase.STANDSTILL);
        awards.finalise(tenderId);
        _stands(tenderId, Phase.AWARDED);
        sign(scoredTerms(), agreementFor(tenderId));
        _stands(tenderId, Phase.CONTRACTED);
    }

    // ────────────────────────────── unsuccessful ─────────────────────────────

    function test_FailsWhereTheBidsAreWithheld() public {
        uint256 tenderId = publish();
        sealBid(tenderId, bidOf(1, 300));
        uint48 closesAt = tenders.closesAt(tenderId);
        vm.warp(closesAt + 3 days - 1);
        _stands(tenderId, Phase.OPENING);
        vm.warp(closesAt + 3 days);
        fails(tenderId, Failure.WITHHELD);
    }

    function test_FailsWithTooFewBids() public {
        Terms memory terms = termsOfTender();
        terms.minimumBids = 2;
        uint256 tenderId = publish(terms);
        sealBid(tenderId, bidOf(1, 300));
        BidDraft memory withdrawn = bidOf(2, WITHDRAWN);
        sealBid(tenderId, withdrawn);
        openBids(tenderId);
        fails(tenderId, Failure.TOO_FEW_BIDS);
    }

    function test_FailsWithTooFewProposals() public {
        Terms memory terms = scoredTerms();
        terms.minimumBids = 2;
        fails(proposedTender(terms, list(300)), Failure.TOO_FEW_BIDS);
    }

    function test_FailsWhereNobodyDrawsThePanel() public {
        uint256 tenderId = openedTender(list(300));
        uint48 closesAt = tenders.closesAt(tenderId);
        vm.warp(closesAt + 10 days - 1);
        _stands(tenderId, Phase.EVALUATION);
        vm.warp(closesAt + 10 days);
        fails(tenderId, Failure.NOT_DRAWN);
    }

    function test_FailsWhereNobodyDrawsTheSecondPanel() public {
        uint256 tenderId = openedTender(list(300));
        judge(tenderId, termsOfTender(), hex"07"); // void
        uint48 closesAt = ballots.boxOf(tenderId, 16).closesAt;
        vm.warp(closesAt + 10 days - 1);
        _stands(tenderId, Phase.EVALUATION);
        vm.warp(closesAt + 10 days);
        fails(tenderId, Failure.NOT_DRAWN);
    }

    function test_FailsWhereTheBallotsAreWithheld() public {
        uint256 tenderId = openedTender(list(300));
        draw(tenderId);
        castAll(tenderId, hex"01");
        uint48 closesAt = ballots.boxOf(tenderId, 16).closesAt;
        vm.warp(closesAt + 3 days - 1);
        _stands(tenderId, Phase.EVALUATION);
        vm.warp(closesAt + 3 days);
        fails(tenderId, Failure.WITHHELD);
    }

    function test_FailsWithoutQuorumTwice() public {
        uint256 tenderId = openedTender(list(300));
        judge(tenderId, termsOfTender(), hex"07");
        _stands(tenderId, Phase.EVALUATION);
        judge(tenderId, termsOfTender(), hex"07");
        fails(tenderId, Failure.NO_QUORUM);
        vm.warp(present() + 400 days);
        fails(tenderId, Failure.NO_QUORUM);
    }

    /// @dev One ballot short of the quorum of two, and at it.
    function test_AQuorumIsANumberOfBallotsThatCount() public {
        uint256 tenderId = openedTender(list(300));
        uint32[] memory seats = draw(tenderId);
        cast(tenderId, seats[0], hex"01");
        cast(tenderId, seats[1], hex"07");
        cast(tenderId, seats[0], hex"00"); // a seat votes once
        openBallots(tenderId);
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 1);
        seats = draw(tenderId);
        cast(tenderId, seats[0], hex"01");
        cast(tenderId, seats[1], hex"01");
        openBallots(tenderId);
        rank(tenderId);
        _stands(tenderId, Phase.STANDSTILL);
    }

    function test_FailsWhereNoBidIsAcceptable() public {
        uint256 tenderId = openedTender(list(300));
        judge(tenderId, termsOfTender(), hex"00");
        _stands(tenderId, Phase.EVALUATION);
        rank(tenderId);
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
    }

    function test_FailsWhereTheBuyerDoesNotSign() public {
        uint256 tenderId = awardedTender(list(300));
        vm.prank(supplier(1));
        awards.accept(tenderId, termsOfTender());
        vm.warp(awards.awardOf(tenderId).signBy);
        _stands(tenderId, Phase.AWARDED);
        vm.warp(present() + 1);
        fails(tenderId, Failure.NOT_SIGNED);
    }

    function test_FailsWhereTheBallotsOfAReEvaluationLackQuorum() public {
        uint256 tenderId = rankedTender(list(300, 200));
        rule(complain(tenderId, 1), Remedy.RE_EVALUATE);
        judge(tenderId, termsOfTender(), marking(7, 7));
        _stands(tenderId, Phase.EVALUATION); // a re-evaluation has two attempts of its own
        judge(tenderId, termsOfTender(), marking(7, 7));
        fails(tenderId, Failure.NO_QUORUM);
    }

    function test_FailsWhereTheBallotsOfAReEvaluationAreWithheld() public {
        uint256 tenderId = rankedTender(list(300, 200));
        rule(complain(tenderId, 1), Remedy.RE_EVALUATE);
        draw(tenderId);
        vm.warp(ballots.boxOf(tenderId, 17).closesAt + 3 days);
        fails(tenderId, Failure.WITHHELD);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _stands(uint256 tenderId, Phase wanted) private view {
        (Phase phase, Failure failure) = awards.standing(tenderId);
        vm.assertEq(uint256(phase), uint256(wanted), "phase");
        vm.assertEq(uint256(failure), uint256(Failure.NONE), "no failure");
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(wanted), "both say the same");
    }
}
