// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Administered
/// @notice The one administrative address of a contract, fixed for ever at deployment: the council's
/// timelock, or the bootstrap administrator named in the deployment record until there is a council.
abstract contract Administered {
    /// @notice The only account with administrative powers here.
    address public immutable AUTHORITY;

    /// @notice `account` acted as the administration, which is `AUTHORITY` alone.
    error AdministeredOnlyAuthority(address account);
    /// @notice An administration at address zero could never act.
    error AdministeredZeroAuthority();

    constructor(address authority) {
        require(authority != address(0), AdministeredZeroAuthority());
        AUTHORITY = authority;
    }

    modifier onlyAuthority() {
        require(msg.sender == AUTHORITY, AdministeredOnlyAuthority(msg.sender));
        _;
    }
}
