// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm, Vm} from "../support/Test.sol";
import {Post} from "./Post.sol";

/// @title JunkTest
/// @notice Ten thousand envelopes of junk, a quarter of each kind: none makes an opening revert, and all are void.
contract JunkTest is Post {
    uint256 private constant OF_EACH_KIND = 2500;
    uint256 private constant AT_ONCE = 320;
    uint256 private constant LENGTH = 34 + 117; // of a sealed letter

    bytes private _envelope; // of a good letter

    function test_RandomBytesAreVoid() external {
        _assertVoid(_random);
    }

    function test_RandomBytesBehindAGoodVersionAndPrefixAreVoid() external {
        _assertVoid(_headed);
    }

    function test_RandomTextBehindAGoodPointIsVoid() external {
        _assertVoid(_pointed);
    }

    function test_LettersWithRandomBytesChangedAreVoid() external {
        _envelope = letterEnvelope(BOX, 0);
        _assertVoid(_damaged);
    }

    function _random(uint256 seed) private pure returns (bytes memory) {
        return _bytes(seed, 35 + seed % (LENGTH + 32 - 34));
    }

    function _headed(uint256 seed) private pure returns (bytes memory envelope) {
        envelope = _random(seed);
        (envelope[0], envelope[1]) = (0x01, seed & 256 == 0 ? bytes1(0x02) : bytes1(0x03));
    }

    function _pointed(uint256 seed) private returns (bytes memory envelope) {
        Vm.Wallet memory point = vm.createWallet(bound(seed, 1, Secp256k1.N - 1));
        return bytes.concat(hex"0102", bytes32(point.publicKeyX), _bytes(seed, 117));
    }

    /// @dev Changes one to four bytes; a change of zero would leave it whole, so none is.
    function _damaged(uint256 seed) private view returns (bytes memory envelope) {
        envelope = _envelope;
        uint256 changes = 1 + seed % 4;
        uint256 place = (seed >> 8) % LENGTH;
        for (uint256 i = 0; i < changes; ++i) {
            envelope[(place + 37 * i) % LENGTH] ^= bytes1(uint8(1 + (seed >> (16 + 8 * i)) % 255));
        }
    }

    function _assertVoid(function(uint256) returns (bytes memory) junk) private {
        vm.startPrank(relay);
        for (uint256 i = 0; i < OF_EACH_KIND; ++i) {
            letters.seal(BOX, 0, junk(_seed(i)));
        }
        vm.stopPrank();
        closeAndRelease(BOX);
        for (uint256 from = 0; from < OF_EACH_KIND; from += AT_ONCE) {
            uint256 size = OF_EACH_KIND - from < AT_ONCE ? OF_EACH_KIND - from : AT_ONCE;
            bytes[] memory envelopes = new bytes[](size);
            for (uint256 i = 0; i < size; ++i) {
                envelopes[i] = junk(_seed(from + i));
            }
            vm.recordLogs();
            letters.open(BOX, 0, envelopes);
            _assertAllVoided(from, size);
        }
        vm.assertTrue(letters.isOpened(BOX, 0));
    }

    function _assertAllVoided(uint256 from, uint256 size) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, size);
        for (uint256 i = 0; i < size; ++i) {
            vm.assertEq(logs[i].topics[0], SealedBox.Voided.selector);
            (uint256 index, Void reason) = abi.decode(logs[i].data, (uint256, Void));
            vm.assertEq(index, from + i);
            vm.assertTrue(reason != Void.NONE);
        }
    }

    function _seed(uint256 number) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("junk", number)));
    }

    function _bytes(uint256 seed, uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 start = 0; start < length; start += 32) {
            bytes32 word = keccak256(abi.encode(seed, start));
            for (uint256 i = start; i < length && i < start + 32; ++i) {
                data[i] = word[i - start];
            }
        }
    }
}
