// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BUYER, MEMBER, Participants, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {Test, vm} from "../support/Test.sol";

/// @title Register
/// @notice `Participants` with an authority and a registrar, and people named by role: a name's key is its hash.
abstract contract Register is Test {
    uint48 internal constant START = 1_800_000_000;
    uint48 internal constant FOREVER = type(uint48).max;

    Participants internal participants;
    address internal immutable authority = account("authority");
    address internal immutable registrar = account("registrar");
    address internal immutable relay = account("relay");
    address internal immutable stranger = account("stranger");

    function setUp() public virtual {
        vm.warp(START);
        participants = Participants(deploy("Participants", abi.encode(authority)));
        vm.prank(authority);
        participants.grant(Participants.Licence.REGISTRAR, registrar, FOREVER);
    }

    function key(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name))) % (Secp256k1.N - 1) + 1;
    }

    function account(string memory name) internal pure returns (address) {
        return vm.addr(key(name));
    }

    function register(string memory name, uint8 roles) internal returns (uint32 organisation) {
        vm.prank(registrar);
        return participants.register(keccak256(bytes(name)), roles, account(name));
    }

    /// @dev The time now. The compiler may keep `block.timestamp` from before a `vm.warp`.
    function present() internal view returns (uint48) {
        return uint48(vm.getBlockTimestamp());
    }
}
