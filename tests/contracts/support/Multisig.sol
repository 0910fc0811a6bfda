// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Multisig
/// @notice An account of several owners in the manner of Safe: what enough of them sign is carried out, by anybody.
/// @dev Owners sign EIP-712 data of the domain (chainId, verifyingContract), as in Safe; their signatures follow each
/// other in ascending order of the owners, which keeps one owner from signing twice. No modules, no gas refunds.
contract Multisig {
    bytes32 public constant TRANSACTION_TYPEHASH =
        keccak256("MultisigTransaction(address to,uint256 value,bytes data,uint256 nonce)");
    bytes32 public constant MESSAGE_TYPEHASH = keccak256("MultisigMessage(bytes32 digest)");
    uint256 public immutable THRESHOLD;

    mapping(address account => bool) public isOwner;
    /// @notice Of the next transaction.
    uint256 public nonce;

    error MultisigSignatures();

    constructor(address[] memory owners, uint256 threshold) {
        THRESHOLD = threshold;
        for (uint256 i = 0; i < owners.length; ++i) {
            isOwner[owners[i]] = true;
        }
    }

    /// @notice Carries out a call that enough owners signed for the present nonce.
    /// @dev A refused call takes all of it back, the nonce too, and gives the reason of the refusal.
    function execTransaction(address to, uint256 value, bytes calldata data, bytes calldata signatures) external {
        require(isSigned(transactionDigest(to, value, data, nonce), signatures), MultisigSignatures());
        ++nonce;
        (bool done, bytes memory answer) = to.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
    }

    /// @notice ERC-1271: whether enough owners signed this digest, wrapped so that it is for this wallet only.
    function isValidSignature(bytes32 digest, bytes calldata signatures) external view returns (bytes4) {
        return isSigned(messageDigest(digest), signatures) ? this.isValidSignature.selector : bytes4(0xffffffff);
    }

    function transactionDigest(address to, uint256 value, bytes calldata data, uint256 nonce_)
        public
        view
        returns (bytes32)
    {
        return _typedDigest(keccak256(abi.encode(TRANSACTION_TYPEHASH, to, value, keccak256(data), nonce_)));
    }

    function messageDigest(bytes32 digest) public view returns (bytes32) {
        return _typedDigest(keccak256(abi.encode(MESSAGE_TYPEHASH, digest)));
    }

    /// @notice Whether at least `THRESHOLD` owners, each once, signed `digest`.
    function isSigned(bytes32 digest, bytes calldata signatures) public view returns (bool) {
        if (signatures.length != THRESHOLD * 65) return false;
        address last;
        for (uint256 i = 0; i < THRESHOLD; ++i) {
            (address owner, ECDSA.RecoverError problem,) = ECDSA.tryRecover(digest, signatures[i * 65:(i + 1) * 65]);
            if (problem != ECDSA.RecoverError.NoError || owner <= last || !isOwner[owner]) return false;
            last = owner;
        }
        return true;
    }

    function _typedDigest(bytes32 structHash) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(uint256 chainId,address verifyingContract)"), block.chainid, address(this)
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
