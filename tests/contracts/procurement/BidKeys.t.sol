// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BID, Participants, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {ReenteringWallet} from "../support/Accounts.sol";
import {Multisig} from "../support/Multisig.sol";
import {Vm, vm} from "../support/Test.sol";
import {GasBurningWallet, RevertingWallet, VerboseWallet, WalletMock} from "../support/Wallets.sol";
import {World} from "../support/World.sol";

/// @dev More cheatcodes of forge, for this file alone.
interface Watch {
    function expectCall(address callee, bytes calldata data, uint64 count) external;
    function snapshotState() external returns (uint256);
    function revertToState(uint256 snapshot) external returns (bool);
}

Watch constant watch = Watch(address(vm));

/// @dev The organisation of a contract wallet bids by a key that it authorised. Its one owner is the director.
contract BidKeysTest is World {
    uint48 private constant FOREVER = type(uint48).max;
    uint32 private constant ORGANISATION = uint32(MEMBERS + SUPPLIERS + 1);

    Multisig private safe;
    uint256 private tenderId;
    uint48 private closesAt;

    function setUp() public override {
        super.setUp();
        address[] memory owners = new address[](1);
        owners[0] = account("director");
        safe = new Multisig(owners, 1);
        vm.prank(registrar);
        participants.register("cooperative", SUPPLIER, address(safe));
        tenderId = publish();
        closesAt = tenders.boxOf(tenderId, 0).closesAt;
    }

    function test_TheBidOfAWalletsKeyCountsForItsOrganisation() public {
        _authorise(uint48(present()), FOREVER);
        sealBid(tenderId, _bid());
        _opens(Void.NONE);
    }

    /// @dev No relay is needed: the key puts its envelope into the box itself.
    function test_ABidKeySealsWithItsOwnAccount() public {
        _authorise(uint48(present()), FOREVER);
        BidDraft memory bid = _bid();
        bytes memory plaintext = bidPlaintext(bid, signed(bid.signer, bidDigest(tenderId, bid)));
        bytes memory envelope = envelopeOf(tenders, tenderId, 0, plaintext);
        vm.prank(bid.account);
        tenders.seal(tenderId, 0, envelope);
        vm.assertEq(tenders.sealedBy(tenderId, 0, ORGANISATION), 1);
    }

    function test_WhatTheWalletItselfSignsNeverCounts() public {
        BidDraft memory bid = _bid();
        bid.account = address(safe);
        bytes32 digest = bidDigest(tenderId, bid);
        bytes memory signature = signed(key("director"), safe.messageDigest(digest));
        vm.assertEq(bytes32(safe.isValidSignature(digest, signature)), bytes32(safe.isValidSignature.selector));
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, signature));
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, signed(key("director"), digest)));
        vm.etch(address(safe), address(new WalletMock()).code);
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, new bytes(65)));
        _opens(Void.SIGNATURE);
    }

    // ───────────────────────── who could bid as of closing ───────────────────

    function test_AKeyFromTheLastSecondBeforeClosingCounts() public {
        _authorise(closesAt - 1, FOREVER);
        sealBid(tenderId, _bid());
        _opens(Void.NONE);
    }

    function test_AKeyFromClosingDoesNotCount() public {
        _authorise(closesAt, FOREVER);
        sealBid(tenderId, _bid());
        _opens(Void.ACCOUNT);
    }

    /// @dev The envelope is there in time; nobody can authorise its key once the secret may be known.
    function test_AKeyAuthorisedAtClosingDoesNotCount() public {
        sealBid(tenderId, _bid());
        vm.warp(closesAt);
        bytes memory reason =
            abi.encodeWithSelector(Participants.ParticipantsBackdated.selector, closesAt - 1, closesAt);
        bytes memory data = _authorising(closesAt - 1, FOREVER);
        bytes memory signatures = _byDirector(data);
        vm.expectRevert(reason);
        safe.execTransaction(address(participants), 0, data, signatures);
        _authorise(closesAt, FOREVER);
        _opens(Void.ACCOUNT);
    }

    function test_AKeyUntilClosingCounts() public {
        _authorise(uint48(present()), closesAt);
        sealBid(tenderId, _bid());
        _opens(Void.NONE);
    }

    function test_AKeyUntilTheSecondBeforeClosingDoesNotCount() public {
        _authorise(uint48(present()), closesAt - 1);
        sealBid(tenderId, _bid());
        _opens(Void.ACCOUNT);
    }

    function test_AKeyRevokedBeforeClosingDoesNotCount() public {
        _revokesAt(closesAt - 1);
        _opens(Void.ACCOUNT);
    }

    function test_AKeyRevokedAtClosingStillCounts() public {
        _revokesAt(closesAt);
        _opens(Void.NONE);
    }

    function test_AKeyRevokedAfterTheReleaseStillCounts() public {
        _authorise(uint48(present()), FOREVER);
        sealBid(tenderId, _bid());
        closeAndRelease(tenders, tenderId, 0);
        _carryOut(abi.encodeCall(Participants.revokeKey, (_bid().account)));
        _opensReleased(Void.NONE);
    }

    // ───────────────────── opening calls nothing foreign ─────────────────────

    /// @dev Code appears at the addresses of the wallet, its key and a plain supplier before opening, or none does:
    /// the events and the gas are the same, and none of it is called.
    function test_NoCodeAtAnAccountChangesAnOpening() public {
        _authorise(uint48(present()), FOREVER);
        sealBid(tenderId, _bid());
        sealBid(tenderId, bidOf(1, 90));
        BidDraft memory forged = _bid();
        (forged.account, forged.nonce) = (address(safe), 2);
        sealBid(tenderId, forged);
        closeAndRelease(tenders, tenderId, 0);

        address[6] memory hostile = [
            address(new RevertingWallet()),
            address(new GasBurningWallet()),
            address(new VerboseWallet()),
            address(new ReenteringWallet()),
            address(new WalletMock()),
            address(0)
        ];
        bytes memory delegation = abi.encodePacked(hex"ef0100", hostile[4]);
        watch.expectCall(address(safe), "", 0);
        watch.expectCall(_bid().account, "", 0);
        watch.expectCall(supplier(1), "", 0);
        (bytes32 events, uint256 gas) = _openedWith("");
        for (uint256 i = 0; i < hostile.length; ++i) {
            bytes memory code = hostile[i] == address(0) ? delegation : hostile[i].code;
            (bytes32 same, uint256 used) = _openedWith(code);
            vm.assertEq(same, events);
            vm.assertEq(used, gas);
        }
    }

    // ───────────────────────────────── small ─────────────────────────────────

    /// @dev Opens with `code` at the accounts' addresses, and takes all of it back.
    function _openedWith(bytes memory code) private returns (bytes32 events, uint256 gas) {
        uint256 before = watch.snapshotState();
        if (code.length != 0) vm.etch(address(safe), code);
        vm.etch(_bid().account, code);
        vm.etch(supplier(1), code);
        vm.recordLogs();
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        gas = vm.lastCallGas().gasTotalUsed;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 3);
        vm.assertEq(tenders.bidderCount(tenderId), 2);
        events = keccak256(abi.encode(logs));
        watch.revertToState(before);
    }

    function _bid() private pure returns (BidDraft memory bid) {
        bid = bidOf(1, 100);
        (bid.signer, bid.account) = (key("bid key"), account("bid key"));
    }

    function _authorise(uint48 from, uint48 until) private {
        _carryOut(_authorising(from, until));
    }

    function _authorising(uint48 from, uint48 until) private view returns (bytes memory) {
        address bidKey = account("bid key");
        bytes32 accepted =
            keccak256(abi.encode(participants.ACCEPT_KEY_TYPEHASH(), ORGANISATION, bidKey, BID, from, until));
        bytes memory consent =
            signed(key("bid key"), typedDigest("Terang Participants", address(participants), accepted));
        return abi.encodeCall(Participants.authoriseKey, (ORGANISATION, bidKey, BID, from, until, consent));
    }

    function _revokesAt(uint48 time) private {
        _authorise(uint48(present()), FOREVER);
        sealBid(tenderId, _bid());
        vm.warp(time);
        _carryOut(abi.encodeCall(Participants.revokeKey, (_bid().account)));
    }

    function _carryOut(bytes memory data) private {
        safe.execTransaction(address(participants), 0, data, _byDirector(data));
    }

    function _byDirector(bytes memory data) private view returns (bytes memory) {
        return signed(key("director"), safe.transactionDigest(address(participants), 0, data, safe.nonce()));
    }

    function _opens(Void reason) private {
        closeAndRelease(tenders, tenderId, 0);
        _opensReleased(reason);
    }

    /// @dev The one bid counts, or every envelope is void for `reason`.
    function _opensReleased(Void reason) private {
        bytes[] memory envelopes = sealedIn[address(tenders)][tenderId][0];
        for (uint256 i = 0; reason != Void.NONE && i < envelopes.length; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(tenderId, 0, i, reason);
        }
        tenders.open(tenderId, 0, envelopes);
        vm.assertEq(tenders.bidderCount(tenderId), reason == Void.NONE ? 1 : 0);
        if (reason != Void.NONE) return;
        (uint32 organisation, uint128 price,) = tenders.bidAt(tenderId, 0);
        vm.assertEq(organisation, ORGANISATION);
        vm.assertEq(price, 100);
    }
}
