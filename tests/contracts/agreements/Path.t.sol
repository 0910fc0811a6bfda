// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Category, Method, Notice, Phase} from "../../../contracts/procurement/Terms.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev One contract from publication to the last payment, with the gas of each act as a whole transaction. forge
/// writes the figures; `benchmarks/gas.py` holds them against the committed ones, the limits and the peers.
contract PathTest is World {
    uint256 private constant TENDERERS = 10;
    uint128 private constant PRICE = 1_000_000_00;

    function setUp() public override {
        super.setUp();
        vm.startPrank(registrar);
        for (uint256 i = SUPPLIERS + 1; i <= TENDERERS; ++i) {
            participants.register(keccak256(abi.encode("supplier", i)), SUPPLIER, supplier(i));
        }
        vm.stopPrank();
    }

    function ruleFor(Category category, Method method) internal pure override returns (Rule memory rule) {
        rule = super.ruleFor(category, method);
        (rule.agencies, rule.citizens, rule.quorum) = (3, 2, 3);
    }

    /// @dev Ten bids are opened in one batch.
    function test_TenTenderersBidAndTheCheapestIsAwarded() public {
        uint256 tenderId = _publishOne();
        for (uint256 i = 1; i <= TENDERERS; ++i) {
            sealBid(tenderId, bidOf(i, PRICE + uint128(TENDERERS - i)));
        }
        _note("seal");
        closeAndRelease(tenders, tenderId, 0);
        _note("release");
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        _noteEach("open", TENDERERS);
        assertTo(tenderId, Phase.EVALUATION);
    }

    function test_FiveTenderersBidAndTheCheapestIsPaidToTheLastMilestone() public {
        _publishOne();
        uint256 tenderId = publish();
        for (uint256 i = 1; i <= 5; ++i) {
            sealBid(tenderId, bidOf(i, PRICE + uint128(5 - i)));
        }
        openBids(tenderId);
        awards.draw(tenderId, termsOfTender(), nextClaim());
        _note("draw");
        uint32[] memory seats = ballots.panelOf(tenderId, 0);
        assertTo(tenderId, Phase.EVALUATION);
        for (uint256 i = 0; i < seats.length; ++i) {
            cast(tenderId, seats[i], marksOf(YES, 5));
        }
        _note("cast");
        openBallots(tenderId);
        _noteEach("open_ballot", seats.length);
        awards.rank(tenderId, 5);
        _note("rank");
        assertTo(tenderId, Phase.STANDSTILL);
        vm.warp(awards.awardOf(tenderId).standstillEndsAt);
        awards.finalise(tenderId);
        _note("finalise");
        assertTo(tenderId, Phase.AWARDED);

        Agreement memory agreement = agreementFor(tenderId);
        sign(termsOfTender(), agreement);
        _note("sign");
        assertTo(tenderId, Phase.CONTRACTED);
        vm.assertEq(agreement.supplier, supplierOrganisation(5));
        vm.assertEq(agreement.price, PRICE);
        _payAll(agreement);
    }

    function _payAll(Agreement memory agreement) private {
        provide(buyer, PRICE);
        vm.prank(buyer);
        escrow.fund(agreement, PRICE);
        _note("fund");
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(supplier(5));
            escrow.report(agreement, i, "evidence");
            if (i == 1) _note("report");
            vm.prank(member(5));
            escrow.accept(agreement, i, 1);
            if (i == 1) _note("accept");
        }
        vm.prank(buyer);
        escrow.close(agreement);
        _note("close");

        vm.assertEq(rupiah.balanceOf(supplier(5)), PRICE);
        Escrow.Account memory account = escrow.accountOf(agreement.tenderId);
        vm.assertEq(account.paid, PRICE);
        vm.assertTrue(account.closed);
    }

    /// @dev The second tender, since the first one also pays for the slot of the counter: three milestones, a Merkle
    /// path of five hashes, public references as long as an OCDS id and a content address are.
    function _publishOne() private returns (uint256 tenderId) {
        publish();
        Notice memory references = Notice(
            "ocds-213czf-000-00041", "documents/5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02", 0
        );
        tenderId = publish(termsOfTender(), references, uint48(present() + 10 days));
        _note("publish");
        assertTo(tenderId, Phase.TENDERING);
    }

    function assertTo(uint256 tenderId, Phase expected) private view {
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(expected));
    }

    function _note(string memory what) private {
        _noteEach(what, 1);
    }

    function _noteEach(string memory what, uint256 parts) private {
        vm.snapshotValue("Gas", what, uint256(vm.lastCallGas().gasTotalUsed) / parts);
    }
}
