// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {MEMBER} from "../../../contracts/identity/Participants.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Ballots, Question} from "../../../contracts/procurement/Ballots.sol";
import {Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm, Vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev Drawing panels, the second one where the first lacked quorum.
contract DrawTest is World {
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = openedTender(list(300, 200));
    }

    function test_DrawsThePanelByTheReleasedSecret() public {
        OpeningKeys.Claim memory claim = nextClaim();
        uint48 closesAt = uint48(present()) + 3 days;
        bytes32 seed = _seed(secretOf(tenders, tenderId, 0), tenders.accumulator(tenderId, 0), 0);
        vm.expectEmit(true, true, true, false, address(ballots));
        emit Ballots.PanelDrawn(tenderId, 0, Question.RESPONSIVENESS, seed, new uint32[](3), 2, 2, closesAt);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.KeyTaken(claim.keyId, address(ballots), tenderId, 16, claim.x, claim.y);
        vm.recordLogs();
        vm.prank(stranger);
        awards.draw(tenderId, termsOfTender(), claim);

        uint32[] memory seats = ballots.panelOf(tenderId, 0);
        _isDrawn(vm.getRecordedLogs()[0], seed, seats, closesAt);
        vm.assertEq(seats.length, 3);
        Ballots.Round memory round = ballots.roundOf(tenderId, 0);
        vm.assertEq(round.frozenAt, tenders.boxOf(tenderId, 0).closesAt);
        vm.assertEq(round.bidders, 2);
        vm.assertEq(round.voted, 0);
        vm.assertEq(round.ballots, 0);
        vm.assertEq(round.quorum, 2);
        Awards.Award memory award = awards.awardOf(tenderId);
        vm.assertEq(award.rounds, 1);
        vm.assertEq(award.standstillPeriod, 5 days);
        vm.assertEq(award.signingPeriod, 14 days);
        vm.assertEq(ballots.boxOf(tenderId, 16).closesAt, closesAt);
    }

    function test_TheBuyerNeverSits() public {
        setPanel([4, 2, 2], 5);
        uint256 tender = publish();
        sealBids(tender, list(300));
        openBids(tender);
        uint32[] memory seats = draw(tender);
        vm.assertEq(seats.length, 7);
        for (uint256 i = 0; i < seats.length; ++i) {
            vm.assertTrue(seats[i] != 1);
        }
    }

    function test_SitsWhoeverHadASeatAtTheClosing() public {
        setPanel([0, 0, 3], 2);
        uint256 tender = publish();
        sealBids(tender, list(300));
        openBids(tender);
        vm.prank(registrar);
        uint32 newcomer = participants.register("newcomer", MEMBER, account("newcomer"));
        vm.startPrank(authority);
        consortium.admit(newcomer, Consortium.Class.CITIZEN, account("newcomer"));
        consortium.remove(7, "reason");
        vm.stopPrank();
        vm.warp(present() + 1);
        uint32[] memory seats = draw(tender);
        vm.assertEq(seats.length, 2);
        vm.assertEq(uint256(seats[0]) + seats[1], 7 + 8);
    }

    // ──────────────────────────────── refusals ───────────────────────────────

    function test_RefusesEveryPhaseWithoutOpenedBids() public {
        _refusesPhase(99, Phase.NONE);
        uint256 other = publish();
        _refusesPhase(other, Phase.TENDERING);
        vm.warp(tenders.boxOf(other, 0).closesAt);
        _refusesPhase(other, Phase.OPENING);
        vm.warp(tenders.boxOf(other, 0).closesAt + 3 days);
        _refusesPhase(other, Phase.UNSUCCESSFUL);
    }

    function test_RefusesACancelledTender() public {
        uint256 other = publish();
        vm.prank(buyer);
        tenders.cancel(other, "reason");
        _refusesPhase(other, Phase.CANCELLED);
    }

    function test_RefusesOtherTerms() public {
        Terms memory terms = termsOfTender();
        terms.minimumBids = 2;
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsTerms.selector, tenderId));
        awards.draw(tenderId, terms, claim);
    }

    function test_RefusesATakenKey() public {
        OpeningKeys.Claim memory taken = claimOf(0);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysKeyTaken.selector, taken.keyId));
        awards.draw(tenderId, termsOfTender(), taken);
    }

    function test_RefusesASecondPanelWhileTheFirstVotes() public {
        draw(tenderId);
        _refusesRound();
        vm.warp(ballots.boxOf(tenderId, 16).closesAt);
        _refusesRound();
        openBallots(tenderId); // none: without quorum
        draw(tenderId);
        vm.assertEq(awards.awardOf(tenderId).rounds, 2);
    }

    function test_RefusesASecondPanelAfterAQuorum() public {
        uint32[] memory seats = draw(tenderId);
        cast(tenderId, seats[0], hex"0101");
        cast(tenderId, seats[1], hex"0101");
        openBallots(tenderId);
        _refusesRound();
    }

    function test_RefusesEveryPhaseAfterTheRanking() public {
        uint256 other = rankedTender(list(100));
        _refusesPhase(other, Phase.STANDSTILL);
        vm.warp(awards.awardOf(other).standstillEndsAt);
        awards.finalise(other);
        _refusesPhase(other, Phase.AWARDED);
        sign(termsOfTender(), agreementFor(other));
        _refusesPhase(other, Phase.CONTRACTED);
    }

    // ────────────────────────────── two rounds ───────────────────────────────

    function test_ASecondPanelIsDrawnByTheSecretOfTheBallots() public {
        uint32[] memory first = draw(tenderId);
        cast(tenderId, first[0], hex"0101");
        openBallots(tenderId);
        _isIn(Phase.EVALUATION);
        bytes32 seed = _seed(secretOf(ballots, tenderId, 16), ballots.accumulator(tenderId, 16), 1);
        vm.recordLogs();
        uint32[] memory second = draw(tenderId);
        uint48 closesAt = ballots.boxOf(tenderId, 17).closesAt;
        _isDrawn(vm.getRecordedLogs()[0], seed, second, closesAt);
        vm.assertEq(ballots.roundOf(tenderId, 1).frozenAt, tenders.boxOf(tenderId, 0).closesAt);

        cast(tenderId, second[0], hex"0001");
        cast(tenderId, second[1], hex"0001");
        openBallots(tenderId);
        awards.rank(tenderId, 2);
        (uint32 organisation, uint128 price) = awards.winnerOf(tenderId);
        vm.assertEq(organisation, supplierOrganisation(2));
        vm.assertEq(price, 200);
    }

    function test_IsUnsuccessfulWhenTheSecondPanelLacksQuorumToo() public {
        _drawsAndOpens(0);
        uint32[] memory second = draw(tenderId);
        cast(tenderId, second[0], hex"0101");
        openBallots(tenderId);
        _isIn(Phase.UNSUCCESSFUL);
        _refusesPhase(tenderId, Phase.UNSUCCESSFUL);
    }

    function test_OneBallotTooFewIsNoQuorumAndOneMoreIs() public {
        uint32[] memory seats = draw(tenderId);
        cast(tenderId, seats[0], hex"0101");
        openBallots(tenderId);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotEvaluated.selector, tenderId, 0));
        awards.rank(tenderId, 2);
        seats = draw(tenderId);
        cast(tenderId, seats[0], hex"0101");
        cast(tenderId, seats[1], hex"0101");
        openBallots(tenderId);
        awards.rank(tenderId, 2);
        _isIn(Phase.STANDSTILL);
    }

    function test_IsUnsuccessfulWhenNobodyDrawsInTime() public {
        uint48 until = tenders.boxOf(tenderId, 0).closesAt + 10 days;
        vm.warp(until - 1);
        _isIn(Phase.EVALUATION);
        vm.warp(until);
        _refusesPhase(tenderId, Phase.UNSUCCESSFUL);
        vm.warp(until - 1);
        draw(tenderId);
    }

    function test_IsUnsuccessfulWhenNobodyDrawsTheSecondPanelInTime() public {
        _drawsAndOpens(0);
        uint48 until = ballots.boxOf(tenderId, 16).closesAt + 10 days;
        vm.warp(until - 1);
        _isIn(Phase.EVALUATION);
        vm.warp(until);
        _refusesPhase(tenderId, Phase.UNSUCCESSFUL);
        vm.warp(until - 1);
        draw(tenderId);
    }

    function test_IsUnsuccessfulWhenTheKeyOfTheBallotsIsWithheld() public {
        draw(tenderId);
        castAll(tenderId, hex"0101");
        uint48 closesAt = ballots.boxOf(tenderId, 16).closesAt;
        vm.warp(closesAt + 3 days - 1);
        _isIn(Phase.EVALUATION);
        vm.warp(closesAt + 3 days);
        _isIn(Phase.UNSUCCESSFUL);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, tenderId, 16));
        ballots.release(tenderId, 16, secretOf(1));
    }

    function test_IsUnsuccessfulWhenTheSecondKeyIsWithheld() public {
        _drawsAndOpens(0);
        draw(tenderId);
        vm.warp(ballots.boxOf(tenderId, 17).closesAt + 3 days);
        _isIn(Phase.UNSUCCESSFUL);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _drawsAndOpens(uint256 cast_) private {
        uint32[] memory seats = draw(tenderId);
        for (uint256 i = 0; i < cast_; ++i) {
            cast(tenderId, seats[i], hex"0101");
        }
        openBallots(tenderId);
    }

    function _isDrawn(Vm.Log memory log, bytes32 seed, uint32[] memory seats, uint48 closesAt) private pure {
        vm.assertEq(log.topics[0], Ballots.PanelDrawn.selector);
        vm.assertEq(
            keccak256(log.data),
            keccak256(abi.encode(Question.RESPONSIVENESS, seed, seats, uint8(2), uint32(2), closesAt))
        );
    }

    function _seed(uint256 secret, bytes32 acc, uint256 round) private view returns (bytes32) {
        return keccak256(abi.encode(keccak256("Terang panel v1"), secret, acc, tenderId, round));
    }

    function _refusesPhase(uint256 tender, Phase phase) private {
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tender, phase));
        awards.draw(tender, termsOfTender(), claim);
    }

    function _refusesRound() private {
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsRoundRunning.selector, tenderId, 0));
        awards.draw(tenderId, termsOfTender(), claim);
    }

    function _isIn(Phase phase) private view {
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(phase));
    }
}
