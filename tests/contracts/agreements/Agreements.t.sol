// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement, Agreements, Milestone} from "../../../contracts/agreements/Agreements.sol";
import {Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev What may be signed: exactly what was awarded.
contract AgreementsTest is World {
    uint128 private constant PRICE = 1_001;

    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = awardedTender(list(PRICE + 1, PRICE));
    }

    function test_RegistersWhatBothSigned() public {
        Agreement memory agreement = agreementFor(tenderId);
        bytes32 digest = agreements.digestOf(agreement);
        vm.assertTrue(!agreements.isSigned(tenderId));
        vm.assertEq(agreements.hashOf(tenderId), 0);
        vm.expectEmit(address(agreements));
        emit Agreements.AgreementSigned(
            tenderId, BUYER_ORGANISATION, supplierOrganisation(2), buyer, supplier(2), agreement
        );
        vm.prank(stranger);
        agreements.sign(
            termsOfTender(), agreement, buyer, signed(memberKey(1), digest), supplier(2), signed(supplierKey(2), digest)
        );
        vm.assertTrue(agreements.isSigned(tenderId));
        vm.assertEq(agreements.hashOf(tenderId), keccak256(abi.encode(agreement)));
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(Phase.CONTRACTED));
    }

    // ────────────────────────────────── phase ────────────────────────────────

    function test_RefusesAnUnknownTender() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.tenderId = 99;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsPhase.selector, 99, Phase.NONE));
    }

    function test_RefusesBeforeTheAward() public {
        uint256 ranked = rankedTender(list(PRICE));
        _refuses(
            agreementFor(ranked), abi.encodeWithSelector(Agreements.AgreementsPhase.selector, ranked, Phase.STANDSTILL)
        );
    }

    function test_SignsUntilTheLastSecond() public {
        uint48 signBy = awards.awardOf(tenderId).signBy;
        Agreement memory agreement = agreementFor(tenderId);
        vm.warp(signBy + 1);
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsPhase.selector, tenderId, Phase.EVALUATION));
        vm.warp(signBy);
        sign(termsOfTender(), agreement);
    }

    function test_RefusesASecondAgreement() public {
        Agreement memory agreement = agreementFor(tenderId);
        sign(termsOfTender(), agreement);
        agreement.documents = "other documents";
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsPhase.selector, tenderId, Phase.CONTRACTED));
    }

    // ─────────────────────────────── as awarded ──────────────────────────────

    function test_RefusesOtherTerms() public {
        Terms memory terms = termsOfTender();
        terms.plan = new uint16[](1);
        terms.plan[0] = 10_000;
        Agreement memory agreement = agreementFor(tenderId);
        vm.expectRevert(abi.encodeWithSelector(Agreements.AgreementsTenderTerms.selector, tenderId));
        agreements.sign(terms, agreement, buyer, "", supplier(2), "");
    }

    function test_RefusesAnotherBuyer() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.buyer = 2;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsBuyer.selector, 2, BUYER_ORGANISATION));
    }

    function test_RefusesASupplierWhoDidNotWin() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.supplier = supplierOrganisation(1);
        _refuses(
            agreement,
            abi.encodeWithSelector(
                Agreements.AgreementsSupplier.selector, supplierOrganisation(1), supplierOrganisation(2)
            )
        );
    }

    function test_RefusesAnotherPrice() public {
        uint128[4] memory prices = [PRICE - 1, PRICE + 1, 0, type(uint128).max];
        for (uint256 i = 0; i < prices.length; ++i) {
            Agreement memory agreement = agreementFor(tenderId);
            agreement.price = prices[i];
            agreement.milestones = milestonesOf(prices[i], agreement.startsAt);
            _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsPrice.selector, prices[i], PRICE));
        }
    }

    function test_RefusesAnotherCurrency() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.currency = stranger;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsCurrency.selector, stranger, address(rupiah)));
    }

    function test_RefusesAnAgreementWithoutDocuments() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.documents = 0;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsDocuments.selector));
    }

    function test_RefusesMoneyThatGoesNowhere() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.payee = address(0);
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsZeroPayee.selector));
    }

    function test_WhatIsNotSpentReturnsToATreasury() public {
        address[4] memory others = [address(0), buyer, supplier(2), stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            Agreement memory agreement = agreementFor(tenderId);
            agreement.refundTo = others[i];
            _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsRefundTo.selector, others[i]));
        }
    }

    function test_StartsWithinAYearOfTheSignature() public {
        (uint256 earliest, uint256 latest) = (present() - 366 days, present() + 366 days);
        uint256[4] memory wrong = [earliest - 1, latest + 1, 0, type(uint48).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Agreement memory other = agreementFor(tenderId);
            other.startsAt = uint48(wrong[i]);
            _refuses(other, abi.encodeWithSelector(Agreements.AgreementsStart.selector, wrong[i], earliest, latest));
        }
        Agreement memory agreement = agreementFor(tenderId);
        agreement.startsAt = uint48(latest);
        agreement.milestones = milestonesOf(PRICE, uint48(latest));
        sign(termsOfTender(), agreement);
    }

    function test_MayHaveBegunAYearBeforeTheSignature() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.startsAt = uint48(present() - 366 days);
        sign(termsOfTender(), agreement);
    }

    // ─────────────────────────────── milestones ──────────────────────────────

    function test_RefusesMoreOrFewerMilestonesThanPlanned() public {
        uint256[3] memory counts = [uint256(0), 2, 4];
        for (uint256 i = 0; i < counts.length; ++i) {
            Agreement memory agreement = agreementFor(tenderId);
            agreement.milestones = new Milestone[](counts[i]);
            _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsMilestones.selector, counts[i], 3));
        }
    }

    function test_RoundsDownAndLeavesTheRestToTheLast() public view {
        Milestone[] memory milestones = agreementFor(tenderId).milestones;
        vm.assertEq(milestones[0].amount, 300);
        vm.assertEq(milestones[1].amount, 400);
        vm.assertEq(milestones[2].amount, 301);
    }

    function test_RefusesAnAmountOneOffThePlan() public {
        for (uint256 i = 0; i < 3; ++i) {
            uint128 planned = agreementFor(tenderId).milestones[i].amount;
            for (uint128 given = planned - 1; given <= planned + 1; given += 2) {
                Agreement memory agreement = agreementFor(tenderId);
                agreement.milestones[i].amount = given;
                _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsAmount.selector, i, given, planned));
            }
        }
    }

    function test_RefusesADueDateBeforeTheStart() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.milestones[0].dueAt = agreement.startsAt - 1;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsDueDate.selector, 0, agreement.startsAt - 1));
    }

    function test_RefusesDueDatesThatGoBack() public {
        Agreement memory agreement = agreementFor(tenderId);
        uint48 dueAt = agreement.milestones[1].dueAt - 1;
        agreement.milestones[2].dueAt = dueAt;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsDueDate.selector, 2, dueAt));
    }

    function test_AllMayBeDueAtTheStart() public {
        Agreement memory agreement = agreementFor(tenderId);
        for (uint256 i = 0; i < 3; ++i) {
            agreement.milestones[i].dueAt = agreement.startsAt;
        }
        sign(termsOfTender(), agreement);
    }

    function test_RefusesALastDueDateThatIsPast() public {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.startsAt = uint48(block.timestamp - 1);
        for (uint256 i = 0; i < 3; ++i) {
            agreement.milestones[i].dueAt = agreement.startsAt;
        }
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsDueDate.selector, 2, agreement.startsAt));
        agreement.milestones[2].dueAt = uint48(block.timestamp);
        sign(termsOfTender(), agreement);
    }

    function test_RefusesATermOfMoreThanACentury() public {
        Agreement memory agreement = agreementFor(tenderId);
        uint48 last = agreement.startsAt + 36_525 days;
        agreement.milestones[2].dueAt = last + 1;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsDueDate.selector, 2, last + 1));
        agreement.milestones[2].dueAt = last;
        sign(termsOfTender(), agreement);
    }

    // ─────────────────────────────── inspectors ──────────────────────────────

    function test_RefusesApprovalsThatInspectorsCanNotGive() public {
        _refusesInspectors(0, 0);
        _refusesInspectors(0, 1);
        _refusesInspectors(2, 0);
        _refusesInspectors(2, 3);
        _refusesInspectors(17, 1);
        _refusesInspectors(17, 17);
    }

    function test_SixteenInspectorsMayAllBeNeeded() public {
        Agreement memory agreement = agreementFor(tenderId);
        (agreement.inspectors, agreement.approvals) = (_inspectors(16), 16);
        sign(termsOfTender(), agreement);
    }

    function test_RefusesTheZeroInspector() public {
        _refusesInspector(address(0));
    }

    function test_RefusesTheSameInspectorTwice() public {
        _refusesInspector(agreementFor(tenderId).inspectors[0]);
    }

    function test_RefusesTheSupplierAsItsOwnInspector() public {
        _refusesInspector(supplier(2));
    }

    function test_RefusesAFormerKeyOfTheSupplierAsInspector() public {
        vm.prank(supplier(2));
        participants.revokeKey(supplier(2));
        _refusesInspector(supplier(2));
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev Refused before any signature is looked at.
    function _refuses(Agreement memory agreement, bytes memory refusal) private {
        vm.expectRevert(refusal);
        agreements.sign(termsOfTender(), agreement, buyer, "", supplier(2), "");
    }

    function _refusesInspectors(uint256 count, uint8 approvals) private {
        Agreement memory agreement = agreementFor(tenderId);
        (agreement.inspectors, agreement.approvals) = (_inspectors(count), approvals);
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsInspectors.selector, count, approvals, 16));
    }

    function _refusesInspector(address second) private {
        Agreement memory agreement = agreementFor(tenderId);
        agreement.inspectors[1] = second;
        _refuses(agreement, abi.encodeWithSelector(Agreements.AgreementsInspector.selector, second));
    }

    function _inspectors(uint256 count) private pure returns (address[] memory inspectors) {
        inspectors = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            inspectors[i] = address(uint160(1 + i));
        }
    }
}

