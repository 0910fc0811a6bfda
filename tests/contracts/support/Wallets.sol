// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev ERC-1271 wallets as signers: one that says what its owner told it, and bad ones.
contract WalletMock {
    bool public revoked;

    function revoke() external {
        revoked = true;
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        return revoked ? bytes4(0xffffffff) : this.isValidSignature.selector;
    }
}

contract RevertingWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        revert("no");
    }
}

contract GasBurningWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @dev Answers with half a megabyte, the first word of it wrong.
contract VerboseWallet {
    fallback() external {
        assembly ("memory-safe") {
            return(0x80, 0x80000)
        }
    }
}
