// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Consortium} from "../governance/Consortium.sol";
import {Participants} from "../identity/Participants.sol";
import {Envelope, Void} from "../sealing/Envelope.sol";
import {OpeningKeys} from "../sealing/OpeningKeys.sol";
import {SealedBox} from "../sealing/SealedBox.sol";
import {Marks} from "./Marks.sol";
import {Panel} from "./Panel.sol";
import {Phase, Terms} from "./Terms.sol";
import {Tenders} from "./Tenders.sol";

/// @title IAgreements
/// @notice What `Awards` asks of the contract that keeps signed agreements.
interface IAgreements {
    function isSigned(uint256 tenderId) external view returns (bool);
}

/// @title Awards
/// @notice From opened bids to the award: a panel drawn by the released secret, sealed ballots, ranking, standstill.
/// @dev Ballots are the sealed messages of stage 16 + round. Seats, accounts and exclusions are those as of the closing of
/// the tender, so nothing that is still open when the secret comes out decides who sits or what counts.
contract Awards is SealedBox, EIP712 {
    using Marks for mapping(uint256 => uint256);

    struct Award {
        // slot 0
        uint8 rounds; // evaluations begun
        uint8 quorum;
        uint32 standstillPeriod;
        uint32 signingPeriod;
        uint32 ranked; // bids compared so far
        uint32 best; // 1 + position of the best bid so far; 0: none
        uint48 standstillEndsAt; // 0 until the ranking is complete
        uint48 signBy; // last second for signing; 0 until awarded
    }

    struct Round {
        // slot 0
        uint48 frozenAt; // closing of the tender, as of which seats vote
        uint32 bidders; // marks in a ballot
        uint16 voted; // bit i: the i-th seat of the panel has voted
        uint8 ballots; // that count
    }

    /// @notice The stage of the ballots of round 0; later rounds follow.
    uint256 public constant BALLOTS = 16;
    /// @notice How long after the last moment for a release a panel may be drawn; after that the tender is unsuccessful.
    uint48 public constant DRAWING_PERIOD = 7 days;
    /// @notice An evaluation without quorum is repeated once.
    uint256 public constant MAX_ROUNDS = 2;
    /// @notice Bytes of a ballot before its marks: seat(4) reasons(32) signature(65).
    uint256 public constant BALLOT_HEAD = 101;

    bytes32 public constant CAST_BALLOT_TYPEHASH =
        keccak256("CastBallot(uint256 tenderId,uint32 round,uint32 seat,bytes32 reasons,bytes marks)");

    Tenders public immutable TENDERS;
    Consortium public immutable CONSORTIUM;
    IAgreements public immutable AGREEMENTS;

    mapping(uint256 tenderId => Award) private _awards;
    mapping(uint256 tenderId => mapping(uint256 round => Round)) private _rounds;
    mapping(uint256 tenderId => mapping(uint256 round => uint32[])) private _panels;
    mapping(uint256 tenderId => mapping(uint256 round => mapping(uint256 word => uint256))) private _marks;

    event PanelDrawn(
        uint256 indexed tenderId, uint256 indexed round, bytes32 seed, uint32[] seats, uint32 bidders, uint48 closesAt
    );
    event BallotOpened(
        uint256 indexed tenderId,
        uint256 indexed round,
        uint32 indexed seat,
        uint256 index,
        bytes32 reasons,
        bytes marks
    );
    event BidsRanked(uint256 indexed tenderId, uint256 indexed round, uint32 ranked, uint32 best);
    event StandstillStarted(
        uint256 indexed tenderId, uint32 indexed organisation, uint256 position, uint128 price, uint48 endsAt
    );
    event NoBidAcceptable(uint256 indexed tenderId);
    event Awarded(uint256 indexed tenderId, uint32 indexed organisation, uint128 price, uint48 signBy);

    error AwardsTerms(uint256 tenderId);
    error AwardsPhase(uint256 tenderId, Phase phase);
    error AwardsRoundRunning(uint256 tenderId, uint256 round);
    error AwardsNotEvaluated(uint256 tenderId, uint256 round);
    error AwardsRanked(uint256 tenderId);
    error AwardsNothingToRank();
    error AwardsStandstill(uint256 tenderId, uint48 endsAt);

    constructor(
        Participants participants,
        OpeningKeys openingKeys,
        Consortium consortium,
        Tenders tenders,
        IAgreements agreements
    ) SealedBox(participants, openingKeys, 8) EIP712("Terang Awards", "1") {
        CONSORTIUM = consortium;
        TENDERS = tenders;
        AGREEMENTS = agreements;
    }

    // ────────────────────────────── evaluation ───────────────────────────────

    /// @notice Draws the panel of the next round and opens its ballot box under the key of `claim`. Anyone may.
    /// @dev Requirements: the bids are open and enough count; no round yet, or the first one ended without quorum; the
    /// terms of the tender. The seed is the secret that opened the box before: nobody could know it while seats could
    /// still change.
    function draw(uint256 tenderId, Terms calldata terms, OpeningKeys.Claim calldata claim) external {
        Phase present = phase(tenderId);
        require(present == Phase.EVALUATION, AwardsPhase(tenderId, present));
        Award storage award = _awards[tenderId];
        uint256 round = award.rounds;
        // not `require`: it computes the arguments of its error also when it passes
        if (round != 0 && !_lacksQuorum(tenderId, round - 1)) revert AwardsRoundRunning(tenderId, round - 1);
        Tenders.Tender memory tender = TENDERS.tenderOf(tenderId);
        require(keccak256(abi.encode(terms)) == tender.termsHash, AwardsTerms(tenderId));

        uint48 frozenAt = TENDERS.boxOf(tenderId, 0).closesAt;
        bytes32 seed = _seed(tenderId, round);
        uint32[] memory seats = Panel.draw(CONSORTIUM, seed, terms.panel, frozenAt, tender.buyer);
        uint32 bidders = uint32(TENDERS.bidderCount(tenderId));
        award.rounds = uint8(round + 1);
        award.quorum = terms.quorum;
        award.standstillPeriod = terms.standstillPeriod;
        award.signingPeriod = terms.signingPeriod;
        _rounds[tenderId][round] = Round(frozenAt, bidders, 0, 0);
        _panels[tenderId][round] = seats;
        uint48 closesAt = uint48(block.timestamp) + terms.evaluationPeriod;
        emit PanelDrawn(tenderId, round, seed, seats, bidders, closesAt);
        _prepare(tenderId, BALLOTS + round, closesAt, claim);
    }

    /// @notice Compares the next `most` bids by the ballots of the round that reached quorum. Anyone may, in chunks.
    /// @dev The lowest price among responsive bids wins; of equal prices the lowest keccak256(seed, organisation). After
    /// the last bid the standstill starts, or the tender is unsuccessful.
    function rank(uint256 tenderId, uint256 most) external {
        Award storage award = _awards[tenderId];
        require(award.standstillEndsAt == 0, AwardsRanked(tenderId));
        Phase present = phase(tenderId);
        require(present == Phase.EVALUATION, AwardsPhase(tenderId, present));
        require(award.rounds != 0, AwardsNotEvaluated(tenderId, 0));
        uint256 round = award.rounds - 1;
        require(
            isOpened(tenderId, BALLOTS + round) && !_lacksQuorum(tenderId, round), AwardsNotEvaluated(tenderId, round)
        );
        require(most != 0, AwardsNothingToRank());

        uint256 bidders = _rounds[tenderId][round].bidders;
        uint256 from = award.ranked;
        uint256 upTo = most < bidders - from ? from + most : bidders;
        uint256 best = _best(tenderId, round, from, upTo, award.best);
        award.ranked = uint32(upTo);
        award.best = uint32(best);
        emit BidsRanked(tenderId, round, uint32(upTo), uint32(best));
        if (upTo < bidders) return;

        if (best == 0) {
            emit NoBidAcceptable(tenderId);
        } else {
            (uint32 organisation, uint128 price,) = TENDERS.bidAt(tenderId, best - 1);
            uint48 endsAt = uint48(block.timestamp) + award.standstillPeriod;
            award.standstillEndsAt = endsAt;
            emit StandstillStarted(tenderId, organisation, best - 1, price, endsAt);
        }
    }

    /// @notice Awards to the best bid once the standstill is over. Anyone may.
    function finalise(uint256 tenderId) external {
        Phase present = phase(tenderId);
        require(present == Phase.STANDSTILL, AwardsPhase(tenderId, present));
        Award storage award = _awards[tenderId];
        require(block.timestamp >= award.standstillEndsAt, AwardsStandstill(tenderId, award.standstillEndsAt));
        (uint32 organisation, uint128 price,) = TENDERS.bidAt(tenderId, award.best - 1);
        uint48 signBy = uint48(block.timestamp) + award.signingPeriod;
        award.signBy = signBy;
        emit Awarded(tenderId, organisation, price, signBy);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @notice Where a tender stands, over its whole life.
    function phase(uint256 tenderId) public view returns (Phase) {
        Phase before = TENDERS.phase(tenderId);
        Award storage award = _awards[tenderId];
        if (before != Phase.EVALUATION) return before;
        if (award.rounds == 0) return _drawBy(SealedBox(TENDERS), tenderId, 0);
        if (award.signBy != 0) {
            if (AGREEMENTS.isSigned(tenderId)) return Phase.CONTRACTED;
            return block.timestamp <= award.signBy ? Phase.AWARDED : Phase.UNSUCCESSFUL;
        }
        if (award.standstillEndsAt != 0) return Phase.STANDSTILL;

        uint256 round = award.rounds - 1;
        if (isWithheld(tenderId, BALLOTS + round)) return Phase.UNSUCCESSFUL;
        if (_lacksQuorum(tenderId, round)) {
            return award.rounds == MAX_ROUNDS ? Phase.UNSUCCESSFUL : _drawBy(SealedBox(this), tenderId, BALLOTS + round);
        }
        // all bids compared and none acceptable
        return
            award.ranked != 0 && award.ranked == _rounds[tenderId][round].bidders
                ? Phase.UNSUCCESSFUL
                : Phase.EVALUATION;
    }

    function awardOf(uint256 tenderId) external view returns (Award memory) {
        return _awards[tenderId];
    }

    /// @notice The organisation and price that the award stands for; zeros until the ranking is complete.
    function winnerOf(uint256 tenderId) external view returns (uint32 organisation, uint128 price) {
        Award storage award = _awards[tenderId];
        if (award.standstillEndsAt != 0) (organisation, price,) = TENDERS.bidAt(tenderId, award.best - 1);
    }

    function roundOf(uint256 tenderId, uint256 round) external view returns (Round memory) {
        return _rounds[tenderId][round];
    }

    /// @notice The seats on the panel of a round, in the order drawn.
    function panelOf(uint256 tenderId, uint256 round) external view returns (uint32[] memory) {
        return _panels[tenderId][round];
    }

    /// @notice What the ballots of a round say of the bid at `position`.
    function tallyOf(uint256 tenderId, uint256 round, uint256 position) external view returns (Marks.Tally memory) {
        return _marks[tenderId][round].tally(position);
    }

    // ───────────────────────────────── the box ───────────────────────────────

    /// @dev The seat on the panel whose ballots this account signs, whatever has become of the seat since.
    function _principal(uint256 tenderId, uint256 stage, address sender) internal view override returns (uint256) {
        uint256 round = stage - BALLOTS;
        uint32 seat = CONSORTIUM.seatEverHeldBy(sender);
        bool votes = Panel.find(_panels[tenderId][round], seat) != type(uint256).max
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
        Round memory r = _rounds[tenderId][round];
        if (plaintext.length != BALLOT_HEAD + r.bidders) return Void.LENGTH;
        uint32 seat = uint32(bytes4(Envelope.word(plaintext, 0)));
        bytes32 reasons = Envelope.word(plaintext, 4);
        bytes memory marks = Marks.slice(plaintext, BALLOT_HEAD);
        uint256 place = Panel.find(_panels[tenderId][round], seat);
        if (place == type(uint256).max) return Void.SEAT;
        {
            bytes32 digest = _hashTypedDataV4(
                keccak256(abi.encode(CAST_BALLOT_TYPEHASH, tenderId, round, seat, reasons, keccak256(marks)))
            );
            address account = CONSORTIUM.accountAt(seat, r.frozenAt);
            if (!_isSigned(digest, account, plaintext, 36)) return Void.SIGNATURE;
        }
        uint16 bit = uint16(1 << place);
        if (r.voted & bit != 0) return Void.REPEATED;
        if (!Marks.valid(marks)) return Void.MARKS;

        Round storage stored = _rounds[tenderId][round];
        (stored.voted, stored.ballots) = (r.voted | bit, r.ballots + 1);
        _marks[tenderId][round].add(marks);
        emit BallotOpened(tenderId, round, seat, index, reasons, marks);
        return Void.NONE;
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev EVALUATION while a panel may still be drawn after the opening of a box, else UNSUCCESSFUL.
    function _drawBy(SealedBox box, uint256 tenderId, uint256 stage) private view returns (Phase) {
        uint48 until = box.boxOf(tenderId, stage).closesAt + GRACE + DRAWING_PERIOD;
        return block.timestamp < until ? Phase.EVALUATION : Phase.UNSUCCESSFUL;
    }

    /// @dev Whether all ballots of a round are open and too few count.
    function _lacksQuorum(uint256 tenderId, uint256 round) private view returns (bool) {
        return isOpened(tenderId, BALLOTS + round) && _rounds[tenderId][round].ballots < _awards[tenderId].quorum;
    }

    /// @dev 1 + position of the best of the bids from `from` to `upTo` and the best one so far.
    function _best(uint256 tenderId, uint256 round, uint256 from, uint256 upTo, uint256 best)
        private
        view
        returns (uint256)
    {
        uint32 bestOrganisation;
        uint128 bestPrice;
        if (best != 0) (bestOrganisation, bestPrice,) = TENDERS.bidAt(tenderId, best - 1);
        for (uint256 position = from; position < upTo; ++position) {
            if (!_marks[tenderId][round].responsive(position)) continue;
            (uint32 organisation, uint128 price,) = TENDERS.bidAt(tenderId, position);
            if (price == type(uint128).max) continue; // withdrawn
            bool better = best == 0 || price < bestPrice;
            if (!better && price == bestPrice) {
                bytes32 seed = _seed(tenderId, round);
                better = keccak256(abi.encode(seed, organisation)) < keccak256(abi.encode(seed, bestOrganisation));
            }
            if (better) (best, bestOrganisation, bestPrice) = (position + 1, organisation, price);
        }
        return best;
    }

    /// @dev The panel's seed: the secret and the running hash of the box that was opened before the round.
    function _seed(uint256 tenderId, uint256 round) private view returns (bytes32) {
        (SealedBox box, uint256 stage) = round == 0 ? (SealedBox(TENDERS), 0) : (SealedBox(this), BALLOTS + round - 1);
        return Panel.seed(box.secretOf(tenderId, stage), box.accumulator(tenderId, stage), tenderId, round);
    }
}
