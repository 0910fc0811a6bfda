// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Participants} from "../../../contracts/identity/Participants.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Phase} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";

/// @title VectorLedger
/// @notice In the place of every contract beside the box: it says of accounts and seats what openings.json says.
contract VectorLedger {
    struct Bidder {
        uint32 organisation;
        bool eligible;
    }

    address public point;
    uint32 public buyer;
    bytes32 public termsHash;
    uint256 private _bidderCount;
    mapping(address account => Bidder) public bidders;
    address[] public holders;

    // ──────────────────────────────── what it is told ────────────────────────

    function know(address point_, uint32 buyer_, bytes32 termsHash_, uint256 bids) external {
        (point, buyer, termsHash, _bidderCount) = (point_, buyer_, termsHash_, bids);
    }

    function enter(address account, uint32 organisation, bool eligible) external {
        bidders[account] = Bidder(organisation, eligible);
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

    // ──────────────────────── as Tenders, whose bids are open ────────────────

    function phase(uint256) external pure returns (Phase) {
        return Phase.EVALUATION;
    }

    function bidderCount(uint256) external view returns (uint256) {
        return _bidderCount;
    }

    function tenderOf(uint256) external view returns (Tenders.Tender memory tender) {
        (tender.buyer, tender.termsHash) = (buyer, termsHash);
    }

    function boxOf(uint256, uint256) external view returns (SealedBox.Box memory box) {
        box.closesAt = uint40(block.timestamp);
    }

    function secretOf(uint256, uint256) external pure returns (uint256) {
        return 1;
    }

    function accumulator(uint256, uint256) external pure returns (bytes32) {
        return 0;
    }
}
