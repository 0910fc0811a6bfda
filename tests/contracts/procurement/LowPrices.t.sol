// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Question} from "../../../contracts/procurement/Ballots.sol";
import {Ranking} from "../../../contracts/procurement/Ranking.sol";
import {Category, Failure, Method, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";

/// @dev Prices that are abnormally low: more than 20 % under the estimate, or 40 % or more under the mean of the others.
contract LowPricesTest is Procedure {
    uint128 private constant ESTIMATE = 1000;

    function setUp() public override {
        super.setUp();
        setRule(_strict(Method.LOWEST_PRICE));
        setRule(_strict(Method.QUALITY_PRICE));
    }

    // ──────────────────────────── what is too low ────────────────────────────

    function test_LowIsMoreThanTheShareUnderTheEstimate() public pure {
        vm.assertTrue(Ranking.isLow(799, 1000, 799, 1, 2000, 0));
        vm.assertFalse(Ranking.isLow(800, 1000, 800, 1, 2000, 0));
        vm.assertFalse(Ranking.isLow(1, 1000, 1, 1, 0, 0), "no such rule");
        vm.assertFalse(Ranking.isLow(1, 0, 1, 1, 2000, 0), "no estimate");
    }

    function test_LowIsTheShareOrMoreUnderTheMeanOfTheOthers() public pure {
        vm.assertTrue(Ranking.isLow(600, 0, 600 + 900 + 1100, 3, 0, 4000));
        vm.assertFalse(Ranking.isLow(601, 0, 601 + 900 + 1100, 3, 0, 4000));
        vm.assertFalse(Ranking.isLow(600, 0, 600 + 900 + 1100, 3, 0, 0), "no such rule");
        vm.assertFalse(Ranking.isLow(600, 0, 600, 1, 0, 4000), "no others");
    }

    function testFuzz_LowNeverOverflows(uint128 price, uint128 estimate, uint24 prices) public pure {
        uint256 sum = uint256(price) + uint256(type(uint128).max - 1) * (prices == 0 ? 0 : prices - 1);
        Ranking.isLow(price, estimate, sum, prices, 9999, 9999);
    }

    // ───────────────────────────── saying it aloud ───────────────────────────

    function test_AnyoneFlagsALowPrice() public {
        uint256 tenderId = _openedTender(list(799, 900));
        vm.expectEmit(address(awards));
        emit Awards.AbnormallyLow(tenderId, supplierOrganisation(1), 0, 799);
        vm.prank(stranger);
        awards.flag(tenderId, 0);
    }

    function test_NobodyFlagsAPriceThatIsNotLow() public {
        uint256 tenderId = _openedTender(list(799, 900));
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotLow.selector, tenderId, 1));
        awards.flag(tenderId, 1);
    }

    function test_NobodyFlagsAWithdrawnBid() public {
        uint256 tenderId = _openedTender(list(WITHDRAWN, 900));
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotLow.selector, tenderId, 0));
        awards.flag(tenderId, 0);
    }

    function test_NobodyFlagsBeforeEveryPriceIsOpen() public {
        uint256 tenderId = proposedTender(_scored(), list(700, 900));
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotLow.selector, tenderId, 0));
        awards.flag(tenderId, 0);
        judge(tenderId, _scored(), marking(90, 90));
        rank(tenderId);
        closeAndRelease(tenders, tenderId, 2);
        bytes[] memory envelopes = sealedIn[address(tenders)][tenderId][2];
        tenders.open(tenderId, 2, envelopes);
        awards.flag(tenderId, 0);
    }

    /// @dev While the openings go on the mean is not known, and an opened bid may yet be replaced.
    function test_NobodyFlagsWhileBidsOpen() public {
        uint256 tenderId = publish(_plain());
        for (uint256 i = 1; i <= 33; ++i) {
            BidDraft memory bid = bidOf(i == 1 ? 1 : 2, i == 1 ? 700 : 900);
            bid.nonce = uint32(i);
            sealBid(tenderId, bid);
        }
        closeAndRelease(tenders, tenderId, 0);
        bytes[] memory envelopes = sealedIn[address(tenders)][tenderId][0];
        bytes[] memory segment = new bytes[](32);
        for (uint256 i = 0; i < 32; ++i) {
            segment[i] = envelopes[i];
        }
        tenders.open(tenderId, 0, segment);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.OPENING));
        awards.flag(tenderId, 0);
    }

    function test_NobodyFlagsAfterTheRanking() public {
        uint256 tenderId = _openedTender(list(700, 900));
        judge(tenderId, _plain(), marking(YES, YES));
        rank(tenderId);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.STANDSTILL));
        awards.flag(tenderId, 0);
    }

    function test_BeforeThereIsAWinnerNoneIsLow() public {
        uint256 tenderId = _openedTender(list(700, 900));
        vm.assertFalse(awards.isWinnerLow(tenderId));
        judge(tenderId, _plain(), marking(ALTHOUGH_LOW, YES));
        vm.assertFalse(awards.isWinnerLow(tenderId));
        rank(tenderId);
        vm.assertTrue(awards.isWinnerLow(tenderId));
    }

    // ────────────────────────── one envelope: the ballots ────────────────────

    function test_ALowBidWinsOnlyIfTheBallotsSaySoInSoManyWords() public {
        uint256 yes = _openedTender(list(700, 900));
        judge(yes, _plain(), marking(YES, YES));
        rank(yes);
        wins(yes, 2, 900);
        uint256 although = _openedTender(list(700, 900));
        judge(although, _plain(), marking(ALTHOUGH_LOW, YES));
        rank(although);
        wins(although, 1, 700);
    }

    /// @dev Two of three, where one abstains half is not enough.
    function test_MoreThanHalfMustSaySo() public {
        uint256 tenderId = _openedTender(list(700, 900));
        _judge(tenderId, _plain(), [ALTHOUGH_LOW, YES, ABSTAINS]);
        rank(tenderId);
        wins(tenderId, 2, 900);
        uint256 other = _openedTender(list(700, 900));
        _judge(other, _plain(), [ALTHOUGH_LOW, ALTHOUGH_LOW, NO]);
        rank(other);
        wins(other, 1, 700);
    }

    function test_AnOrdinaryBidMayBeAcceptedAlthoughLow() public {
        uint256 tenderId = _openedTender(list(850, 900));
        judge(tenderId, _plain(), marking(ALTHOUGH_LOW, YES));
        rank(tenderId);
        wins(tenderId, 1, 850);
    }

    // ──────────────────────── two envelopes: a round of its own ──────────────

    function test_LowPricesArePutToAPanelBeforeTheScores() public {
        uint256 tenderId = _questioned();
        Awards.Award memory award = awards.awardOf(tenderId);
        vm.assertEq(uint256(award.question), uint256(Question.LOW_PRICES));
        vm.assertEq(award.attempts, 0);
        vm.assertEq(award.standstillEndsAt, 0);
        inPhase(tenderId, Phase.EVALUATION);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotEvaluated.selector, tenderId, 0));
        awards.rank(tenderId, 1);
        // the question waits: nobody has to be quick, and nothing expires
        vm.warp(present() + 400 days);
        inPhase(tenderId, Phase.EVALUATION);
        draw(tenderId, _scored());
        vm.assertEq(uint256(ballots.roundOf(tenderId, 1).question), uint256(Question.LOW_PRICES));
        vm.assertEq(awards.awardOf(tenderId).bidsRound, 0);
        vm.assertEq(awards.awardOf(tenderId).lowRound, 2);
    }

    function test_AnAcceptedLowPriceWins() public {
        uint256 tenderId = _questioned();
        judge(tenderId, _scored(), marking(ALTHOUGH_LOW, NO));
        rankPrices(tenderId);
        wins(tenderId, 1, 500);
        inPhase(tenderId, Phase.STANDSTILL);
    }

    /// @dev It does not set the lowest price either.
    function test_ARejectedLowPriceIsOut() public {
        uint256 tenderId = _questioned();
        judge(tenderId, _scored(), marking(NO, NO));
        rank(tenderId);
        vm.assertEq(awards.awardOf(tenderId).lowest, 900);
        rank(tenderId);
        wins(tenderId, 2, 900);
    }

    function test_APlainYesDoesNotAcceptALowPrice() public {
        uint256 tenderId = _questioned();
        judge(tenderId, _scored(), marking(YES, YES));
        rankPrices(tenderId);
        wins(tenderId, 2, 900);
    }

    function test_ScoresAreNoAnswersAboutPrices() public {
        uint256 tenderId = _questioned();
        draw(tenderId, _scored());
        castAll(tenderId, marking(100, 100));
        openBallots(tenderId);
        vm.assertEq(ballots.roundOf(tenderId, 1).ballots, 0);
    }

    function test_WithoutQuorumTheQuestionIsRepeatedOnceAndThenFails() public {
        uint256 tenderId = _questioned();
        judge(tenderId, _scored(), marking(3, 3)); // void
        inPhase(tenderId, Phase.EVALUATION);
        uint256 closedAt = ballots.boxOf(tenderId, 17).closesAt;
        vm.warp(closedAt + 10 days - 1);
        judge(tenderId, _scored(), marking(3, 3));
        fails(tenderId, Failure.NO_QUORUM);
        awards.awardOf(tenderId);
    }

    function test_TheRepeatedQuestionIsTheOneThatCounts() public {
        uint256 tenderId = _questioned();
        judge(tenderId, _scored(), marking(3, 3)); // void
        judge(tenderId, _scored(), marking(ALTHOUGH_LOW, NO));
        vm.assertEq(awards.awardOf(tenderId).lowRound, 3);
        vm.assertEq(awards.awardOf(tenderId).bidsRound, 0);
        rankPrices(tenderId);
        wins(tenderId, 1, 500);
    }

    /// @dev One round answers for every low price: the next low one is not asked about again.
    function test_OneRoundAnswersForEveryLowPrice() public {
        uint256 tenderId = _priced(list(500, 600, 1000), marking(90, 89, 60));
        rank(tenderId);
        judge(tenderId, _scored(), marking(NO, ALTHOUGH_LOW, NO));
        rankPrices(tenderId);
        wins(tenderId, 2, 600);
        finalise(tenderId);
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        awards.passOver(tenderId);
        rankPrices(tenderId);
        wins(tenderId, 3, 1000);
        inPhase(tenderId, Phase.STANDSTILL);
    }

    /// @dev A price of 1 behind a proposal at the threshold would make every other price score nothing: 2 at twice the
    /// price of 1 would win by quality alone, 72 + 0 against 64 + 0 where it should be 72 + 10 against 64 + 20.
    function test_ALowPriceThatCanNotWinDoesNotBendTheScores() public {
        Terms memory terms = _scored();
        (terms.ceiling, terms.weight) = (0, 8000);
        uint256 tenderId = proposedTender(terms, list(1000, 2000, 1));
        judge(tenderId, terms, marking(80, 90, 50));
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
        rank(tenderId);
        vm.assertEq(uint256(awards.awardOf(tenderId).question), uint256(Question.LOW_PRICES));
        judge(tenderId, terms, marking(ALTHOUGH_LOW, ALTHOUGH_LOW, NO));
        rankPrices(tenderId);
        wins(tenderId, 1, 1000);
    }

    function test_WhereEveryPriceIsRejectedNoBidIsAcceptable() public {
        uint256 tenderId = _priced(list(500, 600), marking(90, 90));
        rank(tenderId);
        judge(tenderId, _scored(), marking(NO, NO));
        rank(tenderId);
        fails(tenderId, Failure.NO_BID_ACCEPTABLE);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _strict(Method method) private pure returns (Rule memory rule_) {
        rule_ = ruleFor(Category.WORKS, method);
        (rule_.abnormalUnderEstimate, rule_.abnormalUnderMean) = (2000, 4000);
    }

    function _plain() private view returns (Terms memory terms) {
        terms = termsOfTender();
        terms.ceiling = ESTIMATE;
    }

    function _scored() private view returns (Terms memory terms) {
        terms = scoredTerms();
        terms.ceiling = ESTIMATE;
    }

    function _openedTender(uint128[] memory prices) private returns (uint256 tenderId) {
        tenderId = publish(_plain());
        sealBids(tenderId, prices);
        openBids(tenderId);
    }

    function _priced(uint128[] memory prices, bytes memory given) private returns (uint256 tenderId) {
        tenderId = proposedTender(_scored(), prices);
        judge(tenderId, _scored(), given);
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
    }

    /// @dev Supplier 1 asks half of the estimate: its price is put to a panel.
    function _questioned() private returns (uint256 tenderId) {
        tenderId = _priced(list(500, 900), marking(90, 80));
        vm.expectEmit(address(awards));
        emit Awards.LowPricesQuestioned(tenderId, 500);
        rank(tenderId);
    }

    /// @dev Three ballots that differ about the first bid and accept the second.
    function _judge(uint256 tenderId, Terms memory terms, uint8[3] memory first) private {
        bytes[] memory given = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            given[i] = marking(first[i], YES);
        }
        judgeEach(tenderId, terms, given);
    }
}
