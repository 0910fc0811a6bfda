// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Participants} from "../identity/Participants.sol";

/// @title TreasuryToken
/// @notice Money of one currency that the treasury committed: minted by it alone, against a recorded reference.
contract TreasuryToken is ERC20 {
    Participants public immutable PARTICIPANTS;
    uint8 private immutable _DECIMALS;

    /// @notice Whether money was issued against this commitment; it is once at most.
    mapping(bytes32 commitment => bool) public isMinted;

    event Minted(address indexed to, uint256 amount, bytes32 indexed commitment, address by);

    error TreasuryTokenNotTreasury(address account);
    error TreasuryTokenCommitment(bytes32 commitment);

    /// @param currency ISO 4217 code of the currency.
    /// @param decimals_ Minor units of the currency, by ISO 4217.
    constructor(Participants participants, string memory name_, string memory currency, uint8 decimals_)
        ERC20(name_, currency)
    {
        PARTICIPANTS = participants;
        _DECIMALS = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _DECIMALS;
    }

    /// @notice Issues money against committed cash.
    /// @dev Requirements: a licensed treasury; a commitment not used before.
    /// @param commitment Hash of the record that commits the cash.
    function mint(address to, uint256 amount, bytes32 commitment) external {
        require(
            PARTICIPANTS.isLicensed(Participants.Licence.TREASURY, msg.sender), TreasuryTokenNotTreasury(msg.sender)
        );
        require(commitment != 0 && !isMinted[commitment], TreasuryTokenCommitment(commitment));
        isMinted[commitment] = true;
        emit Minted(to, amount, commitment, msg.sender);
        _mint(to, amount);
    }

    /// @dev Every change of an allowance emits, also one by spending, so that events alone rebuild it.
    function _approve(address owner, address spender, uint256 value, bool) internal override {
        super._approve(owner, spender, value, true);
    }
}
