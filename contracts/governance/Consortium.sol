// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MEMBER, Participants, SUPPLIER} from "../identity/Participants.sol";
import {Administered} from "./Administered.sol";

/// @title Consortium
/// @notice The seats of the member organisations: one seat, one vote, in one of three classes.
/// @dev Seat ids count up from 1 and are never used again. Nothing is ever back-dated: what was true
/// "as of" a time can not be changed at or after that time, so a panel drawn over the seats as of a closing
/// time is the same whoever draws it and whenever.
contract Consortium is Administered {
    using Checkpoints for Checkpoints.Trace160;
    using Checkpoints for Checkpoints.Trace208;

    enum Class {
        AGENCY,
        AUDITOR,
        CITIZEN
    }

    struct Seat {
        // slot 0
        uint32 organisation;
        Class class;
        uint48 admittedAt;
        uint48 removedAt; // 0: still seated
    }

    /// @notice The register of organisations that seats belong to.
    Participants public immutable PARTICIPANTS;

    Seat[] private _seats;
    mapping(uint256 seat => Checkpoints.Trace160) private _accounts;
    mapping(address account => uint32 seat) private _seatOfAccount;
    mapping(uint32 organisation => uint32 seat) private _seatOfOrganisation;
    mapping(Class class => uint32[]) private _seatsOfClass;
    mapping(Class class => Checkpoints.Trace208) private _sizeOfClass;

    event SeatAdmitted(uint32 indexed seat, uint32 indexed organisation, Class class, address account);
    event SeatRemoved(uint32 indexed seat, bytes32 reason);
    event SeatAccountChanged(uint32 indexed seat, address account, address by);

    error ConsortiumRoles(uint32 organisation, uint8 roles);
    error ConsortiumAlreadySeated(uint32 organisation, uint32 seat);
    error ConsortiumUnknownSeat(uint256 seat);
    error ConsortiumSeatRemoved(uint256 seat);
    error ConsortiumZeroAccount();
    error ConsortiumAccountTaken(address account, uint32 seat);
    error ConsortiumNotSeatHolder(uint256 seat, address account);
    error ConsortiumUnknownIndex(Class class, uint256 index);

    constructor(address authority, Participants participants) Administered(authority) {
        PARTICIPANTS = participants;
    }

    /// @notice Gives `organisation` a seat of `class`, voted by `account`.
    /// @dev Requirements: the authority; an organisation registered as a member and not as a supplier (who bids does not
    /// judge), without a seat; an account that never served a seat.
    function admit(uint32 organisation, Class class, address account) external onlyAuthority returns (uint32 seat) {
        uint8 roles = PARTICIPANTS.organisationOf(organisation).roles;
        require(roles & (MEMBER | SUPPLIER) == MEMBER, ConsortiumRoles(organisation, roles));
        uint32 seated = _seatOfOrganisation[organisation];
        require(seated == 0, ConsortiumAlreadySeated(organisation, seated));

        _seats.push(Seat(organisation, class, uint48(block.timestamp), 0));
        seat = SafeCast.toUint32(_seats.length);
        _seatOfOrganisation[organisation] = seat;
        _seatsOfClass[class].push(seat);
        _sizeOfClass[class].push(uint48(block.timestamp), SafeCast.toUint208(_seatsOfClass[class].length));
        _setAccount(seat, account);
        emit SeatAdmitted(seat, organisation, class, account);
    }

    /// @notice Ends a seat. Panels over seats as of an earlier time keep it.
    /// @param reason Hash of the published reasons.
    function remove(uint32 seat, bytes32 reason) external onlyAuthority {
        Seat storage current = _current(seat);
        current.removedAt = uint48(block.timestamp);
        delete _seatOfOrganisation[current.organisation];
        emit SeatRemoved(seat, reason);
    }

    /// @notice Moves a seat to a new account; the old one never serves a seat again.
    /// @dev Requirements: the authority or the seat's present account. Ballots for a tender that has closed are
    /// still signed by the account as of its closing.
    function changeAccount(uint32 seat, address account) external {
        _current(seat);
        require(msg.sender == AUTHORITY || msg.sender == accountOf(seat), ConsortiumNotSeatHolder(seat, msg.sender));
        _setAccount(seat, account);
        emit SeatAccountChanged(seat, account, msg.sender);
    }

    /// @notice How many seats were ever admitted; ids run from 1 to this.
    function seatCount() external view returns (uint256) {
        return _seats.length;
    }

    function seatOf(uint256 seat) public view returns (Seat memory) {
        require(seat != 0 && seat <= _seats.length, ConsortiumUnknownSeat(seat));
        return _seats[seat - 1];
    }

    /// @notice The account that votes for `seat` now (or did last, if the seat was removed).
    function accountOf(uint256 seat) public view returns (address) {
        return address(_accounts[seat].latest());
    }

    /// @notice The account that voted for `seat` just before `time`; zero if there was none.
    function accountAt(uint256 seat, uint48 time) external view returns (address) {
        return time == 0 ? address(0) : address(_accounts[seat].upperLookupRecent(time - 1));
    }

    /// @notice The seat that `account` acts for now; 0 if none.
    function seatHeldBy(address account) external view returns (uint32 seat) {
        seat = _seatOfAccount[account];
        if (seat != 0 && (_seats[seat - 1].removedAt != 0 || accountOf(seat) != account)) seat = 0;
    }

    /// @notice The seat that `account` serves or once served; 0 if none.
    function seatEverHeldBy(address account) external view returns (uint32) {
        return _seatOfAccount[account];
    }

    /// @notice The present seat of `organisation`; 0 if none.
    function seatOfOrganisation(uint32 organisation) external view returns (uint32) {
        return _seatOfOrganisation[organisation];
    }

    /// @notice How many seats of `class` were ever admitted just before `time`, removed ones included.
    function sizeAt(Class class, uint48 time) external view returns (uint256) {
        return time == 0 ? 0 : _sizeOfClass[class].upperLookupRecent(time - 1);
    }

    /// @notice The `index`-th seat ever admitted to `class`, and whether it was seated just before `time`.
    function seatOfClassAt(Class class, uint256 index, uint48 time)
        external
        view
        returns (uint32 seat, uint32 organisation, bool seated)
    {
        require(index < _seatsOfClass[class].length, ConsortiumUnknownIndex(class, index));
        seat = _seatsOfClass[class][index];
        Seat storage s = _seats[seat - 1];
        organisation = s.organisation;
        seated = s.admittedAt < time && (s.removedAt == 0 || s.removedAt >= time);
    }

    function _current(uint32 seat) private view returns (Seat storage s) {
        require(seat != 0 && seat <= _seats.length, ConsortiumUnknownSeat(seat));
        s = _seats[seat - 1];
        require(s.removedAt == 0, ConsortiumSeatRemoved(seat));
    }

    function _setAccount(uint32 seat, address account) private {
        require(account != address(0), ConsortiumZeroAccount());
        uint32 taken = _seatOfAccount[account];
        require(taken == 0, ConsortiumAccountTaken(account, taken));
        _seatOfAccount[account] = seat;
        _accounts[seat].push(uint96(block.timestamp), uint160(account));
    }
}
