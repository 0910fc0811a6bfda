// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement, Agreements} from "../../../contracts/agreements/Agreements.sol";
import {ACT, BID, Participants} from "../../../contracts/identity/Participants.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {GasBurningWallet, RevertingWallet, VerboseWallet, WalletMock} from "../support/Wallets.sol";
import {World} from "../support/World.sol";

/// @dev Who may sign an agreement, and with what.
contract AgreementSignaturesTest is World {
    Agreement private agreement;
    bytes32 private digest;

    function setUp() public override {
        super.setUp();
        agreement = agreementFor(awardedTender(list(1_000)));
        digest = agreements.digestOf(agreement);
    }

    function test_TheDigestIsTheTypedData() public view {
        vm.assertEq(digest, typedDigest("Terang Agreements", address(agreements), _structHash(agreement)));
    }

    // ────────────────────────── who signs for whom ───────────────────────────

    function test_RefusesAnAccountOfAnotherOrganisation() public {
        _refusesParty(BUYER_ORGANISATION, supplier(1), supplier(1));
        _refusesParty(BUYER_ORGANISATION, stranger, supplier(1));
        _refusesParty(supplierOrganisation(1), buyer, buyer);
        _refusesParty(supplierOrganisation(1), buyer, supplier(2));
    }

    function test_RefusesAKeyThatOnlyBids() public {
        authorise("bid key", BID, uint48(present()), type(uint48).max);
        _refusesParty(supplierOrganisation(1), buyer, account("bid key"));
    }

    function test_RefusesARevokedAccount() public {
        vm.prank(supplier(1));
        participants.revokeKey(supplier(1));
        _refusesParty(supplierOrganisation(1), buyer, supplier(1));
    }

    function test_AFurtherAccountSigns() public {
        authorise("further key", ACT, uint48(present()), type(uint48).max);
        _signs(account("further key"), signed(key("further key"), digest));
    }

    // ──────────────────────────────── replays ────────────────────────────────

    function test_RefusesEitherSignatureByAnother() public {
        _refuses(buyer, signed(supplierKey(1), digest), signed(supplierKey(1), digest));
        _refuses(supplier(1), signed(memberKey(1), digest), signed(memberKey(1), digest));
    }

    function test_RefusesASignatureForAnotherChain() public {
        uint256 chain = block.chainid + 1;
        _refusesSigned(typedDigest("Terang Agreements", address(agreements), chain, _structHash(agreement)));
    }

    function test_RefusesASignatureForAnotherContract() public {
        _refusesSigned(typedDigest("Terang Agreements", address(escrow), _structHash(agreement)));
    }

    function test_RefusesASignatureForAnotherDomain() public {
        _refusesSigned(typedDigest("Terang Ballots", address(agreements), _structHash(agreement)));
    }

    function test_RefusesASignatureOfAnotherType() public {
        _refusesSigned(typedDigest("Terang Agreements", address(agreements), keccak256(abi.encode(agreement))));
    }

    function test_RefusesASignatureFromBeforeAChange() public {
        vm.prank(authority);
        participants.grant(Participants.Licence.TREASURY, account("second treasury"), type(uint48).max);
        Agreement[7] memory changed;
        for (uint256 i = 0; i < changed.length; ++i) {
            changed[i] = agreement;
        }
        changed[0].documents = "other documents";
        changed[1].startsAt -= 1;
        changed[2].payee = stranger;
        changed[3].refundTo = account("second treasury");
        changed[4].milestones[1].deliverable = "less";
        changed[5].inspectors[1] = stranger;
        changed[6].approvals = 2;
        for (uint256 i = 0; i < changed.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Agreements.AgreementsSignature.selector, buyer));
            agreements.sign(
                termsOfTender(),
                changed[i],
                buyer,
                signed(memberKey(1), digest),
                supplier(1),
                signed(supplierKey(1), digest)
            );
        }
    }

    function test_RefusesTheMirroredSignature() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(supplierKey(1), digest);
        bytes32 mirrored = bytes32(Secp256k1.N - uint256(s));
        _refusesBySupplier(abi.encodePacked(r, mirrored, v == 27 ? uint8(28) : uint8(27)));
    }

    function test_RefusesTheCompactSignature() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(supplierKey(1), digest);
        _refusesBySupplier(abi.encodePacked(r, bytes32(uint256(s) | uint256(v - 27) << 255)));
    }

    function test_RefusesEmptyAndZeroSignatures() public {
        _refusesBySupplier("");
        _refusesBySupplier(new bytes(65));
    }

    // ──────────────────────────── contract wallets ───────────────────────────

    function test_AContractWalletSigns() public {
        vm.etch(supplier(1), address(new WalletMock()).code);
        _signs(supplier(1), "whatever the wallet understands");
    }

    function test_RefusesAWalletThatRevokedItsSignature() public {
        vm.etch(supplier(1), address(new WalletMock()).code);
        WalletMock(supplier(1)).revoke();
        _refusesBySupplier(signed(supplierKey(1), digest));
    }

    function test_RefusesAWalletThatReverts() public {
        _refusesWallet(address(new RevertingWallet()));
    }

    function test_RefusesAWalletThatBurnsItsGas() public {
        _refusesWallet(address(new GasBurningWallet()));
    }

    function test_RefusesAWalletThatAnswersAtLength() public {
        _refusesWallet(address(new VerboseWallet()));
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _signs(address supplierAccount, bytes memory signature) private {
        vm.expectEmit(address(agreements));
        emit Agreements.AgreementSigned(
            agreement.tenderId, agreement.buyer, agreement.supplier, buyer, supplierAccount, agreement
        );
        agreements.sign(termsOfTender(), agreement, buyer, signed(memberKey(1), digest), supplierAccount, signature);
    }

    function _refusesParty(uint32 organisation, address buyerAccount, address supplierAccount) private {
        address wrong = organisation == BUYER_ORGANISATION ? buyerAccount : supplierAccount;
        bytes memory byBuyer = signed(memberKey(1), digest);
        vm.expectRevert(abi.encodeWithSelector(Agreements.AgreementsNotForParty.selector, organisation, wrong));
        agreements.sign(
            termsOfTender(), agreement, buyerAccount, byBuyer, supplierAccount, signed(supplierKey(1), digest)
        );
    }

    function _refuses(address whose, bytes memory byBuyer, bytes memory bySupplier) private {
        vm.expectRevert(abi.encodeWithSelector(Agreements.AgreementsSignature.selector, whose));
        agreements.sign(termsOfTender(), agreement, buyer, byBuyer, supplier(1), bySupplier);
    }

    function _refusesSigned(bytes32 other) private {
        _refuses(buyer, signed(memberKey(1), other), signed(supplierKey(1), digest));
        _refusesBySupplier(signed(supplierKey(1), other));
    }

    function _refusesBySupplier(bytes memory signature) private {
        _refuses(supplier(1), signed(memberKey(1), digest), signature);
    }

    function _refusesWallet(address wallet) private {
        vm.etch(supplier(1), wallet.code);
        _refusesBySupplier(signed(supplierKey(1), digest));
    }

    /// @dev EIP-712 of the agreement, written out from its type.
    function _structHash(Agreement memory a) private pure returns (bytes32) {
        bytes memory milestones;
        for (uint256 i = 0; i < a.milestones.length; ++i) {
            milestones = bytes.concat(
                milestones,
                keccak256(
                    abi.encode(
                        keccak256("Milestone(uint128 amount,uint48 dueAt,bytes32 deliverable)"),
                        a.milestones[i].amount,
                        a.milestones[i].dueAt,
                        a.milestones[i].deliverable
                    )
                )
            );
        }
        bytes memory inspectors;
        for (uint256 i = 0; i < a.inspectors.length; ++i) {
            inspectors = bytes.concat(inspectors, abi.encode(a.inspectors[i]));
        }
        bytes32 typehash = keccak256(
            "SignAgreement(uint256 tenderId,uint32 buyer,uint32 supplier,uint128 price,address currency,bytes32 documents,uint48 startsAt,address payee,address refundTo,Milestone[] milestones,address[] inspectors,uint8 approvals)Milestone(uint128 amount,uint48 dueAt,bytes32 deliverable)"
        );
        bytes memory head = abi.encode(typehash, a.tenderId, a.buyer, a.supplier, a.price, a.currency, a.documents);
        bytes memory tail =
            abi.encode(a.startsAt, a.payee, a.refundTo, keccak256(milestones), keccak256(inspectors), a.approvals);
        return keccak256(bytes.concat(head, tail));
    }
}
