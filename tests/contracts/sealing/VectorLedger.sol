// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {Participants} from "../../../contracts/identity/Participants.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Phase} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";

/// @title VectorLedger
/// @notice In the place of every contract beside the box: it says of accounts and seats what openings.json says.
contract VectorLedger {
    struct Bidder {
        uint32 organisation;
        bool eligible;
    }

    mapping(uint32 organisation => bool) private _backed;

    address public point;
    uint32 public buyer;
    uint256 private _bidderCount;
    mapping(address account => Bidder) public bidders;
    address[] public holders;

    // ──────────────────────────────── what it is told ────────────────────────

    function know(address point_, uint32 buyer_, uint256 bids) external {
        (point, buyer, _bidderCount) = (point_, buyer_, bids);
    }

    function enter(address account, uint32 organisation, bool eligible, bool backed) external {
        bidders[account] = Bidder(organisation, eligible);
        if (backed) _backed[organisation] = true;
    }

    /// @dev The next seat's holder, from seat 1.
    function seat(address account) external {
        holders.push(account);
    }

    // ───────────────────────── as Participants and OpeningKeys ───────────────

    function isLicensed(Participants.Licence, address) external pure returns (bool) {
        return true;
    }

    function actingIn(address, uint8) external view returns (uint32) {
        return buyer;
    }

    function bidderAt(address account, uint48) external view returns (uint32, bool) {
        return (bidders[account].organisation, bidders[account].eligible);
    }

    function take(OpeningKeys.Claim calldata, uint256, uint256) external view returns (address) {
        return point;
    }

    // ─────────────────────────────── as Consortium ───────────────────────────

    function sizeAt(Consortium.Class, uint48) external view returns (uint256) {
        return holders.length;
    }

    function seatOfClassAt(Consortium.Class, uint256 index, uint48) external pure returns (uint32, uint32, bool) {
        return (uint32(index + 1), uint32(100 + index), true);
    }

    function accountAt(uint256 seat_, uint48) external view returns (address) {
        return holders[seat_ - 1];
    }

    // ───────────────────────────────── as Rules ──────────────────────────────

    function present(Category, Method) external pure returns (uint16, Rule memory) {
        return (1, ruleOf(1));
    }

    function ruleOf(uint16) public pure returns (Rule memory rule) {
        (rule.minimumBids, rule.agencies, rule.quorum, rule.bidSecurityMost) = (1, 3, 2, 100);
    }

    // ─────────────────────────────── as Securities ───────────────────────────

    function back(uint256, uint32 organisation, address, uint256, uint48) external view returns (bool) {
        return _backed[organisation];
    }

    // ──────────────────────── as Tenders, whose bids are open ────────────────

    function qualityDecidedAt(uint256) external view returns (uint48) {
        return uint48(block.timestamp);
    }

    function phase(uint256) external pure returns (Phase) {
        return Phase.EVALUATION;
    }

    function bidderCount(uint256) external view returns (uint256) {
        return _bidderCount;
    }

    function tenderOf(uint256) external view returns (Tenders.Tender memory tender) {
        (tender.buyer, tender.rule) = (buyer, 1);
    }

    function closesAt(uint256) external view returns (uint48) {
        return uint48(block.timestamp);
    }

    function firstStage(uint256) external pure returns (uint256) {
        return 0;
    }

    function secretOf(uint256, uint256) external pure returns (uint256) {
        return 1;
    }

    function accumulator(uint256, uint256) external pure returns (bytes32) {
        return 0;
    }
}
