// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreements} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {TreasuryToken} from "../../../contracts/agreements/TreasuryToken.sol";
import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {BUYER, MEMBER, Participants, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Rule, Rules} from "../../../contracts/governance/Rules.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Ballots} from "../../../contracts/procurement/Ballots.sol";
import {Reviews} from "../../../contracts/procurement/Reviews.sol";
import {Securities} from "../../../contracts/procurement/Securities.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {Test, Vm, vm} from "./Test.sol";

/// @title Genesis
/// @notice Terang deployed as in production, and its people.
/// @dev People are named by role; a name's key is its hash. Seats 1 to 8: the buyer and three agencies, two auditors,
/// two citizens. Opening keys are single secrets that the test knows, in place of the openers' ceremony.
abstract contract Genesis is Test {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant KEYS = 32;
    uint256 internal constant MEMBERS = 8;
    uint256 internal constant SUPPLIERS = 5;
    /// @dev The organisation of member m has id m, of supplier s id MEMBERS + s. The buyer is member 1.
    uint32 internal constant BUYER_ORGANISATION = 1;
    uint8 internal constant NO = 0;
    uint8 internal constant YES = 1;

    Participants internal participants;
    Consortium internal consortium;
    OpeningKeys internal openingKeys;
    Tenders internal tenders;
    Rules internal rules;
    Ballots internal ballots;
    Awards internal awards;
    Reviews internal reviews;
    Securities internal securities;
    Agreements internal agreements;
    Escrow internal escrow;
    TreasuryToken internal rupiah;
    /// @dev The token of the next tender.
    address internal currency;

    address internal immutable authority = account("authority");
    address internal immutable registrar = account("registrar");
    address internal immutable treasury = account("treasury");
    address internal immutable relay = account("relay");
    address internal immutable buyer = account("member 1");
    address internal immutable stranger = account("stranger");

    bytes32[][] internal treeOfKeys; // leaves first

    function setUp() public virtual {
        vm.warp(START);
        _deploy();
        vm.startPrank(authority);
        participants.grant(Participants.Licence.REGISTRAR, registrar, type(uint48).max);
        participants.grant(Participants.Licence.TREASURY, treasury, type(uint48).max);
        participants.grant(Participants.Licence.RELAY, relay, type(uint48).max);
        vm.stopPrank();
        _register();
        _seat();
        _makeKeys();
        setRule(ruleFor(Category.WORKS, Method.LOWEST_PRICE));
    }

    // ───────────────────────────────── people ────────────────────────────────

    function key(string memory name) internal pure returns (uint256) {
        return uint256(keccak256(bytes(name))) % (Secp256k1.N - 1) + 1;
    }

    function account(string memory name) internal pure returns (address) {
        return vm.addr(key(name));
    }

    function memberKey(uint256 seat) internal pure returns (uint256) {
        return key(string.concat("member ", _digits(seat)));
    }

    function member(uint256 seat) internal pure returns (address) {
        return vm.addr(memberKey(seat));
    }

    function supplierKey(uint256 number) internal pure returns (uint256) {
        return key(string.concat("supplier ", _digits(number)));
    }

    function supplier(uint256 number) internal pure returns (address) {
        return vm.addr(supplierKey(number));
    }

    function supplierOrganisation(uint256 number) internal pure returns (uint32) {
        return uint32(MEMBERS + number);
    }

    /// @dev The time now. The compiler may keep `block.timestamp` from before a `vm.warp`.
    function present() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    function _digits(uint256 number) internal pure returns (string memory) {
        bytes memory low = abi.encodePacked(uint8(48 + number % 10));
        return string(number < 10 ? low : abi.encodePacked(_digits(number / 10), low));
    }

    // ───────────────────────────────── the law ───────────────────────────────

    /// @dev Two agencies and one citizen judge by two ballots; two auditors and one citizen review by two votes.
    function ruleFor(Category category, Method method) internal pure virtual returns (Rule memory) {
        bool scored = method == Method.QUALITY_PRICE;
        return Rule({
            category: category,
            method: method,
            tenderingPeriod: 1 days,
            amendmentPeriod: 1 days,
            enquiryPeriod: 12 hours,
            evaluationPeriod: 1 days,
            standstillPeriod: 5 days,
            signingPeriod: 14 days,
            minimumBids: 1,
            abnormalUnderEstimate: 0,
            abnormalUnderMean: 0,
            reviewPeriod: 3 days,
            complaintDeposit: 100,
            agencies: 2,
            auditors: 0,
            citizens: 1,
            quorum: 2,
            reviewAuditors: 2,
            reviewCitizens: 1,
            reviewQuorum: 2,
            threshold: scored ? 50 : 0,
            weightLeast: scored ? 1000 : 0,
            weightMost: scored ? 9000 : 0,
            bidSecurityLeast: 0,
            bidSecurityMost: 300,
            performanceSecurity: 0,
            performanceSecurityLow: 0
        });
    }

    /// @dev How many agencies, auditors and citizens evaluate the tenders published from now on.
    function setPanel(uint8[3] memory seats, uint8 quorum) internal {
        Rule memory rule = ruleFor(Category.WORKS, Method.LOWEST_PRICE);
        (rule.agencies, rule.auditors, rule.citizens, rule.quorum) = (seats[0], seats[1], seats[2], quorum);
        setRule(rule);
    }

    function setRule(Rule memory rule) internal {
        Rule[] memory list_ = new Rule[](1);
        list_[0] = rule;
        vm.prank(authority);
        rules.set(list_);
    }

    // ──────────────────────────────── the making ─────────────────────────────

    function _deploy() private {
        participants = Participants(_create("Participants", abi.encode(authority)));
        consortium = Consortium(_create("Consortium", abi.encode(authority, participants)));
        rules = Rules(_create("Rules", abi.encode(authority)));
        uint256 nonce = vm.getNonce(address(this));
        address tendersAt = vm.computeCreateAddress(address(this), nonce + 1);
        address ballotsAt = vm.computeCreateAddress(address(this), nonce + 2);
        address awardsAt = vm.computeCreateAddress(address(this), nonce + 3);
        address reviewsAt = vm.computeCreateAddress(address(this), nonce + 4);
        address securitiesAt = vm.computeCreateAddress(address(this), nonce + 5);
        address agreementsAt = vm.computeCreateAddress(address(this), nonce + 6);
        address escrowAt = vm.computeCreateAddress(address(this), nonce + 7);
        openingKeys = OpeningKeys(_create("OpeningKeys", abi.encode(authority, consortium, tendersAt, ballotsAt)));
        tenders = Tenders(_create("Tenders", abi.encode(participants, openingKeys, rules, awardsAt, securitiesAt)));
        ballots =
            Ballots(_create("Ballots", abi.encode(participants, openingKeys, consortium, rules, tenders, awardsAt)));
        awards = Awards(
            _create("Awards", abi.encode(participants, rules, tenders, ballots, agreementsAt, reviewsAt, securitiesAt))
        );
        reviews = Reviews(_create("Reviews", abi.encode(participants, consortium, rules, tenders, ballots, awards)));
        securities =
            Securities(_create("Securities", abi.encode(participants, awards, tenders, agreementsAt, escrowAt)));
        agreements = Agreements(_create("Agreements", abi.encode(participants, tenders, awards, rules, securities)));
        escrow = Escrow(_create("Escrow", abi.encode(participants, agreements, securities)));
        rupiah = TreasuryToken(_create("TreasuryToken", abi.encode(participants, "Rupiah", "IDR", uint8(2))));
        currency = address(rupiah);
        require(
            address(tenders) == tendersAt && address(ballots) == ballotsAt && address(awards) == awardsAt
                && address(reviews) == reviewsAt && address(securities) == securitiesAt
                && address(agreements) == agreementsAt && address(escrow) == escrowAt,
            "deployed where foreseen"
        );
    }

    /// @dev From the artifact, so that a test does not carry and compile the code of every contract.
    function _create(string memory name, bytes memory arguments) internal returns (address created) {
        bytes memory code = bytes.concat(vm.getCode(string.concat(name, ".sol:", name)), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        require(created != address(0), name);
    }

    function _register() private {
        vm.startPrank(registrar);
        participants.register("buyer", BUYER | MEMBER, member(1));
        for (uint256 i = 2; i <= MEMBERS; ++i) {
            participants.register(keccak256(abi.encode("member", i)), MEMBER, member(i));
        }
        for (uint256 i = 1; i <= SUPPLIERS; ++i) {
            participants.register(keccak256(abi.encode("supplier", i)), SUPPLIER, supplier(i));
        }
        vm.stopPrank();
    }

    function _seat() private {
        vm.startPrank(authority);
        for (uint32 i = 1; i <= MEMBERS; ++i) {
            Consortium.Class class =
                i <= 4 ? Consortium.Class.AGENCY : i <= 6 ? Consortium.Class.AUDITOR : Consortium.Class.CITIZEN;
            consortium.admit(i, class, member(i));
        }
        uint32[] memory openers = new uint32[](7);
        for (uint32 i = 0; i < openers.length; ++i) {
            openers[i] = i + 2; // all but the buyer
        }
        openingKeys.startEpoch(openers, 4, 6);
        vm.stopPrank();
    }

    function _makeKeys() private {
        bytes32[] memory level = new bytes32[](KEYS);
        for (uint256 i = 0; i < KEYS; ++i) {
            Vm.Wallet memory point = vm.createWallet(secretOf(i));
            level[i] = keccak256(bytes.concat(keccak256(abi.encode(i, point.publicKeyX, point.publicKeyY))));
        }
        treeOfKeys.push(level);
        while (level.length > 1) {
            bytes32[] memory above = new bytes32[](level.length / 2);
            for (uint256 i = 0; i < above.length; ++i) {
                (bytes32 a, bytes32 b) = (level[2 * i], level[2 * i + 1]);
                above[i] = a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
            }
            treeOfKeys.push(above);
            level = above;
        }
        vm.prank(member(2));
        openingKeys.openBatch(1, uint32(KEYS));
        vm.warp(START + openingKeys.DEALING_PERIOD());
        for (uint256 i = 2; i <= 7; ++i) {
            vm.prank(member(i));
            openingKeys.confirm(1, 1, level[0], "transcript");
        }
    }

    /// @dev The secret of the opening key `index`.
    function secretOf(uint256 index) internal pure returns (uint256) {
        return key(string.concat("opening key ", _digits(index)));
    }
}
