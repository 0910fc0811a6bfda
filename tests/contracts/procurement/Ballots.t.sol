// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {MEMBER} from "../../../contracts/identity/Participants.sol";
import {Ballots} from "../../../contracts/procurement/Ballots.sol";
import {Marks} from "../../../contracts/procurement/Marks.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {WalletMock} from "../support/Wallets.sol";
import {World} from "../support/World.sol";

/// @dev What of the sealed ballots counts, and for which reason the rest does not.
contract BallotsTest is World {
    uint256 private constant STAGE = 16;

    uint256 private tenderId;
    uint32[] private panel;

    function setUp() public override {
        super.setUp();
        tenderId = openedTender(list(300, 200, 100));
        panel = draw(tenderId);
    }

    function test_ABallotCountsWithItsReasons() public {
        cast(tenderId, panel[1], hex"0102ff");
        closeAndRelease(ballots, tenderId, STAGE);
        vm.expectEmit(address(ballots));
        emit Ballots.BallotOpened(
            tenderId, 0, panel[1], 0, keccak256(abi.encode("reasons", uint256(panel[1]))), hex"0102ff"
        );
        ballots.open(tenderId, STAGE, _sealed());

        Ballots.Round memory round = ballots.roundOf(tenderId, 0);
        vm.assertEq(round.ballots, 1);
        vm.assertEq(round.voted, 2);
        _tallies(0, 1, 0, 0, 0);
        _tallies(1, 0, 1, 0, 0);
        _tallies(2, 0, 0, 0, 1);
    }

    function test_BallotsAddUp() public {
        cast(tenderId, panel[0], hex"0101ff");
        cast(tenderId, panel[1], hex"0002ff");
        cast(tenderId, panel[2], hex"0001ff");
        openBallots(tenderId);
        _tallies(0, 1, 0, 2, 0);
        _tallies(1, 2, 1, 0, 0);
        _tallies(2, 0, 0, 0, 3);
        vm.assertEq(ballots.roundOf(tenderId, 0).voted, 7);
    }

    // ────────────────────────────── who may seal ─────────────────────────────

    function test_AMemberSealsWithItsOwnAccount() public {
        vm.prank(member(panel[0]));
        ballots.seal(tenderId, STAGE, new bytes(60));
        vm.assertEq(ballots.sealedBy(tenderId, STAGE, panel[0]), 1);
    }

    function test_OnlyThePanelSeals() public {
        address[3] memory others = [buyer, supplier(1), stranger]; // the buyer's seat is not on the panel
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, others[i]));
            vm.prank(others[i]);
            ballots.seal(tenderId, STAGE, new bytes(60));
        }
    }

    function test_RefusesAnEnvelopeLongerThanABallot() public {
        uint256 most = 34 + 101 + 3;
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxLength.selector, most + 1, 35, most));
        vm.prank(relay);
        ballots.seal(tenderId, STAGE, new bytes(most + 1));
    }

    function test_RefusesABoxThatIsNotDrawn() public {
        uint256[3] memory stages = [uint256(0), 15, 17];
        for (uint256 i = 0; i < stages.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxUnknown.selector, tenderId, stages[i]));
            vm.prank(relay);
            ballots.seal(tenderId, stages[i], new bytes(60));
        }
    }

    function test_RefusesABallotFromTheClosingOn() public {
        uint48 closesAt = ballots.boxOf(tenderId, STAGE).closesAt;
        vm.warp(closesAt - 1);
        cast(tenderId, panel[0], hex"010101");
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxClosed.selector, tenderId, STAGE, closesAt));
        vm.prank(relay);
        ballots.seal(tenderId, STAGE, new bytes(60));
    }

    // ─────────────────────────────── the message ─────────────────────────────

    function test_VoidsABallotThatLeavesABidOut() public {
        cast(tenderId, panel[0], hex"0101");
        _opensVoid(0, Void.LENGTH);
    }

    function test_VoidsABallotWithoutMarks() public {
        sealPlaintext(ballots, tenderId, STAGE, new bytes(1));
        _opensVoid(0, Void.LENGTH);
    }

    function test_VoidsASeatThatIsNotOnThePanel() public {
        cast(tenderId, 1, hex"010101"); // the buyer's
        _opensVoid(0, Void.SEAT);
    }

    function test_VoidsTheSeatZero() public {
        cast(tenderId, 0, hex"010101");
        _opensVoid(0, Void.SEAT);
    }

    function test_VoidsAnUnknownMark() public {
        cast(tenderId, panel[0], hex"010301");
        _opensVoid(0, Void.MARKS);
    }

    function test_VoidsTheMarkNextToRecused() public {
        cast(tenderId, panel[0], hex"0101fe");
        _opensVoid(0, Void.MARKS);
    }

    function test_VoidsASecondBallotOfASeat() public {
        cast(tenderId, panel[0], hex"010101");
        cast(tenderId, panel[0], hex"000000");
        _opensVoid(1, Void.REPEATED);
        _tallies(0, 1, 0, 0, 0);
    }

    function test_ACopiedBallotChangesNothing() public {
        cast(tenderId, panel[0], hex"010101");
        sealEnvelope(ballots, tenderId, STAGE, _sealed()[0]);
        _opensVoid(1, Void.REPEATED);
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 1);
    }

    function test_AVoidBallotLeavesTheSeatItsVote() public {
        cast(tenderId, panel[0], hex"030303");
        cast(tenderId, panel[0], hex"010101");
        openBallots(tenderId);
        _tallies(0, 1, 0, 0, 0);
    }

    // ─────────────────────────────── signatures ──────────────────────────────

    function test_VoidsABallotSignedByAnotherMember() public {
        _sealsSignedBy(memberKey(panel[1]));
        _opensVoid(0, Void.SIGNATURE);
    }

    function test_VoidsMarksChangedAfterSigning() public {
        bytes memory signature = signed(memberKey(panel[0]), ballotDigest(tenderId, 0, panel[0], "why", hex"010101"));
        sealPlaintext(ballots, tenderId, STAGE, ballotPlaintext(panel[0], "why", signature, hex"010100"));
        _opensVoid(0, Void.SIGNATURE);
    }

    function test_VoidsReasonsChangedAfterSigning() public {
        bytes memory signature = signed(memberKey(panel[0]), ballotDigest(tenderId, 0, panel[0], "why", hex"010101"));
        sealPlaintext(ballots, tenderId, STAGE, ballotPlaintext(panel[0], "not", signature, hex"010101"));
        _opensVoid(0, Void.SIGNATURE);
    }

    function test_VoidsABallotSignedForAnotherTender() public {
        _sealsSigned(ballotDigest(tenderId + 1, 0, panel[0], "why", hex"010101"));
        _opensVoid(0, Void.SIGNATURE);
    }

    function test_VoidsABallotSignedForAnotherRound() public {
        _sealsSigned(ballotDigest(tenderId, 1, panel[0], "why", hex"010101"));
        _opensVoid(0, Void.SIGNATURE);
    }

    function test_ABallotSignedForExactlyThisCounts() public {
        _sealsSigned(ballotDigest(tenderId, 0, panel[0], "why", hex"010101"));
        openBallots(tenderId);
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 1);
    }

    function test_AWalletThatSaysYesCastsNoBallot() public {
        vm.etch(member(panel[0]), address(new WalletMock()).code);
        _sealsSignedBy(memberKey(panel[1]));
        _opensVoid(0, Void.SIGNATURE);
    }

    // ─────────────────────── seats as of the tender's closing ────────────────

    function test_AnAccountChangedAfterTheClosingStillVotes() public {
        _changesAccount();
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxSender.selector, account("new account")));
        vm.prank(account("new account"));
        ballots.seal(tenderId, STAGE, new bytes(60));
        cast(tenderId, panel[0], hex"010101");
        openBallots(tenderId);
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 1);
    }

    function test_VoidsTheAccountThatCameAfterTheClosing() public {
        _changesAccount();
        _sealsSignedBy(key("new account"));
        _opensVoid(0, Void.SIGNATURE);
    }

    function test_ASeatRemovedAfterTheClosingStillVotes() public {
        vm.prank(authority);
        consortium.remove(panel[0], "reason");
        cast(tenderId, panel[0], hex"010101");
        openBallots(tenderId);
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 1);
    }

    function test_AllSixteenSeatsOfTheLargestPanelVote() public {
        for (uint256 seat = 9; seat <= 21; ++seat) {
            vm.prank(registrar);
            uint32 organisation = participants.register(keccak256(abi.encode("member", seat)), MEMBER, member(seat));
            vm.prank(authority);
            consortium.admit(organisation, Consortium.Class.AGENCY, member(seat));
        }
        setPanel([16, 0, 0], 16);
        tenderId = publish();
        sealBids(tenderId, list(300, 200, 100));
        openBids(tenderId);
        vm.assertEq(draw(tenderId).length, 16);
        castAll(tenderId, hex"0100ff");
        openBallots(tenderId);
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, 16);
        vm.assertEq(ballots.roundOf(tenderId, 0).voted, type(uint16).max);
        _tallies(0, 16, 0, 0, 0);
        _tallies(1, 0, 0, 16, 0);
        _tallies(2, 0, 0, 0, 16);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _opensVoid(uint256 index, Void reason) private {
        closeAndRelease(ballots, tenderId, STAGE);
        vm.expectEmit(address(ballots));
        emit SealedBox.Voided(tenderId, STAGE, index, reason);
        ballots.open(tenderId, STAGE, _sealed());
        vm.assertEq(ballots.roundOf(tenderId, 0).ballots, index);
    }

    function _sealed() private view returns (bytes[] memory) {
        return sealedIn[address(ballots)][tenderId][STAGE];
    }

    function _sealsSigned(bytes32 digest) private {
        bytes memory signature = signed(memberKey(panel[0]), digest);
        sealPlaintext(ballots, tenderId, STAGE, ballotPlaintext(panel[0], "why", signature, hex"010101"));
    }

    function _sealsSignedBy(uint256 signer) private {
        bytes memory signature = signed(signer, ballotDigest(tenderId, 0, panel[0], "why", hex"010101"));
        sealPlaintext(ballots, tenderId, STAGE, ballotPlaintext(panel[0], "why", signature, hex"010101"));
    }

    /// @dev In the second in which the tender closed, as soon as its secret may come out.
    function _changesAccount() private {
        vm.assertEq(present(), tenders.boxOf(tenderId, 0).closesAt);
        vm.prank(member(panel[0]));
        consortium.changeAccount(panel[0], account("new account"));
    }

    function _tallies(uint256 position, uint8 yes, uint8 low, uint8 no, uint8 recused) private view {
        Marks.Tally memory tally = ballots.tallyOf(tenderId, 0, position);
        vm.assertEq(tally.yes, yes);
        vm.assertEq(tally.yesAlthoughLow, low);
        vm.assertEq(tally.no, no);
        vm.assertEq(tally.recused, recused);
    }
}
