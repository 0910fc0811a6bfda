// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test, vm} from "../support/Test.sol";
import {PeerGovernor} from "./PeerGovernor.sol";
import {PeerVotes} from "./PeerVotes.sol";

/// @dev What a vote costs on OpenZeppelin's Governor: a whole transaction, compiled and run as our own figures are.
contract GovernorTest is Test {
    address private constant FIRST = address(0xa11ce);
    address private constant SECOND = address(0xb0b);

    function test_TwoHoldersVoteForAProposal() public {
        vm.warp(1_800_000_000);
        PeerVotes votes = PeerVotes(deploy("PeerVotes", ""));
        PeerGovernor governor = PeerGovernor(payable(deploy("PeerGovernor", abi.encode(votes))));
        _enfranchise(votes, FIRST);
        _enfranchise(votes, SECOND);
        vm.warp(vm.getBlockTimestamp() + 1);
        uint256 proposal = governor.propose(new address[](1), new uint256[](1), new bytes[](1), "a proposal");
        vm.warp(vm.getBlockTimestamp() + governor.votingDelay() + 1);

        _vote(governor, proposal, FIRST, "governor_castVote_first");
        _vote(governor, proposal, SECOND, "governor_castVote");
        (, uint256 inFavour,) = governor.proposalVotes(proposal);
        vm.assertEq(inFavour, 2);
    }

    function _enfranchise(PeerVotes votes, address holder) private {
        votes.mint(holder);
        vm.prank(holder);
        votes.delegate(holder);
    }

    function _vote(PeerGovernor governor, uint256 proposal, address holder, string memory name) private {
        vm.prank(holder);
        governor.castVote(proposal, 1);
        vm.snapshotValue("Peers", name, vm.lastCallGas().gasTotalUsed);
    }
}
