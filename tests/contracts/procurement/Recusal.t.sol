// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {Ballots, Question} from "../../../contracts/procurement/Ballots.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Phase} from "../../../contracts/procurement/Terms.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";

/// @dev Leaving a panel: the next in the order of the draw takes the place, if there is one.
/// Three agencies may sit and two do; two citizens may and one does.
contract RecusalTest is Procedure {
    uint256 private tenderId;
    uint32[] private seats;

    function setUp() public override {
        super.setUp();
        tenderId = openedTender(list(300, 200));
        seats = draw(tenderId);
    }

    // ──────────────────────────────── reserves ───────────────────────────────

    function test_AReserveOfTheSameClassTakesThePlace() public {
        for (uint256 place = 1; place < 3; ++place) {
            uint32 seat = seats[place];
            uint32 reserve = _leftOut(classOf(seat));
            vm.expectEmit(address(ballots));
            emit Ballots.SeatRecused(tenderId, 0, seat, reserve, "I own the bidder");
            _recuse(seat);
            uint32[] memory now_ = ballots.panelOf(tenderId, 0);
            vm.assertEq(now_[place], reserve);
            vm.assertEq(uint256(classOf(reserve)), uint256(classOf(seat)));
            vm.assertEq(now_[0], seats[0]);
        }
        vm.assertEq(ballots.roundOf(tenderId, 0).reserves[uint8(Consortium.Class.AGENCY)], 1);
        vm.assertEq(ballots.roundOf(tenderId, 0).reserves[uint8(Consortium.Class.CITIZEN)], 1);
    }

    /// @dev Who leaves first gets the first reserve, so leaving chooses nobody: the order is that of the draw.
    function test_ReservesComeInTheOrderOfTheDraw() public {
        setRule(_onePerClass());
        uint256 other = openedTender(list(300));
        uint32[] memory drawn = draw(other);
        uint32[] memory order = new uint32[](3);
        order[0] = drawn[0];
        for (uint256 i = 1; i < 3; ++i) {
            vm.prank(member(order[i - 1]));
            ballots.recuse(other, 0, "reason");
            order[i] = ballots.panelOf(other, 0)[0];
        }
        vm.assertEq(uint256(order[0]) + order[1] + order[2], 2 + 3 + 4);
        vm.assertTrue(order[0] != order[1] && order[1] != order[2] && order[0] != order[2]);
        // the same secret draws three at once in that order
        vm.prank(member(order[2]));
        ballots.recuse(other, 0, "reason");
        vm.assertEq(ballots.panelOf(other, 0)[0], 0, "nobody is left");
    }

    function test_WhereNobodyIsLeftThePlaceStaysEmpty() public {
        _vacate(0);
        vm.assertEq(ballots.panelOf(tenderId, 0)[0], 0);
        vm.assertEq(ballots.panelOf(tenderId, 0).length, 3);
        // the other two are a quorum
        cast(tenderId, seats[1], marking(YES, YES));
        cast(tenderId, seats[2], marking(YES, YES));
        openBallots(tenderId);
        rank(tenderId);
        inPhase(tenderId, Phase.STANDSTILL);
    }

    function test_WhoIsOutNeverComesBackAsAReserve() public {
        _vacate(0);
        _recuse(seats[1]);
        vm.assertEq(ballots.panelOf(tenderId, 0)[1], 0);
        vm.expectRevert(_notOnPanel(seats[0]));
        _recuse(seats[0]);
    }

    // ──────────────────────── ballots and vacated places ─────────────────────

    function test_WhatTheLeavingSeatSealedIsVoidAndTheReservesCounts() public {
        cast(tenderId, seats[0], marking(NO, NO));
        uint32 reserve = _leftOut(Consortium.Class.AGENCY);
        _recuse(seats[0]);
        cast(tenderId, reserve, marking(YES, NO));
        _close();
        vm.expectEmit(address(ballots));
        emit SealedBox.Voided(tenderId, 16, 0, Void.SEAT);
        _open();
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 1);
        vm.assertEq(ballots.tallyOf(tenderId, 0, 0).yes, 1);
        vm.assertEq(ballots.tallyOf(tenderId, 0, 0).no, 0);
    }

    function test_NobodyVotesForAnEmptyPlace() public {
        _vacate(0);
        bytes memory marks = marking(YES, YES);
        bytes32 digest = ballotDigest(tenderId, 0, 0, "reasons", marks);
        bytes memory unsigned = new bytes(65);
        sealPlaintext(ballots, tenderId, 16, ballotPlaintext(0, "reasons", unsigned, marks));
        bytes memory byStranger = signed(key("stranger"), digest);
        sealPlaintext(ballots, tenderId, 16, ballotPlaintext(0, "reasons", byStranger, marks));
        _close();
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit(address(ballots));
            emit SealedBox.Voided(tenderId, 16, i, Void.SEAT);
        }
        _open();
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 0);
    }

    /// @dev A stranger's seat is 0, as an empty place is.
    function test_NobodySealsForAnEmptyPlace() public {
        _vacate(0);
        bytes memory envelope = envelopeOf(ballots, tenderId, 16, ballotPlaintext(0, 0, new bytes(65), marking(0, 0)));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, stranger));
        vm.prank(stranger);
        ballots.seal(tenderId, 16, envelope);
        vm.expectRevert(abi.encodeWithSelector(Ballots.BallotsNotOnPanel.selector, tenderId, 0, stranger));
        vm.prank(stranger);
        ballots.recuse(tenderId, 0, "reason");
    }

    function test_TheReserveMaySealAndTheLeavingSeatNoMore() public {
        uint32 reserve = _leftOut(Consortium.Class.AGENCY);
        bytes memory envelope = envelopeOf(ballots, tenderId, 16, ballotPlaintext(0, 0, new bytes(65), marking(0, 0)));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, member(reserve)));
        vm.prank(member(reserve));
        ballots.seal(tenderId, 16, envelope);
        _recuse(seats[0]);
        vm.prank(member(reserve));
        ballots.seal(tenderId, 16, envelope);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, member(seats[0])));
        vm.prank(member(seats[0]));
        ballots.seal(tenderId, 16, envelope);
    }

    // ───────────────────────────────── refusals ──────────────────────────────

    function test_NobodyLeavesFromTheClosingOn() public {
        uint48 closesAt = ballots.boxOf(tenderId, 16).closesAt;
        vm.warp(closesAt - 1);
        _recuse(seats[0]);
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(Ballots.BallotsClosed.selector, tenderId, 0, closesAt));
        _recuse(seats[1]);
    }

    function test_NobodyElseLeaves() public {
        uint32 outside = _leftOut(Consortium.Class.AGENCY);
        vm.expectRevert(_notOnPanel(outside));
        _recuse(outside);
        vm.expectRevert(_notOnPanel(1));
        _recuse(1);
    }

    /// @dev The account as of the closing of the tender leaves, not the one that the seat moved to since.
    function test_OnlyTheAccountThatVotesLeaves() public {
        vm.prank(member(seats[0]));
        consortium.changeAccount(seats[0], account("moved"));
        vm.expectRevert(abi.encodeWithSelector(Ballots.BallotsNotOnPanel.selector, tenderId, 0, account("moved")));
        vm.prank(account("moved"));
        ballots.recuse(tenderId, 0, "reason");
        _recuse(seats[0]);
    }

    function test_NobodyLeavesARoundThatIsNotDrawn() public {
        vm.expectRevert(abi.encodeWithSelector(Ballots.BallotsClosed.selector, tenderId, 1, 0));
        vm.prank(member(seats[0]));
        ballots.recuse(tenderId, 1, "reason");
    }

    function test_OnlyTheEvaluationDrawsPanels() public {
        uint256 other = openedTender(list(300));
        OpeningKeys.Claim memory claim = nextClaim();
        uint48 closesAt = uint48(present() + 1 days);
        Tenders.Tender memory tender = tenders.tenderOf(other);
        Rule memory rule_ = rules.ruleOf(tender.rule);
        address[2] memory people = [stranger, buyer];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Ballots.BallotsOnlyAwards.selector, people[i]));
            vm.prank(people[i]);
            ballots.draw(other, tender, rule_, 0, Question.RESPONSIVENESS, closesAt, claim);
        }
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _onePerClass() private pure returns (Rule memory rule_) {
        rule_ = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        (rule_.agencies, rule_.citizens, rule_.quorum) = (1, 0, 1);
    }

    function _recuse(uint32 seat) private {
        vm.prank(member(seat));
        ballots.recuse(tenderId, 0, "I own the bidder");
    }

    /// @dev The seat at `place` leaves, and so does every reserve.
    function _vacate(uint256 place) private {
        uint32 seat = seats[place];
        while (seat != 0) {
            _recuse(seat);
            seat = ballots.panelOf(tenderId, 0)[place];
        }
    }

    /// @dev The one seat of a class that may sit and was not drawn.
    function _leftOut(Consortium.Class class) private view returns (uint32) {
        for (uint32 seat = 2; seat <= MEMBERS; ++seat) {
            if (classOf(seat) == class && seat != seats[0] && seat != seats[1] && seat != seats[2]) return seat;
        }
        return 0;
    }

    function _notOnPanel(uint32 seat) private view returns (bytes memory) {
        return abi.encodeWithSelector(Ballots.BallotsNotOnPanel.selector, tenderId, 0, member(seat));
    }

    function _close() private {
        closeAndRelease(ballots, tenderId, 16);
    }

    function _open() private {
        ballots.open(tenderId, 16, sealedIn[address(ballots)][tenderId][16]);
    }
}
