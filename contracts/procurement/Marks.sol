// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Marks
/// @notice Tallies of ballots, eight bids to a word.
/// @dev A bid's tally takes 32 bits: yes, yes although abnormally low, no, recused, 8 bits each. A panel has at most 16
/// seats, so no count overflows.
library Marks {
    uint8 internal constant NO = 0;
    uint8 internal constant YES = 1;
    uint8 internal constant YES_ALTHOUGH_LOW = 2;
    uint8 internal constant RECUSED = 255;
    uint256 private constant BIDS_PER_WORD = 8;

    struct Tally {
        uint8 yes;
        uint8 yesAlthoughLow;
        uint8 no;
        uint8 recused;
    }

    /// @notice The bytes of `data` from `offset` to its end; `offset` lies within.
    function slice(bytes memory data, uint256 offset) internal pure returns (bytes memory part) {
        uint256 length = data.length - offset;
        part = new bytes(length);
        assembly ("memory-safe") {
            mcopy(add(part, 0x20), add(add(data, 0x20), offset), length)
        }
    }

    /// @notice Whether every mark is one of the four.
    function valid(bytes memory marks) internal pure returns (bool) {
        uint256 length = marks.length;
        for (uint256 i = 0; i < length; ++i) {
            uint8 mark = _at(marks, i);
            if (mark > YES_ALTHOUGH_LOW && mark != RECUSED) return false;
        }
        return true;
    }

    /// @notice Adds the valid marks of one ballot.
    function add(mapping(uint256 => uint256) storage words, bytes memory marks) internal {
        uint256 length = marks.length;
        // sixteen ballots at most: no count reaches the next
        unchecked {
            for (uint256 i = 0; i < length; i += BIDS_PER_WORD) {
                uint256 sum;
                for (uint256 j = i; j < length && j < i + BIDS_PER_WORD; ++j) {
                    sum += 1 << (32 * (j - i) + _shift(_at(marks, j)));
                }
                words[i / BIDS_PER_WORD] += sum;
            }
        }
    }

    /// @notice Whether more than half of those not recused said yes to the bid at `position`.
    function responsive(mapping(uint256 => uint256) storage words, uint256 position) internal view returns (bool) {
        Tally memory t = tally(words, position);
        return uint256(t.yes) + t.yesAlthoughLow > t.no;
    }

    function tally(mapping(uint256 => uint256) storage words, uint256 position) internal view returns (Tally memory) {
        uint256 bits = words[position / BIDS_PER_WORD] >> (32 * (position % BIDS_PER_WORD));
        return Tally(uint8(bits), uint8(bits >> 8), uint8(bits >> 16), uint8(bits >> 24));
    }

    /// @dev The mark at `i`, which lies within: the check of bounds would cost more than the rest of a loop.
    function _at(bytes memory marks, uint256 i) private pure returns (uint8 mark) {
        assembly ("memory-safe") {
            mark := byte(0, mload(add(add(marks, 0x20), i)))
        }
    }

    function _shift(uint8 mark) private pure returns (uint256) {
        return mark == YES ? 0 : mark == YES_ALTHOUGH_LOW ? 8 : mark == NO ? 16 : 24;
    }
}
