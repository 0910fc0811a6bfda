// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {Test, vm, Vm} from "../support/Test.sol";

contract Secp256k1Test is Test {
    struct Row {
        uint8 parity;
        address product;
        uint256 scalar;
        bool valid;
        uint256 x;
    }

    uint256 private constant N = Secp256k1.N;
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    function testFuzz_MultipliesAPoint(uint256 scalar, uint256 point) external {
        scalar = bound(scalar, 1, N - 1);
        Vm.Wallet memory wallet = vm.createWallet(bound(point, 1, N - 1));
        vm.assertEq(
            Secp256k1.multiply(scalar, wallet.publicKeyX, wallet.publicKeyY % 2 == 1),
            vm.addr(mulmod(scalar, wallet.privateKey, N))
        );
    }

    function testFuzz_ThePointWithTheOtherParityIsTheNegative(uint256 scalar, uint256 point) external {
        scalar = bound(scalar, 1, N - 1);
        Vm.Wallet memory wallet = vm.createWallet(bound(point, 1, N - 1));
        vm.assertEq(
            Secp256k1.multiply(scalar, wallet.publicKeyX, wallet.publicKeyY % 2 == 0),
            vm.addr(N - mulmod(scalar, wallet.privateKey, N))
        );
    }

    function testFuzz_KnowsTheAddressOfASecretAndOfItsPoint(uint256 secret) external {
        Vm.Wallet memory wallet = vm.createWallet(bound(secret, 1, N - 1));
        vm.assertEq(Secp256k1.addressOf(wallet.privateKey), wallet.addr);
        vm.assertEq(Secp256k1.addressOf(wallet.publicKeyX, wallet.publicKeyY), wallet.addr);
    }

    function test_MultipliesByTheLeastAndTheGreatestScalar() external {
        vm.assertEq(Secp256k1.addressOf(1), vm.addr(1));
        vm.assertEq(Secp256k1.addressOf(N - 1), vm.addr(N - 1));
        vm.assertNotEq(vm.addr(1), vm.addr(N - 1));
        vm.assertEq(vm.createWallet(1).publicKeyX, Secp256k1.GX);
    }

    function testFuzz_AScalarOutOfRangeHasNoProduct(uint256 scalar) external pure {
        vm.assertEq(Secp256k1.addressOf(bound(scalar, N, type(uint256).max)), address(0));
    }

    /// @dev ecrecover would accept neither; and N + 1 must not pass for 1.
    function test_ScalarsAndCoordinatesOutOfRangeHaveNoProduct() external pure {
        uint256[5] memory outside = [0, N, N + 1, P, type(uint256).max];
        for (uint256 i = 0; i < outside.length; ++i) {
            vm.assertEq(Secp256k1.addressOf(outside[i]), address(0));
            vm.assertEq(Secp256k1.multiply(2, outside[i], false), address(0));
            vm.assertEq(Secp256k1.multiply(2, outside[i], true), address(0));
        }
    }

    function testFuzz_KnowsACompressedPoint(uint256 secret, uint8 prefix) external {
        uint256 x = vm.createWallet(bound(secret, 1, N - 1)).publicKeyX;
        vm.assertTrue(this.isPoint(abi.encodePacked(uint8(2), x)));
        vm.assertTrue(this.isPoint(abi.encodePacked(uint8(3), x)));
        vm.assertEq(this.isPoint(abi.encodePacked(prefix, x)), prefix == 2 || prefix == 3);
        vm.assertFalse(this.isPoint(abi.encodePacked(uint8(2), x, uint8(0))));
        vm.assertFalse(this.isPoint(abi.encodePacked(uint8(2), uint248(x))));
    }

    function test_KnowsWhatIsNoPoint() external view {
        vm.assertFalse(this.isPoint(""));
        uint256[6] memory none = [0, 5, N, P - 1, P, type(uint256).max];
        for (uint256 i = 0; i < none.length; ++i) {
            vm.assertFalse(this.isPoint(abi.encodePacked(uint8(2), none[i])));
            vm.assertFalse(this.isPoint(abi.encodePacked(uint8(3), none[i])));
        }
    }

    function isPoint(bytes calldata data) external pure returns (bool) {
        return Secp256k1.isPoint(data);
    }

    /// @dev Points, scalars and products as libsecp256k1 computes them; shared with pytest.
    function test_AgreesWithTheSharedVectors() external view {
        Row[] memory points = abi.decode(
            vectors("sealing/shares", "points", "uint8 parity,address product,uint256 scalar,bool valid,uint256 x"),
            (Row[])
        );
        vm.assertGe(points.length, 100);
        for (uint256 i = 0; i < points.length; ++i) {
            address product = Secp256k1.multiply(points[i].scalar, points[i].x, points[i].parity == 1);
            vm.assertEq(product, points[i].product);
            vm.assertEq(product != address(0), points[i].valid);
        }
    }
}
