// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rule} from "../../../contracts/governance/Rules.sol";
import {BUYER, Participants, SUPPLIER} from "../../../contracts/identity/Participants.sol";
import {Ballots} from "../../../contracts/procurement/Ballots.sol";
import {Bids} from "../../../contracts/procurement/Bids.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Notice, TaxBasis, Terms} from "../../../contracts/procurement/Terms.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Register} from "../identity/Register.sol";
import {vm} from "../support/Test.sol";

/// @title KnownKeys
/// @notice In the place of `OpeningKeys`, where every key is that of the vectors, and of `Rules`.
contract KnownKeys {
    address public point;

    function know(address point_) external {
        point = point_;
    }

    function take(OpeningKeys.Claim calldata, uint256, uint256) external view returns (address) {
        return point;
    }

    function present(Category, Method) external pure returns (uint16, Rule memory rule) {
        return (1, rule);
    }
}

/// @title MessageVectorsTest
/// @notice `Tenders` and `Ballots` judge envelopes and messages made by the Python package as that does.
/// @dev The vectors name a contract; its address is given the code of ours.
contract MessageVectorsTest is Register {
    struct Good {
        bytes envelope;
        string kind;
        uint256 secret;
        uint256 tenderId;
    }

    struct Bad {
        bytes envelope;
        uint256 reason;
    }

    struct Bid {
        uint256 chainId;
        address verifier; // "contract" in the file
        bytes32 digest;
        bytes32 documents;
        bytes32 domainSeparator;
        uint32 nonce;
        uint128 price;
        bytes signature;
        address signer;
        uint256 tenderId;
        uint32 version;
    }

    struct Proposal {
        uint256 chainId;
        address verifier;
        bytes32 digest;
        bytes32 documents;
        bytes32 domainSeparator;
        uint32 nonce;
        bytes signature;
        address signer;
        uint256 tenderId;
        uint32 version;
    }

    struct Ballot {
        uint256 chainId;
        address verifier;
        bytes32 digest;
        bytes32 domainSeparator;
        bytes marks;
        bytes32 reasons;
        uint32 round;
        uint32 seat;
        bytes signature;
        address signer;
        uint256 tenderId;
    }

    uint256 private constant TENDER = 7;

    KnownKeys private keys;
    Tenders private code;

    function setUp() public override {
        super.setUp();
        keys = new KnownKeys();
        code = Tenders(deploy("Tenders", abi.encode(participants, keys, keys, stranger, stranger)));
    }

    function test_TendersJudgesEveryEnvelopeOfTheBoxAsPythonDoes() external {
        Bid[] memory bids = _bids();
        Good[] memory good = abi.decode(
            vectors("sealing/envelopes", "good", "bytes envelope,string kind,uint256 secret,uint256 tenderId"), (Good[])
        );
        Bad[] memory bad = abi.decode(vectors("sealing/envelopes", "bad", "bytes envelope,uint256 reason"), (Bad[]));
        Tenders tenders = Tenders(bids[0].verifier);
        keys.know(vm.addr(good[0].secret));
        uint48 closesAt = _publish(tenders);
        bytes[] memory envelopes = new bytes[](good.length + bad.length);
        uint256[] memory reasons = new uint256[](envelopes.length);
        uint256 count;

        // bids one and two count; three is for another version of the tender
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(good[i].tenderId, TENDER);
            vm.prank(registrar);
            participants.register("record", SUPPLIER, bids[i].signer);
            envelopes[count] = good[i].envelope;
            reasons[count++] = uint256(i < 2 ? Void.NONE : Void.TENDER_VERSION);
        }
        for (uint256 i = 0; i < bad.length; ++i) {
            uint256 length = bad[i].envelope.length;
            if (length < 35 || length > 175) continue; // no box takes it
            envelopes[count] = bad[i].envelope;
            reasons[count++] = bad[i].reason;
        }
        vm.assertGe(count, 45);
        assembly ("memory-safe") {
            mstore(envelopes, count)
        }
        vm.warp(closesAt - 1);
        for (uint256 i = 0; i < count; ++i) {
            vm.prank(relay);
            tenders.seal(TENDER, 0, envelopes[i]);
        }
        vm.warp(closesAt);
        tenders.release(TENDER, 0, good[0].secret);

        for (uint32 i = 0; i < 2; ++i) {
            vm.expectEmit(address(tenders));
            emit Bids.BidOpened(TENDER, i + 2, i, bids[i].signer, bids[i].price, bids[i].documents, bids[i].nonce);
        }
        for (uint256 i = 2; i < count; ++i) {
            vm.expectEmit(address(tenders));
            emit SealedBox.Voided(TENDER, 0, i, Void(reasons[i]));
        }
        tenders.open(TENDER, 0, envelopes);
    }

    function test_BidsHaveTheSameDigest() external {
        Bid[] memory bids = _bids();
        vm.assertGe(bids.length, 4);
        for (uint256 i = 0; i < bids.length; ++i) {
            Bid memory bid = bids[i];
            vm.chainId(bid.chainId);
            vm.etch(bid.verifier, address(code).code);
            bytes32 separator = _separator(bid.verifier);
            vm.assertEq(separator, bid.domainSeparator);
            bytes32 message = keccak256(
                abi.encode(
                    code.SUBMIT_BID_TYPEHASH(),
                    bid.tenderId,
                    bid.version,
                    bid.nonce,
                    bid.signer,
                    bid.price,
                    bid.documents
                )
            );
            _assertSigned(separator, message, bid.digest, bid.signature, bid.signer);
        }
    }

    function test_ProposalsHaveTheSameDigest() external {
        string memory columns = "uint256 chainId,address contract,bytes32 digest,bytes32 documents,"
            "bytes32 domainSeparator,uint32 nonce,bytes signature,address signer,uint256 tenderId,uint32 version";
        Proposal[] memory rows = abi.decode(vectors("sealing/messages", "proposals", columns), (Proposal[]));
        vm.assertGe(rows.length, 2);
        for (uint256 i = 0; i < rows.length; ++i) {
            Proposal memory row = rows[i];
            vm.chainId(row.chainId);
            vm.etch(row.verifier, address(code).code);
            bytes32 separator = _separator(row.verifier);
            vm.assertEq(separator, row.domainSeparator);
            bytes32 message = keccak256(
                abi.encode(
                    code.SUBMIT_PROPOSAL_TYPEHASH(), row.tenderId, row.version, row.nonce, row.signer, row.documents
                )
            );
            _assertSigned(separator, message, row.digest, row.signature, row.signer);
        }
    }

    function test_BallotsHaveTheSameDigest() external {
        string memory columns = "uint256 chainId,address contract,bytes32 digest,bytes32 domainSeparator,"
            "bytes marks,bytes32 reasons,uint32 round,uint32 seat,bytes signature,address signer,uint256 tenderId";
        Ballot[] memory rows = abi.decode(vectors("sealing/messages", "ballots", columns), (Ballot[]));
        // what it refers to has no part in its domain
        bytes memory arguments = abi.encode(participants, keys, stranger, keys, code, stranger);
        Ballots ballots = Ballots(deploy("Ballots", arguments));
        vm.assertGe(rows.length, 7);
        for (uint256 i = 0; i < rows.length; ++i) {
            Ballot memory ballot = rows[i];
            vm.chainId(ballot.chainId);
            vm.etch(ballot.verifier, address(ballots).code);
            bytes32 separator = _separator(ballot.verifier);
            vm.assertEq(separator, ballot.domainSeparator);
            bytes32 message = keccak256(
                abi.encode(
                    ballots.CAST_BALLOT_TYPEHASH(),
                    ballot.tenderId,
                    ballot.round,
                    ballot.seat,
                    ballot.reasons,
                    keccak256(ballot.marks)
                )
            );
            _assertSigned(separator, message, ballot.digest, ballot.signature, ballot.signer);
        }
    }

    function _bids() private view returns (Bid[] memory) {
        string memory columns = "uint256 chainId,address contract,bytes32 digest,bytes32 documents,"
            "bytes32 domainSeparator,uint32 nonce,uint128 price,bytes signature,address signer,uint256 tenderId,"
            "uint32 version";
        return abi.decode(vectors("sealing/messages", "bids", columns), (Bid[]));
    }

    /// @dev From what the contract says of its own domain.
    function _separator(address verifier) private view returns (bytes32) {
        (, string memory name, string memory version, uint256 chainId, address contract_,,) =
            Tenders(verifier).eip712Domain();
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                contract_
            )
        );
    }

    function _assertSigned(bytes32 separator, bytes32 message, bytes32 digest, bytes memory signature, address signer)
        private
        pure
    {
        vm.assertEq(keccak256(abi.encodePacked(hex"1901", separator, message)), digest);
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        vm.assertEq(ecrecover(digest, uint8(signature[64]), r, s), signer);
    }

    /// @dev Tender 7 of a contract at the address of the vectors.
    function _publish(Tenders tenders) private returns (uint48 closesAt) {
        vm.etch(address(tenders), address(code).code);
        vm.prank(authority);
        participants.grant(Participants.Licence.RELAY, relay, FOREVER);
        register("buyer", BUYER);
        uint16[] memory plan = new uint16[](1);
        plan[0] = 10_000;
        Terms memory terms = Terms({
            documents: "documents",
            category: Category.GOODS,
            method: Method.LOWEST_PRICE,
            taxBasis: TaxBasis.NET,
            currency: address(code),
            ceiling: 0,
            minimumBids: 1,
            bidSecurity: 0,
            weight: 0,
            threshold: 0,
            evaluationPeriod: 1 days,
            plan: plan
        });
        closesAt = present() + 1 days;
        vm.startPrank(account("buyer"));
        for (uint256 i = 1; i <= TENDER; ++i) {
            Tenders.Lot[] memory lots = new Tenders.Lot[](1);
            (lots[0].terms, lots[0].claims) = (terms, new OpeningKeys.Claim[](1));
            vm.assertEq(tenders.publish(Notice("", "", 0), closesAt, lots), i);
        }
        vm.stopPrank();
    }
}
