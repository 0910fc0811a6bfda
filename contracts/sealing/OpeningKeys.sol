// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Administered} from "../governance/Administered.sol";
import {Consortium} from "../governance/Consortium.sol";
import {ISealedBox} from "./ISealedBox.sol";
import {Secp256k1} from "./Secp256k1.sol";

/// @title OpeningKeys
/// @notice Time-release keys, made by the openers of the consortium before any box needs one. Each key serves one box,
/// which keeps the address of its point; its secret comes out there, by k of n openers together, only when that box may
/// be opened.
/// @dev Life of a batch: opened → dealt (events only; anyone verifies) → confirmed by c openers → its keys are taken.
/// keyId = epoch·2⁶⁴ + batch·2³² + index. The protocol stands in docs/sealing.md.
contract OpeningKeys is Administered {
    struct Epoch {
        // slot 0
        uint8 openers; // n
        uint8 threshold; // k
        uint8 confirmations; // c
        uint32 batches;
        // slot 1
        bytes32 setHash; // keccak256(abi.encode(seats, threshold, confirmations))
    }

    struct Batch {
        // slot 0
        uint32 count; // keys
        uint48 dealsUntil; // first second in which nobody may deal
        uint64 confirmed; // bit i − 1: opener i confirmed
        // slot 1
        bytes32 root; // of the Merkle tree of public keys; zero until confirmed
    }

    /// @notice A confirmed key with its proof: x and y of the public key, and the Merkle path to the root.
    struct Claim {
        uint256 keyId;
        uint256 x;
        uint256 y;
        bytes32[] proof;
    }

    /// @notice Openers of one epoch at most; their confirmations fit one word.
    uint256 public constant MAX_OPENERS = 64;
    /// @notice How long openers may deal once a batch is open.
    uint48 public constant DEALING_PERIOD = 1 hours;
    /// @notice Bytes of one deal at most.
    uint256 public constant MAX_DEAL = 1 << 17;
    /// @notice Bytes of evidence against a dealer at most.
    uint256 public constant MAX_EVIDENCE = 256;

    Consortium public immutable CONSORTIUM;
    /// @notice The contracts whose boxes keys serve.
    ISealedBox public immutable TENDERS;
    ISealedBox public immutable BALLOTS;

    Epoch[] private _epochs;
    mapping(uint256 epoch => mapping(uint256 index => uint32 seat)) private _seats;
    mapping(uint256 epoch => mapping(uint32 seat => uint8 index)) private _indices;
    mapping(uint256 epoch => mapping(uint256 index => bytes32 hash)) private _encryptionKeys;
    mapping(uint256 epoch => mapping(uint256 batch => Batch)) private _batches;
    mapping(bytes32 statement => uint256 openers) private _confirmations;
    /// @dev Bit i − 1: the accuser accused opener i over this batch.
    mapping(uint256 epoch => mapping(uint256 batch => mapping(uint256 accuser => uint64 dealers))) private _accusations;
    /// @dev Bit keyId % 256: the key is ready and no box took it. Set when a batch becomes ready, so that taking a key
    /// overwrites a word, which is cheap, and never fills a new one.
    mapping(uint256 word => uint256) private _free;

    event EpochStarted(uint256 indexed epoch, uint32[] seats, uint8 threshold, uint8 confirmations);
    event OpenerEnrolled(uint256 indexed epoch, uint256 indexed index, bytes encryptionKey);
    event BatchOpened(uint256 indexed epoch, uint256 indexed batch, uint32 count, uint48 dealsUntil);
    event Dealt(uint256 indexed epoch, uint256 indexed batch, uint256 indexed index, bytes payload);
    event BatchConfirmed(
        uint256 indexed epoch, uint256 indexed batch, uint256 indexed index, bytes32 root, bytes32 transcript
    );
    event BatchReady(uint256 indexed epoch, uint256 indexed batch, bytes32 root, bytes32 transcript);
    event Accused(
        uint256 indexed epoch, uint256 indexed batch, uint256 indexed dealer, uint256 accuser, bytes evidence
    );
    event KeyTaken(
        uint256 indexed keyId, address indexed box, uint256 indexed tenderId, uint256 stage, uint256 x, uint256 y
    );
    event ShareOffered(
        address indexed box,
        uint256 indexed tenderId,
        uint256 stage,
        uint256 epoch,
        uint256 indexed index,
        uint256 share
    );

    error OpeningKeysSetSize(uint256 openers, uint256 most);
    error OpeningKeysNotSeated(uint32 seat);
    error OpeningKeysDuplicateSeat(uint32 seat);
    error OpeningKeysThreshold(uint256 threshold, uint256 openers, uint256 largestClass);
    error OpeningKeysConfirmations(uint256 confirmations, uint256 threshold, uint256 openers);
    error OpeningKeysUnknownEpoch(uint256 epoch);
    error OpeningKeysPastEpoch(uint256 epoch, uint256 present);
    error OpeningKeysNotOpener(uint256 epoch, address account);
    error OpeningKeysNotEnrolled(uint256 epoch, uint256 index);
    error OpeningKeysAlreadyEnrolled(uint256 epoch, uint256 index);
    error OpeningKeysEncryptionKey(bytes encryptionKey);
    error OpeningKeysBatchSize(uint256 count, uint256 most);
    error OpeningKeysUnknownBatch(uint256 epoch, uint256 batch);
    error OpeningKeysDealingOver(uint256 epoch, uint256 batch, uint48 dealsUntil);
    error OpeningKeysDealingOpen(uint256 epoch, uint256 batch, uint48 dealsUntil);
    error OpeningKeysDealSize(uint256 length, uint256 most);
    error OpeningKeysAlreadyConfirmed(uint256 epoch, uint256 batch, uint256 index);
    error OpeningKeysZeroRoot();
    error OpeningKeysUnknownOpener(uint256 epoch, uint256 index);
    error OpeningKeysEvidenceSize(uint256 length, uint256 most);
    error OpeningKeysAlreadyAccused(uint256 epoch, uint256 batch, uint256 dealer, uint256 accuser);
    error OpeningKeysNotABox(address account);
    error OpeningKeysNotReady(uint256 epoch, uint256 batch);
    error OpeningKeysKeyTaken(uint256 keyId);
    error OpeningKeysNotInBatch(uint256 keyId);
    error OpeningKeysNotReleasable(address box, uint256 tenderId, uint256 stage);
    error OpeningKeysShareRange(uint256 share);

    constructor(address authority, Consortium consortium, ISealedBox tenders, ISealedBox ballots)
        Administered(authority)
    {
        CONSORTIUM = consortium;
        TENDERS = tenders;
        BALLOTS = ballots;
    }

    // ─────────────────────────────── ceremony ────────────────────────────────

    /// @notice Appoints the openers of a new epoch, with indices 1 … n in the order given.
    /// @dev Requirements: the authority; distinct present seats, at most `MAX_OPENERS`; k > n/2, k > the seats
    /// of the largest class and n − k ≥ them, so that no class alone can open early, nor keep shut;
    /// k ≤ c ≤ n.
    /// @param threshold k, openers needed to release a secret.
    /// @param confirmations c, equal confirmations that make a batch usable.
    function startEpoch(uint32[] calldata seats, uint8 threshold, uint8 confirmations)
        external
        onlyAuthority
        returns (uint256 epoch)
    {
        uint256 n = seats.length;
        require(n != 0 && n <= MAX_OPENERS, OpeningKeysSetSize(n, MAX_OPENERS));
        epoch = _epochs.length + 1;

        uint256[3] memory sizes;
        for (uint256 i = 0; i < n; ++i) {
            Consortium.Seat memory seat = CONSORTIUM.seatOf(seats[i]);
            require(seat.removedAt == 0, OpeningKeysNotSeated(seats[i]));
            require(_indices[epoch][seats[i]] == 0, OpeningKeysDuplicateSeat(seats[i]));
            ++sizes[uint256(seat.class)];
            _seats[epoch][i + 1] = seats[i];
            _indices[epoch][seats[i]] = uint8(i + 1);
        }
        uint256 largest = sizes[0] > sizes[1] ? sizes[0] : sizes[1];
        if (sizes[2] > largest) largest = sizes[2];
        require(
            2 * uint256(threshold) > n && threshold > largest && threshold + largest <= n,
            OpeningKeysThreshold(threshold, n, largest)
        );
        require(threshold <= confirmations && confirmations <= n, OpeningKeysConfirmations(confirmations, threshold, n));

        _epochs.push(
            Epoch(uint8(n), threshold, confirmations, 0, keccak256(abi.encode(seats, threshold, confirmations)))
        );
        emit EpochStarted(epoch, seats, threshold, confirmations);
    }

    /// @notice Publishes the key to which the other openers encrypt this opener's shares, once per epoch.
    /// @param encryptionKey Compressed point, 33 bytes; junk is refused, or it would stop the others.
    function enrol(uint256 epoch, bytes calldata encryptionKey) external {
        uint256 index = _openerIndex(epoch, msg.sender);
        require(Secp256k1.isPoint(encryptionKey), OpeningKeysEncryptionKey(encryptionKey));
        require(_encryptionKeys[epoch][index] == 0, OpeningKeysAlreadyEnrolled(epoch, index));
        _encryptionKeys[epoch][index] = keccak256(encryptionKey);
        emit OpenerEnrolled(epoch, index, encryptionKey);
    }

    /// @notice Opens the next batch of the present epoch for dealing. Its number is never used again.
    /// @dev Requirements: an opener of the epoch; no more keys than a deal has room for.
    function openBatch(uint256 epoch, uint32 count) external returns (uint256 batch) {
        _openerIndex(epoch, msg.sender);
        require(epoch == _epochs.length, OpeningKeysPastEpoch(epoch, _epochs.length));
        Epoch storage e = _epochs[epoch - 1];
        // a deal: version, E, T, s; then per key k commitments and n − 1 shares
        uint256 most = (MAX_DEAL - 99) / (33 * uint256(e.threshold) + 32 * (uint256(e.openers) - 1));
        require(count != 0 && count <= most, OpeningKeysBatchSize(count, most));
        batch = ++e.batches;
        uint48 dealsUntil = uint48(block.timestamp) + DEALING_PERIOD;
        _batches[epoch][batch] = Batch(count, dealsUntil, 0, 0);
        emit BatchOpened(epoch, batch, count, dealsUntil);
    }

    /// @notice Publishes an opener's deal; its first valid one counts. Kept in the event, verified by everybody off chain.
    function deal(uint256 epoch, uint256 batch, bytes calldata payload) external {
        uint256 index = _openerIndex(epoch, msg.sender);
        require(_encryptionKeys[epoch][index] != 0, OpeningKeysNotEnrolled(epoch, index));
        Batch storage b = _knownBatch(epoch, batch);
        require(block.timestamp < b.dealsUntil, OpeningKeysDealingOver(epoch, batch, b.dealsUntil));
        require(payload.length != 0 && payload.length <= MAX_DEAL, OpeningKeysDealSize(payload.length, MAX_DEAL));
        emit Dealt(epoch, batch, index, payload);
    }

    /// @notice States, for one opener, that it holds good shares of the keys under `root`.
    /// @dev The batch is ready when `confirmations` openers stated the same root and transcript.
    /// @param transcript Hash of the deals that count.
    function confirm(uint256 epoch, uint256 batch, bytes32 root, bytes32 transcript) external {
        uint256 index = _openerIndex(epoch, msg.sender);
        Batch storage b = _knownBatch(epoch, batch);
        require(block.timestamp >= b.dealsUntil, OpeningKeysDealingOpen(epoch, batch, b.dealsUntil));
        require(root != 0, OpeningKeysZeroRoot());
        uint64 bit = uint64(1) << uint64(index - 1);
        require(b.confirmed & bit == 0, OpeningKeysAlreadyConfirmed(epoch, batch, index));

        b.confirmed |= bit;
        uint256 equal = ++_confirmations[_statement(epoch, batch, root, transcript)];
        emit BatchConfirmed(epoch, batch, index, root, transcript);
        if (equal == _epochs[epoch - 1].confirmations) {
            b.root = root;
            uint256 count = b.count;
            for (uint256 first = 0; first < count; first += 256) {
                uint256 left = count - first;
                _free[_word(epoch, batch, first)] = left < 256 ? (1 << left) - 1 : type(uint256).max;
            }
            emit BatchReady(epoch, batch, root, transcript);
        }
    }

    /// @notice Shows that a dealer of a batch cheated, so that batches opened from now on are dealt without it.
    /// @dev Requirements: an opener of the epoch; a batch of it; one of its openers as the dealer, accused by nobody
    /// twice over the same batch.
    /// Notes: kept in the event and verified by everybody off chain against what was dealt before it, as deals are:
    /// what proves nothing changes nothing, so nothing is judged here. Who is shown to have cheated is no member of a
    /// batch that is opened after this event; the order on the chain decides, so all agree.
    /// @param evidence Its kind in the first byte.
    function accuse(uint256 epoch, uint256 batch, uint256 dealer, bytes calldata evidence) external {
        uint256 accuser = _openerIndex(epoch, msg.sender);
        _knownBatch(epoch, batch);
        require(dealer != 0 && dealer <= _epochs[epoch - 1].openers, OpeningKeysUnknownOpener(epoch, dealer));
        require(
            evidence.length != 0 && evidence.length <= MAX_EVIDENCE,
            OpeningKeysEvidenceSize(evidence.length, MAX_EVIDENCE)
        );
        uint64 bit = uint64(1) << uint64(dealer - 1);
        uint64 dealers = _accusations[epoch][batch][accuser];
        require(dealers & bit == 0, OpeningKeysAlreadyAccused(epoch, batch, dealer, accuser));

        _accusations[epoch][batch][accuser] = dealers | bit;
        emit Accused(epoch, batch, dealer, accuser, evidence);
    }

    // ───────────────────────────── use and shares ────────────────────────────

    /// @notice Takes a ready key of the present epoch for the caller's box; it serves no other.
    /// @dev Requirements: one of the two contracts with boxes; a free key; its proof.
    /// @return point The address of the key's point, for the box to keep.
    function take(Claim calldata claim, uint256 tenderId, uint256 stage) external returns (address point) {
        require(_hasBoxes(msg.sender), OpeningKeysNotABox(msg.sender));
        uint256 epoch = claim.keyId >> 64;
        uint256 batch = uint32(claim.keyId >> 32);
        uint256 index = uint32(claim.keyId);
        require(epoch == _epochs.length, OpeningKeysPastEpoch(epoch, _epochs.length));
        bytes32 root = _batches[epoch][batch].root;
        require(root != 0, OpeningKeysNotReady(epoch, batch));
        (uint256 word, uint256 bit) = (claim.keyId >> 8, 1 << (claim.keyId & 0xff));
        uint256 free = _free[word];
        if (free & bit == 0) {
            // which of the two it is costs a read that a free key need not pay
            if (index < _batches[epoch][batch].count) revert OpeningKeysKeyTaken(claim.keyId);
            revert OpeningKeysNotInBatch(claim.keyId);
        }
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(index, claim.x, claim.y))));
        require(MerkleProof.verifyCalldata(claim.proof, root, leaf), OpeningKeysNotInBatch(claim.keyId));

        _free[word] = free ^ bit;
        emit KeyTaken(claim.keyId, msg.sender, tenderId, stage, claim.x, claim.y);
        return Secp256k1.addressOf(claim.x, claim.y);
    }

    /// @notice Publishes an opener's share of the secret of a box, only when that box may be opened. Kept in the event:
    /// anyone checks it against the deals, and interpolates.
    /// @dev Requirements: one of the two contracts with boxes, and a box of it that may be opened; an opener of `epoch`,
    /// which is that of the key that the box took: nobody uses a share given for another, since it is of no known key.
    function offerShare(uint256 epoch, ISealedBox box, uint256 tenderId, uint256 stage, uint256 share) external {
        uint256 index = _openerIndex(epoch, msg.sender);
        require(share != 0 && share < Secp256k1.N, OpeningKeysShareRange(share));
        require(_hasBoxes(address(box)), OpeningKeysNotABox(address(box)));
        require(box.releasable(tenderId, stage), OpeningKeysNotReleasable(address(box), tenderId, stage));
        emit ShareOffered(address(box), tenderId, stage, epoch, index, share);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @notice The present epoch; 0 before the first.
    function epochCount() external view returns (uint256) {
        return _epochs.length;
    }

    function epochOf(uint256 epoch) external view returns (Epoch memory) {
        require(epoch != 0 && epoch <= _epochs.length, OpeningKeysUnknownEpoch(epoch));
        return _epochs[epoch - 1];
    }

    /// @notice The seat of opener `index` in `epoch`; 0 if there is none.
    function seatOfOpener(uint256 epoch, uint256 index) external view returns (uint32) {
        return _seats[epoch][index];
    }

    /// @notice The index of `seat` among the openers of `epoch`; 0 if it is none.
    function openerOfSeat(uint256 epoch, uint32 seat) external view returns (uint8) {
        return _indices[epoch][seat];
    }

    /// @notice keccak256 of the encryption key of opener `index`; zero until it enrols.
    function encryptionKeyHash(uint256 epoch, uint256 index) external view returns (bytes32) {
        return _encryptionKeys[epoch][index];
    }

    function batchOf(uint256 epoch, uint256 batch) external view returns (Batch memory) {
        return _batches[epoch][batch];
    }

    /// @notice How many openers confirmed exactly this.
    function confirmationsOf(uint256 epoch, uint256 batch, bytes32 root, bytes32 transcript)
        external
        view
        returns (uint256)
    {
        return _confirmations[_statement(epoch, batch, root, transcript)];
    }

    /// @notice Whom an opener accused over a batch: bit i − 1 for opener i.
    function accusationsOf(uint256 epoch, uint256 batch, uint256 accuser) external view returns (uint64 dealers) {
        return _accusations[epoch][batch][accuser];
    }

    /// @notice Which of the 256 keys of a batch from `index` on are ready and no box took: bit `index` % 256 and on.
    /// @dev `index` may be any of the 256.
    function freeKeys(uint256 epoch, uint256 batch, uint256 index) external view returns (uint256 bits) {
        return _free[_word(epoch, batch, index)];
    }

    function _word(uint256 epoch, uint256 batch, uint256 index) private pure returns (uint256) {
        return (epoch << 64 | batch << 32 | index) >> 8;
    }

    function _hasBoxes(address account) private view returns (bool) {
        return account == address(TENDERS) || account == address(BALLOTS);
    }

    function _statement(uint256 epoch, uint256 batch, bytes32 root, bytes32 transcript) private pure returns (bytes32) {
        return keccak256(abi.encode(epoch, batch, root, transcript));
    }

    function _openerIndex(uint256 epoch, address account) private view returns (uint256 index) {
        require(epoch != 0 && epoch <= _epochs.length, OpeningKeysUnknownEpoch(epoch));
        uint32 seat = CONSORTIUM.seatHeldBy(account);
        index = seat == 0 ? 0 : _indices[epoch][seat];
        require(index != 0, OpeningKeysNotOpener(epoch, account));
    }

    function _knownBatch(uint256 epoch, uint256 batch) private view returns (Batch storage b) {
        b = _batches[epoch][batch];
        require(b.count != 0, OpeningKeysUnknownBatch(epoch, batch));
    }
}
