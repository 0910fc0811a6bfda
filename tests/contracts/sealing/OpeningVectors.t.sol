// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ballots, Question} from "../../../contracts/procurement/Ballots.sol";
import {Bids} from "../../../contracts/procurement/Bids.sol";
import {Tenders} from "../../../contracts/procurement/Tenders.sol";
import {Category, Method, Notice, TaxBasis, Terms} from "../../../contracts/procurement/Terms.sol";
import {Void} from "../../../contracts/sealing/Envelope.sol";
import {OpeningKeys} from "../../../contracts/sealing/OpeningKeys.sol";
import {SealedBox} from "../../../contracts/sealing/SealedBox.sol";
import {Test, vm, Vm} from "../support/Test.sol";
import {VectorLedger} from "./VectorLedger.sol";

/// @title OpeningVectorsTest
/// @notice `Tenders` and `Ballots` open whole boxes with the reasons that pytest and the TypeScript client find too.
/// @dev The vectors name contracts; their addresses are given the code of ours.
contract OpeningVectorsTest is Test {
    struct Account {
        address account;
        bool eligible;
        uint32 organisation;
    }

    struct Seat {
        address account;
        uint32 seat;
    }

    struct Row {
        bytes32 boxId;
        bytes envelope;
        uint256 reason;
    }

    struct TenderRow {
        bytes32 boxId;
        uint32 buyer;
        uint128 ceiling;
        uint256 chainId;
        address verifier; // "contract" in the file
        uint256 secret;
        uint256 stage;
        uint256 tenderId;
        uint32 version;
    }

    struct PanelRow {
        uint256 bids;
        bytes32 boxId;
        uint256 chainId;
        address verifier;
        bool scored;
        uint256 secret;
        uint256 stage;
        uint256 tenderId;
    }

    struct Bad {
        uint256 reason;
    }

    string private constant FILE = "sealing/openings";

    VectorLedger private ledger;
    mapping(Void reason => bool) private _ofBids;
    mapping(Void reason => bool) private _ofBallots;

    function setUp() external {
        vm.warp(1_800_000_000);
        ledger = new VectorLedger();
        Account[] memory accounts =
            abi.decode(vectors(FILE, "accounts", "address account,bool eligible,uint32 organisation"), (Account[]));
        for (uint256 i = 0; i < accounts.length; ++i) {
            ledger.enter(accounts[i].account, accounts[i].organisation, accounts[i].eligible);
        }
        Seat[] memory seats = abi.decode(vectors(FILE, "seats", "address account,uint32 seat"), (Seat[]));
        for (uint256 i = 0; i < seats.length; ++i) {
            vm.assertEq(seats[i].seat, i + 1);
            ledger.seat(seats[i].account);
        }
    }

    function test_EveryBidIsJudgedAsListed() external {
        string memory columns = "bytes32 boxId,uint32 buyer,uint128 ceiling,uint256 chainId,address contract,"
            "uint256 secret,uint256 stage,uint256 tenderId,uint32 version";
        TenderRow[] memory rows = abi.decode(vectors(FILE, "tenders", columns), (TenderRow[]));
        Tenders tenders = Tenders(rows[0].verifier);
        vm.etch(address(tenders), deploy("Tenders", abi.encode(ledger, ledger, ledger, ledger, ledger)).code);
        ledger.know(vm.addr(rows[0].secret), rows[0].buyer, 0);
        for (uint256 i = 0; i < rows.length; ++i) {
            _publishUpTo(tenders, rows[i]);
            _seal(tenders, rows[i].tenderId, rows[i].stage, _rowsOf(_list(rows[i].stage), rows[i].boxId));
        }
        for (uint256 i = 0; i < rows.length; ++i) {
            TenderRow memory row = rows[i];
            vm.assertEq(tenders.tenderOf(row.tenderId).version, row.version);
            bytes32 opened = row.stage == 1 ? Bids.ProposalOpened.selector : Bids.BidOpened.selector;
            Row[] memory messages = _rowsOf(_list(row.stage), row.boxId);
            _opensAsListed(tenders, row.tenderId, row.stage, row.secret, messages, opened);
        }
    }

    function test_EveryBallotIsJudgedAsListed() external {
        string memory columns = "uint256 bids,bytes32 boxId,uint256 chainId,address contract,bool scored,uint256 secret,"
            "uint256 stage,uint256 tenderId";
        PanelRow[] memory rows = abi.decode(vectors(FILE, "panels", columns), (PanelRow[]));
        Ballots ballots = Ballots(rows[0].verifier);
        bytes memory arguments = abi.encode(ledger, ledger, ledger, ledger, ledger, address(this));
        vm.etch(address(ballots), deploy("Ballots", arguments).code);
        for (uint256 i = 0; i < rows.length; ++i) {
            _opensBallots(ballots, rows[i]);
        }
    }

    /// @dev A reason that is new in the contract has no vector yet, and fails here.
    function test_EveryReasonHasAVectorOfABidAndOfABallot() external {
        Bad[] memory bad = abi.decode(vectors("sealing/envelopes", "bad", "uint256 reason"), (Bad[]));
        for (uint256 i = 0; i < bad.length; ++i) {
            _ofBids[Void(bad[i].reason)] = true;
        }
        _note("bids", _ofBids);
        _note("ballots", _ofBallots);
        for (uint256 i = 0; i <= uint256(type(Void).max); ++i) {
            Void reason = Void(i);
            bool ofBallots = reason == Void.SEAT || reason == Void.REPEATED || reason == Void.MARKS;
            bool ofBoth = reason <= Void.SIGNATURE;
            vm.assertTrue(_ofBids[reason] == (ofBoth || !ofBallots), string.concat("bids: ", vm.toString(i)));
            vm.assertTrue(_ofBallots[reason] == (ofBoth || ofBallots), string.concat("ballots: ", vm.toString(i)));
        }
    }

    // ──────────────────────────────── private ────────────────────────────────

    function _list(uint256 stage) private pure returns (string memory) {
        return stage == 1 ? "proposals" : "bids";
    }

    /// @dev Publishes the tender of a row, and those before it; two boxes are published at once.
    function _publishUpTo(Tenders tenders, TenderRow memory row) private {
        bool two = row.stage != 0;
        Tenders.Lot[] memory lots = new Tenders.Lot[](1);
        lots[0].terms = _terms(row.ceiling, two ? Method.QUALITY_PRICE : Method.LOWEST_PRICE);
        lots[0].claims = new OpeningKeys.Claim[](two ? 2 : 1);
        while (tenders.tenderCount() < row.tenderId) {
            tenders.publish(Notice("", "", 0), _now() + uint48(row.tenderId) * 1 days, lots);
        }
    }

    function _opensBallots(Ballots ballots, PanelRow memory row) private {
        ledger.know(vm.addr(row.secret), 9, row.bids);
        Question question = row.scored ? Question.QUALITY : Question.RESPONSIVENESS;
        for (uint256 stage = ballots.BALLOTS(); stage <= row.stage; ++stage) {
            // as `Awards` would: this test is in its place
            ballots.draw(
                row.tenderId,
                ledger.tenderOf(row.tenderId),
                ledger.ruleOf(1),
                stage - ballots.BALLOTS(),
                question,
                _now() + 1 days,
                _claim()
            );
            if (stage == row.stage) continue;
            vm.warp(ballots.boxOf(row.tenderId, stage).closesAt); // a round in which nobody votes
            ballots.release(row.tenderId, stage, row.secret);
        }
        Row[] memory cast = _rowsOf("ballots", row.boxId);
        // no box takes what is too long; MessageVectors.t.sol has such envelopes opened
        uint256 count;
        for (uint256 i = 0; i < cast.length; ++i) {
            if (cast[i].envelope.length > 34 + ballots.BALLOT_HEAD() + row.bids) {
                vm.assertEq(cast[i].reason, uint256(Void.LENGTH));
            } else {
                cast[count++] = cast[i];
            }
        }
        vm.assertEq(count + (row.scored ? 0 : 1), cast.length);
        assembly ("memory-safe") {
            mstore(cast, count)
        }
        _seal(ballots, row.tenderId, row.stage, cast);
        _opensAsListed(ballots, row.tenderId, row.stage, row.secret, cast, Ballots.BallotOpened.selector);
    }

    function _seal(SealedBox box, uint256 tenderId, uint256 stage, Row[] memory rows) private {
        for (uint256 i = 0; i < rows.length; ++i) {
            box.seal(tenderId, stage, rows[i].envelope);
        }
    }

    /// @dev One event for each envelope, in order: opened, or void for the listed reason.
    function _opensAsListed(
        SealedBox box,
        uint256 tenderId,
        uint256 stage,
        uint256 secret,
        Row[] memory rows,
        bytes32 opened
    ) private {
        bytes[] memory envelopes = new bytes[](rows.length);
        for (uint256 i = 0; i < rows.length; ++i) {
            envelopes[i] = rows[i].envelope;
        }
        if (_now() < box.boxOf(tenderId, stage).closesAt) vm.warp(box.boxOf(tenderId, stage).closesAt);
        box.release(tenderId, stage, secret);
        vm.recordLogs();
        box.open(tenderId, stage, envelopes);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, rows.length);
        vm.assertGe(rows.length, 3);
        for (uint256 i = 0; i < rows.length; ++i) {
            vm.assertEq(abi.decode(logs[i].data, (uint256)), i); // both begin with the index
            if (rows[i].reason == 0) {
                vm.assertEq(logs[i].topics[0], opened);
                continue;
            }
            vm.assertEq(logs[i].topics[0], SealedBox.Voided.selector);
            (, uint256 reason) = abi.decode(logs[i].data, (uint256, uint256));
            vm.assertEq(reason, rows[i].reason, vm.toString(i));
        }
    }

    function _rowsOf(string memory list, bytes32 boxId) private view returns (Row[] memory rows) {
        rows = abi.decode(vectors(FILE, list, "bytes32 boxId,bytes envelope,uint256 reason"), (Row[]));
        uint256 count;
        for (uint256 i = 0; i < rows.length; ++i) {
            if (rows[i].boxId == boxId) rows[count++] = rows[i];
        }
        assembly ("memory-safe") {
            mstore(rows, count)
        }
    }

    function _note(string memory list, mapping(Void reason => bool) storage seen) private {
        Row[] memory rows = abi.decode(vectors(FILE, list, "bytes32 boxId,bytes envelope,uint256 reason"), (Row[]));
        for (uint256 i = 0; i < rows.length; ++i) {
            seen[Void(rows[i].reason)] = true;
        }
    }

    function _terms(uint128 ceiling, Method method) private view returns (Terms memory) {
        uint16[] memory plan = new uint16[](1);
        plan[0] = 10_000;
        return Terms({
            documents: "documents",
            category: Category.GOODS,
            method: method,
            taxBasis: TaxBasis.NET,
            currency: address(ledger),
            ceiling: ceiling,
            minimumBids: 1,
            bidSecurity: 0,
            weight: 0,
            threshold: 0,
            evaluationPeriod: 1 days,
            plan: plan
        });
    }

    function _claim() private pure returns (OpeningKeys.Claim memory claim) {}

    /// @dev The time now. The compiler may keep `block.timestamp` from before a `vm.warp`.
    function _now() private view returns (uint48) {
        return uint48(vm.getBlockTimestamp());
    }
}
