// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Phase} from "../../../contracts/procurement/Terms.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev From opened ballots to the award.
contract RankingTest is World {
    uint128 private constant WITHDRAWN = type(uint128).max;

    function test_TheCheapestResponsiveBidIsPutForward() public {
        uint256 tenderId = _evaluated(list(300, 100, 200), hex"010001");
        uint48 endsAt = uint48(present()) + 5 days;
        vm.expectEmit(address(awards));
        emit Awards.BidsRanked(tenderId, 0, 3, 3, 0);
        vm.expectEmit(address(awards));
        emit Awards.StandstillStarted(tenderId, supplierOrganisation(3), 2, 200, endsAt);
        vm.prank(stranger);
        awards.rank(tenderId, 3);

        Awards.Award memory award = awards.awardOf(tenderId);
        vm.assertEq(award.ranked, 3);
        vm.assertEq(award.best, 3);
        vm.assertEq(award.standstillEndsAt, endsAt);
        vm.assertEq(award.signBy, 0);
        _isIn(tenderId, Phase.STANDSTILL);
        _wins(tenderId, 3, 200);
    }

    function test_NobodyHasWonBeforeTheRankingIsComplete() public {
        uint256 tenderId = _evaluated(list(300, 100, 200), hex"010101");
        awards.rank(tenderId, 2);
        (uint32 organisation, uint128 price) = awards.winnerOf(tenderId);
        vm.assertEq(organisation, 0);
        vm.assertEq(price, 0);
        vm.assertEq(awards.awardOf(tenderId).best, 2);
        _isIn(tenderId, Phase.EVALUATION);
    }

    function test_AWithdrawnBidNeverWins() public {
        uint256 tenderId = publish();
        BidDraft memory withdrawal = bidOf(1, WITHDRAWN);
        withdrawal.nonce = 2;
        sealBid(tenderId, bidOf(1, 100));
        sealBid(tenderId, withdrawal);
        sealBid(tenderId, bidOf(2, 200));
        openBids(tenderId);
        draw(tenderId);
        castAll(tenderId, hex"0101");
        openBallots(tenderId);
        awards.rank(tenderId, 2);
        _wins(tenderId, 2, 200);
    }

    function test_IsUnsuccessfulWhenOnlyWithdrawnBidsAreResponsive() public {
        uint256 tenderId = publish();
        sealBid(tenderId, bidOf(1, WITHDRAWN));
        sealBid(tenderId, bidOf(2, 200));
        openBids(tenderId);
        draw(tenderId);
        castAll(tenderId, hex"0100");
        openBallots(tenderId);
        awards.rank(tenderId, 2);
        _isIn(tenderId, Phase.UNSUCCESSFUL);
    }

    function test_IsUnsuccessfulWhenNoBidIsAcceptable() public {
        uint256 tenderId = _evaluated(list(300, 100), hex"0000");
        awards.rank(tenderId, 1);
        _isIn(tenderId, Phase.EVALUATION);
        vm.expectEmit(address(awards));
        emit Awards.BidsRanked(tenderId, 0, 2, 0, 0);
        vm.expectEmit(address(awards));
        emit Awards.NoBidAcceptable(tenderId);
        awards.rank(tenderId, 1);
        _isIn(tenderId, Phase.UNSUCCESSFUL);
        _refusesToRank(tenderId, abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.UNSUCCESSFUL));
        _refusesToFinalise(tenderId, Phase.UNSUCCESSFUL);
    }

    // ────────────────────────────────── ties ─────────────────────────────────

    function test_OfEqualPricesTheLowestHashWins() public {
        uint256[2] memory won;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 tenderId = publish();
            (uint256 first, uint256 second) = i % 2 == 0 ? (1, 2) : (2, 1); // the order of sealing decides nothing
            sealBid(tenderId, bidOf(first, 100));
            sealBid(tenderId, bidOf(second, 100));
            sealBid(tenderId, bidOf(3, 101));
            openBids(tenderId);
            draw(tenderId);
            castAll(tenderId, hex"010101");
            openBallots(tenderId);
            awards.rank(tenderId, 3);
            uint256 expected = _tieHash(tenderId, 1) < _tieHash(tenderId, 2) ? 1 : 2;
            _wins(tenderId, expected, 100);
            ++won[expected == first ? 0 : 1];
        }
        vm.assertTrue(won[0] != 0 && won[1] != 0);
    }

    function _tieHash(uint256 tenderId, uint256 number) private view returns (bytes32) {
        bytes32 seed = keccak256(
            abi.encode(
                keccak256("Terang panel v1"),
                secretOf(tenders, tenderId, 0),
                tenders.accumulator(tenderId, 0),
                tenderId,
                uint256(0)
            )
        );
        return keccak256(abi.encode(seed, supplierOrganisation(number)));
    }

    // ───────────────────────────────── chunks ────────────────────────────────

    /// @dev Any prices, few enough that some are equal, any marks, any chunks, against one pass over all.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_ChunksRankAsAllAtOnce(uint256 seed) public {
        uint128[] memory prices = new uint128[](5);
        bytes memory marks = new bytes(5);
        for (uint256 i = 0; i < 5; ++i) {
            prices[i] = uint128((seed >> (8 * i)) % 3) + 1;
            marks[i] = bytes1(uint8((seed >> (8 * i + 4)) % 4 == 0 ? 0 : 1));
        }
        uint256 tenderId = _evaluated(prices, marks);
        uint256 ranked;
        for (uint256 i = 0; ranked < 5; ++i) {
            uint256 most = (seed >> (64 + 4 * i)) % 3 + 1;
            awards.rank(tenderId, most);
            ranked = ranked + most < 5 ? ranked + most : 5;
            vm.assertEq(awards.awardOf(tenderId).ranked, ranked);
        }

        uint256 best;
        for (uint256 i = 1; i <= 5; ++i) {
            if (marks[i - 1] == 0) continue;
            bool better = best == 0 || prices[i - 1] < prices[best - 1]
                || (prices[i - 1] == prices[best - 1] && _tieHash(tenderId, i) < _tieHash(tenderId, best));
            if (better) best = i;
        }
        vm.assertEq(awards.awardOf(tenderId).best, best);
        _isIn(tenderId, best == 0 ? Phase.UNSUCCESSFUL : Phase.STANDSTILL);
    }

    function test_RanksNoFurtherThanTheLastBid() public {
        uint256 tenderId = _evaluated(list(300, 100), hex"0101");
        awards.rank(tenderId, type(uint256).max);
        vm.assertEq(awards.awardOf(tenderId).ranked, 2);
        _wins(tenderId, 2, 100);
    }

    // ──────────────────────────────── refusals ───────────────────────────────

    function test_RefusesToRankNothing() public {
        uint256 tenderId = _evaluated(list(300), hex"01");
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNothingToRank.selector));
        awards.rank(tenderId, 0);
    }

    function test_RefusesToRankTwice() public {
        uint256 tenderId = rankedTender(list(300));
        _refusesToRank(tenderId, abi.encodeWithSelector(Awards.AwardsRanked.selector, tenderId));
    }

    function test_RefusesToRankBeforeTheBidsAreOpen() public {
        uint256 tenderId = publish();
        _refusesToRank(tenderId, abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, Phase.TENDERING));
    }

    function test_RefusesToRankBeforeTheBallotsAreOpen() public {
        uint256 tenderId = openedTender(list(300));
        bytes memory refusal = abi.encodeWithSelector(Awards.AwardsNotEvaluated.selector, tenderId, 0);
        _refusesToRank(tenderId, refusal);
        draw(tenderId);
        castAll(tenderId, hex"01");
        _refusesToRank(tenderId, refusal);
        closeAndRelease(ballots, tenderId, 16);
        _refusesToRank(tenderId, refusal);
        ballots.open(tenderId, 16, sealedIn[address(ballots)][tenderId][16]);
        awards.rank(tenderId, 1);
    }

    // ───────────────────────────── to the signature ──────────────────────────

    function test_AwardsWhenTheStandstillIsOver() public {
        uint256 tenderId = rankedTender(list(300));
        uint48 endsAt = awards.awardOf(tenderId).standstillEndsAt;
        vm.warp(endsAt - 1);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsStandstill.selector, tenderId, endsAt));
        awards.finalise(tenderId);
        vm.warp(endsAt);
        vm.expectEmit(address(awards));
        emit Awards.Awarded(tenderId, supplierOrganisation(1), 300, endsAt + 14 days);
        vm.prank(stranger);
        awards.finalise(tenderId);
        vm.assertEq(awards.awardOf(tenderId).signBy, endsAt + 14 days);
        _isIn(tenderId, Phase.AWARDED);
        _wins(tenderId, 1, 300);
    }

    function test_AwardsOnce() public {
        uint256 tenderId = awardedTender(list(300));
        _refusesToFinalise(tenderId, Phase.AWARDED);
    }

    function test_RefusesToAwardBeforeTheRanking() public {
        uint256 tenderId = _evaluated(list(300), hex"01");
        _refusesToFinalise(tenderId, Phase.EVALUATION);
        _refusesToFinalise(99, Phase.NONE);
    }

    function test_IsEvaluatedAgainWhenNobodySignsInTime() public {
        uint256 tenderId = awardedTender(list(300));
        uint48 signBy = awards.awardOf(tenderId).signBy;
        vm.warp(signBy);
        _isIn(tenderId, Phase.AWARDED);
        vm.warp(signBy + 1);
        _isIn(tenderId, Phase.EVALUATION);
        _refusesToFinalise(tenderId, Phase.EVALUATION);
    }

    function test_StaysContractedForEver() public {
        uint256 tenderId = awardedTender(list(300));
        vm.warp(awards.awardOf(tenderId).signBy);
        sign(termsOfTender(), agreementFor(tenderId));
        _isIn(tenderId, Phase.CONTRACTED);
        vm.warp(present() + 36_500 days);
        _isIn(tenderId, Phase.CONTRACTED);
        _refusesToFinalise(tenderId, Phase.CONTRACTED);
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev Bids opened, and ballots of the whole panel with the same marks.
    function _evaluated(uint128[] memory prices, bytes memory marks) private returns (uint256 tenderId) {
        tenderId = openedTender(prices);
        draw(tenderId);
        castAll(tenderId, marks);
        openBallots(tenderId);
    }

    function _wins(uint256 tenderId, uint256 number, uint128 price) private view {
        (uint32 organisation, uint128 offered) = awards.winnerOf(tenderId);
        vm.assertEq(organisation, supplierOrganisation(number));
        vm.assertEq(offered, price);
    }

    function _isIn(uint256 tenderId, Phase phase) private view {
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(phase));
    }

    function _refusesToRank(uint256 tenderId, bytes memory refusal) private {
        vm.expectRevert(refusal);
        awards.rank(tenderId, 1);
    }

    function _refusesToFinalise(uint256 tenderId, Phase phase) private {
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsPhase.selector, tenderId, phase));
        awards.finalise(tenderId);
    }
}
