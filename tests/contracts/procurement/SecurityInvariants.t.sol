// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {Participants} from "../../../contracts/identity/Participants.sol";
import {Securities} from "../../../contracts/procurement/Securities.sol";
import {Category, Method, Terms} from "../../../contracts/procurement/Terms.sol";
import {SecurityHandler} from "../support/SecurityHandler.sol";
import {InvariantTest, vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev What must hold of the money behind four tenders, whatever anybody does: three won by supplier 1 and not signed
/// yet, one whose bids wait to be opened.
contract SecurityInvariantsTest is World, InvariantTest {
    SecurityHandler private handler;
    uint256[4] private ids;

    function setUp() public override {
        super.setUp();
        address guarantor = account("guarantor");
        vm.prank(authority);
        participants.grant(Participants.Licence.GUARANTOR, guarantor, type(uint48).max);
        address[] memory people = new address[](6);
        (people[0], people[1], people[2]) = (supplier(1), supplier(2), buyer);
        (people[3], people[4], people[5]) = (treasury, guarantor, stranger);
        uint32[] memory organisations = new uint32[](2);
        (organisations[0], organisations[1]) = (supplierOrganisation(1), supplierOrganisation(2));
        handler = new SecurityHandler(
            securities, awards, tenders, agreements, escrow, currency, people, organisations, termsOfTender()
        );
        for (uint256 i = 0; i < people.length; ++i) {
            provide(people[i], 1e9);
            vm.prank(people[i]);
            rupiah.approve(address(securities), 1e9);
        }
        vm.startPrank(supplier(1));
        securities.deposit(organisations[0], currency, 900);
        securities.deposit(organisations[1], currency, 200);
        vm.stopPrank();
        _prepare();
        targetContract(address(handler));
    }

    function ruleFor(Category category, Method method) internal pure override returns (Rule memory rule) {
        rule = super.ruleFor(category, method);
        rule.performanceSecurity = 1000;
    }

    function termsOfTender() internal view override returns (Terms memory terms) {
        terms = super.termsOfTender();
        (terms.ceiling, terms.bidSecurity) = (10_000, 300);
    }

    /// @dev Σ accounts + Σ locks + forfeited, and what was given away, is what the contract owns.
    function invariant_TheContractOwnsWhatItOwes() public view {
        uint256 owed = securities.forfeitedOf(currency) + handler.donated();
        for (uint256 number = 1; number <= 2; ++number) {
            owed += _account(number).balance;
        }
        for (uint256 i = 0; i < 4; ++i) {
            owed += securities.lockOf(ids[i]).money;
        }
        vm.assertEq(rupiah.balanceOf(address(securities)), owed);
    }

    function invariant_PledgesAreThoseOfTheLocks() public view {
        uint256 pledged = 0;
        for (uint256 i = 0; i < 4; ++i) {
            pledged += securities.lockOf(ids[i]).pledged;
        }
        vm.assertEq(_account(1).pledged, pledged);
        vm.assertEq(_account(2).pledged, 0);
    }

    function invariant_BackingCountsTheTendersNotSettled() public view {
        for (uint256 number = 1; number <= 2; ++number) {
            uint256 running = 0;
            for (uint256 i = 0; i < 4; ++i) {
                bool bound = securities.backingOf(ids[i], supplierOrganisation(number)) == Securities.Backing.RUNNING;
                if (bound) ++running;
            }
            vm.assertEq(_account(number).backing, running);
        }
    }

    function invariant_NoMoreIsUnderNoticeThanThereIs() public view {
        for (uint256 number = 1; number <= 2; ++number) {
            Securities.Account memory each = _account(number);
            vm.assertLe(each.noticed, each.balance);
            uint48 later = uint48(present()) + 1000 days;
            vm.assertEq(securities.coverAt(supplierOrganisation(number), currency, later), each.balance - each.noticed);
        }
    }

    function invariant_NoMoneyLeavesTooEarly() public view {
        vm.assertFalse(handler.leftTooEarly());
    }

    /// @dev A signed agreement that is not closed has its security, and so has an accepted award that may be signed.
    function invariant_WhatIsSignedOrAcceptedIsSecured() public view {
        for (uint256 i = 0; i < 3; ++i) {
            bool running = agreements.isSigned(ids[i])
                ? !escrow.accountOf(ids[i]).closed
                : awards.awardOf(ids[i]).accepted && present() <= awards.awardOf(ids[i]).signBy;
            Securities.Lock memory lock = securities.lockOf(ids[i]);
            if (running) vm.assertEq(lock.money + lock.pledged, 500);
        }
    }

    /// @dev Three tenders at 5,000 that supplier 1 won, and one that is closed and released.
    function _prepare() private {
        for (uint256 i = 0; i < 3; ++i) {
            ids[i] = publish();
            sealBid(ids[i], bidOf(1, 5_000));
        }
        for (uint256 i = 0; i < 3; ++i) {
            openBids(ids[i]);
            draw(ids[i]);
            castAll(ids[i], marksOf(YES, 1));
        }
        for (uint256 i = 0; i < 3; ++i) {
            openBallots(ids[i]);
            awards.rank(ids[i], 1);
        }
        ids[3] = publish();
        for (uint256 number = 1; number <= 2; ++number) {
            sealBid(ids[3], bidOf(number, 6_000));
        }
        closeAndRelease(tenders, ids[3], 0);
        SecurityHandler.Course memory course;
        for (uint256 i = 0; i < 3; ++i) {
            awards.finalise(ids[i]);
            Agreement memory agreement = agreementFor(ids[i]);
            bytes32 digest = agreements.digestOf(agreement);
            course.tenderId = ids[i];
            course.agreement = agreement;
            (course.byBuyer, course.bySupplier) = (signed(memberKey(1), digest), signed(supplierKey(1), digest));
            handler.add(course);
        }
        course.tenderId = ids[3];
        course.envelopes = sealedIn[address(tenders)][ids[3]][0];
        handler.add(course);
    }

    function _account(uint256 number) private view returns (Securities.Account memory) {
        return securities.accountOf(supplierOrganisation(number), currency);
    }
}
