// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Administered} from "../governance/Administered.sol";

// Roles of an organisation, as bits.
uint8 constant BUYER = 1;
uint8 constant SUPPLIER = 2;
uint8 constant MEMBER = 4;
// Powers of a key, as bits: to send transactions and sign agreements for its organisation; to sign what is sealed.
uint8 constant ACT = 1;
uint8 constant BID = 2;

/// @title Participants
/// @notice Organisations, the keys that act or bid for them, and the licences of treasury, registrars, relays and guarantors.
/// @dev No personal data: an organisation is known here by a salted hash of its record, which stays off chain.
/// "As of" a time T means: after every block before T and before any block at T. Keys, licences and
/// suspensions start and end in the present or the future only, so nothing that was true as of T changes from T on.
contract Participants is Administered, EIP712 {
    using Checkpoints for Checkpoints.Trace208;

    enum Licence {
        REGISTRAR,
        TREASURY,
        RELAY,
        GUARANTOR
    }

    struct Organisation {
        // slot 0
        bytes32 record; // salted hash of the record kept off chain
        // slot 1
        uint8 roles; // bits: BUYER, SUPPLIER, MEMBER
        uint48 registeredAt;
    }

    struct Key {
        // slot 0
        uint32 organisation;
        uint8 powers; // bits: ACT, BID
        uint48 from; // first second of validity
        uint48 until; // first second after validity
    }

    struct Validity {
        // slot 0
        uint48 from;
        uint48 until;
    }

    /// @notice What a registrar does to the keys of an organisation takes effect only after this long, so that it can
    /// not act in its name before it notices.
    uint48 public constant REGISTRAR_DELAY = 7 days;

    /// @dev What a key signs to consent to serving an organisation.
    bytes32 public constant ACCEPT_KEY_TYPEHASH =
        keccak256("AcceptKey(uint32 organisation,address key,uint8 powers,uint48 from,uint48 until)");

    Organisation[] private _organisations;
    mapping(address key => Key) private _keys;
    mapping(uint32 organisation => Checkpoints.Trace208) private _suspensions;
    mapping(Licence licence => mapping(address account => Validity)) private _licences;

    event OrganisationRegistered(uint32 indexed organisation, bytes32 record, uint8 roles, address by);
    event OrganisationSuspended(uint32 indexed organisation, bytes32 reason);
    event OrganisationReinstated(uint32 indexed organisation, bytes32 reason);
    event KeyAuthorised(
        uint32 indexed organisation, address indexed key, uint8 powers, uint48 from, uint48 until, address by
    );
    event KeyRevoked(uint32 indexed organisation, address indexed key, uint48 until, address by);
    event LicenceGranted(Licence indexed licence, address indexed account, uint48 from, uint48 until);
    event LicenceRevoked(Licence indexed licence, address indexed account, uint48 until);

    error ParticipantsUnlicensed(Licence licence, address account);
    error ParticipantsZeroAddress();
    error ParticipantsZeroRecord();
    error ParticipantsRoles(uint8 roles);
    error ParticipantsPowers(uint8 powers);
    error ParticipantsUnknownOrganisation(uint32 organisation);
    error ParticipantsKeyTaken(address key, uint32 organisation);
    error ParticipantsUnknownKey(address key);
    error ParticipantsKeyEnded(address key, uint48 until);
    error ParticipantsBackdated(uint48 from, uint48 earliest);
    error ParticipantsEmptyValidity(uint48 from, uint48 until);
    error ParticipantsNotOfOrganisation(uint32 organisation, address account);
    error ParticipantsNoConsent(address key);
    error ParticipantsAlreadySuspended(uint32 organisation);
    error ParticipantsNotSuspended(uint32 organisation);
    error ParticipantsLicenceHeld(Licence licence, address account, uint48 until);
    error ParticipantsLicenceNotHeld(Licence licence, address account);

    constructor(address authority) Administered(authority) EIP712("Terang Participants", "1") {}

    // ───────────────────────────── organisations ─────────────────────────────

    /// @notice Enters an organisation and its first account, which may both act and bid.
    /// @dev Requirements: a licensed registrar, who checked the record and the holder of `account`.
    function register(bytes32 record, uint8 roles, address account) external returns (uint32 organisation) {
        _onlyLicensed(Licence.REGISTRAR);
        require(record != 0, ParticipantsZeroRecord());
        require(roles != 0 && roles <= (BUYER | SUPPLIER | MEMBER), ParticipantsRoles(roles));

        _organisations.push(Organisation(record, roles, uint48(block.timestamp)));
        organisation = SafeCast.toUint32(_organisations.length);
        emit OrganisationRegistered(organisation, record, roles, msg.sender);
        _authorise(organisation, account, ACT | BID, uint48(block.timestamp), type(uint48).max);
    }

    /// @notice Debars an organisation: nothing that closes from now on counts for it.
    /// @param reason Hash of the published decision.
    function suspend(uint32 organisation, bytes32 reason) external onlyAuthority {
        _known(organisation);
        require(!isSuspended(organisation), ParticipantsAlreadySuspended(organisation));
        _suspensions[organisation].push(uint48(block.timestamp), 1);
        emit OrganisationSuspended(organisation, reason);
    }

    /// @notice Ends a suspension.
    function reinstate(uint32 organisation, bytes32 reason) external onlyAuthority {
        _known(organisation);
        require(isSuspended(organisation), ParticipantsNotSuspended(organisation));
        _suspensions[organisation].push(uint48(block.timestamp), 0);
        emit OrganisationReinstated(organisation, reason);
    }

    // ───────────────────────────────── keys ──────────────────────────────────

    /// @notice Lets `key` act or bid for `organisation` from `from` until just before `until`.
    /// @dev Requirements: an account that acts for the organisation, or a registrar, for whom `from` lies
    /// `REGISTRAR_DELAY` ahead; the key's own EIP-712 consent (so that nobody binds a stranger's address). A key serves
    /// one organisation once; there is no second period, so its past can not be rewritten.
    /// @param consent 65-byte signature of `AcceptKey` by `key`.
    function authoriseKey(
        uint32 organisation,
        address key,
        uint8 powers,
        uint48 from,
        uint48 until,
        bytes calldata consent
    ) external {
        _known(organisation);
        if (servedBy(msg.sender, ACT) != organisation) {
            _onlyRegistrarFor(organisation);
            uint48 earliest = uint48(block.timestamp) + REGISTRAR_DELAY;
            require(from >= earliest, ParticipantsBackdated(from, earliest));
        }
        bytes32 digest =
            _hashTypedDataV4(keccak256(abi.encode(ACCEPT_KEY_TYPEHASH, organisation, key, powers, from, until)));
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, consent);
        require(problem == ECDSA.RecoverError.NoError && signer == key, ParticipantsNoConsent(key));
        _authorise(organisation, key, powers, from, until);
    }

    /// @notice Ends a key now, or `REGISTRAR_DELAY` from now when a registrar sends.
    /// @dev Requirements: an account that acts for the key's organisation, or a registrar; a key that does not end by then.
    function revokeKey(address key) external {
        Key storage k = _keys[key];
        require(k.organisation != 0, ParticipantsUnknownKey(key));
        uint48 until = uint48(block.timestamp);
        if (servedBy(msg.sender, ACT) != k.organisation) {
            _onlyRegistrarFor(k.organisation);
            until += REGISTRAR_DELAY;
        }
        require(until < k.until, ParticipantsKeyEnded(key, k.until));
        k.until = until;
        emit KeyRevoked(k.organisation, key, until, msg.sender);
    }

    // ─────────────────────────────── licences ────────────────────────────────

    /// @notice Licenses `account` from now until just before `until`.
    function grant(Licence licence, address account, uint48 until) external onlyAuthority {
        require(account != address(0), ParticipantsZeroAddress());
        require(until > block.timestamp, ParticipantsEmptyValidity(uint48(block.timestamp), until));
        Validity storage v = _licences[licence][account];
        require(block.timestamp >= v.until, ParticipantsLicenceHeld(licence, account, v.until));
        v.from = uint48(block.timestamp);
        v.until = until;
        emit LicenceGranted(licence, account, uint48(block.timestamp), until);
    }

    /// @notice Ends a licence now.
    function revoke(Licence licence, address account) external onlyAuthority {
        require(isLicensed(licence, account), ParticipantsLicenceNotHeld(licence, account));
        _licences[licence][account].until = uint48(block.timestamp);
        emit LicenceRevoked(licence, account, uint48(block.timestamp));
    }

    // ───────────────────────────────── views ─────────────────────────────────

    function organisationCount() external view returns (uint256) {
        return _organisations.length;
    }

    function organisationOf(uint32 organisation) external view returns (Organisation memory) {
        _known(organisation);
        return _organisations[organisation - 1];
    }

    function isRegistered(uint32 organisation) public view returns (bool) {
        return organisation != 0 && organisation <= _organisations.length;
    }

    function keyOf(address key) external view returns (Key memory) {
        return _keys[key];
    }

    function licenceOf(Licence licence, address account) external view returns (Validity memory) {
        return _licences[licence][account];
    }

    function isLicensed(Licence licence, address account) public view returns (bool) {
        Validity storage v = _licences[licence][account];
        return v.from <= block.timestamp && block.timestamp < v.until;
    }

    function isSuspended(uint32 organisation) public view returns (bool) {
        return _suspensions[organisation].latest() != 0;
    }

    /// @notice In how many seconds the suspension of `organisation` changed.
    function suspensionChanges(uint32 organisation) external view returns (uint256) {
        return _suspensions[organisation].length();
    }

    /// @notice The organisation that `key` serves now with `powers`; 0 if none.
    function servedBy(address key, uint8 powers) public view returns (uint32) {
        return _servedAt(key, powers, block.timestamp);
    }

    /// @notice The organisation that may act through `account` in `role` now; 0 if there is none or it is suspended.
    function actingIn(address account, uint8 role) external view returns (uint32 organisation) {
        organisation = servedBy(account, ACT);
        if (organisation != 0 && (!_hasRole(organisation, role) || isSuspended(organisation))) organisation = 0;
    }

    /// @notice For which organisation `key` could bid just before `time` (0: none), and whether that one was eligible.
    function bidderAt(address key, uint48 time) external view returns (uint32 organisation, bool eligible) {
        if (time == 0) return (0, false);
        organisation = _servedAt(key, BID, time - 1);
        eligible = organisation != 0 && _hasRole(organisation, SUPPLIER)
            && _suspensions[organisation].upperLookupRecent(time - 1) == 0;
    }

    function _hasRole(uint32 organisation, uint8 role) private view returns (bool) {
        return _organisations[organisation - 1].roles & role != 0;
    }

    function _servedAt(address key, uint8 powers, uint256 second) private view returns (uint32) {
        Key storage k = _keys[key];
        return k.from <= second && second < k.until && k.powers & powers == powers ? k.organisation : 0;
    }

    function _authorise(uint32 organisation, address key, uint8 powers, uint48 from, uint48 until) private {
        require(key != address(0), ParticipantsZeroAddress());
        require(powers != 0 && powers <= (ACT | BID), ParticipantsPowers(powers));
        require(from >= block.timestamp, ParticipantsBackdated(from, uint48(block.timestamp)));
        require(until > from, ParticipantsEmptyValidity(from, until));
        uint32 taken = _keys[key].organisation;
        require(taken == 0, ParticipantsKeyTaken(key, taken));
        _keys[key] = Key(organisation, powers, from, until);
        emit KeyAuthorised(organisation, key, powers, from, until, msg.sender);
    }

    function _known(uint32 organisation) private view {
        require(isRegistered(organisation), ParticipantsUnknownOrganisation(organisation));
    }

    function _onlyLicensed(Licence licence) private view {
        require(isLicensed(licence, msg.sender), ParticipantsUnlicensed(licence, msg.sender));
    }

    /// @dev A sender who does not act for `organisation` must be a registrar.
    function _onlyRegistrarFor(uint32 organisation) private view {
        require(isLicensed(Licence.REGISTRAR, msg.sender), ParticipantsNotOfOrganisation(organisation, msg.sender));
    }
}
