// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Bids} from "../../../contracts/procurement/Bids.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm, Vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev What an attacker makes of another's envelope, or does between release and opening, and what it gains: nothing.
contract TamperingTest is World {
    uint256 private constant LENGTH = 34 + 141;
    uint256 private constant AT_ONCE = 320;
    /// @dev Where an envelope has structure: version, prefix, the ends of x, the first byte of the account, v.
    uint256[6] private _places = [0, 1, 2, 33, 34, LENGTH - 1];

    uint256 private tenderId;
    bytes private _envelope; // of the bid of supplier 1 at 100

    function setUp() public override {
        super.setUp();
        tenderId = publish();
        _envelope = _sealed(bidOf(1, 100));
    }

    function test_NoFlippedBitLeavesABidThatCounts() external {
        uint256 count = 8 * LENGTH;
        Vm.Log[] memory logs = _opensAll(_flipped, count);
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(logs[i].topics[0], SealedBox.Voided.selector);
        }
        _countsAtTheEnd(logs[count], count, 2, 200);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
    }

    /// @dev One of the 256 values of each place is the envelope as it was: the first of these copies counts.
    function test_EveryValueOfEveryStructuralByteIsAnsweredAndStopsNoOther() external {
        uint256 count = 256 * _places.length;
        Vm.Log[] memory logs = _opensAll(_valued, count);
        for (uint256 i = 0; i < count; ++i) {
            bool first = i == uint8(_envelope[0]);
            vm.assertEq(logs[i].topics[0], first ? Bids.BidOpened.selector : SealedBox.Voided.selector);
        }
        _countsAtTheEnd(logs[count], count, 2, 200);
        vm.assertEq(tenders.bidderCount(tenderId), 2);
    }

    /// @dev The key stream is known nowhere, but a bit of the ciphertext turns the same bit of the text.
    function test_ACopyTurnedIntoTheRivalsOwnLowerBidIsVoid() external {
        bytes memory copy = _envelope;
        bytes20 change = bytes20(supplier(1)) ^ bytes20(supplier(2));
        for (uint256 i = 0; i < 20; ++i) {
            copy[34 + i] ^= change[i];
        }
        copy[34 + 35] ^= bytes1(uint8(100 ^ 99));
        sealEnvelope(tenders, tenderId, 0, copy);
        _opensVoid(Void.SIGNATURE);
    }

    /// @dev No product of such a point exists, so its address would be zero and the key stream known to all.
    function test_AnEnvelopeWithoutAPointIsVoidThoughItsKeyStreamIsKnown() external {
        uint256[5] memory xs = [0, 5, Secp256k1.N, Secp256k1.N + 1, type(uint256).max];
        for (uint256 i = 0; i < xs.length; ++i) {
            bytes memory head = abi.encodePacked(hex"0102", xs[i]);
            sealEnvelope(tenders, tenderId, 0, bytes.concat(head, _underZero(bidOf(1, 100))));
        }
        _opensVoid(Void.POINT);
    }

    function test_NothingDoneBetweenReleaseAndOpeningChangesWhatCounts() external {
        vm.prank(authority);
        participants.suspend(supplierOrganisation(3), "before the closing");
        BidDraft memory newcomer = bidOf(1, 50);
        (newcomer.signer, newcomer.account) = (key("newcomer"), account("newcomer"));
        for (uint256 i = 1; i <= 3; ++i) {
            sealBid(tenderId, bidOf(i, uint128(100 * i)));
        }
        sealBid(tenderId, newcomer);
        closeAndRelease(tenders, tenderId, 0);

        vm.prank(registrar);
        participants.register("newcomer", SUPPLIER, newcomer.account);
        vm.startPrank(authority);
        participants.suspend(supplierOrganisation(1), "after the release");
        participants.reinstate(supplierOrganisation(3), "after the release");
        vm.stopPrank();
        vm.prank(supplier(2));
        participants.revokeKey(supplier(2));
        vm.warp(present() + 1);

        vm.expectEmit(address(tenders));
        emit SealedBox.Voided(tenderId, 0, 2, Void.INELIGIBLE);
        vm.expectEmit(address(tenders));
        emit SealedBox.Voided(tenderId, 0, 3, Void.ACCOUNT);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        vm.assertEq(tenders.bidderCount(tenderId), 2);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 2);
    }

    /// @dev Whoever opens chooses the gas. A precompile or a call that ends for want of it answers like one that finds
    /// nothing: that must end the opening, and not void a bid. The last bid is the one to starve.
    function test_AnOpeningWithTooLittleGasOpensNothing() external {
        for (uint256 i = 1; i <= 3; ++i) {
            sealBid(tenderId, bidOf(i, uint128(100 * i)));
        }
        closeAndRelease(tenders, tenderId, 0);
        bytes memory call = abi.encodeCall(SealedBox.open, (tenderId, 0, sealedIn[address(tenders)][tenderId][0]));
        bool done;
        uint256 gas_ = 50_000;
        for (; !done; gas_ += 150) {
            vm.assertEq(tenders.boxOf(tenderId, 0).opened, 0);
            vm.assertLe(gas_, 1_000_000);
            (done,) = address(tenders).call{gas: gas_}(call);
        }
        vm.assertGe(gas_, 150_000); // so it did fail at many places
        vm.assertEq(tenders.tenderOf(tenderId).validBids, 3);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _sealed(BidDraft memory bid) private returns (bytes memory) {
        return envelopeOf(tenders, tenderId, 0, _signed(bid));
    }

    function _signed(BidDraft memory bid) private view returns (bytes memory) {
        return bidPlaintext(bid, signed(bid.signer, bidDigest(tenderId, bid)));
    }

    function _underZero(BidDraft memory bid) private view returns (bytes memory text) {
        text = _signed(bid);
        bytes32 boxId = keccak256(abi.encode(block.chainid, tenders, tenderId, 0));
        for (uint256 i = 0; i < text.length; ++i) {
            text[i] ^= keccak256(abi.encode(keccak256("Terang sealed box v1"), boxId, address(0), i / 32))[i % 32];
        }
    }

    function _flipped(uint256 number) private view returns (bytes memory envelope) {
        envelope = _envelope;
        envelope[number / 8] ^= bytes1(uint8(1 << (number % 8)));
    }

    function _valued(uint256 number) private view returns (bytes memory envelope) {
        envelope = _envelope;
        envelope[_places[number / 256]] = bytes1(uint8(number));
    }

    /// @dev Seals `count` envelopes of `make` and behind them the bid of supplier 2 at 200; opens all; returns the events.
    function _opensAll(function(uint256) view returns (bytes memory) make, uint256 count)
        private
        returns (Vm.Log[] memory logs)
    {
        bytes memory last = _sealed(bidOf(2, 200));
        vm.startPrank(relay);
        for (uint256 i = 0; i <= count; ++i) {
            tenders.seal(tenderId, 0, i < count ? make(i) : last);
        }
        vm.stopPrank();
        closeAndRelease(tenders, tenderId, 0);
        vm.recordLogs();
        for (uint256 from = 0; from <= count; from += AT_ONCE) {
            bytes[] memory envelopes = new bytes[](count + 1 - from < AT_ONCE ? count + 1 - from : AT_ONCE);
            for (uint256 i = 0; i < envelopes.length; ++i) {
                envelopes[i] = from + i < count ? make(from + i) : last;
            }
            tenders.open(tenderId, 0, envelopes);
        }
        logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, count + 1);
        vm.assertTrue(tenders.isOpened(tenderId, 0));
    }

    function _countsAtTheEnd(Vm.Log memory log, uint256 index, uint256 number, uint128 price) private pure {
        vm.assertEq(log.topics[0], Bids.BidOpened.selector);
        vm.assertEq(uint256(log.topics[2]), supplierOrganisation(number));
        (uint256 place,, uint128 counted) = abi.decode(log.data, (uint256, address, uint128));
        vm.assertEq(place, index);
        vm.assertEq(counted, price);
    }

    function _opensVoid(Void reason) private {
        closeAndRelease(tenders, tenderId, 0);
        bytes[] memory envelopes = sealedIn[address(tenders)][tenderId][0];
        for (uint256 i = 0; i < envelopes.length; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, 0, i, reason);
        }
        tenders.open(tenderId, 0, envelopes);
        vm.assertEq(tenders.bidderCount(tenderId), 0);
    }
}
