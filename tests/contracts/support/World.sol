// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Agreement, Milestone} from "../../../contracts/agreements/Agreements.sol";
import {Awards} from "../../../contracts/procurement/Awards.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Notice, TaxBasis, Terms} from "../../../contracts/procurement/Terms.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {vm} from "./Test.sol";
import {Sealing} from "./Sealing.sol";

/// @title World
/// @notice Brings a tender from one phase to the next.
abstract contract World is Sealing {
    struct BidDraft {
        uint256 signer; // private key that signs
        address account;
        uint128 price;
        bytes32 documents;
        uint32 version;
        uint32 nonce;
    }

    // ───────────────────────────────── tenders ───────────────────────────────

    /// @dev No ceiling; milestones 30/40/30.
    function termsOfTender() internal view virtual returns (Terms memory terms) {
        uint16[] memory plan = new uint16[](3);
        (plan[0], plan[1], plan[2]) = (3000, 4000, 3000);
        terms = Terms({
            documents: "tender documents",
            category: Category.WORKS,
            method: Method.LOWEST_PRICE,
            taxBasis: TaxBasis.NET,
            currency: currency,
            ceiling: 0,
            minimumBids: 1,
            bidSecurity: 0,
            weight: 0,
            threshold: 0,
            evaluationPeriod: 3 days,
            plan: plan
        });
    }

    /// @dev Two envelopes: quality and price weigh the same, a proposal needs a mean mark of 60. Its rule is to be set.
    function qualityTerms() internal view returns (Terms memory terms) {
        terms = termsOfTender();
        (terms.method, terms.weight, terms.threshold) = (Method.QUALITY_PRICE, 5_000, 60);
    }

    function notice() internal pure returns (Notice memory) {
        return Notice("ocds-terang-1", "https://example.org/documents", 0);
    }

    function publish() internal returns (uint256) {
        return publish(termsOfTender());
    }

    function publish(Terms memory terms) internal returns (uint256) {
        return publish(terms, notice(), uint48(present() + 10 days));
    }

    function publish(Terms memory terms, Notice memory references, uint48 closesAt) internal returns (uint256) {
        Tenders.Lot[] memory lots = lotsOf(terms);
        vm.prank(buyer);
        return tenders.publish(references, closesAt, lots);
    }

    /// @dev One lot with these terms, and a new key for each of its boxes.
    function lotsOf(Terms memory terms) internal returns (Tenders.Lot[] memory lots) {
        lots = new Tenders.Lot[](1);
        lots[0] = lotOf("lot 1", terms);
    }

    function lotOf(string memory id, Terms memory terms) internal returns (Tenders.Lot memory lot) {
        OpeningKeys.Claim[] memory claims = new OpeningKeys.Claim[](terms.method == Method.QUALITY_PRICE ? 2 : 1);
        for (uint256 i = 0; i < claims.length; ++i) {
            claims[i] = nextClaim();
        }
        lot = Tenders.Lot(id, terms, claims);
    }

    function bidOf(uint256 number, uint128 price) internal pure returns (BidDraft memory) {
        return BidDraft(supplierKey(number), supplier(number), price, "bid documents", 1, 1);
    }

    function bidDigest(uint256 tenderId, BidDraft memory bid) internal view returns (bytes32) {
        return typedDigest(
            "Terang Tenders",
            address(tenders),
            keccak256(
                abi.encode(
                    keccak256(
                        "SubmitBid(uint256 tenderId,uint32 version,uint32 nonce,address account,uint128 price,bytes32 documents)"
                    ),
                    tenderId,
                    bid.version,
                    bid.nonce,
                    bid.account,
                    bid.price,
                    bid.documents
                )
            )
        );
    }

    function bidPlaintext(BidDraft memory bid, bytes memory signature) internal pure returns (bytes memory) {
        return abi.encodePacked(bid.account, bid.price, bid.documents, bid.version, bid.nonce, signature);
    }

    function sealBid(uint256 tenderId, BidDraft memory bid) internal {
        bytes memory signature = signed(bid.signer, bidDigest(tenderId, bid));
        sealPlaintext(tenders, tenderId, 0, bidPlaintext(bid, signature));
    }

    /// @dev Supplier 1 bids the first price, supplier 2 the second, …
    function sealBids(uint256 tenderId, uint128[] memory prices) internal {
        for (uint256 i = 0; i < prices.length; ++i) {
            sealBid(tenderId, bidOf(i + 1, prices[i]));
        }
    }

    function openBids(uint256 tenderId) internal {
        closeAndOpen(tenders, tenderId, 0);
    }

    // ───────────────────────────── two envelopes ─────────────────────────────

    function proposalDigest(uint256 tenderId, BidDraft memory bid) internal view returns (bytes32) {
        return typedDigest(
            "Terang Tenders",
            address(tenders),
            keccak256(
                abi.encode(
                    keccak256(
                        "SubmitProposal(uint256 tenderId,uint32 version,uint32 nonce,address account,bytes32 documents)"
                    ),
                    tenderId,
                    bid.version,
                    bid.nonce,
                    bid.account,
                    bid.documents
                )
            )
        );
    }

    function proposalPlaintext(BidDraft memory bid, bytes memory signature) internal pure returns (bytes memory) {
        return abi.encodePacked(bid.account, bid.documents, bid.version, bid.nonce, signature);
    }

    /// @dev The first envelope of a bid; its price has no part in it.
    function sealProposal(uint256 tenderId, BidDraft memory bid) internal {
        bytes memory signature = signed(bid.signer, proposalDigest(tenderId, bid));
        sealPlaintext(tenders, tenderId, 1, proposalPlaintext(bid, signature));
    }

    /// @dev The second envelope of a bid.
    function sealPrice(uint256 tenderId, BidDraft memory bid) internal {
        bytes memory signature = signed(bid.signer, bidDigest(tenderId, bid));
        sealPlaintext(tenders, tenderId, 2, bidPlaintext(bid, signature));
    }

    /// @dev Both envelopes of suppliers 1, 2, … with these prices.
    function sealPairs(uint256 tenderId, uint128[] memory prices) internal {
        for (uint256 i = 0; i < prices.length; ++i) {
            sealProposal(tenderId, bidOf(i + 1, prices[i]));
            sealPrice(tenderId, bidOf(i + 1, prices[i]));
        }
    }

    function openProposals(uint256 tenderId) internal {
        closeAndOpen(tenders, tenderId, 1);
    }

    /// @dev Once quality is decided.
    function openPrices(uint256 tenderId) internal {
        closeAndOpen(tenders, tenderId, 2);
    }

    /// @dev Proposals that a whole panel gave the same marks; the prices may open, unless no proposal passed.
    function judgedProposals(uint256 tenderId, Terms memory terms, bytes memory marks) internal {
        openProposals(tenderId);
        draw(tenderId, terms);
        castAll(tenderId, marks);
        openBallots(tenderId);
        awards.rank(tenderId, marks.length);
    }

    // ───────────────────────────────── awards ────────────────────────────────

    function draw(uint256 tenderId) internal returns (uint32[] memory seats) {
        return draw(tenderId, termsOfTender());
    }

    function draw(uint256 tenderId, Terms memory terms) internal returns (uint32[] memory seats) {
        awards.draw(tenderId, terms, nextClaim());
        return ballots.panelOf(tenderId, lastRound(tenderId));
    }

    function lastRound(uint256 tenderId) internal view returns (uint256) {
        return awards.awardOf(tenderId).rounds - 1;
    }

    function ballotDigest(uint256 tenderId, uint256 round, uint256 seat, bytes32 reasons, bytes memory marks)
        internal
        view
        returns (bytes32)
    {
        return typedDigest(
            "Terang Ballots",
            address(ballots),
            keccak256(
                abi.encode(
                    keccak256("CastBallot(uint256 tenderId,uint32 round,uint32 seat,bytes32 reasons,bytes marks)"),
                    tenderId,
                    round,
                    seat,
                    reasons,
                    keccak256(marks)
                )
            )
        );
    }

    function ballotPlaintext(uint256 seat, bytes32 reasons, bytes memory signature, bytes memory marks)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(uint32(seat), reasons, signature, marks);
    }

    /// @dev Seals the ballot of a seat for the present round.
    function cast(uint256 tenderId, uint256 seat, bytes memory marks) internal {
        uint256 round = lastRound(tenderId);
        bytes32 reasons = keccak256(abi.encode("reasons", seat));
        bytes memory signature = signed(memberKey(seat), ballotDigest(tenderId, round, seat, reasons, marks));
        sealPlaintext(ballots, tenderId, 16 + round, ballotPlaintext(seat, reasons, signature, marks));
    }

    /// @dev Every seat of the panel casts the same marks.
    function castAll(uint256 tenderId, bytes memory marks) internal {
        uint32[] memory seats = ballots.panelOf(tenderId, lastRound(tenderId));
        for (uint256 i = 0; i < seats.length; ++i) {
            cast(tenderId, seats[i], marks);
        }
    }

    function openBallots(uint256 tenderId) internal {
        closeAndOpen(ballots, tenderId, 16 + lastRound(tenderId));
    }

    /// @dev `count` times the same mark.
    function marksOf(uint8 mark, uint256 count) internal pure returns (bytes memory marks) {
        marks = new bytes(count);
        for (uint256 i = 0; i < count; ++i) {
            marks[i] = bytes1(mark);
        }
    }

    /// @dev A tender whose bids are open, those of suppliers 1, 2, … at these prices.
    function openedTender(uint128[] memory prices) internal returns (uint256 tenderId) {
        tenderId = publish();
        sealBids(tenderId, prices);
        openBids(tenderId);
    }

    /// @dev A tender ranked with every bid responsive; the standstill runs.
    function rankedTender(uint128[] memory prices) internal returns (uint256 tenderId) {
        tenderId = openedTender(prices);
        draw(tenderId);
        castAll(tenderId, marksOf(YES, prices.length));
        openBallots(tenderId);
        awards.rank(tenderId, prices.length);
    }

    /// @dev A tender awarded to the cheapest of suppliers 1, 2, …
    function awardedTender(uint128[] memory prices) internal returns (uint256 tenderId) {
        tenderId = rankedTender(prices);
        vm.warp(awards.awardOf(tenderId).standstillEndsAt);
        awards.finalise(tenderId);
    }

    // ─────────────────────────────── agreements ──────────────────────────────

    /// @dev The agreement that follows from an award: paid to the supplier, accepted by the inspector of seat 1 or 5.
    function agreementFor(uint256 tenderId) internal view returns (Agreement memory agreement) {
        (uint32 winner, uint128 price) = awards.winnerOf(tenderId);
        address[] memory inspectors = new address[](2);
        (inspectors[0], inspectors[1]) = (member(1), member(5));
        agreement = Agreement({
            tenderId: tenderId,
            buyer: BUYER_ORGANISATION,
            supplier: winner,
            price: price,
            currency: currency,
            documents: "signed documents",
            startsAt: uint48(present()),
            payee: supplier(winner - MEMBERS),
            refundTo: treasury,
            milestones: milestonesOf(price, uint48(present())),
            inspectors: inspectors,
            approvals: 1
        });
    }

    /// @dev Milestones of the plan 30/40/30, a month apart.
    function milestonesOf(uint128 price, uint48 startsAt) internal pure returns (Milestone[] memory milestones) {
        milestones = new Milestone[](3);
        uint128 first = uint128(uint256(price) * 3000 / 10_000);
        uint128 second = uint128(uint256(price) * 4000 / 10_000);
        milestones[0] = Milestone(first, startsAt + 30 days, "foundations");
        milestones[1] = Milestone(second, startsAt + 60 days, "walls");
        milestones[2] = Milestone(price - first - second, startsAt + 90 days, "roof");
    }

    /// @dev Signs by the buyer's and the awarded supplier's own account.
    function sign(Terms memory terms, Agreement memory agreement) internal {
        bytes32 digest = agreements.digestOf(agreement);
        uint256 number = agreement.supplier - MEMBERS;
        bytes memory byBuyer = signed(memberKey(1), digest);
        bytes memory bySupplier = signed(supplierKey(number), digest);
        agreements.sign(terms, agreement, buyer, byBuyer, supplier(number), bySupplier);
    }

    /// @dev A signed agreement with supplier 1 at `price`.
    function signedAgreement(uint128 price) internal returns (Agreement memory agreement) {
        uint256 tenderId = awardedTender(list(price));
        agreement = agreementFor(tenderId);
        sign(termsOfTender(), agreement);
    }

    /// @dev Gives `payer` tokens and lets the escrow take them.
    function provide(address payer, uint256 amount) internal {
        bytes32 commitment = keccak256(abi.encode(payer, amount, rupiah.totalSupply()));
        vm.prank(treasury);
        rupiah.mint(payer, amount, commitment);
        vm.prank(payer);
        rupiah.approve(address(escrow), amount);
    }

    // ───────────────────────────────── small ─────────────────────────────────

    function list(uint128 a) internal pure returns (uint128[] memory prices) {
        prices = new uint128[](1);
        prices[0] = a;
    }

    function list(uint128 a, uint128 b) internal pure returns (uint128[] memory prices) {
        prices = new uint128[](2);
        (prices[0], prices[1]) = (a, b);
    }

    function list(uint128 a, uint128 b, uint128 c) internal pure returns (uint128[] memory prices) {
        prices = new uint128[](3);
        (prices[0], prices[1], prices[2]) = (a, b, c);
    }
}
