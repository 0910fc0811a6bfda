// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ballots} from "../../../contracts/procurement/Ballots.sol";
import {Panel} from "../../../contracts/procurement/Panel.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Failure, Method, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";

/// @dev Lots that close together share the panel of the first of them whose secret comes out.
contract SharedPanelTest is Procedure {
    uint256 private first;
    uint48 private closesAt;

    function setUp() public override {
        super.setUp();
        setRule(scoredRule());
        Tenders.Lot[] memory lots = new Tenders.Lot[](3);
        lots[0] = lotOf("1", termsOfTender());
        lots[1] = lotOf("2", scoredTerms());
        lots[2] = lotOf("3", termsOfTender());
        closesAt = uint48(present() + 10 days);
        vm.prank(buyer);
        first = tenders.publish(notice(), closesAt, lots);
        sealBid(first, bidOf(1, 300));
        putProposal(first + 1, 1, 1);
        putPrice(first + 1, 1, 300, 1);
        sealBid(first + 2, bidOf(1, 300));
    }

    function test_LotsShareThePanelOfTheFirst() public {
        _openAll();
        bytes32 seed = Panel.seed(secretOf(tenders, first, 0), tenders.accumulator(first, 0), first, 0);
        bytes32 panel = keccak256(abi.encode(draw(first, termsOfTender())));
        vm.assertEq(keccak256(abi.encode(draw(first + 1, scoredTerms()))), panel);
        vm.assertEq(keccak256(abi.encode(draw(first + 2, termsOfTender()))), panel);
        for (uint256 lot = first; lot < first + 3; ++lot) {
            vm.assertEq(ballots.seedOf(lot, 0), seed);
        }
    }

    function test_EachLotGoesItsOwnWayAfterwards() public {
        _openAll();
        judge(first, termsOfTender(), abi.encodePacked(NO));
        judge(first + 2, termsOfTender(), abi.encodePacked(YES));
        rank(first);
        rank(first + 2);
        fails(first, Failure.NO_BID_ACCEPTABLE);
        wins(first + 2, 1, 300);
        inPhase(first + 1, Phase.EVALUATION);
        // later rounds draw by the secret of the lot's own ballots
        vm.assertTrue(ballots.seedOf(first, 1) != ballots.seedOf(first + 2, 1));
    }

    // ──────────────────────── where the first lot is missing ─────────────────

    function test_ALaterLotWaitsForTheFirstSecret() public {
        closeAndOpen(tenders, first + 2, 0);
        closeAndOpen(tenders, first + 1, 1);
        _waitsFor(first + 2, first);
        closeAndRelease(tenders, first, 0); // released is enough: its envelopes may open later
        draw(first + 2, termsOfTender());
    }

    function test_WhereTheFirstSecretIsWithheldTheSecondDraws() public {
        closeAndOpen(tenders, first + 1, 1);
        closeAndOpen(tenders, first + 2, 0);
        vm.warp(closesAt + 3 days - 1);
        _waitsFor(first + 1, first);
        vm.warp(closesAt + 3 days);
        fails(first, Failure.WITHHELD);
        bytes32 seed = Panel.seed(secretOf(tenders, first + 1, 1), tenders.accumulator(first + 1, 1), first + 1, 0);
        vm.assertEq(ballots.seedOf(first + 1, 0), seed);
        vm.assertEq(ballots.seedOf(first + 2, 0), seed);
        draw(first + 1, scoredTerms());
        draw(first + 2, termsOfTender());
    }

    /// @dev A last lot that waited for all the others is still in time.
    function test_WhereEveryOtherSecretIsWithheldTheLastDrawsByItsOwn() public {
        closeAndOpen(tenders, first + 2, 0);
        vm.warp(closesAt + 3 days);
        bytes32 seed = Panel.seed(secretOf(tenders, first + 2, 0), tenders.accumulator(first + 2, 0), first + 2, 0);
        vm.assertEq(ballots.seedOf(first + 2, 0), seed);
        draw(first + 2, termsOfTender());
    }

    function test_ACancelledLotDrawsForNobody() public {
        vm.prank(buyer);
        tenders.cancel(first, "reason");
        closeAndOpen(tenders, first + 2, 0);
        _waitsFor(first + 2, first + 1);
        closeAndOpen(tenders, first + 1, 1);
        vm.assertEq(
            ballots.seedOf(first + 2, 0),
            Panel.seed(secretOf(tenders, first + 1, 1), tenders.accumulator(first + 1, 1), first + 1, 0)
        );
    }

    function test_ALotThatClosesLaterDrawsForItself() public {
        vm.prank(buyer);
        tenders.amend(first, termsOfTender(), "", closesAt + 1, "reason");
        closeAndOpen(tenders, first + 2, 0);
        closeAndOpen(tenders, first + 1, 1);
        vm.assertEq(
            ballots.seedOf(first + 2, 0),
            Panel.seed(secretOf(tenders, first + 1, 1), tenders.accumulator(first + 1, 1), first + 1, 0)
        );
        closeAndOpen(tenders, first, 0);
        vm.assertEq(
            ballots.seedOf(first, 0), Panel.seed(secretOf(tenders, first, 0), tenders.accumulator(first, 0), first, 0)
        );
    }

    /// @dev Nothing that happens after the draw moves the seed: ties and reserves go by it.
    function test_TheSeedStays() public {
        _openAll();
        bytes32 seed = ballots.seedOf(first + 2, 0);
        judge(first, termsOfTender(), abi.encodePacked(YES));
        judge(first + 2, termsOfTender(), abi.encodePacked(YES));
        rank(first + 2);
        vm.warp(present() + 30 days);
        vm.assertEq(ballots.seedOf(first + 2, 0), seed);
        fails(first + 1, Failure.NOT_DRAWN);
        vm.assertEq(ballots.seedOf(first + 2, 0), seed);
    }

    function test_ATenderOfAnotherProcurementDrawsForItself() public {
        uint256 other = publish(termsOfTender(), notice(), closesAt);
        sealBid(other, bidOf(1, 300));
        _openAll();
        openBids(other);
        vm.assertEq(
            ballots.seedOf(other, 0), Panel.seed(secretOf(tenders, other, 0), tenders.accumulator(other, 0), other, 0)
        );
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _openAll() private {
        closeAndOpen(tenders, first, 0);
        closeAndOpen(tenders, first + 1, 1);
        closeAndOpen(tenders, first + 2, 0);
    }

    function _waitsFor(uint256 tenderId, uint256 sealed_) private {
        bytes memory refusal = abi.encodeWithSelector(Ballots.BallotsFirstLotSealed.selector, tenderId, sealed_);
        Terms memory terms = tenders.tenderOf(tenderId).method == Method.QUALITY_PRICE ? scoredTerms() : termsOfTender();
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(refusal);
        awards.draw(tenderId, terms, claim);
    }
}
