// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {RevertingWallet, WalletMock} from "../support/Wallets.sol";
import {World} from "../support/World.sol";

/// @dev A bid counts by one signature of its account's own key over exactly this tender, and by nothing else.
contract BidSignaturesTest is World {
    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = publish();
    }

    function test_VoidsABidSignedByAnother() public {
        BidDraft memory bid = bidOf(1, 100);
        bid.signer = supplierKey(2);
        sealBid(tenderId, bid);
        _opensVoid();
    }

    function test_VoidsEveryFieldChangedAfterSigning() public {
        BidDraft memory bid = bidOf(1, 100);
        bytes memory signature = signed(bid.signer, bidDigest(tenderId, bid));
        BidDraft[5] memory changed = [bidOf(2, 100), bidOf(1, 99), bidOf(1, 100), bidOf(1, 100), bidOf(1, 100)];
        changed[2].documents = "other documents";
        changed[3].version = 2;
        changed[4].nonce = 2;
        for (uint256 i = 0; i < changed.length; ++i) {
            sealPlaintext(tenders, tenderId, 0, bidPlaintext(changed[i], signature));
        }
        _opensVoid();
    }

    // ──────────────────────────────── replays ────────────────────────────────

    function test_VoidsABidSignedForAnotherTender() public {
        uint256 other = publish();
        _sealsSignedFor(bidDigest(other, bidOf(1, 100)));
        _opensVoid();
    }

    function test_VoidsABidSignedForAnotherChain() public {
        _sealsSignedFor(typedDigest("Terang Tenders", address(tenders), block.chainid + 1, _structHash()));
        _opensVoid();
    }

    function test_VoidsABidSignedForAnotherContract() public {
        _sealsSignedFor(typedDigest("Terang Tenders", address(awards), _structHash()));
        _opensVoid();
    }

    function test_VoidsABidSignedForAnotherDomain() public {
        _sealsSignedFor(typedDigest("Terang Ballots", address(tenders), _structHash()));
        _opensVoid();
    }

    function test_ABidSignedForExactlyThisCounts() public {
        _sealsSignedFor(typedDigest("Terang Tenders", address(tenders), _structHash()));
        _opensCounted(100);
    }

    // ───────────────────────────── malformations ─────────────────────────────

    function test_VoidsTheMirroredSignature() public {
        BidDraft memory bid = bidOf(1, 100);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(bid.signer, bidDigest(tenderId, bid));
        bytes32 mirrored = bytes32(Secp256k1.N - uint256(s));
        uint8 other = v == 27 ? 28 : 27;
        vm.assertEq(ecrecover(bidDigest(tenderId, bid), other, r, mirrored), bid.account);
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, abi.encodePacked(r, mirrored, other)));
        _opensVoid();
    }

    function test_VoidsARecoveryByteOfZeroOrOne() public {
        BidDraft memory bid = bidOf(1, 100);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(bid.signer, bidDigest(tenderId, bid));
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, abi.encodePacked(r, s, v - 27)));
        _opensVoid();
    }

    function test_VoidsEveryOtherRecoveryByte() public {
        BidDraft memory bid = bidOf(1, 100);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(bid.signer, bidDigest(tenderId, bid));
        uint8[6] memory bytes_ = [v == 27 ? 28 : 27, 0, 2, 26, 29, 255];
        for (uint256 i = 0; i < bytes_.length; ++i) {
            sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, abi.encodePacked(r, s, bytes_[i])));
        }
        _opensVoid();
    }

    function test_VoidsTheZeroSigner() public {
        BidDraft memory bid = bidOf(1, 100);
        bid.account = address(0);
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, abi.encodePacked(bytes32(0), bytes32(0), uint8(27))));
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, new bytes(65)));
        _opensVoid();
    }

    // ─────────────────── code at the account changes nothing ─────────────────

    function test_AWalletThatSaysYesCarriesNoBid() public {
        vm.etch(supplier(1), address(new WalletMock()).code);
        BidDraft memory bid = bidOf(1, 100);
        bid.signer = supplierKey(2);
        sealBid(tenderId, bid);
        _opensVoid();
    }

    function test_AWalletThatSaysNoStopsNoBid() public {
        sealBid(tenderId, bidOf(1, 100));
        vm.etch(supplier(1), address(new RevertingWallet()).code);
        _opensCounted(100);
    }

    function test_ADelegatedAccountBidsByItsOwnKeyAlone() public {
        bytes memory delegation = abi.encodePacked(hex"ef0100", new WalletMock());
        vm.etch(supplier(1), delegation);
        vm.assertEq(keccak256(supplier(1).code), keccak256(delegation));
        BidDraft memory forged = bidOf(1, 50);
        (forged.signer, forged.nonce) = (supplierKey(2), 2);
        sealBid(tenderId, bidOf(1, 100));
        sealBid(tenderId, forged);
        _opensCounted(100);
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev Every sealed envelope opens as a bid whose signature does not hold.
    function _opensVoid() private {
        closeAndRelease(tenders, tenderId, 0);
        bytes[] memory envelopes = sealedIn[address(tenders)][tenderId][0];
        for (uint256 i = 0; i < envelopes.length; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, 0, i, Void.SIGNATURE);
        }
        tenders.open(tenderId, 0, envelopes);
        vm.assertEq(tenders.bidderCount(tenderId), 0);
    }

    function _opensCounted(uint128 price) private {
        openBids(tenderId);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
        (uint32 organisation, uint128 standing,) = tenders.bidAt(tenderId, 0);
        vm.assertEq(organisation, supplierOrganisation(1));
        vm.assertEq(standing, price);
    }

    function _sealsSignedFor(bytes32 digest) private {
        BidDraft memory bid = bidOf(1, 100);
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, signed(bid.signer, digest)));
    }

    function _structHash() private view returns (bytes32) {
        BidDraft memory bid = bidOf(1, 100);
        return keccak256(
            abi.encode(
                tenders.SUBMIT_BID_TYPEHASH(), tenderId, bid.version, bid.nonce, bid.account, bid.price, bid.documents
            )
        );
    }
}
