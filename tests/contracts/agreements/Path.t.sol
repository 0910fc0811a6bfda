// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Escrow} from "../../../contracts/agreements/Escrow.sol";
import {SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev One contract from publication to the last payment, with the gas of each act as a whole transaction. See the
/// figures with `forge test --match-contract PathTest -vv`.
contract PathTest is World {
    /// @dev forge prints this one by name.
    event log_named_uint(string key, uint256 val);

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

    function termsOfTender() internal view override returns (Terms memory terms) {
        terms = super.termsOfTender();
        (terms.panel, terms.quorum) = ([uint8(3), 0, 2], 3);
    }

    /// @dev Ten bids are opened in one batch.
    function test_TenTenderersBidAndTheCheapestIsAwarded() public {
        uint256 tenderId = _publishOne();
        for (uint256 i = 1; i <= TENDERERS; ++i) {
            sealBid(tenderId, bidOf(i, PRICE + uint128(TENDERERS - i)));
        }
        _print("seal a bid, not the first");
        closeAndRelease(tenders, tenderId, 0);
        _print("release a key");
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        _printEach("open a bid, of ten in a batch", TENDERERS);
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
        _print("draw a panel of five");
        uint32[] memory seats = awards.panelOf(tenderId, 0);
        assertTo(tenderId, Phase.EVALUATION);
        for (uint256 i = 0; i < seats.length; ++i) {
            cast(tenderId, seats[i], marksOf(YES, 5));
        }
        _print("cast a ballot, not the first");
        openBallots(tenderId);
        _printEach("open a ballot, of five in a batch, five bids", seats.length);
        awards.rank(tenderId, 5);
        _print("rank five bids");
        assertTo(tenderId, Phase.STANDSTILL);
        vm.warp(awards.awardOf(tenderId).standstillEndsAt);
        awards.finalise(tenderId);
        _print("finalise");
        assertTo(tenderId, Phase.AWARDED);

        Agreement memory agreement = agreementFor(tenderId);
        sign(termsOfTender(), agreement);
        _print("sign an agreement of three milestones");
        assertTo(tenderId, Phase.CONTRACTED);
        vm.assertEq(agreement.supplier, supplierOrganisation(5));
        vm.assertEq(agreement.price, PRICE);
        _payAll(agreement);
    }

    function _payAll(Agreement memory agreement) private {
        provide(buyer, PRICE);
        vm.prank(buyer);
        escrow.fund(agreement, PRICE);
        _print("fund");
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(supplier(5));
            escrow.report(agreement, i, "evidence");
            if (i == 1) _print("report a milestone");
            vm.prank(member(5));
            escrow.accept(agreement, i, 1);
            if (i == 1) _print("accept and pay a milestone");
        }
        vm.prank(buyer);
        escrow.close(agreement);
        _print("close");

        vm.assertEq(rupiah.balanceOf(supplier(5)), PRICE);
        Escrow.Account memory account = escrow.accountOf(agreement.tenderId);
        vm.assertEq(account.paid, PRICE);
        vm.assertTrue(account.closed);
    }

    /// @dev The second tender: the first one also pays for the slots of counters.
    function _publishOne() private returns (uint256 tenderId) {
        publish();
        tenderId = publish();
        _print("publish a tender");
        assertTo(tenderId, Phase.TENDERING);
    }

    function assertTo(uint256 tenderId, Phase expected) private view {
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(expected));
    }

    function _print(string memory what) private {
        _printEach(what, 1);
    }

    function _printEach(string memory what, uint256 parts) private {
        emit log_named_uint(what, uint256(vm.lastCallGas().gasTotalUsed) / parts);
    }
}
