// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Ranking} from "../../../contracts/procurement/Ranking.sol";
import {Failure, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";

/// @dev Two envelopes: proposals are scored while prices are sealed, then both are weighed.
contract QualityTest is Procedure {
    function setUp() public override {
        super.setUp();
        setRule(scoredRule());
    }

    // ──────────────────────────────── the formula ────────────────────────────

    function test_TheBestOfQualityAndPriceWins() public {
        // 0.6 · 90 + 0.4 · 100 · 200/300 = 80.67 against 0.6 · 60 + 0.4 · 100 = 76
        uint256 tenderId = pricedTender(list(300, 200), marking(90, 60));
        rankPrices(tenderId);
        wins(tenderId, 1, 300);
        inPhase(tenderId, Phase.STANDSTILL);
    }

    function test_TheCheaperWinsWhereQualityDoesNotMakeUpForIt() public {
        // 0.6 · 85 + 26.67 = 77.67 against 0.6 · 65 + 40 = 79
        uint256 tenderId = pricedTender(list(300, 200), marking(85, 65));
        rankPrices(tenderId);
        wins(tenderId, 2, 200);
    }

    function test_AScoreFloorsEachDivision() public pure {
        // 6000 · 200 · 10⁶ / 3 = 4·10¹¹; 4000 · 10⁸ · 2 / 3 = 266,666,666,666; sum / 10⁴
        vm.assertEq(Ranking.score(200, 3, 6000, 2, 3), 66_666_666);
        // 1 · 1 · 10⁶ / 3 = 333,333 and 9999 · 10⁸ / 7 = 142,842,857,142: in one division it were one more
        vm.assertEq(Ranking.score(1, 3, 1, 1, 7), uint256(333_333 + 142_842_857_142) / 10_000);
        vm.assertEq(Ranking.score(300, 3, 6000, 5, 5), 100e6);
        vm.assertEq(Ranking.score(0, 3, 6000, 1, type(uint128).max), 0);
    }

    function testFuzz_AScoreNeverOverflowsNorExceedsAHundred(
        uint16 sum,
        uint8 ballots_,
        uint16 weight,
        uint128 lowest,
        uint128 price
    ) public pure {
        uint256 count = bound(ballots_, 1, 16);
        uint256 marks_ = bound(sum, 0, 100 * count);
        uint256 w = bound(weight, 1, 9_999);
        uint256 least = bound(lowest, 1, type(uint128).max);
        uint256 asked = bound(price, least, type(uint128).max);
        uint256 score = Ranking.score(marks_, count, w, least, asked);
        vm.assertLe(score, 100e6);
        // a better mark or a lower price never scores less
        if (marks_ < 100 * count) vm.assertLe(score, Ranking.score(marks_ + 1, count, w, least, asked));
        if (asked > least) vm.assertLe(score, Ranking.score(marks_, count, w, least, asked - 1));
    }

    /// @dev 70 + 71 + 72 of three against 71 of one: the mean is the same, so the lower price wins.
    function test_MarksAreMeansOfThoseWhoMarked() public {
        uint256 tenderId = proposedTender(list(300, 299));
        bytes[] memory each = new bytes[](3);
        (each[0], each[1], each[2]) = (marking(70, ABSTAINS), marking(71, 71), marking(72, ABSTAINS));
        judgeEach(tenderId, scoredTerms(), each);
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
        rankPrices(tenderId);
        wins(tenderId, 2, 299);
    }

    /// @dev The lowest price is that of the bids left: the rejected one of 10 would make price weigh nothing.
    function test_TheLowestPriceIsThatOfABidThatReachedTheThreshold() public {
        uint256 tenderId = pricedTender(list(300, 200, 10), marking(90, 60, 49));
        rank(tenderId);
        vm.assertEq(awards.awardOf(tenderId).lowest, 200);
        rank(tenderId);
        wins(tenderId, 1, 300);
    }

    function test_TheLowestPriceIsFoundAgainAfterAnExclusion() public {
        // 2: 0.6 · 80 + 40 = 88. Without it 3 is the cheapest: 0.6 · 70 + 40 = 82 against 0.6 · 90 + 40 · 150/300 = 74
        uint256 tenderId = pricedTender(list(300, 100, 150), marking(90, 80, 70));
        rankPrices(tenderId);
        wins(tenderId, 2, 100);
        finalise(tenderId);
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        awards.passOver(tenderId);
        vm.assertEq(awards.awardOf(tenderId).lowest, 0);
        rank(tenderId);
        vm.assertEq(awards.awardOf(tenderId).lowest, 150);
        rank(tenderId);
        wins(tenderId, 3, 150);
    }

    // ─────────────────────────────── the threshold ───────────────────────────

    function test_AMeanAtTheThresholdPasses() public {
        uint256 tenderId = pricedTender(list(300, 200), marking(50, 49));
        rankPrices(tenderId);
        wins(tenderId, 1, 300);
    }

    /// @dev 50 + 50 + 49 is a third of a mark under 50 in the mean: means are not rounded.
    function test_AMeanAHairUnderTheThresholdDoesNotPass() public {
        uint256 tenderId = proposedTender(list(300, 200));
        bytes[] memory each = new bytes[](3);
        (each[0], each[1], each[2]) = (marking(50, 50), marking(50, 50), marking(50, 49));
        judgeEach(tenderId, scoredTerms(), each);
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
        rankPrices(tenderId);
        wins(tenderId, 1, 300);
    }

    function test_AProposalThatNobodyMarkedDoesNotPass() public {
        Rule memory rule_ = scoredRule();
        rule_.threshold = 0;
        setRule(rule_);
        Terms memory terms = scoredTerms();
        terms.threshold = 0;
        uint256 tenderId = proposedTender(terms, list(300, 200));
        judge(tenderId, terms, marking(0, ABSTAINS));
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
        rankPrices(tenderId);
        wins(tenderId, 1, 300);
    }

    // ─────────────────────────────────── ties ────────────────────────────────

    function test_OfEqualScoresTheLowerPriceWins() public {
        Terms memory terms = scoredTerms();
        terms.weight = 5000;
        uint256 tenderId = proposedTender(terms, list(250, 200));
        judge(tenderId, terms, marking(90, 70)); // 45 + 40 and 35 + 50
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
        rankPrices(tenderId);
        wins(tenderId, 2, 200);
    }

    function test_OfEqualBidsTheLowestHashWithTheSeedWins() public {
        uint256 tenderId = pricedTender(list(200, 200, 200), marking(80, 80, 80));
        rankPrices(tenderId);
        bytes32 seed = ballots.seedOf(tenderId, 0);
        uint256 first = 1;
        for (uint256 i = 2; i <= 3; ++i) {
            bytes32 hash = keccak256(abi.encode(seed, supplierOrganisation(i)));
            if (hash < keccak256(abi.encode(seed, supplierOrganisation(first)))) first = i;
        }
        wins(tenderId, first, 200);
    }

    // ────────────────────────────────── chunks ───────────────────────────────

    /// forge-config: default.fuzz.runs = 24
    function testFuzz_ChunksChangeNothing(uint8[5] memory asked, uint8[5] memory given, uint8 step) public {
        uint128[] memory prices = new uint128[](5);
        bytes memory each = new bytes(5);
        for (uint256 i = 0; i < 5; ++i) {
            (prices[i], each[i]) = (1 + asked[i] % 8, bytes1(uint8(bound(given[i], 45, 60))));
        }
        each[4] = bytes1(uint8(70));
        uint256 whole = pricedTender(prices, each);
        rankPrices(whole);

        uint256 parts = proposedTender(prices);
        judge(parts, scoredTerms(), each);
        uint256 most = bound(step, 1, 4);
        while (awards.phase(parts) == Phase.EVALUATION) awards.rank(parts, most);
        closeAndOpen(tenders, parts, 2);
        while (awards.phase(parts) == Phase.EVALUATION) awards.rank(parts, most);
        vm.assertEq(awards.awardOf(parts).lowest, awards.awardOf(whole).lowest);
        (uint32 winner, uint128 price) = awards.winnerOf(whole);
        (uint32 again, uint128 same) = awards.winnerOf(parts);
        vm.assertEq(same, price);
        // ties go by each tender's own seed
        if (winner != again) {
            vm.assertEq(
                uint8(each[winner - supplierOrganisation(1)]), uint8(each[again - supplierOrganisation(1)]), "tie"
            );
        }
    }

    // ──────────────────────────── the price envelopes ────────────────────────

    function test_PricesWaitForQuality() public {
        uint256 tenderId = proposedTender(list(300, 200));
        uint256 secret = secretOf(tenders, tenderId, 2);
        _pricesStayShut(tenderId, secret);
        judge(tenderId, scoredTerms(), marking(90, 60));
        _pricesStayShut(tenderId, secret);
        awards.rank(tenderId, 1);
        _pricesStayShut(tenderId, secret);
        awards.rank(tenderId, 1);
        inPhase(tenderId, Phase.PRICE_OPENING);
        vm.assertEq(awards.qualityDecidedAt(tenderId), present());
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.PRICE_OPENING));
        awards.rank(tenderId, 1);
        tenders.release(tenderId, 2, secret);
        inPhase(tenderId, Phase.PRICE_OPENING);
        tenders.open(tenderId, 2, sealedIn[address(tenders)][tenderId][2]);
        inPhase(tenderId, Phase.EVALUATION);
    }

    function test_WithoutAnAcceptableProposalPricesNeverOpen() public {
        uint256 tenderId = proposedTender(list(300, 200));
        judge(tenderId, scoredTerms(), marking(49, 0));
        rank(tenderId);
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
        _pricesStayShut(tenderId, secretOf(tenders, tenderId, 2));
        vm.warp(present() + 30 days);
        _pricesStayShut(tenderId, secretOf(tenders, tenderId, 2));
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
    }

    function test_AWithheldPriceBoxEndsTheTender() public {
        uint256 tenderId = proposedTender(list(300, 200));
        judge(tenderId, scoredTerms(), marking(90, 60));
        rank(tenderId);
        uint256 decidedAt = present();
        vm.warp(decidedAt + 3 days - 1);
        inPhase(tenderId, Phase.PRICE_OPENING);
        vm.warp(decidedAt + 3 days);
        fails(tenderId, Failure.WITHHELD);
        _pricesStayShut(tenderId, secretOf(tenders, tenderId, 2));
    }

    function test_AProposalWithoutAPriceDoesNotWin() public {
        uint256 tenderId = pricedTender(list(0, 200), marking(100, 50));
        rankPrices(tenderId);
        wins(tenderId, 2, 200);
    }

    function test_AWithdrawnPriceDoesNotWin() public {
        uint256 tenderId = pricedTender(list(WITHDRAWN, 200), marking(100, 50));
        rank(tenderId);
        vm.assertEq(awards.awardOf(tenderId).lowest, 200);
        rank(tenderId);
        wins(tenderId, 2, 200);
    }

    function test_WithoutAnyPriceNoBidIsAcceptable() public {
        uint256 tenderId = pricedTender(list(0, WITHDRAWN), marking(100, 100));
        rank(tenderId);
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
    }

    /// @dev Scores of one bid's organisation never come from the price of an older proposal.
    function test_ThePriceOfAnOlderProposalDoesNotCount() public {
        uint256 tenderId = publish(scoredTerms());
        putProposal(tenderId, 1, 1);
        putPrice(tenderId, 1, 100, 1);
        putProposal(tenderId, 1, 2);
        putPrice(tenderId, 1, 150, 2);
        putProposal(tenderId, 2, 1);
        putPrice(tenderId, 2, 200, 1);
        closeAndOpen(tenders, tenderId, 1);
        judge(tenderId, scoredTerms(), marking(90, 80));
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
        rankPrices(tenderId);
        wins(tenderId, 1, 150);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _pricesStayShut(uint256 tenderId, uint256 secret) private {
        vm.assertFalse(tenders.releasable(tenderId, 2));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, tenderId, 2));
        tenders.release(tenderId, 2, secret);
    }
}
