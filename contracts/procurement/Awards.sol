// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule, Rules} from "../governance/Rules.sol";
import {ACT, Participants} from "../identity/Participants.sol";
import {OpeningKeys} from "../sealing/OpeningKeys.sol";
import {SealedBox} from "../sealing/SealedBox.sol";
import {Ballots, Question} from "./Ballots.sol";
import {IAwards, ISecurities} from "./Bids.sol";
import {Marks} from "./Marks.sol";
import {Ranking} from "./Ranking.sol";
import {Tenders} from "./Tenders.sol";
import {Failure, Method, Phase, Terms} from "./Terms.sol";

/// @notice What a review panel may order.
enum Remedy {
    NONE, // the award stands
    RE_EVALUATE, // a new panel, new ballots
    EXCLUDE, // the winner; the bids are ranked again without it
    CANCEL
}

/// @title IAgreements
/// @notice What `Awards` asks of the contract that keeps signed agreements.
interface IAgreements {
    function isSigned(uint256 tenderId) external view returns (bool);
    /// @notice The performance security that the winner of a tender secures at signing; 0: none.
    function securityFor(uint256 tenderId) external view returns (uint128);
}

/// @title IReviews
/// @notice What `Awards` asks of the contract that decides complaints.
interface IReviews {
    /// @notice Complaints about the `award`-th ranking of a tender that are not decided.
    function openComplaints(uint256 tenderId, uint256 award) external view returns (uint256);
}

