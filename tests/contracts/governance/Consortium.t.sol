// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Administered} from "../../../contracts/governance/Administered.sol";
import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {BUYER, MEMBER, Participants} from "../../../contracts/identity/Participants.sol";
import {vm} from "../support/Test.sol";
import {Seats} from "./Seats.sol";

contract ConsortiumTest is Seats {
    Consortium.Class private constant AGENCY = Consortium.Class.AGENCY;
    Consortium.Class private constant AUDITOR = Consortium.Class.AUDITOR;

    // ──────────────────────────────── admission ──────────────────────────────

    function test_AdmitsAnOrganisationToASeat() external {
        uint32 organisation = register("court of audit", MEMBER);
        address account_ = account("court of audit");
        vm.expectEmit(address(consortium));
        emit Consortium.SeatAdmitted(1, organisation, AUDITOR, account_);
        vm.prank(authority);
        uint32 seat = consortium.admit(organisation, AUDITOR, account_);

        vm.assertEq(seat, 1);
        vm.assertEq(consortium.seatCount(), 1);
        vm.assertEq(abi.encode(consortium.seatOf(1)), abi.encode(Consortium.Seat(organisation, AUDITOR, START, 0)));
        vm.assertEq(consortium.accountOf(1), account_);
        vm.assertEq(consortium.seatHeldBy(account_), 1);
        vm.assertEq(consortium.seatEverHeldBy(account_), 1);
        vm.assertEq(consortium.seatOfOrganisation(organisation), 1);
    }

    function test_OneSeatForOneOrganisation() external {
        uint32 seat = seatMember(AGENCY);
        uint32 organisation = consortium.seatOf(seat).organisation;
        vm.prank(authority);
        vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumAlreadySeated.selector, organisation, seat));
        consortium.admit(organisation, AUDITOR, stranger);
    }

    function test_SeatsOnlyRegisteredOrganisations() external {
        vm.startPrank(authority);
        for (uint32 id = 0; id < 2; ++id) {
            vm.expectRevert(abi.encodeWithSelector(Participants.ParticipantsUnknownOrganisation.selector, id));
            consortium.admit(id, AGENCY, stranger);
        }
    }

    /// @dev Who bids does not judge.
    function test_SeatsOnlyMembersThatAreNoSuppliers() external {
        for (uint8 roles = 1; roles <= 7; ++roles) {
            vm.prank(registrar);
            uint32 id = participants.register("record", roles, vm.addr(roles));
            bool member_ = roles == MEMBER || roles == MEMBER | BUYER;
            vm.prank(authority);
            if (!member_) vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumRoles.selector, id, roles));
            consortium.admit(id, AGENCY, vm.addr(100 + roles));
        }
        vm.assertEq(consortium.seatCount(), 2);
    }

    function test_AnAccountServesOneSeatEver() external {
        uint32 seat = seatMember(AGENCY);
        uint32 other = register("other", MEMBER);
        bytes memory taken = abi.encodeWithSelector(Consortium.ConsortiumAccountTaken.selector, member(1), seat);
        vm.startPrank(authority);
        vm.expectRevert(taken);
        consortium.admit(other, AGENCY, member(1));
        consortium.remove(seat, "reason");
        vm.expectRevert(taken);
        consortium.admit(other, AGENCY, member(1));
        vm.expectRevert(Consortium.ConsortiumZeroAccount.selector);
        consortium.admit(other, AGENCY, address(0));
    }

    function test_ARemovedOrganisationReturnsToANewSeat() external {
        uint32 seat = seatMember(AGENCY);
        uint32 organisation = consortium.seatOf(seat).organisation;
        vm.startPrank(authority);
        consortium.remove(seat, "reason");
        uint32 again = consortium.admit(organisation, AUDITOR, stranger);
        vm.assertEq(again, seat + 1);
        vm.assertEq(consortium.seatOfOrganisation(organisation), again);
    }

    // ───────────────────────────────── removal ───────────────────────────────

    function test_RemovesASeat() external {
        uint32 seat = seatMember(AGENCY);
        vm.warp(START + 5);
        vm.expectEmit(address(consortium));
        emit Consortium.SeatRemoved(seat, "reason");
        vm.prank(authority);
        consortium.remove(seat, "reason");

        vm.assertEq(consortium.seatOf(seat).removedAt, START + 5);
        vm.assertEq(consortium.seatHeldBy(member(1)), 0);
        vm.assertEq(consortium.seatEverHeldBy(member(1)), seat);
        vm.assertEq(consortium.accountOf(seat), member(1));
        vm.assertEq(consortium.seatOfOrganisation(consortium.seatOf(seat).organisation), 0);
    }

    function test_RefusesSeatsThatAreUnknownOrRemoved() external {
        uint32 seat = seatMember(AGENCY);
        vm.startPrank(authority);
        for (uint32 id = 0; id <= 2; id += 2) {
            bytes memory unknown = abi.encodeWithSelector(Consortium.ConsortiumUnknownSeat.selector, id);
            vm.expectRevert(unknown);
            consortium.remove(id, "reason");
            vm.expectRevert(unknown);
            consortium.changeAccount(id, stranger);
            vm.expectRevert(unknown);
            consortium.seatOf(id);
        }
        consortium.remove(seat, "reason");
        bytes memory removed = abi.encodeWithSelector(Consortium.ConsortiumSeatRemoved.selector, seat);
        vm.expectRevert(removed);
        consortium.remove(seat, "reason");
        vm.expectRevert(removed);
        consortium.changeAccount(seat, stranger);
        vm.stopPrank();
        vm.prank(member(1));
        vm.expectRevert(removed);
        consortium.changeAccount(seat, stranger);
    }

    function test_OnlyTheAuthorityAdmitsAndRemoves() external {
        uint32 seat = seatMember(AGENCY);
        bytes memory refusal = abi.encodeWithSelector(Administered.AdministeredOnlyAuthority.selector, member(1));
        vm.startPrank(member(1));
        vm.expectRevert(refusal);
        consortium.admit(1, AGENCY, stranger);
        vm.expectRevert(refusal);
        consortium.remove(seat, "reason");
    }

    // ───────────────────────────────── accounts ──────────────────────────────

    function test_ASeatMovesToANewAccount() external {
        uint32 seat = seatMember(AGENCY);
        vm.expectEmit(address(consortium));
        emit Consortium.SeatAccountChanged(seat, stranger, member(1));
        vm.prank(member(1));
        consortium.changeAccount(seat, stranger);
        vm.assertEq(consortium.accountOf(seat), stranger);
        vm.assertEq(consortium.seatHeldBy(stranger), seat);
        vm.assertEq(consortium.seatHeldBy(member(1)), 0);
        vm.assertEq(consortium.seatEverHeldBy(member(1)), seat);
    }

    function test_TheAuthorityMovesASeatWhoseKeyIsLost() external {
        uint32 seat = seatMember(AGENCY);
        vm.prank(authority);
        consortium.changeAccount(seat, stranger);
        vm.assertEq(consortium.accountOf(seat), stranger);
    }

    function test_OnlyThePresentAccountMovesItsSeat() external {
        uint32 seat = seatMember(AGENCY);
        seatMember(AGENCY);
        vm.prank(member(1));
        consortium.changeAccount(seat, account("new account"));
        address[3] memory others = [member(1), member(2), registrar];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumNotSeatHolder.selector, seat, others[i]));
            consortium.changeAccount(seat, stranger);
        }
    }

    function test_ASeatNeverReturnsToAnOldAccountNorTakesAnothers() external {
        uint32 seat = seatMember(AGENCY);
        uint32 other = seatMember(AGENCY);
        vm.startPrank(authority);
        consortium.changeAccount(seat, stranger);
        vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumAccountTaken.selector, member(1), seat));
        consortium.changeAccount(seat, member(1));
        vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumAccountTaken.selector, stranger, seat));
        consortium.changeAccount(seat, stranger);
        vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumAccountTaken.selector, member(2), other));
        consortium.changeAccount(seat, member(2));
        vm.expectRevert(Consortium.ConsortiumZeroAccount.selector);
        consortium.changeAccount(seat, address(0));
    }

    // ────────────────────────────── as of a time ─────────────────────────────

    function test_TheAccountAsOfATimeIsThatOfTheSecondBefore() external {
        uint32 seat = seatMember(AGENCY);
        vm.warp(START + 10);
        vm.prank(member(1));
        consortium.changeAccount(seat, stranger);
        vm.assertEq(consortium.accountAt(seat, 0), address(0));
        vm.assertEq(consortium.accountAt(seat, START), address(0));
        vm.assertEq(consortium.accountAt(seat, START + 1), member(1));
        vm.assertEq(consortium.accountAt(seat, START + 10), member(1));
        vm.assertEq(consortium.accountAt(seat, START + 11), stranger);
    }

    function test_OfAccountsInOneSecondTheLastCounts() external {
        uint32 seat = seatMember(AGENCY);
        vm.prank(authority);
        consortium.changeAccount(seat, stranger);
        vm.assertEq(consortium.accountAt(seat, START), address(0));
        vm.assertEq(consortium.accountAt(seat, START + 1), stranger);
    }

    function test_TheSizeOfAClassAsOfATimeCountsAdmissionsBeforeIt() external {
        seatMember(AGENCY);
        seatMember(AUDITOR);
        vm.warp(START + 10);
        seatMember(AGENCY);
        seatMember(AGENCY);
        vm.assertEq(consortium.sizeAt(AGENCY, 0), 0);
        vm.assertEq(consortium.sizeAt(AGENCY, START), 0);
        vm.assertEq(consortium.sizeAt(AGENCY, START + 1), 1);
        vm.assertEq(consortium.sizeAt(AGENCY, START + 10), 1);
        vm.assertEq(consortium.sizeAt(AGENCY, START + 11), 3);
        vm.assertEq(consortium.sizeAt(AUDITOR, START + 11), 1);
        vm.prank(authority);
        consortium.remove(1, "reason");
        vm.assertEq(consortium.sizeAt(AGENCY, START + 11), 3, "removed seats keep their place");
    }

    function test_ASeatIsSeatedAfterItsAdmissionAndUpToTheSecondOfItsRemoval() external {
        uint32 seat = seatMember(AUDITOR);
        uint32 organisation = consortium.seatOf(seat).organisation;
        vm.warp(START + 10);
        vm.prank(authority);
        consortium.remove(seat, "reason");
        uint48[4] memory times = [START, START + 1, START + 10, START + 11];
        bool[4] memory wanted = [false, true, true, false];
        for (uint256 i = 0; i < times.length; ++i) {
            (uint32 id, uint32 owner, bool seated) = consortium.seatOfClassAt(AUDITOR, 0, times[i]);
            vm.assertEq(id, seat);
            vm.assertEq(owner, organisation);
            vm.assertEq(seated, wanted[i]);
        }
    }

    function test_ListsTheSeatsOfAClassInTheOrderOfAdmission() external {
        seatMember(AGENCY);
        uint32 second = seatMember(AUDITOR);
        uint32 third = seatMember(AUDITOR);
        (uint32 seat,,) = consortium.seatOfClassAt(AUDITOR, 0, START + 1);
        vm.assertEq(seat, second);
        (seat,,) = consortium.seatOfClassAt(AUDITOR, 1, START + 1);
        vm.assertEq(seat, third);
        vm.expectRevert(abi.encodeWithSelector(Consortium.ConsortiumUnknownIndex.selector, AUDITOR, 2));
        consortium.seatOfClassAt(AUDITOR, 2, START + 1);
    }

    /// @dev Whatever happens at or after T, the electorate as of T stays.
    function testFuzz_NothingChangesTheElectorateAsOfAPastTime(uint256 seed) external {
        seatMember(AGENCY);
        vm.warp(START + 1);
        seatMember(AGENCY);
        uint48 time = START + 1 + uint48(seed % 2);
        vm.warp(time);
        bytes32 electorate = _electorate(time);
        for (uint256 i = 0; i < 10; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(present() + seed % 2);
            uint32 seat = uint32((seed >> 8) % consortium.seatCount() + 1);
            uint256 act = (seed >> 16) % 3;
            if (act == 0) {
                seatMember(AGENCY);
            } else if (consortium.seatOf(seat).removedAt == 0) {
                vm.prank(authority);
                if (act == 1) consortium.remove(seat, "reason");
                else consortium.changeAccount(seat, vm.addr(i + 1));
            }
            vm.assertEq(_electorate(time), electorate);
        }
    }

    function _electorate(uint48 time) private view returns (bytes32 hash) {
        uint256 size = consortium.sizeAt(AGENCY, time);
        for (uint256 i = 0; i < size; ++i) {
            (uint32 seat, uint32 organisation, bool seated) = consortium.seatOfClassAt(AGENCY, i, time);
            hash = keccak256(abi.encode(hash, seat, organisation, seated, consortium.accountAt(seat, time)));
        }
    }
}
