// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {Secp256k1} from "../../../contracts/sealing/Secp256k1.sol";
import {vm} from "../support/Test.sol";
import {Openers} from "./Openers.sol";

/// @title CeremonyVectorsTest
/// @notice The contract takes and releases what the openers' software makes: vectors shared with pytest.
contract CeremonyVectorsTest is Openers {
    struct Proof {
        uint256 index;
        bytes32[] proof;
        bytes32 root;
        uint256 x;
        uint256 y;
    }

    struct Tree {
        uint256 count;
        bytes32 root;
    }

    struct Released {
        uint256 batch;
        uint256 epoch;
        uint256 index;
        address keyAddress;
        uint256 keyId;
        bytes32[] proof;
        uint256 publicKeyX;
        uint256 publicKeyY;
        bytes32 root;
        uint256 secret;
        address[] shareAddresses;
        uint256[] shares;
    }

    struct Epoch {
        uint8 confirmations;
        uint256 epoch;
        uint32[] seats;
        bytes32 setHash;
        uint8 threshold;
    }

    function test_TakesEveryKeyOfTheSharedTrees() external {
        Tree[] memory trees = abi.decode(vectors("sealing/merkle", "trees", "uint256 count,bytes32 root"), (Tree[]));
        string memory columns = "uint256 index,bytes32[] proof,bytes32 root,uint256 x,uint256 y";
        Proof[] memory proofs = abi.decode(vectors("sealing/merkle", "proofs", columns), (Proof[]));
        uint256 next;
        for (uint256 i = 0; i < trees.length; ++i) {
            uint256 batch = confirmedBatch(trees[i].count, trees[i].root);
            for (uint256 index = 0; index < trees[i].count; ++index) {
                Proof memory p = proofs[next++];
                vm.assertEq(p.root, trees[i].root);
                vm.assertEq(p.index, index);
                letters.prepare(
                    next, 0, present() + 1 days, OpeningKeys.Claim(keyId(1, batch, index), p.x, p.y, p.proof)
                );
            }
        }
        vm.assertEq(next, proofs.length);
        vm.assertGe(next, 70);
    }

    function test_ReleasesTheSecretsOfTheSharedCeremony() external {
        string memory columns = "uint256 batch,uint256 epoch,uint256 index,address keyAddress,uint256 keyId,"
            "bytes32[] proof,uint256 publicKeyX,uint256 publicKeyY,bytes32 root,uint256 secret,"
            "address[] shareAddresses,uint256[] shares";
        Released[] memory rows = abi.decode(vectors("sealing/releases", "releases", columns), (Released[]));
        Epoch memory epoch = _startEpochOfVectors(rows[0].epoch);
        for (uint256 i = 1; i < rows[0].batch; ++i) {
            openBatch(1);
        }
        vm.assertEq(confirmedBatch(rows.length, rows[0].root), rows[0].batch);

        for (uint256 i = 0; i < rows.length; ++i) {
            Released memory row = rows[i];
            vm.assertEq(row.keyId, keyId(row.epoch, row.batch, row.index));
            uint48 closesAt = present() + 1 days;
            letters.prepare(i, 0, closesAt, OpeningKeys.Claim(row.keyId, row.publicKeyX, row.publicKeyY, row.proof));
            vm.assertEq(letters.boxOf(i, 0).point, row.keyAddress);
            vm.assertEq(row.shares.length, epoch.threshold);
            for (uint256 j = 0; j < row.shares.length; ++j) {
                vm.assertEq(Secp256k1.addressOf(row.shares[j]), row.shareAddresses[j]);
            }
            vm.warp(closesAt);
            letters.release(i, 0, row.secret);
        }
    }

    /// @dev The same seats, threshold and confirmations have the same hash in both languages.
    function _startEpochOfVectors(uint256 number) private returns (Epoch memory epoch) {
        string memory columns = "uint8 confirmations,uint256 epoch,uint32[] seats,bytes32 setHash,uint8 threshold";
        epoch = abi.decode(vectors("sealing/ceremony", "epochs", columns), (Epoch[]))[0];
        vm.assertEq(epoch.epoch, number);
        seatMembers(3, 3, 3); // seats 8 … 16; 10 … 16 open: one agency, three auditors, three citizens
        while (openingKeys.epochCount() + 1 < number) {
            startEpoch(seatsFrom(1));
        }
        vm.prank(authority);
        openingKeys.startEpoch(epoch.seats, epoch.threshold, epoch.confirmations);
        vm.assertEq(openingKeys.epochOf(number).setHash, epoch.setHash);
    }
}
