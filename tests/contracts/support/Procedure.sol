// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../../../contracts/governance/Consortium.sol";
import {Rule} from "../../../contracts/governance/Rules.sol";
import {Remedy} from "../../../contracts/procurement/Awards.sol";
import {Reviews} from "../../../contracts/procurement/Reviews.sol";
import {Category, Failure, Method, Phase, Terms} from "../../../contracts/procurement/Terms.sol";
import {vm} from "./Test.sol";
import {World} from "./World.sol";

/// @title Procedure
/// @notice Two envelopes, complaints and what follows: the longer ways that a tender may go.
abstract contract Procedure is World {
    uint8 internal constant ALTHOUGH_LOW = 2;
    uint8 internal constant ABSTAINS = 255;
    uint128 internal constant WITHDRAWN = type(uint128).max;

    // ─────────────────────────────── two envelopes ───────────────────────────

    /// @dev Quality weighs 60 %, and half of the marks is the threshold.
    function scoredTerms() internal view virtual returns (Terms memory terms) {
        terms = termsOfTender();
        (terms.method, terms.weight, terms.threshold) = (Method.QUALITY_PRICE, 6000, 50);
    }

    function scoredRule() internal pure virtual returns (Rule memory) {
        return ruleFor(Category.WORKS, Method.QUALITY_PRICE);
    }

    function putProposal(uint256 tenderId, uint256 number, uint32 nonce) internal {
        bytes32 hash = keccak256(
            abi.encode(
                tenders.SUBMIT_PROPOSAL_TYPEHASH(), tenderId, uint32(1), nonce, supplier(number), bytes32("proposal")
            )
        );
        bytes memory signature = signed(supplierKey(number), typedDigest("Terang Tenders", address(tenders), hash));
        bytes memory plaintext = abi.encodePacked(supplier(number), bytes32("proposal"), uint32(1), nonce, signature);
        sealPlaintext(tenders, tenderId, 1, plaintext);
    }

    function putPrice(uint256 tenderId, uint256 number, uint128 price, uint32 nonce) internal {
        BidDraft memory bid = bidOf(number, price);
        bid.nonce = nonce;
        bytes memory signature = signed(bid.signer, bidDigest(tenderId, bid));
        sealPlaintext(tenders, tenderId, 2, bidPlaintext(bid, signature));
    }

    /// @dev A tender in two envelopes whose proposals are open: supplier 1 asks the first price, …; 0: no price envelope.
    function proposedTender(uint128[] memory prices) internal returns (uint256 tenderId) {
        return proposedTender(scoredTerms(), prices);
    }

    function proposedTender(Terms memory terms, uint128[] memory prices) internal returns (uint256 tenderId) {
        tenderId = publish(terms);
        for (uint256 i = 0; i < prices.length; ++i) {
            putProposal(tenderId, i + 1, 1);
            if (prices[i] != 0) putPrice(tenderId, i + 1, prices[i], 1);
        }
        closeAndOpen(tenders, tenderId, 1);
    }

    /// @dev Draws a panel all of whose seats cast the same marks, and opens them.
    function judge(uint256 tenderId, Terms memory terms, bytes memory marks) internal {
        draw(tenderId, terms);
        castAll(tenderId, marks);
        openBallots(tenderId);
    }

    /// @dev Draws a panel whose seats cast these marks in turn, as many as there are, and opens them.
    function judgeEach(uint256 tenderId, Terms memory terms, bytes[] memory marks) internal {
        uint32[] memory seats = draw(tenderId, terms);
        for (uint256 i = 0; i < marks.length; ++i) {
            cast(tenderId, seats[i], marks[i]);
        }
        openBallots(tenderId);
    }

    /// @dev Ranks to the end of the present pass.
    function rank(uint256 tenderId) internal {
        awards.rank(tenderId, type(uint256).max);
    }

    /// @dev Quality is decided by these marks, and the prices are open.
    function pricedTender(uint128[] memory prices, bytes memory marks) internal returns (uint256 tenderId) {
        tenderId = proposedTender(prices);
        judge(tenderId, scoredTerms(), marks);
        rank(tenderId);
        closeAndOpen(tenders, tenderId, 2);
    }

    /// @dev The passes for the lowest price and for the scores.
    function rankPrices(uint256 tenderId) internal {
        rank(tenderId);
        rank(tenderId);
    }

    // ───────────────────────────────── reviews ───────────────────────────────

    /// @dev A supplier complains with the deposit that the rule asks for.
    function complain(uint256 tenderId, uint256 number) internal returns (uint256 complaintId) {
        return complain(tenderId, number, termsOfTender());
    }

    function complain(uint256 tenderId, uint256 number, Terms memory terms) internal returns (uint256 complaintId) {
        provideDeposit(supplier(number), depositFor(tenderId));
        vm.prank(supplier(number));
        return reviews.complain(tenderId, terms, "grounds");
    }

    /// @dev One per cent of the winning price.
    function depositFor(uint256 tenderId) internal view returns (uint128) {
        (, uint128 price) = awards.winnerOf(tenderId);
        return price / 100;
    }

    function provideDeposit(address payer, uint256 amount) internal {
        bytes32 commitment = keccak256(abi.encode("deposit", payer, amount, rupiah.totalSupply()));
        vm.prank(treasury);
        rupiah.mint(payer, amount, commitment);
        vm.prank(payer);
        rupiah.approve(address(reviews), amount);
    }

    function reviewers(uint256 complaintId) internal view returns (uint32[] memory) {
        return reviews.panelOf(complaintId, reviews.complaintOf(complaintId).attempts - 1);
    }

    function vote(uint256 complaintId, uint256 seat, Remedy ruling, bool abusive) internal {
        vm.prank(member(seat));
        reviews.vote(complaintId, ruling, abusive, "reasons");
    }

    /// @dev Every seat of the review panel votes for the same.
    function rule(uint256 complaintId, Remedy ruling) internal {
        uint32[] memory seats = reviewers(complaintId);
        for (uint256 i = 0; i < seats.length; ++i) {
            vote(complaintId, seats[i], ruling, false);
        }
        reviews.decide(complaintId);
    }

    // ───────────────────────────────── states ────────────────────────────────

    function inPhase(uint256 tenderId, Phase wanted) internal view {
        vm.assertEq(uint256(awards.phase(tenderId)), uint256(wanted), "phase");
    }

    function fails(uint256 tenderId, Failure why) internal view {
        (Phase phase, Failure failure) = awards.standing(tenderId);
        vm.assertEq(uint256(phase), uint256(Phase.UNSUCCESSFUL), "unsuccessful");
        vm.assertEq(uint256(failure), uint256(why), "why");
    }

    /// @dev The supplier with this number stands to win at this price.
    function wins(uint256 tenderId, uint256 number, uint128 price) internal view {
        (uint32 organisation, uint128 asked) = awards.winnerOf(tenderId);
        vm.assertEq(organisation, supplierOrganisation(number), "winner");
        vm.assertEq(asked, price, "price");
    }

    /// @dev Goes to the end of the standstill and awards.
    function finalise(uint256 tenderId) internal {
        uint256 endsAt = awards.awardOf(tenderId).standstillEndsAt;
        if (present() < endsAt) vm.warp(endsAt);
        awards.finalise(tenderId);
    }

    function classOf(uint256 seat) internal view returns (Consortium.Class) {
        return consortium.seatOf(seat).class;
    }

    function statusOf(uint256 complaintId) internal view returns (Reviews.Status) {
        return reviews.complaintOf(complaintId).status;
    }

    function marking(uint8 a, uint8 b) internal pure returns (bytes memory) {
        return abi.encodePacked(a, b);
    }

    function marking(uint8 a, uint8 b, uint8 c) internal pure returns (bytes memory) {
        return abi.encodePacked(a, b, c);
    }
}
