// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {MEMBER} from "../../../contracts/identity/Participants.sol";
import {Category, Method, Phase} from "../../../contracts/procurement/Terms.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev What each act of a contract's path costs while organisations and seats grow to 10, 100 and 1,000.
/// `benchmarks/flat.py` shows the same for tenders and agreements.
contract GrowthTest is World {
    uint128 private constant PRICE = 1_000_000_00;
    /// @dev A draw finds the size of each class as of closing by halving, and reads seats that lie further apart: from
    /// ten seats to a thousand it may take a tenth more.
    uint256 private constant DRAW_MARGIN = 10;
    /// @dev What one transaction may take on chains that have adopted EIP-7825.
    uint256 private constant MOST_OF_A_TRANSACTION = 1 << 24;

    uint256 private _seated = MEMBERS;
    uint256 private _size; // 0 while nothing is noted
    mapping(bytes32 act => uint256 gas) private _atTen;

    function ruleFor(Category category, Method method) internal pure override returns (Rule memory rule) {
        rule = super.ruleFor(category, method);
        (rule.agencies, rule.citizens, rule.quorum) = (3, 2, 3);
    }

    function test_NoActGetsDearerWithTheNumberOfOrganisationsAndSeats() public {
        _walk(); // the first tender of all fills words that later ones find filled
        for (uint256 size = 10; size <= 1_000; size *= 10) {
            _growTo(size);
            _size = size;
            _walk();
        }
        vm.assertEq(consortium.seatCount(), 1_000);
        vm.assertGe(participants.organisationCount(), 1_000);
    }

    /// @dev The dearest draw: of every class but a few seats were removed, so it looks at as many as it may.
    function test_ADrawAmongAThousandSeatsOfWhichMostWereRemovedFitsATransaction() public {
        _growTo(1_000);
        vm.startPrank(authority);
        for (uint32 seat = uint32(MEMBERS) + 1; seat <= 1_000; ++seat) {
            consortium.remove(seat, "left");
        }
        vm.stopPrank();
        setPanel([5, 5, 5], 8);
        uint256 tenderId = publish();
        sealBid(tenderId, bidOf(1, PRICE));
        openBids(tenderId);
        awards.draw(tenderId, termsOfTender(), nextClaim());
        uint256 gas = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("Growth", "draw_removed", gas);
        vm.assertLe(gas, MOST_OF_A_TRANSACTION);
    }

    /// @dev Each seat at a time of its own, or the history of a class would be one entry.
    function _growTo(uint256 size) private {
        while (_seated < size) {
            uint256 seat = ++_seated;
            vm.warp(present() + 1);
            vm.prank(registrar);
            uint32 organisation = participants.register(keccak256(abi.encode("member", seat)), MEMBER, member(seat));
            vm.prank(authority);
            consortium.admit(organisation, Consortium.Class(seat % 3), member(seat));
        }
    }

    function _walk() private {
        uint256 tenderId = publish();
        _note("publish", 1, 1);
        for (uint256 i = 1; i <= 5; ++i) {
            sealBid(tenderId, bidOf(i, PRICE + uint128(5 - i)));
        }
        _note("seal", 1, 1);
        closeAndRelease(tenders, tenderId, 0);
        _note("release", 1, 1);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        _note("open", 5, 1);
        awards.draw(tenderId, termsOfTender(), nextClaim());
        _note("draw", 1, DRAW_MARGIN);
        castAll(tenderId, marksOf(YES, 5));
        _note("cast", 1, 1);
        openBallots(tenderId);
        _note("open_ballot", 5, 1);
        awards.rank(tenderId, 5);
        _note("rank", 1, 1);
        vm.warp(awards.awardOf(tenderId).standstillEndsAt);
        awards.finalise(tenderId);
        _note("finalise", 1, 1);
        Agreement memory agreement = agreementFor(tenderId);
        sign(termsOfTender(), agreement);
        _note("sign", 1, 1);
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(Phase.CONTRACTED));
        _pay(agreement);
    }

    function _pay(Agreement memory agreement) private {
        provide(buyer, PRICE);
        vm.prank(buyer);
        escrow.fund(agreement, PRICE);
        _note("fund", 1, 1);
        vm.prank(supplier(5));
        escrow.report(agreement, 0, "evidence");
        _note("report", 1, 1);
        vm.prank(member(5));
        escrow.accept(agreement, 0, 1);
        _note("accept", 1, 1);
    }

    /// @dev Writes down what a part of the last transaction took, and holds it within `margin` per cent of what it took
    /// with ten seats.
    function _note(string memory act, uint256 parts, uint256 margin) private {
        if (_size == 0) return;
        uint256 gas = uint256(vm.lastCallGas().gasTotalUsed) / parts;
        vm.snapshotValue("Growth", string.concat(act, "_", vm.toString(_size)), gas);
        bytes32 id = keccak256(bytes(act));
        if (_size == 10) _atTen[id] = gas;
        uint256 less = _atTen[id];
        vm.assertTrue(less != 0, act);
        vm.assertTrue(100 * gas <= (100 + margin) * less && 100 * gas >= (100 - margin) * less, act);
    }
}
