// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Seats} from "../governance/Seats.sol";
import {vm, Vm} from "../support/Test.sol";
import {Letters} from "./Letters.sol";

/// @title Openers
/// @notice Opening keys of seven openers (three agencies, two auditors, two citizens; k = 4, c = 6) for two boxes.
/// @dev Seats 1 … 7 are openers 1 … 7 of epoch 1. Keys are single secrets that the test knows, in place of the openers'
/// shares: the contract sees only their points.
abstract contract Openers is Seats {
    uint8 internal constant OPENERS = 7;
    uint8 internal constant THRESHOLD = 4;
    uint8 internal constant CONFIRMATIONS = 6;
    uint256 internal constant KEYS = 4;
    bytes32 internal constant TRANSCRIPT = "transcript";

    OpeningKeys internal openingKeys;
    /// @dev In the place of `Tenders` and of `Awards`.
    Letters internal letters;
    Letters internal ballots;
    address internal immutable opener = member(1);

    function setUp() public virtual override {
        super.setUp();
        address lettersWillBe = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        address ballotsWillBe = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 2);
        openingKeys =
            OpeningKeys(deploy("OpeningKeys", abi.encode(authority, consortium, lettersWillBe, ballotsWillBe)));
        letters = Letters(deploy("Letters", abi.encode(participants, openingKeys)));
        ballots = Letters(deploy("Letters", abi.encode(participants, openingKeys)));
        vm.assertEq(address(letters), lettersWillBe);
        vm.assertEq(address(ballots), ballotsWillBe);
        seatMembers(3, 2, 2);
        startEpoch(seatsFrom(1));
    }

    function seatsFrom(uint32 first) internal pure returns (uint32[] memory seats) {
        return seatsFrom(first, OPENERS);
    }

    function seatsFrom(uint32 first, uint256 count) internal pure returns (uint32[] memory seats) {
        seats = new uint32[](count);
        for (uint32 i = 0; i < count; ++i) {
            seats[i] = first + i;
        }
    }

    function startEpoch(uint32[] memory seats) internal returns (uint256 epoch) {
        vm.prank(authority);
        return openingKeys.startEpoch(seats, THRESHOLD, CONFIRMATIONS);
    }

    function openBatch(uint256 count) internal returns (uint256 batch) {
        uint256 epoch = openingKeys.epochCount();
        address first = consortium.accountOf(openingKeys.seatOfOpener(epoch, 1));
        vm.prank(first);
        return openingKeys.openBatch(epoch, uint32(count));
    }

    /// @dev A batch of the present epoch, confirmed by openers 1 … 6.
    function confirmedBatch(uint256 count, bytes32 root) internal returns (uint256 batch) {
        batch = openBatch(count);
        confirmBatch(batch, root);
    }

    function confirmBatch(uint256 batch, bytes32 root) internal {
        uint256 epoch = openingKeys.epochCount();
        vm.warp(openingKeys.batchOf(epoch, batch).dealsUntil);
        for (uint256 i = 1; i <= CONFIRMATIONS; ++i) {
            address holder = consortium.accountOf(openingKeys.seatOfOpener(epoch, i));
            vm.prank(holder);
            openingKeys.confirm(epoch, batch, root, TRANSCRIPT);
        }
    }

    /// @dev A confirmed batch of `KEYS` keys with the secrets of `secretOf`.
    function readyBatch() internal returns (uint256 batch) {
        uint256 epoch = openingKeys.epochCount();
        batch = openBatch(KEYS);
        (bytes32 left, bytes32 right) = _nodes(epoch, batch);
        confirmBatch(batch, _pair(left, right));
    }

    function keyId(uint256 epoch, uint256 batch, uint256 index) internal pure returns (uint256) {
        return epoch << 64 | batch << 32 | index;
    }

    function secretOf(uint256 id) internal pure returns (uint256) {
        return key(vm.toString(id));
    }

    /// @dev A key of a batch made by `readyBatch`, with its proof.
    function claimOf(uint256 id) internal returns (OpeningKeys.Claim memory claim) {
        Vm.Wallet memory point = vm.createWallet(secretOf(id));
        (bytes32 left, bytes32 right) = _nodes(id >> 64, uint32(id >> 32));
        bytes32[] memory proof = new bytes32[](2);
        proof[0] = _leaf(id ^ 1);
        proof[1] = id & 2 == 0 ? right : left;
        return OpeningKeys.Claim(id, point.publicKeyX, point.publicKeyY, proof);
    }

    function _nodes(uint256 epoch, uint256 batch) private returns (bytes32 left, bytes32 right) {
        uint256 first = keyId(epoch, batch, 0);
        left = _pair(_leaf(first), _leaf(first + 1));
        right = _pair(_leaf(first + 2), _leaf(first + 3));
    }

    function _leaf(uint256 id) internal returns (bytes32) {
        Vm.Wallet memory point = vm.createWallet(secretOf(id));
        return keccak256(bytes.concat(keccak256(abi.encode(uint32(id), point.publicKeyX, point.publicKeyY))));
    }

    function _pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }
}
