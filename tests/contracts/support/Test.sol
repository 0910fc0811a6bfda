// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Vm
/// @notice The cheatcodes of forge that these tests use.
interface Vm {
    struct Wallet {
        address addr;
        uint256 publicKeyX;
        uint256 publicKeyY;
        uint256 privateKey;
    }

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    struct Gas {
        uint64 gasLimit;
        uint64 gasTotalUsed;
        uint64 gasMemoryUsed;
        int64 gasRefunded;
        uint64 gasRemaining;
    }

    // keys and signatures
    function addr(uint256 privateKey) external pure returns (address);
    function createWallet(uint256 privateKey) external returns (Wallet memory);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    // time, chain, sender, code
    function warp(uint256 time) external;
    function getBlockTimestamp() external view returns (uint256);
    function chainId(uint256 id) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function etch(address target, bytes calldata code) external;
    function getCode(string calldata artifact) external view returns (bytes memory);
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);

    // expectations
    function assume(bool condition) external pure;
    function assertTrue(bool condition) external pure;
    function assertTrue(bool condition, string calldata why) external pure;
    function assertFalse(bool condition) external pure;
    function assertFalse(bool condition, string calldata why) external pure;
    function assertEq(bool left, bool right) external pure;
    function assertEq(uint256 left, uint256 right) external pure;
    function assertEq(uint256 left, uint256 right, string calldata why) external pure;
    function assertEq(address left, address right) external pure;
    function assertEq(address left, address right, string calldata why) external pure;
    function assertEq(bytes32 left, bytes32 right) external pure;
    function assertEq(bytes32 left, bytes32 right, string calldata why) external pure;
    function assertEq(bytes calldata left, bytes calldata right) external pure;
    function assertNotEq(bytes32 left, bytes32 right) external pure;
    function assertNotEq(address left, address right) external pure;
    function assertLe(uint256 left, uint256 right) external pure;
    function assertGe(uint256 left, uint256 right) external pure;
    function expectRevert(bytes calldata data) external;
    function expectRevert(bytes4 selector) external;
    function expectEmit(address emitter) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data, address emitter) external;

    // logs and gas
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function lastCallGas() external view returns (Gas memory);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;

    // vectors
    function readFile(string calldata path) external view returns (string memory);
    function toString(uint256 value) external pure returns (string memory);
    function parseJsonTypeArray(string calldata json, string calldata key, string calldata type_)
        external
        pure
        returns (bytes memory);
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

/// @title Test
/// @notice The base of every test. Not forge-std: its package on npm is stale, and this is all we need of it.
abstract contract Test {
    bool public constant IS_TEST = true;

    /// @dev Folds a fuzzed `value` into `least` … `most`.
    function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        uint256 size = most - least + 1;
        return size == 0 ? value : least + value % size;
    }

    /// @dev Deploys from the artifact: with `new` every test would carry, and compile again, the code of what it tests.
    function deploy(string memory name, bytes memory arguments) internal returns (address created) {
        bytes memory code = bytes.concat(vm.getCode(string.concat(name, ".sol:", name)), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        vm.assertTrue(created != address(0), name);
    }

    /// @dev Rows of a file of vectors that is shared with pytest, encoded as an array of structs with these columns.
    /// The name of their type is no struct's: forge would take that struct's field names for the file's.
    function vectors(string memory file, string memory list, string memory columns)
        internal
        view
        returns (bytes memory)
    {
        string memory json = vm.readFile(string.concat("tests/vectors/", file, ".json"));
        return vm.parseJsonTypeArray(json, string.concat(".", list), string.concat("Columns(", columns, ")"));
    }
}

/// @title InvariantTest
/// @notice A test of what holds after any sequence of calls to its handlers; forge asks for them by these names.
abstract contract InvariantTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    FuzzSelector[] private _targets;

    /// @dev Calls every function of `handler`.
    function targetContract(address handler) internal {
        _targets.push(FuzzSelector(handler, new bytes4[](0)));
    }

    /// @dev Calls these functions of `handler` only.
    function targetSelectors(address handler, bytes4[] memory selectors) internal {
        _targets.push(FuzzSelector(handler, selectors));
    }

    function targetContracts() external view returns (address[] memory handlers) {
        handlers = new address[](_targets.length);
        for (uint256 i = 0; i < handlers.length; ++i) {
            handlers[i] = _targets[i].addr;
        }
    }

    function targetSelectors() external view returns (FuzzSelector[] memory selected) {
        uint256 count;
        selected = new FuzzSelector[](_targets.length);
        for (uint256 i = 0; i < _targets.length; ++i) {
            if (_targets[i].selectors.length != 0) selected[count++] = _targets[i];
        }
        assembly ("memory-safe") {
            mstore(selected, count)
        }
    }
}
