// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Notice, Terms} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev Publishing one lot. Bounds that the rule sets are tried at both edges.
contract PublishTest is World {
    uint48 private constant MOST = 366 days;

    function test_PublishesATenderWithItsTermsAndItsBox() public {
        Terms memory terms = termsOfTender();
        (terms.ceiling, terms.minimumBids) = (5_000_000, 3);
        Tenders.Lot[] memory lots = lotsOf(terms);
        OpeningKeys.Claim memory claim = lots[0].claims[0];
        uint48 closesAt = uint48(present() + 10 days);

        vm.expectEmit(address(tenders));
        emit Tenders.TenderPublished(1, BUYER_ORGANISATION, 1, closesAt, 0, "lot 1", terms, notice(), buyer);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.KeyTaken(claim.keyId, address(tenders), 1, 0, claim.x, claim.y);
        vm.prank(buyer);
        vm.assertEq(tenders.publish(notice(), closesAt, lots), 1);

        Tenders.Tender memory tender = tenders.tenderOf(1);
        vm.assertEq(tender.buyer, BUYER_ORGANISATION);
        vm.assertEq(tender.rule, 1);
        vm.assertEq(tender.version, 1);
        vm.assertEq(tender.minimumBids, 3);
        vm.assertEq(tender.validBids, 0);
        vm.assertEq(tender.lot, 0);
        vm.assertEq(uint256(tender.method), uint256(Method.LOWEST_PRICE));
        vm.assertEq(tender.ceiling, 5_000_000);
        vm.assertEq(tender.termsHash, keccak256(abi.encode(terms)));
        vm.assertEq(tender.priceSum, 0);
        vm.assertEq(tender.prices, 0);
        vm.assertEq(tenders.firstStage(1), tenders.BIDS());
        vm.assertEq(tenders.closesAt(1), closesAt);
        SealedBox.Box memory box = tenders.boxOf(1, 0);
        vm.assertTrue(!box.shut);
        vm.assertEq(box.point, vm.addr(secretOf(0)));
        vm.assertEq(box.closesAt, closesAt);
        vm.assertEq(tenders.boxOf(1, 1).closesAt, 0);
        vm.assertEq(tenders.boxOf(1, 2).closesAt, 0);
    }

    function test_PublishesTwoBoxesUnderTwoKeysWhereQualityCounts() public {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        Tenders.Lot[] memory lots = lotsOf(qualityTerms());
        uint48 closesAt = uint48(present() + 10 days);
        for (uint256 i = 0; i < 2; ++i) {
            OpeningKeys.Claim memory claim = lots[0].claims[i];
            vm.expectEmit(address(openingKeys));
            emit OpeningKeys.KeyTaken(claim.keyId, address(tenders), 1, 1 + i, claim.x, claim.y);
        }
        vm.prank(buyer);
        tenders.publish(notice(), closesAt, lots);

        vm.assertEq(uint256(tenders.tenderOf(1).method), uint256(Method.QUALITY_PRICE));
        vm.assertEq(tenders.tenderOf(1).rule, 2);
        vm.assertEq(tenders.firstStage(1), tenders.PROPOSALS());
        vm.assertEq(tenders.closesAt(1), closesAt);
        vm.assertEq(tenders.boxOf(1, 0).closesAt, 0);
        for (uint256 stage = 1; stage <= 2; ++stage) {
            vm.assertEq(tenders.boxOf(1, stage).point, vm.addr(secretOf(stage - 1)));
            vm.assertEq(tenders.boxOf(1, stage).closesAt, closesAt);
        }
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

    // ─────────────────────────────── the rule ────────────────────────────────

    function test_RefusesACategoryOrAMethodWithoutARule() public {
        Terms memory terms = termsOfTender();
        terms.category = Category.GOODS;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersNoRule.selector, Category.GOODS, Method.LOWEST_PRICE));
        terms = qualityTerms();
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersNoRule.selector, Category.WORKS, Method.QUALITY_PRICE));
    }

    function test_RefusesACategoryWhoseRuleIsRepealed() public {
        vm.prank(authority);
        rules.repeal(Category.WORKS, Method.LOWEST_PRICE);
        _refuses(
            termsOfTender(), abi.encodeWithSelector(Tenders.TendersNoRule.selector, Category.WORKS, Method.LOWEST_PRICE)
        );
        setRule(ruleFor(Category.WORKS, Method.LOWEST_PRICE));
        vm.assertEq(tenders.tenderOf(publish()).rule, 2);
    }

    // ──────────────────────────────── closing ────────────────────────────────

    function test_RefusesAClosingTimeBeforeTheTenderingPeriodIsOver() public {
        Rule memory rule = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        rule.tenderingPeriod = 8 days;
        setRule(rule);
        _refusesClosing(uint48(present()) + 8 days - 1, 8 days);
        _refusesClosing(uint48(present()), 8 days);
        _refusesClosing(0, 8 days);
        _publishUntil(uint48(present()) + 8 days);
        _publishUntil(uint48(present()) + 8 days + 1);
    }

    function test_RefusesAClosingTimeTooFarAway() public {
        _refusesClosing(uint48(present()) + MOST + 1, 1 days);
        _refusesClosing(type(uint48).max, 1 days);
        _publishUntil(uint48(present()) + MOST);
        _publishUntil(uint48(present()) + MOST - 1);
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

    function test_RefusesATenderThatNeedsFewerBidsThanTheRule() public {
        Rule memory rule = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        rule.minimumBids = 3;
        setRule(rule);
        Terms memory terms = termsOfTender();
        for (uint16 bids = 0; bids < 3; ++bids) {
            terms.minimumBids = bids;
            _refuses(terms, abi.encodeWithSelector(Tenders.TendersMinimumBids.selector, bids, 3));
        }
        for (uint16 bids = 3; bids <= 4; ++bids) {
            terms.minimumBids = bids;
            publish(terms);
        }
    }

    function test_RefusesAWeightOutsideTheBoundsOfTheRule() public {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        Terms memory terms = qualityTerms();
        uint16[4] memory wrong = [uint16(0), 999, 9_001, 10_000];
        for (uint256 i = 0; i < wrong.length; ++i) {
            terms.weight = wrong[i];
            _refuses(terms, abi.encodeWithSelector(Tenders.TendersWeight.selector, wrong[i], 1_000, 9_000));
        }
        uint16[4] memory right = [uint16(1_000), 1_001, 8_999, 9_000];
        for (uint256 i = 0; i < right.length; ++i) {
            terms.weight = right[i];
            publish(terms);
        }
    }

    function test_RefusesAThresholdOutsideTheBoundsOfTheRule() public {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        Terms memory terms = qualityTerms();
        uint8[4] memory wrong = [uint8(0), 49, 101, 255];
        for (uint256 i = 0; i < wrong.length; ++i) {
            terms.threshold = wrong[i];
            _refuses(terms, abi.encodeWithSelector(Tenders.TendersThreshold.selector, wrong[i], 50, 100));
        }
        uint8[4] memory right = [uint8(50), 51, 99, 100];
        for (uint256 i = 0; i < right.length; ++i) {
            terms.threshold = right[i];
            publish(terms);
        }
    }

    function test_ThePriceAloneHasNeitherWeightNorThreshold() public {
        Terms memory terms = termsOfTender();
        terms.weight = 1;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersWeight.selector, 1, 0, 0));
        terms = termsOfTender();
        terms.threshold = 1;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersThreshold.selector, 1, 0, 0));
    }

    function test_RefusesAnEvaluationShorterThanTheRuleOrTooLong() public {
        Rule memory rule = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        rule.evaluationPeriod = 4 days;
        setRule(rule);
        Terms memory terms = termsOfTender();
        uint32[4] memory wrong = [uint32(0), 4 days - 1, uint32(MOST) + 1, type(uint32).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            terms.evaluationPeriod = wrong[i];
            bytes4 refusal = Tenders.TendersEvaluationPeriod.selector;
            _refuses(terms, abi.encodeWithSelector(refusal, wrong[i], 4 days, MOST));
        }
        uint32[4] memory right = [uint32(4 days), 4 days + 1, uint32(MOST) - 1, uint32(MOST)];
        for (uint256 i = 0; i < right.length; ++i) {
            terms.evaluationPeriod = right[i];
            publish(terms);
        }
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

    // ───────────────────────── references and keys ───────────────────────────

    function test_RefusesReferencesThatAreTooLong() public {
        string memory long = string(new bytes(257));
        _refusesReferences(Notice(long, "", 0), "");
        _refusesReferences(Notice("", long, 0), "");
        _refusesReferences(Notice("", "", 0), long);
        string memory most = string(new bytes(256));
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        lots[0].id = most;
        vm.prank(buyer);
        tenders.publish(Notice(most, most, 0), uint48(present() + 1 days), lots);
    }

    function test_RefusesAnotherNumberOfKeysThanOfBoxes() public {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        for (uint256 given = 0; given <= 3; ++given) {
            if (given != 1) _refusesClaims(termsOfTender(), given, 1);
            if (given != 2) _refusesClaims(qualityTerms(), given, 2);
        }
    }

    function test_RefusesAKeyThatServesAnotherBox() public {
        publish();
        _refusesKeys(_claims(claimOf(0)), termsOfTender());
    }

    function test_RefusesOneKeyForBothBoxes() public {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        OpeningKeys.Claim memory claim = nextClaim();
        _refusesKeys(_claims(claim, claim), qualityTerms());
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _refusesAsBuyer(address sender) private {
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotABuyer.selector, sender));
        vm.prank(sender);
        tenders.publish(notice(), uint48(present() + 1 days), lots);
    }

    function _refusesClosing(uint48 closesAt, uint48 least) private {
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        vm.expectRevert(
            abi.encodeWithSelector(Tenders.TendersClosingTime.selector, closesAt, present() + least, present() + MOST)
        );
        vm.prank(buyer);
        tenders.publish(notice(), closesAt, lots);
    }

    function _publishUntil(uint48 closesAt) private {
        vm.assertEq(tenders.closesAt(publish(termsOfTender(), notice(), closesAt)), closesAt);
    }

    function _refuses(Terms memory terms, bytes memory refusal) private {
        _refuses(lotsOf(terms), notice(), refusal);
    }

    function _refuses(Tenders.Lot[] memory lots, Notice memory references, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(buyer);
        tenders.publish(references, uint48(present() + 1 days), lots);
    }

    function _refusesPlan(uint16[] memory plan, uint256 sum) private {
        Terms memory terms = termsOfTender();
        terms.plan = plan;
        _refuses(terms, abi.encodeWithSelector(Tenders.TendersPlan.selector, plan.length, sum));
    }

    function _refusesReferences(Notice memory references, string memory id) private {
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        lots[0].id = id;
        _refuses(lots, references, abi.encodeWithSelector(Tenders.TendersReference.selector, 257, 256));
    }

    function _refusesClaims(Terms memory terms, uint256 given, uint256 boxes) private {
        Tenders.Lot[] memory lots = new Tenders.Lot[](1);
        lots[0] = Tenders.Lot("lot 1", terms, new OpeningKeys.Claim[](given));
        _refuses(lots, notice(), abi.encodeWithSelector(Tenders.TendersClaims.selector, given, boxes));
    }

    function _refusesKeys(OpeningKeys.Claim[] memory claims, Terms memory terms) private {
        Tenders.Lot[] memory lots = new Tenders.Lot[](1);
        lots[0] = Tenders.Lot("lot 1", terms, claims);
        bytes4 refusal = OpeningKeys.OpeningKeysKeyTaken.selector;
        _refuses(lots, notice(), abi.encodeWithSelector(refusal, claims[0].keyId));
    }

    function _claims(OpeningKeys.Claim memory only) private pure returns (OpeningKeys.Claim[] memory claims) {
        claims = new OpeningKeys.Claim[](1);
        claims[0] = only;
    }

    function _claims(OpeningKeys.Claim memory first, OpeningKeys.Claim memory second)
        private
        pure
        returns (OpeningKeys.Claim[] memory claims)
    {
        claims = new OpeningKeys.Claim[](2);
        (claims[0], claims[1]) = (first, second);
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
