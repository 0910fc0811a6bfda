// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACT, BID, Participants, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {EntryPoint, SmartAccount} from "../support/Accounts.sol";
import {Multisig} from "../support/Multisig.sol";
import {vm} from "../support/Test.sol";
import {Register} from "./Register.sol";

/// @notice An organisation whose account is a contract: it authorises and revokes keys by its own transactions, and by
/// nothing else. Two of three owners move it: the director, the secretary and the treasurer.
contract ContractWalletsTest is Register {
    address private immutable bidKey = account("bid key");
    Multisig private safe;
    uint32 private organisation;

    function setUp() public override {
        super.setUp();
        address[] memory owners = new address[](3);
        (owners[0], owners[1], owners[2]) = (account("director"), account("secretary"), account("treasurer"));
        safe = new Multisig(owners, 2);
        organisation = _registered(address(safe));
    }

    // ──────────────────────────────── a multisig ─────────────────────────────

    function test_TheOwnersAuthoriseABidKeyThatConsents() external {
        vm.expectEmit(address(participants));
        emit Participants.KeyAuthorised(organisation, bidKey, BID, START, START + 20, address(safe));
        _carryOut(_authorising(BID, START, START + 20));
        vm.assertEq(
            abi.encode(participants.keyOf(bidKey)), abi.encode(Participants.Key(organisation, BID, START, START + 20))
        );
        vm.assertEq(participants.servedBy(bidKey, BID), organisation);
        vm.assertEq(participants.servedBy(bidKey, ACT), 0);
    }

    function test_AKeyOfAWalletNeverBeginsInThePast() external {
        _refuses(_authorising(BID, START - 1, FOREVER), _backdated(START - 1, START));
        _carryOut(_authorising(BID, START, FOREVER));
    }

    /// @dev Signatures are gathered while time goes on: what counts is when the last step is carried out.
    function test_TheTimeAtWhichTheWalletCarriesOutCounts() external {
        bytes memory data = _authorising(BID, START + 10, FOREVER);
        bytes memory signatures = _signed("director", "treasurer", data);
        vm.warp(START + 11);
        vm.expectRevert(_backdated(START + 10, START + 11));
        safe.execTransaction(address(participants), 0, data, signatures);
        vm.warp(START + 10);
        safe.execTransaction(address(participants), 0, data, signatures);
        vm.assertEq(participants.servedBy(bidKey, BID), organisation);
    }

    function test_AKeyOfAWalletDoesNotEndBeforeItBegins() external {
        for (uint48 until = START + 9; until <= START + 10; ++until) {
            _refuses(
                _authorising(BID, START + 10, until),
                abi.encodeWithSelector(Participants.ParticipantsEmptyValidity.selector, START + 10, until)
            );
        }
        _carryOut(_authorising(BID, START + 10, START + 11));
    }

    function test_TheOwnersRevokeAKeyAtOnce() external {
        _carryOut(_authorising(BID, START, FOREVER));
        vm.warp(START + 5);
        vm.expectEmit(address(participants));
        emit Participants.KeyRevoked(organisation, bidKey, START + 5, address(safe));
        _carryOut(abi.encodeCall(Participants.revokeKey, (bidKey)));
        vm.assertEq(participants.servedBy(bidKey, BID), 0);
    }

    /// @dev A key that only bids ends itself as little as it authorises others.
    function test_ABidKeyHasNoPowerOverItsWallet() external {
        _carryOut(_authorising(BID, START, FOREVER));
        vm.startPrank(bidKey);
        for (uint256 i = 0; i < 2; ++i) {
            address ended = i == 0 ? bidKey : address(safe);
            vm.expectRevert(
                abi.encodeWithSelector(Participants.ParticipantsNotOfOrganisation.selector, organisation, bidKey)
            );
            participants.revokeKey(ended);
        }
    }

    function test_TooFewOwnersAuthoriseNothing() external {
        bytes memory data = _authorising(BID, START, FOREVER);
        bytes32 digest = safe.transactionDigest(address(participants), 0, data, 0);
        bytes[] memory wrong = new bytes[](6);
        wrong[0] = "";
        wrong[1] = _sign("director", digest);
        wrong[2] = bytes.concat(_sign("director", digest), _sign("director", digest));
        wrong[3] = _both("director", "stranger", digest);
        wrong[4] = _both("director", "treasurer", safe.transactionDigest(address(participants), 0, data, 1));
        wrong[5] = _both("director", "treasurer", safe.messageDigest(digest));
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(Multisig.MultisigSignatures.selector);
            safe.execTransaction(address(participants), 0, data, wrong[i]);
        }
        vm.assertEq(participants.keyOf(bidKey).organisation, 0);
        vm.assertEq(safe.nonce(), 0);
        safe.execTransaction(address(participants), 0, data, _both("director", "treasurer", digest));
    }

    function test_AReplayedTransactionDoesNothing() external {
        bytes memory data = _authorising(BID, START, FOREVER);
        bytes memory signatures = _signed("secretary", "treasurer", data);
        safe.execTransaction(address(participants), 0, data, signatures);
        vm.expectRevert(Multisig.MultisigSignatures.selector);
        safe.execTransaction(address(participants), 0, data, signatures);

        // nor does the same wish, signed anew
        _refuses(data, abi.encodeWithSelector(Participants.ParticipantsKeyTaken.selector, bidKey, organisation));
    }

    /// @dev Only a key consents: a contract that says so could take it back.
    function test_AContractIsNoBidKeyWhateverItSigns() external {
        address[] memory owners = new address[](1);
        owners[0] = account("director");
        Multisig other = new Multisig(owners, 1);
        bytes32 digest = _digestFor(address(other), BID, START, FOREVER);
        bytes memory consent = _sign("director", other.messageDigest(digest));
        vm.assertEq(bytes32(other.isValidSignature(digest, consent)), bytes32(other.isValidSignature.selector));
        bytes memory data =
            abi.encodeCall(Participants.authoriseKey, (organisation, address(other), BID, START, FOREVER, consent));
        _refuses(data, abi.encodeWithSelector(Participants.ParticipantsNoConsent.selector, other));
    }

    // ──────────────────────── other accounts with code ───────────────────────

    function test_AnAccountBehindAnEntryPointAuthorisesAndRevokes() external {
        EntryPoint entryPoint = new EntryPoint();
        SmartAccount smart = new SmartAccount(entryPoint, account("owner"));
        _authorisesAndRevokes(smart);
    }

    /// @dev As under EIP-7702: the address is a plain key's, its code another's.
    function test_ADelegatedAccountAuthorisesAndRevokesThroughItsCode() external {
        SmartAccount delegate = new SmartAccount(new EntryPoint(), account("owner"));
        vm.etch(account("owner"), address(delegate).code);
        _authorisesAndRevokes(SmartAccount(account("owner")));
    }

    function test_ADelegatedAccountAuthorisesAndRevokesByItself() external {
        address owner = account("owner");
        organisation = _registered(owner);
        vm.etch(owner, abi.encodePacked(hex"ef0100", safe));
        bytes memory consent = _sign("bid key", _digestFor(bidKey, BID, START, FOREVER));
        vm.prank(owner);
        participants.authoriseKey(organisation, bidKey, BID, START, FOREVER, consent);
        vm.assertEq(participants.servedBy(bidKey, BID), organisation);
        vm.prank(owner);
        participants.revokeKey(bidKey);
        vm.assertEq(participants.servedBy(bidKey, BID), 0);
    }

    // ───────────────────────────────── small ─────────────────────────────────

    function _registered(address wallet) private returns (uint32) {
        vm.prank(registrar);
        return participants.register(keccak256(abi.encode(wallet)), SUPPLIER, wallet);
    }

    function _authorisesAndRevokes(SmartAccount smart) private {
        organisation = _registered(address(smart));
        bytes memory data = _authorising(BID, START, FOREVER);
        bytes memory forged = _sign("stranger", smart.ENTRY_POINT().digestOf(smart, address(participants), data));
        EntryPoint entryPoint = smart.ENTRY_POINT();
        vm.expectRevert(abi.encodeWithSelector(EntryPoint.EntryPointSignature.selector, smart));
        entryPoint.handleOp(smart, address(participants), data, forged);

        _handle(smart, data);
        vm.assertEq(participants.servedBy(bidKey, BID), organisation);
        _handle(smart, abi.encodeCall(Participants.revokeKey, (bidKey)));
        vm.assertEq(participants.servedBy(bidKey, BID), 0);
    }

    function _handle(SmartAccount smart, bytes memory data) private {
        EntryPoint entryPoint = smart.ENTRY_POINT();
        bytes memory signature = _sign("owner", entryPoint.digestOf(smart, address(participants), data));
        entryPoint.handleOp(smart, address(participants), data, signature);
    }

    /// @dev The call by which the organisation lets the bid key serve it, with that key's consent.
    function _authorising(uint8 powers, uint48 from, uint48 until) private view returns (bytes memory) {
        bytes memory consent = _sign("bid key", _digestFor(bidKey, powers, from, until));
        return abi.encodeCall(Participants.authoriseKey, (organisation, bidKey, powers, from, until, consent));
    }

    function _digestFor(address key_, uint8 powers, uint48 from, uint48 until) private view returns (bytes32) {
        bytes32 message =
            keccak256(abi.encode(participants.ACCEPT_KEY_TYPEHASH(), organisation, key_, powers, from, until));
        (, string memory name, string memory version, uint256 chainId, address verifier,,) = participants.eip712Domain();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    /// @dev The wallet calls `participants`.
    function _carryOut(bytes memory data) private {
        safe.execTransaction(address(participants), 0, data, _signed("director", "treasurer", data));
    }

    function _refuses(bytes memory data, bytes memory reason) private {
        bytes memory signatures = _signed("director", "treasurer", data);
        vm.expectRevert(reason);
        safe.execTransaction(address(participants), 0, data, signatures);
    }

    function _backdated(uint48 from, uint48 earliest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Participants.ParticipantsBackdated.selector, from, earliest);
    }

    function _signed(string memory one, string memory other, bytes memory data) private view returns (bytes memory) {
        return _both(one, other, safe.transactionDigest(address(participants), 0, data, safe.nonce()));
    }

    function _both(string memory one, string memory other, bytes32 digest) private pure returns (bytes memory) {
        if (account(one) > account(other)) (one, other) = (other, one);
        return bytes.concat(_sign(one, digest), _sign(other, digest));
    }

    function _sign(string memory signer, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key(signer), digest);
        return abi.encodePacked(r, s, v);
    }
}
