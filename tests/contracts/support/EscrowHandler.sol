// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {vm} from "./Test.sol";
import {OddToken} from "./Tokens.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @dev Everybody who has to do with an escrow, acting at random: parties, treasury, inspectors, strangers, and a token
/// in its moods. It keeps its own books of what it saw move.
contract EscrowHandler {
    Escrow private immutable ESCROW;
    OddToken private immutable ODD;
    address private immutable BUYER;
    address private immutable TREASURY;
    address private immutable SUPPLIER;
    address private immutable STRANGER;

    Agreement[] private _agreements;
    mapping(uint256 tenderId => uint256) public received;
    mapping(uint256 tenderId => mapping(uint256 milestone => uint256)) public timesPaid;
    mapping(address token => uint256) public donated;
    bool public strangerMoved;
    bool public movedAfterClosing;

    constructor(
        Escrow escrow,
        OddToken odd,
        address buyer,
        address treasury,
        address supplier,
        address stranger,
        Agreement[] memory agreements
    ) {
        (ESCROW, ODD, BUYER, TREASURY, SUPPLIER, STRANGER) = (escrow, odd, buyer, treasury, supplier, stranger);
        for (uint256 i = 0; i < agreements.length; ++i) {
            _agreements.push(agreements[i]);
        }
    }

    function agreementAt(uint256 index) public view returns (Agreement memory) {
        return _agreements[index % _agreements.length];
    }

    // ──────────────────────────────── the parties ────────────────────────────

    function fund(uint256 which, uint128 amount, bool byTreasury) external {
        Agreement memory agreement = agreementAt(which);
        uint256 before = IERC20(agreement.currency).balanceOf(address(ESCROW));
        bytes memory call = abi.encodeCall(Escrow.fund, (agreement, amount % (agreement.price / 2)));
        if (_act(agreement, byTreasury ? TREASURY : BUYER, call)) {
            received[agreement.tenderId] += IERC20(agreement.currency).balanceOf(address(ESCROW)) - before;
        }
    }

    function report(uint256 which, uint256 milestone) external {
        Agreement memory agreement = agreementAt(which);
        _act(agreement, SUPPLIER, abi.encodeCall(Escrow.report, (agreement, milestone % 4, "evidence")));
    }

    function accept(uint256 which, uint256 milestone, uint256 inspector, bool stale) external {
        Agreement memory agreement = agreementAt(which);
        uint256 tenderId = agreement.tenderId;
        milestone %= 3;
        Escrow.MilestoneState memory before = ESCROW.milestoneOf(tenderId, milestone);
        uint32 number = stale ? before.reports - uint32(before.reports == 0 ? 0 : 1) : before.reports;
        bytes memory call = abi.encodeCall(Escrow.accept, (agreement, milestone, number));
        uint128 paidBefore = ESCROW.accountOf(tenderId).paid;
        _act(agreement, agreement.inspectors[inspector % agreement.inspectors.length], call);
        if (ESCROW.accountOf(tenderId).paid != paidBefore) ++timesPaid[tenderId][milestone];
    }

    function reject(uint256 which, uint256 milestone, uint256 inspector) external {
        Agreement memory agreement = agreementAt(which);
        milestone %= 3;
        uint32 number = ESCROW.milestoneOf(agreement.tenderId, milestone).reports;
        bytes memory call = abi.encodeCall(Escrow.reject, (agreement, milestone, number, "reason"));
        _act(agreement, agreement.inspectors[inspector % agreement.inspectors.length], call);
    }

    /// @dev One call in eight, or few agreements would live long.
    function renounce(uint256 which, uint8 dice) external {
        if (dice % 8 != 0) return;
        Agreement memory agreement = agreementAt(which);
        _act(agreement, SUPPLIER, abi.encodeCall(Escrow.renounce, (agreement)));
    }

    function close(uint256 which, uint256 who) external {
        Agreement memory agreement = agreementAt(which);
        address sender = [BUYER, SUPPLIER, TREASURY][who % 3];
        _act(agreement, sender, abi.encodeCall(Escrow.close, (agreement)));
    }

    function claim(uint256 which, bool refund, bool elsewhere) external {
        Agreement memory agreement = agreementAt(which);
        address payee = refund ? agreement.refundTo : agreement.payee;
        vm.prank(payee);
        try ESCROW.claim(agreement.currency, payee, elsewhere ? STRANGER : payee) {} catch {}
    }

    // ─────────────────────────── everything around them ──────────────────────

    /// @dev Nobody without a part in an agreement moves anything of it.
    function trespass(uint256 which, uint256 milestone, uint256 what, bool insider) external {
        Agreement memory agreement = agreementAt(which);
        bytes memory call = what % 6 == 0
            ? abi.encodeCall(Escrow.fund, (agreement, 1))
            : what % 6 == 1
                ? abi.encodeCall(Escrow.report, (agreement, milestone % 3, "evidence"))
                : what % 6 == 2
                    ? abi.encodeCall(Escrow.accept, (agreement, milestone % 3, 1))
                    : what % 6 == 3
                        ? abi.encodeCall(Escrow.reject, (agreement, milestone % 3, 1, "reason"))
                        : what % 6 == 4
                            ? abi.encodeCall(Escrow.renounce, (agreement))
                            : abi.encodeCall(Escrow.close, (agreement));
        // an inspector is a stranger to all but acceptance and rejection
        address who = insider && what % 6 != 2 && what % 6 != 3 ? agreement.inspectors[1] : STRANGER;
        if (_act(agreement, who, call)) strangerMoved = true;
    }

    function donate(uint256 which, uint8 amount) external {
        address token = agreementAt(which).currency;
        uint256 before = IERC20(token).balanceOf(address(ESCROW));
        vm.prank(TREASURY);
        try IERC20(token).transfer(address(ESCROW), amount) {} catch {}
        donated[token] += IERC20(token).balanceOf(address(ESCROW)) - before;
    }

    function pass(uint32 time) external {
        vm.warp(vm.getBlockTimestamp() + time % 30 days);
    }

    function moods(uint256 which, uint16 fee, bool answersFalse, bool refuses) external {
        ODD.setFee(fee % 500);
        ODD.setAnswersFalse(answersFalse && refuses);
        ODD.setRefuses(agreementAt(which).payee, refuses);
        ODD.setRefuses(agreementAt(which).refundTo, refuses && !answersFalse);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _act(Agreement memory agreement, address sender, bytes memory call) private returns (bool done) {
        bool closed = ESCROW.accountOf(agreement.tenderId).closed;
        vm.prank(sender);
        (done,) = address(ESCROW).call(call);
        if (done && closed) movedAfterClosing = true;
    }
}
