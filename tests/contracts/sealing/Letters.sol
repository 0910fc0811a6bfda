// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Participants} from "../../../contracts/identity/Participants.sol";
import {Envelope, Void} from "../../../contracts/sealing/Envelope.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";

/// @title Letters
/// @notice The smallest sealed box: it holds signed letters, author(20) ‖ text(32) ‖ signature(65).
contract Letters is SealedBox {
    uint256 public constant LETTER = 117;

    mapping(address sender => uint256) public principals;

    event LetterOpened(uint256 tenderId, uint256 stage, uint256 index, address author, bytes32 text, uint48 closesAt);

    constructor(Participants participants, OpeningKeys openingKeys) SealedBox(participants, openingKeys, 32) {}

    function prepare(uint256 tenderId, uint256 stage, uint48 closesAt, OpeningKeys.Claim calldata claim) external {
        _prepare(tenderId, stage, closesAt, claim);
    }

    function admit(address sender, uint256 principal) external {
        principals[sender] = principal;
    }

    function shut(uint256 tenderId, uint256 stage) external {
        _shut(tenderId, stage);
    }

    function digestOf(uint256 tenderId, uint256 stage, address author, bytes32 text) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, this, tenderId, stage, author, text));
    }

    function _principal(uint256, uint256, address sender) internal view override returns (uint256) {
        return principals[sender];
    }

    /// @dev Longer than the letter by a word, so that letters of a wrong length can be sealed.
    function _maxEnvelope(uint256, uint256) internal pure override returns (uint256) {
        return Envelope.HEADER + LETTER + 32;
    }

    function _record(uint256 tenderId, uint256 stage, uint256 index, bytes memory plaintext, uint48 closesAt)
        internal
        override
        returns (Void)
    {
        if (plaintext.length != LETTER) return Void.LENGTH;
        address author = address(bytes20(Envelope.word(plaintext, 0)));
        bytes32 text = Envelope.word(plaintext, 20);
        if (!_isSigned(digestOf(tenderId, stage, author, text), author, plaintext, 52)) return Void.SIGNATURE;
        emit LetterOpened(tenderId, stage, index, author, text, closesAt);
        return Void.NONE;
    }
}
