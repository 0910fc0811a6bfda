// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {BUYER} from "../../../contracts/identity/Participants.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev Changing a tender before it closes. An amendment leaves two days at least.
contract AmendTest is World {
    uint48 private constant LEFT = 2 days;
    uint48 private constant MOST = 366 days;

    uint256 private tenderId;
    uint48 private closesAt;

    function setUp() public override {
        super.setUp();
        tenderId = publish();
        closesAt = tenders.closesAt(tenderId);
    }

    function ruleFor(Category category, Method method) internal pure override returns (Rule memory rule) {
        rule = super.ruleFor(category, method);
        (rule.tenderingPeriod, rule.amendmentPeriod, rule.minimumBids) = (3 days, uint32(LEFT), 2);
    }

    function termsOfTender() internal view override returns (Terms memory terms) {
        terms = super.termsOfTender();
        terms.minimumBids = 2;
    }

    function test_AnAmendmentMakesTheNextVersion() public {
        Terms memory terms = _changed();
        vm.expectEmit(address(tenders));
        emit Tenders.TenderAmended(tenderId, 2, closesAt, terms, "https://example.org/amended", "reason", buyer);
        vm.prank(buyer);
        tenders.amend(tenderId, terms, "https://example.org/amended", closesAt, "reason");

        Tenders.Tender memory tender = tenders.tenderOf(tenderId);
        vm.assertEq(tender.version, 2);
        vm.assertEq(tender.minimumBids, 3);
        vm.assertEq(tender.ceiling, 700);
        vm.assertEq(tender.termsHash, keccak256(abi.encode(terms)));
        vm.assertEq(tender.buyer, BUYER_ORGANISATION);
        vm.assertEq(tender.rule, 1);
        vm.assertEq(tenders.closesAt(tenderId), closesAt);
        _amends(closesAt);
        vm.assertEq(tenders.tenderOf(tenderId).version, 3);
    }

    // ──────────────────────────────── the bids ───────────────────────────────

    function test_BidsForTheVersionBeforeAreVoid() public {
        sealBid(tenderId, bidOf(1, 100));
        _amends(closesAt);
        sealBid(tenderId, bidOf(2, 100)); // still for the version before
        for (uint256 number = 3; number <= 4; ++number) {
            sealBid(tenderId, _second(number));
        }
        closeAndRelease(tenders, tenderId, 0);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, 0, i, Void.TENDER_VERSION);
        }
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        vm.assertEq(tenders.bidderCount(tenderId), 2);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 2);
    }

    /// @dev Otherwise a buyer that amends eight times shuts out who sealed each time.
    function test_EachVersionGivesNewRoomInTheBox() public {
        uint256 room = tenders.CAP();
        for (uint256 version = 1; version <= 2; ++version) {
            for (uint256 i = 0; i < room; ++i) {
                _sealAs(supplier(1));
            }
            bytes4 full = SealedBox.SealedBoxCap.selector;
            vm.expectRevert(abi.encodeWithSelector(full, supplierOrganisation(1), room * version));
            _sealAs(supplier(1));
            _amends(closesAt);
        }
        _sealAs(supplier(1));
    }

    function test_ABidForTheNextVersionSealedTooEarlyCounts() public {
        sealBid(tenderId, _second(1));
        _amends(closesAt);
        openBids(tenderId);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
    }

    function test_TheAmendedCeilingHolds() public {
        vm.prank(buyer);
        tenders.amend(tenderId, _changed(), "", closesAt, "reason");
        for (uint256 number = 1; number <= 2; ++number) {
            BidDraft memory bid = _second(number);
            bid.price = uint128(699 + number);
            sealBid(tenderId, bid);
        }
        openBids(tenderId);
        vm.assertEq(tenders.bidderCount(tenderId), 1); // 701 is above
        vm.assertEq(uint256(tenders.phase(tenderId)), uint256(Phase.UNSUCCESSFUL)); // three are needed now
    }

    function test_ThePanelIsDrawnByTheAmendedTerms() public {
        Terms memory terms = termsOfTender();
        terms.evaluationPeriod = 4 days;
        vm.prank(buyer);
        tenders.amend(tenderId, terms, "", closesAt, "reason");
        sealBid(tenderId, _second(1));
        sealBid(tenderId, _second(2));
        openBids(tenderId);
        draw(tenderId, terms);
        vm.assertEq(ballots.boxOf(tenderId, 16).closesAt, present() + 4 days);
    }

    // ──────────────────────────────── closing ────────────────────────────────

    function test_ALateAmendmentMovesTheClosing() public {
        uint48 last = closesAt - LEFT; // the last second that leaves enough
        for (uint48 late = 0; late <= 1; ++late) {
            vm.warp(last - 1 + late);
            _amends(closesAt);
            vm.assertEq(tenders.closesAt(tenderId), closesAt);
        }
        vm.warp(last + 1);
        vm.expectEmit(address(tenders));
        emit Tenders.TenderAmended(tenderId, 4, closesAt + 1, termsOfTender(), "", "reason", buyer);
        _amends(closesAt);
        vm.assertEq(tenders.closesAt(tenderId), closesAt + 1);
    }

    function test_AnAmendmentInTheLastSecondLeavesTheWholeTime() public {
        vm.warp(closesAt - 1);
        sealBid(tenderId, bidOf(1, 100));
        _amends(closesAt);
        uint48 moved = closesAt - 1 + LEFT;
        vm.assertEq(tenders.closesAt(tenderId), moved);
        vm.warp(closesAt);
        vm.assertEq(uint256(tenders.phase(tenderId)), uint256(Phase.TENDERING));
        vm.assertTrue(!tenders.releasable(tenderId, 0));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, tenderId, 0));
        tenders.release(tenderId, 0, secretOf(0));
        vm.warp(moved - 1);
        sealBid(tenderId, _second(1));
        vm.warp(moved);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxClosed.selector, tenderId, 0, moved));
        vm.prank(relay);
        tenders.seal(tenderId, 0, new bytes(100));
        openBids(tenderId);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
    }

    /// @dev Who could bid is who could at the closing that was, not at the one that was announced first.
    function test_WhoMayBidIsJudgedAtTheMovedClosing() public {
        _amends(closesAt + 1 days);
        sealBid(tenderId, _second(1));
        sealBid(tenderId, _second(2));
        vm.warp(closesAt + 1); // after the first closing, before the moved one
        vm.prank(authority);
        participants.suspend(supplierOrganisation(1), "reason");
        closeAndRelease(tenders, tenderId, 0);
        vm.expectEmit(address(tenders));
        emit SealedBox.Voided(tenderId, 0, 0, Void.INELIGIBLE);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
    }

    function test_TheClosingNeverMovesEarlier() public {
        uint48[3] memory earlier = [closesAt - 1, uint48(present()) + 3 days, 0];
        for (uint256 i = 0; i < earlier.length; ++i) {
            _refusesClosing(earlier[i]);
        }
        _amends(closesAt + 1);
        vm.assertEq(tenders.closesAt(tenderId), closesAt + 1);
        closesAt += 1;
        _refusesClosing(closesAt - 1);
    }

    function test_TheClosingMovesNoFurtherThanAYear() public {
        uint48 latest = uint48(present()) + MOST;
        _refusesClosing(latest + 1);
        _refusesClosing(type(uint48).max);
        _amends(latest);
        vm.assertEq(tenders.closesAt(tenderId), latest);
    }

    /// @dev From two envelopes both boxes close together.
    function test_BothBoxesMove() public {
        tenderId = _quality();
        closesAt = tenders.closesAt(tenderId);
        vm.prank(buyer);
        tenders.amend(tenderId, qualityTerms(), "", closesAt + 5, "reason");
        _boxesClose(closesAt + 5);
        vm.warp(closesAt + 4);
        vm.prank(buyer);
        tenders.amend(tenderId, qualityTerms(), "", closesAt + 5, "reason");
        _boxesClose(closesAt + 4 + LEFT);
    }

    function test_ProposalsAndPricesForTheVersionBeforeAreVoid() public {
        tenderId = _quality();
        closesAt = tenders.closesAt(tenderId);
        sealPairs(tenderId, list(100, 200));
        vm.prank(buyer);
        tenders.amend(tenderId, qualityTerms(), "", closesAt, "reason");
        sealProposal(tenderId, _second(3));
        closeAndRelease(tenders, tenderId, 1);
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, 1, i, Void.TENDER_VERSION);
        }
        tenders.open(tenderId, 1, sealedIn[address(tenders)][tenderId][1]);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
    }

    // ──────────────────────────────── refusals ───────────────────────────────

    function test_RefusesAnotherCategoryOrMethod() public {
        setRule(ruleFor(Category.GOODS, Method.LOWEST_PRICE));
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        bytes memory refusal = abi.encodeWithSelector(Tenders.TendersKind.selector, tenderId);
        Terms memory terms = termsOfTender();
        terms.category = Category.GOODS;
        _refuses(terms, closesAt, refusal);
        _refuses(qualityTerms(), closesAt, refusal);
    }

    function test_RefusesTermsThatNobodyCouldPublish() public {
        Terms memory terms = termsOfTender();
        terms.documents = 0;
        _refuses(terms, closesAt, abi.encodeWithSelector(Tenders.TendersDocuments.selector));
        terms = termsOfTender();
        terms.currency = stranger;
        _refuses(terms, closesAt, abi.encodeWithSelector(Tenders.TendersCurrency.selector, stranger));
        terms = termsOfTender();
        terms.ceiling = type(uint128).max;
        _refuses(terms, closesAt, abi.encodeWithSelector(Tenders.TendersCeiling.selector, terms.ceiling));
        terms = termsOfTender();
        terms.minimumBids = 1;
        _refuses(terms, closesAt, abi.encodeWithSelector(Tenders.TendersMinimumBids.selector, 1, 2));
        terms = termsOfTender();
        terms.weight = 1;
        _refuses(terms, closesAt, abi.encodeWithSelector(Tenders.TendersWeight.selector, 1, 0, 0));
        terms = termsOfTender();
        terms.threshold = 1;
        _refuses(terms, closesAt, abi.encodeWithSelector(Tenders.TendersThreshold.selector, 1, 0, 0));
        terms = termsOfTender();
        terms.evaluationPeriod = 1 days - 1;
        bytes4 period = Tenders.TendersEvaluationPeriod.selector;
        _refuses(terms, closesAt, abi.encodeWithSelector(period, 1 days - 1, 1 days, MOST));
        terms = termsOfTender();
        terms.plan = new uint16[](0);
        _refuses(terms, closesAt, abi.encodeWithSelector(Tenders.TendersPlan.selector, 0, 0));
    }

    function test_RefusesAReferenceThatIsTooLong() public {
        vm.expectRevert(abi.encodeWithSelector(Tenders.TendersReference.selector, 257, 256));
        vm.prank(buyer);
        tenders.amend(tenderId, termsOfTender(), string(new bytes(257)), closesAt, "reason");
        vm.prank(buyer);
        tenders.amend(tenderId, termsOfTender(), string(new bytes(256)), closesAt, "reason");
    }

    function test_OnlyTheBuyerAmends() public {
        vm.prank(registrar);
        participants.register("another buyer", BUYER, account("another buyer"));
        address[4] memory others = [account("another buyer"), supplier(1), authority, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotTheBuyer.selector, tenderId, others[i]));
            vm.prank(others[i]);
            tenders.amend(tenderId, termsOfTender(), "", closesAt, "reason");
        }
    }

    function test_NobodyAmendsFromTheClosingOn() public {
        for (uint48 time = closesAt; time <= closesAt + 1; ++time) {
            vm.warp(time);
            _refusesPhase(Phase.OPENING);
        }
        closeAndRelease(tenders, tenderId, 0);
        _refusesPhase(Phase.UNSUCCESSFUL);
    }

    function test_NobodyAmendsWhatIsCancelledOrUnknown() public {
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
        _refusesPhase(Phase.CANCELLED);
        tenderId = 99;
        _refusesPhase(Phase.NONE);
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev Another version of the terms: a ceiling, and three bids.
    function _changed() private view returns (Terms memory terms) {
        terms = termsOfTender();
        (terms.documents, terms.ceiling, terms.minimumBids) = ("amended documents", 700, 3);
    }

    function _quality() private returns (uint256) {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        return publish(qualityTerms());
    }

    function _second(uint256 number) private pure returns (BidDraft memory bid) {
        bid = bidOf(number, 100);
        (bid.version, bid.nonce) = (2, 2);
    }

    function _amends(uint48 closing) private {
        vm.prank(buyer);
        tenders.amend(tenderId, termsOfTender(), "", closing, "reason");
    }

    function _boxesClose(uint48 time) private view {
        for (uint256 stage = 1; stage <= 2; ++stage) {
            vm.assertEq(tenders.boxOf(tenderId, stage).closesAt, time);
        }
    }

    function _refuses(Terms memory terms, uint48 closing, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(buyer);
        tenders.amend(tenderId, terms, "", closing, "reason");
    }

    function _refusesClosing(uint48 closing) private {
        bytes4 refusal = Tenders.TendersClosingTime.selector;
        _refuses(termsOfTender(), closing, abi.encodeWithSelector(refusal, closing, closesAt, present() + MOST));
    }

    function _refusesPhase(Phase phase) private {
        bytes4 refusal = Tenders.TendersNotTendering.selector;
        _refuses(termsOfTender(), closesAt, abi.encodeWithSelector(refusal, tenderId, phase));
    }

    function _sealAs(address account_) private {
        vm.prank(account_);
        tenders.seal(tenderId, 0, new bytes(60));
    }
}
