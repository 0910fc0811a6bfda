// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Participants} from "../identity/Participants.sol";
import {Envelope, Void} from "../sealing/Envelope.sol";
import {OpeningKeys} from "../sealing/OpeningKeys.sol";
import {SealedBox} from "../sealing/SealedBox.sol";
import {Method, Phase, WHOLE} from "./Terms.sol";

/// @title IAwards
/// @notice What `Bids` and `Tenders` ask of the contract that evaluates.
interface IAwards {
    /// @notice Where a tender stands, over its whole life.
    function phase(uint256 tenderId) external view returns (Phase);
    /// @notice From when the prices of two envelopes may open; 0 until quality is decided.
    function qualityDecidedAt(uint256 tenderId) external view returns (uint48);
}

/// @title ISecurities
/// @notice What bids, awards and agreements ask of the contract that keeps securities.
interface ISecurities {
    /// @notice Whether `needed` stood behind the bids of an organisation just before `closesAt`; from then on its money stays
    /// until the tender is over.
    function back(uint256 tenderId, uint32 organisation, address token, uint256 needed, uint48 closesAt)
        external
        returns (bool);
    /// @notice Takes the bid security of a winner that did not sign.
    function forfeit(uint256 tenderId, uint32 organisation, uint128 amount) external;
    /// @notice Sets the performance security of an agreement aside, once.
    function secure(uint256 tenderId, uint32 organisation, address token, uint128 amount) external;
    /// @notice Gives it back, or takes it for the treasury.
    function release(uint256 tenderId, bool forfeited) external;
}

