// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BID, BUYER, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Bids} from "../../../contracts/procurement/Bids.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Terms} from "../../../contracts/procurement/Terms.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev What of the sealed bids counts, and for which reason the rest does not.
contract BidsTest is World {
    uint128 private constant CEILING = 1_000;
    uint128 private constant WITHDRAWN = type(uint128).max;

    uint256 private tenderId;
    uint48 private closesAt;

    function setUp() public override {
        super.setUp();
        Terms memory terms = termsOfTender();
        terms.ceiling = CEILING;
        tenderId = publish(terms);
        closesAt = tenders.boxOf(tenderId, 0).closesAt;
    }

    function test_ABidCountsWithAllItsFacts() public {
        BidDraft memory bid = bidOf(3, 700);
        bid.nonce = 9;
        sealBid(tenderId, bid);
        closeAndRelease(tenders, tenderId, 0);
        vm.expectEmit(address(tenders));
        emit Bids.BidOpened(tenderId, supplierOrganisation(3), 0, supplier(3), 700, "bid documents", 9);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);

        _stands(0, 3, 700, 9);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 1);
    }

    // ────────────────────────────── the envelope ─────────────────────────────

    function test_VoidsAPlaintextOfAnotherLength() public {
        bytes memory short = new bytes(140);
        sealPlaintext(tenders, tenderId, 0, short);
        _opensVoid(Void.LENGTH);
    }

    function test_VoidsAnEnvelopeOfAnotherVersion() public {
        _sealsChanged(0, 0x02);
        _opensVoid(Void.VERSION);
    }

    function test_VoidsAPointWithAnotherPrefix() public {
        _sealsChanged(1, 0x04);
        _opensVoid(Void.POINT);
    }

    function test_VoidsAPointOffTheCurve() public {
        _sealsWithX(5); // 5³ + 7 is no square
        _opensVoid(Void.POINT);
    }

    function test_VoidsAPointBeyondTheOrder() public {
        _sealsWithX(Secp256k1.N);
        _opensVoid(Void.POINT);
    }

    function test_VoidsAChangedCiphertext() public {
        _sealsChanged(100, 0x00);
        _opensVoid(Void.SIGNATURE);
    }

    function test_AVoidEnvelopeStopsNoOther() public {
        sealBid(tenderId, bidOf(1, 100));
        sealEnvelope(tenders, tenderId, 0, new bytes(35));
        sealBid(tenderId, bidOf(2, 200));
        openBids(tenderId);
        vm.assertEq(tenders.bidderCount(tenderId), 2);
        _stands(1, 2, 200, 1);
    }

    // ─────────────────────────── account and bidder ──────────────────────────

    function test_VoidsAnUnknownAccount() public {
        BidDraft memory bid = bidOf(1, 100);
        (bid.signer, bid.account) = (key("stranger"), stranger);
        sealBid(tenderId, bid);
        _opensVoid(Void.ACCOUNT);
    }

    function test_VoidsAnAccountThatMayNotBid() public {
        _sealsByKey(1, uint48(present()), type(uint48).max); // ACT alone
        _opensVoid(Void.ACCOUNT);
    }

    function test_AKeyValidFromTheLastSecondBids() public {
        _sealsByKey(BID, closesAt - 1, type(uint48).max);
        _counts(100);
    }

    function test_VoidsAKeyValidFromTheClosing() public {
        _sealsByKey(BID, closesAt, type(uint48).max);
        _opensVoid(Void.ACCOUNT);
    }

    function test_AKeyValidUntilTheClosingBids() public {
        _sealsByKey(BID, uint48(present()), closesAt);
        _counts(100);
    }

    function test_VoidsAKeyValidUntilTheLastSecond() public {
        _sealsByKey(BID, uint48(present()), closesAt - 1);
        _opensVoid(Void.ACCOUNT);
    }

    function test_VoidsAKeyRevokedInTheLastSecond() public {
        _revokesAt(closesAt - 1);
        _opensVoid(Void.ACCOUNT);
    }

    function test_AKeyRevokedAtTheClosingStillBids() public {
        _revokesAt(closesAt);
        _counts(100);
    }

    function test_AKeyRevokedAfterTheClosingStillBids() public {
        _revokesAt(closesAt + 1);
        _counts(100);
    }

    function test_VoidsASupplierSuspendedInTheLastSecond() public {
        _suspendsAt(closesAt - 1);
        _opensVoid(Void.INELIGIBLE);
    }

    function test_ASupplierSuspendedAtTheClosingStillBids() public {
        _suspendsAt(closesAt);
        _counts(100);
    }

    function test_ASupplierSuspendedAfterTheClosingStillBids() public {
        _suspendsAt(closesAt + 1);
        _counts(100);
    }

    function test_ASupplierReinstatedInTheLastSecondBids() public {
        _reinstatesAt(closesAt - 1);
        _counts(100);
    }

    function test_VoidsASupplierReinstatedAtTheClosing() public {
        _reinstatesAt(closesAt);
        _opensVoid(Void.INELIGIBLE);
    }

    function test_VoidsAnOrganisationThatIsNoSupplier() public {
        BidDraft memory bid = bidOf(1, 100);
        (bid.signer, bid.account) = (memberKey(2), member(2));
        sealBid(tenderId, bid);
        _opensVoid(Void.INELIGIBLE);
    }

    function test_VoidsTheBuyersOwnBid() public {
        vm.prank(registrar);
        participants.register("trader", BUYER | SUPPLIER, account("trader"));
        Tenders.Lot[] memory lots = lotsOf(termsOfTender());
        vm.prank(account("trader"));
        tenderId = tenders.publish(notice(), closesAt, lots);
        BidDraft memory bid = bidOf(1, 100);
        (bid.signer, bid.account) = (key("trader"), account("trader"));
        sealBid(tenderId, bid);
        _opensVoid(Void.BUYER);
    }

    function test_ASecondKeyBidsForTheSameOrganisation() public {
        sealBid(tenderId, bidOf(1, 300));
        BidDraft memory second = _sealsByKey(BID, uint48(present()), type(uint48).max);
        second.nonce = 2;
        sealBid(tenderId, second);
        openBids(tenderId);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
        _stands(0, 1, 100, 2);
    }

    // ─────────────────────── version, nonce and price ────────────────────────

    function test_VoidsABidForAnotherVersion() public {
        BidDraft memory bid = bidOf(1, 100);
        bid.version = 2;
        sealBid(tenderId, bid);
        _opensVoid(Void.TENDER_VERSION);
    }

    function test_VoidsTheNonceZero() public {
        BidDraft memory bid = bidOf(1, 100);
        bid.nonce = 0;
        sealBid(tenderId, bid);
        _opensVoid(Void.NONCE);
    }

    function test_VoidsThePriceZero() public {
        sealBid(tenderId, bidOf(1, 0));
        _opensVoid(Void.PRICE);
    }

    function test_VoidsAPriceAboveTheCeiling() public {
        sealBid(tenderId, bidOf(1, CEILING + 1));
        _opensVoid(Void.CEILING);
    }

    function test_VoidsTheHighestPriceThatIsNoWithdrawal() public {
        sealBid(tenderId, bidOf(1, WITHDRAWN - 1));
        _opensVoid(Void.CEILING);
    }

    function test_AWithdrawalIsAboveNoCeiling() public {
        sealBid(tenderId, bidOf(1, 100));
        BidDraft memory withdrawal = bidOf(1, WITHDRAWN);
        withdrawal.nonce = 2;
        sealBid(tenderId, withdrawal);
        openBids(tenderId);
        _stands(0, 1, WITHDRAWN, 2);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 0);
    }

    function test_PricesFromOneToTheCeilingCount() public {
        sealBids(tenderId, list(1, CEILING - 1, CEILING));
        openBids(tenderId);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 3);
        _stands(2, 3, CEILING, 1);
    }

    function test_AnyPriceCountsWithoutACeiling() public {
        tenderId = publish();
        sealBid(tenderId, bidOf(1, WITHDRAWN - 1));
        openBids(tenderId);
        _stands(0, 1, WITHDRAWN - 1, 1);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 1);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _opensVoid(Void reason) private {
        closeAndRelease(tenders, tenderId, 0);
        vm.expectEmit(address(tenders));
        emit SealedBox.Voided(tenderId, 0, 0, reason);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        vm.assertEq(tenders.bidderCount(tenderId), 0);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 0);
        vm.assertTrue(tenders.isOpened(tenderId, 0));
    }

    function _counts(uint128 price) private {
        openBids(tenderId);
        _stands(0, 1, price, 1);
    }

    function _stands(uint256 position, uint256 number, uint128 price, uint32 nonce) private view {
        (uint32 organisation, uint128 standing, uint32 latest) = tenders.bidAt(tenderId, position);
        vm.assertEq(organisation, supplierOrganisation(number));
        vm.assertEq(standing, price);
        vm.assertEq(latest, nonce);
    }

    function _sealsChanged(uint256 position, bytes1 value) private {
        BidDraft memory bid = bidOf(1, 100);
        bytes memory signature = signed(bid.signer, bidDigest(tenderId, bid));
        bytes memory envelope = envelopeOf(tenders, tenderId, 0, bidPlaintext(bid, signature));
        vm.assertTrue(envelope[position] != value);
        envelope[position] = value;
        sealEnvelope(tenders, tenderId, 0, envelope);
    }

    function _sealsWithX(uint256 x) private {
        bytes memory envelope = abi.encodePacked(hex"0102", x, new bytes(141));
        sealEnvelope(tenders, tenderId, 0, envelope);
    }

    /// @dev Seals a bid of supplier 1 at 100, signed by a further key of its organisation.
    function _sealsByKey(uint8 powers, uint48 from, uint48 until) private returns (BidDraft memory bid) {
        authorise("further key", powers, from, until);
        bid = bidOf(1, 100);
        (bid.signer, bid.account) = (key("further key"), account("further key"));
        sealBid(tenderId, bid);
    }

    function _revokesAt(uint48 time) private {
        sealBid(tenderId, bidOf(1, 100));
        vm.warp(time);
        vm.prank(supplier(1));
        participants.revokeKey(supplier(1));
    }

    function _suspendsAt(uint48 time) private {
        sealBid(tenderId, bidOf(1, 100));
        vm.warp(time);
        vm.prank(authority);
        participants.suspend(supplierOrganisation(1), "reason");
    }

    function _reinstatesAt(uint48 time) private {
        vm.prank(authority);
        participants.suspend(supplierOrganisation(1), "reason");
        sealBid(tenderId, bidOf(1, 100));
        vm.warp(time);
        vm.prank(authority);
        participants.reinstate(supplierOrganisation(1), "reason");
    }
}
