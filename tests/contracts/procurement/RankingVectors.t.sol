// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {Awards, Remedy} from "../../../contracts/procurement/Awards.sol";
import {Ballots, Question} from "../../../contracts/procurement/Ballots.sol";
import {Marks} from "../../../contracts/procurement/Marks.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Phase, TaxBasis, Terms} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Test, vm} from "../support/Test.sol";

struct Case {
    bytes[] answers;
    uint128 ceiling;
    bytes[] marks;
    uint32[] organisations;
    uint128[] prices;
    bool scored;
    bytes32 seed;
    uint8 threshold;
    uint16 underEstimate;
    uint16 underMean;
    uint16 weight;
    uint256[] winners;
}

/// @title RankingLedger
/// @notice In the place of every contract beside `Awards`: it says of bids and ballots what rankings.json says.
contract RankingLedger {
    using Marks for mapping(uint256 => uint256);

    Tenders.Tender private _tender;
    Rule private _rule;
    bytes32 private _seed;
    uint32[] private _organisations;
    uint128[] private _prices;
    mapping(uint256 round => mapping(uint256 word => uint256)) private _marks;

    constructor(Case memory c, bytes32 termsHash) {
        _tender.method = c.scored ? Method.QUALITY_PRICE : Method.LOWEST_PRICE;
        (_tender.ceiling, _tender.termsHash) = (c.ceiling, termsHash);
        (_rule.abnormalUnderEstimate, _rule.abnormalUnderMean) = (c.underEstimate, c.underMean);
        (_rule.standstillPeriod, _rule.signingPeriod) = (1 days, 1 days);
        (_organisations, _prices, _seed) = (c.organisations, c.prices, c.seed);
        for (uint256 i = 0; i < c.prices.length; ++i) {
            if (c.prices[i] == 0 || c.prices[i] == type(uint128).max) continue;
            _tender.priceSum += c.prices[i];
            ++_tender.prices;
        }
        _cast(0, c.marks, c.scored);
        _cast(1, c.answers, false);
    }

    /// @dev A vector has the marks of each bid, a ballot those of all.
    function _cast(uint256 round, bytes[] memory given, bool scored) private {
        for (uint256 ballot = 0; ballot < given[0].length; ++ballot) {
            bytes memory marks = new bytes(given.length);
            for (uint256 i = 0; i < marks.length; ++i) {
                marks[i] = given[i][ballot];
            }
            _marks[round].add(marks, scored);
        }
    }

    // ───────────────────────── as Tenders, whose bids are open ───────────────

    function phase(uint256) external pure returns (Phase) {
        return Phase.EVALUATION;
    }

    function tenderOf(uint256) external view returns (Tenders.Tender memory) {
        return _tender;
    }

    function bidderCount(uint256) external view returns (uint256) {
        return _prices.length;
    }

    function bidAt(uint256, uint256 position) external view returns (uint32, uint128, uint32) {
        return (_organisations[position], _prices[position], 1);
    }

    function closesAt(uint256) external view returns (uint48) {
        return uint48(block.timestamp);
    }

    function GRACE() external pure returns (uint48) {
        return 3 days;
    }

    function PRICES() external pure returns (uint256) {
        return 2;
    }

    function isWithheld(uint256, uint256) external pure returns (bool) {
        return false;
    }

    function isOpened(uint256, uint256) external pure returns (bool) {
        return true;
    }

    // ───────────────────── as Ballots, whose rounds are over ─────────────────

    function draw(
        uint256,
        Tenders.Tender calldata,
        Rule calldata,
        uint256,
        Question,
        uint48,
        OpeningKeys.Claim calldata
    ) external {}

    function outcomeOf(uint256, uint256) external pure returns (Ballots.Outcome) {
        return Ballots.Outcome.VALID;
    }

    function seedOf(uint256, uint256 round) external view returns (bytes32) {
        return round == 0 ? _seed : bytes32(0);
    }

    function marksOf(uint256, uint256 round, uint256 from, uint256 upTo) external view returns (uint32[] memory bits) {
        bits = new uint32[](upTo - from);
        for (uint256 i = 0; i < bits.length; ++i) {
            bits[i] = _marks[round].bitsOf(from + i);
        }
    }

    // ─────────────────────────── as Rules and Agreements ─────────────────────

    function ruleOf(uint16) external view returns (Rule memory) {
        return _rule;
    }

    function isSigned(uint256) external pure returns (bool) {
        return false;
    }
}

/// @title RankingVectorsTest
/// @notice `Awards` ranks as the Python package does, in chunks of any size: who wins, who when that one is excluded, and
/// so on, with a round about abnormally low prices between where there must be one.
contract RankingVectorsTest is Test {
    uint256 private constant TENDER = 7;

    function test_EveryRankingEndsAsListed() external {
        vm.warp(1_800_000_000);
        string memory columns = "bytes[] answers,uint128 ceiling,bytes[] marks,uint32[] organisations,uint128[] prices,bool scored,"
            "bytes32 seed,uint8 threshold,uint16 underEstimate,uint16 underMean,uint16 weight,uint256[] winners";
        Case[] memory cases = abi.decode(vectors("procurement/rankings", "rankings", columns), (Case[]));
        vm.assertGe(cases.length, 80);
        uint256 asked;
        for (uint256 i = 0; i < cases.length; ++i) {
            if (_ranksAsListed(cases[i], vm.toString(i))) ++asked;
        }
        vm.assertGe(asked, 10);
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @return asked Whether a panel was asked about a low price.
    function _ranksAsListed(Case memory c, string memory number) private returns (bool asked) {
        Terms memory terms;
        terms.method = c.scored ? Method.QUALITY_PRICE : Method.LOWEST_PRICE;
        (terms.weight, terms.threshold, terms.evaluationPeriod) = (c.weight, c.threshold, 1 days);
        RankingLedger ledger = new RankingLedger(c, keccak256(abi.encode(terms)));
        bytes memory arguments = abi.encode(ledger, ledger, ledger, ledger, ledger, address(this), ledger);
        Awards awards = Awards(deploy("Awards", arguments));
        OpeningKeys.Claim memory claim;
        awards.draw(TENDER, terms, claim);
        uint256 next;
        for (uint256 chunk = 1;; chunk = chunk % 4 + 1) {
            awards.rank(TENDER, chunk);
            Awards.Award memory award = awards.awardOf(TENDER);
            if (award.unacceptable) break;
            if (award.attempts == 0) {
                vm.assertFalse(asked, number);
                asked = true;
                awards.draw(TENDER, terms, claim);
            } else if (award.standstillEndsAt != 0) {
                vm.assertTrue(next < c.winners.length, number);
                vm.assertEq(award.best - 1, c.winners[next++], number);
                awards.remedy(TENDER, Remedy.EXCLUDE); // this test is in the place of `Reviews`
            }
        }
        vm.assertEq(next, c.winners.length, number);
    }
}
