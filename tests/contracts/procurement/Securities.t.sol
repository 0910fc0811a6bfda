// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/agreements/Agreements.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {Participants} from "../../../contracts/identity/Participants.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Securities} from "../../../contracts/procurement/Securities.sol";
import {Category, Failure, Method, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {Procedure} from "../support/Procedure.sol";
import {vm} from "../support/Test.sol";
import {OddToken} from "../support/Tokens.sol";

/// @dev Money behind bids and agreements, and who would like it to be elsewhere. A bid needs 3 % of 10,000; the winner
/// secures 10 % of its price, or 5 % of 10,000 if that is abnormally low.
contract SecuritiesTest is Procedure {
    uint128 private constant NEEDED = 300;
    uint48 private constant NOTICE = 14 days;
    address private immutable guarantor = account("guarantor");
    OddToken private odd;

    function setUp() public override {
        super.setUp();
        vm.prank(authority);
        participants.grant(Participants.Licence.GUARANTOR, guarantor, type(uint48).max);
        odd = new OddToken();
    }

    function ruleFor(Category category, Method method) internal pure override returns (Rule memory rule) {
        rule = super.ruleFor(category, method);
        rule.abnormalUnderEstimate = 8000;
        (rule.performanceSecurity, rule.performanceSecurityLow) = (1000, 500);
    }

    function termsOfTender() internal view override returns (Terms memory terms) {
        terms = super.termsOfTender();
        (terms.ceiling, terms.bidSecurity) = (10_000, 300);
    }

    // ─────────────────────────── a second, this or that ──────────────────────

    function test_MoneyThatCameASecondBeforeClosingBacksABid() public {
        (uint256 tenderId, uint48 closesAt) = _sealed(2);
        vm.warp(closesAt - 1);
        _deposit(1, NEEDED);
        vm.warp(closesAt);
        _deposit(2, NEEDED);
        openBids(tenderId);
        _isBacked(tenderId, 1, true);
        _isBacked(tenderId, 2, false);
    }

    function test_OneUnitTooLittleBacksNothing() public {
        _deposit(1, NEEDED);
        _deposit(2, NEEDED - 1);
        (uint256 tenderId,) = _sealed(2);
        openBids(tenderId);
        _isBacked(tenderId, 1, true);
        _isBacked(tenderId, 2, false);
    }

    function test_MoneyUnderNoticeASecondBeforeClosingBacksNothing() public {
        _deposit(1, NEEDED);
        _deposit(2, NEEDED);
        (uint256 tenderId, uint48 closesAt) = _sealed(2);
        vm.warp(closesAt - 1);
        _giveNotice(1, 1);
        vm.warp(closesAt);
        _giveNotice(2, NEEDED);
        openBids(tenderId);
        _isBacked(tenderId, 1, false);
        _isBacked(tenderId, 2, true);
    }

    /// @dev The last word of a second counts, whatever was said in it before.
    function test_NoticeTakenBackInTimeBacksAgain() public {
        _deposit(1, NEEDED);
        (uint256 tenderId, uint48 closesAt) = _sealed(1);
        _giveNotice(1, NEEDED);
        vm.warp(closesAt - 1);
        _giveNotice(1, NEEDED);
        _giveNotice(1, 0);
        openBids(tenderId);
        _isBacked(tenderId, 1, true);
    }

    /// @dev One that ends at closing could never be called.
    function test_AGuaranteeBacksFromTheSecondItIsGivenIfItLastsTwoWeeksLonger() public {
        (uint256 tenderId, uint48 closesAt) = _sealed(4);
        uint48 least = closesAt + 14 days;
        _guarantee(1, NEEDED, least);
        _guarantee(2, NEEDED, least - 1);
        vm.warp(closesAt - 1);
        _guarantee(3, NEEDED, least);
        vm.warp(closesAt);
        _guarantee(4, NEEDED, least + 1);
        openBids(tenderId);
        _isBacked(tenderId, 1, true);
        _isBacked(tenderId, 2, false);
        _isBacked(tenderId, 3, true);
        _isBacked(tenderId, 4, false);
    }

    function test_MoneyAndGuaranteesAddUp() public {
        (uint256 tenderId, uint48 closesAt) = _sealed(1);
        _deposit(1, NEEDED - 2);
        _guarantee(1, 1, closesAt + 14 days);
        _guarantee(1, 1, closesAt + 15 days);
        openBids(tenderId);
        _isBacked(tenderId, 1, true);
    }

    // ─────────────────────────────── withdrawing ─────────────────────────────

    /// @dev Whoever read the other bids can not take its own back: notice given at closing changes nothing, and the money
    /// of a bid that is open stays until its tender is over.
    function test_NobodyVoidsItsOwnBidAfterClosing() public {
        _deposit(1, NEEDED);
        (uint256 tenderId, uint48 closesAt) = _sealed(1);
        vm.warp(closesAt);
        _giveNotice(1, NEEDED);
        openBids(tenderId);
        _isBacked(tenderId, 1, true);
        draw(tenderId);
        castAll(tenderId, marksOf(YES, 1));
        openBallots(tenderId);
        awards.rank(tenderId, 1);
        vm.warp(closesAt + NOTICE);
        vm.expectRevert(
            abi.encodeWithSelector(
                Securities.SecuritiesBacking.selector, supplierOrganisation(1), address(rupiah), uint32(1)
            )
        );
        _withdraw(1);
        _refusesToSettle(tenderId, Phase.STANDSTILL);
    }

    /// @dev A box that nobody opened for the whole notice belongs to a tender that failed.
    function test_ATenderThatIsNeverOpenedFailsBeforeMoneyLeaves() public {
        _deposit(1, NEEDED);
        (uint256 tenderId, uint48 closesAt) = _sealed(1);
        vm.warp(closesAt);
        _giveNotice(1, NEEDED);
        vm.warp(closesAt + NOTICE - 1);
        inPhase(tenderId, Phase.UNSUCCESSFUL);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesUnderNotice.selector, closesAt + NOTICE));
        _withdraw(1);
        vm.warp(closesAt + NOTICE);
        _withdraw(1);
        vm.assertEq(rupiah.balanceOf(supplier(1)), NEEDED);
    }

    function test_AFurtherNoticeBeginsAnew() public {
        _deposit(1, NEEDED);
        _giveNotice(1, 100);
        vm.warp(present() + NOTICE - 1);
        _giveNotice(1, 200);
        vm.warp(present() + 1);
        uint48 endsAt = securities.accountOf(supplierOrganisation(1), address(rupiah)).noticeEndsAt;
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesUnderNotice.selector, endsAt));
        _withdraw(1);
        vm.warp(endsAt);
        _withdraw(1);
        vm.assertEq(rupiah.balanceOf(supplier(1)), 200);
        bytes memory none =
            abi.encodeWithSelector(Securities.SecuritiesNoNotice.selector, supplierOrganisation(1), address(rupiah));
        vm.expectRevert(none);
        _withdraw(1);
    }

    function test_OnlyTheOrganisationGivesNoticeAndWithdraws() public {
        uint32 organisation = supplierOrganisation(1);
        _deposit(1, NEEDED);
        bytes memory refused =
            abi.encodeWithSelector(Securities.SecuritiesNotForParty.selector, organisation, supplier(2));
        vm.expectRevert(refused);
        vm.prank(supplier(2));
        securities.giveNotice(organisation, address(rupiah), 1);
        _giveNotice(1, NEEDED);
        vm.warp(present() + NOTICE);
        vm.expectRevert(refused);
        vm.prank(supplier(2));
        securities.withdraw(organisation, address(rupiah), supplier(2));
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesNotForParty.selector, uint32(0), stranger));
        vm.prank(stranger);
        securities.giveNotice(0, address(rupiah), 0);
    }

    function test_NobodyGivesNoticeOfMoreThanThereIs() public {
        _deposit(1, NEEDED);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesNotice.selector, NEEDED + 1, NEEDED));
        _giveNotice(1, NEEDED + 1);
    }

    // ─────────────────────────────── guarantees ──────────────────────────────

    /// @dev Eight at most, so that an opening reads few; one that ended makes room once no box it backed can open.
    function test_AnEndedGuaranteeMakesRoomAfterTheNotice() public {
        uint48 ends = uint48(present()) + 1 days;
        for (uint256 i = 0; i < 8; ++i) {
            _guarantee(1, 1, i == 3 ? ends : ends + 1000 days);
        }
        vm.warp(ends + NOTICE - 1);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesGuarantees.selector, uint256(8)));
        _guarantee(1, NEEDED, ends + 900 days);
        vm.warp(ends + NOTICE);
        _guarantee(1, NEEDED, ends + 900 days);
        Securities.Guarantee[] memory all = securities.guaranteesOf(supplierOrganisation(1), address(rupiah));
        vm.assertEq(all.length, 8);
        vm.assertEq(all[3].amount, NEEDED);
    }

    /// @dev One that never ends would let its successors fail for ever.
    function test_AGuaranteeEndsWithinTenYears() public {
        uint48 most = uint48(present()) + 3653 days;
        _guarantee(1, 1, most);
        uint48[3] memory refused = [most + 1, type(uint48).max, uint48(present())];
        for (uint256 i = 0; i < refused.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesValidity.selector, refused[i]));
            _guarantee(1, 1, refused[i]);
        }
        _guarantee(1, 1, most);
    }

    function test_OnlyALicensedGuarantorGuarantees() public {
        uint48 until = uint48(present()) + 1 days;
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesNotGuarantor.selector, stranger));
        vm.prank(stranger);
        securities.guarantee(supplierOrganisation(1), address(rupiah), NEEDED, until, "letter");
        vm.startPrank(guarantor);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesUnknownOrganisation.selector, uint32(99)));
        securities.guarantee(99, address(rupiah), NEEDED, until, "letter");
        vm.expectRevert(Securities.SecuritiesZeroAmount.selector);
        securities.guarantee(supplierOrganisation(1), address(rupiah), 0, until, "letter");
        vm.stopPrank();
    }

    // ───────────────────────────── bids and tenders ──────────────────────────

    function test_SeveralBidsLeanOnTheSameMoney() public {
        _deposit(1, NEEDED);
        (uint256 one, uint48 closesAt) = _sealed(1);
        (uint256 other,) = _sealed(1);
        openBids(other);
        openBids(one);
        vm.assertEq(tenders.bidderCount(one) + tenders.bidderCount(other), 2);
        vm.assertEq(_account(1).backing, 2);
        vm.assertEq(_account(1).balance, NEEDED);
        vm.warp(closesAt + 3 days + 7 days);
        inPhase(one, Phase.UNSUCCESSFUL);
        securities.settle(one, supplierOrganisation(1));
        vm.assertEq(_account(1).backing, 1);
        bytes memory again =
            abi.encodeWithSelector(Securities.SecuritiesNotRunning.selector, one, supplierOrganisation(1));
        vm.expectRevert(again);
        securities.settle(one, supplierOrganisation(1));
    }

    /// @dev Two bids of one organisation in a tender are one: its number goes up once.
    function test_ALaterBidOfTheSameOrganisationCountsOnce() public {
        _deposit(1, NEEDED);
        (uint256 tenderId,) = _sealed(1);
        BidDraft memory bid = bidOf(1, 900);
        bid.nonce = 2;
        sealBid(tenderId, bid);
        openBids(tenderId);
        vm.assertEq(tenders.bidOf(tenderId, supplierOrganisation(1)).price, 900);
        vm.assertEq(_account(1).backing, 1);
    }

    function test_TheSecurityOfAWinnerThatDoesNotSignIsForfeitAsFarAsThereIsMoney() public {
        _deposit(1, NEEDED - 100);
        _guarantee(1, 100, uint48(present()) + 1000 days);
        uint256 tenderId = awardedTender(list(5_000));
        _giveNotice(1, 100);
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        vm.expectEmit(address(securities));
        emit Securities.SecurityForfeited(tenderId, supplierOrganisation(1), address(rupiah), NEEDED - 100, 100);
        awards.passOver(tenderId);
        vm.assertEq(securities.forfeitedOf(address(rupiah)), NEEDED - 100);
        vm.assertEq(_account(1).balance, 0);
        vm.assertEq(_account(1).noticed, 0);
        vm.expectRevert(abi.encodeWithSelector(Awards.AwardsNotPassable.selector, tenderId));
        awards.passOver(tenderId);
        _collects(NEEDED - 100);
    }

    // ─────────────────────────────── agreements ──────────────────────────────

    function test_TheWinnerSecuresWhenItAcceptsAndNotAgainAtSigning() public {
        _deposit(1, 700);
        uint256 tenderId = awardedTender(list(5_000));
        vm.expectEmit(address(securities));
        emit Securities.PerformanceSecured(tenderId, supplierOrganisation(1), address(rupiah), 500, 0);
        _accept(tenderId);
        vm.assertEq(_account(1).balance, 200);
        sign(termsOfTender(), agreementFor(tenderId));
        vm.assertEq(_account(1).balance, 200);
        vm.assertEq(securities.lockOf(tenderId).money, 500);
    }

    /// @dev Whoever could accept twice with the same money would let the second tender fail by the buyer's fault.
    function test_NobodyAcceptsTwoAwardsOnTheMoneyForOne() public {
        _deposit(1, 500);
        (uint256 one, uint256 other) = _awardedTwice();
        _accept(one);
        bytes memory short = abi.encodeWithSelector(
            Securities.SecuritiesShort.selector, supplierOrganisation(1), uint256(0), uint256(500)
        );
        vm.expectRevert(short);
        _accept(other);
        vm.assertFalse(awards.awardOf(other).accepted);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesTenderRunning.selector, one, Phase.AWARDED));
        securities.giveBack(one);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesNothingHeld.selector, other));
        securities.giveBack(other);
        _deposit(1, 500);
        _accept(other);
    }

    function test_AWinnerWhoseBuyerDoesNotSignGetsItBackOnce() public {
        _deposit(1, 400);
        _guarantee(1, 100, uint48(present()) + 1000 days);
        uint256 tenderId = awardedTender(list(5_000));
        _accept(tenderId);
        vm.assertEq(_account(1).pledged, 100);
        vm.warp(awards.awardOf(tenderId).signBy + 1);
        fails(tenderId, Failure.NOT_SIGNED);
        vm.prank(stranger);
        securities.giveBack(tenderId);
        vm.assertEq(_account(1).balance, 400);
        vm.assertEq(_account(1).pledged, 0);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesNothingHeld.selector, tenderId));
        securities.giveBack(tenderId);
    }

    /// @dev What a guarantor answers for in one agreement does not secure another.
    function test_APledgeIsMadeOnce() public {
        _deposit(1, 300);
        _guarantee(1, 800, uint48(present()) + 1000 days);
        (uint256 one, uint256 other) = _awardedTwice();
        _accept(one);
        vm.assertEq(_account(1).pledged, 200);
        _deposit(1, 1);
        vm.assertEq(securities.coverNow(supplierOrganisation(1), address(rupiah)), 601);
        _accept(other);
        vm.assertEq(_account(1).pledged, 699);
        vm.assertEq(securities.coverNow(supplierOrganisation(1), address(rupiah)), 101);
    }

    function test_AnAbnormallyLowPriceSecuresMore() public {
        _deposit(1, 499);
        uint256 tenderId = _ranked(ALTHOUGH_LOW, 1_000);
        finalise(tenderId);
        vm.assertEq(agreements.securityFor(tenderId), 500);
        vm.expectRevert(
            abi.encodeWithSelector(
                Securities.SecuritiesShort.selector, supplierOrganisation(1), uint256(499), uint256(500)
            )
        );
        _accept(tenderId);
        _deposit(1, 1);
        _accept(tenderId);
    }

    function test_WhoRenouncesWorkLosesItsSecurity() public {
        Agreement memory agreement = _signed();
        vm.prank(supplier(1));
        escrow.renounce(agreement);
        vm.expectEmit(address(securities));
        emit Securities.SecurityForfeited(agreement.tenderId, supplierOrganisation(1), address(rupiah), 500, 0);
        vm.prank(buyer);
        escrow.close(agreement);
        vm.assertEq(_account(1).balance, 0);
        _collects(500);
    }

    function test_AnAgreementThatLapsedGivesItsSecurityBack() public {
        Agreement memory agreement = _signed();
        vm.warp(present() + 10_000 days);
        vm.prank(buyer);
        escrow.close(agreement);
        vm.assertEq(_account(1).balance, 500);
        vm.assertEq(securities.lockOf(agreement.tenderId).token, address(0));
        vm.assertEq(securities.forfeitedOf(address(rupiah)), 0);
    }

    // ────────────────────────────── odd money, odd callers ───────────────────

    function test_ADepositArrivesWholeOrNotAtAll() public {
        odd.mint(address(this), 1_000);
        odd.approve(address(securities), 1_000);
        odd.setFee(100);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesReceived.selector, uint256(99), uint256(100)));
        securities.deposit(supplierOrganisation(1), address(odd), 100);
        vm.assertEq(odd.balanceOf(address(securities)), 0);
        vm.expectRevert(Securities.SecuritiesZeroAmount.selector);
        securities.deposit(supplierOrganisation(1), address(odd), 0);
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesUnknownOrganisation.selector, uint32(99)));
        securities.deposit(99, address(odd), 1);
    }

    /// @dev A token that calls back while money comes in or goes out gets nothing twice.
    function test_ATokenThatCallsBackGetsNothingTwice() public {
        uint32 organisation = supplierOrganisation(1);
        odd.mint(supplier(1), 1_000);
        vm.startPrank(supplier(1));
        odd.approve(address(securities), 1_000);
        odd.setHook(address(securities), abi.encodeCall(Securities.deposit, (organisation, address(odd), 1)));
        securities.deposit(organisation, address(odd), 1_000);
        vm.assertEq(bytes4(odd.hookAnswer()), bytes4(keccak256("ReentrancyGuardReentrantCall()")));
        securities.giveNotice(organisation, address(odd), 600);
        vm.warp(present() + NOTICE);
        odd.setHook(address(securities), abi.encodeCall(Securities.withdraw, (organisation, address(odd), supplier(1))));
        securities.withdraw(organisation, address(odd), supplier(1));
        vm.stopPrank();
        vm.assertEq(bytes4(odd.hookAnswer()), bytes4(keccak256("ReentrancyGuardReentrantCall()")));
        vm.assertEq(odd.balanceOf(supplier(1)), 600);
        vm.assertEq(odd.balanceOf(address(securities)), 400);
    }

    function test_MoneyThatItsTokenRefusesToOneAccountGoesToAnother() public {
        uint32 organisation = supplierOrganisation(1);
        odd.mint(supplier(1), 100);
        vm.startPrank(supplier(1));
        odd.approve(address(securities), 100);
        securities.deposit(organisation, address(odd), 100);
        securities.giveNotice(organisation, address(odd), 100);
        vm.warp(present() + NOTICE);
        odd.setRefuses(supplier(1), true);
        vm.expectRevert("refused");
        securities.withdraw(organisation, address(odd), supplier(1));
        securities.withdraw(organisation, address(odd), stranger);
        vm.stopPrank();
        vm.assertEq(odd.balanceOf(stranger), 100);
    }

    function test_OnlyTheLedgersOwnContractsMoveSecurities() public {
        address[2] memory callers = [stranger, authority];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory refused = abi.encodeWithSelector(Securities.SecuritiesOnly.selector, callers[i]);
            vm.startPrank(callers[i]);
            vm.expectRevert(refused);
            securities.back(1, 9, address(rupiah), 0, 1);
            vm.expectRevert(refused);
            securities.forfeit(1, 9, 1);
            vm.expectRevert(refused);
            securities.secure(1, 9, address(rupiah), 1);
            vm.expectRevert(refused);
            securities.release(1, true);
            vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesNotTreasury.selector, callers[i]));
            securities.collect(address(rupiah));
            vm.stopPrank();
        }
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesNothingForfeited.selector, address(rupiah)));
        vm.prank(treasury);
        securities.collect(address(rupiah));
    }

    /// @dev The dearest opening: eight guarantees are read beside the money.
    function test_OpeningASecuredBidReadsAtMostEightGuarantees() public {
        _deposit(1, 1);
        for (uint256 i = 0; i < 8; ++i) {
            _guarantee(1, 100, uint48(present()) + 1000 days);
        }
        (uint256 tenderId,) = _sealed(1);
        closeAndRelease(tenders, tenderId, 0);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
        vm.snapshotValue("Growth", "open_secured", vm.lastCallGas().gasTotalUsed);
        _isBacked(tenderId, 1, true);
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _deposit(uint256 number, uint128 amount) private {
        bytes32 commitment = keccak256(abi.encode(amount, rupiah.totalSupply()));
        vm.prank(treasury);
        rupiah.mint(address(this), amount, commitment);
        rupiah.approve(address(securities), amount);
        securities.deposit(supplierOrganisation(number), address(rupiah), amount);
    }

    function _giveNotice(uint256 number, uint128 amount) private {
        vm.prank(supplier(number));
        securities.giveNotice(uint32(MEMBERS + number), address(rupiah), amount);
    }

    function _withdraw(uint256 number) private {
        vm.prank(supplier(number));
        securities.withdraw(uint32(MEMBERS + number), address(rupiah), supplier(number));
    }

    function _guarantee(uint256 number, uint128 amount, uint48 until) private {
        vm.prank(guarantor);
        securities.guarantee(uint32(MEMBERS + number), address(rupiah), amount, until, "letter");
    }

    function _accept(uint256 tenderId) private {
        Terms memory terms = termsOfTender();
        vm.prank(supplier(1));
        awards.accept(tenderId, terms);
    }

    /// @dev A tender with bids of suppliers 1, 2, …, still closed.
    function _sealed(uint256 bids) private returns (uint256 tenderId, uint48 closesAt) {
        tenderId = publish();
        for (uint256 number = 1; number <= bids; ++number) {
            sealBid(tenderId, bidOf(number, 5_000));
        }
        closesAt = tenders.closesAt(tenderId);
    }

    function _sealedAt(uint128 price) private returns (uint256 tenderId, uint48 closesAt) {
        tenderId = publish();
        sealBid(tenderId, bidOf(1, price));
        closesAt = tenders.closesAt(tenderId);
    }

    /// @dev Two tenders that supplier 1 won at 5,000.
    function _awardedTwice() private returns (uint256 one, uint256 other) {
        (one,) = _sealedAt(5_000);
        (other,) = _sealedAt(5_000);
        uint256[2] memory both = [one, other];
        openBids(one);
        openBids(other);
        for (uint256 i = 0; i < 2; ++i) {
            draw(both[i]);
            castAll(both[i], marksOf(YES, 1));
        }
        for (uint256 i = 0; i < 2; ++i) {
            openBallots(both[i]);
            awards.rank(both[i], 1);
        }
        vm.warp(awards.awardOf(other).standstillEndsAt);
        awards.finalise(one);
        awards.finalise(other);
    }

    /// @dev A tender with one bid that every seat gave this mark; the standstill runs.
    function _ranked(uint8 mark, uint128 price) private returns (uint256 tenderId) {
        (tenderId,) = _sealedAt(price);
        openBids(tenderId);
        draw(tenderId);
        castAll(tenderId, marksOf(mark, 1));
        openBallots(tenderId);
        awards.rank(tenderId, 1);
    }

    /// @dev An agreement at 5,000 with supplier 1, which had exactly its security.
    function _signed() private returns (Agreement memory agreement) {
        _deposit(1, 500);
        uint256 tenderId = awardedTender(list(5_000));
        agreement = agreementFor(tenderId);
        sign(termsOfTender(), agreement);
        vm.assertEq(_account(1).balance, 0);
    }

    function _account(uint256 number) private view returns (Securities.Account memory) {
        return securities.accountOf(supplierOrganisation(number), address(rupiah));
    }

    function _isBacked(uint256 tenderId, uint256 number, bool backed) private view {
        uint32 organisation = supplierOrganisation(number);
        vm.assertEq(tenders.bidOf(tenderId, organisation).nonce != 0, backed);
        vm.assertEq(securities.backingOf(tenderId, organisation) == Securities.Backing.RUNNING, backed);
        vm.assertEq(_account(number).backing, backed ? 1 : 0);
    }

    function _refusesToSettle(uint256 tenderId, Phase phase) private {
        vm.expectRevert(abi.encodeWithSelector(Securities.SecuritiesTenderRunning.selector, tenderId, phase));
        securities.settle(tenderId, supplierOrganisation(1));
    }

    function _collects(uint128 amount) private {
        uint256 before = rupiah.balanceOf(treasury);
        vm.prank(treasury);
        securities.collect(address(rupiah));
        vm.assertEq(rupiah.balanceOf(treasury) - before, amount);
        vm.assertEq(securities.forfeitedOf(address(rupiah)), 0);
    }
}
