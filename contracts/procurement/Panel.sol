// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Consortium} from "../governance/Consortium.sol";

/// @title Panel
/// @notice Draws seats without replacement, uniformly over the seats of each class as of a time.
library Panel {
    bytes32 internal constant DOMAIN = keccak256("Terang panel v1");
    /// @notice Draws per class at most, so that the work is bounded where most seats of a class were removed.
    uint256 internal constant MAX_DRAWS = 128;

    /// @notice keccak256(abi.encode(DOMAIN, secret, acc, tenderId, round)).
    function seed(uint256 secret, bytes32 acc, uint256 tenderId, uint256 round) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, secret, acc, tenderId, round));
    }

    /// @notice Who may be drawn: seats as of `time`, without those of the organisation `excluded` and those `barred`.
    struct Pool {
        Consortium consortium;
        uint48 time;
        uint32 excluded;
        uint32[] barred;
    }

    /// @notice The seats drawn: of each class up to the number wanted. Fewer where a class has too few.
    function draw(Pool memory pool, bytes32 seed_, uint8[3] memory wanted)
        internal
        view
        returns (uint32[] memory seats)
    {
        seats = new uint32[](uint256(wanted[0]) + wanted[1] + wanted[2]);
        uint256 drawn;
        for (uint256 class = 0; class < 3; ++class) {
            drawn += _drawClass(pool, seed_, Consortium.Class(class), wanted[class], seats, drawn);
        }
        assembly ("memory-safe") {
            mstore(seats, drawn) // shorten
        }
    }

    /// @notice The seat of `class` that comes after `before` others in the order of the draw; 0: there is none.
    function reserve(Pool memory pool, bytes32 seed_, Consortium.Class class, uint256 before)
        internal
        view
        returns (uint32)
    {
        uint32[] memory seats = new uint32[](before + 1);
        return _drawClass(pool, seed_, class, before + 1, seats, 0) > before ? seats[before] : 0;
    }

    /// @notice The place of `seat` in `seats`, or the largest number if it is not there.
    function find(uint32[] storage seats, uint32 seat) internal view returns (uint256) {
        uint256 size = seats.length;
        uint256 word;
        for (uint256 i = 0; i < size; ++i) {
            // eight seats to a word of storage, which is read once
            if (i % 8 == 0) {
                assembly ("memory-safe") {
                    mstore(0, seats.slot)
                    word := sload(add(keccak256(0, 0x20), shr(3, i)))
                }
            }
            if (uint32(word) == seat) return i;
            word >>= 32;
        }
        return type(uint256).max;
    }

    /// @dev Fisher–Yates over the indices 0 … size − 1, of which only the displaced ones are kept.
    function _drawClass(
        Pool memory pool,
        bytes32 seed_,
        Consortium.Class class,
        uint256 wanted,
        uint32[] memory seats,
        uint256 offset
    ) private view returns (uint256 drawn) {
        if (wanted == 0) return 0;
        uint256 size = pool.consortium.sizeAt(class, pool.time);
        uint256 draws = size < MAX_DRAWS ? size : MAX_DRAWS;
        uint256[] memory places = new uint256[](draws);
        uint256[] memory values = new uint256[](draws);
        for (uint256 i = 0; i < draws && drawn < wanted; ++i) {
            uint256 place = i + uint256(keccak256(abi.encode(seed_, class, i))) % (size - i);
            uint256 index = _valueAt(places, values, i, place);
            (places[i], values[i]) = (place, _valueAt(places, values, i, i));
            (uint32 seat, uint32 organisation, bool seated) = pool.consortium.seatOfClassAt(class, index, pool.time);
            if (seated && organisation != pool.excluded && !_contains(pool.barred, seat)) {
                seats[offset + drawn] = seat;
                ++drawn;
            }
        }
    }

    /// @dev What stands at `place` after `swaps` swaps; the latest entry for a place holds.
    function _valueAt(uint256[] memory places, uint256[] memory values, uint256 swaps, uint256 place)
        private
        pure
        returns (uint256)
    {
        for (uint256 i = swaps; i > 0; --i) {
            if (places[i - 1] == place) return values[i - 1];
        }
        return place;
    }

    function _contains(uint32[] memory seats, uint32 seat) private pure returns (bool) {
        for (uint256 i = 0; i < seats.length; ++i) {
            if (seats[i] == seat) return true;
        }
        return false;
    }
}
