// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ACT, BUYER} from "../../../contracts/identity/Participants.sol";
import {Category, Method, Phase} from "../../../contracts/procurement/Terms.sol";
import {Enquiries} from "../../../contracts/procurement/Enquiries.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev Questions until twelve hours before closing, answers until closing.
contract EnquiriesTest is World {
    uint48 private constant LAST = 12 hours;

    uint256 private tenderId;
    uint48 private closesAt;

    function setUp() public override {
        super.setUp();
        tenderId = publish();
        closesAt = tenders.closesAt(tenderId);
    }

    // ──────────────────────────────── questions ──────────────────────────────

    function test_ASupplierAsks() public {
        vm.expectEmit(address(tenders));
        emit Enquiries.EnquiryMade(tenderId, 1, "question");
        vm.prank(supplier(1));
        vm.assertEq(tenders.enquire(tenderId, "question"), 1);
        vm.assertEq(tenders.enquiryCount(tenderId), 1);
        vm.assertEq(tenders.answerOf(tenderId, 1), 0);
    }

    /// @dev Who asks through a relay stays unknown.
    function test_ARelayAsksForWhoeverItIs() public {
        vm.prank(relay);
        vm.assertEq(tenders.enquire(tenderId, "question"), 1);
    }

    function test_QuestionsAreNumberedByTender() public {
        uint256 other = publish();
        vm.assertEq(_asks(tenderId), 1);
        vm.assertEq(_asks(tenderId), 2);
        vm.assertEq(_asks(other), 1);
        vm.assertEq(tenders.enquiryCount(tenderId), 2);
        vm.assertEq(tenders.enquiryCount(other), 1);
    }

    function test_OnlyWhoCouldBidAsks() public {
        vm.prank(authority);
        participants.suspend(supplierOrganisation(2), "reason");
        vm.prank(supplier(3));
        participants.revokeKey(supplier(3));
        authorise("clerk", ACT, uint48(present()), type(uint48).max); // it acts and does not bid
        address[6] memory others = [stranger, buyer, member(2), supplier(2), supplier(3), account("clerk")];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotEligible.selector, others[i]));
            vm.prank(others[i]);
            tenders.enquire(tenderId, "question");
        }
    }

    function test_RefusesAnEmptyQuestion() public {
        vm.expectRevert(Enquiries.EnquiriesEmpty.selector);
        vm.prank(supplier(1));
        tenders.enquire(tenderId, 0);
    }

    function test_AsksUntilEnquiriesAreOver() public {
        uint48 endsAt = closesAt - LAST;
        vm.warp(endsAt - 1);
        _asks(tenderId);
        for (uint48 time = endsAt; time <= endsAt + 1; ++time) {
            vm.warp(time);
            _refusesToAsk(abi.encodeWithSelector(Tenders.TendersEnquiriesOver.selector, tenderId, endsAt));
        }
    }

    function test_APostponedClosingPostponesTheEndOfEnquiries() public {
        vm.warp(closesAt - LAST);
        vm.prank(buyer);
        tenders.amend(tenderId, termsOfTender(), "", closesAt + 2 days, "reason");
        _asks(tenderId);
        vm.warp(closesAt + 2 days - LAST - 1);
        _asks(tenderId);
        vm.warp(closesAt + 2 days - LAST);
        _refusesToAsk(abi.encodeWithSelector(Tenders.TendersEnquiriesOver.selector, tenderId, closesAt + 2 days - LAST));
    }

    function test_AsksAboutATenderInTwoEnvelopes() public {
        setRule(ruleFor(Category.WORKS, Method.QUALITY_PRICE));
        tenderId = publish(qualityTerms());
        vm.warp(tenders.closesAt(tenderId) - LAST - 1);
        _asks(tenderId);
        vm.warp(present() + 1);
        _refusesToAsk(abi.encodeWithSelector(Tenders.TendersEnquiriesOver.selector, tenderId, present()));
    }

    function test_NobodyAsksWhereNothingIsTendered() public {
        vm.warp(closesAt);
        _refusesToAsk(_notTendering(Phase.OPENING));
        tenderId = 99;
        _refusesToAsk(_notTendering(Phase.NONE));
        tenderId = publish();
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
        _refusesToAsk(_notTendering(Phase.CANCELLED));
    }

    // ───────────────────────────────── answers ───────────────────────────────

    function test_TheBuyerAnswersOnce() public {
        _asks(tenderId);
        _asks(tenderId);
        vm.expectEmit(address(tenders));
        emit Enquiries.EnquiryAnswered(tenderId, 2, "answer", buyer);
        _answers(2, "answer");
        vm.assertEq(tenders.answerOf(tenderId, 2), "answer");
        vm.assertEq(tenders.answerOf(tenderId, 1), 0);
        _refusesToAnswer(2, "other", abi.encodeWithSelector(Enquiries.EnquiriesAnswered.selector, tenderId, 2));
        _answers(1, "answer");
    }

    function test_RefusesAnEmptyAnswer() public {
        _asks(tenderId);
        _refusesToAnswer(1, 0, abi.encodeWithSelector(Enquiries.EnquiriesEmpty.selector));
    }

    function test_RefusesAnAnswerToNoQuestion() public {
        _asks(tenderId);
        uint256[3] memory unknown = [uint256(0), 2, type(uint256).max];
        for (uint256 i = 0; i < unknown.length; ++i) {
            bytes4 refusal = Enquiries.EnquiriesUnknown.selector;
            _refusesToAnswer(unknown[i], "answer", abi.encodeWithSelector(refusal, tenderId, unknown[i]));
        }
    }

    function test_OnlyTheBuyerAnswers() public {
        _asks(tenderId);
        vm.prank(registrar);
        participants.register("another buyer", BUYER, account("another buyer"));
        address[4] memory others = [account("another buyer"), supplier(1), relay, stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Tenders.TendersNotTheBuyer.selector, tenderId, others[i]));
            vm.prank(others[i]);
            tenders.answer(tenderId, 1, "answer");
        }
    }

    function test_AnswersUntilTheClosing() public {
        _asks(tenderId);
        _asks(tenderId);
        vm.warp(closesAt - 1);
        _answers(1, "answer");
        for (uint48 time = closesAt; time <= closesAt + 1; ++time) {
            vm.warp(time);
            _refusesToAnswer(2, "answer", _notTendering(Phase.OPENING));
        }
    }

    function test_NobodyAnswersOnceTheTenderIsCancelled() public {
        _asks(tenderId);
        vm.prank(buyer);
        tenders.cancel(tenderId, "reason");
        _refusesToAnswer(1, "answer", _notTendering(Phase.CANCELLED));
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _asks(uint256 tender) private returns (uint256) {
        vm.prank(supplier(1));
        return tenders.enquire(tender, "question");
    }

    function _answers(uint256 enquiry, bytes32 hash) private {
        vm.prank(buyer);
        tenders.answer(tenderId, enquiry, hash);
    }

    function _refusesToAsk(bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(supplier(1));
        tenders.enquire(tenderId, "question");
    }

    function _refusesToAnswer(uint256 enquiry, bytes32 hash, bytes memory refusal) private {
        vm.expectRevert(refusal);
        vm.prank(buyer);
        tenders.answer(tenderId, enquiry, hash);
    }

    function _notTendering(Phase phase) private view returns (bytes memory) {
        return abi.encodeWithSelector(Tenders.TendersNotTendering.selector, tenderId, phase);
    }
}