/// @title Bids
/// @notice The bids of tenders, in one envelope or in two.
/// @dev One envelope: bids are the sealed messages of stage 0. Two envelopes: proposals are those of stage 1, their
/// prices those of stage 2, paired by organisation and nonce. A bid belongs to the organisation its account served as
/// of closing; the organisation's highest nonce counts, of equal nonces the first.
abstract contract Bids is SealedBox, EIP712 {
    struct Tender {
        // slot 0
        uint32 buyer; // organisation
        uint16 rule; // under which it was published, in `Rules`
        uint16 version;
        uint16 minimumBids;
        uint24 validBids; // organisations whose bid counts: not withdrawn, or a proposal
        uint8 lot; // place within its procurement: the first lot is tenderId − lot
        Method method;
        uint128 ceiling;
        // slot 1
        bytes32 termsHash;
        // slot 2
        uint152 priceSum; // of the prices that count
        uint24 prices; // that count
        uint16 bidSecurity; // basis points of the ceiling
        // slot 3, where bids are secured
        address currency;
    }

    struct Bid {
        // slot 0
        uint128 price; // 0: a proposal whose price did not open
        uint32 nonce;
    }

    /// @notice The stage of bids with a price in one envelope.
    uint256 public constant BIDS = 0;
    /// @notice The stage of proposals, whose prices are in envelopes of their own.
    uint256 public constant PROPOSALS = 1;
    /// @notice The stage of those prices.
    uint256 public constant PRICES = 2;
    /// @notice A bid at this price withdraws.
    uint128 public constant WITHDRAWN = type(uint128).max;
    /// @notice Bytes of a bid: account(20) price(16) documents(32) version(4) nonce(4) signature(65).
    uint256 private constant BID = 141;
    /// @notice Bytes of a proposal: account(20) documents(32) version(4) nonce(4) signature(65).
    uint256 private constant PROPOSAL = 125;

    bytes32 public constant SUBMIT_BID_TYPEHASH = keccak256(
        "SubmitBid(uint256 tenderId,uint32 version,uint32 nonce,address account,uint128 price,bytes32 documents)"
    );
    bytes32 public constant SUBMIT_PROPOSAL_TYPEHASH =
        keccak256("SubmitProposal(uint256 tenderId,uint32 version,uint32 nonce,address account,bytes32 documents)");

    IAwards public immutable AWARDS;
    ISecurities public immutable SECURITIES;

    mapping(uint256 tenderId => Tender) internal _tenders;
    mapping(uint256 tenderId => uint32[]) private _bidders;
    mapping(uint256 tenderId => mapping(uint32 organisation => Bid)) private _bids;

    event ProposalOpened(
        uint256 indexed tenderId,
        uint32 indexed organisation,
        uint256 index,
        address account,
        bytes32 documents,
        uint32 nonce
    );
    event BidOpened(
        uint256 indexed tenderId,
        uint32 indexed organisation,
        uint256 index,
        address account,
        uint128 price,
        bytes32 documents,
        uint32 nonce
    );

    error BidsUnknown(uint256 tenderId, uint256 position);

    constructor(Participants participants, OpeningKeys openingKeys, IAwards awards, ISecurities securities)
        SealedBox(participants, openingKeys, 32)
        EIP712("Terang Tenders", "1")
    {
        AWARDS = awards;
        SECURITIES = securities;
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @notice Organisations with an opened bid or proposal, withdrawn ones included; ballots mark them in this order.
    function bidderCount(uint256 tenderId) external view returns (uint256) {
        return _bidders[tenderId].length;
    }

    /// @notice The bid at `position` in the order of opening, from 0.
    function bidAt(uint256 tenderId, uint256 position)
        external
        view
        returns (uint32 organisation, uint128 price, uint32 nonce)
    {
        require(position < _bidders[tenderId].length, BidsUnknown(tenderId, position));
        organisation = _bidders[tenderId][position];
        Bid storage bid = _bids[tenderId][organisation];
        (price, nonce) = (bid.price, bid.nonce);
    }

    /// @notice The bid of an organisation; zeros if none of its bids counted.
    function bidOf(uint256 tenderId, uint32 organisation) external view returns (Bid memory) {
        return _bids[tenderId][organisation];
    }

    /// @notice What must stand behind a bid of a tender, rounded up; 0: nothing.
    function securityOf(uint256 tenderId) public view returns (uint256) {
        Tender storage tender = _tenders[tenderId];
        uint256 share = tender.bidSecurity;
        return share == 0 ? 0 : Math.ceilDiv(tender.ceiling * share, WHOLE);
    }

    /// @notice The stage whose box opens first: that of bids, or of proposals.
    function firstStage(uint256 tenderId) public view returns (uint256) {
        return _firstStage(_tenders[tenderId].method);
    }

    /// @notice When a tender closes.
    function closesAt(uint256 tenderId) external view returns (uint48) {
        return boxOf(tenderId, firstStage(tenderId)).closesAt;
    }

    // ───────────────────────────────── the box ───────────────────────────────

    /// @dev An organisation that could bid at this moment.
    function _principal(uint256, uint256, address sender) internal view override returns (uint256) {
        (uint32 organisation, bool eligible) = PARTICIPANTS.bidderAt(sender, uint48(block.timestamp + 1));
        return eligible ? organisation : 0;
    }

    function _maxEnvelope(uint256, uint256 stage) internal pure override returns (uint256) {
        return Envelope.HEADER + (stage == PROPOSALS ? PROPOSAL : BID);
    }

    function _versionOf(uint256 tenderId) internal view override returns (uint256) {
        return _tenders[tenderId].version;
    }

    /// @dev Prices of two envelopes wait for quality.
    function _opensAt(uint256 tenderId, uint256 stage) internal view override returns (uint48) {
        return stage == PRICES ? AWARDS.qualityDecidedAt(tenderId) : super._opensAt(tenderId, stage);
    }

    function _record(uint256 tenderId, uint256 stage, uint256 index, bytes memory plaintext, uint48 closing)
        internal
        override
        returns (Void)
    {
        return stage == PROPOSALS
            ? _recordProposal(tenderId, index, plaintext, closing)
            : _recordBid(tenderId, stage, index, plaintext, closing);
    }

    function _recordBid(uint256 tenderId, uint256 stage, uint256 index, bytes memory plaintext, uint48 closing)
        private
        returns (Void)
    {
        if (plaintext.length != BID) return Void.LENGTH;
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
        (uint32 organisation, Void reason) = _bidder(tenderId, account, version, nonce, closing);
        if (reason != Void.NONE) return reason;

        Tender storage tender = _tenders[tenderId];
        if (price == 0) return Void.PRICE;
        if (tender.ceiling != 0 && price > tender.ceiling && price != WITHDRAWN) return Void.CEILING;
        Bid memory bid = _bids[tenderId][organisation];
        if (stage == PRICES) {
            if (nonce > bid.nonce) return Void.UNPAIRED;
            if (nonce < bid.nonce || bid.price != 0) return Void.SUPERSEDED;
        } else {
            if (nonce <= bid.nonce) return Void.SUPERSEDED;
            if (!_isBacked(tender, tenderId, organisation, closing)) return Void.SECURITY;
            if (bid.nonce == 0) _bidders[tenderId].push(organisation);
        }
        _bids[tenderId][organisation] = Bid(price, nonce);
        _count(tender, stage, bid.price == WITHDRAWN ? 0 : bid.price, price == WITHDRAWN ? 0 : price);
        emit BidOpened(tenderId, organisation, index, account, price, documents, nonce);
        return Void.NONE;
    }

    function _recordProposal(uint256 tenderId, uint256 index, bytes memory plaintext, uint48 closing)
        private
        returns (Void)
    {
        if (plaintext.length != PROPOSAL) return Void.LENGTH;
        address account = address(bytes20(Envelope.word(plaintext, 0)));
        bytes32 documents = Envelope.word(plaintext, 20);
        uint32 version = uint32(bytes4(Envelope.word(plaintext, 52)));
        uint32 nonce = uint32(bytes4(Envelope.word(plaintext, 56)));
        {
            bytes32 digest = _hashTypedDataV4(
                keccak256(abi.encode(SUBMIT_PROPOSAL_TYPEHASH, tenderId, version, nonce, account, documents))
            );
            if (!_isSigned(digest, account, plaintext, 60)) return Void.SIGNATURE;
        }
        (uint32 organisation, Void reason) = _bidder(tenderId, account, version, nonce, closing);
        if (reason != Void.NONE) return reason;

        uint32 before = _bids[tenderId][organisation].nonce;
        if (nonce <= before) return Void.SUPERSEDED;
        if (!_isBacked(_tenders[tenderId], tenderId, organisation, closing)) return Void.SECURITY;
        if (before == 0) {
            _bidders[tenderId].push(organisation);
            ++_tenders[tenderId].validBids;
        }
        _bids[tenderId][organisation].nonce = nonce;
        emit ProposalOpened(tenderId, organisation, index, account, documents, nonce);
        return Void.NONE;
    }

    /// @dev Whose message it is, or why it does not count.
    function _bidder(uint256 tenderId, address account, uint32 version, uint32 nonce, uint48 closing)
        private
        view
        returns (uint32 organisation, Void)
    {
        bool eligible;
        (organisation, eligible) = PARTICIPANTS.bidderAt(account, closing);
        if (organisation == 0) return (0, Void.ACCOUNT);
        if (!eligible) return (0, Void.INELIGIBLE);
        Tender storage tender = _tenders[tenderId];
        if (organisation == tender.buyer) return (0, Void.BUYER);
        if (version != tender.version) return (0, Void.TENDER_VERSION);
        if (nonce == 0) return (0, Void.NONCE);
        return (organisation, Void.NONE);
    }

    /// @dev Whether enough stood behind the bid at closing.
    function _isBacked(Tender storage tender, uint256 tenderId, uint32 organisation, uint48 closing)
        private
        returns (bool)
    {
        uint256 needed = securityOf(tenderId);
        return needed == 0 || SECURITIES.back(tenderId, organisation, tender.currency, needed, closing);
    }

    /// @dev Replaces a price among those that count; 0: none.
    function _count(Tender storage tender, uint256 stage, uint128 before, uint128 price) private {
        uint24 prices = tender.prices + (price == 0 ? 0 : 1) - (before == 0 ? 0 : 1);
        tender.priceSum = tender.priceSum + price - before;
        tender.prices = prices;
        if (stage == BIDS) tender.validBids = prices;
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _firstStage(Method method) internal pure returns (uint256) {
        return method == Method.QUALITY_PRICE ? PROPOSALS : BIDS;
    }
}
