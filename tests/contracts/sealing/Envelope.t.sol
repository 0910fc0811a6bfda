// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Envelope, Void} from "../../../contracts/sealing/Envelope.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {Test, vm, Vm} from "../support/Test.sol";

/// @title EnvelopeTest
/// @notice Decryption answers every string of bytes: with its plaintext, or with why there is none.
contract EnvelopeTest is Test {
    struct Good {
        bytes32 boxId;
        uint256 chainId;
        address owner; // "contract" in the file
        bytes envelope;
        bytes plaintext;
        uint256 r;
        uint256 secret;
        uint256 stage;
        uint256 tenderId;
    }

    struct Bad {
        bytes32 boxId;
        bytes envelope;
        uint256 reason;
        uint256 secret;
    }

    uint256 private constant N = Secp256k1.N;
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;
    uint256 private constant SECRET = 0x5ec2e7;
    bytes32 private constant BOX = "box";

    // ──────────────────────────────── what opens ─────────────────────────────

    function testFuzz_OpensWhatWasSealed(uint256 secret, uint256 ephemeral, bytes32 box, bytes calldata text) external {
        secret = bound(secret, 1, N - 1);
        bytes memory plaintext = bytes.concat(text, "."); // an empty plaintext has no envelope
        bytes memory envelope = _seal(secret, bound(ephemeral, 1, N - 1), box, plaintext);
        (Void reason, bytes memory opened) = this.decrypt(envelope, secret, box);
        vm.assertTrue(reason == Void.NONE);
        vm.assertEq(opened, plaintext);
    }

    function test_OpensEveryLengthAroundTheBlocksOfTheKeyStream() external {
        for (uint256 length = 1; length <= 130; ++length) {
            bytes memory plaintext = new bytes(length);
            (, bytes memory opened) = this.decrypt(_seal(SECRET, 7, BOX, plaintext), SECRET, BOX);
            vm.assertEq(opened, plaintext);
        }
    }

    function test_AnotherSecretOrBoxYieldsAnotherText() external {
        bytes memory envelope = _seal(SECRET, 7, BOX, "a text");
        (, bytes memory opened) = this.decrypt(envelope, SECRET, BOX);
        vm.assertEq(opened, bytes("a text"));
        (, bytes memory wrong) = this.decrypt(envelope, SECRET + 1, BOX);
        vm.assertNotEq(keccak256(wrong), keccak256("a text"));
        (, wrong) = this.decrypt(envelope, SECRET, "other box");
        vm.assertNotEq(keccak256(wrong), keccak256("a text"));
    }

    /// @dev The key stream covers the plaintext alone: the rest of its last word stays zero, as Solidity has it.
    function testFuzz_LeavesThePaddingOfThePlaintextZero(uint256 length) external view {
        bytes memory envelope = bytes.concat(hex"0102", bytes32(Secp256k1.GX), new bytes(bound(length, 1, 200)));
        vm.assertEq(this.paddingOf(envelope), 0);
    }

    function paddingOf(bytes calldata envelope) external pure returns (uint256 padding) {
        (, bytes memory plaintext) = Envelope.decrypt(envelope, SECRET, BOX);
        uint256 used = plaintext.length % 32;
        if (used == 0) return 0;
        assembly {
            padding := shl(mul(8, used), mload(add(add(plaintext, 0x20), sub(mload(plaintext), used))))
        }
    }

    // ───────────────────────────── what does not open ────────────────────────

    function testFuzz_AnswersAnyBytes(bytes calldata envelope, uint256 secret) external view {
        (Void reason, bytes memory plaintext) = this.decrypt(envelope, secret, BOX);
        vm.assertTrue(reason == _expected(envelope, secret));
        vm.assertEq(plaintext.length, reason == Void.NONE ? envelope.length - 34 : 0);
    }

    /// @dev Random bytes seldom pass the version, so here it is right.
    function testFuzz_AnswersAnyBytesBehindAGoodVersion(bytes1 prefix, uint256 x, bytes calldata text) external view {
        bytes memory envelope = bytes.concat(hex"01", prefix, bytes32(x), text);
        (Void reason, bytes memory plaintext) = this.decrypt(envelope, SECRET, BOX);
        vm.assertTrue(reason == _expected(envelope, SECRET));
        vm.assertEq(plaintext.length, reason == Void.NONE ? text.length : 0);
    }

    function test_AnswersEveryValueOfEveryByteOfTheHeader() external {
        bytes memory good = _seal(SECRET, 7, BOX, "a text");
        uint256[4] memory met; // how often each of NONE, LENGTH, VERSION, POINT was the answer
        for (uint256 place = 0; place < 34; ++place) {
            for (uint256 value = 0; value < 256; ++value) {
                bytes memory envelope = bytes.concat(good);
                envelope[place] = bytes1(uint8(value));
                (Void reason,) = this.decrypt(envelope, SECRET, BOX);
                vm.assertTrue(reason == _expected(envelope, SECRET));
                if (place == 0) vm.assertTrue(reason == (value == 1 ? Void.NONE : Void.VERSION));
                if (place == 1) vm.assertTrue(reason == (value == 2 || value == 3 ? Void.NONE : Void.POINT));
                ++met[uint256(reason)];
            }
        }
        vm.assertGe(met[uint256(Void.NONE)], 3000); // about half of all x are on the curve
        vm.assertGe(met[uint256(Void.POINT)], 3000);
        vm.assertEq(met[uint256(Void.VERSION)], 255);
    }

    function test_EveryCutOfAnEnvelopeIsAnswered() external {
        bytes memory good = _seal(SECRET, 7, BOX, "a text");
        for (uint256 length = 0; length < good.length; ++length) {
            bytes memory cut = new bytes(length);
            for (uint256 i = 0; i < length; ++i) {
                cut[i] = good[i];
            }
            (Void reason, bytes memory plaintext) = this.decrypt(cut, SECRET, BOX);
            vm.assertTrue(reason == (length <= 34 ? Void.LENGTH : Void.NONE));
            vm.assertEq(plaintext.length, length <= 34 ? 0 : length - 34);
        }
    }

    function test_CoordinatesOutOfRangeAreNoPoint() external view {
        uint256[7] memory outside = [0, N, N + 1, P - 1, P, P + 1, type(uint256).max];
        for (uint256 i = 0; i < outside.length; ++i) {
            for (uint8 prefix = 2; prefix <= 3; ++prefix) {
                bytes memory envelope = abi.encodePacked(hex"01", prefix, outside[i], "a text");
                (Void reason, bytes memory plaintext) = this.decrypt(envelope, SECRET, BOX);
                vm.assertTrue(reason == Void.POINT);
                vm.assertEq(plaintext.length, 0);
            }
        }
    }

    function test_ASecretOutOfRangeOpensNothing() external {
        bytes memory envelope = _seal(SECRET, 7, BOX, "a text");
        uint256[3] memory outside = [0, N, N + SECRET];
        for (uint256 i = 0; i < outside.length; ++i) {
            (Void reason,) = this.decrypt(envelope, outside[i], BOX);
            vm.assertTrue(reason == Void.POINT);
        }
    }

    // ──────────────────────────────── words, boxes ───────────────────────────

    function testFuzz_ReadsAWordWithZerosBeyondTheEnd(bytes memory data, uint256 offset) external view {
        offset = bound(offset, 0, data.length + 40);
        bytes memory padded = bytes.concat(data, new bytes(80));
        bytes32 wanted;
        for (uint256 i = 0; i < 32; ++i) {
            wanted |= bytes32(padded[offset + i]) >> (8 * i);
        }
        vm.assertEq(this.word(data, offset), wanted);
    }

    function test_ReadsAWordAtAnyOffsetWithoutOverflow() external view {
        vm.assertEq(this.word("text", type(uint256).max), bytes32(0));
        vm.assertEq(this.word("text", 4), bytes32(0));
        vm.assertEq(this.word("text", 3), bytes32("t"));
        vm.assertEq(this.word("", 0), bytes32(0));
    }

    function test_ABoxIsOneStageOfOneTenderOfOneContractOnOneChain() external {
        bytes32 id = this.boxId(address(1), 2, 3);
        vm.assertEq(id, keccak256(abi.encode(block.chainid, address(1), 2, 3)));
        vm.assertNotEq(id, this.boxId(address(2), 2, 3));
        vm.assertNotEq(id, this.boxId(address(1), 3, 3));
        vm.assertNotEq(id, this.boxId(address(1), 2, 4));
        vm.chainId(5);
        vm.assertNotEq(id, this.boxId(address(1), 2, 3));
    }

    // ─────────────────────────────── shared vectors ──────────────────────────

    function test_OpensTheGoodEnvelopesOfTheSharedVectors() external {
        string memory columns = "bytes32 boxId,uint256 chainId,address contract,bytes envelope,bytes plaintext,"
            "uint256 r,uint256 secret,uint256 stage,uint256 tenderId";
        Good[] memory rows = abi.decode(vectors("sealing/envelopes", "good", columns), (Good[]));
        vm.assertGe(rows.length, 10);
        for (uint256 i = 0; i < rows.length; ++i) {
            Good memory row = rows[i];
            vm.chainId(row.chainId);
            vm.assertEq(this.boxId(row.owner, row.tenderId, row.stage), row.boxId);
            (Void reason, bytes memory opened) = this.decrypt(row.envelope, row.secret, row.boxId);
            vm.assertTrue(reason == Void.NONE);
            vm.assertEq(opened, row.plaintext);
            vm.assertEq(_seal(row.secret, row.r, row.boxId, opened), row.envelope);
        }
    }

    /// @dev Those whose defect lies in the message open here; the tests of `Tenders` meet them.
    function test_JudgesTheBadEnvelopesOfTheSharedVectors() external view {
        string memory columns = "bytes32 boxId,bytes envelope,uint256 reason,uint256 secret";
        Bad[] memory rows = abi.decode(vectors("sealing/envelopes", "bad", columns), (Bad[]));
        vm.assertGe(rows.length, 40);
        for (uint256 i = 0; i < rows.length; ++i) {
            Bad memory row = rows[i];
            (Void reason, bytes memory opened) = this.decrypt(row.envelope, row.secret, row.boxId);
            vm.assertTrue(reason == _expected(row.envelope, row.secret));
            Void wanted = Void(row.reason);
            if (wanted == Void.VERSION || wanted == Void.POINT) vm.assertTrue(reason == wanted);
            else if (wanted == Void.LENGTH) vm.assertTrue(reason == wanted || opened.length != 141);
            else vm.assertTrue(reason == Void.NONE);
        }
    }

    // ───────────────────────────────── small ─────────────────────────────────

    function decrypt(bytes calldata envelope, uint256 secret, bytes32 box) external pure returns (Void, bytes memory) {
        return Envelope.decrypt(envelope, secret, box);
    }

    function word(bytes memory data, uint256 offset) external pure returns (bytes32) {
        return Envelope.word(data, offset);
    }

    function boxId(address box, uint256 tenderId, uint256 stage) external view returns (bytes32) {
        return Envelope.boxId(box, tenderId, stage);
    }

    /// @dev Seals from the protocol's text, byte by byte, unlike the contract.
    function _seal(uint256 secret, uint256 ephemeral, bytes32 box, bytes memory plaintext)
        private
        returns (bytes memory)
    {
        Vm.Wallet memory r = vm.createWallet(ephemeral);
        address z = vm.addr(mulmod(ephemeral, secret, N));
        bytes memory ciphertext = new bytes(plaintext.length);
        for (uint256 i = 0; i < plaintext.length; ++i) {
            bytes32 stream = keccak256(abi.encode(keccak256("Terang sealed box v1"), box, z, i / 32));
            ciphertext[i] = plaintext[i] ^ stream[i % 32];
        }
        return abi.encodePacked(hex"01", r.publicKeyY % 2 == 0 ? hex"02" : hex"03", r.publicKeyX, ciphertext);
    }

    /// @dev What the protocol's text says of these bytes, by plain arithmetic.
    function _expected(bytes memory envelope, uint256 secret) private view returns (Void) {
        if (envelope.length < 35) return Void.LENGTH;
        if (uint8(envelope[0]) != 1) return Void.VERSION;
        if (uint8(envelope[1]) != 2 && uint8(envelope[1]) != 3) return Void.POINT;
        uint256 x;
        for (uint256 i = 2; i < 34; ++i) {
            x = x << 8 | uint8(envelope[i]);
        }
        bool inRange = secret != 0 && secret < N && x != 0 && x < N;
        return inRange && _isOnCurve(x) ? Void.NONE : Void.POINT;
    }

    /// @dev Whether x³ + 7 is a square modulo P: Euler's criterion, by the precompile for powers.
    function _isOnCurve(uint256 x) private view returns (bool) {
        uint256 square = addmod(mulmod(mulmod(x, x, P), x, P), 7, P);
        (, bytes memory power) = address(5).staticcall(abi.encode(32, 32, 32, square, (P - 1) / 2, P));
        return abi.decode(power, (uint256)) == 1;
    }
}
