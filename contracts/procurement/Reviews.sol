// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Receipts} from "../agreements/Receipts.sol";
import {Consortium} from "../governance/Consortium.sol";
import {Rule, Rules} from "../governance/Rules.sol";
import {ACT, Participants} from "../identity/Participants.sol";
import {Awards, IReviews, Remedy} from "./Awards.sol";
import {Ballots} from "./Ballots.sol";
import {Panel} from "./Panel.sol";
import {Tenders} from "./Tenders.sol";
import {Phase, Terms, WHOLE} from "./Terms.sol";

/// @title Reviews
/// @notice Complaints against an award, decided by auditors and citizens who did not take the decision. They vote openly.
/// @dev While a complaint is open nothing is awarded, and a complaint never stays open: a panel without quorum is drawn
/// again, larger from the third time, and after the last the complaint lapses.
contract Reviews is IReviews, ReentrancyGuardTransient {
    using Receipts for IERC20;
    using SafeERC20 for IERC20;

    enum Status {
        NONE,
        OPEN,
        DECIDED,
        LAPSED, // no panel reached a quorum
        MOOT // the award that it was about is gone
    }

    struct Complaint {
        // slot 0
        uint32 tenderer; // organisation
        uint8 award; // which ranking of the tender, from 1
        Status status;
        Remedy ruling;
        bool abusive;
        uint8 attempts; // panels drawn
        uint8 quorum; // of the present panel
        uint8 votes; // of the present panel
        uint16 voted; // bit i: the i-th seat of the present panel has voted
        uint8[4] rulings; // votes for each remedy
        uint8 abuses; // votes that say it is abusive
        uint48 decideBy; // first second in which the present panel votes no more
        // slot 1
        uint256 tenderId;
        // slot 2
        address token;
        // slot 3
        address depositor;
        // slot 4
        uint128 deposit; // held
    }

    /// @notice Panels drawn for one complaint at most.
    uint256 public constant MAX_ATTEMPTS = 4;
    bytes32 private constant DOMAIN = keccak256("Terang review panel v1");

    Participants public immutable PARTICIPANTS;
    Consortium public immutable CONSORTIUM;
    Rules public immutable RULES;
    Tenders public immutable TENDERS;
    Ballots public immutable BALLOTS;
    Awards public immutable AWARDS;

    uint256 private _complaintCount;
    mapping(uint256 complaintId => Complaint) private _complaints;
    mapping(uint256 complaintId => mapping(uint256 attempt => uint32[])) private _panels;
    mapping(uint256 tenderId => mapping(uint256 award => uint256)) private _open;
    mapping(uint256 tenderId => mapping(uint256 award => mapping(uint32 tenderer => uint256 complaintId))) private
        _complained;

    event ComplaintFiled(
        uint256 indexed complaintId,
        uint256 indexed tenderId,
        uint32 indexed tenderer,
        uint8 award,
        bytes32 grounds,
        address token,
        uint128 deposit,
        address by
    );
    event ReviewPanelDrawn(
        uint256 indexed complaintId, uint256 attempt, bytes32 seed, uint32[] seats, uint8 quorum, uint48 decideBy
    );
    event ReviewVote(
        uint256 indexed complaintId, uint256 attempt, uint32 indexed seat, Remedy ruling, bool abusive, bytes32 reasons
    );
    event ComplaintClosed(
        uint256 indexed complaintId, uint256 indexed tenderId, Status status, Remedy ruling, bool abusive
    );
    event DepositPaid(uint256 indexed complaintId, address indexed to, uint128 amount);

    error ReviewsPhase(uint256 tenderId, Phase phase);
    error ReviewsTooLate(uint256 tenderId, uint48 standstillEndsAt);
    error ReviewsNotATenderer(uint256 tenderId, address account);
    error ReviewsAlreadyComplained(uint256 tenderId, uint256 complaintId);
    error ReviewsTerms(uint256 tenderId);
    error ReviewsGrounds();
    error ReviewsDeposit(uint256 received, uint256 wanted);
    error ReviewsNotOpen(uint256 complaintId, Status status);
    error ReviewsVotingOver(uint256 complaintId, uint48 decideBy);
    error ReviewsNotOnPanel(uint256 complaintId, address account);
    error ReviewsAlreadyVoted(uint256 complaintId, uint32 seat);
    error ReviewsAbusiveRemedy(Remedy ruling);
    error ReviewsVoting(uint256 complaintId, uint48 decideBy);
    error ReviewsStillOpen(uint256 complaintId);
    error ReviewsNoDeposit(uint256 complaintId);
    error ReviewsNotTreasury(address account);

    constructor(
        Participants participants,
        Consortium consortium,
        Rules rules,
        Tenders tenders,
        Ballots ballots,
        Awards awards
    ) {
        PARTICIPANTS = participants;
        CONSORTIUM = consortium;
        RULES = rules;
        TENDERS = tenders;
        BALLOTS = ballots;
        AWARDS = awards;
    }

    // ─────────────────────────────── complaints ──────────────────────────────

    /// @notice Complains against the ranking of a tender, with a deposit, and draws the panel that decides.
    /// @dev Requirements: within the standstill; an account that acts for an organisation with an opened bid, which has
    /// not complained about this ranking; the tender's terms, whose currency the deposit is in; an allowance for it.
    /// @param grounds Hash of the published grounds and evidence.
    function complain(uint256 tenderId, Terms calldata terms, bytes32 grounds)
        external
        nonReentrant
        returns (uint256 complaintId)
    {
        Phase present = AWARDS.phase(tenderId);
        require(present == Phase.STANDSTILL, ReviewsPhase(tenderId, present));
        Awards.Award memory award = AWARDS.awardOf(tenderId);
        require(block.timestamp < award.standstillEndsAt, ReviewsTooLate(tenderId, award.standstillEndsAt));
        uint32 tenderer = PARTICIPANTS.servedBy(msg.sender, ACT);
        require(
            tenderer != 0 && TENDERS.bidOf(tenderId, tenderer).nonce != 0, ReviewsNotATenderer(tenderId, msg.sender)
        );
        uint256 earlier = _complained[tenderId][award.rankings][tenderer];
        require(earlier == 0, ReviewsAlreadyComplained(tenderId, earlier));
        Tenders.Tender memory tender = TENDERS.tenderOf(tenderId);
        require(keccak256(abi.encode(terms)) == tender.termsHash, ReviewsTerms(tenderId));
        require(grounds != 0, ReviewsGrounds());
        Rule memory rule = RULES.ruleOf(tender.rule);

        complaintId = ++_complaintCount;
        _complained[tenderId][award.rankings][tenderer] = complaintId;
        ++_open[tenderId][award.rankings];
        (, uint128 price) = AWARDS.winnerOf(tenderId);
        uint128 deposit = uint128(uint256(price) * rule.complaintDeposit / WHOLE);
        Complaint storage complaint = _complaints[complaintId];
        (complaint.tenderer, complaint.award, complaint.status) = (tenderer, award.rankings, Status.OPEN);
        (complaint.tenderId, complaint.token) = (tenderId, terms.currency);
        (complaint.depositor, complaint.deposit) = (msg.sender, deposit);
        emit ComplaintFiled(
            complaintId, tenderId, tenderer, award.rankings, grounds, terms.currency, deposit, msg.sender
        );
        _drawPanel(complaintId, complaint, tender.buyer, rule, award);
        if (deposit != 0) {
            uint256 received = IERC20(terms.currency).take(deposit);
            require(received == deposit, ReviewsDeposit(received, deposit));
        }
    }

    /// @notice Votes on a complaint, openly. A seat of its present panel votes once.
    /// @param abusive Whether the complaint is abusive; only where it is dismissed.
    /// @param reasons Hash of the published reasons.
    function vote(uint256 complaintId, Remedy ruling, bool abusive, bytes32 reasons) external {
        Complaint storage complaint = _inOpen(complaintId);
        require(block.timestamp < complaint.decideBy, ReviewsVotingOver(complaintId, complaint.decideBy));
        require(!abusive || ruling == Remedy.NONE, ReviewsAbusiveRemedy(ruling));
        uint256 attempt = complaint.attempts - 1;
        uint32 seat = CONSORTIUM.seatEverHeldBy(msg.sender);
        uint256 place = Panel.find(_panels[complaintId][attempt], seat);
        require(
            place != type(uint256).max
                && CONSORTIUM.accountAt(seat, TENDERS.closesAt(complaint.tenderId)) == msg.sender,
            ReviewsNotOnPanel(complaintId, msg.sender)
        );
        uint16 bit = uint16(1 << place);
        require(complaint.voted & bit == 0, ReviewsAlreadyVoted(complaintId, seat));

        complaint.voted |= bit;
        ++complaint.votes;
        ++complaint.rulings[uint8(ruling)];
        if (abusive) ++complaint.abuses;
        emit ReviewVote(complaintId, attempt, seat, ruling, abusive, reasons);
    }

    /// @notice Draws the conclusion from the votes. Anyone may, once every seat has voted or the time is over.
    /// @dev What more than half of the votes order is done; without such a majority the complaint is dismissed. Without
    /// quorum another panel is drawn, or the complaint lapses. One about an award that is gone is moot at any time.
    function decide(uint256 complaintId) external {
        Complaint storage complaint = _inOpen(complaintId);
        uint256 tenderId = complaint.tenderId;
        Awards.Award memory award = AWARDS.awardOf(tenderId);
        if (award.rankings != complaint.award || AWARDS.phase(tenderId) != Phase.STANDSTILL) {
            _close(complaintId, complaint, Status.MOOT);
            return;
        }
        uint256 seats = _panels[complaintId][complaint.attempts - 1].length;
        bool over = block.timestamp >= complaint.decideBy || complaint.votes == seats && seats >= complaint.quorum;
        require(over, ReviewsVoting(complaintId, complaint.decideBy));
        if (complaint.votes >= complaint.quorum) {
            (complaint.ruling, complaint.abusive) = _majority(complaint);
            _close(complaintId, complaint, Status.DECIDED);
            if (complaint.ruling != Remedy.NONE) AWARDS.remedy(tenderId, complaint.ruling);
        } else if (complaint.attempts == MAX_ATTEMPTS) {
            _close(complaintId, complaint, Status.LAPSED);
        } else {
            Tenders.Tender memory tender = TENDERS.tenderOf(tenderId);
            _drawPanel(complaintId, complaint, tender.buyer, RULES.ruleOf(tender.rule), award);
        }
    }

    /// @notice Pays the deposit of a closed complaint back, to the account that gave it; one that was abusive goes to the
    /// treasury that calls.
    function payDeposit(uint256 complaintId) external nonReentrant {
        Complaint storage complaint = _complaints[complaintId];
        require(complaint.status > Status.OPEN, ReviewsStillOpen(complaintId));
        uint128 deposit = complaint.deposit;
        require(deposit != 0, ReviewsNoDeposit(complaintId));
        address to = complaint.depositor;
        if (complaint.abusive) {
            to = msg.sender;
            require(PARTICIPANTS.isLicensed(Participants.Licence.TREASURY, to), ReviewsNotTreasury(to));
        }
        complaint.deposit = 0;
        emit DepositPaid(complaintId, to, deposit);
        IERC20(complaint.token).safeTransfer(to, deposit);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @inheritdoc IReviews
    function openComplaints(uint256 tenderId, uint256 award) external view returns (uint256) {
        return _open[tenderId][award];
    }

    function complaintCount() external view returns (uint256) {
        return _complaintCount;
    }

    function complaintOf(uint256 complaintId) external view returns (Complaint memory) {
        return _complaints[complaintId];
    }

    /// @notice The seats of a panel, in the order drawn; `attempt` counts from 0.
    function panelOf(uint256 complaintId, uint256 attempt) external view returns (uint32[] memory) {
        return _panels[complaintId][attempt];
    }

    /// @notice The complaint of a tenderer about one ranking of a tender; 0: none.
    function complaintBy(uint256 tenderId, uint256 award, uint32 tenderer) external view returns (uint256) {
        return _complained[tenderId][award][tenderer];
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _inOpen(uint256 complaintId) private view returns (Complaint storage complaint) {
        complaint = _complaints[complaintId];
        require(complaint.status == Status.OPEN, ReviewsNotOpen(complaintId, complaint.status));
    }

    /// @dev Auditors and citizens as of the closing of the tender, without those who evaluated it or would not. The seed
    /// follows from the secret of the last ballots and from nothing that a tenderer decides: tenderers of one mind could
    /// else let the one complain whose panel they like. So complaints about one ranking go before the same seats.
    function _drawPanel(
        uint256 complaintId,
        Complaint storage complaint,
        uint32 buyer,
        Rule memory rule,
        Awards.Award memory award
    ) private {
        uint256 tenderId = complaint.tenderId;
        uint8 attempt = complaint.attempts;
        uint8 more = attempt / 2;
        bytes32 seed = keccak256(abi.encode(DOMAIN, BALLOTS.seedOf(tenderId, award.rounds), complaint.award, attempt));
        uint32[] memory seats = Panel.draw(
            Panel.Pool(CONSORTIUM, TENDERS.closesAt(tenderId), buyer, _barred(tenderId, award)),
            seed,
            [0, rule.reviewAuditors + more, rule.reviewCitizens + more]
        );
        uint48 decideBy = uint48(block.timestamp) + rule.reviewPeriod;
        uint8 quorum = rule.reviewQuorum + more;
        (complaint.attempts, complaint.quorum, complaint.decideBy) = (attempt + 1, quorum, decideBy);
        (complaint.votes, complaint.voted, complaint.abuses) = (0, 0, 0);
        delete complaint.rulings;
        _panels[complaintId][attempt] = seats;
        emit ReviewPanelDrawn(complaintId, attempt, seed, seats, quorum, decideBy);
    }

    /// @dev The seats that were ever on an evaluation panel of the tender.
    function _barred(uint256 tenderId, Awards.Award memory award) private view returns (uint32[] memory all) {
        uint32[][] memory lists = new uint32[][](uint256(award.rounds) + 1);
        lists[0] = BALLOTS.recusedOf(tenderId);
        uint256 count = lists[0].length;
        for (uint256 i = 1; i < lists.length; ++i) {
            lists[i] = BALLOTS.panelOf(tenderId, i - 1);
            count += lists[i].length;
        }
        all = new uint32[](count);
        for (uint256 i = lists.length; i > 0; --i) {
            uint32[] memory seats = lists[i - 1];
            for (uint256 j = 0; j < seats.length; ++j) {
                all[--count] = seats[j];
            }
        }
    }

    /// @dev What more than half of the votes say.
    function _majority(Complaint storage complaint) private view returns (Remedy ruling, bool abusive) {
        uint256 votes = complaint.votes;
        for (uint8 i = 1; i < 4; ++i) {
            if (2 * uint256(complaint.rulings[i]) > votes) ruling = Remedy(i);
        }
        abusive = 2 * uint256(complaint.abuses) > votes;
    }

    function _close(uint256 complaintId, Complaint storage complaint, Status status) private {
        complaint.status = status;
        --_open[complaint.tenderId][complaint.award];
        emit ComplaintClosed(complaintId, complaint.tenderId, status, complaint.ruling, complaint.abusive);
    }
}
