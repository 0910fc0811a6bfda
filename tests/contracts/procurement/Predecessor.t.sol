// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BUYER} from "../../../contracts/identity/Participants.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Notice, Phase} from "../../../contracts/procurement/Terms.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev A procurement that repeats one which came to nothing.
contract PredecessorTest is World {
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = publish();
    }

    function test_RepeatsACancelledTender() public {
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        uint48 closesAt = uint48(present() + 10 days);
        vm.expectEmit(address(tenders));
        emit Tenders.TenderPublished(
            tenderId + 1, BUYER_ORGANISATION, 1, closesAt, 0, "lot 1", lots[0].terms, _repeating(tenderId), buyer
        );
        vm.prank(buyer);
        tenders.publish(_repeating(tenderId), closesAt, lots);
    }

    function test_RepeatsATenderWithoutBids() public {
        closeAndRelease(tenders, tenderId, 0);
        _repeats();
    }

    function test_RepeatsATenderWhoseKeyWasWithheld() public {
        uint48 failsAt = tenders.closesAt(tenderId) + 3 days;
        vm.warp(failsAt - 1);
        _refuses(tenderId);
        vm.warp(failsAt);
        _repeats();
    }

    /// @dev What fails after the opening only `Awards` knows.
    function test_RepeatsATenderOfWhichNoBidWasAcceptable() public {
        sealBid(tenderId, bidOf(1, 100));
        openBids(tenderId);
        _refuses(tenderId);
        draw(tenderId);
        castAll(tenderId, hex"00");
        openBallots(tenderId);
        _refuses(tenderId);
        awards.rank(tenderId, 1);
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(Phase.UNSUCCESSFUL));
        _repeats();
    }

    function test_RefusesATenderThatRunsOrSucceeded() public {
        _refuses(tenderId);
        uint256 other = rankedTender(list(100));
        _refuses(other);
        vm.warp(awards.awardOf(other).standstillEndsAt);
        awards.finalise(other);
        _refuses(other);
        sign(termsOfTender(), agreementFor(other));
        _refuses(other);
    }

    function test_RefusesATenderThatDoesNotExist() public {
        uint256[3] memory unknown = [tenderId + 1, tenderId + 2, type(uint256).max];
        for (uint256 i = 0; i < unknown.length; ++i) {
            _refuses(unknown[i]);
        }
    }

    function test_RefusesTheTenderOfAnotherBuyer() public {
        address other = account("another buyer");
        vm.prank(registrar);
        participants.register("another buyer", BUYER, other);
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersPredecessor.selector, tenderId));
        vm.prank(other);
        tenders.publish(_repeating(tenderId), uint48(present() + 10 days), lots);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _repeating(uint256 predecessor) private pure returns (Notice memory references) {
        references = notice();
        references.predecessor = predecessor;
    }

    function _repeats() private {
        publish(termsOfTender(), _repeating(tenderId), uint48(present() + 10 days));
    }

    function _refuses(uint256 predecessor) private {
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersPredecessor.selector, predecessor));
        vm.prank(buyer);
        tenders.publish(_repeating(predecessor), uint48(present() + 10 days), lots);
    }
}
