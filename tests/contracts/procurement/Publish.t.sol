// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Notice, Terms} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

contract PublishTest is World {
    uint48 private constant MOST = 366 days;

    function test_PublishesATenderWithItsTermsAndItsBox() public {
        Terms memory terms = termsOfTender();
        (terms.ceiling, terms.minimumBids) = (5_000_000, 3);
        OpeningKeys.Claim memory claim = nextClaim();
        uint48 closesAt = uint48(present() + 10 days);

        vm.expectEmit(address(tenders));
        emit Tenders.TenderPublished(1, BUYER_ORGANISATION, 1, closesAt, terms, notice(), buyer);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.KeyTaken(claim.keyId, address(tenders), 1, 0, claim.x, claim.y);
        vm.prank(buyer);
        vm.assertEq(tenders.publish(terms, notice(), closesAt, claim), 1);

        Tenders.Tender memory tender = tenders.tenderOf(1);
        vm.assertEq(tender.buyer, BUYER_ORGANISATION);
        vm.assertEq(tender.version, 1);
        vm.assertEq(tender.minimumBids, 3);
        vm.assertEq(tender.validBids, 0);
        vm.assertEq(tender.ceiling, 5_000_000);
        vm.assertEq(tender.termsHash, keccak256(abi.encode(terms)));
        vm.assertTrue(!tenders.boxOf(1, 0).shut);
        SealedBox.Box memory box = tenders.boxOf(1, 0);
        vm.assertEq(box.point, vm.addr(secretOf(0)));
        vm.assertEq(box.closesAt, closesAt);
    }

    function test_CountsTendersFromOne() public {
        vm.assertEq(publish(), 1);
        vm.assertEq(publish(), 2);
        vm.assertEq(tenders.tenderCount(), 2);
    }

    // ─────────────────────────────── who may ─────────────────────────────────

    function test_RefusesAStrangerAsBuyer() public {
        _refusesAsBuyer(stranger);
    }

    function test_RefusesASupplierAsBuyer() public {
        _refusesAsBuyer(supplier(1));
    }

    function test_RefusesASuspendedBuyer() public {
        vm.prank(authority);
        participants.suspend(BUYER_ORGANISATION, "reason");
        _refusesAsBuyer(buyer);
    }

    function test_RefusesARevokedAccountOfTheBuyer() public {
        vm.prank(buyer);
        participants.revokeKey(buyer);
        _refusesAsBuyer(buyer);
    }

    // ──────────────────────────────── closing ────────────────────────────────

    function test_RefusesAClosingTimeWithinADay() public {
        _refusesClosing(uint48(present()) + 1 days - 1);
        _refusesClosing(uint48(present()));
        _refusesClosing(0);
    }

    function test_RefusesAClosingTimeTooFarAway() public {
        _refusesClosing(uint48(present()) + MOST + 1);
        _refusesClosing(type(uint48).max);
    }

    function test_AcceptsTheFirstAndTheLastClosingTime() public {
        _publishUntil(uint48(present()) + 1 days);
        _publishUntil(uint48(present()) + MOST);
        vm.assertEq(tenders.tenderCount(), 2);
    }

    // ───────────────────────────────── terms ─────────────────────────────────

    function test_RefusesTermsWithoutDocuments() public {
        Terms memory terms = termsOfTender();
        terms.documents = 0;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersDocuments.selector));
    }

    function test_RefusesACurrencyWithoutCode() public {
        Terms memory terms = termsOfTender();
        terms.currency = stranger;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersCurrency.selector, stranger));
    }

    function test_RefusesTheWithdrawalPriceAsCeiling() public {
        Terms memory terms = termsOfTender();
        terms.ceiling = type(uint128).max;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersCeiling.selector, type(uint128).max));
        terms.ceiling = type(uint128).max - 1;
        publish(terms);
    }

    function test_RefusesATenderThatNeedsNoBid() public {
        Terms memory terms = termsOfTender();
        terms.minimumBids = 0;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersMinimumBids.selector, 0));
    }

    function test_RefusesAQuorumOfHalfThePanelOrOfMoreThanIt() public {
        _refusesPanel([uint8(2), 0, 1], 1);
        _refusesPanel([uint8(2), 0, 2], 2);
        _refusesPanel([uint8(2), 0, 1], 4);
        _refusesPanel([uint8(0), 0, 0], 0);
        _refusesPanel([uint8(0), 0, 0], 1);
    }

    function test_RefusesAPanelOfSeventeen() public {
        _refusesPanel([uint8(6), 6, 5], 9);
        _refusesPanel([uint8(255), 255, 255], 255);
        Terms memory terms = termsOfTender();
        (terms.panel, terms.quorum) = ([uint8(6), 6, 4], 16);
        publish(terms);
    }

    function test_RefusesPeriodsThatAreTooShortOrTooLong() public {
        uint32[3] memory wrong = [uint32(0), 1 days - 1, uint32(MOST) + 1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(Tenders.TendersPeriod.selector, wrong[i], 1 days, MOST);
            Terms memory terms = termsOfTender();
            terms.evaluationPeriod = wrong[i];
            _refuses(terms, refusal);
            terms = termsOfTender();
            terms.standstillPeriod = wrong[i];
            _refuses(terms, refusal);
            terms = termsOfTender();
            terms.signingPeriod = wrong[i];
            _refuses(terms, refusal);
        }
    }

    function test_AcceptsTheShortestAndTheLongestPeriods() public {
        Terms memory terms = termsOfTender();
        (terms.evaluationPeriod, terms.standstillPeriod, terms.signingPeriod) = (1 days, 1 days, 1 days);
        publish(terms);
        uint32 most = uint32(MOST);
        (terms.evaluationPeriod, terms.standstillPeriod, terms.signingPeriod) = (most, most, most);
        publish(terms);
    }

    function test_RefusesAPlanThatIsNotTheWhole() public {
        _refusesPlan(new uint16[](0), 0);
        _refusesPlan(_plan(2, 9_999), 9_999);
        _refusesPlan(_plan(2, 10_001), 10_001);
    }

    function test_RefusesAMilestoneOfNothing() public {
        uint16[] memory plan = new uint16[](2);
        plan[0] = 10_000;
        _refusesPlan(plan, 0);
    }

    function test_RefusesThirtyThreeMilestones() public {
        _refusesPlan(_plan(33, 10_000), 0);
        Terms memory terms = termsOfTender();
        terms.plan = _plan(32, 10_000);
        publish(terms);
    }

    function test_RefusesReferencesThatAreTooLong() public {
        string memory long = string(new bytes(257));
        _refusesNotice(Notice(long, "", ""));
        _refusesNotice(Notice("", long, ""));
        _refusesNotice(Notice("", "", long));
        string memory most = string(new bytes(256));
        OpeningKeys.Claim memory claim = nextClaim();
        vm.prank(buyer);
        tenders.publish(termsOfTender(), Notice(most, most, most), uint48(present() + 1 days), claim);
    }

    function test_RefusesAKeyThatServesAnotherBox() public {
        publish();
        OpeningKeys.Claim memory taken = claimOf(0);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysKeyTaken.selector, taken.keyId));
        vm.prank(buyer);
        tenders.publish(termsOfTender(), notice(), uint48(present() + 1 days), taken);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _refusesAsBuyer(address sender) private {
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotABuyer.selector, sender));
        vm.prank(sender);
        tenders.publish(termsOfTender(), notice(), uint48(present() + 1 days), claim);
    }

    function _refusesClosing(uint48 closesAt) private {
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(
            abi.encodeWithSelector(Tenders.TendersClosingTime.selector, closesAt, present() + 1 days, present() + MOST)
        );
        vm.prank(buyer);
        tenders.publish(termsOfTender(), notice(), closesAt, claim);
    }

    function _publishUntil(uint48 closesAt) private {
        OpeningKeys.Claim memory claim = nextClaim();
        vm.prank(buyer);
        tenders.publish(termsOfTender(), notice(), closesAt, claim);
    }

    function _refuses(Terms memory terms, bytes memory refusal) private {
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(refusal);
        vm.prank(buyer);
        tenders.publish(terms, notice(), uint48(present() + 1 days), claim);
    }

    function _refusesPanel(uint8[3] memory panel, uint8 quorum) private {
        Terms memory terms = termsOfTender();
        (terms.panel, terms.quorum) = (panel, quorum);
        uint256 seats = uint256(panel[0]) + panel[1] + panel[2];
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersPanel.selector, seats, quorum, 16));
    }

    function _refusesPlan(uint16[] memory plan, uint256 sum) private {
        Terms memory terms = termsOfTender();
        terms.plan = plan;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersPlan.selector, plan.length, sum));
    }

    function _refusesNotice(Notice memory long) private {
        OpeningKeys.Claim memory claim = nextClaim();
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersReference.selector, 257, 256));
        vm.prank(buyer);
        tenders.publish(termsOfTender(), long, uint48(present() + 1 days), claim);
    }

    /// @dev Parts of one basis point, and the rest of `sum` in the last.
    function _plan(uint256 parts, uint16 sum) private pure returns (uint16[] memory plan) {
        plan = new uint16[](parts);
        for (uint256 i = 0; i + 1 < parts; ++i) {
            plan[i] = 1;
        }
        plan[parts - 1] = sum - uint16(parts - 1);
    }
}
