// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ACT, BUYER, Participants} from "../identity/Participants.sol";
import {Envelope, Void} from "../sealing/Envelope.sol";
import {OpeningKeys} from "../sealing/OpeningKeys.sol";
import {SealedBox} from "../sealing/SealedBox.sol";
import {Notice, Phase, Terms} from "./Terms.sol";

/// @title Tenders
/// @notice Tenders and their bids. A tender is one lot; lots of one procurement share the `ocid`.
/// @dev Bids are the sealed messages of stage 0. A bid belongs to the organisation its account served as of closing;
/// the organisation's highest nonce counts, of equal nonces the first.
contract Tenders is SealedBox, EIP712 {
    struct Tender {
        // slot 0
        uint32 buyer; // organisation
        uint32 version;
        uint16 minimumBids;
        uint32 validBids; // organisations whose bid counts and is not withdrawn
        uint128 ceiling;
        // slot 1
        bytes32 termsHash;
    }

    struct Bid {
        // slot 0
        uint128 price;
        uint32 nonce;
    }

    /// @notice The stage of bids with a price in one envelope.
    uint256 public constant BIDS = 0;
    /// @notice A bid at this price withdraws.
    uint128 public constant WITHDRAWN = type(uint128).max;
    /// @notice Bytes of a bid's envelope.
    uint256 public constant BID_ENVELOPE = Envelope.HEADER + 141;
    uint256 public constant MAX_MILESTONES = 32;
    /// @notice Seats of one panel at most.
    uint256 public constant MAX_PANEL = 16;
    /// @notice Bytes of each public reference at most.
    uint256 public constant MAX_REFERENCE = 256;
    /// @notice No period of a tender is shorter, so that nobody decides before others can act.
    uint48 public constant MIN_PERIOD = 1 days;
    /// @notice No period of a tender is longer, so that a slip of the pen can not lock it.
    uint48 public constant MAX_PERIOD = 366 days;

    bytes32 public constant SUBMIT_BID_TYPEHASH = keccak256(
        "SubmitBid(uint256 tenderId,uint32 version,uint32 nonce,address account,uint128 price,bytes32 documents)"
    );

    uint256 private _tenderCount;
    mapping(uint256 tenderId => Tender) private _tenders;
    mapping(uint256 tenderId => uint32[]) private _bidders;
    mapping(uint256 tenderId => mapping(uint32 organisation => Bid)) private _bids;

    event TenderPublished(
        uint256 indexed tenderId,
        uint32 indexed buyer,
        uint32 version,
        uint48 closesAt,
        Terms terms,
        Notice notice,
        address by
    );
    event TenderCancelled(uint256 indexed tenderId, bytes32 reason, address by);
    event BidOpened(
        uint256 indexed tenderId,
        uint32 indexed organisation,
        uint256 index,
        address account,
        uint128 price,
        bytes32 documents,
        uint32 nonce
    );

    error TendersNotABuyer(address account);
    error TendersClosingTime(uint48 closesAt, uint256 earliest, uint256 latest);
    error TendersPeriod(uint32 period, uint48 least, uint48 most);
    error TendersCurrency(address currency);
    error TendersCeiling(uint128 ceiling);
    error TendersMinimumBids(uint16 minimumBids);
    error TendersPanel(uint256 seats, uint8 quorum, uint256 most);
    error TendersPlan(uint256 milestones, uint256 sum);
    error TendersDocuments();
    error TendersReference(uint256 length, uint256 most);
    error TendersUnknown(uint256 tenderId);
    error TendersNotTheBuyer(uint256 tenderId, address account);
    error TendersNotTendering(uint256 tenderId, Phase phase);
    error TendersUnknownBid(uint256 tenderId, uint256 position);

    constructor(Participants participants, OpeningKeys openingKeys)
        SealedBox(participants, openingKeys, 32)
        EIP712("Terang Tenders", "1")
    {}

    // ─────────────────────────── the buyer's acts ────────────────────────────

    /// @notice Publishes a tender whose bids are sealed to the key of `claim` until `closesAt`.
    /// @dev Requirements: an account that acts for a buyer in good standing; sound terms; a ready key.
    function publish(Terms calldata terms, Notice calldata notice, uint48 closesAt, OpeningKeys.Claim calldata claim)
        external
        returns (uint256 tenderId)
    {
        uint32 buyer = PARTICIPANTS.actingIn(msg.sender, BUYER);
        require(buyer != 0, TendersNotABuyer(msg.sender));
        require(
            closesAt >= block.timestamp + MIN_PERIOD && closesAt <= block.timestamp + MAX_PERIOD,
            TendersClosingTime(closesAt, block.timestamp + MIN_PERIOD, block.timestamp + MAX_PERIOD)
        );
        _checkTerms(terms);
        _checkReference(notice.ocid);
        _checkReference(notice.lot);
        _checkReference(notice.documentsUri);

        tenderId = ++_tenderCount;
        _tenders[tenderId] = Tender(buyer, 1, terms.minimumBids, 0, terms.ceiling, keccak256(abi.encode(terms)));
        emit TenderPublished(tenderId, buyer, 1, closesAt, terms, notice, msg.sender);
        _prepare(tenderId, BIDS, closesAt, claim);
    }

    /// @notice Cancels a tender before it closes; its bids stay sealed for ever.
    /// @param reason Hash of the published reasons.
    function cancel(uint256 tenderId, bytes32 reason) external {
        Phase present = phase(tenderId);
        require(present == Phase.TENDERING, TendersNotTendering(tenderId, present));
        require(
            PARTICIPANTS.servedBy(msg.sender, ACT) == _tenders[tenderId].buyer, TendersNotTheBuyer(tenderId, msg.sender)
        );
        emit TenderCancelled(tenderId, reason, msg.sender);
        _shut(tenderId, BIDS);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @notice Where a tender stands, as far as bids decide it: EVALUATION means that enough bids count.
    function phase(uint256 tenderId) public view returns (Phase) {
        Tender storage tender = _tenders[tenderId];
        if (tender.buyer == 0) return Phase.NONE;
        Box memory box = boxOf(tenderId, BIDS);
        if (box.shut) return Phase.CANCELLED;
        if (block.timestamp < box.closesAt) return Phase.TENDERING;
        if (isWithheld(tenderId, BIDS)) return Phase.UNSUCCESSFUL;
        if (!isOpened(tenderId, BIDS)) return Phase.OPENING;
        return tender.validBids < tender.minimumBids ? Phase.UNSUCCESSFUL : Phase.EVALUATION;
    }

    function tenderCount() external view returns (uint256) {
        return _tenderCount;
    }

    function tenderOf(uint256 tenderId) external view returns (Tender memory) {
        require(_tenders[tenderId].buyer != 0, TendersUnknown(tenderId));
        return _tenders[tenderId];
    }

    /// @notice Organisations with an opened bid, withdrawn ones included; ballots mark them in this order.
    function bidderCount(uint256 tenderId) external view returns (uint256) {
        return _bidders[tenderId].length;
    }

    /// @notice The bid at `position` in the order of opening, from 0.
    function bidAt(uint256 tenderId, uint256 position)
        external
        view
        returns (uint32 organisation, uint128 price, uint32 nonce)
    {
        require(position < _bidders[tenderId].length, TendersUnknownBid(tenderId, position));
        organisation = _bidders[tenderId][position];
        Bid storage bid = _bids[tenderId][organisation];
        (price, nonce) = (bid.price, bid.nonce);
    }

    // ───────────────────────────────── the box ───────────────────────────────

    /// @dev An organisation that could bid at this moment.
    function _principal(uint256, uint256, address sender) internal view override returns (uint256) {
        (uint32 organisation, bool eligible) = PARTICIPANTS.bidderAt(sender, uint48(block.timestamp + 1));
        return eligible ? organisation : 0;
    }

    function _maxEnvelope(uint256, uint256) internal pure override returns (uint256) {
        return BID_ENVELOPE;
    }

    /// @dev Plaintext: account(20) price(16) documents(32) version(4) nonce(4) signature(65).
    function _record(uint256 tenderId, uint256, uint256 index, bytes memory plaintext, uint48 closesAt)
        internal
        override
        returns (Void)
    {
        if (plaintext.length != 141) return Void.LENGTH;
        address account = address(bytes20(Envelope.word(plaintext, 0)));
        uint128 price = uint128(bytes16(Envelope.word(plaintext, 20)));
        bytes32 documents = Envelope.word(plaintext, 36);
        uint32 version = uint32(bytes4(Envelope.word(plaintext, 68)));
        uint32 nonce = uint32(bytes4(Envelope.word(plaintext, 72)));
        {
            bytes32 digest = _hashTypedDataV4(
                keccak256(abi.encode(SUBMIT_BID_TYPEHASH, tenderId, version, nonce, account, price, documents))
            );
            if (!_isSigned(digest, account, plaintext, 76)) return Void.SIGNATURE;
        }
        (uint32 organisation, bool eligible) = PARTICIPANTS.bidderAt(account, closesAt);
        if (organisation == 0) return Void.ACCOUNT;
        if (!eligible) return Void.INELIGIBLE;

        Tender storage tender = _tenders[tenderId];
        if (organisation == tender.buyer) return Void.BUYER;
        if (version != tender.version) return Void.TENDER_VERSION;
        if (nonce == 0) return Void.NONCE;
        if (price == 0) return Void.PRICE;
        if (tender.ceiling != 0 && price > tender.ceiling && price != WITHDRAWN) return Void.CEILING;
        Bid storage bid = _bids[tenderId][organisation];
        if (nonce <= bid.nonce) return Void.SUPERSEDED;

        bool counted = bid.nonce != 0 && bid.price != WITHDRAWN;
        bool counts = price != WITHDRAWN;
        if (bid.nonce == 0) _bidders[tenderId].push(organisation);
        _bids[tenderId][organisation] = Bid(price, nonce);
        if (counts != counted) tender.validBids = counts ? tender.validBids + 1 : tender.validBids - 1;
        emit BidOpened(tenderId, organisation, index, account, price, documents, nonce);
        return Void.NONE;
    }

    function _checkTerms(Terms calldata terms) private view {
        require(terms.documents != 0, TendersDocuments());
        require(terms.currency.code.length != 0, TendersCurrency(terms.currency));
        require(terms.ceiling != WITHDRAWN, TendersCeiling(terms.ceiling));
        require(terms.minimumBids != 0, TendersMinimumBids(terms.minimumBids));
        uint256 seats = uint256(terms.panel[0]) + terms.panel[1] + terms.panel[2];
        require(
            2 * uint256(terms.quorum) > seats && terms.quorum <= seats && seats <= MAX_PANEL,
            TendersPanel(seats, terms.quorum, MAX_PANEL)
        );
        _checkPeriod(terms.evaluationPeriod);
        _checkPeriod(terms.standstillPeriod);
        _checkPeriod(terms.signingPeriod);

        uint256 sum;
        uint256 milestones = terms.plan.length;
        require(milestones <= MAX_MILESTONES, TendersPlan(milestones, 0));
        for (uint256 i = 0; i < milestones; ++i) {
            require(terms.plan[i] != 0, TendersPlan(milestones, 0));
            sum += terms.plan[i];
        }
        require(sum == 10_000, TendersPlan(milestones, sum));
    }

    function _checkPeriod(uint32 period) private pure {
        require(period >= MIN_PERIOD && period <= MAX_PERIOD, TendersPeriod(period, MIN_PERIOD, MAX_PERIOD));
    }

    function _checkReference(string calldata text) private pure {
        require(bytes(text).length <= MAX_REFERENCE, TendersReference(bytes(text).length, MAX_REFERENCE));
    }
}
