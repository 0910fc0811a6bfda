// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Awards, Remedy} from "../../../contracts/procurement/Awards.sol";
import {Reviews} from "../../../contracts/procurement/Reviews.sol";
import {Terms} from "../../../contracts/procurement/Terms.sol";
import {vm} from "./Test.sol";
import {OddToken} from "./Tokens.sol";

/// @title ReviewHandler
/// @notice Everything that people do with complaints about a few ranked tenders, in any order; most of it is refused.
contract ReviewHandler {
    Reviews public immutable REVIEWS;
    Awards public immutable AWARDS;
    OddToken public immutable ODD;
    address public immutable TREASURY;

    uint256[] private _tenders;
    Terms[] private _terms;
    address[] private _suppliers;
    address[] private _members;

    mapping(address token => uint256) public donated;
    /// @dev An award was made while a complaint about it was open.
    bool public awardedTooEarly;
    /// @dev A deposit went to somebody else than the two who may have it.
    bool public strayed;
    uint256 public decided; // complaints, to see that the fuzzer gets somewhere

    constructor(
        Reviews reviews,
        Awards awards,
        OddToken odd,
        address treasury,
        uint256[] memory tenders,
        Terms[] memory terms,
        address[] memory suppliers,
        address[] memory members
    ) {
        (REVIEWS, AWARDS, ODD, TREASURY) = (reviews, awards, odd, treasury);
        (_tenders, _suppliers, _members) = (tenders, suppliers, members);
        for (uint256 i = 0; i < terms.length; ++i) {
            _terms.push(terms[i]);
        }
    }

    function complain(uint256 which, uint256 who) external {
        which %= _tenders.length;
        vm.prank(_suppliers[who % _suppliers.length]);
        try REVIEWS.complain(_tenders[which], _terms[which], "grounds") {} catch {}
    }

    function vote(uint256 which, uint256 seat, uint8 ruling, bool abusive) external {
        vm.prank(_members[seat % _members.length]);
        Remedy remedy = abusive ? Remedy.NONE : Remedy(ruling % 4);
        try REVIEWS.vote(_complaint(which), remedy, abusive, "reasons") {} catch {}
    }

    /// @dev All seats of the panel say the same, or one of them else.
    function rule(uint256 which, uint8 ruling, bool abusive, bool unanimous) external {
        uint256 complaintId = _complaint(which);
        uint8 attempts = REVIEWS.complaintOf(complaintId).attempts;
        if (attempts == 0) return;
        uint32[] memory seats = REVIEWS.panelOf(complaintId, attempts - 1);
        for (uint256 i = 0; i < seats.length; ++i) {
            Remedy remedy = abusive || (i == 0 && !unanimous) ? Remedy.NONE : Remedy(ruling % 4);
            vm.prank(_members[seats[i] - 1]);
            try REVIEWS.vote(complaintId, remedy, abusive && unanimous, "reasons") {} catch {}
        }
        _decide(complaintId);
    }

    function decide(uint256 which) external {
        _decide(_complaint(which));
    }

    function payDeposit(uint256 which, bool byTreasury) external {
        uint256 complaintId = _complaint(which);
        Reviews.Complaint memory complaint = REVIEWS.complaintOf(complaintId);
        address by = byTreasury ? TREASURY : address(this);
        address due = complaint.abusive ? TREASURY : complaint.depositor;
        uint256 before = complaint.token == address(0) ? 0 : IERC20(complaint.token).balanceOf(due);
        vm.prank(by);
        try REVIEWS.payDeposit(complaintId) {
            uint256 fee = complaint.token == address(ODD) ? uint256(complaint.deposit) * ODD.fee() / 10_000 : 0;
            uint256 received = IERC20(complaint.token).balanceOf(due) - before;
            if (received != complaint.deposit - fee || complaint.abusive && !byTreasury) strayed = true;
        } catch {}
    }

    // ─────────────────────────── everything around them ──────────────────────

    /// @dev What moves a tender on: the ranking, the award, passing over.
    function carryOn(uint256 which, uint256 what) external {
        uint256 tenderId = _tenders[which % _tenders.length];
        if (what % 4 == 0) {
            uint256 open = REVIEWS.openComplaints(tenderId, AWARDS.awardOf(tenderId).rankings);
            try AWARDS.finalise(tenderId) {
                if (open != 0) awardedTooEarly = true;
            } catch {}
        } else if (what % 4 == 1) {
            try AWARDS.passOver(tenderId) {} catch {}
        } else {
            try AWARDS.rank(tenderId, 1 + what % 7) {} catch {}
        }
    }

    function pass(uint32 time) external {
        vm.warp(vm.getBlockTimestamp() + time % 4 days);
    }

    function donate(uint256 which, uint8 amount) external {
        address token = _terms[which % _terms.length].currency;
        uint256 before = IERC20(token).balanceOf(address(REVIEWS));
        vm.prank(TREASURY);
        try IERC20(token).transfer(address(REVIEWS), amount) {} catch {}
        donated[token] += IERC20(token).balanceOf(address(REVIEWS)) - before;
    }

    function moods(uint16 fee, bool answersFalse, uint256 who, bool refuses) external {
        ODD.setFee(fee % 4 == 0 ? fee % 500 : 0);
        ODD.setAnswersFalse(answersFalse && refuses);
        ODD.setRefuses(_suppliers[who % _suppliers.length], refuses);
    }

    function _decide(uint256 complaintId) private {
        try REVIEWS.decide(complaintId) {
            ++decided;
        } catch {}
    }

    /// @dev One that was filed, or the next.
    function _complaint(uint256 which) private view returns (uint256) {
        return which % (REVIEWS.complaintCount() + 1) + 1;
    }
}
