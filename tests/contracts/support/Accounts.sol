// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title EntryPoint
/// @notice Carries out what owners of accounts signed, in the manner of ERC-4337; whoever sends it pays.
contract EntryPoint {
    mapping(address account => uint256) public nonceOf;

    error EntryPointSignature(address account);

    function handleOp(SmartAccount account, address to, bytes calldata data, bytes calldata signature) external {
        bytes32 digest = digestOf(account, to, data);
        ++nonceOf[address(account)];
        require(account.validateUserOp(digest, signature), EntryPointSignature(address(account)));
        account.execute(to, data);
    }

    function digestOf(SmartAccount account, address to, bytes calldata data) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, this, account, to, data, nonceOf[address(account)]));
    }
}

/// @title SmartAccount
/// @notice An account of one owner that only the entry point commands; also the code to which an EIP-7702 account
/// delegates, whose owner is then the account itself.
contract SmartAccount {
    EntryPoint public immutable ENTRY_POINT;
    address public immutable OWNER;

    error SmartAccountOnlyEntryPoint(address sender);

    constructor(EntryPoint entryPoint, address owner) {
        ENTRY_POINT = entryPoint;
        OWNER = owner;
    }

    function execute(address to, bytes calldata data) external {
        require(msg.sender == address(ENTRY_POINT), SmartAccountOnlyEntryPoint(msg.sender));
        (bool done, bytes memory answer) = to.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }

    function validateUserOp(bytes32 digest, bytes calldata signature) external view returns (bool) {
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, signature);
        return problem == ECDSA.RecoverError.NoError && signer == OWNER;
    }

    /// @notice ERC-1271 for the owner.
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, signature);
        bool good = problem == ECDSA.RecoverError.NoError && signer == OWNER;
        return good ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title SayingWallet
/// @notice An ERC-1271 wallet whose owner decides afterwards, and as often as it likes, what it has signed.
contract SayingWallet {
    address public immutable OWNER;
    mapping(bytes32 digest => bool) public isAccepted;

    error SayingWalletOnlyOwner(address sender);

    constructor(address owner) {
        OWNER = owner;
    }

    function say(bytes32 digest, bool accepted) external {
        require(msg.sender == OWNER, SayingWalletOnlyOwner(msg.sender));
        isAccepted[digest] = accepted;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return isAccepted[digest] ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title ReenteringWallet
/// @notice Answers every call by the same call back to whoever made it.
contract ReenteringWallet {
    fallback() external {
        (bool done,) = msg.sender.call(msg.data);
        require(done);
    }
}
