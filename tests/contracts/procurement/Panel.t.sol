// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {MEMBER} from "../../../contracts/identity/Participants.sol";
import {Panel} from "../../../contracts/procurement/Panel.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev The library behind an external function, since it reads storage.
contract PanelHarness {
    uint32[] private _seats = [7, 3, 9];

    function draw(Consortium consortium, bytes32 seed, uint8[3] calldata wanted, uint48 time, uint32 excluded)
        external
        view
        returns (uint32[] memory)
    {
        return Panel.draw(Panel.Pool(consortium, time, excluded, new uint32[](0)), seed, wanted);
    }

    function draw(Panel.Pool calldata pool, bytes32 seed, uint8[3] calldata wanted)
        external
        view
        returns (uint32[] memory)
    {
        return Panel.draw(pool, seed, wanted);
    }

    function reserve(Panel.Pool calldata pool, bytes32 seed, Consortium.Class class, uint256 before)
        external
        view
        returns (uint32)
    {
        return Panel.reserve(pool, seed, class, before);
    }

    function find(uint32 seat) external view returns (uint256) {
        return Panel.find(_seats, seat);
    }
}

/// @dev Agencies sit on seats 1 to 4 and, admitted here, 9 to 24; auditors on 5 and 6; citizens on 7 and 8.
contract PanelTest is World {
    uint32 private constant NOBODY = 0;
    uint256 private constant AGENCIES = 20;

    PanelHarness private panel;
    uint48 private frozenAt;

    function setUp() public override {
        super.setUp();
        panel = new PanelHarness();
        for (uint256 seat = 9; seat <= 24; ++seat) {
            _admit(seat, Consortium.Class.AGENCY);
        }
        frozenAt = uint48(present()) + 1;
        vm.warp(frozenAt);
    }

    function test_TheSeedBindsSecretBidsTenderAndRound() public pure {
        bytes32 acc = "acc";
        bytes32 seed = keccak256(abi.encode(keccak256("Terang panel v1"), uint256(5), acc, uint256(7), uint256(1)));
        vm.assertEq(Panel.seed(5, acc, 7, 1), seed);
    }

    function test_FindsASeatByItsPlace() public view {
        vm.assertEq(panel.find(7), 0);
        vm.assertEq(panel.find(9), 2);
        vm.assertEq(panel.find(8), type(uint256).max);
        vm.assertEq(panel.find(0), type(uint256).max);
    }

    /// @dev Any draw: distinct seats of the classes wanted, in the order of the classes, and the same again.
    function testFuzz_DrawsDistinctSeatsOfEachClass(bytes32 seed, uint8 a, uint8 b, uint8 c) public view {
        uint8[3] memory wanted = [a % 17, b % 3, c % 3];
        uint32[] memory seats = panel.draw(consortium, seed, wanted, frozenAt, NOBODY);
        vm.assertEq(seats.length, uint256(wanted[0]) + wanted[1] + wanted[2]);
        for (uint256 i = 0; i < seats.length; ++i) {
            uint256 class = i < wanted[0] ? 0 : i < uint256(wanted[0]) + wanted[1] ? 1 : 2;
            vm.assertEq(uint256(consortium.seatOf(seats[i]).class), class);
            for (uint256 j = 0; j < i; ++j) {
                vm.assertTrue(seats[i] != seats[j]);
            }
        }
        uint32[] memory again = panel.draw(consortium, seed, wanted, frozenAt, NOBODY);
        vm.assertEq(keccak256(abi.encode(seats)), keccak256(abi.encode(again)));
    }

    /// @dev Against Fisher–Yates that moves a whole array about.
    function testFuzz_EqualsAPlainShuffle(bytes32 seed) public view {
        uint32[] memory seats = panel.draw(consortium, seed, [uint8(16), 0, 0], frozenAt, NOBODY);
        uint32[] memory all = new uint32[](AGENCIES);
        for (uint32 i = 0; i < AGENCIES; ++i) {
            all[i] = i < 4 ? i + 1 : i + 5;
        }
        for (uint256 i = 0; i < 16; ++i) {
            uint256 place = i + uint256(keccak256(abi.encode(seed, Consortium.Class.AGENCY, i))) % (AGENCIES - i);
            (all[i], all[place]) = (all[place], all[i]);
            vm.assertEq(seats[i], all[i]);
        }
    }

    /// @dev Each of 20 agencies sits on about a fifth of 600 panels of four: 120, standard deviation 9.8.
    function test_EverySeatIsDrawnAboutEquallyOften() public view {
        uint256[25] memory drawn;
        for (uint256 i = 0; i < 600; ++i) {
            uint32[] memory seats = panel.draw(consortium, bytes32(i), [uint8(4), 0, 0], frozenAt, NOBODY);
            for (uint256 j = 0; j < 4; ++j) {
                ++drawn[seats[j]];
            }
        }
        for (uint256 seat = 1; seat <= 24; ++seat) {
            if (seat < 5 || seat > 8) vm.assertTrue(drawn[seat] > 80 && drawn[seat] < 160);
        }
    }

    // ─────────────────────────── who may not be drawn ────────────────────────

    function testFuzz_NeverDrawsTheExcludedOrganisation(bytes32 seed) public view {
        uint32[] memory seats = panel.draw(consortium, seed, [uint8(20), 2, 2], frozenAt, BUYER_ORGANISATION);
        vm.assertEq(seats.length, 23);
        for (uint256 i = 0; i < seats.length; ++i) {
            vm.assertTrue(consortium.seatOf(seats[i]).organisation != BUYER_ORGANISATION);
        }
    }

    function testFuzz_NeverDrawsABarredSeat(bytes32 seed, uint8 first) public view {
        uint32[] memory barred = new uint32[](3);
        (barred[0], barred[1], barred[2]) = (9 + first % 16, 5, 7);
        uint32[] memory seats = panel.draw(_pool(barred), seed, [uint8(20), 2, 2]);
        vm.assertEq(seats.length, 19 + 1 + 1);
        for (uint256 i = 0; i < seats.length; ++i) {
            vm.assertTrue(seats[i] != barred[0] && seats[i] != 5 && seats[i] != 7);
        }
    }

    // ──────────────────────────────── reserves ───────────────────────────────

    /// @dev The reserve is whom a draw of one more would have taken.
    function testFuzz_AReserveIsTheNextInTheOrderOfTheDraw(bytes32 seed, uint8 drawn) public view {
        uint8 before = drawn % 16;
        Panel.Pool memory pool = _pool(new uint32[](0));
        uint32[] memory longer = panel.draw(pool, seed, [before + 1, 0, 0]);
        vm.assertEq(panel.reserve(pool, seed, Consortium.Class.AGENCY, before), longer[before]);
    }

    function test_ThereIsNoReserveWhereEverySeatWasDrawn() public view {
        Panel.Pool memory pool = _pool(new uint32[](0));
        vm.assertTrue(panel.reserve(pool, "seed", Consortium.Class.CITIZEN, 1) != 0);
        vm.assertEq(panel.reserve(pool, "seed", Consortium.Class.CITIZEN, 2), 0);
        vm.assertEq(panel.reserve(pool, "seed", Consortium.Class.CITIZEN, 5), 0);
    }

    // ─────────────────────────────── small classes ───────────────────────────

    function test_DrawsFewerWhereAClassIsTooSmall() public view {
        vm.assertEq(panel.draw(consortium, "seed", [uint8(0), 16, 0], frozenAt, NOBODY).length, 2);
        vm.assertEq(panel.draw(consortium, "seed", [uint8(16), 5, 5], frozenAt, NOBODY).length, 20);
    }

    function test_DrawsNobodyFromAnEmptyConsortium() public view {
        vm.assertEq(panel.draw(consortium, "seed", [uint8(4), 4, 4], uint48(START), NOBODY).length, 0);
        vm.assertEq(panel.draw(consortium, "seed", [uint8(4), 4, 4], 0, NOBODY).length, 0);
    }

    function test_NeverDrawsASeatRemovedBefore() public {
        _remove(5);
        frozenAt = uint48(present()) + 1;
        _drawsAuditors(1);
    }

    function test_DrawsASeatRemovedAtThatVeryTime() public {
        _remove(5);
        _drawsAuditors(2);
    }

    function test_DrawsASeatRemovedLater() public {
        vm.warp(frozenAt + 1);
        _remove(5);
        _drawsAuditors(2);
    }

    function test_DrawsASeatAdmittedJustBefore() public {
        _admit(25, Consortium.Class.AUDITOR);
        frozenAt = uint48(present()) + 1;
        _drawsAuditors(3);
    }

    function test_NeverDrawsASeatAdmittedAtThatVeryTime() public {
        _admit(25, Consortium.Class.AUDITOR);
        _drawsAuditors(2);
    }

    function test_TheSameSeatsAreDrawnWhoeverJoinsLater() public {
        uint32[] memory before = panel.draw(consortium, "seed", [uint8(8), 1, 1], frozenAt, NOBODY);
        vm.warp(frozenAt + 5);
        _admit(25, Consortium.Class.AGENCY);
        _remove(before[0]);
        uint32[] memory afterwards = panel.draw(consortium, "seed", [uint8(8), 1, 1], frozenAt, NOBODY);
        vm.assertEq(keccak256(abi.encode(before)), keccak256(abi.encode(afterwards)));
    }

    /// @dev Of 140 removed citizens and two present ones a draw looks at 128 at most.
    function test_TheWorkIsBoundedWhereMostSeatsAreGone() public {
        for (uint256 seat = 25; seat <= 164; ++seat) {
            _admit(seat, Consortium.Class.CITIZEN);
            _remove(uint32(seat));
        }
        frozenAt = uint48(present()) + 1;
        uint256 gasBefore = gasleft();
        vm.assertTrue(panel.draw(consortium, "seed", [uint8(0), 0, 16], frozenAt, NOBODY).length <= 2);
        vm.assertTrue(gasBefore - gasleft() < 6_000_000);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _pool(uint32[] memory barred) private view returns (Panel.Pool memory) {
        return Panel.Pool(consortium, frozenAt, NOBODY, barred);
    }

    /// @dev A new organisation on the next seat.
    function _admit(uint256 seat, Consortium.Class class) private {
        vm.prank(registrar);
        uint32 organisation = participants.register(keccak256(abi.encode("member", seat)), MEMBER, member(seat));
        vm.prank(authority);
        vm.assertEq(consortium.admit(organisation, class, member(seat)), seat);
    }

    function _remove(uint32 seat) private {
        vm.prank(authority);
        consortium.remove(seat, "reason");
    }

    function _drawsAuditors(uint256 expected) private view {
        uint32[] memory seats = panel.draw(consortium, "seed", [uint8(0), 16, 0], frozenAt, NOBODY);
        vm.assertEq(seats.length, expected);
    }
}
