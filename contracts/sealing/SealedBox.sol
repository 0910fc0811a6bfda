// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Participants} from "../identity/Participants.sol";
import {Envelope, Void} from "./Envelope.sol";
import {ISealedBox} from "./ISealedBox.sol";
import {OpeningKeys} from "./OpeningKeys.sol";
import {Secp256k1} from "./Secp256k1.sol";

/// @title SealedBox
/// @notice Boxes of envelopes sealed to one key each: nobody reads before a box closes, everything opens after, in the
/// order of sealing, none skipped.
/// @dev Envelopes live in events; storage keeps a running hash acc = keccak256(acc ‖ keccak256(envelope)), one word per
/// segment of `SEGMENT` envelopes. Opening takes whole segments and compares, so a wrong or missing envelope reverts at
/// once and can not block the box. What is inside an envelope can not make opening revert.
abstract contract SealedBox is ISealedBox {
    struct Box {
        // slot 0
        address point; // of the key to which it is sealed
        uint40 closesAt; // first second in which nothing is sealed
        uint24 count; // envelopes sealed
        uint24 opened; // envelopes opened
        bool shut; // never opens: its tender is cancelled
    }

    /// @notice How long the openers may release the secret, from when it may come out; without it the tender fails.
    uint48 public constant GRACE = 3 days;
    /// @notice Envelopes that one organisation, or one seat, may put into one box for each version of its tender; it bounds
    /// what opening costs.
    uint256 public constant CAP = 8;
    /// @notice The same for a licensed relay.
    uint256 public constant RELAY_CAP = 4096;

    /// @notice Envelopes that share one word of the running hash; an opening ends at a multiple of it, or at the end.
    uint256 public immutable SEGMENT;
    Participants public immutable PARTICIPANTS;
    OpeningKeys public immutable OPENING_KEYS;

    mapping(uint256 tenderId => mapping(uint256 stage => Box)) private _boxes;
    mapping(uint256 tenderId => mapping(uint256 stage => uint256)) private _secrets;
    mapping(uint256 tenderId => mapping(uint256 stage => mapping(uint256 segment => bytes32))) private _accumulators;
    mapping(uint256 tenderId => mapping(uint256 stage => mapping(uint256 principal => uint256))) private _sealedBy;

    event BoxShut(uint256 indexed tenderId, uint256 indexed stage);
    event Sealed(
        uint256 indexed tenderId, uint256 indexed stage, uint256 index, address indexed sender, bytes envelope
    );
    event Released(uint256 indexed tenderId, uint256 indexed stage, uint256 secret);
    event Voided(uint256 indexed tenderId, uint256 indexed stage, uint256 index, Void reason);

    error SealedBoxUnknown(uint256 tenderId, uint256 stage);
    error SealedBoxClosed(uint256 tenderId, uint256 stage, uint48 closesAt);
    error SealedBoxLength(uint256 length, uint256 least, uint256 most);
    error SealedBoxSender(address sender);
    error SealedBoxCap(uint256 principal, uint256 cap);
    error SealedBoxNotReleasable(uint256 tenderId, uint256 stage);
    error SealedBoxAlreadyReleased(uint256 tenderId, uint256 stage);
    error SealedBoxWrongSecret(uint256 tenderId, uint256 stage);
    error SealedBoxNotReleased(uint256 tenderId, uint256 stage);
    error SealedBoxNothingToOpen(uint256 tenderId, uint256 stage);
    error SealedBoxTooMany(uint256 given, uint256 left);
    error SealedBoxIncompleteSegment(uint256 upTo, uint256 segmentEnd);
    error SealedBoxWrongEnvelopes(uint256 tenderId, uint256 stage, uint256 segment);

    constructor(Participants participants, OpeningKeys openingKeys, uint256 segment) {
        SEGMENT = segment;
        PARTICIPANTS = participants;
        OPENING_KEYS = openingKeys;
    }

    // ──────────────────────────────── sealing ────────────────────────────────

    /// @notice Puts an envelope into a box.
    /// @dev Requirements: the box is open; the length is within bounds; the sender is a licensed relay or an account
    /// that this contract admits. Envelopes are counted by relay, or by the organisation or seat that the account
    /// stands for, since accounts are cheap.
    function seal(uint256 tenderId, uint256 stage, bytes calldata envelope) external {
        Box storage box = _boxes[tenderId][stage];
        (uint24 index, uint48 closesAt, bool shut) = (box.count, box.closesAt, box.shut);
        require(closesAt != 0, SealedBoxUnknown(tenderId, stage));
        require(block.timestamp < closesAt && !shut, SealedBoxClosed(tenderId, stage, closesAt));
        (uint256 least, uint256 most) = (Envelope.HEADER + 1, _maxEnvelope(tenderId, stage));
        require(envelope.length >= least && envelope.length <= most, SealedBoxLength(envelope.length, least, most));
        (uint256 principal, uint256 cap) = PARTICIPANTS.isLicensed(Participants.Licence.RELAY, msg.sender)
            ? (uint160(msg.sender), RELAY_CAP)
            : (_principal(tenderId, stage, msg.sender), CAP);
        require(principal != 0, SealedBoxSender(msg.sender));
        uint256 many = ++_sealedBy[tenderId][stage][principal];
        // the version is read only by who needs it
        if (many > cap) {
            uint256 most_ = cap * _versionOf(tenderId);
            require(many <= most_, SealedBoxCap(principal, most_));
        }

        mapping(uint256 => bytes32) storage acc = _accumulators[tenderId][stage];
        uint256 segment = index / SEGMENT;
        acc[segment] = _extend(_before(acc, index), keccak256(envelope));
        box.count = index + 1;
        emit Sealed(tenderId, stage, index, msg.sender, envelope);
    }

    // ──────────────────────────────── opening ────────────────────────────────

    /// @notice Publishes the secret of the key to which a box is sealed. Anyone may: only the right one passes.
    /// @dev Requirements: the box may be opened, 0 < secret < N and secret·G is its point; not released before.
    function release(uint256 tenderId, uint256 stage, uint256 secret) external {
        require(_secrets[tenderId][stage] == 0, SealedBoxAlreadyReleased(tenderId, stage));
        require(releasable(tenderId, stage), SealedBoxNotReleasable(tenderId, stage));
        address point = Secp256k1.addressOf(secret);
        require(point != address(0) && point == _boxes[tenderId][stage].point, SealedBoxWrongSecret(tenderId, stage));
        _secrets[tenderId][stage] = secret;
        emit Released(tenderId, stage, secret);
    }

    /// @notice Opens the next envelopes of a box. Anyone may.
    /// @dev Requirements: the secret is released (so the box is closed); the envelopes are exactly the next ones, in
    /// order, up to the end of a segment or of the box. One that does not count is recorded with its reason.
    function open(uint256 tenderId, uint256 stage, bytes[] calldata envelopes) external {
        Box storage box = _boxes[tenderId][stage];
        (uint256 from, uint256 count, uint48 closesAt) = (box.opened, box.count, box.closesAt);
        uint256 secret = _secrets[tenderId][stage];
        require(secret != 0, SealedBoxNotReleased(tenderId, stage));
        require(envelopes.length != 0, SealedBoxNothingToOpen(tenderId, stage));
        require(envelopes.length <= count - from, SealedBoxTooMany(envelopes.length, count - from));
        uint256 upTo = from + envelopes.length;
        require(upTo % SEGMENT == 0 || upTo == count, SealedBoxIncompleteSegment(upTo, _segmentEnd(upTo, count)));
        _verify(tenderId, stage, from, envelopes);

        box.opened = uint24(upTo);
        bytes32 boxId = Envelope.boxId(address(this), tenderId, stage);
        for (uint256 i = 0; i < envelopes.length; ++i) {
            (Void reason, bytes memory plaintext) = Envelope.decrypt(envelopes[i], secret, boxId);
            if (reason == Void.NONE) reason = _record(tenderId, stage, from + i, plaintext, closesAt);
            if (reason != Void.NONE) emit Voided(tenderId, stage, from + i, reason);
        }
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @inheritdoc ISealedBox
    function releasable(uint256 tenderId, uint256 stage) public view returns (bool) {
        uint48 opensAt = _opensAt(tenderId, stage);
        return opensAt != 0 && block.timestamp >= opensAt && block.timestamp < opensAt + GRACE
            && !_boxes[tenderId][stage].shut;
    }

    function boxOf(uint256 tenderId, uint256 stage) public view returns (Box memory) {
        return _boxes[tenderId][stage];
    }

    /// @notice The released secret of a box; 0 until it is released.
    function secretOf(uint256 tenderId, uint256 stage) external view returns (uint256) {
        return _secrets[tenderId][stage];
    }

    /// @notice The running hash over all envelopes of a box; zero while it is empty.
    function accumulator(uint256 tenderId, uint256 stage) public view returns (bytes32) {
        return _before(_accumulators[tenderId][stage], _boxes[tenderId][stage].count);
    }

    /// @notice The running hash up to and including the last envelope of a segment.
    function segmentAccumulator(uint256 tenderId, uint256 stage, uint256 segment) external view returns (bytes32) {
        return _accumulators[tenderId][stage][segment];
    }

    /// @notice How many envelopes a principal put into a box: a relay by its address, an organisation or seat by its id.
    function sealedBy(uint256 tenderId, uint256 stage, uint256 principal) external view returns (uint256) {
        return _sealedBy[tenderId][stage][principal];
    }

    /// @notice Whether a box is closed, its secret released, and every envelope opened (an empty box too).
    function isOpened(uint256 tenderId, uint256 stage) public view returns (bool) {
        Box storage box = _boxes[tenderId][stage];
        return box.closesAt != 0 && box.opened == box.count && _secrets[tenderId][stage] != 0;
    }

    /// @notice Whether the openers let the time for releasing the secret of a box pass.
    function isWithheld(uint256 tenderId, uint256 stage) public view returns (bool) {
        uint48 opensAt = _opensAt(tenderId, stage);
        return opensAt != 0 && block.timestamp >= opensAt + GRACE && _secrets[tenderId][stage] == 0;
    }

    // ──────────────────────────── what a box is for ──────────────────────────

    /// @dev For whom an account without a relay's licence may seal here: an organisation or seat; 0 for nobody.
    function _principal(uint256 tenderId, uint256 stage, address sender) internal view virtual returns (uint256);

    /// @dev The longest envelope that a box takes.
    function _maxEnvelope(uint256 tenderId, uint256 stage) internal view virtual returns (uint256);

    /// @dev From when the secret of a box may be released: its closing, unless something more must come first; 0: not
    /// known yet.
    function _opensAt(uint256 tenderId, uint256 stage) internal view virtual returns (uint48) {
        return _boxes[tenderId][stage].closesAt;
    }

    /// @dev How many versions of a tender there were: what was sealed for an earlier one must not use up the room for the
    /// present one.
    function _versionOf(uint256) internal view virtual returns (uint256) {
        return 1;
    }

    /// @dev Records an opened message, or says why it does not count. Must not revert whatever the plaintext is.
    function _record(uint256 tenderId, uint256 stage, uint256 index, bytes memory plaintext, uint48 closesAt)
        internal
        virtual
        returns (Void reason);

    /// @dev Prepares the box of a stage under the key of `claim`. The keys are told first, since they answer with the
    /// point: they call nobody.
    function _prepare(uint256 tenderId, uint256 stage, uint48 closesAt, OpeningKeys.Claim calldata claim) internal {
        address point = OPENING_KEYS.take(claim, tenderId, stage);
        _boxes[tenderId][stage] = Box(point, SafeCast.toUint40(closesAt), 0, 0, false);
    }

    /// @dev Moves the closing of a box that is open; what is in it stays.
    function _postpone(uint256 tenderId, uint256 stage, uint48 closesAt) internal {
        _boxes[tenderId][stage].closesAt = SafeCast.toUint40(closesAt);
    }

    /// @dev Shuts the box of a stage for ever.
    function _shut(uint256 tenderId, uint256 stage) internal {
        _boxes[tenderId][stage].shut = true;
        emit BoxShut(tenderId, stage);
    }

    /// @dev Whether `plaintext` holds, at `offset`, a signature r ‖ s ‖ v of `digest` by the key of `account`:
    /// plain ecrecover with low s, whatever code the account's address holds, so that nothing foreign decides.
    function _isSigned(bytes32 digest, address account, bytes memory plaintext, uint256 offset)
        internal
        pure
        returns (bool)
    {
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(
            digest,
            uint8(bytes1(Envelope.word(plaintext, offset + 64))),
            Envelope.word(plaintext, offset),
            Envelope.word(plaintext, offset + 32)
        );
        return problem == ECDSA.RecoverError.NoError && signer == account;
    }

    // ─────────────────────────────── running hash ────────────────────────────

    /// @dev Compares the given envelopes with what was sealed, segment by segment.
    function _verify(uint256 tenderId, uint256 stage, uint256 from, bytes[] calldata envelopes) private view {
        mapping(uint256 => bytes32) storage acc = _accumulators[tenderId][stage];
        bytes32 running = _before(acc, from);
        uint256 last = from + envelopes.length;
        for (uint256 i = from; i < last; ++i) {
            running = _extend(running, keccak256(envelopes[i - from]));
            if ((i + 1) % SEGMENT == 0 || i + 1 == last) {
                require(running == acc[i / SEGMENT], SealedBoxWrongEnvelopes(tenderId, stage, i / SEGMENT));
            }
        }
    }

    /// @dev The running hash of everything before `index`.
    function _before(mapping(uint256 => bytes32) storage acc, uint256 index) private view returns (bytes32) {
        return index == 0 ? bytes32(0) : acc[(index - 1) / SEGMENT];
    }

    function _extend(bytes32 acc, bytes32 envelopeHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(acc, envelopeHash));
    }

    function _segmentEnd(uint256 upTo, uint256 count) private view returns (uint256 end) {
        end = (upTo / SEGMENT + 1) * SEGMENT;
        if (end > count) end = count;
    }
}
