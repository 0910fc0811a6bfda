// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {vm, Vm} from "../support/Test.sol";
import {Letters} from "./Letters.sol";
import {Post} from "./Post.sol";

/// @title Postman
/// @notice Seals, waits, releases and opens at random, rightly and wrongly, beside a plain model of two boxes.
/// @dev Each act says from the model alone whether it must succeed, and reverts if the contract is of another mind.
contract Postman is Post {
    struct Model {
        bytes[] envelopes;
        bool[] count; // whether the envelope holds a letter to this box
        uint256 byAuthor;
        bytes32 running;
        uint256 opened;
        bool released;
    }

    uint256 public constant SEGMENT = 32;
    uint48 public constant GRACE = 3 days;

    mapping(uint256 box => Model) private _models;
    uint256 private _letters;

    constructor() {
        setUp();
    }

    // ────────────────────────────────── acts ─────────────────────────────────

    function sealOne(uint256 seed) external {
        address[3] memory senders = [author, relay, stranger];
        _seal(_box(seed), senders[(seed >> 8) % 3], seed);
    }

    function sealMany(uint256 seed) external {
        for (uint256 i = 0; i < seed % 24; ++i) {
            _seal(_box(seed), relay, uint256(keccak256(abi.encode(seed, i))));
        }
    }

    function wait(uint256 seed) external {
        uint48[4] memory edges = [closesAt - 1, closesAt, closesAt + GRACE - 1, closesAt + GRACE];
        uint48 edge = edges[(seed >> 8) % 4];
        bool jumps = seed % 4 == 0 && edge > present() && edge - present() < 1 days;
        vm.warp(jumps ? edge : present() + (seed >> 16) % 6 hours);
    }

    function release(uint256 seed) external {
        uint256 box = _box(seed);
        uint256 secret = secretOf(keyOf(seed & 256 == 0 ? box : OTHER_BOX));
        bool right = secret == secretOf(keyOf(box));
        bool inTime = present() >= closesAt && present() < closesAt + GRACE;
        Model storage model = _models[box];
        try letters.release(box, 0, secret) {
            vm.assertTrue(right && inTime && !model.released, "released wrongly");
            model.released = true;
        } catch {
            vm.assertFalse(right && inTime && !model.released, "not released");
        }
    }

    function open(uint256 seed) external {
        _open(_box(seed), _attempt(_box(seed), seed >> 8));
    }

    /// @dev Ends a run: what can be opened at all opens now.
    function settle() external {
        if (present() < closesAt) vm.warp(closesAt);
        for (uint256 box = BOX; box <= OTHER_BOX; ++box) {
            Model storage model = _models[box];
            if (!model.released) {
                if (present() >= closesAt + GRACE) continue;
                closeAndRelease(box);
                model.released = true;
            }
            while (model.opened < model.envelopes.length) {
                uint256 before = model.opened;
                _open(box, _next(box, SEGMENT));
                vm.assertTrue(model.opened > before, "stuck");
            }
        }
    }

    /// @dev Compares the contract with the model, field by field.
    function check() external view {
        for (uint256 box = BOX; box <= OTHER_BOX; ++box) {
            Model storage model = _models[box];
            SealedBox.Box memory state = letters.boxOf(box, 0);
            vm.assertEq(state.count, model.envelopes.length, "count");
            vm.assertEq(state.opened, model.opened, "opened");
            vm.assertEq(letters.accumulator(box, 0), model.running, "running hash");
            vm.assertEq(letters.sealedBy(box, 0, HOUSE), model.byAuthor, "sealed by the author");
            vm.assertTrue((letters.secretOf(box, 0) != 0) == model.released, "released");
            vm.assertTrue(model.opened == 0 || model.released, "opened before its release");
            vm.assertTrue(!model.released || present() >= closesAt, "released before closing");
            bool all = model.released && model.opened == model.envelopes.length;
            vm.assertTrue(letters.isOpened(box, 0) == all, "opened means all of it");
            bool late = !model.released && present() >= closesAt + GRACE;
            vm.assertTrue(letters.isWithheld(box, 0) == late, "withheld");
        }
    }

    // ───────────────────────────────── sealing ───────────────────────────────

    function _seal(uint256 box, address sender, uint256 seed) private {
        (bytes memory envelope, bool isLetter) = _content(box, seed >> 16);
        Model storage model = _models[box];
        bool fits = envelope.length > 34 && envelope.length <= 34 + letters.LETTER() + 32;
        bool may = sender == relay || sender == author && model.byAuthor < 8;
        bool expected = fits && may && present() < closesAt;
        vm.prank(sender);
        try letters.seal(box, 0, envelope) {
            vm.assertTrue(expected, "sealed wrongly");
        } catch {
            vm.assertFalse(expected, "not sealed");
            return;
        }
        if (sender == author) ++model.byAuthor;
        model.envelopes.push(envelope);
        model.count.push(isLetter);
        model.running = keccak256(abi.encodePacked(model.running, keccak256(envelope)));
    }

    function _content(uint256 box, uint256 seed) private returns (bytes memory envelope, bool isLetter) {
        uint256 kind = seed % 8;
        bytes[] storage before = _models[box].envelopes;
        if (kind < 3) return (letterEnvelope(box, _letters++), true);
        if (kind == 3) return (letterEnvelope(BOX + OTHER_BOX - box, _letters++), false);
        if (kind == 4 && before.length != 0) {
            uint256 which = (seed >> 8) % before.length;
            return (before[which], _models[box].count[which]); // a copy
        }
        envelope = letterEnvelope(box, _letters++);
        if (kind == 5) envelope[(seed >> 8) % envelope.length] ^= 0x11;
        else if (kind == 6) envelope = bytes.concat(envelope, new bytes((seed >> 8) % 40 + 1));
        else envelope = _cut(envelope, (seed >> 8) % envelope.length);
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            cut[i] = data[i];
        }
    }

    // ───────────────────────────────── opening ───────────────────────────────

    /// @dev The next envelopes, up to `most`.
    function _next(uint256 box, uint256 most) private view returns (bytes[] memory envelopes) {
        Model storage model = _models[box];
        uint256 left = model.envelopes.length - model.opened;
        envelopes = new bytes[](left < most ? left : most);
        for (uint256 i = 0; i < envelopes.length; ++i) {
            envelopes[i] = model.envelopes[model.opened + i];
        }
    }

    /// @dev The next envelopes as they are, or with something wrong.
    function _attempt(uint256 box, uint256 seed) private view returns (bytes[] memory envelopes) {
        uint256[4] memory sizes = [SEGMENT, 2 * SEGMENT, type(uint256).max, (seed >> 8) % 40];
        envelopes = _next(box, sizes[seed % 4]);
        uint256 kind = (seed >> 64) % 8;
        if (envelopes.length < 2 || kind < 4) return envelopes;
        uint256 which = (seed >> 72) % (envelopes.length - 1);
        if (kind == 4) (envelopes[which], envelopes[which + 1]) = (envelopes[which + 1], envelopes[which]);
        else if (kind == 5) envelopes[which] = envelopes[which + 1];
        else if (kind == 6) envelopes[which] = "";
        else envelopes = slice(envelopes, 1, envelopes.length);
    }

    function _open(uint256 box, bytes[] memory envelopes) private {
        Model storage model = _models[box];
        uint256 upTo = model.opened + envelopes.length;
        bool expected = model.released && envelopes.length != 0 && upTo <= model.envelopes.length
            && (upTo % SEGMENT == 0 || upTo == model.envelopes.length);
        for (uint256 i = 0; expected && i < envelopes.length; ++i) {
            expected = keccak256(envelopes[i]) == keccak256(model.envelopes[model.opened + i]);
        }
        vm.recordLogs();
        try letters.open(box, 0, envelopes) {
            vm.assertTrue(expected, "opened wrongly");
        } catch {
            vm.assertFalse(expected, "not opened");
            return;
        }
        _checkEvents(box, envelopes.length);
        model.opened = upTo;
    }

    /// @dev One event for each envelope, in their order: opened or void.
    function _checkEvents(uint256 box, uint256 size) private {
        Model storage model = _models[box];
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, size, "one event each");
        for (uint256 i = 0; i < size; ++i) {
            uint256 wanted = model.opened + i;
            bool isLetter = logs[i].topics[0] == Letters.LetterOpened.selector;
            uint256 index;
            if (isLetter) (,, index) = abi.decode(logs[i].data, (uint256, uint256, uint256));
            else index = abi.decode(logs[i].data, (uint256));
            vm.assertEq(index, wanted, "in order");
            vm.assertTrue(isLetter == model.count[wanted], "void or not");
        }
    }

    function _box(uint256 seed) private pure returns (uint256) {
        return seed % 2 == 0 ? BOX : OTHER_BOX;
    }
}
