// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BID, BUYER, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Bids} from "../../../contracts/procurement/Bids.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Failure, Method, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev The boxes of proposals and of their prices: what counts, which belong together, and when the second may open.
contract TwoEnvelopesTest is World {
    uint256 private constant PROPOSALS = 1;
    uint256 private constant PRICES = 2;
    uint128 private constant CEILING = 1_000;
    uint128 private constant WITHDRAWN = type(uint128).max;

    uint256 private tenderId;
    uint48 private closesAt;

    function setUp() public override {
        super.setUp();
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        tenderId = publish(_terms());
        closesAt = tenders.closesAt(tenderId);
    }

    // ─────────────────────────────── proposals ───────────────────────────────

    function test_AProposalCountsWithAllItsFacts() public {
        BidDraft memory bid = bidOf(3, 700);
        bid.nonce = 9;
        sealProposal(tenderId, bid);
        closeAndRelease(tenders, tenderId, PROPOSALS);
        vm.expectEmit(address(tenders));
        emit Bids.ProposalOpened(tenderId, supplierOrganisation(3), 0, supplier(3), "bid documents", 9);
        tenders.open(tenderId, PROPOSALS, _sealed(PROPOSALS));
        _stands(0, 3, 0, 9);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 1);
        vm.assertEq(tenders.tenderOf(tenderId).prices, 0);
        _isIn(Phase.EVALUATION);
    }

    function test_ALaterProposalReplacesAnEarlierOne() public {
        sealProposal(tenderId, _bid(1, 0, 1));
        sealProposal(tenderId, _bid(2, 0, 1));
        sealProposal(tenderId, _bid(1, 0, 5));
        openProposals(tenderId);
        _stands(0, 1, 0, 5);
        _stands(1, 2, 0, 1);
        vm.assertEq(tenders.bidderCount(tenderId), 2);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 2);
    }

    function test_VoidsAnEqualOrLowerNonce() public {
        sealProposal(tenderId, _bid(1, 0, 5));
        sealEnvelope(tenders, tenderId, PROPOSALS, _sealed(PROPOSALS)[0]);
        sealProposal(tenderId, _bid(1, 0, 4));
        _opensVoid(PROPOSALS, 1, Void.SUPERSEDED);
        _stands(0, 1, 0, 5);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 1);
    }

    function test_VoidsAProposalOfAnotherLength() public {
        sealPlaintext(tenders, tenderId, PROPOSALS, new bytes(124));
        sealPlaintext(tenders, tenderId, PROPOSALS, new bytes(1));
        _opensVoid(PROPOSALS, 0, Void.LENGTH);
        vm.assertEq(tenders.bidderCount(tenderId), 0);
    }

    function test_VoidsAProposalOfNobodyOrForAnotherVersionOrWithoutANonce() public {
        BidDraft memory bid = bidOf(1, 0);
        (bid.signer, bid.account) = (key("stranger"), stranger);
        _opensVoid(bid, Void.ACCOUNT);
        bid = bidOf(1, 0);
        (bid.signer, bid.account) = (memberKey(2), member(2));
        _opensVoid(bid, Void.INELIGIBLE);
        bid = bidOf(1, 0);
        bid.version = 2;
        _opensVoid(bid, Void.TENDER_VERSION);
        _opensVoid(_bid(1, 0, 0), Void.NONCE);
    }

    function test_VoidsTheBuyersOwnProposal() public {
        vm.prank(registrar);
        participants.register("trader", BUYER | SUPPLIER, account("trader"));
        Tenders.Lot[] memory lots = lotsOf(_terms());
        vm.prank(account("trader"));
        tenderId = tenders.publish(notice(), closesAt, lots);
        BidDraft memory bid = bidOf(1, 0);
        (bid.signer, bid.account) = (key("trader"), account("trader"));
        sealProposal(tenderId, bid);
        _opensVoid(PROPOSALS, 0, Void.BUYER);
    }

    function test_VoidsAProposalThatWasChangedOrSignedForSomethingElse() public {
        BidDraft memory bid = bidOf(1, 100);
        BidDraft memory changed = bidOf(1, 100);
        changed.documents = "other documents";
        bytes memory plaintext = proposalPlaintext(changed, signed(bid.signer, proposalDigest(tenderId, bid)));
        sealPlaintext(tenders, tenderId, PROPOSALS, plaintext);
        plaintext = proposalPlaintext(bid, signed(bid.signer, proposalDigest(tenderId + 1, bid)));
        sealPlaintext(tenders, tenderId, PROPOSALS, plaintext);
        plaintext = proposalPlaintext(bid, signed(bid.signer, bidDigest(tenderId, bid))); // its price's signature
        sealPlaintext(tenders, tenderId, PROPOSALS, plaintext);
        plaintext = proposalPlaintext(bid, signed(supplierKey(2), proposalDigest(tenderId, bid)));
        sealPlaintext(tenders, tenderId, PROPOSALS, plaintext);
        _opensVoid(PROPOSALS, 0, Void.SIGNATURE);
        vm.assertEq(tenders.bidderCount(tenderId), 0);
    }

    function test_TheMinimumCountsProposals() public {
        Terms memory terms = _terms();
        terms.minimumBids = 2;
        tenderId = publish(terms);
        sealPairs(tenderId, list(100));
        sealProposal(tenderId, _bid(1, 0, 2)); // no second organisation
        sealPrice(tenderId, _bid(2, 200, 1)); // a price is no proposal
        openProposals(tenderId);
        (Phase phase, Failure failure) = awards.standing(tenderId);
        vm.assertEq(uint256(phase), uint256(Phase.UNSUCCESSFUL));
        vm.assertEq(uint256(failure), uint256(Failure.TOO_FEW_BIDS));
    }

    // ───────────────────────────── sealing both ──────────────────────────────

    function test_EachBoxTakesNoLongerEnvelopeThanItsMessage() public {
        uint256[2] memory most = [uint256(34 + 125), 34 + 141];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory refusal = abi.encodeWithSelector(SealedBox.SealedBoxLength.selector, most[i] + 1, 35, most[i]);
            vm.expectRevert(refusal);
            vm.prank(relay);
            tenders.seal(tenderId, 1 + i, new bytes(most[i] + 1));
            sealEnvelope(tenders, tenderId, 1 + i, new bytes(most[i]));
        }
    }

    function test_ThereIsNoBoxForBidsInOneEnvelope() public {
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxUnknown.selector, tenderId, 0));
        vm.prank(relay);
        tenders.seal(tenderId, 0, new bytes(100));
    }

    function test_BothBoxesCloseTogether() public {
        vm.warp(closesAt - 1);
        sealPairs(tenderId, list(100));
        vm.warp(closesAt);
        for (uint256 stage = 1; stage <= 2; ++stage) {
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxClosed.selector, tenderId, stage, closesAt));
            vm.prank(relay);
            tenders.seal(tenderId, stage, new bytes(100));
        }
    }

    // ────────────────────── when the price box may open ──────────────────────

    function test_PricesStaySealedUntilQualityIsDecided() public {
        sealPairs(tenderId, list(300, 200));
        _pricesStay();
        vm.warp(closesAt);
        _pricesStay();
        openProposals(tenderId);
        _pricesStay();
        draw(tenderId, _terms());
        _pricesStay();
        castAll(tenderId, hex"505a");
        openBallots(tenderId);
        _pricesStay();
        awards.rank(tenderId, 1); // the first proposal passes, but the second is not looked at
        _pricesStay();
        vm.assertEq(awards.qualityDecidedAt(tenderId), 0);
        awards.rank(tenderId, 1);
        vm.assertEq(awards.qualityDecidedAt(tenderId), present());
        vm.assertTrue(tenders.releasable(tenderId, PRICES));
        _isIn(Phase.PRICE_OPENING);
        vm.prank(member(2));
        openingKeys.offerShare(1, tenders, tenderId, PRICES, 1);
        openPrices(tenderId);
        _stands(0, 1, 300, 1);
        _stands(1, 2, 200, 1);
        vm.assertEq(tenders.tenderOf(tenderId).priceSum, 500);
        vm.assertEq(tenders.tenderOf(tenderId).prices, 2);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 2);
        _isIn(Phase.EVALUATION);
    }

    function test_ThePriceKeyComesOutUntilThreeDaysAfterTheDecision() public {
        sealPairs(tenderId, list(300));
        _decides(hex"50");
        uint48 until = awards.qualityDecidedAt(tenderId) + 3 days;
        vm.warp(until - 1);
        vm.assertTrue(tenders.releasable(tenderId, PRICES));
        vm.assertTrue(!tenders.isWithheld(tenderId, PRICES));
        vm.warp(until);
        _pricesStay();
        vm.assertTrue(tenders.isWithheld(tenderId, PRICES));
        (Phase phase, Failure failure) = awards.standing(tenderId);
        vm.assertEq(uint256(phase), uint256(Phase.UNSUCCESSFUL));
        vm.assertEq(uint256(failure), uint256(Failure.WITHHELD));
    }

    function test_PricesNeverOpenWhereNoProposalPasses() public {
        sealPairs(tenderId, list(300, 200));
        _decides(hex"3b3b"); // 59 of 60
        vm.assertEq(awards.qualityDecidedAt(tenderId), 0);
        _isIn(Phase.UNSUCCESSFUL);
        _pricesStay();
        vm.warp(present() + 30 days);
        _pricesStay();
        vm.assertTrue(!tenders.isWithheld(tenderId, PRICES));
    }

    function test_NeitherKeyOfACancelledTenderComesOut() public {
        sealPairs(tenderId, list(300));
        for (uint256 stage = 1; stage <= 2; ++stage) {
            vm.expectEmit(address(tenders));
            emit SealedBox.BoxShut(tenderId, stage);
        }
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
        vm.assertTrue(tenders.boxOf(tenderId, PROPOSALS).shut);
        vm.assertTrue(tenders.boxOf(tenderId, PRICES).shut);
        vm.warp(closesAt);
        _staysShut(PROPOSALS);
        _staysShut(PRICES);
    }

    function test_PricesNeverOpenWhereTheKeyOfProposalsWasWithheld() public {
        sealPairs(tenderId, list(300));
        vm.warp(closesAt + 3 days);
        _isIn(Phase.UNSUCCESSFUL);
        _pricesStay();
    }

    // ──────────────────────────────── pairing ────────────────────────────────

    function test_APriceBelongsToTheProposalOfItsNonce() public {
        sealProposal(tenderId, _bid(1, 0, 7));
        sealPrice(tenderId, _bid(1, 300, 7));
        _decides(hex"50");
        closeAndRelease(tenders, tenderId, PRICES);
        vm.expectEmit(address(tenders));
        emit Bids.BidOpened(tenderId, supplierOrganisation(1), 0, supplier(1), 300, "bid documents", 7);
        tenders.open(tenderId, PRICES, _sealed(PRICES));
        _stands(0, 1, 300, 7);
    }

    function test_VoidsAPriceWithoutItsProposal() public {
        sealProposal(tenderId, _bid(1, 0, 7));
        sealPrice(tenderId, _bid(1, 300, 8)); // of a proposal that is not there
        sealPrice(tenderId, _bid(2, 200, 1)); // of an organisation without one
        _opensPricesVoid(hex"50", 0, Void.UNPAIRED);
        _stands(0, 1, 0, 7);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
        vm.assertEq(tenders.tenderOf(tenderId).prices, 0);
    }

    function test_VoidsThePriceOfAProposalThatWasReplaced() public {
        sealProposal(tenderId, _bid(1, 0, 1));
        sealProposal(tenderId, _bid(1, 0, 2));
        sealPrice(tenderId, _bid(1, 200, 2));
        sealPrice(tenderId, _bid(1, 100, 1));
        _opensPricesVoid(hex"50", 1, Void.SUPERSEDED);
        _stands(0, 1, 200, 2);
    }

    function test_OfTwoPricesOfOneProposalTheFirstCounts() public {
        sealProposal(tenderId, _bid(1, 0, 1));
        sealPrice(tenderId, _bid(1, 300, 1));
        sealPrice(tenderId, _bid(1, 100, 1));
        _opensPricesVoid(hex"50", 1, Void.SUPERSEDED);
        _stands(0, 1, 300, 1);
        vm.assertEq(tenders.tenderOf(tenderId).priceSum, 300);
        vm.assertEq(tenders.tenderOf(tenderId).prices, 1);
    }

    function test_AVoidPriceLeavesTheProposalItsPrice() public {
        sealProposal(tenderId, _bid(1, 0, 1));
        sealPrice(tenderId, _bid(1, 100, 2)); // unpaired
        sealPrice(tenderId, _bid(1, CEILING + 1, 1));
        sealPrice(tenderId, _bid(1, 0, 1));
        sealPrice(tenderId, _bid(1, CEILING, 1));
        _decides(hex"50");
        closeAndRelease(tenders, tenderId, PRICES);
        Void[3] memory reasons = [Void.UNPAIRED, Void.CEILING, Void.PRICE];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, PRICES, i, reasons[i]);
        }
        tenders.open(tenderId, PRICES, _sealed(PRICES));
        _stands(0, 1, CEILING, 1);
    }

    /// @dev A proposal that is void itself has no price either.
    function test_ThePriceOfAVoidProposalIsUnpaired() public {
        BidDraft memory other = _bid(1, 300, 1);
        other.version = 2;
        _sealsSecond();
        sealProposal(tenderId, other);
        sealPrice(tenderId, _bid(1, 300, 1));
        _opensPricesVoid(hex"50", 1, Void.UNPAIRED);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
    }

    function test_AnotherKeyOfTheOrganisationMayGiveThePrice() public {
        authorise("clerk", BID, uint48(present()), type(uint48).max);
        sealProposal(tenderId, _bid(1, 0, 1));
        BidDraft memory price = _bid(1, 300, 1);
        (price.signer, price.account) = (key("clerk"), account("clerk"));
        sealPrice(tenderId, price);
        _decides(hex"50");
        openPrices(tenderId);
        _stands(0, 1, 300, 1);
    }

    /// @dev Who may bid is judged at closing for both, however late the price opens.
    function test_APriceCountsThoughItsTendererIsSuspendedAfterTheClosing() public {
        sealPairs(tenderId, list(300));
        openProposals(tenderId);
        vm.prank(authority);
        participants.suspend(supplierOrganisation(1), "reason");
        vm.prank(supplier(1));
        participants.revokeKey(supplier(1));
        draw(tenderId, _terms());
        castAll(tenderId, hex"50");
        openBallots(tenderId);
        awards.rank(tenderId, 1);
        openPrices(tenderId);
        _stands(0, 1, 300, 1);
    }

    function test_VoidsAPriceSignedAsAProposal() public {
        BidDraft memory bid = _bid(1, 300, 1);
        sealProposal(tenderId, bid);
        bytes memory signature = signed(bid.signer, proposalDigest(tenderId, bid));
        sealPlaintext(tenders, tenderId, PRICES, bidPlaintext(bid, signature));
        _opensPricesVoid(hex"50", 0, Void.SIGNATURE);
    }

    // ─────────────────────────────── withdrawal ──────────────────────────────

    function test_AWithdrawnPriceTakesTheBidOut() public {
        sealPairs(tenderId, list(100, 300));
        sealProposal(tenderId, _bid(1, 0, 2));
        sealPrice(tenderId, _bid(1, WITHDRAWN, 2));
        _decides(hex"6450");
        openPrices(tenderId);
        _stands(0, 1, WITHDRAWN, 2);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 2);
        vm.assertEq(tenders.tenderOf(tenderId).prices, 1);
        vm.assertEq(tenders.tenderOf(tenderId).priceSum, 300);
        awards.rank(tenderId, 2);
        awards.rank(tenderId, 2);
        (uint32 organisation, uint128 price) = awards.winnerOf(tenderId);
        vm.assertEq(organisation, supplierOrganisation(2));
        vm.assertEq(price, 300);
    }

    function test_NothingFollowsAWithdrawnPrice() public {
        sealProposal(tenderId, _bid(1, 0, 1));
        sealPrice(tenderId, _bid(1, WITHDRAWN, 1));
        sealPrice(tenderId, _bid(1, 100, 1));
        _opensPricesVoid(hex"50", 1, Void.SUPERSEDED);
        _stands(0, 1, WITHDRAWN, 1);
    }

    function test_IsUnsuccessfulWhereNoPriceCame() public {
        sealProposal(tenderId, _bid(1, 0, 1));
        _decides(hex"50");
        closeAndRelease(tenders, tenderId, PRICES); // an empty box
        awards.rank(tenderId, 1);
        (Phase phase, Failure failure) = awards.standing(tenderId);
        vm.assertEq(uint256(phase), uint256(Phase.UNSUCCESSFUL));
        vm.assertEq(uint256(failure), uint256(Failure.NO_BID_ACCEPTABLE));
    }

    // ──────────────────────────── nothing reverts ────────────────────────────

    /// @dev Any bytes of any length, sound messages with any byte changed, any price and nonce: both boxes open, and a
    /// sound pair of supplier 2 between them counts.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_NoEnvelopeStopsAnOpening(uint256 seed, bytes calldata junk) public {
        for (uint256 stage = 1; stage <= 2; ++stage) {
            uint256 most = stage == PROPOSALS ? 125 : 141;
            bytes memory cut = junk[:junk.length < most ? junk.length : most];
            if (cut.length != 0) sealPlaintext(tenders, tenderId, stage, cut);
            BidDraft memory bid = _bid(1, uint128(seed >> 128), uint32(seed >> 96));
            bytes32 digest = stage == PROPOSALS ? proposalDigest(tenderId, bid) : bidDigest(tenderId, bid);
            bytes memory signature = signed(bid.signer, digest);
            bytes memory plaintext =
                stage == PROPOSALS ? proposalPlaintext(bid, signature) : bidPlaintext(bid, signature);
            sealPlaintext(tenders, tenderId, stage, plaintext);
            plaintext[seed % most] ^= bytes1(uint8(seed >> 8) | 1);
            sealPlaintext(tenders, tenderId, stage, plaintext);
            sealEnvelope(tenders, tenderId, stage, abi.encodePacked(seed, uint24(seed)));
        }
        _sealsSecond();
        openProposals(tenderId);
        vm.assertTrue(tenders.isOpened(tenderId, PROPOSALS));
        uint256 bidders = tenders.bidderCount(tenderId);
        draw(tenderId, _terms());
        castAll(tenderId, marksOf(80, bidders));
        openBallots(tenderId);
        awards.rank(tenderId, bidders);
        openPrices(tenderId);
        vm.assertTrue(tenders.isOpened(tenderId, PRICES));
        vm.assertEq(tenders.bidOf(tenderId, supplierOrganisation(2)).price, 200);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _terms() private view returns (Terms memory terms) {
        terms = qualityTerms();
        terms.ceiling = CEILING;
    }

    function _bid(uint256 number, uint128 price, uint32 nonce) private pure returns (BidDraft memory bid) {
        bid = bidOf(number, price);
        bid.nonce = nonce;
    }

    /// @dev Both envelopes of supplier 2, at 200.
    function _sealsSecond() private {
        sealProposal(tenderId, _bid(2, 200, 1));
        sealPrice(tenderId, _bid(2, 200, 1));
    }

    function _sealed(uint256 stage) private view returns (bytes[] memory) {
        return sealedIn[address(tenders)][tenderId][stage];
    }

    /// @dev The whole panel gives these marks, and the proposals are compared.
    function _decides(bytes memory marks) private {
        judgedProposals(tenderId, _terms(), marks);
    }

    /// @dev Each envelope from `first` on is void for the same reason.
    function _opensVoid(uint256 stage, uint256 first, Void reason) private {
        closeAndRelease(tenders, tenderId, stage);
        bytes[] memory envelopes = _sealed(stage);
        for (uint256 i = first; i < envelopes.length; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, stage, i, reason);
        }
        tenders.open(tenderId, stage, envelopes);
    }

    /// @dev A proposal in a tender of its own.
    function _opensVoid(BidDraft memory bid, Void reason) private {
        tenderId = publish(_terms());
        sealProposal(tenderId, bid);
        _opensVoid(PROPOSALS, 0, reason);
        vm.assertEq(tenders.bidderCount(tenderId), 0);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 0);
    }

    function _opensPricesVoid(bytes memory marks, uint256 first, Void reason) private {
        _decides(marks);
        closeAndRelease(tenders, tenderId, PRICES);
        bytes[] memory envelopes = _sealed(PRICES);
        for (uint256 i = first; i < envelopes.length; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, PRICES, i, reason);
        }
        tenders.open(tenderId, PRICES, envelopes);
    }

    function _pricesStay() private {
        _staysShut(PRICES);
    }

    function _staysShut(uint256 stage) private {
        vm.assertTrue(!tenders.releasable(tenderId, stage));
        uint256 secret = secretOf(tenders, tenderId, stage);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, tenderId, stage));
        tenders.release(tenderId, stage, secret);
        bytes4 refusal = OpeningKeys.OpeningKeysNotReleasable.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, address(tenders), tenderId, stage));
        vm.prank(member(2));
        openingKeys.offerShare(1, tenders, tenderId, stage, 1);
    }

    function _stands(uint256 position, uint256 number, uint128 price, uint32 nonce) private view {
        (uint32 organisation, uint128 standing, uint32 latest) = tenders.bidAt(tenderId, position);
        vm.assertEq(organisation, supplierOrganisation(number));
        vm.assertEq(standing, price);
        vm.assertEq(latest, nonce);
    }

    function _isIn(Phase phase) private view {
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(phase));
    }
}
