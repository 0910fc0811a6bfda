// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Void} from "../../../contracts/sealing/Envelope.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {Post} from "./Post.sol";

/// @title SignaturesTest
/// @notice What is sealed is signed by a plain key, in one form, whatever code its address holds.
contract SignaturesTest is Post {
    function test_OnlyTheLowFormOfTheAuthorsSignatureCounts() external {
        (uint8 v, bytes32 r, bytes32 s) = _sign("author");
        bytes32 zero = 0;
        bytes32 order = bytes32(Secp256k1.N);
        bytes32 high = bytes32(Secp256k1.N - uint256(s));
        bytes[] memory wrong = new bytes[](12);
        wrong[0] = abi.encodePacked(r, high, v ^ 7); // 27 and 28 change places
        wrong[1] = abi.encodePacked(r, s, v - 27);
        wrong[2] = abi.encodePacked(r, s, v ^ 7);
        wrong[3] = abi.encodePacked(r, s, uint8(255));
        wrong[4] = abi.encodePacked(zero, s, v);
        wrong[5] = abi.encodePacked(r, zero, v);
        wrong[6] = abi.encodePacked(order, s, v);
        wrong[7] = abi.encodePacked(r, order, v);
        wrong[8] = new bytes(65);
        wrong[9] = abi.encodePacked(s, r, v);
        wrong[10] = abi.encodePacked(~zero, ~zero, uint8(255));
        (v, r, s) = _sign("rival");
        wrong[11] = abi.encodePacked(r, s, v);
        for (uint256 i = 0; i < wrong.length; ++i) {
            sealAs(relay, BOX, _signedBy(author, wrong[i]));
        }
        _expectAllVoid(author, wrong);
    }

    /// @dev ecrecover answers zero for a broken signature, which must not pass for the signature of address zero.
    function test_AddressZeroSignsNothing() external {
        bytes[] memory wrong = new bytes[](3);
        wrong[0] = new bytes(65);
        wrong[1] = abi.encodePacked(bytes32(0), bytes32(uint256(1)), uint8(27));
        wrong[2] = abi.encodePacked(bytes32(uint256(5)), bytes32(uint256(1)), uint8(27)); // no point has x = 5
        for (uint256 i = 0; i < wrong.length; ++i) {
            sealAs(relay, BOX, _signedBy(address(0), wrong[i]));
        }
        _expectAllVoid(address(0), wrong);
    }

    /// @dev Neither can a wallet that accepts every signature speak for its address, nor can code silence its key.
    function test_CodeAtTheAuthorsAddressChangesNothing() external {
        bytes[] memory envelopes = new bytes[](2);
        envelopes[0] = letterEnvelope(BOX, 0);
        (uint8 v, bytes32 r, bytes32 s) = _sign("rival");
        envelopes[1] = _signedBy(author, abi.encodePacked(r, s, v));
        sealAs(relay, BOX, envelopes[0]);
        sealAs(relay, BOX, envelopes[1]);
        // answers every call with the magic value of ERC-1271
        vm.etch(author, abi.encodePacked(hex"7f", bytes4(0x1626ba7e), new bytes(28), hex"60005260206000f3"));
        closeAndRelease(BOX);
        expectLetters(BOX, 0, 1);
        expectVoid(BOX, 1, Void.SIGNATURE);
        letters.open(BOX, 0, envelopes);
    }

    function _sign(string memory signer) private view returns (uint8 v, bytes32 r, bytes32 s) {
        return vm.sign(key(signer), letters.digestOf(BOX, 0, author, textOf(0)));
    }

    function _signedBy(address claimed, bytes memory signature) private returns (bytes memory) {
        return envelopeOf(BOX, abi.encodePacked(claimed, textOf(0), signature));
    }

    function _expectAllVoid(address claimed, bytes[] memory signatures) private {
        bytes[] memory envelopes = new bytes[](signatures.length);
        for (uint256 i = 0; i < signatures.length; ++i) {
            envelopes[i] = _signedBy(claimed, signatures[i]);
        }
        closeAndRelease(BOX);
        for (uint256 i = 0; i < signatures.length; ++i) {
            expectVoid(BOX, i, Void.SIGNATURE);
        }
        letters.open(BOX, 0, envelopes);
    }
}
