// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Void} from "../../../contracts/sealing/Envelope.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm} from "../support/Test.sol";
import {World} from "../support/World.sol";

/// @dev An organisation's highest nonce counts, of equal nonces the first, in whatever order they were sealed.
contract NoncesTest is World {
    uint128 private constant WITHDRAWN = type(uint128).max;

    uint256 private tenderId;

    function setUp() public override {
        super.setUp();
        tenderId = publish();
    }

    function test_AHigherNonceReplaces() public {
        _seals(1, 300);
        _seals(2, 200);
        openBids(tenderId);
        _stands(200, 2, 1);
    }

    function test_VoidsALowerNonceSealedLater() public {
        _seals(2, 200);
        _seals(1, 100);
        _opensSuperseded(1);
        _stands(200, 2, 1);
    }

    function test_OfEqualNoncesTheFirstCounts() public {
        _seals(1, 300);
        _seals(1, 100);
        _opensSuperseded(1);
        _stands(300, 1, 1);
    }

    function test_ACopiedEnvelopeChangesNothing() public {
        _seals(1, 300);
        sealEnvelope(tenders, tenderId, 0, sealedIn[address(tenders)][tenderId][0][0]);
        _opensSuperseded(1);
        _stands(300, 1, 1);
    }

    function test_ARivalsCopyIsStillItsAuthorsBid() public {
        _seals(1, 300);
        bytes memory copied = sealedIn[address(tenders)][tenderId][0][0];
        vm.prank(supplier(2));
        tenders.seal(tenderId, 0, copied);
        sealedIn[address(tenders)][tenderId][0].push(copied);
        openBids(tenderId);
        vm.assertEq(tenders.bidderCount(tenderId), 1);
        _stands(300, 1, 1);
    }

    function test_TheHighestNonceOfAllCounts() public {
        _seals(type(uint32).max, 300);
        _seals(type(uint32).max - 1, 100);
        openBids(tenderId);
        _stands(300, type(uint32).max, 1);
    }

    function test_WithdrawsABid() public {
        _seals(1, 300);
        _seals(2, WITHDRAWN);
        openBids(tenderId);
        _stands(WITHDRAWN, 2, 0);
    }

    function test_AWithdrawalSealedFirstStillWithdraws() public {
        _seals(2, WITHDRAWN);
        _seals(1, 300);
        _opensSuperseded(1);
        _stands(WITHDRAWN, 2, 0);
    }

    function test_BidsAgainAfterAWithdrawal() public {
        _seals(2, WITHDRAWN);
        _seals(3, 300);
        _seals(1, 100);
        openBids(tenderId);
        _stands(300, 3, 1);
    }

    function test_WithdrawsTwice() public {
        _seals(1, WITHDRAWN);
        _seals(2, WITHDRAWN);
        openBids(tenderId);
        _stands(WITHDRAWN, 2, 0);
    }

    /// @dev Any sequence of bids and withdrawals by two suppliers, against the sentence above.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_EqualsTheHighestNonceSealedFirst(uint256 seed) public {
        uint32[2] memory nonces;
        uint128[2] memory prices;
        uint256 length = seed % 7 + 1;
        for (uint256 i = 0; i < length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 who = random % 2;
            uint32 nonce = uint32(random >> 8) % 4 + 1;
            uint128 price = (random >> 64) % 3 == 0 ? WITHDRAWN : uint128(random >> 128) / 2 + 1;
            BidDraft memory bid = bidOf(who + 1, price);
            bid.nonce = nonce;
            sealBid(tenderId, bid);
            if (nonce > nonces[who]) (nonces[who], prices[who]) = (nonce, price);
        }
        openBids(tenderId);

        uint256 valid;
        for (uint256 position = 0; position < tenders.bidderCount(tenderId); ++position) {
            (uint32 organisation, uint128 price, uint32 nonce) = tenders.bidAt(tenderId, position);
            uint256 who = organisation - supplierOrganisation(1);
            vm.assertEq(price, prices[who]);
            vm.assertEq(nonce, nonces[who]);
            if (price != WITHDRAWN) ++valid;
        }
        vm.assertEq(tenders.bidderCount(tenderId), (nonces[0] == 0 ? 0 : 1) + (nonces[1] == 0 ? 0 : 1));
        vm.assertEq(tenders.tenderOf(tenderId).validBids, valid);
    }

    function _seals(uint32 nonce, uint128 price) private {
        BidDraft memory bid = bidOf(1, price);
        bid.nonce = nonce;
        sealBid(tenderId, bid);
    }

    function _opensSuperseded(uint256 index) private {
        closeAndRelease(tenders, tenderId, 0);
        vm.expectEmit(address(tenders));
        emit SealedBox.Voided(tenderId, 0, index, Void.SUPERSEDED);
        tenders.open(tenderId, 0, sealedIn[address(tenders)][tenderId][0]);
    }

    function _stands(uint128 price, uint32 nonce, uint32 validBids) private view {
        (uint32 organisation, uint128 standing, uint32 latest) = tenders.bidAt(tenderId, 0);
        vm.assertEq(organisation, supplierOrganisation(1));
        vm.assertEq(standing, price);
        vm.assertEq(latest, nonce);
        vm.assertEq(tenders.tenderOf(tenderId).validBids, validBids);
    }
}
