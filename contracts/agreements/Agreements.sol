// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ACT, Participants} from "../identity/Participants.sol";
import {Rules} from "../governance/Rules.sol";
import {Awards, IAgreements} from "../procurement/Awards.sol";
import {ISecurities} from "../procurement/Bids.sol";
import {Tenders} from "../procurement/Tenders.sol";
import {Phase, Terms, WHOLE} from "../procurement/Terms.sol";

/// @notice A part of the work, and what it earns.
struct Milestone {
    uint128 amount; // in the currency's smallest unit
    uint48 dueAt;
    bytes32 deliverable; // hash of its description
}

/// @notice What buyer and supplier sign. Stored as its hash; callers pass it back.
struct Agreement {
    uint256 tenderId;
    uint32 buyer; // organisation
    uint32 supplier; // organisation
    uint128 price; // in the currency's smallest unit
    address currency; // ERC-20 token
    bytes32 documents; // hash of the signed documents
    uint48 startsAt;
    address payee; // receives the supplier's money
    address refundTo; // receives what is not spent
    Milestone[] milestones;
    address[] inspectors;
    uint8 approvals; // inspectors who must accept a milestone
}

/// @title Agreements
/// @notice Contracts signed by both sides over the same readable terms, exactly as awarded.
contract Agreements is EIP712, IAgreements {
    /// @notice Inspectors of one agreement at most.
    uint256 public constant MAX_INSPECTORS = 16;
    /// @notice The start lies within this time of the signature.
    uint48 public constant MAX_START = 366 days;
    /// @notice Longest time from start to the last due date.
    uint48 public constant MAX_TERM = 36_525 days;

    bytes32 public constant MILESTONE_TYPEHASH =
        keccak256("Milestone(uint128 amount,uint48 dueAt,bytes32 deliverable)");
    bytes32 public constant SIGN_AGREEMENT_TYPEHASH = keccak256(
        "SignAgreement(uint256 tenderId,uint32 buyer,uint32 supplier,uint128 price,address currency,bytes32 documents,uint48 startsAt,address payee,address refundTo,Milestone[] milestones,address[] inspectors,uint8 approvals)Milestone(uint128 amount,uint48 dueAt,bytes32 deliverable)"
    );

    Participants public immutable PARTICIPANTS;
    Tenders public immutable TENDERS;
    Awards public immutable AWARDS;
    Rules public immutable RULES;
    ISecurities public immutable SECURITIES;

    mapping(uint256 tenderId => bytes32 hash) private _agreements;

    event AgreementSigned(
        uint256 indexed tenderId,
        uint32 indexed buyer,
        uint32 indexed supplier,
        address buyerAccount,
        address supplierAccount,
        Agreement agreement
    );

    error AgreementsPhase(uint256 tenderId, Phase phase);
    error AgreementsTenderTerms(uint256 tenderId);
    error AgreementsBuyer(uint32 given, uint32 buyer);
    error AgreementsSupplier(uint32 given, uint32 awarded);
    error AgreementsPrice(uint128 given, uint128 awarded);
    error AgreementsCurrency(address given, address currency);
    error AgreementsDocuments();
    error AgreementsZeroPayee();
    error AgreementsRefundTo(address account);
    error AgreementsStart(uint48 startsAt, uint256 earliest, uint256 latest);
    error AgreementsMilestones(uint256 given, uint256 planned);
    error AgreementsAmount(uint256 milestone, uint128 given, uint128 planned);
    error AgreementsDueDate(uint256 milestone, uint48 dueAt);
    error AgreementsInspectors(uint256 inspectors, uint8 approvals, uint256 most);
    error AgreementsInspector(address inspector);
    error AgreementsNotForParty(uint32 organisation, address account);
    error AgreementsSignature(address account);

    constructor(Participants participants, Tenders tenders, Awards awards, Rules rules, ISecurities securities)
        EIP712("Terang Agreements", "1")
    {
        PARTICIPANTS = participants;
        TENDERS = tenders;
        AWARDS = awards;
        RULES = rules;
        SECURITIES = securities;
    }

    /// @notice Registers an agreement that both sides signed. Anyone may submit the two signatures.
    /// @dev Requirements: the tender is awarded and the time for signing runs; the supplier's performance security is
    /// there; buyer, supplier, price, currency and plan are those of tender and award; what is not spent returns to a
    /// licensed treasury; each signer acts for its side. A plain key signs by ECDSA, a contract by ERC-1271.
    /// @param terms The terms of the tender as published.
    function sign(
        Terms calldata terms,
        Agreement calldata agreement,
        address buyerAccount,
        bytes calldata buyerSignature,
        address supplierAccount,
        bytes calldata supplierSignature
    ) external {
        uint256 tenderId = agreement.tenderId;
        Phase phase = AWARDS.phase(tenderId);
        require(phase == Phase.AWARDED, AgreementsPhase(tenderId, phase));
        uint128 security = _checkAward(terms, agreement);
        _checkMilestones(terms.plan, agreement);
        _checkInspectors(agreement);

        bytes32 digest = digestOf(agreement);
        _checkSigner(agreement.buyer, buyerAccount, digest, buyerSignature);
        _checkSigner(agreement.supplier, supplierAccount, digest, supplierSignature);

        _agreements[tenderId] = keccak256(abi.encode(agreement));
        emit AgreementSigned(tenderId, agreement.buyer, agreement.supplier, buyerAccount, supplierAccount, agreement);
        if (security != 0) SECURITIES.secure(tenderId, agreement.supplier, agreement.currency, security);
    }

    /// @inheritdoc IAgreements
    function isSigned(uint256 tenderId) external view returns (bool) {
        return _agreements[tenderId] != 0;
    }

    /// @notice keccak256(abi.encode(agreement)) of the signed agreement; zero until it is signed.
    function hashOf(uint256 tenderId) external view returns (bytes32) {
        return _agreements[tenderId];
    }

    /// @inheritdoc IAgreements
    function securityFor(uint256 tenderId) external view returns (uint128) {
        (, uint128 price) = AWARDS.winnerOf(tenderId);
        return _securityFor(tenderId, TENDERS.tenderOf(tenderId), price);
    }

    /// @notice What both sides sign, by EIP-712.
    function digestOf(Agreement calldata a) public view returns (bytes32) {
        bytes32[] memory milestones = new bytes32[](a.milestones.length);
        for (uint256 i = 0; i < milestones.length; ++i) {
            Milestone calldata m = a.milestones[i];
            milestones[i] = keccak256(abi.encode(MILESTONE_TYPEHASH, m.amount, m.dueAt, m.deliverable));
        }
        // in two halves: all twelve fields at once are too many for the stack of the compiler
        bytes memory head = abi.encode(
            SIGN_AGREEMENT_TYPEHASH, a.tenderId, a.buyer, a.supplier, a.price, a.currency, a.documents, a.startsAt
        );
        bytes memory tail = abi.encode(
            a.payee,
            a.refundTo,
            keccak256(abi.encodePacked(milestones)),
            keccak256(abi.encodePacked(a.inspectors)),
            a.approvals
        );
        return _hashTypedDataV4(keccak256(bytes.concat(head, tail)));
    }

    /// @dev Rounded up.
    function _securityFor(uint256 tenderId, Tenders.Tender memory tender, uint128 price)
        private
        view
        returns (uint128)
    {
        (uint16 ofPrice, uint16 ofCeilingWhereLow) = RULES.performanceSecurityOf(tender.rule);
        uint256 security = Math.ceilDiv(uint256(price) * ofPrice, WHOLE);
        if (ofCeilingWhereLow != 0 && AWARDS.isWinnerLow(tenderId)) {
            uint256 low = Math.ceilDiv(uint256(tender.ceiling) * ofCeilingWhereLow, WHOLE);
            if (low > security) security = low;
        }
        return uint128(security);
    }

    /// @return security That the supplier is to give.
    function _checkAward(Terms calldata terms, Agreement calldata agreement) private view returns (uint128 security) {
        uint256 tenderId = agreement.tenderId;
        Tenders.Tender memory tender = TENDERS.tenderOf(tenderId);
        require(keccak256(abi.encode(terms)) == tender.termsHash, AgreementsTenderTerms(tenderId));
        (uint32 supplier, uint128 price) = AWARDS.winnerOf(tenderId);
        require(agreement.buyer == tender.buyer, AgreementsBuyer(agreement.buyer, tender.buyer));
        require(agreement.supplier == supplier, AgreementsSupplier(agreement.supplier, supplier));
        require(agreement.price == price, AgreementsPrice(agreement.price, price));
        require(agreement.currency == terms.currency, AgreementsCurrency(agreement.currency, terms.currency));
        require(agreement.documents != 0, AgreementsDocuments());
        require(agreement.payee != address(0), AgreementsZeroPayee());
        require(
            PARTICIPANTS.isLicensed(Participants.Licence.TREASURY, agreement.refundTo),
            AgreementsRefundTo(agreement.refundTo)
        );
        (uint256 earliest, uint256 latest) = (block.timestamp - MAX_START, block.timestamp + MAX_START);
        require(
            agreement.startsAt >= earliest && agreement.startsAt <= latest,
            AgreementsStart(agreement.startsAt, earliest, latest)
        );
        return _securityFor(tenderId, tender, price);
    }

    /// @dev Each amount is the floor of price · basis points / 10,000; the last takes the remainder, so that the parts
    /// sum to the price exactly. Due dates do not go back, and the last is not past.
    function _checkMilestones(uint16[] calldata plan, Agreement calldata agreement) private view {
        uint256 count = plan.length;
        require(agreement.milestones.length == count, AgreementsMilestones(agreement.milestones.length, count));
        uint256 left = agreement.price;
        uint48 earliest = agreement.startsAt;
        for (uint256 i = 0; i < count; ++i) {
            Milestone calldata m = agreement.milestones[i];
            uint256 amount = i + 1 == count ? left : uint256(agreement.price) * plan[i] / WHOLE;
            require(m.amount == amount, AgreementsAmount(i, m.amount, uint128(amount)));
            require(m.dueAt >= earliest && m.dueAt - agreement.startsAt <= MAX_TERM, AgreementsDueDate(i, m.dueAt));
            (left, earliest) = (left - amount, m.dueAt);
        }
        // a signature held back must not bring an agreement that has lapsed already
        require(earliest >= block.timestamp, AgreementsDueDate(count - 1, earliest));
    }

    /// @dev Distinct, none of them serving the supplier.
    function _checkInspectors(Agreement calldata agreement) private view {
        address[] calldata inspectors = agreement.inspectors;
        require(
            agreement.approvals != 0 && agreement.approvals <= inspectors.length && inspectors.length <= MAX_INSPECTORS,
            AgreementsInspectors(inspectors.length, agreement.approvals, MAX_INSPECTORS)
        );
        for (uint256 i = 0; i < inspectors.length; ++i) {
            address inspector = inspectors[i];
            require(
                inspector != address(0) && PARTICIPANTS.keyOf(inspector).organisation != agreement.supplier,
                AgreementsInspector(inspector)
            );
            for (uint256 j = 0; j < i; ++j) {
                require(inspectors[j] != inspector, AgreementsInspector(inspector));
            }
        }
    }

    function _checkSigner(uint32 organisation, address account, bytes32 digest, bytes calldata signature) private view {
        require(PARTICIPANTS.servedBy(account, ACT) == organisation, AgreementsNotForParty(organisation, account));
        require(SignatureChecker.isValidSignatureNowCalldata(account, digest, signature), AgreementsSignature(account));
    }
}
