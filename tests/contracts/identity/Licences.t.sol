// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Administered} from "../../../contracts/governance/Administered.sol";
import {Participants} from "../../../contracts/identity/Participants.sol";
import {vm} from "../support/Test.sol";
import {Register} from "./Register.sol";

/// @notice Licences of registrars, treasuries and relays.
contract LicencesTest is Register {
    Participants.Licence private constant RELAY = Participants.Licence.RELAY;

    function test_LicensesFromNowUntilJustBeforeItsEnd() external {
        vm.expectEmit(address(participants));
        emit Participants.LicenceGranted(RELAY, relay, START, START + 10);
        vm.prank(authority);
        participants.grant(RELAY, relay, START + 10);
        vm.assertEq(
            abi.encode(participants.licenceOf(RELAY, relay)), abi.encode(Participants.Validity(START, START + 10))
        );
        vm.warp(START - 1);
        vm.assertFalse(participants.isLicensed(RELAY, relay));
        vm.warp(START);
        vm.assertTrue(participants.isLicensed(RELAY, relay));
        vm.warp(START + 9);
        vm.assertTrue(participants.isLicensed(RELAY, relay));
        vm.warp(START + 10);
        vm.assertFalse(participants.isLicensed(RELAY, relay));
    }

    function test_ALicenceIsOfOneKindAndOneAccount() external {
        vm.prank(authority);
        participants.grant(RELAY, relay, FOREVER);
        vm.assertFalse(participants.isLicensed(Participants.Licence.REGISTRAR, relay));
        vm.assertFalse(participants.isLicensed(Participants.Licence.TREASURY, relay));
        vm.assertFalse(participants.isLicensed(RELAY, registrar));
    }

    function test_RefusesUnsoundLicences() external {
        vm.startPrank(authority);
        vm.expectRevert(Participants.ParticipantsZeroAddress.selector);
        participants.grant(RELAY, address(0), FOREVER);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsEmptyValidity.selector, START, START));
        participants.grant(RELAY, relay, START);
        participants.grant(RELAY, relay, START + 1);
    }

    function test_GrantsAgainOnlyWhenTheLicenceHasEnded() external {
        vm.startPrank(authority);
        participants.grant(RELAY, relay, START + 10);
        vm.warp(START + 9);
        bytes memory held =
            abi.encodeWithSelector(Participants.ParticipantsLicenceHeld.selector, RELAY, relay, START + 10);
        vm.expectRevert(held);
        participants.grant(RELAY, relay, FOREVER);
        vm.warp(START + 10);
        participants.grant(RELAY, relay, FOREVER);
        vm.assertTrue(participants.isLicensed(RELAY, relay));
    }

    function test_RevokesALicenceNow() external {
        vm.startPrank(authority);
        participants.grant(RELAY, relay, FOREVER);
        vm.warp(START + 5);
        vm.expectEmit(address(participants));
        emit Participants.LicenceRevoked(RELAY, relay, START + 5);
        participants.revoke(RELAY, relay);
        vm.assertFalse(participants.isLicensed(RELAY, relay));
        vm.assertEq(participants.licenceOf(RELAY, relay).until, START + 5);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsLicenceNotHeld.selector, RELAY, relay));
        participants.revoke(RELAY, relay);
        participants.grant(RELAY, relay, FOREVER);
        vm.assertTrue(participants.isLicensed(RELAY, relay));
    }

    function test_ARegistrarWhoseLicenceEndedRegistersNobody() external {
        vm.prank(authority);
        participants.revoke(Participants.Licence.REGISTRAR, registrar);
        vm.prank(registrar);
        vm.expectRevert(
            abi.encodeWithSelector(
                Participants.ParticipantsUnlicensed.selector, Participants.Licence.REGISTRAR, registrar
            )
        );
        participants.register("record", 1, stranger);
    }

    function test_OnlyTheAuthorityLicenses() external {
        bytes memory refusal = abi.encodeWithSelector(Administered.AdministeredOnlyAuthority.selector, registrar);
        vm.startPrank(registrar);
        vm.expectRevert(refusal);
        participants.grant(RELAY, relay, FOREVER);
        vm.expectRevert(refusal);
        participants.revoke(RELAY, relay);
    }
}
