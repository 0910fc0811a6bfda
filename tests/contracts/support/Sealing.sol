// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {Vm, vm} from "./Test.sol";
import {Genesis} from "./Genesis.sol";

/// @title Sealing
/// @notice What people and openers do off chain: claims of keys, envelopes, signatures.
abstract contract Sealing is Genesis {
    /// @dev Every envelope sealed through `seal`, by box: openings read them as they would read events.
    mapping(address box => mapping(uint256 tenderId => mapping(uint256 stage => bytes[]))) internal sealedIn;
    /// @dev The secret of a key by its point: what the openers could work out.
    mapping(address point => uint256 secret) private _secretOfPoint;
    uint256 private _keysTaken;

    // ───────────────────────────────── sealing ───────────────────────────────

    /// @dev The next key that no box has taken, with its proof.
    function nextClaim() internal returns (OpeningKeys.Claim memory) {
        return claimOf(_keysTaken++);
    }

    function claimOf(uint256 index) internal returns (OpeningKeys.Claim memory claim) {
        Vm.Wallet memory point = vm.createWallet(secretOf(index));
        _secretOfPoint[point.addr] = secretOf(index);
        bytes32[] memory proof = new bytes32[](treeOfKeys.length - 1);
        for (uint256 level = 0; level < proof.length; ++level) {
            proof[level] = treeOfKeys[level][(index >> level) ^ 1];
        }
        claim = OpeningKeys.Claim((1 << 64) + (1 << 32) + index, point.publicKeyX, point.publicKeyY, proof);
    }

    /// @dev The secret of the key that a box took.
    function secretOf(SealedBox box, uint256 tenderId, uint256 stage) internal view returns (uint256) {
        return _secretOfPoint[box.boxOf(tenderId, stage).point];
    }

    /// @dev An envelope as anyone may make it; one plaintext makes one envelope.
    function envelopeOf(SealedBox box, uint256 tenderId, uint256 stage, bytes memory plaintext)
        internal
        returns (bytes memory)
    {
        uint256 r = uint256(keccak256(abi.encode(box, tenderId, stage, plaintext))) % (Secp256k1.N - 1) + 1;
        Vm.Wallet memory ephemeral = vm.createWallet(r);
        Vm.Wallet memory point = vm.createWallet(secretOf(box, tenderId, stage));
        address z = Secp256k1.multiply(r, point.publicKeyX, point.publicKeyY & 1 == 1);
        bytes32 boxId = keccak256(abi.encode(block.chainid, box, tenderId, stage));
        bytes memory ciphertext = new bytes(plaintext.length);
        for (uint256 i = 0; i < plaintext.length; ++i) {
            bytes32 stream = keccak256(abi.encode(keccak256("Terang sealed box v1"), boxId, z, i / 32));
            ciphertext[i] = plaintext[i] ^ stream[i % 32];
        }
        bytes1 prefix = ephemeral.publicKeyY & 1 == 1 ? bytes1(0x03) : bytes1(0x02);
        return abi.encodePacked(bytes1(0x01), prefix, ephemeral.publicKeyX, ciphertext);
    }

    function sealPlaintext(SealedBox box, uint256 tenderId, uint256 stage, bytes memory plaintext) internal {
        sealEnvelope(box, tenderId, stage, envelopeOf(box, tenderId, stage, plaintext));
    }

    function sealEnvelope(SealedBox box, uint256 tenderId, uint256 stage, bytes memory envelope) internal {
        vm.prank(relay);
        box.seal(tenderId, stage, envelope);
        sealedIn[address(box)][tenderId][stage].push(envelope);
    }

    /// @dev Goes to the closing of the box, if it is not past, and releases its secret.
    function closeAndRelease(SealedBox box, uint256 tenderId, uint256 stage) internal {
        SealedBox.Box memory state = box.boxOf(tenderId, stage);
        if (present() < state.closesAt) vm.warp(state.closesAt);
        box.release(tenderId, stage, secretOf(box, tenderId, stage));
    }

    function closeAndOpen(SealedBox box, uint256 tenderId, uint256 stage) internal {
        closeAndRelease(box, tenderId, stage);
        bytes[] memory envelopes = sealedIn[address(box)][tenderId][stage];
        if (envelopes.length != 0) box.open(tenderId, stage, envelopes);
    }

    /// @dev Supplier 1 lets the key of a name act or bid for it.
    function authorise(string memory name, uint8 powers, uint48 from, uint48 until) internal {
        address further = account(name);
        uint32 organisation = supplierOrganisation(1);
        bytes32 consent =
            keccak256(abi.encode(participants.ACCEPT_KEY_TYPEHASH(), organisation, further, powers, from, until));
        bytes memory signature = signed(key(name), typedDigest("Terang Participants", address(participants), consent));
        vm.prank(supplier(1));
        participants.authoriseKey(organisation, further, powers, from, until, signature);
    }

    // ──────────────────────────────── signatures ─────────────────────────────

    function signed(uint256 signer, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signer, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev EIP-712 for version "1" of a domain on this chain.
    function typedDigest(string memory domain, address verifier, bytes32 structHash) internal view returns (bytes32) {
        return typedDigest(domain, verifier, block.chainid, structHash);
    }

    function typedDigest(string memory domain, address verifier, uint256 chainId, bytes32 structHash)
        internal
        pure
        returns (bytes32)
    {
        bytes32 separator = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(domain)),
                keccak256("1"),
                chainId,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }
}
