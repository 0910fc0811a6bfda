// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACT, BID, BUYER, MEMBER, Participants, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Administered} from "../../../contracts/governance/Administered.sol";
import {vm} from "../support/Test.sol";
import {Register} from "./Register.sol";

/// @notice Registration and suspension of organisations.
contract OrganisationsTest is Register {
    address private immutable supplier = account("supplier");

    function test_RegistersAnOrganisationWithAnAccountThatActsAndBids() external {
        vm.expectEmit(address(participants));
        emit Participants.OrganisationRegistered(1, "record", SUPPLIER, registrar);
        vm.expectEmit(address(participants));
        emit Participants.KeyAuthorised(1, supplier, ACT | BID, START, FOREVER, registrar);
        vm.prank(registrar);
        uint32 organisation = participants.register("record", SUPPLIER, supplier);

        vm.assertEq(organisation, 1);
        vm.assertEq(participants.organisationCount(), 1);
        Participants.Organisation memory known = participants.organisationOf(1);
        vm.assertEq(known.record, "record");
        vm.assertEq(known.roles, SUPPLIER);
        vm.assertEq(known.registeredAt, START);
        Participants.Key memory first = participants.keyOf(supplier);
        vm.assertEq(abi.encode(first), abi.encode(Participants.Key(1, ACT | BID, START, FOREVER)));
        vm.assertTrue(participants.isRegistered(1));
    }

    function test_CountsOrganisationsFromOne() external {
        vm.assertEq(register("first", BUYER), 1);
        vm.assertEq(register("second", BUYER), 2);
        vm.assertFalse(participants.isRegistered(0));
        vm.assertFalse(participants.isRegistered(3));
    }

    function test_OnlyARegistrarRegisters() external {
        vm.prank(authority);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.ParticipantsUnlicensed.selector, Participants.Licence.REGISTRAR, authority
            )
        );
        participants.register("record", SUPPLIER, supplier);
    }

    function test_RefusesAnEmptyRecord() external {
        vm.prank(registrar);
        vm.expectRevert(Participants.ParticipantsZeroRecord.selector);
        participants.register(0, SUPPLIER, supplier);
    }

    function test_TakesRolesFromOneToSeven() external {
        vm.startPrank(registrar);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsRoles.selector, 0));
        participants.register("record", 0, supplier);
        for (uint8 roles = 1; roles <= 7; ++roles) {
            participants.register("record", roles, vm.addr(roles));
        }
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsRoles.selector, 8));
        participants.register("record", 8, supplier);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsRoles.selector, 255));
        participants.register("record", 255, supplier);
    }

    function test_RefusesAFirstAccountThatIsZeroOrServesAnother() external {
        vm.startPrank(registrar);
        vm.expectRevert(Participants.ParticipantsZeroAddress.selector);
        participants.register("record", SUPPLIER, address(0));
        participants.register("record", SUPPLIER, supplier);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsKeyTaken.selector, supplier, 1));
        participants.register("other record", SUPPLIER, supplier);
        vm.assertEq(participants.organisationCount(), 1);
    }

    function test_KnowsOnlyRegisteredOrganisations() external {
        register("supplier", SUPPLIER);
        for (uint32 id = 0; id <= 2; id += 2) {
            bytes memory unknown = abi.encodeWithSelector(Participants.ParticipantsUnknownOrganisation.selector, id);
            vm.expectRevert(unknown);
            participants.organisationOf(id);
            vm.startPrank(authority);
            vm.expectRevert(unknown);
            participants.suspend(id, "reason");
            vm.expectRevert(unknown);
            participants.reinstate(id, "reason");
            vm.stopPrank();
            vm.prank(registrar);
            vm.expectRevert(unknown);
            participants.authoriseKey(id, stranger, BID, START, FOREVER, "");
        }
    }

    function test_SuspendsAndReinstates() external {
        uint32 id = register("supplier", SUPPLIER);
        vm.startPrank(authority);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsNotSuspended.selector, id));
        participants.reinstate(id, "reason");

        vm.expectEmit(address(participants));
        emit Participants.OrganisationSuspended(id, "decision");
        participants.suspend(id, "decision");
        vm.assertTrue(participants.isSuspended(id));
        vm.assertEq(participants.suspensionChanges(id), 1);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsAlreadySuspended.selector, id));
        participants.suspend(id, "decision");

        vm.warp(START + 1);
        vm.expectEmit(address(participants));
        emit Participants.OrganisationReinstated(id, "appeal");
        participants.reinstate(id, "appeal");
        vm.assertFalse(participants.isSuspended(id));
        vm.assertEq(participants.suspensionChanges(id), 2);
    }

    function test_OnlyTheAuthoritySuspendsAndReinstates() external {
        uint32 id = register("supplier", SUPPLIER);
        bytes memory refusal = abi.encodeWithSelector(Administered.AdministeredOnlyAuthority.selector, registrar);
        vm.startPrank(registrar);
        vm.expectRevert(refusal);
        participants.suspend(id, "reason");
        vm.expectRevert(refusal);
        participants.reinstate(id, "reason");
    }

    /// @dev Suspended in the second before T: not eligible as of T. In the second T itself: still eligible as of T.
    function test_ASuspensionCountsFromTheSecondAfterIt() external {
        uint32 id = register("supplier", SUPPLIER);
        uint48 time = START + 100;
        vm.warp(time);
        vm.prank(authority);
        participants.suspend(id, "reason");
        _assertBidder(time, id, true);
        _assertBidder(time + 1, id, false);

        vm.warp(time + 50);
        vm.prank(authority);
        participants.reinstate(id, "reason");
        _assertBidder(time, id, true);
        _assertBidder(time + 1, id, false);
        _assertBidder(time + 50, id, false);
        _assertBidder(time + 51, id, true);
    }

    /// @dev Of changes in one second the last counts, and only after that second.
    function test_ChangesOfOneSecondCountAsTheLastOfThem() external {
        uint32 id = register("supplier", SUPPLIER);
        vm.warp(START + 10);
        vm.startPrank(authority);
        participants.suspend(id, "reason");
        participants.reinstate(id, "reason");
        _assertBidder(START + 10, id, true);
        _assertBidder(START + 11, id, true);
        participants.suspend(id, "reason");
        _assertBidder(START + 10, id, true);
        _assertBidder(START + 11, id, false);
        vm.assertEq(participants.suspensionChanges(id), 1);
    }

    function test_ASuspendedOrganisationActsInNoRole() external {
        uint32 id = register("buyer", BUYER);
        address buyer = account("buyer");
        vm.assertEq(participants.actingIn(buyer, BUYER), id);
        vm.prank(authority);
        participants.suspend(id, "reason");
        vm.assertEq(participants.actingIn(buyer, BUYER), 0);
        vm.assertEq(participants.servedBy(buyer, ACT), id);
    }

    function test_AnOrganisationActsOnlyInItsRoles() external {
        for (uint8 roles = 1; roles <= 7; ++roles) {
            vm.prank(registrar);
            uint32 id = participants.register("record", roles, vm.addr(roles));
            for (uint8 role = 1; role <= 4; role *= 2) {
                vm.assertEq(participants.actingIn(vm.addr(roles), role), roles & role == 0 ? 0 : id);
            }
        }
        vm.assertEq(participants.actingIn(stranger, BUYER), 0);
    }

    function test_OnlyASupplierIsEligibleToBid() external {
        uint32 id = register("buyer", BUYER | MEMBER);
        (uint32 organisation, bool eligible) = participants.bidderAt(account("buyer"), START + 1);
        vm.assertEq(organisation, id);
        vm.assertFalse(eligible);
    }

    function test_NeedsAnAuthority() external {
        vm.expectRevert(Administered.AdministeredZeroAuthority.selector);
        deploy("Participants", abi.encode(address(0)));
        vm.assertEq(participants.AUTHORITY(), authority);
    }

    function _assertBidder(uint48 time, uint32 id, bool wanted) private view {
        (uint32 organisation, bool eligible) = participants.bidderAt(account("supplier"), time);
        vm.assertEq(organisation, id);
        vm.assertEq(eligible, wanted);
    }
}
