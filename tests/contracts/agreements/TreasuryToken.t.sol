// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TreasuryToken} from "../../../contracts/agreements/TreasuryToken.sol";
import {Participants} from "../../../contracts/identity/Participants.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

contract TreasuryTokenTest is World {
    function test_HasTheNameCodeAndMinorUnitsOfItsCurrency() public {
        vm.assertEq(keccak256(bytes(rupiah.name())), keccak256("Rupiah"));
        vm.assertEq(keccak256(bytes(rupiah.symbol())), keccak256("IDR"));
        vm.assertEq(rupiah.decimals(), 2);
        vm.assertEq(address(rupiah.PARTICIPANTS()), address(participants));
        vm.assertEq(new TreasuryToken(participants, "Yen", "JPY", 0).decimals(), 0);
    }

    function test_TheTreasuryMintsAgainstACommitment() public {
        vm.expectEmit(address(rupiah));
        emit TreasuryToken.Minted(buyer, 5, "commitment", treasury);
        vm.expectEmit(address(rupiah));
        emit IERC20.Transfer(address(0), buyer, 5);
        vm.prank(treasury);
        rupiah.mint(buyer, 5, "commitment");
        vm.assertEq(rupiah.balanceOf(buyer), 5);
        vm.assertEq(rupiah.totalSupply(), 5);
    }

    function test_NobodyElseMints() public {
        address[4] memory others = [authority, registrar, buyer, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            _refusesToMint(others[i]);
        }
    }

    function test_AFormerTreasuryMintsNoMore() public {
        vm.prank(authority);
        participants.revoke(Participants.Licence.TREASURY, treasury);
        _refusesToMint(treasury);
    }

    function test_RefusesToMintWithoutACommitment() public {
        vm.expectRevert(abi.encodeWithSelector(TreasuryToken.TreasuryTokenCommitment.selector, bytes32(0)));
        vm.prank(treasury);
        rupiah.mint(buyer, 5, 0);
    }

    function test_MintsOnceAgainstACommitment() public {
        vm.prank(treasury);
        rupiah.mint(buyer, 5, "commitment");
        vm.assertTrue(rupiah.isMinted("commitment"));
        vm.expectRevert(abi.encodeWithSelector(TreasuryToken.TreasuryTokenCommitment.selector, bytes32("commitment")));
        vm.prank(treasury);
        rupiah.mint(buyer, 5, "commitment");
    }

    function test_EveryChangeOfAnAllowanceEmits() public {
        vm.prank(treasury);
        rupiah.mint(buyer, 5, "commitment");
        vm.expectEmit(address(rupiah));
        emit IERC20.Approval(buyer, stranger, 3);
        vm.prank(buyer);
        rupiah.approve(stranger, 3);
        vm.expectEmit(address(rupiah));
        emit IERC20.Approval(buyer, stranger, 1);
        vm.prank(stranger);
        rupiah.transferFrom(buyer, stranger, 2);
        vm.assertEq(rupiah.allowance(buyer, stranger), 1);
    }

    function _refusesToMint(address sender) private {
        vm.expectRevert(abi.encodeWithSelector(TreasuryToken.TreasuryTokenNotTreasury.selector, sender));
        vm.prank(sender);
        rupiah.mint(sender, 5, "commitment");
    }
}
