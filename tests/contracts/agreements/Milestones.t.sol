// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev Reported, accepted, paid. Two of three inspectors accept; milestones of 300, 400 and 301.
contract MilestonesTest is World {
    uint128 private constant PRICE = 1_001;

    Agreement private agreement;
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = awardedTender(list(PRICE));
        agreement = agreementFor(tenderId);
        agreement.inspectors.push(member(7));
        agreement.approvals = 2;
        agreement.payee = account("payee");
        sign(termsOfTender(), agreement);
    }

    function test_TheSupplierReports() public {
        vm.expectEmit(address(escrow));
        emit Escrow.MilestoneReported(tenderId, 1, 1, "evidence", supplier(1));
        _report(1);
        _stands(1, Escrow.Status.REPORTED, 0, 1);
        _counts(1, 0, 0);
    }

    function test_TheLastAcceptancePaysInTheSameTransaction() public {
        _fund(PRICE);
        _report(1);
        vm.expectEmit(address(escrow));
        emit Escrow.MilestoneApproved(tenderId, 1, member(7), 2);
        _accept(7, 1, 1);
        _stands(1, Escrow.Status.REPORTED, 4, 1);
        vm.assertEq(rupiah.balanceOf(account("payee")), 0);

        vm.expectEmit(address(escrow));
        emit Escrow.MilestoneApproved(tenderId, 1, member(1), 0);
        vm.expectEmit(address(escrow));
        emit Escrow.MilestonePaid(tenderId, 1, account("payee"), 400);
        _accept(1, 1, 1);
        _stands(1, Escrow.Status.PAID, 5, 1);
        _counts(0, 1, 400);
        vm.assertEq(rupiah.balanceOf(account("payee")), 400);
        vm.assertEq(rupiah.balanceOf(address(escrow)), PRICE - 400);
    }

    function test_MilestonesArePaidInAnyOrderAndSumToThePrice() public {
        _fund(PRICE);
        _pay(2);
        _pay(0);
        _pay(1);
        vm.assertEq(rupiah.balanceOf(account("payee")), PRICE);
        _counts(0, 3, PRICE);
    }

    /// @dev With two rejections of three inspectors two acceptances can not come together any more.
    function test_AReportFallsWithTheRejectionThatDecides() public {
        _fund(PRICE);
        _report(0);
        _accept(1, 0, 1);
        vm.expectEmit(address(escrow));
        emit Escrow.MilestoneRejected(tenderId, 0, member(5), "reason");
        _reject(5, 0, 1);
        _stands(0, Escrow.Status.REPORTED, 1, 1);
        vm.assertEq(escrow.milestoneOf(tenderId, 0).rejections, 2);

        vm.expectEmit(address(escrow));
        emit Escrow.MilestoneRejected(tenderId, 0, member(7), "reason");
        vm.expectEmit(address(escrow));
        emit Escrow.MilestoneReturned(tenderId, 0, 1);
        _reject(7, 0, 1);
        _stands(0, Escrow.Status.PENDING, 0, 1);
        vm.assertEq(escrow.milestoneOf(tenderId, 0).rejections, 0);
        _counts(0, 0, 0);
    }

    function test_ANewReportIsInspectedAfresh() public {
        _fund(PRICE);
        _report(0);
        _accept(1, 0, 1);
        _reject(5, 0, 1);
        _reject(7, 0, 1);
        vm.expectEmit(address(escrow));
        emit Escrow.MilestoneReported(tenderId, 0, 2, "evidence", supplier(1));
        _report(0);
        _accept(5, 0, 2); // earlier acceptances and rejections do not count for a new report
        _stands(0, Escrow.Status.REPORTED, 2, 2);
        _accept(1, 0, 2);
        _stands(0, Escrow.Status.PAID, 3, 2);
    }

    function test_OneRejectionDoesNotStopTwoAcceptances() public {
        _fund(PRICE);
        _report(0);
        _reject(5, 0, 1);
        _accept(1, 0, 1);
        _accept(7, 0, 1);
        _stands(0, Escrow.Status.PAID, 5, 1);
    }

    // ─────────────────────────────── the money ───────────────────────────────

    function test_RefusesTheLastAcceptanceOneShort() public {
        _fund(299);
        _report(0);
        _accept(1, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotFunded.selector, tenderId, 299, 300));
        _accept(5, 0, 1);
        _fund(1);
        _accept(5, 0, 1);
        vm.assertEq(rupiah.balanceOf(account("payee")), 300);
    }

    function test_NoAgreementPaysFromAnothersMoney() public {
        Agreement memory other = signedAgreement(PRICE);
        provide(buyer, PRICE);
        vm.prank(buyer);
        escrow.fund(other, PRICE);
        _report(0);
        _accept(1, 0, 1);
        vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotFunded.selector, tenderId, 0, 300));
        _accept(5, 0, 1);
    }

    // ───────────────────────────────── who may ───────────────────────────────

    function test_OnlyTheSupplierReports() public {
        address[5] memory others = [buyer, member(5), supplier(2), treasury, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Escrow.EscrowNotSupplier.selector, tenderId, others[i]));
            vm.prank(others[i]);
            escrow.report(agreement, 0, "evidence");
        }
    }

    function test_OnlyInspectorsAcceptAndReject() public {
        _report(0);
        address[5] memory others = [supplier(1), member(6), treasury, authority, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(Escrow.EscrowNotInspector.selector, tenderId, others[i]);
            vm.expectRevert(refusal);
            vm.prank(others[i]);
            escrow.accept(agreement, 0, 1);
            vm.expectRevert(refusal);
            vm.prank(others[i]);
            escrow.reject(agreement, 0, 1, "reason");
        }
    }

    function test_NoInspectorSpeaksTwice() public {
        _report(0);
        _accept(5, 0, 1);
        _reject(7, 0, 1);
        uint256[2] memory spoken = [uint256(5), 7];
        for (uint256 i = 0; i < spoken.length; ++i) {
            bytes memory refusal =
                abi.encodeWithSelector(Escrow.EscrowAlreadyInspected.selector, tenderId, 0, member(spoken[i]));
            vm.expectRevert(refusal);
            _accept(spoken[i], 0, 1);
            vm.expectRevert(refusal);
            _reject(spoken[i], 0, 1);
        }
    }

    function test_RefusesAnAgreementThatWasNotSigned() public {
        Agreement memory changed = agreement;
        changed.inspectors[0] = stranger;
        bytes memory refusal = abi.encodeWithSelector(Escrow.EscrowNotSigned.selector, tenderId);
        vm.expectRevert(refusal);
        vm.prank(supplier(1));
        escrow.report(changed, 0, "evidence");
        vm.expectRevert(refusal);
        vm.prank(stranger);
        escrow.accept(changed, 0, 1);
        vm.expectRevert(refusal);
        vm.prank(stranger);
        escrow.reject(changed, 0, 1, "reason");
        vm.expectRevert(refusal);
        vm.prank(supplier(1));
        escrow.renounce(changed);
        vm.expectRevert(refusal);
        vm.prank(buyer);
        escrow.close(changed);
    }

    // ──────────────────────── which report, which milestone ──────────────────

    function test_RefusesAnAnswerToAnotherReport() public {
        _report(0);
        _reject(1, 0, 1);
        _reject(5, 0, 1);
        _report(0);
        uint32[3] memory others = [uint32(0), 1, 3];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(Escrow.EscrowOtherReport.selector, tenderId, 0, others[i], 2);
            vm.expectRevert(refusal);
            _accept(1, 0, others[i]);
            vm.expectRevert(refusal);
            _reject(1, 0, others[i]);
        }
    }

    function test_RefusesMilestonesThatDoNotExist() public {
        uint256[2] memory unknown = [uint256(3), type(uint256).max];
        for (uint256 i = 0; i < unknown.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(Escrow.EscrowUnknownMilestone.selector, tenderId, unknown[i]);
            vm.expectRevert(refusal);
            _report(unknown[i]);
            vm.expectRevert(refusal);
            _accept(1, unknown[i], 1);
            vm.expectRevert(refusal);
            _reject(1, unknown[i], 1);
        }
    }

    // ─────────────────────────── forbidden transitions ───────────────────────

    function test_APendingMilestoneIsNeitherAcceptedNorRejected() public {
        bytes memory refusal = _inStatus(Escrow.Status.PENDING);
        vm.expectRevert(refusal);
        _accept(1, 0, 0);
        vm.expectRevert(refusal);
        _reject(1, 0, 0);
    }

    function test_AReportedMilestoneIsNotReportedAgain() public {
        _report(0);
        vm.expectRevert(_inStatus(Escrow.Status.REPORTED));
        _report(0);
    }

    function test_APaidMilestoneStaysPaid() public {
        _fund(PRICE);
        _pay(0);
        bytes memory refusal = _inStatus(Escrow.Status.PAID);
        vm.expectRevert(refusal);
        _report(0);
        vm.expectRevert(refusal);
        _accept(7, 0, 1);
        vm.expectRevert(refusal);
        _reject(7, 0, 1);
        vm.assertEq(rupiah.balanceOf(account("payee")), 300);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _fund(uint128 amount) private {
        provide(buyer, amount);
        vm.prank(buyer);
        escrow.fund(agreement, amount);
    }

    function _report(uint256 milestone) private {
        vm.prank(supplier(1));
        escrow.report(agreement, milestone, "evidence");
    }

    function _accept(uint256 seat, uint256 milestone, uint32 report) private {
        vm.prank(member(seat));
        escrow.accept(agreement, milestone, report);
    }

    function _reject(uint256 seat, uint256 milestone, uint32 report) private {
        vm.prank(member(seat));
        escrow.reject(agreement, milestone, report, "reason");
    }

    function _pay(uint256 milestone) private {
        _report(milestone);
        _accept(1, milestone, 1);
        _accept(5, milestone, 1);
    }

    function _inStatus(Escrow.Status status) private view returns (bytes memory) {
        return abi.encodeWithSelector(Escrow.EscrowMilestoneStatus.selector, tenderId, 0, status);
    }

    function _stands(uint256 milestone, Escrow.Status status, uint16 approvals, uint32 reports) private view {
        Escrow.MilestoneState memory state = escrow.milestoneOf(tenderId, milestone);
        vm.assertEq(uint256(state.status), uint256(status));
        vm.assertEq(state.approvals, approvals);
        vm.assertEq(state.reports, reports);
    }

    function _counts(uint8 reported, uint8 paidMilestones, uint128 paid) private view {
        Escrow.Account memory books = escrow.accountOf(tenderId);
        vm.assertEq(books.reportedMilestones, reported);
        vm.assertEq(books.paidMilestones, paidMilestones);
        vm.assertEq(books.paid, paid);
    }
}
