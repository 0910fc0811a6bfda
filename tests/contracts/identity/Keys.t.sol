// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACT, BID, Participants, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {Register} from "./Register.sol";

/// @notice Keys that act or bid for an organisation: consent, validity, revocation, one life each.
contract KeysTest is Register {
    address private immutable supplier = account("supplier");
    address private immutable rival = account("rival");
    address private immutable bidKey = account("bid key");
    uint48 private constant DELAY = 7 days;
    uint32 private organisation;
    uint32 private rivals;

    function setUp() public override {
        super.setUp();
        organisation = register("supplier", SUPPLIER);
        rivals = register("rival", SUPPLIER);
    }

    // ──────────────────────────────── authorising ────────────────────────────

    function test_AnActingAccountAuthorisesAKeyThatConsents() external {
        vm.expectEmit(address(participants));
        emit Participants.KeyAuthorised(organisation, bidKey, BID, START + 10, START + 20, supplier);
        _authorise(supplier, "bid key", BID, START + 10, START + 20);
        vm.assertEq(
            abi.encode(participants.keyOf(bidKey)),
            abi.encode(Participants.Key(organisation, BID, START + 10, START + 20))
        );
    }

    /// @dev So that it can not act in the name of an organisation before that notices.
    function test_ARegistrarsKeyBeginsAfterADelay() external {
        vm.assertEq(participants.REGISTRAR_DELAY(), DELAY);
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantsBackdated.selector, START + DELAY - 1, START + DELAY)
        );
        _authorise(registrar, "bid key", ACT, START + DELAY - 1, FOREVER);
        _authorise(registrar, "bid key", ACT, START + DELAY, FOREVER);
        vm.warp(START + DELAY - 1);
        vm.assertEq(participants.servedBy(bidKey, ACT), 0);
        vm.warp(START + DELAY);
        vm.assertEq(participants.servedBy(bidKey, ACT), organisation);
    }

    function test_ARegistrarNeedsTheKeysConsentToo() external {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsNoConsent.selector, bidKey));
        participants.authoriseKey(organisation, bidKey, BID, START + DELAY, FOREVER, "");
    }

    function test_ARegistrarActsAtOnceForItsOwnOrganisation() external {
        vm.prank(authority);
        participants.grant(Participants.Licence.REGISTRAR, supplier, FOREVER);
        _authorise(supplier, "bid key", BID, START, FOREVER);
        vm.prank(supplier);
        participants.revokeKey(bidKey);
        vm.assertEq(participants.keyOf(bidKey).until, START);
    }

    function test_NobodyBindsAStrangersKey() external {
        bytes[] memory consents = new bytes[](8);
        consents[0] = "";
        consents[1] = new bytes(65); // whose recovery fails: the zero signer
        consents[2] = _consentBy("supplier", organisation, BID, START, START + 20);
        consents[3] = _consentBy("bid key", rivals, BID, START, START + 20);
        consents[4] = _consentBy("bid key", organisation, ACT, START, START + 20);
        consents[5] = _consentBy("bid key", organisation, BID, START + 1, START + 20);
        consents[6] = _consentBy("bid key", organisation, BID, START, START + 21);
        consents[7] = _flipped(_consentBy("bid key", organisation, BID, START, START + 20));
        vm.startPrank(supplier);
        for (uint256 i = 0; i < consents.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsNoConsent.selector, bidKey));
            participants.authoriseKey(organisation, bidKey, BID, START, START + 20, consents[i]);
        }
        bytes memory good = _consentBy("bid key", organisation, BID, START, START + 20);
        participants.authoriseKey(organisation, bidKey, BID, START, START + 20, good);
    }

    function test_RefusesAConsentForAnotherContractOrChain() external {
        bytes32 message = _message(organisation, bidKey, BID, START, START + 20);
        bytes[2] memory consents = [
            _signed("bid key", message, stranger, block.chainid),
            _signed("bid key", message, address(participants), block.chainid + 1)
        ];
        vm.startPrank(supplier);
        for (uint256 i = 0; i < consents.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsNoConsent.selector, bidKey));
            participants.authoriseKey(organisation, bidKey, BID, START, START + 20, consents[i]);
        }
    }

    function test_NobodyClaimsAddressZeroByABrokenSignature() external {
        vm.prank(supplier);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsNoConsent.selector, address(0)));
        participants.authoriseKey(organisation, address(0), BID, START, FOREVER, new bytes(65));
    }

    function test_AnAccountAuthorisesOnlyForItsOwnOrganisation() external {
        _assertNotOf(rival);
        _assertNotOf(stranger);
        _assertNotOf(authority);
    }

    function test_AKeyThatOnlyBidsAuthorisesNone() external {
        _authorise(supplier, "stranger", BID, START, FOREVER);
        _assertNotOf(stranger);
    }

    function test_AnEndedAccountAuthorisesNone() external {
        vm.prank(supplier);
        participants.revokeKey(supplier);
        _assertNotOf(supplier);
    }

    function test_RefusesUnsoundKeys() external {
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsPowers.selector, 0));
        _authorise(supplier, "bid key", 0, START, FOREVER);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsPowers.selector, 4));
        _authorise(supplier, "bid key", 4, START, FOREVER);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsBackdated.selector, START - 1, START));
        _authorise(supplier, "bid key", BID, START - 1, FOREVER);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsEmptyValidity.selector, START, START));
        _authorise(supplier, "bid key", BID, START, START);
        _authorise(supplier, "bid key", BID, START, START + 1);
    }

    function test_AKeyServesOneOrganisationOnce() external {
        _authorise(supplier, "bid key", BID, START, FOREVER);
        bytes memory taken = abi.encodeWithSelector(Participants.ParticipantsKeyTaken.selector, bidKey, organisation);
        vm.expectRevert(taken);
        _authorise(supplier, "bid key", ACT, START, FOREVER);
        vm.prank(supplier);
        participants.revokeKey(bidKey);
        vm.warp(START + 1);
        vm.expectRevert(taken);
        _authorise(supplier, "bid key", BID, START + 1, FOREVER);
        bytes memory consent = _consentBy("bid key", rivals, BID, START + 1, FOREVER);
        vm.prank(rival);
        vm.expectRevert(taken);
        participants.authoriseKey(rivals, bidKey, BID, START + 1, FOREVER, consent);
        vm.prank(registrar);
        vm.expectRevert(taken);
        participants.register("record", SUPPLIER, bidKey);
    }

    // ───────────────────────────────── revoking ──────────────────────────────

    function test_AnActingAccountRevokesAKeyNow() external {
        _authorise(supplier, "bid key", BID, START, FOREVER);
        vm.warp(START + 5);
        vm.expectEmit(address(participants));
        emit Participants.KeyRevoked(organisation, bidKey, START + 5, supplier);
        vm.prank(supplier);
        participants.revokeKey(bidKey);
        vm.assertEq(participants.servedBy(bidKey, BID), 0);
        vm.assertEq(participants.keyOf(bidKey).until, START + 5);
    }

    function test_ARegistrarRevokesAnyKeyAfterADelay() external {
        vm.expectEmit(address(participants));
        emit Participants.KeyRevoked(organisation, supplier, START + DELAY, registrar);
        vm.prank(registrar);
        participants.revokeKey(supplier);
        vm.warp(START + DELAY - 1);
        vm.assertEq(participants.servedBy(supplier, ACT), organisation);
        vm.warp(START + DELAY);
        vm.assertEq(participants.servedBy(supplier, ACT), 0);
    }

    /// @dev Neither by a second revocation, nor by one of a key that ends sooner by itself.
    function test_ARegistrarProlongsNoKey() external {
        _authorise(supplier, "bid key", BID, START, START + DELAY);
        _expectEnded(registrar, bidKey, START + DELAY);
        vm.prank(registrar);
        participants.revokeKey(supplier);
        _expectEnded(registrar, supplier, START + DELAY);
        vm.warp(START + 5);
        _expectEnded(registrar, supplier, START + DELAY);
    }

    function test_RevokesAKeyBeforeItBegins() external {
        _authorise(supplier, "bid key", BID, START + 10, FOREVER);
        vm.prank(supplier);
        participants.revokeKey(bidKey);
        for (uint48 time = START; time < START + 20; ++time) {
            _assertBidder(time, 0);
        }
    }

    function test_OnlyOwnAccountsAndRegistrarsRevoke() external {
        bytes4 refusal = Participants.ParticipantsNotOfOrganisation.selector;
        vm.prank(rival);
        vm.expectRevert(abi.encodeWithSelector(refusal, organisation, rival));
        participants.revokeKey(supplier);
        vm.prank(authority);
        vm.expectRevert(abi.encodeWithSelector(refusal, organisation, authority));
        participants.revokeKey(supplier);
    }

    function test_RevokesOnlyAKeyThatHasNotEnded() external {
        vm.prank(supplier);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsUnknownKey.selector, stranger));
        participants.revokeKey(stranger);
        _authorise(supplier, "bid key", BID, START, START + 10);
        _authorise(supplier, "stranger", BID, START, START + 10);
        vm.warp(START + 9);
        vm.prank(supplier);
        participants.revokeKey(stranger);
        vm.warp(START + 10);
        _expectEnded(supplier, bidKey, START + 10);
    }

    // ───────────────────────────── as of a time ──────────────────────────────

    function test_AKeyServesFromItsFirstSecondToItsLast() external {
        _authorise(supplier, "bid key", BID, START + 10, START + 20);
        _assertServes(START + 9, 0);
        _assertServes(START + 10, organisation);
        _assertServes(START + 19, organisation);
        _assertServes(START + 20, 0);
        // as of T is the second before T
        _assertBidder(START + 10, 0);
        _assertBidder(START + 11, organisation);
        _assertBidder(START + 20, organisation);
        _assertBidder(START + 21, 0);
        _assertBidder(0, 0);
    }

    /// @dev Revoked in the second T: what closed at T is not touched, what closes a second later is.
    function test_ARevocationChangesNothingThatHasClosed() external {
        _authorise(supplier, "bid key", BID, START, FOREVER);
        vm.warp(START + 10);
        vm.prank(supplier);
        participants.revokeKey(bidKey);
        _assertBidder(START + 10, organisation);
        _assertBidder(START + 11, 0);
    }

    function test_AKeyAuthorisedAtClosingDoesNotBid() external {
        vm.warp(START + 10);
        _authorise(supplier, "bid key", BID, START + 10, FOREVER);
        _assertBidder(START + 10, 0);
        _assertBidder(START + 11, organisation);
    }

    function test_AKeyHasOnlyItsPowers() external {
        _authorise(supplier, "bid key", BID, START, FOREVER);
        _authorise(supplier, "stranger", ACT, START, FOREVER);
        vm.assertEq(participants.servedBy(bidKey, ACT), 0);
        vm.assertEq(participants.servedBy(bidKey, BID), organisation);
        vm.assertEq(participants.servedBy(bidKey, 0), organisation);
        vm.assertEq(participants.servedBy(bidKey, ACT | BID), 0);
        vm.assertEq(participants.servedBy(supplier, ACT | BID), organisation);
        vm.assertEq(participants.actingIn(bidKey, SUPPLIER), 0);
        vm.assertEq(participants.actingIn(stranger, SUPPLIER), organisation);
        (uint32 bidder, bool eligible) = participants.bidderAt(stranger, START + 1);
        vm.assertEq(bidder, 0);
        vm.assertFalse(eligible);
    }

    /// @dev Whatever happens at or after T, the answer as of T stays.
    function testFuzz_NothingChangesTheAnswerAsOfAPastTime(uint256 seed) external {
        _authorise(supplier, "bid key", BID, START + uint48(bound(seed, 0, 6)), START + 9);
        uint48 time = START + uint48(bound(seed >> 8, 0, 8));
        vm.warp(time);
        (uint32 bidder, bool eligible) = participants.bidderAt(bidKey, time);
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(present() + seed % 2);
            uint256 act = (seed >> 8) % 3;
            vm.startPrank(act < 2 ? authority : supplier);
            if (act == 0 && !participants.isSuspended(organisation)) participants.suspend(organisation, "reason");
            else if (act == 1 && participants.isSuspended(organisation)) participants.reinstate(organisation, "reason");
            else if (act == 2 && present() < participants.keyOf(bidKey).until) participants.revokeKey(bidKey);
            vm.stopPrank();
            (uint32 bidderNow, bool eligibleNow) = participants.bidderAt(bidKey, time);
            vm.assertEq(bidderNow, bidder);
            vm.assertEq(eligibleNow, eligible);
        }
    }

    // ───────────────────────────────── small ─────────────────────────────────

    /// @dev A key for the supplier, with the key's consent.
    function _authorise(address sender, string memory name, uint8 powers, uint48 from, uint48 until) private {
        bytes memory consent = _consentBy(name, organisation, powers, from, until, account(name));
        vm.prank(sender);
        participants.authoriseKey(organisation, account(name), powers, from, until, consent);
    }

    function _assertServes(uint48 time, uint32 wanted) private {
        vm.warp(time);
        vm.assertEq(participants.servedBy(bidKey, BID), wanted);
    }

    function _assertBidder(uint48 time, uint32 wanted) private view {
        (uint32 bidder, bool eligible) = participants.bidderAt(bidKey, time);
        vm.assertEq(bidder, wanted);
        vm.assertEq(eligible, wanted != 0);
    }

    function _assertNotOf(address sender) private {
        vm.expectRevert(
            abi.encodeWithSelector(Participants.ParticipantsNotOfOrganisation.selector, organisation, sender)
        );
        _authorise(sender, "bid key", BID, START, START + 20);
    }

    function _expectEnded(address sender, address key_, uint48 until) private {
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsKeyEnded.selector, key_, until));
        participants.revokeKey(key_);
    }

    /// @dev What `signer` signs for the bid key.
    function _consentBy(string memory signer, uint32 id, uint8 powers, uint48 from, uint48 until)
        private
        view
        returns (bytes memory)
    {
        return _consentBy(signer, id, powers, from, until, bidKey);
    }

    function _consentBy(string memory signer, uint32 id, uint8 powers, uint48 from, uint48 until, address key_)
        private
        view
        returns (bytes memory)
    {
        return _signed(signer, _message(id, key_, powers, from, until), address(participants), block.chainid);
    }

    function _message(uint32 id, address key_, uint8 powers, uint48 from, uint48 until) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("AcceptKey(uint32 organisation,address key,uint8 powers,uint48 from,uint48 until)"),
                id,
                key_,
                powers,
                from,
                until
            )
        );
    }

    function _signed(string memory signer, bytes32 message, address verifier, uint256 chainId)
        private
        pure
        returns (bytes memory)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Terang Participants"),
                keccak256("1"),
                chainId,
                verifier
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key(signer), keccak256(abi.encodePacked(hex"1901", domain, message)));
        return abi.encodePacked(r, s, v);
    }

    /// @dev The other signature that recovers the same signer: high s.
    function _flipped(bytes memory signature) private pure returns (bytes memory) {
        (bytes32 r, uint256 s) = abi.decode(signature, (bytes32, uint256));
        uint8 v = uint8(signature[64]);
        return abi.encodePacked(r, Secp256k1.N - s, v == 27 ? uint8(28) : uint8(27));
    }
}
