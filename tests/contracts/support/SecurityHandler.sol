// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement, Agreements} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Securities} from "../../../contracts/procurement/Securities.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Terms} from "../../../contracts/procurement/Terms.sol";
import {vm} from "./Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title SecurityHandler
/// @notice Everything that people do about securities around a few tenders, in any order; most of it is refused. Tenders
/// are won by supplier 1, agreements and both signatures ready, but for the last, whose bids wait to be opened.
contract SecurityHandler {
    struct Course {
        uint256 tenderId;
        Agreement agreement;
        bytes byBuyer;
        bytes bySupplier;
        bytes[] envelopes;
    }

    Securities private immutable SECURITIES;
    Awards private immutable AWARDS;
    Tenders private immutable TENDERS;
    Agreements private immutable AGREEMENTS;
    Escrow private immutable ESCROW;
    address private immutable TOKEN;

    address[] private _people; // suppliers 1 and 2, buyer, treasury, guarantor, stranger
    uint32[] private _organisations;
    Terms private _terms;
    Course[] private _courses;

    uint256 public donated;
    /// @dev Money left while a bid was backed, or before its notice was over.
    bool public leftTooEarly;
    /// @dev An act of one of them did something, to see that the fuzzer gets somewhere.
    mapping(bytes32 act => uint256) public done;

    constructor(
        Securities securities,
        Awards awards,
        Tenders tenders,
        Agreements agreements,
        Escrow escrow,
        address token,
        address[] memory people,
        uint32[] memory organisations,
        Terms memory terms
    ) {
        (SECURITIES, AWARDS, TENDERS, AGREEMENTS, ESCROW) = (securities, awards, tenders, agreements, escrow);
        (TOKEN, _people, _organisations, _terms) = (token, people, organisations, terms);
    }

    function add(Course memory course) external {
        require(_courses.length < 4, "four");
        _courses.push(course);
    }

    // ──────────────────────────────── accounts ───────────────────────────────

    function deposit(uint256 who, uint256 whose, uint16 amount) external {
        _try(who, "deposit", abi.encodeCall(Securities.deposit, (_organisation(whose), TOKEN, amount % 800)));
    }

    function giveNotice(uint256 who, uint256 whose, uint16 amount) external {
        _try(who, "notice", abi.encodeCall(Securities.giveNotice, (_organisation(whose), TOKEN, amount % 800)));
    }

    function withdraw(uint256 who) external {
        who %= 2;
        Securities.Account memory before = SECURITIES.accountOf(_organisations[who], TOKEN);
        bytes memory call = abi.encodeCall(Securities.withdraw, (_organisations[who], TOKEN, _people[who]));
        if (!_try(who, "withdraw", call)) return;
        if (before.backing != 0 || vm.getBlockTimestamp() < before.noticeEndsAt) leftTooEarly = true;
    }

    function guarantee(uint256 whose, uint16 amount, uint32 lasting) external {
        uint48 until = uint48(vm.getBlockTimestamp()) + lasting % 100 days;
        _try(
            4,
            "guarantee",
            abi.encodeCall(Securities.guarantee, (_organisation(whose), TOKEN, amount % 600, until, "g"))
        );
    }

    function collect(uint256 who) external {
        _try(who % 2 == 0 ? 3 : who, "collect", abi.encodeCall(Securities.collect, (TOKEN)));
    }

    function settle(uint256 which, uint256 whose) external {
        _try(5, "settle", abi.encodeCall(Securities.settle, (_course(which).tenderId, _organisation(whose))));
    }

    function giveBack(uint256 which) external {
        _try(5, "give back", abi.encodeCall(Securities.giveBack, (_course(which).tenderId)));
    }

    // ──────────────────────────────── tenders ────────────────────────────────

    function open(uint256 most) external {
        Course storage course = _courses[3];
        uint256 opened = TENDERS.boxOf(course.tenderId, 0).opened;
        if (opened == course.envelopes.length) return;
        uint256 count = 1 + most % (course.envelopes.length - opened);
        bytes[] memory next = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            next[i] = course.envelopes[opened + i];
        }
        try TENDERS.open(course.tenderId, 0, next) {
            ++done["open"];
        } catch {}
    }

    function accept(uint256 which) external {
        vm.prank(_people[0]);
        try AWARDS.accept(_course(which).tenderId, _terms) {
            ++done["accept"];
        } catch {}
    }

    function passOver(uint256 which) external {
        try AWARDS.passOver(_course(which).tenderId) {
            ++done["pass over"];
        } catch {}
    }

    function sign(uint256 which) external {
        Course memory course = _courses[which % 3];
        try AGREEMENTS.sign(_terms, course.agreement, _people[2], course.byBuyer, _people[0], course.bySupplier) {
            ++done["sign"];
        } catch {}
    }

    function renounce(uint256 which) external {
        vm.prank(_people[0]);
        try ESCROW.renounce(_courses[which % 3].agreement) {} catch {}
    }

    function close(uint256 which) external {
        vm.prank(_people[2]);
        try ESCROW.close(_courses[which % 3].agreement) {
            ++done["close"];
        } catch {}
    }

    // ─────────────────────────── everything around them ──────────────────────

    /// @dev Mostly days, and now and then a year, in which agreements lapse.
    function pass(uint32 time, uint8 dice) external {
        vm.warp(vm.getBlockTimestamp() + (dice % 16 == 0 ? 400 days : time % 5 days));
    }

    function donate(uint8 amount) external {
        vm.prank(_people[3]);
        if (IERC20(TOKEN).transfer(address(SECURITIES), amount)) donated += amount;
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _try(uint256 who, bytes32 act, bytes memory call) private returns (bool success) {
        vm.prank(_people[who % _people.length]);
        (success,) = address(SECURITIES).call(call);
        if (success) ++done[act];
    }

    function _organisation(uint256 which) private view returns (uint32) {
        return _organisations[which % 2];
    }

    function _course(uint256 which) private view returns (Course storage) {
        return _courses[which % _courses.length];
    }
}
