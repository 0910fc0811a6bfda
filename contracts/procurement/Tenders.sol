// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule, Rules} from "../governance/Rules.sol";
import {ACT, BUYER, Participants} from "../identity/Participants.sol";
import {OpeningKeys} from "../sealing/OpeningKeys.sol";
import {Bids, IAwards, ISecurities} from "./Bids.sol";
import {Enquiries} from "./Enquiries.sol";
import {Category, MAX_PERIOD, Method, Notice, Phase, Terms, WHOLE} from "./Terms.sol";

/// @title Tenders
/// @notice Tenders and their bids. A tender is one lot; lots of one procurement are published together, one after the
/// other, and share the `ocid`.
contract Tenders is Bids, Enquiries {
    /// @notice One lot of a procurement.
    struct Lot {
        string id; // within the process
        Terms terms;
        OpeningKeys.Claim[] claims; // a key for each of its boxes
    }

    uint256 public constant MAX_MILESTONES = 32;
    /// @notice Lots published together at most.
    uint256 public constant MAX_LOTS = 32;
    /// @notice Bytes of each public reference at most.
    uint256 public constant MAX_REFERENCE = 256;
    Rules public immutable RULES;

    uint256 private _tenderCount;
    event TenderPublished(
        uint256 indexed tenderId,
        uint32 indexed buyer,
        uint16 rule,
        uint48 closesAt,
        uint8 place,
        string lot,
        Terms terms,
        Notice notice,
        address by
    );
    event TenderAmended(
        uint256 indexed tenderId,
        uint16 version,
        uint48 closesAt,
        Terms terms,
        string documentsUri,
        bytes32 reason,
        address by
    );
    event TenderCancelled(uint256 indexed tenderId, bytes32 reason, address by);
    error TendersNotABuyer(address account);
    error TendersLots(uint256 lots, uint256 most);
    error TendersLotDocuments(uint256 lot);
    error TendersNoRule(Category category, Method method);
    error TendersKind(uint256 tenderId);
    error TendersClaims(uint256 given, uint256 boxes);
    error TendersClosingTime(uint48 closesAt, uint256 earliest, uint256 latest);
    error TendersEvaluationPeriod(uint32 period, uint32 least, uint32 most);
    error TendersCurrency(address currency);
    error TendersCeiling(uint128 ceiling);
    error TendersMinimumBids(uint16 minimumBids, uint16 least);
    error TendersBidSecurity(uint16 bidSecurity, uint16 least, uint16 most);
    error TendersWeight(uint16 weight, uint16 least, uint16 most);
    error TendersThreshold(uint8 threshold, uint8 least, uint8 most);
    error TendersPlan(uint256 milestones, uint256 sum);
    error TendersDocuments();
    error TendersReference(uint256 length, uint256 most);
    error TendersPredecessor(uint256 predecessor);
    error TendersUnknown(uint256 tenderId);
    error TendersNotTheBuyer(uint256 tenderId, address account);
    error TendersNotTendering(uint256 tenderId, Phase phase);
    error TendersNotEligible(address account);
    error TendersEnquiriesOver(uint256 tenderId, uint256 endedAt);

    constructor(Participants participants, OpeningKeys openingKeys, Rules rules, IAwards awards, ISecurities securities)
        Bids(participants, openingKeys, awards, securities)
    {
        RULES = rules;
    }

    // ─────────────────────────── the buyer's acts ────────────────────────────

    /// @notice Publishes a procurement: each lot is a tender of its own, whose bids are sealed to the keys of its claims
    /// until `closesAt`.
    /// @dev Requirements: an account that acts for a buyer in good standing; the same documents for every lot; sound
    /// terms by the present rule of their category and method; a ready key for each box. A procurement that repeats
    /// another names a tender of the same buyer that was cancelled or unsuccessful.
    /// @return firstTenderId The tender of the first lot; the others follow.
    function publish(Notice calldata notice, uint48 closesAt, Lot[] calldata lots)
        external
        returns (uint256 firstTenderId)
    {
        uint32 buyer = PARTICIPANTS.actingIn(msg.sender, BUYER);
        require(buyer != 0, TendersNotABuyer(msg.sender));
        require(lots.length != 0 && lots.length <= MAX_LOTS, TendersLots(lots.length, MAX_LOTS));
        _checkReference(notice.ocid);
        _checkReference(notice.documentsUri);
        if (notice.predecessor != 0) _checkPredecessor(notice.predecessor, buyer);

        firstTenderId = _tenderCount + 1;
        _tenderCount += lots.length;
        bytes32 documents = lots[0].terms.documents;
        for (uint256 i = 0; i < lots.length; ++i) {
            require(lots[i].terms.documents == documents, TendersLotDocuments(i));
            _publish(firstTenderId + i, buyer, uint8(i), notice, closesAt, lots[i]);
        }
    }

    /// @notice Changes a tender before it closes. Bids for the version before become void.
    /// @dev Requirements: an account that acts for its buyer; sound terms by the rule of the tender, of the same
    /// category and method. The closing never moves earlier, and moves later by itself where less than the rule's
    /// least time would be left.
    /// @param reason Hash of the published reasons.
    function amend(
        uint256 tenderId,
        Terms calldata terms,
        string calldata documentsUri,
        uint48 closesAt,
        bytes32 reason
    ) external {
        _onlyBuyer(tenderId);
        Tender storage tender = _tenders[tenderId];
        Rule memory rule = RULES.ruleOf(tender.rule);
        require(terms.category == rule.category && terms.method == rule.method, TendersKind(tenderId));
        _checkTerms(terms, rule);
        _checkReference(documentsUri);

        uint256 stage = _firstStage(terms.method);
        uint48 before = boxOf(tenderId, stage).closesAt;
        uint256 latest = block.timestamp + MAX_PERIOD;
        require(
            closesAt >= before && (closesAt == before || closesAt <= latest),
            TendersClosingTime(closesAt, before, latest)
        );
        uint48 earliest = uint48(block.timestamp) + rule.amendmentPeriod;
        if (closesAt < earliest) closesAt = earliest;
        uint16 version = tender.version + 1;
        (tender.version, tender.minimumBids, tender.ceiling) = (version, terms.minimumBids, terms.ceiling);
        tender.termsHash = keccak256(abi.encode(terms));
        _secureBids(tender, terms);
        if (closesAt != before) {
            _postpone(tenderId, stage, closesAt);
            if (stage == PROPOSALS) _postpone(tenderId, PRICES, closesAt);
        }
        emit TenderAmended(tenderId, version, closesAt, terms, documentsUri, reason, msg.sender);
    }

    /// @notice Cancels a tender before it closes; its bids stay sealed for ever.
    /// @param reason Hash of the published reasons.
    function cancel(uint256 tenderId, bytes32 reason) external {
        _onlyBuyer(tenderId);
        uint256 stage = _firstStage(_tenders[tenderId].method);
        emit TenderCancelled(tenderId, reason, msg.sender);
        _shut(tenderId, stage);
        if (stage == PROPOSALS) _shut(tenderId, PRICES);
    }

    // ──────────────────────────────── enquiries ──────────────────────────────

    /// @notice Asks the buyer about a tender, by the hash of the question.
    /// @dev Requirements: a supplier that could bid now, or a relay; enquiries are not over by the rule of the tender.
    function enquire(uint256 tenderId, bytes32 question) external returns (uint256 enquiry) {
        _tendering(tenderId);
        require(
            _principal(tenderId, BIDS, msg.sender) != 0
                || PARTICIPANTS.isLicensed(Participants.Licence.RELAY, msg.sender),
            TendersNotEligible(msg.sender)
        );
        Tender storage tender = _tenders[tenderId];
        uint256 endsAt = boxOf(tenderId, _firstStage(tender.method)).closesAt - RULES.ruleOf(tender.rule).enquiryPeriod;
        require(block.timestamp < endsAt, TendersEnquiriesOver(tenderId, endsAt));
        return _enquire(tenderId, question);
    }

    /// @notice Answers a question, once, before the tender closes. Its buyer answers.
    function answer(uint256 tenderId, uint256 enquiry, bytes32 answer_) external {
        _onlyBuyer(tenderId);
        _answer(tenderId, enquiry, answer_);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @notice Where a tender stands, as far as bids decide it: EVALUATION means that enough bids count.
    function phase(uint256 tenderId) public view returns (Phase) {
        Tender storage tender = _tenders[tenderId];
        if (tender.buyer == 0) return Phase.NONE;
        uint256 stage = _firstStage(tender.method);
        Box memory box = boxOf(tenderId, stage);
        if (box.shut) return Phase.CANCELLED;
        if (block.timestamp < box.closesAt) return Phase.TENDERING;
        if (isWithheld(tenderId, stage)) return Phase.UNSUCCESSFUL;
        if (!isOpened(tenderId, stage)) return Phase.OPENING;
        return tender.validBids < tender.minimumBids ? Phase.UNSUCCESSFUL : Phase.EVALUATION;
    }

    function tenderCount() external view returns (uint256) {
        return _tenderCount;
    }

    function tenderOf(uint256 tenderId) external view returns (Tender memory) {
        require(_tenders[tenderId].buyer != 0, TendersUnknown(tenderId));
        return _tenders[tenderId];
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _publish(
        uint256 tenderId,
        uint32 buyer,
        uint8 place,
        Notice calldata notice,
        uint48 closesAt,
        Lot calldata lot
    ) private {
        Terms calldata terms = lot.terms;
        (uint16 number, Rule memory rule) = RULES.present(terms.category, terms.method);
        require(number != 0, TendersNoRule(terms.category, terms.method));
        (uint256 earliest, uint256 latest) = (block.timestamp + rule.tenderingPeriod, block.timestamp + MAX_PERIOD);
        require(closesAt >= earliest && closesAt <= latest, TendersClosingTime(closesAt, earliest, latest));
        _checkTerms(terms, rule);
        _checkReference(lot.id);
        uint256 stage = _firstStage(terms.method);
        uint256 boxes = stage == BIDS ? 1 : 2;
        require(lot.claims.length == boxes, TendersClaims(lot.claims.length, boxes));

        Tender storage tender = _tenders[tenderId];
        (tender.buyer, tender.rule, tender.version, tender.minimumBids) = (buyer, number, 1, terms.minimumBids);
        (tender.lot, tender.method, tender.ceiling) = (place, terms.method, terms.ceiling);
        tender.termsHash = keccak256(abi.encode(terms));
        if (terms.bidSecurity != 0) _secureBids(tender, terms);
        emit TenderPublished(tenderId, buyer, number, closesAt, place, lot.id, terms, notice, msg.sender);
        _prepare(tenderId, stage, closesAt, lot.claims[0]);
        if (boxes == 2) _prepare(tenderId, PRICES, closesAt, lot.claims[1]);
    }

    function _secureBids(Tender storage tender, Terms calldata terms) private {
        if (terms.bidSecurity != tender.bidSecurity) tender.bidSecurity = terms.bidSecurity;
        if (terms.bidSecurity != 0) tender.currency = terms.currency;
    }

    function _tendering(uint256 tenderId) private view {
        Phase present = phase(tenderId);
        require(present == Phase.TENDERING, TendersNotTendering(tenderId, present));
    }

    /// @dev For acts of the buyer while bids are sealed.
    function _onlyBuyer(uint256 tenderId) private view {
        _tendering(tenderId);
        require(
            PARTICIPANTS.servedBy(msg.sender, ACT) == _tenders[tenderId].buyer, TendersNotTheBuyer(tenderId, msg.sender)
        );
    }

    function _checkPredecessor(uint256 predecessor, uint32 buyer) private view {
        Phase ended = AWARDS.phase(predecessor);
        require(
            _tenders[predecessor].buyer == buyer && (ended == Phase.UNSUCCESSFUL || ended == Phase.CANCELLED),
            TendersPredecessor(predecessor)
        );
    }

    function _checkTerms(Terms calldata terms, Rule memory rule) private view {
        require(terms.documents != 0, TendersDocuments());
        require(terms.currency.code.length != 0, TendersCurrency(terms.currency));
        require(terms.ceiling != WITHDRAWN, TendersCeiling(terms.ceiling));
        require(terms.minimumBids >= rule.minimumBids, TendersMinimumBids(terms.minimumBids, rule.minimumBids));
        require(
            terms.bidSecurity >= rule.bidSecurityLeast && terms.bidSecurity <= rule.bidSecurityMost
                && (terms.bidSecurity == 0 || terms.ceiling != 0),
            TendersBidSecurity(terms.bidSecurity, rule.bidSecurityLeast, rule.bidSecurityMost)
        );
        require(
            terms.weight >= rule.weightLeast && terms.weight <= rule.weightMost,
            TendersWeight(terms.weight, rule.weightLeast, rule.weightMost)
        );
        uint8 mostThreshold = rule.method == Method.QUALITY_PRICE ? 100 : 0;
        require(
            terms.threshold >= rule.threshold && terms.threshold <= mostThreshold,
            TendersThreshold(terms.threshold, rule.threshold, mostThreshold)
        );
        require(
            terms.evaluationPeriod >= rule.evaluationPeriod && terms.evaluationPeriod <= MAX_PERIOD,
            TendersEvaluationPeriod(terms.evaluationPeriod, rule.evaluationPeriod, MAX_PERIOD)
        );

        uint256 sum;
        uint256 milestones = terms.plan.length;
        require(milestones <= MAX_MILESTONES, TendersPlan(milestones, 0));
        for (uint256 i = 0; i < milestones; ++i) {
            require(terms.plan[i] != 0, TendersPlan(milestones, 0));
            sum += terms.plan[i];
        }
        require(sum == WHOLE, TendersPlan(milestones, sum));
    }

    function _checkReference(string calldata text) private pure {
        require(bytes(text).length <= MAX_REFERENCE, TendersReference(bytes(text).length, MAX_REFERENCE));
    }
}
