// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Reviews} from "../../../contracts/procurement/Reviews.sol";
import {Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {Procedure} from "../support/Procedure.sol";
import {ReviewHandler} from "../support/ReviewHandler.sol";
import {InvariantTest, vm} from "../support/Test.sol";
import {OddToken} from "../support/Tokens.sol";

/// @dev What must hold of complaints about four ranked tenders in two currencies, one of them odd, whatever anybody does.
contract ReviewInvariantsTest is Procedure, InvariantTest {
    uint256 private constant TENDERS = 4;

    OddToken private odd;
    ReviewHandler private handler;
    uint256[] private ranked;
    address[] private people;

    function setUp() public override {
        super.setUp();
        odd = new OddToken();
        uint128[] memory prices = new uint128[](4);
        Terms[] memory terms = new Terms[](TENDERS);
        address[] memory members = new address[](MEMBERS);
        for (uint256 i = 0; i < 4; ++i) {
            prices[i] = uint128(10_000 + 1_000 * i);
            people.push(supplier(i + 1));
        }
        for (uint256 i = 0; i < TENDERS; ++i) {
            currency = i < 2 ? address(rupiah) : address(odd);
            terms[i] = termsOfTender();
            ranked.push(openedTender(prices));
            judge(ranked[i], terms[i], marksOf(YES, 4));
        }
        for (uint256 i = 0; i < TENDERS; ++i) {
            rank(ranked[i]);
        }
        for (uint256 i = 0; i < MEMBERS; ++i) {
            members[i] = member(i + 1);
        }
        handler = new ReviewHandler(reviews, awards, odd, treasury, ranked, terms, people, members);
        currency = address(rupiah);
        for (uint256 i = 0; i < people.length; ++i) {
            provideDeposit(people[i], 1e6);
            odd.mint(people[i], 1e6);
            vm.prank(people[i]);
            odd.approve(address(reviews), 1e6);
        }
        provideDeposit(treasury, 1e6);
        odd.mint(treasury, 1e6);
        targetContract(address(handler));
    }

    /// @dev What is held is the sum of the deposits that are owed, and what people gave for nothing.
    function invariant_TheDepositsHeldAreThoseOwed() public view {
        _balances(address(rupiah));
        _balances(address(odd));
    }

    function invariant_TheCountOfOpenComplaintsIsTheirNumber() public view {
        for (uint256 i = 0; i < TENDERS; ++i) {
            uint256 rankings = awards.awardOf(ranked[i]).rankings;
            for (uint256 award = 0; award <= rankings + 1; ++award) {
                uint256 open;
                for (uint256 id = 1; id <= reviews.complaintCount(); ++id) {
                    Reviews.Complaint memory c = reviews.complaintOf(id);
                    if (c.tenderId == ranked[i] && c.award == award && c.status == Reviews.Status.OPEN) ++open;
                }
                vm.assertEq(reviews.openComplaints(ranked[i], award), open);
            }
        }
    }

    function invariant_NothingIsAwardedWhileAComplaintIsOpen() public view {
        vm.assertFalse(handler.awardedTooEarly());
        for (uint256 i = 0; i < TENDERS; ++i) {
            if (awards.phase(ranked[i]) == Phase.AWARDED) {
                vm.assertEq(reviews.openComplaints(ranked[i], awards.awardOf(ranked[i]).rankings), 0);
            }
        }
    }

    /// @dev Votes never outnumber seats, a complaint has four panels at most, and no deposit strays.
    function invariant_EveryComplaintIsSound() public view {
        vm.assertFalse(handler.strayed());
        for (uint256 id = 1; id <= reviews.complaintCount(); ++id) {
            Reviews.Complaint memory c = reviews.complaintOf(id);
            uint256 seats = reviews.panelOf(id, c.attempts - 1).length;
            uint256 votes = uint256(c.rulings[0]) + c.rulings[1] + c.rulings[2] + c.rulings[3];
            vm.assertTrue(c.attempts != 0 && c.attempts <= 4);
            vm.assertEq(votes, c.votes);
            vm.assertLe(votes, seats);
            vm.assertLe(c.abuses, c.rulings[0]);
            vm.assertEq(reviews.complaintBy(c.tenderId, c.award, c.tenderer), id);
            if (c.abusive) vm.assertEq(uint256(c.status), uint256(Reviews.Status.DECIDED));
        }
    }

    function _balances(address token) private view {
        uint256 owed;
        for (uint256 id = 1; id <= reviews.complaintCount(); ++id) {
            Reviews.Complaint memory c = reviews.complaintOf(id);
            if (c.token == token) owed += c.deposit;
        }
        uint256 balance = token == address(odd) ? odd.balanceOf(address(reviews)) : rupiah.balanceOf(address(reviews));
        vm.assertEq(balance, owed + handler.donated(token));
    }
}