/// @title Awards
/// @notice From opened bids to the award: ballots, ranking, standstill, and what follows when a complaint is upheld or the
/// winner does not sign.
/// @dev Bids are compared in chunks that anyone sends, in as many passes as the method needs; an exclusion begins them
/// again. Nothing is kept in order, so a ranking costs what the tender's own bids cost.
contract Awards is IAwards {
    /// @notice What the next chunk of a ranking does.
    enum Pass {
        BEST,
        QUALITY, // QUALITY_PRICE: whether a proposal reaches the threshold, while prices are sealed
        LOWEST // QUALITY_PRICE: the lowest price of the bids left
    }

    struct Award {
        // slot 0
        uint8 rounds; // of ballots, begun
        uint8 attempts; // rounds for the present question; 0: its panel is not drawn yet
        Question question; // that the next or present round answers
        uint8 bidsRound; // the last round that judged bids or proposals
        uint8 lowRound; // 1 + the last round about abnormally low prices; 0: none
        uint8 rankings; // completed with a winner
        bool unacceptable; // no bid was
        bool accepted; // by the winner
        bool cancelled; // by a review
        Pass pass;
        uint24 ranked; // bids compared in it
        uint24 best; // 1 + position of the best bid so far; 0: none
        uint40 qualityDecidedAt; // QUALITY_PRICE
        uint40 standstillEndsAt; // 0 until the ranking is complete
        uint40 signBy; // last second for signing; 0 until awarded
        // slot 1: lowest, and what rule and terms say
        uint128 lowest; // QUALITY_PRICE: lowest price compared; 0 until it is found
        uint32 standstillPeriod;
        uint32 signingPeriod;
        uint16 underEstimate;
        uint16 underMean;
        uint16 weight;
        uint8 threshold;
        Method method;
    }

    /// @notice How long after the last moment for a release a panel may be drawn; after that the tender is unsuccessful.
    uint48 public constant DRAWING_PERIOD = 7 days;
    /// @notice A round without quorum is repeated once.
    uint256 public constant MAX_ATTEMPTS = 2;

    Participants public immutable PARTICIPANTS;
    Tenders public immutable TENDERS;
    Ballots public immutable BALLOTS;
    Rules public immutable RULES;
    IAgreements public immutable AGREEMENTS;
    IReviews public immutable REVIEWS;
    ISecurities public immutable SECURITIES;

    mapping(uint256 tenderId => Award) private _awards;
    /// @dev Bit position % 256: the bid there is excluded.
    mapping(uint256 tenderId => mapping(uint256 word => uint256)) private _excluded;

    event BidsRanked(uint256 indexed tenderId, uint256 indexed round, uint32 ranked, uint32 best, uint128 lowest);
    event QualityDecided(uint256 indexed tenderId, uint256 indexed round, uint48 decidedAt);
    event LowestPriceFound(uint256 indexed tenderId, uint256 indexed round, uint128 lowest);
    event AbnormallyLow(uint256 indexed tenderId, uint32 indexed organisation, uint256 position, uint128 price);
    event LowPricesQuestioned(uint256 indexed tenderId, uint128 lowest);
    event StandstillStarted(
        uint256 indexed tenderId, uint32 indexed organisation, uint256 position, uint128 price, uint48 endsAt
    );
    event NoBidAcceptable(uint256 indexed tenderId);
    event Awarded(uint256 indexed tenderId, uint32 indexed organisation, uint128 price, uint48 signBy);
    event AwardAccepted(uint256 indexed tenderId, uint32 indexed organisation, address by);
    event WinnerPassedOver(uint256 indexed tenderId, uint32 indexed organisation, uint256 position);
    event RemedyOrdered(uint256 indexed tenderId, Remedy remedy, uint32 indexed organisation, uint256 position);

    error AwardsTerms(uint256 tenderId);
    error AwardsPhase(uint256 tenderId, Phase phase);
    error AwardsRoundRunning(uint256 tenderId, uint256 round);
    error AwardsNotEvaluated(uint256 tenderId, uint256 round);
    error AwardsRanked(uint256 tenderId);
    error AwardsNothingToRank();
    error AwardsNotLow(uint256 tenderId, uint256 position);
    error AwardsStandstill(uint256 tenderId, uint48 endsAt);
    error AwardsComplaints(uint256 tenderId, uint256 open);
    error AwardsNotTheWinner(uint256 tenderId, address account);
    error AwardsAlreadyAccepted(uint256 tenderId);
    error AwardsNotPassable(uint256 tenderId);
    error AwardsOnlyReviews(address account);

    constructor(
        Participants participants,
        Rules rules,
        Tenders tenders,
        Ballots ballots,
        IAgreements agreements,
        IReviews reviews,
        ISecurities securities
    ) {
        PARTICIPANTS = participants;
        RULES = rules;
        TENDERS = tenders;
        BALLOTS = ballots;
        AGREEMENTS = agreements;
        REVIEWS = reviews;
        SECURITIES = securities;
    }

    // ────────────────────────────── evaluation ───────────────────────────────

    /// @notice Draws the panel of the next round and opens its ballot box under the key of `claim`. Anyone may.
    /// @dev Requirements: the bids are open and enough count; a question waits for its round, or its first one ended
    /// without quorum; the terms of the tender. The seed is the secret that opened the box before: nobody could know it
    /// while seats could still change. Lots that close together share the first panel.
    function draw(uint256 tenderId, Terms calldata terms, OpeningKeys.Claim calldata claim) external {
        _inPhase(tenderId, Phase.EVALUATION);
        Award storage award = _awards[tenderId];
        uint256 round = award.rounds;
        // not `require`: it computes the arguments of its error also when it passes
        if (award.attempts != 0 && BALLOTS.outcomeOf(tenderId, round - 1) != Ballots.Outcome.NO_QUORUM) {
            revert AwardsRoundRunning(tenderId, round - 1);
        }
        Tenders.Tender memory tender = TENDERS.tenderOf(tenderId);
        require(keccak256(abi.encode(terms)) == tender.termsHash, AwardsTerms(tenderId));
        Rule memory rule = RULES.ruleOf(tender.rule);
        if (round == 0) _begin(award, terms, rule);

        Question question = award.question;
        award.rounds = uint8(round + 1);
        ++award.attempts;
        if (question == Question.LOW_PRICES) award.lowRound = uint8(round + 1);
        else award.bidsRound = uint8(round);
        uint48 closesAt = uint48(block.timestamp) + terms.evaluationPeriod;
        BALLOTS.draw(tenderId, tender, rule, round, question, closesAt, claim);
    }

    /// @notice Says publicly that the bid at `position` is abnormally low by the rule of the tender. Anyone may.
    /// @dev Requirements: its price is open. What the panel must answer follows from the price, not from this event.
    function flag(uint256 tenderId, uint256 position) external {
        Tenders.Tender memory tender = TENDERS.tenderOf(tenderId);
        Rule memory rule = RULES.ruleOf(tender.rule);
        (uint32 organisation, uint128 price,) = TENDERS.bidAt(tenderId, position);
        require(
            _counts(price) && _isLow(tender, price, rule.abnormalUnderEstimate, rule.abnormalUnderMean),
            AwardsNotLow(tenderId, position)
        );
        _inPhase(tenderId, Phase.EVALUATION);
        emit AbnormallyLow(tenderId, organisation, position, price);
    }

    /// @notice Compares the next `most` bids by the ballots that reached quorum. Anyone may, in chunks.
    /// @dev LOWEST_PRICE: one pass; the lowest price among responsive bids wins. QUALITY_PRICE: a pass over the marks, which
    /// lets the prices open if a proposal reaches the threshold; when they are open a pass for the lowest price among
    /// the bids left, and one for the scores; where a price is abnormally low, a panel is asked between the two. Of equal
    /// bids the lower price, then the lowest keccak256(panel seed, organisation). After the last bid the standstill
    /// starts, or the tender is unsuccessful.
    function rank(uint256 tenderId, uint256 most) external {
        Award storage award = _awards[tenderId];
        require(award.standstillEndsAt == 0, AwardsRanked(tenderId));
        _inPhase(tenderId, Phase.EVALUATION);
        Award memory present = award;
        uint256 round = present.rounds == 0 ? 0 : present.rounds - 1;
        require(
            present.attempts != 0 && BALLOTS.outcomeOf(tenderId, round) == Ballots.Outcome.VALID,
            AwardsNotEvaluated(tenderId, round)
        );
        require(most != 0, AwardsNothingToRank());

        uint256 bidders = TENDERS.bidderCount(tenderId);
        uint256 from = present.ranked;
        uint256 upTo = most < bidders - from ? from + most : bidders;
        Candidate memory best = _compare(tenderId, present, from, upTo);
        (award.ranked, award.best) = (uint24(upTo), present.best);
        if (present.pass == Pass.LOWEST) award.lowest = present.lowest;
        emit BidsRanked(tenderId, present.bidsRound, uint32(upTo), present.best, present.lowest);
        if (upTo == bidders) _complete(tenderId, award, present, best);
    }

    /// @notice Awards to the best bid once the standstill is over and no complaint is open. Anyone may.
    function finalise(uint256 tenderId) external {
        _inPhase(tenderId, Phase.STANDSTILL);
        Award storage award = _awards[tenderId];
        require(block.timestamp >= award.standstillEndsAt, AwardsStandstill(tenderId, award.standstillEndsAt));
        uint256 open = REVIEWS.openComplaints(tenderId, award.rankings);
        require(open == 0, AwardsComplaints(tenderId, open));
        (uint32 organisation, uint128 price,) = TENDERS.bidAt(tenderId, award.best - 1);
        uint40 signBy = uint40(block.timestamp) + award.signingPeriod;
        award.signBy = signBy;
        emit Awarded(tenderId, organisation, price, signBy);
    }

    /// @notice The winner says that it is ready to sign, so that it is not passed over if the buyer does not.
    /// @dev Requirements: an account of the winner; the terms of the tender; its performance security is there, and is set
    /// aside.
    function accept(uint256 tenderId, Terms calldata terms) external {
        _inPhase(tenderId, Phase.AWARDED);
        Award storage award = _awards[tenderId];
        (uint32 organisation,,) = TENDERS.bidAt(tenderId, award.best - 1);
        require(PARTICIPANTS.servedBy(msg.sender, ACT) == organisation, AwardsNotTheWinner(tenderId, msg.sender));
        require(!award.accepted, AwardsAlreadyAccepted(tenderId));
        require(keccak256(abi.encode(terms)) == TENDERS.tenderOf(tenderId).termsHash, AwardsTerms(tenderId));
        award.accepted = true;
        emit AwardAccepted(tenderId, organisation, msg.sender);
        uint128 security = AGREEMENTS.securityFor(tenderId);
        if (security != 0) SECURITIES.secure(tenderId, organisation, terms.currency, security);
    }

    /// @notice Passes over a winner that neither signed nor accepted in time: its bid security is forfeited, and the bids are
    /// ranked again without it. Anyone may.
    function passOver(uint256 tenderId) external {
        _inPhase(tenderId, Phase.EVALUATION);
        Award storage award = _awards[tenderId];
        require(award.signBy != 0, AwardsNotPassable(tenderId));
        (uint32 organisation, uint256 position) = _exclude(tenderId, award);
        emit WinnerPassedOver(tenderId, organisation, position);
        uint256 security = TENDERS.securityOf(tenderId);
        if (security != 0) SECURITIES.forfeit(tenderId, organisation, uint128(security));
    }

    /// @notice What a review panel ordered. `Reviews` alone, while the standstill lasts.
    function remedy(uint256 tenderId, Remedy ordered) external {
        require(msg.sender == address(REVIEWS), AwardsOnlyReviews(msg.sender));
        _inPhase(tenderId, Phase.STANDSTILL);
        Award storage award = _awards[tenderId];
        uint256 position = award.best - 1;
        (uint32 organisation,,) = TENDERS.bidAt(tenderId, position);
        if (ordered == Remedy.CANCEL) {
            award.cancelled = true;
        } else if (ordered == Remedy.EXCLUDE) {
            _exclude(tenderId, award);
        } else if (ordered == Remedy.RE_EVALUATE) {
            _ask(award, award.method == Method.QUALITY_PRICE ? Question.QUALITY : Question.RESPONSIVENESS);
            award.lowRound = 0;
        }
        emit RemedyOrdered(tenderId, ordered, organisation, position);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @inheritdoc IAwards
    function phase(uint256 tenderId) external view returns (Phase present) {
        (present,) = standing(tenderId);
    }

    /// @notice Where a tender stands, and why if it is unsuccessful.
    function standing(uint256 tenderId) public view returns (Phase, Failure) {
        Award storage award = _awards[tenderId];
        if (award.rounds == 0) return _bidding(tenderId);
        // a panel was drawn: what the bids decide is decided for ever
        if (award.cancelled) return (Phase.CANCELLED, Failure.NONE);
        if (award.unacceptable) return (Phase.UNSUCCESSFUL, Failure.NO_BID_ACCEPTABLE);
        if (award.signBy != 0) {
            if (AGREEMENTS.isSigned(tenderId)) return (Phase.CONTRACTED, Failure.NONE);
            if (block.timestamp <= award.signBy) return (Phase.AWARDED, Failure.NONE);
            return award.accepted ? (Phase.UNSUCCESSFUL, Failure.NOT_SIGNED) : (Phase.EVALUATION, Failure.NONE);
        }
        if (award.standstillEndsAt != 0) return (Phase.STANDSTILL, Failure.NONE);
        // a question that came up later waits: the bids are no secret any more, and anyone may draw
        return award.attempts == 0 ? (Phase.EVALUATION, Failure.NONE) : _evaluating(tenderId, award);
    }

    /// @inheritdoc IAwards
    function qualityDecidedAt(uint256 tenderId) external view returns (uint48) {
        return _awards[tenderId].qualityDecidedAt;
    }

    function awardOf(uint256 tenderId) external view returns (Award memory) {
        return _awards[tenderId];
    }

    /// @notice The organisation and price that the award stands for; zeros until the ranking is complete.
    function winnerOf(uint256 tenderId) external view returns (uint32 organisation, uint128 price) {
        Award storage award = _awards[tenderId];
        if (award.standstillEndsAt != 0) (organisation, price,) = TENDERS.bidAt(tenderId, award.best - 1);
    }

    /// @notice Whether the price of the winner is abnormally low by the rule of the tender; false until there is one.
    function isWinnerLow(uint256 tenderId) external view returns (bool) {
        Award storage award = _awards[tenderId];
        if (award.standstillEndsAt == 0) return false;
        (, uint128 price,) = TENDERS.bidAt(tenderId, award.best - 1);
        return _isLow(TENDERS.tenderOf(tenderId), price, award.underEstimate, award.underMean);
    }

    function isExcluded(uint256 tenderId, uint256 position) public view returns (bool) {
        return _excluded[tenderId][position / 256] >> (position % 256) & 1 == 1;
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev A bid that may win.
    struct Candidate {
        uint32 organisation;
        uint128 price;
        uint256 score; // QUALITY_PRICE
    }

    /// @dev Compares the bids from `from` to just before `upTo`; what comes of it is in `award`.
    /// @return best What stands at `award.best` in the pass for it.
    function _compare(uint256 tenderId, Award memory award, uint256 from, uint256 upTo)
        private
        view
        returns (Candidate memory best)
    {
        uint32[] memory marks = BALLOTS.marksOf(tenderId, award.bidsRound, from, upTo);
        if (award.pass == Pass.QUALITY) {
            for (uint256 i = 0; i < marks.length && award.best == 0; ++i) {
                if (_passes(award, marks[i])) award.best = uint24(from + i + 1);
            }
            return best;
        }
        Tenders.Tender memory tender;
        if (award.underEstimate | award.underMean != 0) tender = TENDERS.tenderOf(tenderId);
        uint32[] memory answers;
        if (award.lowRound != 0) answers = BALLOTS.marksOf(tenderId, award.lowRound - 1, from, upTo);
        if (award.best != 0) best = _best(tenderId, award);
        bytes32 seed; // read at the first tie: every bid may be one
        for (uint256 position = from; position < upTo; ++position) {
            // nobody is excluded before a ranking is complete
            if (award.rankings != 0 && isExcluded(tenderId, position)) continue;
            Candidate memory c;
            (c.organisation, c.price,) = TENDERS.bidAt(tenderId, position);
            if (!_counts(c.price)) continue; // withdrawn, or a proposal without a price
            uint32 bits = marks[position - from];
            bool low = _isLow(tender, c.price, award.underEstimate, award.underMean);
            if (award.method == Method.LOWEST_PRICE) {
                if (!Marks.responsive(bits, low)) continue;
            } else {
                if (!_passes(award, bits)) continue;
                if (low && answers.length != 0 && !Marks.responsive(answers[position - from], true)) continue;
                c.score = _score(award, bits, c.price);
            }
            if (award.pass == Pass.LOWEST) {
                if (award.lowest == 0 || c.price < award.lowest) award.lowest = c.price;
                continue;
            }
            bool tied = award.best != 0 && c.score == best.score && c.price == best.price;
            if (tied && seed == 0) seed = BALLOTS.seedOf(tenderId, award.bidsRound);
            if (award.best == 0 || _isBetter(c, best, seed)) (award.best, best) = (uint24(position + 1), c);
        }
    }

    /// @dev The best bid so far.
    function _best(uint256 tenderId, Award memory award) private view returns (Candidate memory c) {
        uint256 position = award.best - 1;
        (c.organisation, c.price,) = TENDERS.bidAt(tenderId, position);
        if (award.method == Method.QUALITY_PRICE) {
            c.score = _score(award, BALLOTS.marksOf(tenderId, award.bidsRound, position, position + 1)[0], c.price);
        }
    }

    function _passes(Award memory award, uint32 bits) private pure returns (bool) {
        Marks.Scores memory scores = Marks.scores(bits);
        return Ranking.passes(scores.sum, scores.count, award.threshold);
    }

    function _score(Award memory award, uint32 bits, uint128 price) private pure returns (uint256) {
        Marks.Scores memory scores = Marks.scores(bits);
        return Ranking.score(scores.sum, scores.count, award.weight, award.lowest, price);
    }

    /// @dev What follows when the last bid of a pass is compared.
    function _complete(uint256 tenderId, Award storage award, Award memory present, Candidate memory best) private {
        if (present.pass == Pass.LOWEST ? present.lowest == 0 : present.best == 0) {
            award.unacceptable = true;
            emit NoBidAcceptable(tenderId);
        } else if (present.pass == Pass.QUALITY) {
            (award.pass, award.ranked, award.best) = (Pass.LOWEST, 0, 0);
            award.qualityDecidedAt = uint40(block.timestamp);
            emit QualityDecided(tenderId, present.bidsRound, uint48(block.timestamp));
        } else if (present.pass == Pass.LOWEST) {
            if (_mustAnswer(tenderId, present)) {
                _ask(award, Question.LOW_PRICES);
                emit LowPricesQuestioned(tenderId, present.lowest);
                return;
            }
            (award.pass, award.ranked) = (Pass.BEST, 0);
            emit LowestPriceFound(tenderId, present.bidsRound, present.lowest);
        } else {
            uint256 position = present.best - 1;
            uint40 endsAt = uint40(block.timestamp) + present.standstillPeriod;
            award.standstillEndsAt = endsAt;
            ++award.rankings;
            emit StandstillStarted(tenderId, best.organisation, position, best.price, endsAt);
        }
    }

    /// @dev Whether a panel has yet to say which abnormally low prices are acceptable: if any price left is, the lowest is,
    /// and every score hangs on that one. One envelope asks for it on the ballots themselves.
    function _mustAnswer(uint256 tenderId, Award memory award) private view returns (bool) {
        return award.lowRound == 0 && award.underEstimate | award.underMean != 0
            && _isLow(TENDERS.tenderOf(tenderId), award.lowest, award.underEstimate, award.underMean);
    }

    function _isBetter(Candidate memory a, Candidate memory b, bytes32 seed) private pure returns (bool) {
        if (a.score != b.score) return a.score > b.score;
        if (a.price != b.price) return a.price < b.price;
        return keccak256(abi.encode(seed, a.organisation)) < keccak256(abi.encode(seed, b.organisation));
    }

    function _counts(uint128 price) private pure returns (bool) {
        return price != 0 && price != type(uint128).max;
    }

    function _isLow(Tenders.Tender memory tender, uint128 price, uint16 underEstimate, uint16 underMean)
        private
        pure
        returns (bool)
    {
        return Ranking.isLow(price, tender.ceiling, tender.priceSum, tender.prices, underEstimate, underMean);
    }

    /// @dev Takes the winner out; the bids left are ranked again.
    function _exclude(uint256 tenderId, Award storage award) private returns (uint32 organisation, uint256 position) {
        position = award.best - 1;
        (organisation,,) = TENDERS.bidAt(tenderId, position);
        _excluded[tenderId][position / 256] |= 1 << (position % 256);
        _rankAgain(award);
    }

    /// @dev A question whose panel is to be drawn.
    function _ask(Award storage award, Question question) private {
        (award.question, award.attempts) = (question, 0);
        _rankAgain(award);
    }

    function _rankAgain(Award storage award) private {
        award.pass = award.method == Method.QUALITY_PRICE ? Pass.LOWEST : Pass.BEST;
        (award.ranked, award.best, award.standstillEndsAt, award.signBy) = (0, 0, 0, 0);
        award.lowest = 0;
    }

    function _inPhase(uint256 tenderId, Phase wanted) private view {
        (Phase present,) = standing(tenderId);
        require(present == wanted, AwardsPhase(tenderId, present));
    }

    /// @dev Where a tender stands until its first panel is drawn.
    function _bidding(uint256 tenderId) private view returns (Phase present, Failure) {
        present = TENDERS.phase(tenderId);
        if (present == Phase.EVALUATION) return _drawBy(TENDERS.closesAt(tenderId));
        if (present != Phase.UNSUCCESSFUL) return (present, Failure.NONE);
        bool withheld = TENDERS.secretOf(tenderId, TENDERS.firstStage(tenderId)) == 0;
        return (present, withheld ? Failure.WITHHELD : Failure.TOO_FEW_BIDS);
    }

    /// @dev Where a tender stands between the draw of a panel and the end of the ranking.
    function _evaluating(uint256 tenderId, Award storage award) private view returns (Phase, Failure) {
        uint256 round = award.rounds - 1;
        Ballots.Outcome outcome = BALLOTS.outcomeOf(tenderId, round);
        if (outcome == Ballots.Outcome.WITHHELD) return (Phase.UNSUCCESSFUL, Failure.WITHHELD);
        if (outcome == Ballots.Outcome.NO_QUORUM) {
            return award.attempts == MAX_ATTEMPTS
                ? (Phase.UNSUCCESSFUL, Failure.NO_QUORUM)
                : _drawBy(BALLOTS.boxOf(tenderId, BALLOTS.BALLOTS() + round).closesAt);
        }
        if (award.qualityDecidedAt != 0) {
            uint256 prices = TENDERS.PRICES();
            if (TENDERS.isWithheld(tenderId, prices)) return (Phase.UNSUCCESSFUL, Failure.WITHHELD);
            if (!TENDERS.isOpened(tenderId, prices)) return (Phase.PRICE_OPENING, Failure.NONE);
        }
        return (Phase.EVALUATION, Failure.NONE);
    }

    /// @dev EVALUATION while a panel may still be drawn after the opening of a box, else UNSUCCESSFUL.
    function _drawBy(uint48 closedAt) private view returns (Phase, Failure) {
        return block.timestamp < closedAt + TENDERS.GRACE() + DRAWING_PERIOD
            ? (Phase.EVALUATION, Failure.NONE)
            : (Phase.UNSUCCESSFUL, Failure.NOT_DRAWN);
    }

    /// @dev What the evaluation of a tender needs of its terms and rule.
    function _begin(Award storage award, Terms calldata terms, Rule memory rule) private {
        award.method = terms.method;
        if (terms.method == Method.QUALITY_PRICE) (award.question, award.pass) = (Question.QUALITY, Pass.QUALITY);
        (award.weight, award.threshold) = (terms.weight, terms.threshold);
        (award.standstillPeriod, award.signingPeriod) = (rule.standstillPeriod, rule.signingPeriod);
        (award.underEstimate, award.underMean) = (rule.abnormalUnderEstimate, rule.abnormalUnderMean);
    }
}
