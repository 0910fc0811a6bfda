// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {Vm, vm} from "../support/Test.sol";
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
        emit OpeningKeys.KeyTaken(id, address(letters), TENDER, STAGE, claim.x, claim.y);
        letters.prepare(TENDER, STAGE, closesAt, claim);
        vm.assertEq(letters.boxOf(TENDER, STAGE).point, vm.addr(secretOf(id)));
        vm.assertEq(openingKeys.freeKeys(1, 1, 0), 14); // of four keys the first is taken

        claim = claimOf(id + 3);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.KeyTaken(id + 3, address(ballots), TENDER, STAGE, claim.x, claim.y);
        ballots.prepare(TENDER, STAGE, closesAt, claim);
        vm.assertEq(openingKeys.freeKeys(1, 1, 0), 6);
        vm.assertEq(openingKeys.freeKeys(1, 1, 255), 6);
        vm.assertEq(openingKeys.freeKeys(1, 1, 256), 0);
        vm.assertEq(openingKeys.freeKeys(1, 2, 0), 0);
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

    /// @dev 300 keys of the same point under one root: 256 in the first word, 44 in the second.
    function test_AKeyIsTakenOnceOnBothSidesOfAWord() external {
        (bytes32[] memory leaves, bytes32 root) = _twins(300);
        uint256 batch = confirmedBatch(300, root);
        vm.assertEq(openingKeys.freeKeys(1, batch, 0), type(uint256).max);
        vm.assertEq(openingKeys.freeKeys(1, batch, 256), (1 << 44) - 1);
        uint256[5] memory indices = [uint256(255), 256, 0, 299, 254];
        for (uint256 i = 0; i < indices.length; ++i) {
            OpeningKeys.Claim memory claim = _twin(batch, indices[i], leaves);
            letters.prepare(TENDER + i, STAGE, closesAt, claim);
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysKeyTaken.selector, claim.keyId));
            letters.prepare(TENDER + 10, STAGE, closesAt, claim);
        }
        vm.assertEq(openingKeys.freeKeys(1, batch, 0), type(uint256).max - 1 - (uint256(3) << 254));
        vm.assertEq(openingKeys.freeKeys(1, batch, 256), (1 << 43) - 2);
    }

    function test_AWholeWordOfKeysIsReadyAtOnce() external {
        (, bytes32 root) = _twins(256);
        uint256 batch = confirmedBatch(256, root);
        vm.assertEq(openingKeys.freeKeys(1, batch, 0), type(uint256).max);
        vm.assertEq(openingKeys.freeKeys(1, batch, 256), 0);
    }

    function test_TheClosingTimeFitsItsBox() external {
        OpeningKeys.Claim memory claim = claimOf(id);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 40, uint256(1) << 40));
        letters.prepare(TENDER, STAGE, uint48(1) << 40, claim);
        letters.prepare(TENDER, STAGE, (uint48(1) << 40) - 1, claim);
        vm.assertEq(letters.boxOf(TENDER, STAGE).closesAt, (1 << 40) - 1);
    }

    // ──────────────────────────────── releasing ──────────────────────────────

    function test_AnybodyReleasesTheSecretOnceTheBoxIsClosed() external {
        _take();
        vm.warp(closesAt);
        vm.expectEmit(address(letters));
        emit SealedBox.Released(TENDER, STAGE, secretOf(id));
        vm.prank(stranger);
        letters.release(TENDER, STAGE, secretOf(id));
        vm.assertEq(letters.secretOf(TENDER, STAGE), secretOf(id));
        vm.assertEq(letters.secretOf(TENDER, STAGE + 1), 0);
        vm.assertEq(ballots.secretOf(TENDER, STAGE), 0);
    }

    function test_RefusesEveryOtherSecret() external {
        _take();
        vm.warp(closesAt);
        uint256 secret = secretOf(id);
        uint256 n = Secp256k1.N;
        uint256[9] memory wrong =
            [0, 1, secret - 1, secret + 1, n - secret, n, n + 1, type(uint256).max, secretOf(id + 1)];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxWrongSecret.selector, TENDER, STAGE));
            letters.release(TENDER, STAGE, wrong[i]);
        }
        letters.release(TENDER, STAGE, secret);
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
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxWrongSecret.selector, TENDER, STAGE));
        letters.release(TENDER, STAGE, Secp256k1.N + 5);
        letters.release(TENDER, STAGE, 5);
    }

    function test_ReleasesOnce() external {
        _take();
        vm.warp(closesAt);
        letters.release(TENDER, STAGE, secretOf(id));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxAlreadyReleased.selector, TENDER, STAGE));
        letters.release(TENDER, STAGE, secretOf(id));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxAlreadyReleased.selector, TENDER, STAGE));
        letters.release(TENDER, STAGE, 0);
    }

    function test_ReleasesFromClosingUntilTheEndOfTheGracePeriod() external {
        _take();
        vm.warp(closesAt - 1);
        _expectNotReleasable();
        vm.warp(closesAt + letters.GRACE());
        _expectNotReleasable();
        vm.warp(closesAt + letters.GRACE() - 1);
        letters.release(TENDER, STAGE, secretOf(id));
    }

    function test_ACancelledBoxStaysSealed() external {
        _take();
        letters.shut(TENDER, STAGE);
        vm.warp(closesAt);
        _expectNotReleasable();
    }

    function test_ABoxThatWasNeverPreparedReleasesNothing() external {
        vm.warp(closesAt);
        uint256[3] memory secrets = [0, secretOf(id), Secp256k1.N];
        for (uint256 i = 0; i < secrets.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, TENDER, STAGE));
            letters.release(TENDER, STAGE, secrets[i]);
        }
        vm.prank(opener);
        _expectNoShare(letters, STAGE);
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
    }

    /// @dev Both boxes have a tender 9 at stage 16, closing at different times.
    function test_EachContractReleasesItsOwnBoxes() external {
        letters.prepare(TENDER, STAGE, closesAt, claimOf(id));
        ballots.prepare(TENDER, STAGE, closesAt + 10 days, claimOf(id + 1));
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, TENDER, STAGE));
        ballots.release(TENDER, STAGE, secretOf(id + 1));
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxWrongSecret.selector, TENDER, STAGE));
        letters.release(TENDER, STAGE, secretOf(id + 1));
        letters.release(TENDER, STAGE, secretOf(id));
        vm.warp(closesAt + 10 days);
        ballots.release(TENDER, STAGE, secretOf(id + 1));
    }

    function test_AnOlderEpochStillReleasesItsKeys() external {
        _take();
        startEpoch(seatsFrom(1));
        vm.warp(closesAt);
        vm.prank(opener);
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
        letters.release(TENDER, STAGE, secretOf(id));
    }

    // ───────────────────────────────── shares ────────────────────────────────

    function test_AnOpenerOffersItsShareOnceTheBoxIsClosed() external {
        _take();
        vm.warp(closesAt);
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.ShareOffered(address(letters), TENDER, STAGE, 1, 3, 1);
        vm.prank(member(3));
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
    }

    function test_NoShareComesOutBeforeClosingNorAfterGrace() external {
        _take();
        vm.startPrank(opener);
        vm.warp(closesAt - 1);
        _expectNoShare(letters, STAGE);
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
        vm.warp(closesAt + letters.GRACE());
        _expectNoShare(letters, STAGE);
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
        vm.warp(closesAt + letters.GRACE() - 1);
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
    }

    function test_NoShareIsForACancelledBox() external {
        _take();
        letters.shut(TENDER, STAGE);
        vm.warp(closesAt);
        vm.prank(opener);
        _expectNoShare(letters, STAGE);
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
    }

    /// @dev A share names the box it is for, so no box that may be opened speaks for another.
    function test_ABoxThatMayBeOpenedOpensNoOther() external {
        _take();
        letters.prepare(TENDER, STAGE + 1, closesAt + 1, claimOf(id + 1));
        ballots.prepare(TENDER, STAGE, closesAt + 1, claimOf(id + 2));
        vm.warp(closesAt);
        vm.startPrank(opener);
        _expectNoShare(letters, STAGE + 1);
        openingKeys.offerShare(1, letters, TENDER, STAGE + 1, 1);
        _expectNoShare(ballots, STAGE);
        openingKeys.offerShare(1, ballots, TENDER, STAGE, 1);
        Letters foreign = Letters(deploy("Letters", abi.encode(participants, openingKeys)));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotABox.selector, address(foreign)));
        openingKeys.offerShare(1, foreign, TENDER, STAGE, 1);
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
    }

    function test_AShareIsAScalar() external {
        _take();
        vm.warp(closesAt);
        uint256[3] memory bad = [0, Secp256k1.N, type(uint256).max];
        vm.startPrank(opener);
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysShareRange.selector, bad[i]));
            openingKeys.offerShare(1, letters, TENDER, STAGE, bad[i]);
        }
        openingKeys.offerShare(1, letters, TENDER, STAGE, Secp256k1.N - 1);
    }

    function test_OnlyOpenersOfTheNamedEpochOfferShares() external {
        _take();
        seatMembers(1, 1, 1);
        startEpoch(seatsFrom(4)); // seats 4 … 10: two auditors, two citizens, then one of each class
        vm.warp(closesAt);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotOpener.selector, 1, stranger));
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
        vm.prank(member(10));
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysNotOpener.selector, 1, member(10)));
        openingKeys.offerShare(1, letters, TENDER, STAGE, 1);
        // its share of a key of epoch 2 says so, and is of no use here
        vm.expectEmit(address(openingKeys));
        emit OpeningKeys.ShareOffered(address(letters), TENDER, STAGE, 2, 7, 1);
        vm.prank(member(10));
        openingKeys.offerShare(2, letters, TENDER, STAGE, 1);
        vm.prank(opener);
        vm.expectRevert(abi.encodeWithSelector(OpeningKeys.OpeningKeysUnknownEpoch.selector, 0));
        openingKeys.offerShare(0, letters, TENDER, STAGE, 1);
    }

    // ───────────────────────────────── small ─────────────────────────────────

    function _take() private {
        letters.prepare(TENDER, STAGE, closesAt, claimOf(id));
    }

    function _expectNotReleasable() private {
        vm.expectRevert(abi.encodeWithSelector(SealedBox.SealedBoxNotReleasable.selector, TENDER, STAGE));
        letters.release(TENDER, STAGE, secretOf(id));
    }

    function _expectNoShare(Letters box, uint256 stage) private {
        vm.expectRevert(
            abi.encodeWithSelector(OpeningKeys.OpeningKeysNotReleasable.selector, address(box), TENDER, stage)
        );
    }

    /// @dev The leaves of a batch whose keys are all the point of secret 5, and their root.
    function _twins(uint256 count) private returns (bytes32[] memory leaves, bytes32 root) {
        Vm.Wallet memory point = vm.createWallet(5);
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = keccak256(bytes.concat(keccak256(abi.encode(i, point.publicKeyX, point.publicKeyY))));
        }
        root = _fold(leaves, count, new bytes32[](0));
    }

    function _twin(uint256 batch, uint256 index, bytes32[] memory leaves)
        private
        returns (OpeningKeys.Claim memory claim)
    {
        Vm.Wallet memory point = vm.createWallet(5);
        bytes32[] memory proof = new bytes32[](9);
        _fold(leaves, index, proof);
        return OpeningKeys.Claim(keyId(1, batch, index), point.publicKeyX, point.publicKeyY, proof);
    }

    /// @dev The root of a tree of 2⁹ leaves, the missing ones zero; fills `proof` of the leaf `index` on the way.
    function _fold(bytes32[] memory leaves, uint256 index, bytes32[] memory proof) private pure returns (bytes32) {
        bytes32[] memory level = new bytes32[](512);
        for (uint256 i = 0; i < leaves.length; ++i) {
            level[i] = leaves[i];
        }
        for (uint256 height = 0; height < 9; ++height) {
            if (proof.length != 0) proof[height] = level[index ^ 1];
            index /= 2;
            for (uint256 i = 0; i < 512 >> (height + 1); ++i) {
                level[i] = _pair(level[2 * i], level[2 * i + 1]);
            }
        }
        return level[0];
    }
}
