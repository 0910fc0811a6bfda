// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {vm} from "../support/Test.sol";
import {OddToken, SilentToken} from "../support/Tokens.sol";
import {World} from "../support/World.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @dev Money in, with tokens that keep their word.
contract FundingTest is World {
    uint128 private constant PRICE = 1_000;

    Agreement private agreement;

    function setUp() public override {
        super.setUp();
        agreement = signedAgreement(PRICE);
    }

    function test_TheBuyerFunds() public {
        provide(buyer, PRICE);
        vm.expectEmit(address(escrow));
        emit Escrow.Funded(agreement.tenderId, buyer, 400);
        vm.prank(buyer);
        escrow.fund(agreement, 400);
        vm.assertEq(escrow.accountOf(agreement.tenderId).funded, 400);
        vm.assertEq(rupiah.balanceOf(address(escrow)), 400);
        vm.assertEq(rupiah.balanceOf(buyer), PRICE - 400);
    }

    function test_TheTreasuryFundsForTheBuyer() public {
        provide(treasury, PRICE);
        vm.prank(treasury);
        escrow.fund(agreement, PRICE);
        vm.assertEq(escrow.accountOf(agreement.tenderId).funded, PRICE);
    }

    function test_RefusesMoneyOfAnybodyElse() public {
        address[4] memory others = [supplier(1), member(5), authority, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            provide(others[i], PRICE);
            vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotAPayer.selector, agreement.tenderId, others[i]));
            vm.prank(others[i]);
            escrow.fund(agreement, PRICE);
        }
    }

    function test_RefusesNothing() public {
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowZeroAmount.selector));
        vm.prank(buyer);
        escrow.fund(agreement, 0);
    }

    function test_FundsInPartsUpToThePrice() public {
        provide(buyer, PRICE + 1);
        vm.prank(buyer);
        escrow.fund(agreement, 1);
        vm.prank(buyer);
        escrow.fund(agreement, PRICE - 1);
        _refusesMore(1);
    }

    function test_RefusesMoreThanThePrice() public {
        provide(buyer, uint256(type(uint128).max) + 1);
        _refusesMore(PRICE + 1);
        _refusesMore(type(uint128).max);
    }

    function test_RefusesWhatThePayerDidNotAllow() public {
        provide(buyer, 5);
        bytes4 selector = IERC20Errors.ERC20InsufficientAllowance.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, escrow, 5, 6));
        vm.prank(buyer);
        escrow.fund(agreement, 6);
    }

    function test_RefusesAnAgreementThatWasNotSigned() public {
        provide(buyer, PRICE);
        Agreement memory changed = agreement;
        changed.payee = stranger;
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotSigned.selector, agreement.tenderId));
        vm.prank(buyer);
        escrow.fund(changed, PRICE);
        changed.tenderId = 99;
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotSigned.selector, 99));
        vm.prank(buyer);
        escrow.fund(changed, PRICE);
    }

    function _refusesMore(uint128 amount) private {
        uint256 funded = uint256(escrow.accountOf(agreement.tenderId).funded) + amount;
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowOverfunded.selector, agreement.tenderId, funded, PRICE));
        vm.prank(buyer);
        escrow.fund(agreement, amount);
    }
}

/// @dev Money in, with tokens that do not.
contract OddFundingTest is World {
    uint128 private constant PRICE = 1_000;

    OddToken private odd;
    Agreement private agreement;

    function setUp() public override {
        super.setUp();
        odd = new OddToken();
        currency = address(odd);
        agreement = signedAgreement(PRICE);
        odd.mint(buyer, 10 * PRICE);
        vm.prank(buyer);
        odd.approve(address(escrow), type(uint256).max);
    }

    function test_WhatArrivesIsWhatCounts() public {
        odd.setFee(100); // one per cent
        vm.expectEmit(address(escrow));
        emit Escrow.Funded(agreement.tenderId, buyer, 990);
        vm.prank(buyer);
        escrow.fund(agreement, PRICE);
        vm.assertEq(escrow.accountOf(agreement.tenderId).funded, 990);
        vm.assertEq(odd.balanceOf(address(escrow)), 990);
    }

    function test_RefusesMoneyOfWhichNothingArrives() public {
        odd.setFee(10_000);
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowZeroAmount.selector));
        vm.prank(buyer);
        escrow.fund(agreement, PRICE);
    }

    function test_RefusesATokenThatAnswersFalse() public {
        odd.setAnswersFalse(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(odd)));
        vm.prank(buyer);
        escrow.fund(agreement, PRICE);
    }

    function test_TakesATokenThatAnswersNothing() public {
        SilentToken silent = new SilentToken();
        currency = address(silent);
        Agreement memory other = signedAgreement(PRICE);
        silent.mint(buyer, PRICE);
        vm.prank(buyer);
        escrow.fund(other, PRICE);
        vm.assertEq(silent.balanceOf(address(escrow)), PRICE);
        vm.assertEq(escrow.accountOf(other.tenderId).funded, PRICE);
    }

    function test_ATokenThatCallsBackReachesNothing() public {
        bytes[7] memory calls = [
            abi.encodeCall(Escrow.fund, (agreement, 1)),
            abi.encodeCall(Escrow.report, (agreement, 0, "evidence")),
            abi.encodeCall(Escrow.accept, (agreement, 0, 1)),
            abi.encodeCall(Escrow.reject, (agreement, 0, 1, "reason")),
            abi.encodeCall(Escrow.renounce, (agreement)),
            abi.encodeCall(Escrow.close, (agreement)),
            abi.encodeCall(Escrow.claim, (address(odd), address(odd), address(odd)))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            odd.setHook(address(escrow), calls[i]);
            vm.prank(buyer);
            escrow.fund(agreement, 1);
            vm.assertEq(
                keccak256(odd.hookAnswer()),
                keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector))
            );
        }
        vm.assertEq(escrow.accountOf(agreement.tenderId).funded, calls.length);
    }
}
