// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {MEMBER} from "../../../contracts/identity/Participants.sol";
import {Register} from "../identity/Register.sol";
import {vm} from "../support/Test.sol";

/// @title Seats
/// @notice A consortium, and members "member 1", "member 2" … in the order of their admission.
abstract contract Seats is Register {
    Consortium internal consortium;

    function setUp() public virtual override {
        super.setUp();
        consortium = Consortium(deploy("Consortium", abi.encode(authority, participants)));
    }

    function memberName(uint256 number) internal pure returns (string memory) {
        return string.concat("member ", vm.toString(number));
    }

    function member(uint256 number) internal pure returns (address) {
        return account(memberName(number));
    }

    /// @dev Registers the next member and seats it.
    function seatMember(Consortium.Class class) internal returns (uint32 seat) {
        string memory name = memberName(consortium.seatCount() + 1);
        uint32 organisation = register(name, MEMBER);
        vm.prank(authority);
        return consortium.admit(organisation, class, account(name));
    }

    function seatMembers(uint256 agencies, uint256 auditors, uint256 citizens) internal {
        for (uint256 i = 0; i < agencies; ++i) {
            seatMember(Consortium.Class.AGENCY);
        }
        for (uint256 i = 0; i < auditors; ++i) {
            seatMember(Consortium.Class.AUDITOR);
        }
        for (uint256 i = 0; i < citizens; ++i) {
            seatMember(Consortium.Class.CITIZEN);
        }
    }
}
