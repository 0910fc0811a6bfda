// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ACT, Participants} from "../identity/Participants.sol";
import {ISecurities} from "../procurement/Bids.sol";
import {Agreement, Agreements} from "./Agreements.sol";
import {Receipts} from "./Receipts.sol";

/// @title Escrow
/// @notice Holds the money of agreements and pays it by milestone: reported by the supplier, accepted by the inspectors,
/// paid in the same transaction.
/// @dev Per agreement held = funded − paid − refunded. A payment that a token does not deliver is kept for its payee to
/// claim, and blocks nobody else; it counts as paid. So for each token: balance ≥ Σ held + Σ claimable.
contract Escrow is ReentrancyGuardTransient {
    using Receipts for IERC20;
    using SafeERC20 for IERC20;

    enum Status {
        PENDING,
        REPORTED,
        PAID
    }

    struct Account {
        // slot 0
        uint128 funded;
        uint128 paid;
        // slot 1
        uint128 refunded;
        uint8 reportedMilestones; // milestones that wait for the inspectors
        uint8 paidMilestones;
        bool renounced;
        bool closed;
    }

    struct MilestoneState {
        // slot 0
        Status status;
        uint16 approvals; // bit i: the i-th inspector accepted the present report
        uint16 rejections; // bit i: the i-th inspector rejected it
        uint32 reports; // how often reported
    }

    /// @notice After the last due date, this long a supplier may still report; then an agreement with nothing under
    /// inspection may be closed unfinished, and after twice as long any agreement.
    uint48 public constant LAPSE = 180 days;

    Participants public immutable PARTICIPANTS;
    Agreements public immutable AGREEMENTS;
    ISecurities public immutable SECURITIES;

    mapping(uint256 tenderId => Account) private _accounts;
    mapping(uint256 tenderId => mapping(uint256 milestone => MilestoneState)) private _milestones;
    mapping(address token => mapping(address payee => uint256)) private _claimable;

    event Funded(uint256 indexed tenderId, address indexed payer, uint128 amount);
    event MilestoneReported(
        uint256 indexed tenderId, uint256 indexed milestone, uint32 report, bytes32 evidence, address by
    );
    event MilestoneApproved(
        uint256 indexed tenderId, uint256 indexed milestone, address indexed inspector, uint256 place
    );
    event MilestoneRejected(
        uint256 indexed tenderId, uint256 indexed milestone, address indexed inspector, bytes32 reason
    );
    event MilestoneReturned(uint256 indexed tenderId, uint256 indexed milestone, uint32 report);
    event MilestonePaid(uint256 indexed tenderId, uint256 indexed milestone, address indexed payee, uint128 amount);
    event Renounced(uint256 indexed tenderId, address indexed account);
    event Closed(uint256 indexed tenderId, address indexed refundTo, uint128 refunded, address by);
    event Undelivered(address indexed token, address indexed payee, uint256 amount);
    event Claimed(address indexed token, address indexed payee, address to, uint256 amount);

    error EscrowNotSigned(uint256 tenderId);
    error EscrowClosed(uint256 tenderId);
    error EscrowNotAPayer(uint256 tenderId, address account);
    error EscrowNotSupplier(uint256 tenderId, address account);
    error EscrowNotInspector(uint256 tenderId, address account);
    error EscrowNotAParty(uint256 tenderId, address account);
    error EscrowZeroAmount();
    error EscrowOverfunded(uint256 tenderId, uint256 funded, uint256 price);
    error EscrowUnknownMilestone(uint256 tenderId, uint256 milestone);
    error EscrowMilestoneStatus(uint256 tenderId, uint256 milestone, Status status);
    error EscrowOtherReport(uint256 tenderId, uint256 milestone, uint32 given, uint32 present);
    error EscrowAlreadyInspected(uint256 tenderId, uint256 milestone, address inspector);
    error EscrowLapsed(uint256 tenderId, uint256 lapsedAt);
    error EscrowNotFunded(uint256 tenderId, uint256 held, uint256 needed);
    error EscrowAlreadyRenounced(uint256 tenderId);
    error EscrowUnfinished(uint256 tenderId, uint256 milestonesLeft);
    error EscrowNotThePayee(address payee, address account);
    error EscrowNothingToClaim(address token, address payee);

    constructor(Participants participants, Agreements agreements, ISecurities securities) {
        PARTICIPANTS = participants;
        AGREEMENTS = agreements;
        SECURITIES = securities;
    }

    // ───────────────────────────────── money in ──────────────────────────────

    /// @notice Pays `amount` of the agreement's currency in, from the sender's allowance; what arrives is what counts.
    /// @dev Requirements: an account that acts for the buyer, or a licensed treasury; never more than the price.
    function fund(Agreement calldata agreement, uint128 amount) external nonReentrant {
        Account storage account = _open(agreement);
        uint256 tenderId = agreement.tenderId;
        require(_acts(agreement.buyer) || _isTreasury(), EscrowNotAPayer(tenderId, msg.sender));

        // what counts is what arrives, so the effect follows the transfer, under the guard
        uint128 received = SafeCast.toUint128(IERC20(agreement.currency).take(amount));
        require(received != 0, EscrowZeroAmount());
        uint256 funded = uint256(account.funded) + received;
        require(funded <= agreement.price, EscrowOverfunded(tenderId, funded, agreement.price));
        account.funded = uint128(funded);
        emit Funded(tenderId, msg.sender, received);
    }

    // ──────────────────────────────── milestones ─────────────────────────────

    /// @notice The supplier reports a milestone as done, until `LAPSE` after the last due date.
    /// @param evidence Hash of the evidence.
    function report(Agreement calldata agreement, uint256 milestone, bytes32 evidence) external nonReentrant {
        Account storage account = _open(agreement);
        require(_acts(agreement.supplier), EscrowNotSupplier(agreement.tenderId, msg.sender));
        uint256 lapsesAt = _lapsesAt(agreement);
        require(block.timestamp < lapsesAt, EscrowLapsed(agreement.tenderId, lapsesAt));
        MilestoneState storage state = _inStatus(agreement, milestone, Status.PENDING);
        state.status = Status.REPORTED;
        uint32 number = ++state.reports;
        ++account.reportedMilestones;
        emit MilestoneReported(agreement.tenderId, milestone, number, evidence, msg.sender);
    }

    /// @notice An inspector accepts the present report; the last acceptance needed pays.
    /// @dev Requirements: an inspector who has neither accepted nor rejected this report; the report it looked at is the
    /// present one; for the last acceptance, enough money held.
    /// @param report_ Number of the report that the inspector looked at.
    function accept(Agreement calldata agreement, uint256 milestone, uint32 report_) external nonReentrant {
        Account storage account = _open(agreement);
        (MilestoneState storage state, uint16 bit, uint256 place) = _inspect(agreement, milestone, report_);
        uint16 approvals = state.approvals | bit;
        state.approvals = approvals;
        emit MilestoneApproved(agreement.tenderId, milestone, msg.sender, place);
        if (_count(approvals) == agreement.approvals) _pay(agreement, account, state, milestone);
    }

    /// @notice An inspector rejects the present report. When so many did that the acceptances needed can not come
    /// together any more, the report falls and the supplier may report again.
    /// @dev Requirements: as for acceptance.
    /// @param reason Hash of the reasons.
    function reject(Agreement calldata agreement, uint256 milestone, uint32 report_, bytes32 reason)
        external
        nonReentrant
    {
        Account storage account = _open(agreement);
        (MilestoneState storage state, uint16 bit,) = _inspect(agreement, milestone, report_);
        uint16 rejections = state.rejections | bit;
        state.rejections = rejections;
        emit MilestoneRejected(agreement.tenderId, milestone, msg.sender, reason);
        if (_count(rejections) + agreement.approvals > agreement.inspectors.length) {
            state.status = Status.PENDING;
            (state.approvals, state.rejections) = (0, 0);
            --account.reportedMilestones;
            emit MilestoneReturned(agreement.tenderId, milestone, report_);
        }
    }

    // ────────────────────────────────── the end ──────────────────────────────

    /// @notice The supplier gives up what is not paid yet, so that the agreement can be closed.
    function renounce(Agreement calldata agreement) external nonReentrant {
        Account storage account = _open(agreement);
        require(_acts(agreement.supplier), EscrowNotSupplier(agreement.tenderId, msg.sender));
        require(!account.renounced, EscrowAlreadyRenounced(agreement.tenderId));
        account.renounced = true;
        emit Renounced(agreement.tenderId, msg.sender);
    }

    /// @notice Closes an agreement and returns what it still holds.
    /// @dev Requirements: an account of either side, or a licensed treasury; every milestone is paid, or the supplier
    /// renounced, or `LAPSE` has passed since the last due date and no report waits for the inspectors, or twice
    /// `LAPSE` has: nothing is paid by silence, and no money waits for ever.
    function close(Agreement calldata agreement) external nonReentrant {
        Account storage account = _open(agreement);
        uint256 tenderId = agreement.tenderId;
        require(
            _acts(agreement.buyer) || _acts(agreement.supplier) || _isTreasury(), EscrowNotAParty(tenderId, msg.sender)
        );
        uint256 count = agreement.milestones.length;
        uint256 lapsesAt = _lapsesAt(agreement) + (account.reportedMilestones == 0 ? 0 : LAPSE);
        bool lapsed = block.timestamp >= lapsesAt;
        require(
            account.paidMilestones == count || account.renounced || lapsed,
            EscrowUnfinished(tenderId, count - account.paidMilestones)
        );

        uint128 held = account.funded - account.paid - account.refunded;
        account.refunded += held;
        account.closed = true;
        emit Closed(tenderId, agreement.refundTo, held, msg.sender);
        SECURITIES.release(tenderId, account.renounced && account.paidMilestones != count);
        _deliver(agreement.currency, agreement.refundTo, held);
    }

    /// @notice Sends what could not be delivered to `payee` earlier: by anyone to the payee itself, by the payee
    /// to an address of its choice.
    function claim(address token, address payee, address to) external nonReentrant {
        require(to == payee || msg.sender == payee, EscrowNotThePayee(payee, msg.sender));
        uint256 amount = _claimable[token][payee];
        require(amount != 0, EscrowNothingToClaim(token, payee));
        _claimable[token][payee] = 0;
        emit Claimed(token, payee, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    function accountOf(uint256 tenderId) external view returns (Account memory) {
        return _accounts[tenderId];
    }

    function milestoneOf(uint256 tenderId, uint256 milestone) external view returns (MilestoneState memory) {
        return _milestones[tenderId][milestone];
    }

    function claimableOf(address token, address payee) external view returns (uint256) {
        return _claimable[token][payee];
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _pay(
        Agreement calldata agreement,
        Account storage account,
        MilestoneState storage state,
        uint256 milestone
    ) private {
        uint128 amount = agreement.milestones[milestone].amount;
        uint256 held = uint256(account.funded) - account.paid - account.refunded;
        require(held >= amount, EscrowNotFunded(agreement.tenderId, held, amount));
        state.status = Status.PAID;
        account.paid += amount;
        --account.reportedMilestones;
        ++account.paidMilestones;
        emit MilestonePaid(agreement.tenderId, milestone, agreement.payee, amount);
        _deliver(agreement.currency, agreement.payee, amount);
    }

    /// @dev Sends, or keeps for the payee to claim.
    function _deliver(address token, address payee, uint256 amount) private {
        if (amount == 0 || IERC20(token).trySafeTransfer(payee, amount)) return;
        _claimable[token][payee] += amount;
        emit Undelivered(token, payee, amount);
    }

    /// @dev The account of a signed agreement that is not closed.
    function _open(Agreement calldata agreement) private view returns (Account storage account) {
        require(
            keccak256(abi.encode(agreement)) == AGREEMENTS.hashOf(agreement.tenderId),
            EscrowNotSigned(agreement.tenderId)
        );
        account = _accounts[agreement.tenderId];
        require(!account.closed, EscrowClosed(agreement.tenderId));
    }

    function _inStatus(Agreement calldata agreement, uint256 milestone, Status status)
        private
        view
        returns (MilestoneState storage state)
    {
        require(milestone < agreement.milestones.length, EscrowUnknownMilestone(agreement.tenderId, milestone));
        state = _milestones[agreement.tenderId][milestone];
        require(state.status == status, EscrowMilestoneStatus(agreement.tenderId, milestone, state.status));
    }

    /// @dev The milestone that the sender inspects, and its bit and place among the inspectors.
    function _inspect(Agreement calldata agreement, uint256 milestone, uint32 report_)
        private
        view
        returns (MilestoneState storage state, uint16 bit, uint256 place)
    {
        uint256 tenderId = agreement.tenderId;
        uint256 count = agreement.inspectors.length;
        while (place < count && agreement.inspectors[place] != msg.sender) ++place;
        require(place < count, EscrowNotInspector(tenderId, msg.sender));
        state = _inStatus(agreement, milestone, Status.REPORTED);
        require(state.reports == report_, EscrowOtherReport(tenderId, milestone, report_, state.reports));
        bit = uint16(1 << place);
        require(
            (state.approvals | state.rejections) & bit == 0, EscrowAlreadyInspected(tenderId, milestone, msg.sender)
        );
    }

    function _lapsesAt(Agreement calldata agreement) private pure returns (uint256) {
        return uint256(agreement.milestones[agreement.milestones.length - 1].dueAt) + LAPSE;
    }

    function _acts(uint32 organisation) private view returns (bool) {
        return PARTICIPANTS.servedBy(msg.sender, ACT) == organisation;
    }

    function _isTreasury() private view returns (bool) {
        return PARTICIPANTS.isLicensed(Participants.Licence.TREASURY, msg.sender);
    }

    function _count(uint16 bits) private pure returns (uint256 ones) {
        for (; bits != 0; bits &= bits - 1) {
            ++ones;
        }
    }
}
