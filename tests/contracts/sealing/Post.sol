// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Participants} from "../../../contracts/identity/Participants.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm, Vm} from "../support/Test.sol";
import {Letters} from "./Letters.sol";
import {Openers} from "./Openers.sol";

/// @title Post
/// @notice Two open boxes of letters, tenders 1 and 2 at stage 0, and what seals, closes and opens them.
abstract contract Post is Openers {
    uint256 internal constant BOX = 1;
    uint256 internal constant OTHER_BOX = 2;

    /// @dev For whom the author seals.
    uint256 internal constant HOUSE = 77;

    address internal immutable author = account("author");
    uint48 internal closesAt;
    uint256 internal batch;

    function setUp() public virtual override {
        super.setUp();
        batch = readyBatch();
        closesAt = present() + 1 days;
        letters.prepare(BOX, 0, closesAt, claimOf(keyOf(BOX)));
        letters.prepare(OTHER_BOX, 0, closesAt, claimOf(keyOf(OTHER_BOX)));
        vm.prank(authority);
        participants.grant(Participants.Licence.RELAY, relay, FOREVER);
        letters.admit(author, HOUSE);
    }

    function keyOf(uint256 box) internal view returns (uint256) {
        return keyId(1, batch, box);
    }

    // ───────────────────────────────── letters ───────────────────────────────

    /// @dev The signed letter number `number` of the author.
    function letter(uint256 box, uint256 number) internal view returns (bytes memory) {
        bytes32 text = textOf(number);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key("author"), letters.digestOf(box, 0, author, text));
        return abi.encodePacked(author, text, r, s, v);
    }

    function textOf(uint256 number) internal pure returns (bytes32) {
        return keccak256(abi.encode("letter", number));
    }

    /// @dev Seals as anyone may, from the protocol's text and byte by byte, unlike the contract.
    function envelopeOf(uint256 box, bytes memory plaintext) internal returns (bytes memory) {
        uint256 ephemeral = uint256(keccak256(abi.encode(box, plaintext))) % (Secp256k1.N - 1) + 1;
        Vm.Wallet memory r = vm.createWallet(ephemeral);
        address z = vm.addr(mulmod(ephemeral, secretOf(keyOf(box)), Secp256k1.N));
        bytes32 boxId = keccak256(abi.encode(block.chainid, address(letters), box, 0));
        bytes memory ciphertext = new bytes(plaintext.length);
        for (uint256 i = 0; i < plaintext.length; ++i) {
            bytes32 stream = keccak256(abi.encode(keccak256("Terang sealed box v1"), boxId, z, i / 32));
            ciphertext[i] = plaintext[i] ^ stream[i % 32];
        }
        return abi.encodePacked(hex"01", r.publicKeyY % 2 == 0 ? hex"02" : hex"03", r.publicKeyX, ciphertext);
    }

    function letterEnvelope(uint256 box, uint256 number) internal returns (bytes memory) {
        return envelopeOf(box, letter(box, number));
    }

    /// @dev Letters 0 … count − 1 of the box, sealed through the relay.
    function sealLetters(uint256 box, uint256 count) internal returns (bytes[] memory envelopes) {
        envelopes = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            envelopes[i] = letterEnvelope(box, i);
            sealAs(relay, box, envelopes[i]);
        }
    }

    function sealAs(address sender, uint256 box, bytes memory envelope) internal {
        vm.prank(sender);
        letters.seal(box, 0, envelope);
    }

    // ───────────────────────────────── opening ───────────────────────────────

    function closeAndRelease(uint256 box) internal {
        if (present() < closesAt) vm.warp(closesAt);
        letters.release(box, 0, secretOf(keyOf(box)));
    }

    /// @dev Expects that letters `from` … `upTo` − 1 are opened, in order.
    function expectLetters(uint256 box, uint256 from, uint256 upTo) internal {
        for (uint256 i = from; i < upTo; ++i) {
            vm.expectEmit(address(letters));
            emit Letters.LetterOpened(box, 0, i, author, textOf(i), closesAt);
        }
    }

    function expectVoid(uint256 box, uint256 index, Void reason) internal {
        vm.expectEmit(address(letters));
        emit SealedBox.Voided(box, 0, index, reason);
    }

    function slice(bytes[] memory all, uint256 from, uint256 upTo) internal pure returns (bytes[] memory part) {
        part = new bytes[](upTo - from);
        for (uint256 i = from; i < upTo; ++i) {
            part[i - from] = all[i];
        }
    }
}
