// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {MEMBER, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Category, Method, Phase} from "../../../contracts/procurement/Terms.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev Opening, marks and ranking cost the same for each further bid of the tender, and for each further chunk.
/// Bids come in multiples of eight, whose tallies share a word.
contract LinearTest is World {
    uint256 private constant TENDERERS = 96;
    uint128 private constant PRICE = 1_000_000_00;
    uint256 private constant SEATS = 5;

    function setUp() public override {
        super.setUp();
        vm.startPrank(registrar);
        for (uint256 i = SUPPLIERS + 1; i <= TENDERERS; ++i) {
            participants.register(keccak256(abi.encode("supplier", i)), SUPPLIER, supplier(i));
        }
        vm.stopPrank();
    }

    function ruleFor(Category category, Method method) internal pure override returns (Rule memory rule) {
        rule = super.ruleFor(category, method);
        (rule.agencies, rule.citizens, rule.quorum) = (3, 2, 3);
    }

    function test_MarksAndRankingCostTheSameForEachFurtherBid() public {
        uint256[4] memory opened;
        uint256[4] memory rankings;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 bids = 8 << i;
            uint256 tenderId = _judged(bids, 1);
            opened[i] = _note("open_ballot_", bids, SEATS);
            awards.rank(tenderId, bids);
            rankings[i] = _note("rank_", bids, 1);
            assertStandstill(tenderId);
        }
        assertLinear(opened);
        assertLinear(rankings);
    }

    /// @dev The dearest ranking: each comparison asks for the seed of the panel.
    function test_RankingBidsOfOnePriceCostsTheSameForEachFurtherBid() public {
        uint256[4] memory rankings;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 bids = 8 << i;
            uint256 tenderId = _judged(bids, 0);
            awards.rank(tenderId, bids);
            rankings[i] = _note("rank_tied_", bids, 1);
            assertStandstill(tenderId);
        }
        assertLinear(rankings);
    }

    function test_EachChunkOfARankingCostsTheSame() public {
        uint256 tenderId = _judged(64, 1);
        uint256[4] memory chunks;
        for (uint256 i = 0; i < 4; ++i) {
            awards.rank(tenderId, 16);
            chunks[i] = _note("rank_chunk_", i + 1, 1);
        }
        assertStandstill(tenderId);
        assertNear(chunks[2], chunks[1], 1);
        // the first one finds no best bid to compare with; the last one also starts the standstill
        assertNear(chunks[1], chunks[0], 10);
        assertNear(chunks[3], chunks[0], 20);
    }

    function test_EachChunkOfAnOpeningCostsTheSame() public {
        uint256 tenderId = publish();
        _sealBids(tenderId, TENDERERS, 1);
        closeAndRelease(tenders, tenderId, 0);
        uint256[3] memory chunks;
        for (uint256 i = 0; i < 3; ++i) {
            chunks[i] = _openChunk(tenders, tenderId, 0, "open_chunk_", i + 1);
        }
        vm.assertTrue(tenders.isOpened(tenderId, 0));
        // the first one also fills the word of the sum of prices
        assertNear(chunks[1], chunks[0], 2);
        assertNear(chunks[2], chunks[1], 1);
    }

    function test_EachChunkOfBallotsCostsTheSame() public {
        _seatEightMoreOfEachClass();
        setPanel([8, 4, 4], 9);
        uint256 tenderId = publish();
        _sealBids(tenderId, 8, 1);
        openBids(tenderId);
        uint256 seats = draw(tenderId).length;
        castAll(tenderId, marksOf(YES, 8));
        closeAndRelease(ballots, tenderId, 16);
        uint256 segment = ballots.SEGMENT();
        vm.assertEq(seats, 2 * segment);
        uint256 first = _openChunk(ballots, tenderId, 16, "ballots_chunk_", 1);
        uint256 second = _openChunk(ballots, tenderId, 16, "ballots_chunk_", 2);
        vm.assertTrue(ballots.isOpened(tenderId, 16));
        // the first one also fills the word of the tallies
        assertNear(second, first, 3);
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev A tender whose ballots were opened last, all responsive; each bid is `less` cheaper than the one before.
    function _judged(uint256 bids, uint128 less) private returns (uint256 tenderId) {
        tenderId = publish();
        _sealBids(tenderId, bids, less);
        openBids(tenderId);
        draw(tenderId);
        castAll(tenderId, marksOf(YES, bids));
        openBallots(tenderId);
    }

    function _seatEightMoreOfEachClass() private {
        for (uint256 seat = MEMBERS + 1; seat <= MEMBERS + 24; ++seat) {
            vm.prank(registrar);
            uint32 organisation = participants.register(keccak256(abi.encode("member", seat)), MEMBER, member(seat));
            vm.prank(authority);
            consortium.admit(organisation, Consortium.Class(seat % 3), member(seat));
        }
    }

    /// @dev Opens the `number`-th segment of a box and notes what one of its envelopes took.
    function _openChunk(SealedBox box, uint256 tenderId, uint256 stage, string memory what, uint256 number)
        private
        returns (uint256)
    {
        bytes[] memory envelopes = new bytes[](box.SEGMENT());
        for (uint256 i = 0; i < envelopes.length; ++i) {
            envelopes[i] = sealedIn[address(box)][tenderId][stage][(number - 1) * envelopes.length + i];
        }
        box.open(tenderId, stage, envelopes);
        return _note(what, number, envelopes.length);
    }

    function _sealBids(uint256 tenderId, uint256 bids, uint128 less) private {
        for (uint256 i = 1; i <= bids; ++i) {
            sealBid(tenderId, bidOf(i, PRICE - less * uint128(i)));
        }
    }

    function _note(string memory what, uint256 number, uint256 parts) private returns (uint256 gas) {
        gas = uint256(vm.lastCallGas().gasTotalUsed) / parts;
        vm.snapshotValue("Bids", string.concat(what, vm.toString(number)), gas);
    }

    function assertStandstill(uint256 tenderId) private view {
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(Phase.STANDSTILL));
    }

    /// @dev Gas at 8, 16, 32 and 64 bids: each further bid costs the same, within three per cent.
    function assertLinear(uint256[4] memory gas) private pure {
        uint256 each = (gas[1] - gas[0]) / 8;
        assertNear((gas[2] - gas[1]) / 16, each, 3);
        assertNear((gas[3] - gas[2]) / 32, each, 3);
    }

    function assertNear(uint256 left, uint256 right, uint256 margin) private pure {
        vm.assertLe(100 * left, (100 + margin) * right);
        vm.assertGe(100 * left, (100 - margin) * right);
    }
}
