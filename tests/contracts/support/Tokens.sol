// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev A token that misbehaves as told: takes a fee, answers false, refuses recipients, calls back.
contract OddToken is ERC20 {
    uint256 public fee; // basis points of each transfer
    bool public answersFalse; // and moves nothing
    mapping(address => bool) public refuses; // transfers to these revert
    address public hook; // called at each transfer with `hookCall`
    bytes public hookCall;
    bytes public hookAnswer;

    constructor() ERC20("Odd", "ODD") {}

    function mint(address to, uint256 amount) external {
        super._update(address(0), to, amount);
    }

    function setFee(uint256 basisPoints) external {
        fee = basisPoints;
    }

    function setAnswersFalse(bool whether) external {
        answersFalse = whether;
    }

    function setRefuses(address to, bool whether) external {
        refuses[to] = whether;
    }

    function setHook(address target, bytes calldata data) external {
        (hook, hookCall) = (target, data);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        return !answersFalse && super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return !answersFalse && super.transferFrom(from, to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!refuses[to], "refused");
        uint256 taken = amount * fee / 10_000;
        super._update(from, to, amount - taken);
        if (taken != 0) super._update(from, address(0), taken);
        if (hook != address(0)) {
            (bool done, bytes memory answer) = hook.call(hookCall);
            hookAnswer = done ? bytes("done") : answer;
        }
    }
}

/// @dev Moves tokens and returns nothing, as some old ones do.
contract SilentToken {
    mapping(address => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
