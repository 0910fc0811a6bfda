// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Phase} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev A procurement of several lots: tenders published together, each a tender of its own.
contract LotsTest is World {
    function test_PublishesEveryLotAsATenderOfItsOwn() public {
        publish();
        Tenders.Lot[] memory lots = _lots(3);
        lots[1].terms.ceiling = 500;
        uint48 closesAt = uint48(present() + 10 days);
        for (uint8 i = 0; i < 3; ++i) {
            vm.expectEmit(address(tenders));
            emit Tenders.TenderPublished(
                2 + i, BUYER_ORGANISATION, 1, closesAt, i, lots[i].id, lots[i].terms, notice(), buyer
            );
            OpeningKeys.Claim memory claim = lots[i].claims[0];
            vm.expectEmit(address(openingKeys));
            emit OpeningKeys.KeyTaken(claim.keyId, address(tenders), 2 + i, 0, claim.x, claim.y);
        }
        vm.assertEq(_publish(lots), 2);

        vm.assertEq(tenders.tenderCount(), 4);
        for (uint256 i = 0; i < 3; ++i) {
            Tenders.Tender memory tender = tenders.tenderOf(2 + i);
            vm.assertEq(tender.lot, i);
            vm.assertEq(tender.buyer, BUYER_ORGANISATION);
            vm.assertEq(tender.termsHash, keccak256(abi.encode(lots[i].terms)));
            vm.assertEq(tenders.closesAt(2 + i), closesAt);
            vm.assertEq(tenders.boxOf(2 + i, 0).point, vm.addr(secretOf(1 + i)));
        }
        vm.assertEq(tenders.tenderOf(3).ceiling, 500);
        vm.assertEq(publish(), 5);
        vm.assertEq(tenders.tenderOf(5).lot, 0);
    }

    function test_LotsOfAnotherCategoryOrMethodFollowTheirOwnRule() public {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        Rule memory rule = ruleFor(Category.GOODS, Method.LOWEST_PRICE);
        rule.minimumBids = 2;
        setRule(rule);
        Tenders.Lot[] memory lots = _lots(3);
        lots[1] = lotOf("lot 2", qualityTerms());
        (lots[2].terms.category, lots[2].terms.minimumBids) = (Category.GOODS, 2);
        _publish(lots);
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(tenders.tenderOf(1 + i).rule, 1 + i);
        }
        vm.assertEq(tenders.firstStage(1), 0);
        vm.assertEq(tenders.firstStage(2), 1);
        vm.assertEq(tenders.tenderOf(3).minimumBids, 2);
    }

    function test_PublishesThirtyTwoLotsAndNoMore() public {
        _refuses(new Tenders.Lot[](0), abi.encodeWithSelector(Tenders.TendersLots.selector, 0, 32));
        _refuses(new Tenders.Lot[](33), abi.encodeWithSelector(Tenders.TendersLots.selector, 33, 32));
        vm.assertEq(_publish(_lots(32)), 1);
        vm.assertEq(tenders.tenderCount(), 32);
        vm.assertEq(tenders.tenderOf(32).lot, 31);
    }

    function test_RefusesALotWithOtherDocuments() public {
        Tenders.Lot[] memory lots = _lots(3);
        lots[2].terms.documents = "other documents";
        _refuses(lots, abi.encodeWithSelector(Tenders.TendersLotDocuments.selector, 2));
    }

    function test_PublishesNothingWhereOneLotIsRefused() public {
        Tenders.Lot[] memory lots = _lots(3);
        lots[2].terms.minimumBids = 0;
        _refuses(lots, abi.encodeWithSelector(Tenders.TendersMinimumBids.selector, 0, 1));
        vm.assertEq(tenders.tenderCount(), 0);
        lots[2].terms.minimumBids = 1;
        vm.assertEq(_publish(lots), 1); // the keys are free still
    }

    function test_RefusesAnIdThatIsTooLongInTheLastLotToo() public {
        Tenders.Lot[] memory lots = _lots(2);
        lots[1].id = string(new bytes(257));
        _refuses(lots, abi.encodeWithSelector(Tenders.TendersReference.selector, 257, 256));
    }

    function test_RefusesOneKeyForTwoLots() public {
        Tenders.Lot[] memory lots = _lots(2);
        lots[1].claims = lots[0].claims;
        _refuses(lots, abi.encodeWithSelector(OpeningKeys.OpeningKeysKeyTaken.selector, lots[0].claims[0].keyId));
    }

    // ─────────────────────────── each for itself ─────────────────────────────

    function test_EachLotIsBidForAndAwardedForItself() public {
        _publish(_lots(2));
        sealBids(1, list(300, 200));
        sealBids(2, list(100, 200));
        openBids(1);
        openBids(2);
        for (uint256 lot = 1; lot <= 2; ++lot) {
            draw(lot);
            castAll(lot, hex"0101");
        }
        for (uint256 lot = 1; lot <= 2; ++lot) {
            openBallots(lot);
            awards.rank(lot, 2);
            (uint32 organisation,) = awards.winnerOf(lot);
            vm.assertEq(organisation, supplierOrganisation(lot == 1 ? 2 : 1));
        }
    }

    function test_ABidForOneLotIsVoidInAnother() public {
        _publish(_lots(2));
        BidDraft memory bid = bidOf(1, 100);
        bytes memory signature = signed(bid.signer, bidDigest(1, bid));
        sealPlaintext(tenders, 2, 0, bidPlaintext(bid, signature));
        openBids(2);
        vm.assertEq(tenders.bidderCount(2), 0);
    }

    function test_CancellingOneLotLeavesTheOthers() public {
        _publish(_lots(3));
        vm.prank(buyer);
        tenders.cancel(2, "reason");
        vm.assertEq(uint256(tenders.phase(1)), uint256(Phase.TENDERING));
        vm.assertEq(uint256(tenders.phase(2)), uint256(Phase.CANCELLED));
        vm.assertEq(uint256(tenders.phase(3)), uint256(Phase.TENDERING));
    }

    function test_AmendingOneLotLeavesTheOthers() public {
        _publish(_lots(2));
        uint48 closesAt = tenders.closesAt(1);
        vm.prank(buyer);
        tenders.amend(2, termsOfTender(), "", closesAt + 3 days, "reason");
        vm.assertEq(tenders.tenderOf(1).version, 1);
        vm.assertEq(tenders.closesAt(1), closesAt);
        vm.assertEq(tenders.tenderOf(2).version, 2);
        vm.assertEq(tenders.closesAt(2), closesAt + 3 days);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _lots(uint256 count) private returns (Tenders.Lot[] memory lots) {
        lots = new Tenders.Lot[](count);
        for (uint256 i = 0; i < count; ++i) {
            lots[i] = lotOf(string.concat("lot ", vm.toString(i + 1)), termsOfTender());
        }
    }

    function _publish(Tenders.Lot[] memory lots) private returns (uint256) {
        vm.prank(buyer);
        return tenders.publish(notice(), uint48(present() + 10 days), lots);
    }

    function _refuses(Tenders.Lot[] memory lots, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(buyer);
        tenders.publish(notice(), uint48(present() + 10 days), lots);
    }
}
