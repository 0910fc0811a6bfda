// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Administered} from "../../../contracts/governance/Administered.sol";
import {Rule, Rules} from "../../../contracts/governance/Rules.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Terms} from "../../../contracts/procurement/Terms.sol";
import {Vm, vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev What the authority may set, each bound at both edges; and that nothing published moves.
contract RulesTest is World {
    uint32 private constant LEAST = 1 days;
    uint32 private constant MOST = 366 days;

    // ─────────────────────────────── numbering ───────────────────────────────

    function test_SetsARuleUnderTheNextNumber() public {
        Rule memory rule = _scored();
        rule.tenderingPeriod = 30 days;
        vm.expectEmit(address(rules));
        emit Rules.RuleSet(2, rule);
        setRule(rule);
        vm.assertEq(rules.ruleCount(), 2);
        _is(rules.ruleOf(2), rule);
        (uint16 number, Rule memory terms) = rules.present(Category.WORKS, Method.QUALITY_PRICE);
        vm.assertEq(number, 2);
        _is(terms, rule);
    }

    function test_SetsManyRulesAtOnceInTheirOrder() public {
        Rule[] memory all = new Rule[](8);
        for (uint256 i = 0; i < 8; ++i) {
            all[i] = ruleFor(Category(i / 2), Method(i % 2));
            all[i].signingPeriod = uint32((i + 1) * 1 days);
        }
        vm.recordLogs();
        vm.prank(authority);
        rules.set(all);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 8);
        for (uint256 i = 0; i < 8; ++i) {
            vm.assertEq(uint256(logs[i].topics[1]), 2 + i);
            (uint16 number, Rule memory terms) = rules.present(Category(i / 2), Method(i % 2));
            vm.assertEq(number, 2 + i);
            _is(terms, all[i]);
        }
        vm.assertEq(rules.ruleCount(), 9);
    }

    function test_ANewRuleReplacesThePresentOneAndLeavesTheOldAsItWas() public {
        Rule memory next = rules.ruleOf(1);
        next.standstillPeriod = 10 days;
        setRule(next);
        (uint16 number,) = rules.present(Category.WORKS, Method.LOWEST_PRICE);
        vm.assertEq(number, 2);
        _is(rules.ruleOf(1), ruleFor(Category.WORKS, Method.LOWEST_PRICE));
        _is(rules.ruleOf(2), next);
    }

    function test_OfEqualKindsInOneCallTheLastHolds() public {
        Rule[] memory two = new Rule[](2);
        (two[0], two[1]) = (_scored(), _scored());
        two[1].signingPeriod = 20 days;
        vm.prank(authority);
        rules.set(two);
        (uint16 number, Rule memory terms) = rules.present(Category.WORKS, Method.QUALITY_PRICE);
        vm.assertEq(number, 3);
        vm.assertEq(terms.signingPeriod, 20 days);
    }

    function test_SetsNothingWhereOneOfManyIsRefused() public {
        Rule[] memory two = new Rule[](2);
        (two[0], two[1]) = (_scored(), _scored());
        two[1].minimumBids = 0;
        vm.expectRevert(Rules.RulesMinimumBids.selector);
        vm.prank(authority);
        rules.set(two);
        vm.assertEq(rules.ruleCount(), 1);
        _isMissing(Category.WORKS, Method.QUALITY_PRICE);
    }

    function test_AnUnknownNumberIsRefused() public {
        uint16[3] memory unknown = [uint16(0), 2, type(uint16).max];
        for (uint256 i = 0; i < unknown.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Rules.RulesUnknown.selector, unknown[i]));
            rules.ruleOf(unknown[i]);
            vm.expectRevert(abi.encodeWithSelector(Rules.RulesUnknown.selector, unknown[i]));
            rules.performanceSecurityOf(unknown[i]);
        }
    }

    function test_TellsThePerformanceSecurityOfARule() public {
        Rule memory rule = _scored();
        (rule.performanceSecurity, rule.performanceSecurityLow) = (500, 800);
        setRule(rule);
        (uint16 ofPrice, uint16 ofCeiling) = rules.performanceSecurityOf(2);
        vm.assertEq(ofPrice, 500);
        vm.assertEq(ofCeiling, 800);
    }

    // ─────────────────────────────── who may ─────────────────────────────────

    function test_OnlyTheAuthoritySetsAndRepeals() public {
        address[3] memory others = [stranger, buyer, registrar];
        Rule[] memory none = new Rule[](0);
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory refusal = abi.encodeWithSelector(Administered.AdministeredOnlyAuthority.selector, others[i]);
            vm.expectRevert(refusal);
            vm.prank(others[i]);
            rules.set(none);
            vm.expectRevert(refusal);
            vm.prank(others[i]);
            rules.repeal(Category.WORKS, Method.LOWEST_PRICE);
        }
    }

    // ───────────────────────────────── repeal ────────────────────────────────

    function test_RepealsThePresentRule() public {
        vm.expectEmit(address(rules));
        emit Rules.RuleRepealed(Category.WORKS, Method.LOWEST_PRICE, 1);
        vm.prank(authority);
        rules.repeal(Category.WORKS, Method.LOWEST_PRICE);
        _isMissing(Category.WORKS, Method.LOWEST_PRICE);
        _is(rules.ruleOf(1), ruleFor(Category.WORKS, Method.LOWEST_PRICE));
    }

    function test_NobodyRepealsWhatIsNotThere() public {
        _refusesToRepeal(Category.GOODS, Method.LOWEST_PRICE);
        _refusesToRepeal(Category.WORKS, Method.QUALITY_PRICE);
        vm.prank(authority);
        rules.repeal(Category.WORKS, Method.LOWEST_PRICE);
        _refusesToRepeal(Category.WORKS, Method.LOWEST_PRICE);
    }

    function test_ARuleSetAfterARepealHasANumberOfItsOwn() public {
        vm.prank(authority);
        rules.repeal(Category.WORKS, Method.LOWEST_PRICE);
        setRule(ruleFor(Category.WORKS, Method.LOWEST_PRICE));
        (uint16 number,) = rules.present(Category.WORKS, Method.LOWEST_PRICE);
        vm.assertEq(number, 2);
    }

    // ───────────────────────────────── periods ───────────────────────────────

    function test_RefusesPeriodsOutsideADayAndAYear() public {
        for (uint256 which = 0; which < 5; ++which) {
            _refusesPeriod(which, 0, LEAST, MOST);
            _refusesPeriod(which, LEAST - 1, LEAST, MOST);
            _setsPeriod(which, LEAST);
            _setsPeriod(which, LEAST + 1);
            _setsPeriod(which, MOST - 1);
            _setsPeriod(which, MOST);
            _refusesPeriod(which, MOST + 1, LEAST, MOST);
            _refusesPeriod(which, type(uint32).max, LEAST, MOST);
        }
    }

    function test_AnAmendmentLeavesNoMoreTimeThanATenderHas() public {
        Rule memory rule = _scored();
        (rule.tenderingPeriod, rule.amendmentPeriod) = (10 days, 10 days + 1);
        _refuses(rule, abi.encodeWithSelector(Rules.RulesPeriod.selector, 10 days + 1, 1 days, 10 days));
        rule.amendmentPeriod = 1 days - 1;
        _refuses(rule, abi.encodeWithSelector(Rules.RulesPeriod.selector, 1 days - 1, 1 days, 10 days));
        uint32[3] memory right = [uint32(1 days), 10 days - 1, 10 days];
        for (uint256 i = 0; i < right.length; ++i) {
            rule.amendmentPeriod = right[i];
            setRule(rule);
        }
    }

    function test_EnquiriesEndAfterThePublication() public {
        Rule memory rule = _scored();
        (rule.tenderingPeriod, rule.enquiryPeriod) = (10 days, 10 days);
        _refuses(rule, abi.encodeWithSelector(Rules.RulesPeriod.selector, 10 days, 0, 10 days - 1));
        uint32[2] memory right = [uint32(0), 10 days - 1];
        for (uint256 i = 0; i < right.length; ++i) {
            rule.enquiryPeriod = right[i];
            setRule(rule);
        }
    }

    // ──────────────────────────── bids and shares ────────────────────────────

    function test_RefusesARuleThatNeedsNoBid() public {
        Rule memory rule = _scored();
        rule.minimumBids = 0;
        _refuses(rule, abi.encodeWithSelector(Rules.RulesMinimumBids.selector));
        rule.minimumBids = type(uint16).max;
        setRule(rule);
    }

    function test_RefusesSharesOfMoreThanTheWhole() public {
        for (uint256 which = 0; which < 6; ++which) {
            uint16 most = which < 2 ? 9_999 : 10_000; // a deposit or a security may be the whole
            _refuses(_withShare(which, most + 1), abi.encodeWithSelector(Rules.RulesShare.selector, most + 1, most));
            uint16 max = type(uint16).max;
            _refuses(_withShare(which, max), abi.encodeWithSelector(Rules.RulesShare.selector, max, most));
            setRule(_withShare(which, most));
            setRule(_withShare(which, 0));
        }
    }

    function test_TheLeastBidSecurityIsNotAboveTheMost() public {
        Rule memory rule = _scored();
        (rule.bidSecurityLeast, rule.bidSecurityMost) = (301, 300);
        _refuses(rule, abi.encodeWithSelector(Rules.RulesShare.selector, 301, 300));
        for (uint16 least = 299; least <= 300; ++least) {
            rule.bidSecurityLeast = least;
            setRule(rule);
        }
    }

    // ───────────────────────────────── panels ────────────────────────────────

    function test_RefusesAnEvaluationQuorumOfHalfThePanelOrOfMoreThanIt() public {
        _refusesPanel([uint8(0), 0, 0], 0);
        _refusesPanel([uint8(0), 0, 0], 1);
        _refusesPanel([uint8(2), 0, 1], 1);
        _refusesPanel([uint8(2), 0, 2], 2);
        _refusesPanel([uint8(2), 0, 1], 4);
        _setsPanel([uint8(1), 0, 0], 1);
        _setsPanel([uint8(2), 0, 1], 2);
        _setsPanel([uint8(2), 0, 2], 3);
        _setsPanel([uint8(2), 0, 1], 3);
    }

    function test_RefusesAPanelOfSeventeen() public {
        _refusesPanel([uint8(6), 6, 5], 9);
        _refusesPanel([uint8(255), 255, 255], 255);
        _setsPanel([uint8(6), 6, 4], 16);
        _setsPanel([uint8(6), 6, 4], 9);
    }

    function test_RefusesAReviewQuorumOfHalfThePanelOrOfMoreThanIt() public {
        _refusesReviewPanel(0, 0, 0);
        _refusesReviewPanel(1, 1, 1);
        _refusesReviewPanel(2, 1, 4);
        _setsReviewPanel(1, 0, 1);
        _setsReviewPanel(1, 1, 2);
        _setsReviewPanel(0, 3, 3);
    }

    function test_RefusesAReviewPanelOfFifteen() public {
        _refusesReviewPanel(8, 7, 8);
        _refusesReviewPanel(255, 255, 255);
        _setsReviewPanel(7, 7, 8);
        _setsReviewPanel(14, 0, 14);
    }

    // ─────────────────────────── threshold and weight ────────────────────────

    function test_RefusesAThresholdAboveTheHighestMark() public {
        Rule memory rule = _scored();
        uint8[2] memory wrong = [uint8(101), 255];
        for (uint256 i = 0; i < wrong.length; ++i) {
            rule.threshold = wrong[i];
            _refuses(rule, abi.encodeWithSelector(Rules.RulesThreshold.selector, wrong[i], 100));
        }
        uint8[3] memory right = [uint8(0), 99, 100];
        for (uint256 i = 0; i < right.length; ++i) {
            rule.threshold = right[i];
            setRule(rule);
        }
    }

    function test_ThePriceAloneHasNeitherThresholdNorWeights() public {
        Rule memory rule = ruleFor(Category.GOODS, Method.LOWEST_PRICE);
        rule.threshold = 1;
        _refuses(rule, abi.encodeWithSelector(Rules.RulesThreshold.selector, 1, 0));
        rule.threshold = 0;
        _refusesWeights(rule, 1, 1);
        _refusesWeights(rule, 1, 0);
        _refusesWeights(rule, 0, 1);
        setRule(rule);
    }

    function test_RefusesWeightsThatLeaveNothingToQualityOrToPrice() public {
        Rule memory rule = _scored();
        _refusesWeights(rule, 0, 0);
        _refusesWeights(rule, 0, 5_000);
        _refusesWeights(rule, 5_001, 5_000);
        _refusesWeights(rule, 5_000, 10_000);
        _refusesWeights(rule, 5_000, type(uint16).max);
        uint16[2][3] memory right = [[uint16(1), 1], [uint16(1), 9_999], [uint16(9_999), 9_999]];
        for (uint256 i = 0; i < right.length; ++i) {
            (rule.weightLeast, rule.weightMost) = (right[i][0], right[i][1]);
            setRule(rule);
        }
    }

    // ───────────────────────── what is published stays ───────────────────────

    /// @dev Set while the tender runs: every figure of the new rule is another, and none of them counts for it.
    function test_AChangeNeverTouchesAPublishedTender() public {
        uint256 tenderId = publish();
        bytes32 termsHash = tenders.tenderOf(tenderId).termsHash;
        uint48 closesAt = tenders.closesAt(tenderId);
        _setStrictRule();

        vm.assertEq(tenders.tenderOf(tenderId).rule, 1);
        vm.assertEq(tenders.tenderOf(tenderId).minimumBids, 1);
        vm.assertEq(tenders.tenderOf(tenderId).termsHash, termsHash);
        vm.assertEq(tenders.closesAt(tenderId), closesAt);
        vm.warp(closesAt - 12 hours - 1); // under the new rule enquiries were over two days before closing
        vm.prank(supplier(1));
        tenders.enquire(tenderId, "question");
        sealBid(tenderId, bidOf(1, 100));
        openBids(tenderId);
        vm.assertEq(draw(tenderId).length, 3);
        vm.assertEq(ballots.roundOf(tenderId, 0).quorum, 2);
        castAll(tenderId, hex"01");
        openBallots(tenderId);
        awards.rank(tenderId, 1);
        vm.assertEq(awards.awardOf(tenderId).standstillEndsAt, present() + 5 days);
        vm.warp(present() + 5 days);
        awards.finalise(tenderId);
        vm.assertEq(awards.awardOf(tenderId).signBy, present() + 14 days);
    }

    function test_AnAmendmentStaysUnderTheRuleOfItsTender() public {
        uint256 tenderId = publish();
        uint48 closesAt = tenders.closesAt(tenderId);
        _setStrictRule();
        vm.prank(buyer);
        tenders.amend(tenderId, termsOfTender(), "", closesAt, "reason");
        vm.prank(authority);
        rules.repeal(Category.WORKS, Method.LOWEST_PRICE);
        vm.prank(buyer);
        tenders.amend(tenderId, termsOfTender(), "", closesAt, "reason");
        vm.assertEq(tenders.tenderOf(tenderId).version, 3);
        vm.assertEq(tenders.tenderOf(tenderId).rule, 1);
    }

    function test_WhatIsPublishedAfterwardsFollowsTheChange() public {
        _setStrictRule();
        Terms memory terms = termsOfTender();
        Tenders.Lot[] memory lots = lotsOf(terms);
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersMinimumBids.selector, 1, 3));
        vm.prank(buyer);
        tenders.publish(notice(), uint48(present() + 10 days), lots);
        terms.minimumBids = 3;
        vm.assertEq(tenders.tenderOf(publish(terms)).rule, 2);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _scored() private pure returns (Rule memory) {
        return ruleFor(Category.WORKS, Method.QUALITY_PRICE);
    }

    function _setStrictRule() private {
        Rule memory rule = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        (rule.tenderingPeriod, rule.amendmentPeriod, rule.enquiryPeriod) = (9 days, 9 days, 2 days);
        (rule.standstillPeriod, rule.signingPeriod, rule.minimumBids) = (30 days, 1 days, 3);
        (rule.agencies, rule.citizens, rule.quorum) = (3, 0, 3);
        setRule(rule);
    }

    function _refuses(Rule memory rule, bytes memory refusal) private {
        Rule[] memory only = new Rule[](1);
        only[0] = rule;
        vm.expectRevert(refusal);
        vm.prank(authority);
        rules.set(only);
    }

    function _withPeriod(uint256 which, uint32 period) private pure returns (Rule memory rule) {
        rule = _scored();
        (rule.amendmentPeriod, rule.enquiryPeriod) = (1 days, 0);
        if (which == 0) rule.tenderingPeriod = period;
        else if (which == 1) rule.evaluationPeriod = period;
        else if (which == 2) rule.standstillPeriod = period;
        else if (which == 3) rule.signingPeriod = period;
        else rule.reviewPeriod = period;
    }

    function _refusesPeriod(uint256 which, uint32 period, uint32 least, uint32 most) private {
        _refuses(_withPeriod(which, period), abi.encodeWithSelector(Rules.RulesPeriod.selector, period, least, most));
    }

    function _setsPeriod(uint256 which, uint32 period) private {
        Rule memory rule = _withPeriod(which, period);
        setRule(rule);
        _is(rules.ruleOf(uint16(rules.ruleCount())), rule);
    }

    function _withShare(uint256 which, uint16 share) private pure returns (Rule memory rule) {
        rule = _scored();
        if (which == 0) rule.abnormalUnderEstimate = share;
        else if (which == 1) rule.abnormalUnderMean = share;
        else if (which == 2) rule.complaintDeposit = share;
        else if (which == 3) rule.bidSecurityMost = share;
        else if (which == 4) rule.performanceSecurity = share;
        else rule.performanceSecurityLow = share;
    }

    function _withPanel(uint8[3] memory seats, uint8 quorum) private pure returns (Rule memory rule) {
        rule = _scored();
        (rule.agencies, rule.auditors, rule.citizens, rule.quorum) = (seats[0], seats[1], seats[2], quorum);
    }

    function _setsPanel(uint8[3] memory seats, uint8 quorum) private {
        setRule(_withPanel(seats, quorum));
    }

    function _refusesPanel(uint8[3] memory seats, uint8 quorum) private {
        uint256 sum = uint256(seats[0]) + seats[1] + seats[2];
        _refuses(_withPanel(seats, quorum), abi.encodeWithSelector(Rules.RulesPanel.selector, sum, quorum, 16));
    }

    function _withReviewPanel(uint8 auditors, uint8 citizens, uint8 quorum) private pure returns (Rule memory rule) {
        rule = _scored();
        (rule.reviewAuditors, rule.reviewCitizens, rule.reviewQuorum) = (auditors, citizens, quorum);
    }

    function _setsReviewPanel(uint8 auditors, uint8 citizens, uint8 quorum) private {
        setRule(_withReviewPanel(auditors, citizens, quorum));
    }

    function _refusesReviewPanel(uint8 auditors, uint8 citizens, uint8 quorum) private {
        uint256 sum = uint256(auditors) + citizens;
        bytes memory refusal = abi.encodeWithSelector(Rules.RulesPanel.selector, sum, quorum, 14);
        _refuses(_withReviewPanel(auditors, citizens, quorum), refusal);
    }

    function _refusesWeights(Rule memory rule, uint16 least, uint16 most) private {
        (uint16 leastBefore, uint16 mostBefore) = (rule.weightLeast, rule.weightMost);
        (rule.weightLeast, rule.weightMost) = (least, most);
        _refuses(rule, abi.encodeWithSelector(Rules.RulesWeights.selector, least, most));
        (rule.weightLeast, rule.weightMost) = (leastBefore, mostBefore);
    }

    function _refusesToRepeal(Category category, Method method) private {
        vm.expectRevert(abi.encodeWithSelector(Rules.RulesNone.selector, category, method));
        vm.prank(authority);
        rules.repeal(category, method);
    }

    function _isMissing(Category category, Method method) private view {
        (uint16 number, Rule memory terms) = rules.present(category, method);
        vm.assertEq(number, 0);
        Rule memory empty;
        _is(terms, empty);
    }

    function _is(Rule memory rule, Rule memory expected) private pure {
        vm.assertEq(keccak256(abi.encode(rule)), keccak256(abi.encode(expected)));
    }
}
