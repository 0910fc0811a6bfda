// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InvariantTest} from "../support/Test.sol";
import {Forger} from "./Forger.sol";

/// @title RunningHashInvariants
/// @notice No reachable state counts a box as opened with an envelope missing, doubled, foreign or out of order; and
/// none is stuck.
/// forge-config: default.invariant.fail-on-revert = true
contract RunningHashInvariants is InvariantTest {
    Forger private forger;

    function setUp() external {
        forger = Forger(deploy("Forger", ""));
        bytes4[] memory acts = new bytes4[](3);
        acts[0] = Forger.seal.selector;
        acts[1] = Forger.release.selector;
        acts[2] = Forger.open.selector;
        targetSelectors(address(forger), acts);
    }

    function invariant_WhatIsOpenedIsWhatWasSealed() external view {
        forger.check();
    }

    function afterInvariant() external {
        forger.settle();
        forger.check();
    }
}
