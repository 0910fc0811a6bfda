// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {EscrowHandler} from "../support/EscrowHandler.sol";
import {InvariantTest, vm} from "../support/Test.sol";
import {OddToken} from "../support/Tokens.sol";
import {World} from "../support/World.sol";

/// @dev What must hold of the money of four agreements in two currencies, one of them odd, whatever anybody does.
contract EscrowInvariantsTest is World, InvariantTest {
    OddToken private odd;
    EscrowHandler private handler;

    function setUp() public override {
        super.setUp();
        odd = new OddToken();
        Agreement[] memory four = new Agreement[](4);
        for (uint256 i = 0; i < 4; ++i) {
            currency = i < 2 ? address(rupiah) : address(odd);
            uint256 tenderId = awardedTender(list(uint128(1_000 + 7 * i)));
            four[i] = agreementFor(tenderId);
            if (i % 2 == 1) four[i].approvals = 2;
            if (i == 3) four[i].payee = account("payee");
            sign(termsOfTender(), four[i]);
        }
        handler = new EscrowHandler(escrow, odd, buyer, treasury, supplier(1), stranger, four);
        odd.mint(buyer, 1e9);
        odd.mint(treasury, 1e9);
        provide(buyer, 1e9);
        provide(treasury, 1e9);
        vm.prank(buyer);
        odd.approve(address(escrow), type(uint256).max);
        vm.prank(treasury);
        odd.approve(address(escrow), type(uint256).max);
        targetContract(address(handler));
    }

    /// @dev Funded is what arrived; paid and refunded never exceed it, nor it the price; nothing is held after closing.
    function invariant_EveryAgreementsBooksBalance() public view {
        for (uint256 i = 0; i < 4; ++i) {
            Agreement memory agreement = handler.agreementAt(i);
            Escrow.Account memory books = escrow.accountOf(agreement.tenderId);
            vm.assertEq(books.funded, handler.received(agreement.tenderId));
            vm.assertTrue(books.funded <= agreement.price);
            vm.assertTrue(books.paid + books.refunded <= books.funded);
            if (books.closed) vm.assertEq(books.paid + books.refunded, books.funded);
            else vm.assertEq(books.refunded, 0);
        }
    }

    /// @dev A milestone is paid at most once, and what is paid is the sum of the paid milestones.
    function invariant_EveryMilestoneIsPaidAtMostOnce() public view {
        for (uint256 i = 0; i < 4; ++i) {
            Agreement memory agreement = handler.agreementAt(i);
            Escrow.Account memory books = escrow.accountOf(agreement.tenderId);
            (uint256 sum, uint256 paid, uint256 reported) = (0, 0, 0);
            for (uint256 m = 0; m < 3; ++m) {
                Escrow.Status status = escrow.milestoneOf(agreement.tenderId, m).status;
                bool isPaid = status == Escrow.Status.PAID;
                vm.assertEq(handler.timesPaid(agreement.tenderId, m), isPaid ? 1 : 0);
                if (isPaid) (sum, paid) = (sum + agreement.milestones[m].amount, paid + 1);
                if (status == Escrow.Status.REPORTED) ++reported;
            }
            vm.assertEq(books.paid, sum);
            vm.assertEq(books.paidMilestones, paid);
            vm.assertEq(books.reportedMilestones, reported);
        }
    }

    /// @dev The escrow owns what it holds, what may be claimed, what was donated, and not a unit more or less.
    function invariant_TheEscrowOwnsWhatItOwes() public view {
        vm.assertEq(rupiah.balanceOf(address(escrow)), _owed(address(rupiah)) + handler.donated(address(rupiah)));
        vm.assertEq(odd.balanceOf(address(escrow)), _owed(address(odd)) + handler.donated(address(odd)));
    }

    function invariant_NobodyElseMovesAnything() public view {
        vm.assertTrue(!handler.strangerMoved());
    }

    function invariant_NothingMovesAfterClosing() public view {
        vm.assertTrue(!handler.movedAfterClosing());
    }

    /// @dev Each run ends with everybody settled: no money is ever stuck. Long after the last due date the buyer closes
    /// whatever still waits, and the payees get what was kept for them.
    function afterInvariant() public {
        odd.setFee(0);
        odd.setAnswersFalse(false);
        vm.warp(present() + 10_000 days);
        for (uint256 i = 0; i < 4; ++i) {
            Agreement memory agreement = handler.agreementAt(i);
            odd.setRefuses(agreement.payee, false);
            odd.setRefuses(agreement.refundTo, false);
            if (!escrow.accountOf(agreement.tenderId).closed) {
                vm.prank(buyer);
                escrow.close(agreement);
            }
            _claim(agreement.currency, agreement.payee);
            _claim(agreement.currency, agreement.refundTo);
        }
        invariant_EveryAgreementsBooksBalance();
        vm.assertEq(rupiah.balanceOf(address(escrow)), handler.donated(address(rupiah)));
        vm.assertEq(odd.balanceOf(address(escrow)), handler.donated(address(odd)));
    }

    function _claim(address token, address payee) private {
        if (escrow.claimableOf(token, payee) == 0) return;
        escrow.claim(token, payee, payee);
    }

    function _owed(address token) private view returns (uint256 owed) {
        for (uint256 i = 0; i < 4; ++i) {
            Agreement memory agreement = handler.agreementAt(i);
            if (agreement.currency != token) continue;
            Escrow.Account memory books = escrow.accountOf(agreement.tenderId);
            owed += books.funded - books.paid - books.refunded;
        }
        owed += escrow.claimableOf(token, supplier(1)) + escrow.claimableOf(token, account("payee"))
        + escrow.claimableOf(token, treasury);
    }
}
