// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Marks
/// @notice Tallies of ballots, eight bids to a word.
/// @dev A bid's tally takes 32 bits. Answers: yes, yes although abnormally low, no, recused, 8 bits each. Scores: their sum
/// in 16 bits, how many, recused. A panel has at most 16 seats and a score is at most 100, so nothing overflows.
library Marks {
    uint8 internal constant NO = 0;
    uint8 internal constant YES = 1;
    uint8 internal constant YES_ALTHOUGH_LOW = 2;
    uint8 internal constant RECUSED = 255;
    uint8 internal constant MAX_SCORE = 100;
    uint256 private constant BIDS_PER_WORD = 8;

    /// @notice Answers to yes-or-no questions about one bid.
    struct Tally {
        uint8 yes;
        uint8 yesAlthoughLow;
        uint8 no;
        uint8 recused;
    }

    /// @notice Scores of one bid.
    struct Scores {
        uint16 sum;
        uint8 count; // of those not recused
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

    /// @notice Whether every mark is one of the four answers, or a score where `scored`, or recused.
    function valid(bytes memory marks, bool scored) internal pure returns (bool) {
        uint256 length = marks.length;
        uint8 most = scored ? MAX_SCORE : YES_ALTHOUGH_LOW;
        for (uint256 i = 0; i < length; ++i) {
            uint8 mark = _at(marks, i);
            if (mark > most && mark != RECUSED) return false;
        }
        return true;
    }

    /// @notice Adds the valid marks of one ballot.
    function add(mapping(uint256 => uint256) storage words, bytes memory marks, bool scored) internal {
        uint256 length = marks.length;
        // sixteen ballots at most: no count reaches the next
        unchecked {
            for (uint256 i = 0; i < length; i += BIDS_PER_WORD) {
                uint256 sum;
                for (uint256 j = i; j < length && j < i + BIDS_PER_WORD; ++j) {
                    uint8 mark = _at(marks, j);
                    sum += (scored ? _score(mark) : 1 << _shift(mark)) << (32 * (j - i));
                }
                words[i / BIDS_PER_WORD] += sum;
            }
        }
    }

    /// @notice The 32 bits of the bid at `position`.
    function bitsOf(mapping(uint256 => uint256) storage words, uint256 position) internal view returns (uint32) {
        return uint32(words[position / BIDS_PER_WORD] >> (32 * (position % BIDS_PER_WORD)));
    }

    function tally(uint32 bits) internal pure returns (Tally memory) {
        return Tally(uint8(bits), uint8(bits >> 8), uint8(bits >> 16), uint8(bits >> 24));
    }

    function scores(uint32 bits) internal pure returns (Scores memory) {
        return Scores(uint16(bits), uint8(bits >> 16), uint8(bits >> 24));
    }

    /// @notice Whether more than half of those not recused said yes; for a price that is abnormally `low`, whether they
    /// said so in so many words.
    function responsive(uint32 bits, bool low) internal pure returns (bool) {
        Tally memory t = tally(bits);
        return low ? t.yesAlthoughLow > uint256(t.yes) + t.no : uint256(t.yes) + t.yesAlthoughLow > t.no;
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

    /// @dev What one score adds to a tally.
    function _score(uint8 mark) private pure returns (uint256) {
        return mark == RECUSED ? 1 << 24 : (1 << 16) + mark;
    }
}
