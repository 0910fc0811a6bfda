// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Receipts} from "../agreements/Receipts.sol";
import {ACT, Participants} from "../identity/Participants.sol";
import {IAwards, ISecurities} from "./Bids.sol";
import {Tenders} from "./Tenders.sol";
import {Phase} from "./Terms.sol";

/// @title Securities
/// @notice Money that stands behind bids and agreements: one account for each organisation and token. It backs all bids of
/// its organisation at once, and nothing shows which until they open.
/// @dev A bid is backed if the account covered what its tender asks for just before closing, by money that was not under
/// notice and by guarantees that were valid. Nothing is set aside at an opening, so the order of opening decides nothing.
/// Money leaves after a notice that is longer than the longest opening, and not while a tender that a bid of its owner
/// was backed for is running. For each token: balance of this contract ≥ Σ accounts + Σ locked + forfeited.
contract Securities is ISecurities, ReentrancyGuardTransient {
    using Checkpoints for Checkpoints.Trace208;
    using Receipts for IERC20;
    using SafeERC20 for IERC20;

    struct Account {
        // slot 0
        uint128 balance; // money here, that under notice too
        uint128 noticed; // of it, under notice
        // slot 1
        uint128 pledged; // of guarantees, behind agreements
        uint48 noticeEndsAt;
        uint32 backing; // running tenders that a bid was backed for
    }

    struct Guarantee {
        // slot 0
        uint128 amount;
        uint48 from;
        uint48 until; // first second after validity
        // slot 1
        address guarantor;
    }

    /// @notice Behind one agreement.
    struct Lock {
        // slot 0
        uint128 money;
        uint128 pledged; // owed by guarantors
        // slot 1
        address token;
        uint32 organisation;
    }

    enum Backing {
        NONE,
        RUNNING,
        SETTLED
    }

    /// @notice From a notice until money may leave: longer than a box stays unopened without its tender failing.
    uint48 public constant NOTICE = 14 days;
    /// @notice Guarantees of one account at most; an ended one makes room after `NOTICE`.
    uint256 public constant MAX_GUARANTEES = 8;
    /// @notice How long a guarantee may be valid at most: ten years.
    uint48 public constant MAX_VALIDITY = 3653 days;

    Participants public immutable PARTICIPANTS;
    IAwards public immutable AWARDS;
    Tenders public immutable TENDERS;
    address public immutable AGREEMENTS;
    address public immutable ESCROW;

    mapping(uint32 organisation => mapping(address token => Account)) private _accounts;
    mapping(uint32 organisation => mapping(address token => Checkpoints.Trace208)) private _cover; // money not under notice
    mapping(uint32 organisation => mapping(address token => Guarantee[])) private _guarantees;
    mapping(uint256 tenderId => mapping(uint32 organisation => Backing)) private _backings;
    mapping(uint256 tenderId => Lock) private _locks;
    mapping(address token => uint256) private _forfeited;

    event Deposited(uint32 indexed organisation, address indexed token, address indexed by, uint128 amount);
    event NoticeGiven(uint32 indexed organisation, address indexed token, uint128 noticed, uint48 endsAt, address by);
    event Withdrawn(uint32 indexed organisation, address indexed token, address indexed to, uint128 amount, address by);
    event Guaranteed(
        uint32 indexed organisation,
        address indexed token,
        address indexed guarantor,
        uint256 place,
        uint128 amount,
        uint48 until,
        bytes32 document
    );
    event BidBacked(uint256 indexed tenderId, uint32 indexed organisation, address indexed token);
    event BidSettled(uint256 indexed tenderId, uint32 indexed organisation, address indexed token);
    event SecurityForfeited(
        uint256 indexed tenderId, uint32 indexed organisation, address indexed token, uint128 money, uint128 owed
    );
    event PerformanceSecured(
        uint256 indexed tenderId, uint32 indexed organisation, address indexed token, uint128 money, uint128 pledged
    );
    event PerformanceReturned(uint256 indexed tenderId, uint32 indexed organisation, address indexed token);
    event ForfeitCollected(address indexed token, address indexed to, uint256 amount);

    error SecuritiesOnly(address account);
    error SecuritiesUnknownOrganisation(uint32 organisation);
    error SecuritiesZeroAmount();
    error SecuritiesReceived(uint256 received, uint256 wanted);
    error SecuritiesNotForParty(uint32 organisation, address account);
    error SecuritiesNotice(uint128 given, uint128 balance);
    error SecuritiesUnderNotice(uint48 endsAt);
    error SecuritiesNoNotice(uint32 organisation, address token);
    error SecuritiesBacking(uint32 organisation, address token, uint32 tenders);
    error SecuritiesNotGuarantor(address account);
    error SecuritiesValidity(uint48 until);
    error SecuritiesGuarantees(uint256 most);
    error SecuritiesNotRunning(uint256 tenderId, uint32 organisation);
    error SecuritiesTenderRunning(uint256 tenderId, Phase phase);
    error SecuritiesShort(uint32 organisation, uint256 covered, uint256 needed);
    error SecuritiesNothingHeld(uint256 tenderId);
    error SecuritiesNotTreasury(address account);
    error SecuritiesNothingForfeited(address token);

    constructor(Participants participants, IAwards awards, Tenders tenders, address agreements, address escrow) {
        PARTICIPANTS = participants;
        AWARDS = awards;
        TENDERS = tenders;
        AGREEMENTS = agreements;
        ESCROW = escrow;
    }

    // ──────────────────────────────── accounts ───────────────────────────────

    /// @notice Pays money into the account of an organisation. Anyone may; an account of the organisation takes it out.
    function deposit(uint32 organisation, address token, uint128 amount) external nonReentrant {
        require(PARTICIPANTS.isRegistered(organisation), SecuritiesUnknownOrganisation(organisation));
        require(amount != 0, SecuritiesZeroAmount());
        _accounts[organisation][token].balance += amount;
        _record(organisation, token);
        emit Deposited(organisation, token, msg.sender, amount);
        uint256 received = IERC20(token).take(amount);
        require(received == amount, SecuritiesReceived(received, amount));
    }

    /// @notice Puts `amount` of an account under notice in place of what was before, and begins the notice anew; 0 ends it.
    /// @dev Requirements: an account of the organisation; no more than the balance. Money under notice backs nothing that
    /// closes later.
    function giveNotice(uint32 organisation, address token, uint128 amount) external {
        _onlyPartyOf(organisation);
        Account storage account = _accounts[organisation][token];
        require(amount <= account.balance, SecuritiesNotice(amount, account.balance));
        uint48 endsAt = amount == 0 ? 0 : uint48(block.timestamp) + NOTICE;
        (account.noticed, account.noticeEndsAt) = (amount, endsAt);
        _record(organisation, token);
        emit NoticeGiven(organisation, token, amount, endsAt, msg.sender);
    }

    /// @notice Takes out what is under notice, once the notice is over and no bid is backed in a running tender.
    function withdraw(uint32 organisation, address token, address to) external nonReentrant {
        _onlyPartyOf(organisation);
        Account storage account = _accounts[organisation][token];
        uint128 amount = account.noticed;
        require(amount != 0, SecuritiesNoNotice(organisation, token));
        require(block.timestamp >= account.noticeEndsAt, SecuritiesUnderNotice(account.noticeEndsAt));
        require(account.backing == 0, SecuritiesBacking(organisation, token, account.backing));
        account.balance -= amount;
        (account.noticed, account.noticeEndsAt) = (0, 0);
        emit Withdrawn(organisation, token, to, amount, msg.sender);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @notice Stands surety for an organisation in a token: for bids that close, and agreements accepted or signed, from now
    /// until just before `until`, whenever the claim is made.
    /// @dev Requirements: a licensed guarantor; room for one more. What it owes is claimed outside the chain.
    /// @param document Hash of the guarantee.
    function guarantee(uint32 organisation, address token, uint128 amount, uint48 until, bytes32 document) external {
        require(PARTICIPANTS.isLicensed(Participants.Licence.GUARANTOR, msg.sender), SecuritiesNotGuarantor(msg.sender));
        require(PARTICIPANTS.isRegistered(organisation), SecuritiesUnknownOrganisation(organisation));
        require(amount != 0, SecuritiesZeroAmount());
        require(until > block.timestamp && until <= block.timestamp + MAX_VALIDITY, SecuritiesValidity(until));
        Guarantee[] storage guarantees = _guarantees[organisation][token];
        uint256 place = 0;
        while (place < guarantees.length && guarantees[place].until + NOTICE > block.timestamp) ++place;
        require(place < MAX_GUARANTEES, SecuritiesGuarantees(MAX_GUARANTEES));
        if (place == guarantees.length) guarantees.push();
        guarantees[place] = Guarantee(amount, uint48(block.timestamp), until, msg.sender);
        emit Guaranteed(organisation, token, msg.sender, place, amount, until, document);
    }

    // ────────────────────────────────── bids ─────────────────────────────────

    /// @inheritdoc ISecurities
    /// @dev `Tenders` alone, while it opens a bid. Calls nobody and does not revert.
    function back(uint256 tenderId, uint32 organisation, address token, uint256 needed, uint48 closesAt)
        external
        returns (bool)
    {
        require(msg.sender == address(TENDERS), SecuritiesOnly(msg.sender));
        if (_backings[tenderId][organisation] != Backing.NONE) return true;
        if (coverAt(organisation, token, closesAt) < needed) return false;
        _backings[tenderId][organisation] = Backing.RUNNING;
        ++_accounts[organisation][token].backing;
        emit BidBacked(tenderId, organisation, token);
        return true;
    }

    /// @notice Frees an account of a tender that is over: signed, unsuccessful or cancelled. Anyone may.
    function settle(uint256 tenderId, uint32 organisation) external {
        require(_backings[tenderId][organisation] == Backing.RUNNING, SecuritiesNotRunning(tenderId, organisation));
        Phase phase = AWARDS.phase(tenderId);
        require(
            phase == Phase.CONTRACTED || phase == Phase.UNSUCCESSFUL || phase == Phase.CANCELLED,
            SecuritiesTenderRunning(tenderId, phase)
        );
        address token = TENDERS.tenderOf(tenderId).currency;
        _backings[tenderId][organisation] = Backing.SETTLED;
        --_accounts[organisation][token].backing;
        emit BidSettled(tenderId, organisation, token);
    }

    /// @inheritdoc ISecurities
    /// @dev `Awards` alone. What money does not cover is owed by the guarantors.
    function forfeit(uint256 tenderId, uint32 organisation, uint128 amount) external {
        require(msg.sender == address(AWARDS), SecuritiesOnly(msg.sender));
        address token = TENDERS.tenderOf(tenderId).currency;
        uint128 money = _spend(organisation, token, amount);
        _forfeited[token] += money;
        emit SecurityForfeited(tenderId, organisation, token, money, amount - money);
    }

    // ─────────────────────────────── agreements ──────────────────────────────

    /// @inheritdoc ISecurities
    /// @dev `Awards` when the winner accepts, or `Agreements` at signing: the first of both sets it aside, so that nobody
    /// accepts with money that is gone when the buyer signs. Money first; the rest is pledged from guarantees valid now.
    function secure(uint256 tenderId, uint32 organisation, address token, uint128 amount) external {
        require(msg.sender == AGREEMENTS || msg.sender == address(AWARDS), SecuritiesOnly(msg.sender));
        if (_locks[tenderId].token != address(0)) return;
        Account storage account = _accounts[organisation][token];
        uint256 covered = coverNow(organisation, token);
        require(covered >= amount, SecuritiesShort(organisation, covered, amount));
        uint128 money = _spend(organisation, token, amount);
        account.pledged += amount - money;
        _locks[tenderId] = Lock(money, amount - money, token, organisation);
        emit PerformanceSecured(tenderId, organisation, token, money, amount - money);
    }

    /// @inheritdoc ISecurities
    /// @dev `Escrow` alone, when an agreement is closed.
    function release(uint256 tenderId, bool forfeited) external {
        require(msg.sender == ESCROW, SecuritiesOnly(msg.sender));
        if (_locks[tenderId].token == address(0)) return; // most agreements have none
        _release(tenderId, forfeited);
    }

    /// @notice Gives back what a winner set aside when it accepted, if the buyer did not sign in time. Anyone may.
    function giveBack(uint256 tenderId) external {
        require(_locks[tenderId].token != address(0), SecuritiesNothingHeld(tenderId));
        Phase phase = AWARDS.phase(tenderId);
        require(phase == Phase.UNSUCCESSFUL, SecuritiesTenderRunning(tenderId, phase));
        _release(tenderId, false);
    }

    /// @notice Pays what was forfeited to the treasury that calls.
    function collect(address token) external nonReentrant {
        require(PARTICIPANTS.isLicensed(Participants.Licence.TREASURY, msg.sender), SecuritiesNotTreasury(msg.sender));
        uint256 amount = _forfeited[token];
        require(amount != 0, SecuritiesNothingForfeited(token));
        _forfeited[token] = 0;
        emit ForfeitCollected(token, msg.sender, amount);
        IERC20(token).safeTransfer(msg.sender, amount);
    }

    // ───────────────────────────────── views ─────────────────────────────────

    /// @notice What backed the bids of an organisation just before `time`.
    function coverAt(uint32 organisation, address token, uint48 time) public view returns (uint256) {
        return time == 0
            ? 0
            : _cover[organisation][token].upperLookupRecent(time - 1) + _guaranteedAt(organisation, token, time);
    }

    /// @notice What the account of an organisation can secure now.
    function coverNow(uint32 organisation, address token) public view returns (uint256) {
        Account storage account = _accounts[organisation][token];
        uint256 guaranteed = _guaranteedAt(organisation, token, uint48(block.timestamp + 1));
        return account.balance + (guaranteed > account.pledged ? guaranteed - account.pledged : 0);
    }

    function accountOf(uint32 organisation, address token) external view returns (Account memory) {
        return _accounts[organisation][token];
    }

    function guaranteesOf(uint32 organisation, address token) external view returns (Guarantee[] memory) {
        return _guarantees[organisation][token];
    }

    function backingOf(uint256 tenderId, uint32 organisation) external view returns (Backing) {
        return _backings[tenderId][organisation];
    }

    function lockOf(uint256 tenderId) external view returns (Lock memory) {
        return _locks[tenderId];
    }

    function forfeitedOf(address token) external view returns (uint256) {
        return _forfeited[token];
    }

    // ──────────────────────────────── private ────────────────────────────────

    /// @dev Takes up to `amount` out of an account, and tells how much that was.
    function _spend(uint32 organisation, address token, uint128 amount) private returns (uint128 money) {
        Account storage account = _accounts[organisation][token];
        money = amount < account.balance ? amount : account.balance;
        account.balance -= money;
        if (account.noticed > account.balance) account.noticed = account.balance;
        _record(organisation, token);
    }

    function _release(uint256 tenderId, bool forfeited) private {
        Lock memory lock = _locks[tenderId];
        delete _locks[tenderId];
        Account storage account = _accounts[lock.organisation][lock.token];
        account.pledged -= lock.pledged;
        if (forfeited) {
            _forfeited[lock.token] += lock.money;
            emit SecurityForfeited(tenderId, lock.organisation, lock.token, lock.money, lock.pledged);
        } else {
            account.balance += lock.money;
            _record(lock.organisation, lock.token);
            emit PerformanceReturned(tenderId, lock.organisation, lock.token);
        }
    }

    /// @dev Keeps what covers bids from now on.
    function _record(uint32 organisation, address token) private {
        Account storage account = _accounts[organisation][token];
        _cover[organisation][token].push(uint48(block.timestamp), account.balance - account.noticed);
    }

    /// @dev The guarantees valid just before `time` and for `NOTICE` after it: one that ends at once stands behind nothing.
    function _guaranteedAt(uint32 organisation, address token, uint48 time) private view returns (uint256 sum) {
        Guarantee[] storage guarantees = _guarantees[organisation][token];
        uint256 count = guarantees.length;
        for (uint256 i = 0; i < count; ++i) {
            if (guarantees[i].from < time && guarantees[i].until >= time + NOTICE) sum += guarantees[i].amount;
        }
    }

    function _onlyPartyOf(uint32 organisation) private view {
        require(
            organisation != 0 && PARTICIPANTS.servedBy(msg.sender, ACT) == organisation,
            SecuritiesNotForParty(organisation, msg.sender)
        );
    }
}
