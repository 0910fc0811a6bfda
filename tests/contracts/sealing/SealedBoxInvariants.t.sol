// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InvariantTest} from "../support/Test.sol";
import {Postman} from "./Postman.sol";

/// @title SealedBoxInvariants
/// @notice After any sequence of seals, releases and openings: what was sealed is opened, in order, once, and by nobody
/// early; a box is opened when all of it is; and the running hash is that of what was sealed.
/// forge-config: default.invariant.fail-on-revert = true
contract SealedBoxInvariants is InvariantTest {
    Postman private postman;

    function setUp() external {
        postman = Postman(deploy("Postman", ""));
        bytes4[] memory acts = new bytes4[](5);
        acts[0] = Postman.sealOne.selector;
        acts[1] = Postman.sealMany.selector;
        acts[2] = Postman.wait.selector;
        acts[3] = Postman.release.selector;
        acts[4] = Postman.open.selector;
        targetSelectors(address(postman), acts);
    }

    function invariant_TheBoxesAreAsTheModelSays() external view {
        postman.check();
    }

    function afterInvariant() external {
        postman.settle();
        postman.check();
    }
}
