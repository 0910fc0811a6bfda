// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Consortium} from "../governance/Consortium.sol";
import {Rule, Rules} from "../governance/Rules.sol";
import {Participants} from "../identity/Participants.sol";
import {Envelope, Void} from "../sealing/Envelope.sol";
import {OpeningKeys} from "../sealing/OpeningKeys.sol";
import {SealedBox} from "../sealing/SealedBox.sol";
import {Marks} from "./Marks.sol";
import {Panel} from "./Panel.sol";
import {Tenders} from "./Tenders.sol";

/// @notice What the ballots of a round say of each bid.
enum Question {
    RESPONSIVENESS, // LOWEST_PRICE: whether it is responsive
    QUALITY, // QUALITY_PRICE: its score from 0 to 100
    LOW_PRICES // QUALITY_PRICE: whether it is acceptable although its price is abnormally low
}

/// @title Ballots
/// @notice Panels and their sealed ballots. A panel is drawn by a released secret, so nobody could choose it.
/// @dev Ballots are the sealed messages of stage 16 + round. Seats, accounts and exclusions are those as of the closing of
/// the tender, so nothing that is still open when the secret comes out decides who sits or what counts.
contract Ballots is SealedBox, EIP712 {
    using Marks for mapping(uint256 => uint256);

    struct Round {
        // slot 0
        uint48 frozenAt; // closing of the tender, as of which seats vote
        uint32 bidders; // marks in a ballot
        uint16 voted; // bit i: the i-th seat of the panel has voted
        uint8 ballots; // that count
        uint8 quorum;
        Question question;
        // slot 1
        uint8[3] reserves; // per class: seats that recused themselves
    }

    /// @notice How a round stands.
    enum Outcome {
        RUNNING,
        WITHHELD, // the openers did not release its secret in time
        NO_QUORUM,
        VALID
    }

    /// @notice The stage of the ballots of round 0; later rounds follow.
    uint256 public constant BALLOTS = 16;
    /// @notice Bytes of a ballot before its marks: seat(4) reasons(32) signature(65).
    uint256 public constant BALLOT_HEAD = 101;

    bytes32 public constant CAST_BALLOT_TYPEHASH =
        keccak256("CastBallot(uint256 tenderId,uint32 round,uint32 seat,bytes32 reasons,bytes marks)");

    Consortium public immutable CONSORTIUM;
    Rules public immutable RULES;
    Tenders public immutable TENDERS;
    /// @notice The contract that begins rounds.
    address public immutable AWARDS;

    mapping(uint256 tenderId => mapping(uint256 round => Round)) private _rounds;
    mapping(uint256 tenderId => mapping(uint256 round => uint32[])) private _panels;
    mapping(uint256 tenderId => mapping(uint256 round => mapping(uint256 word => uint256))) private _marks;
    mapping(uint256 tenderId => uint32[]) private _recused;

    event PanelDrawn(
        uint256 indexed tenderId,
        uint256 indexed round,
        Question question,
        bytes32 seed,
        uint32[] seats,
        uint8 quorum,
        uint32 bidders,
        uint48 closesAt
    );
    event SeatRecused(
        uint256 indexed tenderId, uint256 indexed round, uint32 indexed seat, uint32 reserve, bytes32 reason
    );
    event BallotOpened(
        uint256 indexed tenderId,
        uint256 indexed round,
        uint32 indexed seat,
        uint256 index,
        bytes32 reasons,
        bytes marks
    );

    error BallotsOnlyAwards(address account);
    error BallotsFirstLotSealed(uint256 tenderId, uint256 firstTenderId);
    error BallotsClosed(uint256 tenderId, uint256 round, uint48 closesAt);
    error BallotsNotOnPanel(uint256 tenderId, uint256 round, address account);

    constructor(
        Participants participants,
        OpeningKeys openingKeys,
        Consortium consortium,
        Rules rules,
        Tenders tenders,
        address awards
    ) SealedBox(participants, openingKeys, 8) EIP712("Terang Ballots", "1") {
        CONSORTIUM = consortium;
        RULES = rules;
        TENDERS = tenders;
        AWARDS = awards;
    }

    // ───────────────────────────────── rounds ────────────────────────────────

    /// @notice Draws the panel of a round and opens the box of its ballots until `closesAt`. `Awards` alone, which knows
    /// when a round is due and knows the tender and its rule.
    function draw(
        uint256 tenderId,
        Tenders.Tender calldata tender,
        Rule memory rule,
        uint256 round,
        Question question,
        uint48 closesAt,
        OpeningKeys.Claim calldata claim
    ) external {
        require(msg.sender == AWARDS, BallotsOnlyAwards(msg.sender));
        (uint48 frozenAt, uint32 bidders) = (TENDERS.closesAt(tenderId), uint32(TENDERS.bidderCount(tenderId)));
        bytes32 seed = _seedOf(tenderId, tender.lot, round);
        uint32[] memory seats = Panel.draw(_pool(tender.buyer, frozenAt), seed, _wanted(rule));
        Round storage r = _rounds[tenderId][round];
        (r.frozenAt, r.bidders, r.quorum, r.question) = (frozenAt, bidders, rule.quorum, question);
        _panels[tenderId][round] = seats;
        emit PanelDrawn(tenderId, round, question, seed, seats, rule.quorum, bidders, closesAt);
        _prepare(tenderId, BALLOTS + round, closesAt, claim);
    }

    /// @notice Leaves the panel of a round whose ballots are not closed; the next in the order of the draw takes the
    /// place. What the leaving seat sealed is void.
    /// @dev Requirements: an account whose seat is on the panel.
    /// @param reason Hash of the reason.
    function recuse(uint256 tenderId, uint256 round, bytes32 reason) external {
        uint48 closesAt = boxOf(tenderId, BALLOTS + round).closesAt;
        require(block.timestamp < closesAt, BallotsClosed(tenderId, round, closesAt));
        uint32 seat = uint32(_principal(tenderId, BALLOTS + round, msg.sender));
        require(seat != 0, BallotsNotOnPanel(tenderId, round, msg.sender));
        Round storage r = _rounds[tenderId][round];
        Tenders.Tender memory tender = TENDERS.tenderOf(tenderId);
        Consortium.Class class = CONSORTIUM.seatOf(seat).class;
        uint256 before = uint256(_wanted(RULES.ruleOf(tender.rule))[uint8(class)]) + r.reserves[uint8(class)];
        bytes32 seed = _seedOf(tenderId, tender.lot, round);
        uint32 reserve = Panel.reserve(_pool(tender.buyer, r.frozenAt), seed, class, before);
        ++r.reserves[uint8(class)];
        uint32[] storage seats = _panels[tenderId][round];
        seats[Panel.find(seats, seat)] = reserve;
        _recused[tenderId].push(seat);
        emit SeatRecused(tenderId, round, seat, reserve, reason);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    function outcomeOf(uint256 tenderId, uint256 round) external view returns (Outcome) {
        if (isWithheld(tenderId, BALLOTS + round)) return Outcome.WITHHELD;
        if (!isOpened(tenderId, BALLOTS + round)) return Outcome.RUNNING;
        Round storage r = _rounds[tenderId][round];
        return r.ballots < r.quorum ? Outcome.NO_QUORUM : Outcome.VALID;
    }

    function roundOf(uint256 tenderId, uint256 round) external view returns (Round memory) {
        return _rounds[tenderId][round];
    }

    /// @notice The seats on the panel of a round, in the order drawn; 0 where a seat recused itself and no reserve was
    /// left.
    function panelOf(uint256 tenderId, uint256 round) external view returns (uint32[] memory) {
        return _panels[tenderId][round];
    }

    /// @notice The seats that left a panel of a tender; who has a reason not to judge its bids does not review it either.
    function recusedOf(uint256 tenderId) external view returns (uint32[] memory) {
        return _recused[tenderId];
    }

    /// @notice What the ballots of a round answer about the bid at `position`.
    function tallyOf(uint256 tenderId, uint256 round, uint256 position) external view returns (Marks.Tally memory) {
        return Marks.tally(_marks[tenderId][round].bitsOf(position));
    }

    /// @notice What the ballots of a round of QUALITY score the proposal at `position`.
    function scoresOf(uint256 tenderId, uint256 round, uint256 position) external view returns (Marks.Scores memory) {
        return Marks.scores(_marks[tenderId][round].bitsOf(position));
    }

    /// @notice The tallies of the bids from `from` to just before `upTo`, as `Marks` packs them.
    function marksOf(uint256 tenderId, uint256 round, uint256 from, uint256 upTo)
        external
        view
        returns (uint32[] memory bits)
    {
        mapping(uint256 => uint256) storage words = _marks[tenderId][round];
        bits = new uint32[](upTo - from);
        for (uint256 i = 0; i < bits.length; ++i) {
            bits[i] = words.bitsOf(from + i);
        }
    }

    /// @notice The seed of a round's panel: the secret and the running hash of the box that was opened before it. Lots
    /// that closed together share the first panel: that of the first of them whose secret came out.
    function seedOf(uint256 tenderId, uint256 round) public view returns (bytes32) {
        return _seedOf(tenderId, round == 0 ? TENDERS.tenderOf(tenderId).lot : 0, round);
    }

    // ───────────────────────────────── the box ───────────────────────────────

    /// @dev The seat on the panel whose ballots this account signs, whatever has become of the seat since.
    function _principal(uint256 tenderId, uint256 stage, address sender) internal view override returns (uint256) {
        uint256 round = stage - BALLOTS;
        uint32 seat = CONSORTIUM.seatEverHeldBy(sender);
        bool votes = seat != 0 && Panel.find(_panels[tenderId][round], seat) != type(uint256).max
            && CONSORTIUM.accountAt(seat, _rounds[tenderId][round].frozenAt) == sender;
        return votes ? seat : 0;
    }

    function _maxEnvelope(uint256 tenderId, uint256 stage) internal view override returns (uint256) {
        return Envelope.HEADER + BALLOT_HEAD + _rounds[tenderId][stage - BALLOTS].bidders;
    }

    /// @dev Plaintext: seat(4) reasons(32) signature(65) marks(one byte per bidder, in order of opening).
    function _record(uint256 tenderId, uint256 stage, uint256 index, bytes memory plaintext, uint48)
        internal
        override
        returns (Void)
    {
        uint256 round = stage - BALLOTS;
        Round storage r = _rounds[tenderId][round];
        (uint16 voted, uint8 ballots, bool scored) = (r.voted, r.ballots, r.question == Question.QUALITY);
        if (plaintext.length != BALLOT_HEAD + r.bidders) return Void.LENGTH;
        uint32 seat = uint32(bytes4(Envelope.word(plaintext, 0)));
        bytes32 reasons = Envelope.word(plaintext, 4);
        bytes memory marks = Marks.slice(plaintext, BALLOT_HEAD);
        // a place that nobody took holds 0, which is no seat
        uint256 place = seat == 0 ? type(uint256).max : Panel.find(_panels[tenderId][round], seat);
        if (place == type(uint256).max) return Void.SEAT;
        {
            bytes32 digest = _hashTypedDataV4(
                keccak256(abi.encode(CAST_BALLOT_TYPEHASH, tenderId, round, seat, reasons, keccak256(marks)))
            );
            address account = CONSORTIUM.accountAt(seat, r.frozenAt);
            if (!_isSigned(digest, account, plaintext, 36)) return Void.SIGNATURE;
        }
        uint16 bit = uint16(1 << place);
        if (voted & bit != 0) return Void.REPEATED;
        if (!Marks.valid(marks, scored)) return Void.MARKS;

        (r.voted, r.ballots) = (voted | bit, ballots + 1);
        _marks[tenderId][round].add(marks, scored);
        emit BallotOpened(tenderId, round, seat, index, reasons, marks);
        return Void.NONE;
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _pool(uint32 buyer, uint48 time) private view returns (Panel.Pool memory) {
        return Panel.Pool(CONSORTIUM, time, buyer, new uint32[](0));
    }

    function _wanted(Rule memory rule) private pure returns (uint8[3] memory) {
        return [rule.agencies, rule.auditors, rule.citizens];
    }

    /// @dev `lot` is the place of the tender within its procurement.
    function _seedOf(uint256 tenderId, uint256 lot, uint256 round) private view returns (bytes32) {
        if (round != 0) return _seed(SealedBox(this), tenderId, BALLOTS + round - 1, round);
        uint256 first = _firstLot(tenderId, lot);
        return _seed(TENDERS, first, TENDERS.firstStage(first), 0);
    }

    function _seed(SealedBox box, uint256 tenderId, uint256 stage, uint256 round) private view returns (bytes32) {
        return Panel.seed(box.secretOf(tenderId, stage), box.accumulator(tenderId, stage), tenderId, round);
    }

    /// @dev The lot whose secret draws the panel for all that close with it: the first that was not cancelled and whose
    /// secret was not withheld.
    function _firstLot(uint256 tenderId, uint256 lot) private view returns (uint256 first) {
        if (lot == 0) return tenderId;
        uint48 closesAt = TENDERS.closesAt(tenderId);
        for (first = tenderId - lot; first < tenderId; ++first) {
            uint256 stage = TENDERS.firstStage(first);
            SealedBox.Box memory box = TENDERS.boxOf(first, stage);
            if (box.shut || box.closesAt != closesAt || TENDERS.isWithheld(first, stage)) continue;
            require(TENDERS.secretOf(first, stage) != 0, BallotsFirstLotSealed(tenderId, first));
            return first;
        }
    }
}
