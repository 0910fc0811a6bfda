// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {Participants} from "../../../contracts/identity/Participants.sol";
import {vm} from "../support/Test.sol";
import {OddToken} from "../support/Tokens.sol";
import {World} from "../support/World.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @dev How agreements end, and what becomes of money that a token does not deliver. Either inspector accepts.
contract ClosingTest is World {
    uint128 private constant PRICE = 1_000;

    OddToken private odd;
    Agreement private agreement;
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        odd = new OddToken();
        currency = address(odd);
        vm.prank(authority);
        participants.grant(Participants.Licence.TREASURY, account("purse"), type(uint48).max);
        tenderId = awardedTender(list(PRICE));
        agreement = agreementFor(tenderId);
        (agreement.payee, agreement.refundTo) = (account("payee"), account("purse"));
        sign(termsOfTender(), agreement);
        odd.mint(buyer, PRICE);
        vm.prank(buyer);
        odd.approve(address(escrow), PRICE);
        vm.prank(buyer);
        escrow.fund(agreement, PRICE);
    }

    // ──────────────────────────────── when ───────────────────────────────────

    function test_ClosesWhenEveryMilestoneIsPaid() public {
        _pay(0);
        _pay(1);
        _refusesToClose(1);
        _pay(2);
        vm.expectEmit(address(escrow));
        emit Escrow.Closed(tenderId, account("purse"), 0, buyer);
        _close(buyer);
        _isClosed(PRICE, 0);
    }

    function test_ReturnsTheRestWhenTheSupplierRenounced() public {
        _pay(0);
        _refusesToClose(2);
        vm.expectEmit(address(escrow));
        emit Escrow.Renounced(tenderId, supplier(1));
        _renounce();
        vm.assertTrue(escrow.accountOf(tenderId).renounced);
        vm.expectEmit(address(escrow));
        emit Escrow.Closed(tenderId, account("purse"), 700, treasury);
        _close(treasury);
        _isClosed(300, 700);
        vm.assertEq(odd.balanceOf(account("purse")), 700);
        vm.assertEq(odd.balanceOf(address(escrow)), 0);
    }

    function test_ReturnsEverythingHalfAYearAfterTheLastDueDate() public {
        uint256 lapses = uint256(agreement.milestones[2].dueAt) + 180 days;
        vm.warp(lapses - 1);
        _refusesToClose(3);
        vm.warp(lapses);
        _close(supplier(1));
        _isClosed(0, PRICE);
    }

    function test_ReportsUntilTheAgreementLapses() public {
        uint256 lapses = uint256(agreement.milestones[2].dueAt) + 180 days;
        vm.warp(lapses);
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowLapsed.selector, tenderId, lapses));
        _report(1);
        vm.warp(lapses - 1);
        _report(1);
    }

    function test_AReportThatWaitsHoldsTheMoneyTwiceAsLong() public {
        _report(1);
        uint256 last = uint256(agreement.milestones[2].dueAt);
        vm.warp(last + 180 days);
        _refusesToClose(3);
        vm.warp(last + 360 days - 1);
        _refusesToClose(3);
        vm.warp(last + 360 days);
        _close(buyer);
        _isClosed(0, PRICE);
    }

    function test_AReturnedReportHoldsNothing() public {
        _report(1);
        vm.warp(uint256(agreement.milestones[2].dueAt) + 180 days);
        vm.prank(member(1));
        escrow.reject(agreement, 1, 1, "reason");
        _refusesToClose(3);
        vm.prank(member(5));
        escrow.reject(agreement, 1, 1, "reason");
        _close(buyer);
        _isClosed(0, PRICE);
    }

    function test_ClosesAnAgreementThatWasNeverFunded() public {
        Agreement memory other = signedAgreement(PRICE);
        vm.prank(supplier(1));
        escrow.renounce(other);
        vm.prank(buyer);
        escrow.close(other);
        vm.assertTrue(escrow.accountOf(other.tenderId).closed);
        vm.assertEq(odd.balanceOf(address(escrow)), PRICE);
    }

    // ──────────────────────────────── who ────────────────────────────────────

    function test_OnlyThePartiesAndTheTreasuryClose() public {
        _renounce();
        address[4] memory others = [member(5), supplier(2), authority, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotAParty.selector, tenderId, others[i]));
            _close(others[i]);
        }
    }

    function test_OnlyTheSupplierRenounces() public {
        address[4] memory others = [buyer, supplier(2), treasury, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotSupplier.selector, tenderId, others[i]));
            vm.prank(others[i]);
            escrow.renounce(agreement);
        }
    }

    function test_NobodyRenouncesTwice() public {
        _renounce();
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowAlreadyRenounced.selector, tenderId));
        _renounce();
    }

    function test_AfterClosingEverythingRefuses() public {
        _report(0);
        _renounce();
        _close(buyer);
        bytes memory refusal = abi.encodeWithSelector(Escrow.EscrowClosed.selector, tenderId);
        vm.expectRevert(refusal);
        vm.prank(buyer);
        escrow.fund(agreement, 1);
        vm.expectRevert(refusal);
        _report(1);
        vm.expectRevert(refusal);
        vm.prank(member(1));
        escrow.accept(agreement, 0, 1);
        vm.expectRevert(refusal);
        vm.prank(member(1));
        escrow.reject(agreement, 0, 1, "reason");
        vm.expectRevert(refusal);
        _renounce();
        vm.expectRevert(refusal);
        _close(buyer);
        _isClosed(0, PRICE);
    }

    // ─────────────────────── money that is not delivered ─────────────────────

    function test_KeepsAPaymentThatIsRefusedForItsPayee() public {
        odd.setRefuses(account("payee"), true);
        _keepsThePayment();
    }

    function test_KeepsAPaymentThatATokenAnswersFalseTo() public {
        odd.setAnswersFalse(true);
        _keepsThePayment();
        odd.setAnswersFalse(false);
    }

    function test_KeptPaymentsAddUpAndAreClaimedOnce() public {
        odd.setRefuses(account("payee"), true);
        _pay(0);
        _pay(1);
        vm.assertEq(escrow.claimableOf(address(odd), account("payee")), 700);
        vm.expectEmit(address(escrow));
        emit Escrow.Claimed(address(odd), account("payee"), stranger, 700);
        vm.prank(account("payee"));
        escrow.claim(address(odd), account("payee"), stranger);
        vm.assertEq(odd.balanceOf(stranger), 700);
        _refusesToClaim(address(odd), account("payee"));
    }

    function test_AnyoneSendsAPayeeItsMoneyAndNobodyElse() public {
        odd.setRefuses(account("payee"), true);
        _pay(0);
        _refusesToClaim(address(odd), supplier(1));
        _refusesToClaim(address(rupiah), account("payee"));
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotThePayee.selector, account("payee"), stranger));
        vm.prank(stranger);
        escrow.claim(address(odd), account("payee"), stranger);
        odd.setRefuses(account("payee"), false);
        vm.prank(stranger);
        escrow.claim(address(odd), account("payee"), account("payee"));
        vm.assertEq(odd.balanceOf(account("payee")), 300);
    }

    function test_AClaimThatIsRefusedStaysClaimable() public {
        odd.setRefuses(account("payee"), true);
        _pay(0);
        vm.expectRevert("refused");
        vm.prank(account("payee"));
        escrow.claim(address(odd), account("payee"), account("payee"));
        odd.setAnswersFalse(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd)));
        vm.prank(account("payee"));
        escrow.claim(address(odd), account("payee"), stranger);
        vm.assertEq(escrow.claimableOf(address(odd), account("payee")), 300);
    }

    function test_ABlockedPayeeBlocksNobodyElse() public {
        Agreement memory other = signedAgreement(PRICE); // paid to supplier 1
        odd.mint(buyer, PRICE);
        vm.prank(buyer);
        odd.approve(address(escrow), PRICE);
        vm.prank(buyer);
        escrow.fund(other, PRICE);
        odd.setRefuses(account("payee"), true);
        _pay(0);
        vm.prank(supplier(1));
        escrow.report(other, 0, "evidence");
        vm.prank(member(1));
        escrow.accept(other, 0, 1);
        vm.assertEq(odd.balanceOf(supplier(1)), 300);
        _pay(1);
        _pay(2);
        _close(buyer);
        vm.assertEq(escrow.claimableOf(address(odd), account("payee")), PRICE);
    }

    function test_KeepsARefundThatIsRefused() public {
        odd.setRefuses(account("purse"), true);
        _renounce();
        vm.expectEmit(address(escrow));
        emit Escrow.Undelivered(address(odd), account("purse"), PRICE);
        _close(buyer);
        _isClosed(0, PRICE);
        vm.assertEq(escrow.claimableOf(address(odd), account("purse")), PRICE);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _keepsThePayment() private {
        _report(0);
        vm.expectEmit(address(escrow));
        emit Escrow.MilestonePaid(tenderId, 0, account("payee"), 300);
        vm.expectEmit(address(escrow));
        emit Escrow.Undelivered(address(odd), account("payee"), 300);
        vm.prank(member(1));
        escrow.accept(agreement, 0, 1);
        vm.assertEq(escrow.claimableOf(address(odd), account("payee")), 300);
        vm.assertEq(escrow.accountOf(tenderId).paid, 300);
        vm.assertEq(odd.balanceOf(address(escrow)), PRICE);
    }

    function _report(uint256 milestone) private {
        vm.prank(supplier(1));
        escrow.report(agreement, milestone, "evidence");
    }

    function _pay(uint256 milestone) private {
        _report(milestone);
        vm.prank(member(1));
        escrow.accept(agreement, milestone, 1);
    }

    function _renounce() private {
        vm.prank(supplier(1));
        escrow.renounce(agreement);
    }

    function _close(address sender) private {
        vm.prank(sender);
        escrow.close(agreement);
    }

    function _refusesToClose(uint256 milestonesLeft) private {
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowUnfinished.selector, tenderId, milestonesLeft));
        _close(buyer);
    }

    function _refusesToClaim(address token, address payee) private {
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNothingToClaim.selector, token, payee));
        vm.prank(payee);
        escrow.claim(token, payee, payee);
    }

    function _isClosed(uint128 paid, uint128 refunded) private view {
        Escrow.Account memory books = escrow.accountOf(tenderId);
        vm.assertTrue(books.closed);
        vm.assertEq(books.paid, paid);
        vm.assertEq(books.refunded, refunded);
        vm.assertEq(books.funded, paid + refunded);
    }
}
