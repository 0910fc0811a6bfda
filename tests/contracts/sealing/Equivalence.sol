// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Envelope, Void} from "../../../contracts/sealing/Envelope.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";

/// @title Equivalence
/// @notice Answers many cases to a call; benchmarks/equivalence.py compares the answers with those of the Python package.
contract Equivalence {
    uint256 private constant N = Secp256k1.N;

    /// @notice secret(32) ‖ boxId(32) ‖ envelope → reason(1) ‖ plaintext.
    function open(bytes[] calldata cases) external pure returns (bytes[] memory answers) {
        answers = new bytes[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            bytes calldata data = cases[i];
            (Void reason, bytes memory plaintext) =
                Envelope.decrypt(data[64:], uint256(bytes32(data[:32])), bytes32(data[32:64]));
            answers[i] = abi.encodePacked(reason, plaintext);
        }
    }

    /// @notice scalar(32) ‖ prefix(1) ‖ x(32) → address of scalar·(x, y)(20) ‖ address of scalar·G(20) ‖ is a point(1).
    function multiply(bytes[] calldata cases) external pure returns (bytes[] memory answers) {
        answers = new bytes[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            bytes calldata data = cases[i];
            uint256 scalar = uint256(bytes32(data[:32]));
            address product = Secp256k1.multiply(scalar, uint256(bytes32(data[33:])), uint8(data[32]) & 1 == 1);
            answers[i] = abi.encodePacked(product, Secp256k1.addressOf(scalar), Secp256k1.isPoint(data[32:]));
        }
    }

    /// @notice Rows index(2) ‖ share(32) → f(0) of the polynomial through them (32); nothing where that is refused.
    function interpolate(bytes[] calldata cases) external view returns (bytes[] memory answers) {
        answers = new bytes[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            answers[i] = _interpolate(cases[i]);
        }
    }

    /// @dev Neville's scheme over fractions n/d, with one inverse at the end: no Lagrange coefficient, as Python has.
    function _interpolate(bytes calldata rows) private view returns (bytes memory) {
        uint256 size = rows.length / 34;
        if (size == 0) return "";
        uint256[] memory x = new uint256[](size);
        uint256[] memory n = new uint256[](size);
        uint256[] memory d = new uint256[](size);
        for (uint256 i = 0; i < size; ++i) {
            x[i] = uint16(bytes2(rows[34 * i:]));
            n[i] = uint256(bytes32(rows[34 * i + 2:]));
            d[i] = 1;
            if (x[i] == 0 || x[i] > 255 || n[i] >= N) return "";
        }
        for (uint256 step = 1; step < size; ++step) {
            for (uint256 i = 0; i + step < size; ++i) {
                uint256 j = i + step;
                uint256 left = mulmod(x[j], mulmod(n[i], d[i + 1], N), N);
                uint256 right = mulmod(x[i], mulmod(n[i + 1], d[i], N), N);
                n[i] = addmod(left, N - right, N);
                d[i] = mulmod(mulmod(d[i], d[i + 1], N), N + x[j] - x[i], N);
            }
        }
        if (d[0] == 0) return ""; // an index twice
        return abi.encode(mulmod(n[0], _inverse(d[0]), N));
    }

    /// @dev Fermat's little theorem, through the precompile of EIP-198.
    function _inverse(uint256 value) private view returns (uint256) {
        (, bytes memory result) = address(5).staticcall(abi.encode(32, 32, 32, value, N - 2, N));
        return abi.decode(result, (uint256));
    }
}
