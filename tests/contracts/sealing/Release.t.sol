// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {Letters} from "./Letters.sol";
import {Openers} from "./Openers.sol";

/// @title ReleaseTest
/// @notice A key serves one box, and its secret comes out only while that box may be opened.
contract ReleaseTest is Openers {
    uint256 private constant TENDER = 9;
    uint256 private constant STAGE = 16;

    uint48 private closesAt;
    uint256 private id; // of the key that the box of letters took

    function setUp() public override {
        super.setUp();
        readyBatch();
        id = keyId(1, 1, 0);
        closesAt = present() + 1 days;
    }

    // ───────────────────────────────── taking ────────────────────────────────

    function test_ABoxTakesAReadyKey() external {
        OpeningKeys.Claim memory claim = claimOf(id);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.KeyTaken(id, OpeningKeys.Box.TENDERS, TENDER, STAGE, claim.x, claim.y);
        letters.prepare(TENDER, STAGE, closesAt, claim);
        vm.assertEq(
            abi.encode(openingKeys.keyOf(id)),
            abi.encode(OpeningKeys.Key(vm.addr(secretOf(id)), uint48(TENDER), uint16(STAGE), OpeningKeys.Box.TENDERS))
        );
        vm.assertEq(letters.boxOf(TENDER, STAGE).keyId, id);

        claim = claimOf(id + 3);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.KeyTaken(id + 3, OpeningKeys.Box.AWARDS, TENDER, STAGE, claim.x, claim.y);
        ballots.prepare(TENDER, STAGE, closesAt, claim);
    }

    function test_OnlyBoxesTakeKeys() external {
        OpeningKeys.Claim memory claim = claimOf(id);
        Letters foreign = Letters(deploy("Letters", abi.encode(participants, openingKeys)));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotABox.selector, address(foreign)));
        foreign.prepare(TENDER, STAGE, closesAt, claim);
        vm.prank(authority);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotABox.selector, authority));
        openingKeys.take(claim, TENDER, STAGE);
    }

    function test_AKeyServesOneBox() external {
        letters.prepare(TENDER, STAGE, closesAt, claimOf(id));
        OpeningKeys.Claim memory claim = claimOf(id);
        bytes memory taken = abi.encodeWithSelector(OpeningKeys.OpeningKeysKeyTaken.selector, id);
        vm.expectRevert(taken);
        letters.prepare(TENDER + 1, STAGE, closesAt, claim);
        vm.expectRevert(taken);
        ballots.prepare(TENDER, STAGE, closesAt, claim);
    }

    function test_AKeyIsOfThePresentEpoch() external {
        OpeningKeys.Claim memory claim = claimOf(id);
        startEpoch(seatsFrom(1));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysPastEpoch.selector, 1, 2));
        letters.prepare(TENDER, STAGE, closesAt, claim);
        claim.keyId = keyId(3, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysPastEpoch.selector, 3, 2));
        letters.prepare(TENDER, STAGE, closesAt, claim);
        claim.keyId = type(uint256).max;
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysPastEpoch.selector, type(uint256).max >> 64, 2));
        letters.prepare(TENDER, STAGE, closesAt, claim);
    }

    function test_AKeyIsOfAReadyBatch() external {
        OpeningKeys.Claim memory claim = claimOf(id);
        openBatch(KEYS);
        for (uint256 batch = 0; batch <= 3; ++batch) {
            if (batch == 1) continue;
            claim.keyId = keyId(1, batch, 0);
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotReady.selector, 1, batch));
            letters.prepare(TENDER, STAGE, closesAt, claim);
        }
    }

    function test_AKeyIsProvedToBeInItsBatch() external {
        uint256 other = readyBatch();
        OpeningKeys.Claim[] memory bad = new OpeningKeys.Claim[](8);
        for (uint256 i = 0; i < bad.length; ++i) {
            bad[i] = claimOf(id);
        }
        bad[0].x ^= 1;
        bad[1].y ^= 1;
        bad[2].keyId = id + 1; // another index
        bad[3].keyId = keyId(1, other, 0); // another batch
        bad[4].proof = new bytes32[](0);
        bad[5].proof = new bytes32[](2);
        (bad[6].proof[0], bad[6].proof[1]) = (bad[6].proof[1], bad[6].proof[0]);
        bad[7] = claimOf(keyId(1, other, 1));
        bad[7].keyId = id + 1;
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotInBatch.selector, bad[i].keyId));
            letters.prepare(TENDER, STAGE, closesAt, bad[i]);
        }
    }

    /// @dev Openers may confirm a root over more keys than the batch has; those do not exist.
    function test_AnIndexLiesBelowTheCountOfItsBatch() external {
        uint256 batch = openBatch(3);
        uint256 first = keyId(1, batch, 0);
        bytes32 root = _pair(_pair(_leaf(first), _leaf(first + 1)), _pair(_leaf(first + 2), _leaf(first + 3)));
        confirmBatch(batch, root);
        OpeningKeys.Claim memory claim = claimOf(first + 3);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotInBatch.selector, first + 3));
        letters.prepare(TENDER, STAGE, closesAt, claim);
        letters.prepare(TENDER, STAGE, closesAt, claimOf(first + 2));
    }

    function test_RefusesTendersAndStagesThatDoNotFit() external {
        OpeningKeys.Claim memory claim = claimOf(id);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 48, uint256(1) << 48));
        letters.prepare(1 << 48, STAGE, closesAt, claim);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 16, 1 << 16));
        letters.prepare(TENDER, 1 << 16, closesAt, claim);
        letters.prepare((1 << 48) - 1, (1 << 16) - 1, closesAt, claim);
    }

    // ──────────────────────────────── releasing ──────────────────────────────

    function test_AnybodyReleasesTheSecretOnceTheBoxIsClosed() external {
        _take();
        vm.warp(closesAt);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.KeyReleased(id, secretOf(id));
        vm.prank(stranger);
        openingKeys.release(id, secretOf(id));
        vm.assertEq(openingKeys.secretOf(id), secretOf(id));
    }

    function test_RefusesEveryOtherSecret() external {
        _take();
        vm.warp(closesAt);
        uint256 secret = secretOf(id);
        uint256 n = Secp256k1.N;
        uint256[9] memory wrong =
            [0, 1, secret - 1, secret + 1, n - secret, n, n + 1, type(uint256).max, secretOf(id + 1)];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysWrongSecret.selector, id));
            openingKeys.release(id, wrong[i]);
        }
        openingKeys.release(id, secret);
    }

    /// @dev A secret and the same plus N are one point; only the one below N is the secret.
    function test_ASecretIsReleasedInOneFormOnly() external {
        bytes32 root = keccak256(
            bytes.concat(keccak256(abi.encode(0, vm.createWallet(5).publicKeyX, vm.createWallet(5).publicKeyY)))
        );
        uint256 small = keyId(1, confirmedBatch(1, root), 0);
        OpeningKeys.Claim memory claim =
            OpeningKeys.Claim(small, vm.createWallet(5).publicKeyX, vm.createWallet(5).publicKeyY, new bytes32[](0));
        letters.prepare(TENDER, STAGE, closesAt, claim);
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysWrongSecret.selector, small));
        openingKeys.release(small, Secp256k1.N + 5);
        openingKeys.release(small, 5);
    }

    function test_ReleasesOnce() external {
        _take();
        vm.warp(closesAt);
        openingKeys.release(id, secretOf(id));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysAlreadyReleased.selector, id));
        openingKeys.release(id, secretOf(id));
    }

    function test_ReleasesFromClosingUntilTheEndOfTheGracePeriod() external {
        _take();
        vm.warp(closesAt - 1);
        _expectNotReleasable();
        vm.warp(closesAt + letters.GRACE());
        _expectNotReleasable();
        vm.warp(closesAt + letters.GRACE() - 1);
        openingKeys.release(id, secretOf(id));
    }

    function test_ACancelledBoxStaysSealed() external {
        _take();
        letters.shut(TENDER, STAGE);
        vm.warp(closesAt);
        _expectNotReleasable();
    }

    function test_AKeyThatNoBoxTookIsNotReleased() external {
        vm.warp(closesAt);
        bytes memory refusal = abi.encodeWithSelector(OpeningKeys.OpeningKeysKeyNotTaken.selector, id);
        vm.expectRevert(refusal);
        openingKeys.release(id, secretOf(id));
        vm.prank(opener);
        vm.expectRevert(refusal);
        openingKeys.offerShare(id, 1);
    }

    /// @dev Both boxes have a tender 9 at stage 16, closing at different times.
    function test_AsksTheBoxThatTookTheKey() external {
        letters.prepare(TENDER, STAGE, closesAt, claimOf(id));
        ballots.prepare(TENDER, STAGE, closesAt + 10 days, claimOf(id + 1));
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotReleasable.selector, id + 1));
        openingKeys.release(id + 1, secretOf(id + 1));
        openingKeys.release(id, secretOf(id));
        vm.warp(closesAt + 10 days);
        openingKeys.release(id + 1, secretOf(id + 1));
    }

    function test_AnOlderEpochStillReleasesItsKeys() external {
        _take();
        startEpoch(seatsFrom(1));
        vm.warp(closesAt);
        vm.prank(opener);
        openingKeys.offerShare(id, 1);
        openingKeys.release(id, secretOf(id));
    }

    // ───────────────────────────────── shares ────────────────────────────────

    function test_AnOpenerOffersItsShareOnceTheBoxIsClosed() external {
        _take();
        vm.warp(closesAt);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.ShareOffered(id, 3, 1);
        vm.prank(member(3));
        openingKeys.offerShare(id, 1);
    }

    function test_NoShareComesOutBeforeClosingNorAfterGrace() external {
        _take();
        bytes memory refusal = abi.encodeWithSelector(OpeningKeys.OpeningKeysNotReleasable.selector, id);
        vm.startPrank(opener);
        vm.warp(closesAt - 1);
        vm.expectRevert(refusal);
        openingKeys.offerShare(id, 1);
        vm.warp(closesAt + letters.GRACE());
        vm.expectRevert(refusal);
        openingKeys.offerShare(id, 1);
        vm.warp(closesAt + letters.GRACE() - 1);
        openingKeys.offerShare(id, 1);
    }

    function test_AShareIsAScalar() external {
        _take();
        vm.warp(closesAt);
        uint256[3] memory bad = [0, Secp256k1.N, type(uint256).max];
        vm.startPrank(opener);
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysShareRange.selector, bad[i]));
            openingKeys.offerShare(id, bad[i]);
        }
        openingKeys.offerShare(id, Secp256k1.N - 1);
    }

    function test_OnlyOpenersOfTheKeysEpochOfferShares() external {
        _take();
        seatMembers(1, 1, 1);
        startEpoch(seatsFrom(4)); // seats 4 … 10: two auditors, two citizens, then one of each class
        vm.warp(closesAt);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotOpener.selector, 1, stranger));
        openingKeys.offerShare(id, 1);
        vm.prank(member(10));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotOpener.selector, 1, member(10)));
        openingKeys.offerShare(id, 1);
        vm.prank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysUnknownEpoch.selector, 0));
        openingKeys.offerShare(1, 1);
    }

    // ───────────────────────────────── small ─────────────────────────────────

    function _take() private {
        letters.prepare(TENDER, STAGE, closesAt, claimOf(id));
    }

    function _expectNotReleasable() private {
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotReleasable.selector, id));
        openingKeys.release(id, secretOf(id));
    }
}
