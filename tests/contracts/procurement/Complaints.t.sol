// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {ACT} from "../../../contracts/identity/Participants.sol";
import {Awards, Remedy} from "../../../contracts/procurement/Awards.sol";
import {Reviews} from "../../../contracts/procurement/Reviews.sol";
import {Category, Method, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";
import {OddToken, SilentToken} from "../support/Tokens.sol";

/// @dev Complaining within the standstill, and the deposit until it is paid back. Supplier 2 stands to win at 20,000.
contract ComplaintsTest is Procedure {
    uint256 private tenderId;
    uint256 private endsAt;

    function setUp() public override {
        super.setUp();
        tenderId = rankedTender(list(30_000, 20_000, WITHDRAWN));
        endsAt = awards.awardOf(tenderId).standstillEndsAt;
    }

    // ──────────────────────────────── complaining ────────────────────────────

    function test_ATendererComplainsWithADeposit() public {
        provideDeposit(supplier(1), 200);
        vm.expectEmit(address(reviews));
        emit Reviews.ComplaintFiled(
            1, tenderId, supplierOrganisation(1), 1, "grounds", address(rupiah), 200, supplier(1)
        );
        vm.prank(supplier(1));
        vm.assertEq(reviews.complain(tenderId, termsOfTender(), "grounds"), 1);

        Reviews.Complaint memory complaint = reviews.complaintOf(1);
        vm.assertEq(complaint.tenderer, supplierOrganisation(1));
        vm.assertEq(complaint.award, 1);
        vm.assertEq(uint256(complaint.status), uint256(Reviews.Status.OPEN));
        vm.assertEq(complaint.tenderId, tenderId);
        vm.assertEq(complaint.token, address(rupiah));
        vm.assertEq(complaint.depositor, supplier(1));
        vm.assertEq(complaint.deposit, 200); // one per cent of the winning price
        vm.assertEq(complaint.decideBy, present() + 3 days);
        vm.assertEq(rupiah.balanceOf(address(reviews)), 200);
        vm.assertEq(reviews.openComplaints(tenderId, 1), 1);
        vm.assertEq(reviews.complaintBy(tenderId, 1, supplierOrganisation(1)), 1);
    }

    function test_WhoWithdrewAndTheWinnerMayComplainToo() public {
        complain(tenderId, 3);
        complain(tenderId, 2);
        vm.assertEq(reviews.openComplaints(tenderId, 1), 2);
    }

    function test_AKeyThatMayActComplainsForItsOrganisation() public {
        authorise("lawyer", ACT, uint48(present()), type(uint48).max);
        provideDeposit(account("lawyer"), 200);
        vm.prank(account("lawyer"));
        uint256 complaintId = reviews.complain(tenderId, termsOfTender(), "grounds");
        vm.assertEq(reviews.complaintOf(complaintId).tenderer, supplierOrganisation(1));
        vm.assertEq(reviews.complaintOf(complaintId).depositor, account("lawyer"));
    }

    function test_WithoutADepositInTheRuleComplainingIsFree() public {
        Rule memory rule_ = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        rule_.complaintDeposit = 0;
        setRule(rule_);
        uint256 other = rankedTender(list(30_000, 20_000));
        vm.prank(supplier(1));
        uint256 complaintId = reviews.complain(other, termsOfTender(), "grounds");
        rule(complaintId, Remedy.NONE);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNoDeposit.selector, complaintId));
        reviews.payDeposit(complaintId);
    }

    /// @dev The share is floored, so the deposit on a small price may be nothing.
    function test_TheDepositIsFloored() public {
        vm.assertEq(reviews.complaintOf(complain(rankedTender(list(199)), 1)).deposit, 1);
        vm.assertEq(reviews.complaintOf(complain(rankedTender(list(99)), 1)).deposit, 0);
    }

    // ───────────────────────────────── in time ───────────────────────────────

    function test_ComplainsInTheLastSecondOfTheStandstill() public {
        vm.warp(endsAt - 1);
        complain(tenderId, 1);
    }

    function test_NobodyComplainsFromTheEndOfTheStandstillOn() public {
        for (uint256 late = 0; late < 2; ++late) {
            vm.warp(endsAt + late);
            vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsTooLate.selector, tenderId, endsAt));
            _complain(1, termsOfTender());
        }
    }

    function test_NobodyComplainsInAnotherPhase() public {
        uint256 other = openedTender(list(300));
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsPhase.selector, other, Phase.EVALUATION));
        vm.prank(supplier(1));
        reviews.complain(other, termsOfTender(), "grounds");
        finalise(tenderId);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsPhase.selector, tenderId, Phase.AWARDED));
        _complain(1, termsOfTender());
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsPhase.selector, 99, Phase.NONE));
        vm.prank(supplier(1));
        reviews.complain(99, termsOfTender(), "grounds");
    }

    // ──────────────────────────────── refusals ───────────────────────────────

    function test_OnlyTenderersComplain() public {
        address[3] memory others = [supplier(4), buyer, stranger]; // supplier 4 did not bid
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNotATenderer.selector, tenderId, others[i]));
            vm.prank(others[i]);
            reviews.complain(tenderId, termsOfTender(), "grounds");
        }
    }

    /// @dev Also after the first was dismissed: whoever loses does not try again before another panel.
    function test_ATendererComplainsOnceAboutARanking() public {
        uint256 complaintId = complain(tenderId, 1);
        bytes memory refusal = abi.encodeWithSelector(Reviews.ReviewsAlreadyComplained.selector, tenderId, complaintId);
        vm.expectRevert(refusal);
        _complain(1, termsOfTender());
        rule(complaintId, Remedy.NONE);
        vm.expectRevert(refusal);
        _complain(1, termsOfTender());
    }

    function test_ATendererMayComplainAboutTheNextRanking() public {
        finalise(tenderId);
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        awards.passOver(tenderId);
        rank(tenderId);
        uint256 complaintId = complain(tenderId, 2);
        vm.assertEq(reviews.complaintOf(complaintId).award, 2);
        vm.assertEq(reviews.openComplaints(tenderId, 1), 0);
        vm.assertEq(reviews.openComplaints(tenderId, 2), 1);
    }

    function test_RefusesOtherTerms() public {
        Terms memory terms = termsOfTender();
        terms.currency = address(new OddToken());
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsTerms.selector, tenderId));
        _complain(1, terms);
    }

    function test_RefusesAComplaintWithoutGrounds() public {
        Terms memory terms = termsOfTender();
        vm.expectRevert(Reviews.ReviewsGrounds.selector);
        vm.prank(supplier(1));
        reviews.complain(tenderId, terms, 0);
    }

    function test_WithoutTheDepositThereIsNoComplaint() public {
        Terms memory terms = termsOfTender();
        vm.expectRevert(abi.encodeWithSignature("ERC20InsufficientAllowance(address,uint256,uint256)", reviews, 0, 200));
        vm.prank(supplier(1));
        reviews.complain(tenderId, terms, "grounds");
        vm.assertEq(reviews.openComplaints(tenderId, 1), 0);
        finalise(tenderId);
    }

    // ───────────────────────── nothing is awarded meanwhile ──────────────────

    function test_NothingIsAwardedWhileAComplaintIsOpen() public {
        vm.warp(endsAt - 1);
        uint256 one = complain(tenderId, 1);
        uint256 other = complain(tenderId, 3);
        vm.warp(endsAt + 1 days);
        _notAwarded(2);
        rule(one, Remedy.NONE);
        _notAwarded(1);
        rule(other, Remedy.NONE);
        awards.finalise(tenderId);
        wins(tenderId, 2, 20_000);
    }

    function test_ADismissedComplaintDoesNotShortenTheStandstill() public {
        rule(complain(tenderId, 1), Remedy.NONE);
        vm.warp(endsAt - 1);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsStandstill.selector, tenderId, endsAt));
        awards.finalise(tenderId);
        vm.warp(endsAt);
        awards.finalise(tenderId);
    }

    // ──────────────────────────────── the deposit ────────────────────────────

    function test_ADepositReturnsToWhoGaveItWhoeverAsks() public {
        uint256 complaintId = complain(tenderId, 1);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsStillOpen.selector, complaintId));
        reviews.payDeposit(complaintId);
        rule(complaintId, Remedy.NONE);
        vm.expectEmit(address(reviews));
        emit Reviews.DepositPaid(complaintId, supplier(1), 200);
        vm.prank(stranger);
        reviews.payDeposit(complaintId);
        vm.assertEq(rupiah.balanceOf(supplier(1)), 200);
        vm.assertEq(rupiah.balanceOf(address(reviews)), 0);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNoDeposit.selector, complaintId));
        reviews.payDeposit(complaintId);
    }

    function test_TheDepositOfAnUnknownComplaintIsNobodys() public {
        complain(tenderId, 1);
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsStillOpen.selector, 7));
        reviews.payDeposit(7);
    }

    function test_TheDepositOfAnAbusiveComplaintGoesToTheTreasury() public {
        uint256 complaintId = _abusive();
        address[3] memory others = [supplier(1), buyer, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsNotTreasury.selector, others[i]));
            vm.prank(others[i]);
            reviews.payDeposit(complaintId);
        }
        vm.prank(treasury);
        reviews.payDeposit(complaintId);
        vm.assertEq(rupiah.balanceOf(treasury), 200);
        vm.assertEq(rupiah.balanceOf(address(reviews)), 0);
    }

    /// @dev One of three called it abusive: more than half must.
    function test_OneVoiceDoesNotMakeAComplaintAbusive() public {
        uint256 complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        for (uint256 i = 0; i < 3; ++i) {
            vote(complaintId, seats[i], Remedy.NONE, i == 0);
        }
        reviews.decide(complaintId);
        vm.assertFalse(reviews.complaintOf(complaintId).abusive);
        reviews.payDeposit(complaintId);
        vm.assertEq(rupiah.balanceOf(supplier(1)), 200);
    }

    function test_AnUpheldComplaintGetsItsDepositBack() public {
        uint256 complaintId = complain(tenderId, 1);
        rule(complaintId, Remedy.EXCLUDE);
        reviews.payDeposit(complaintId);
        vm.assertEq(rupiah.balanceOf(supplier(1)), 200);
    }

    // ────────────────────────────── hostile tokens ───────────────────────────

    function test_ATokenThatTakesAFeeIsRefused() public {
        (OddToken odd, uint256 other) = _oddTender();
        odd.setFee(100);
        Terms memory terms = termsOfTender();
        vm.expectRevert(abi.encodeWithSelector(Reviews.ReviewsDeposit.selector, 198, 200));
        vm.prank(supplier(1));
        reviews.complain(other, terms, "grounds");
        vm.assertEq(reviews.openComplaints(other, 1), 0);
    }

    function test_ATokenThatMovesNothingIsRefused() public {
        (OddToken odd, uint256 other) = _oddTender();
        odd.setAnswersFalse(true);
        Terms memory terms = termsOfTender();
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, odd));
        vm.prank(supplier(1));
        reviews.complain(other, terms, "grounds");
    }

    /// @dev It re-enters while the deposit comes in and while it goes out.
    function test_ATokenThatCallsBackGainsNothing() public {
        uint256 first = complain(tenderId, 1);
        rule(first, Remedy.NONE);
        (OddToken odd, uint256 other) = _oddTender();
        bytes memory entered = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        odd.setHook(address(reviews), abi.encodeCall(Reviews.payDeposit, (first)));
        vm.startPrank(supplier(1));
        uint256 complaintId = reviews.complain(other, termsOfTender(), "grounds");
        vm.stopPrank();
        vm.assertEq(odd.hookAnswer(), entered);

        rule(complaintId, Remedy.NONE);
        odd.setHook(address(reviews), abi.encodeCall(Reviews.payDeposit, (complaintId)));
        reviews.payDeposit(complaintId);
        vm.assertEq(odd.hookAnswer(), entered);
        vm.assertEq(odd.balanceOf(supplier(1)), 1_000);
        vm.assertEq(odd.balanceOf(address(reviews)), 0);
    }

    /// @dev Nothing of it is decided while the deposit is on its way: the complaint is on record first.
    function test_ATokenCanNotAwardWhileItPaysTheDeposit() public {
        (OddToken odd, uint256 other) = _oddTender();
        uint256 last = awards.awardOf(other).standstillEndsAt - 1;
        vm.warp(last);
        odd.setHook(address(awards), abi.encodeCall(Awards.finalise, (other)));
        vm.prank(supplier(1));
        reviews.complain(other, termsOfTender(), "grounds");
        vm.assertEq(odd.hookAnswer(), abi.encodeWithSelector(Awards.AwardsStandstill.selector, other, uint48(last + 1)));
        vm.warp(last + 1);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsComplaints.selector, other, 1));
        awards.finalise(other);
    }

    /// @dev Whose account a token refuses waits alone: the decision does not depend on it.
    function test_ARefusedRecipientWaitsForItsDepositAlone() public {
        (OddToken odd, uint256 other) = _oddTender();
        vm.prank(supplier(1));
        uint256 complaintId = reviews.complain(other, termsOfTender(), "grounds");
        odd.setRefuses(supplier(1), true);
        rule(complaintId, Remedy.NONE);
        vm.expectRevert(bytes("refused"));
        reviews.payDeposit(complaintId);
        finalise(other);
        odd.setRefuses(supplier(1), false);
        reviews.payDeposit(complaintId);
        vm.assertEq(odd.balanceOf(supplier(1)), 1_000);
    }

    function test_ATokenThatReturnsNothingServes() public {
        SilentToken silent = new SilentToken();
        currency = address(silent);
        uint256 other = rankedTender(list(30_000, 20_000));
        silent.mint(supplier(1), 200);
        vm.prank(supplier(1));
        uint256 complaintId = reviews.complain(other, termsOfTender(), "grounds");
        rule(complaintId, Remedy.NONE);
        reviews.payDeposit(complaintId);
        vm.assertEq(silent.balanceOf(supplier(1)), 200);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _complain(uint256 number, Terms memory terms) private {
        vm.prank(supplier(number));
        reviews.complain(tenderId, terms, "grounds");
    }

    function _notAwarded(uint256 open) private {
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsComplaints.selector, tenderId, open));
        awards.finalise(tenderId);
    }

    function _abusive() private returns (uint256 complaintId) {
        complaintId = complain(tenderId, 1);
        uint32[] memory seats = reviewers(complaintId);
        for (uint256 i = 0; i < 3; ++i) {
            vote(complaintId, seats[i], Remedy.NONE, i != 0);
        }
        vm.expectEmit(address(reviews));
        emit Reviews.ComplaintClosed(complaintId, tenderId, Reviews.Status.DECIDED, Remedy.NONE, true);
        reviews.decide(complaintId);
    }

    /// @dev A ranked tender in an odd token, of which supplier 1 has a thousand.
    function _oddTender() private returns (OddToken odd, uint256 other) {
        odd = new OddToken();
        currency = address(odd);
        other = rankedTender(list(30_000, 20_000));
        odd.mint(supplier(1), 1_000);
        vm.prank(supplier(1));
        odd.approve(address(reviews), 1_000);
    }
}