/// @dev Any price and plan: the parts sum to the price.
contract MilestonePlansTest is World {
    uint16[] private _plan;

    function termsOfTender() internal view override returns (Terms memory terms) {
        terms = super.termsOfTender();
        terms.plan = _plan;
    }

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_PartsSumToThePrice(uint128 seed, uint256 plan) public {
        uint128 price = seed == 0 ? 1 : seed == type(uint128).max ? seed - 1 : seed;
        uint16 left = 10_000;
        uint256 parts = plan % 32 + 1;
        for (uint256 i = 1; i < parts && left > 1; ++i) {
            uint16 part = uint16(uint256(keccak256(abi.encode(plan, i))) % (left - 1)) + 1;
            _plan.push(part);
            left -= part;
        }
        _plan.push(left);

        uint256 tenderId = awardedTender(list(price));
        Agreement memory agreement = agreementFor(tenderId);
        agreement.milestones = new Milestone[](_plan.length);
        uint256 sum;
        for (uint256 i = 0; i < _plan.length; ++i) {
            uint256 amount = i + 1 == _plan.length ? price - sum : uint256(price) * _plan[i] / 10_000;
            agreement.milestones[i] = Milestone(uint128(amount), agreement.startsAt, "part");
            sum += amount;
        }
        vm.assertEq(sum, price);
        sign(termsOfTender(), agreement);
    }
}
