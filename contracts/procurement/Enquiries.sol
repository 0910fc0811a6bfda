// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Enquiries
/// @notice Questions about a tender and the buyer's answers, by the hashes of their texts; numbered from 1.
/// @dev The events do not name who asked. Who wants to stay unknown asks through a relay.
abstract contract Enquiries {
    mapping(uint256 tenderId => uint256) private _enquiries;
    mapping(uint256 tenderId => mapping(uint256 enquiry => bytes32 answer)) private _answers;

    event EnquiryMade(uint256 indexed tenderId, uint256 indexed enquiry, bytes32 question);
    event EnquiryAnswered(uint256 indexed tenderId, uint256 indexed enquiry, bytes32 answer, address by);

    error EnquiriesEmpty();
    error EnquiriesUnknown(uint256 tenderId, uint256 enquiry);
    error EnquiriesAnswered(uint256 tenderId, uint256 enquiry);

    /// @notice How many questions were asked about a tender.
    function enquiryCount(uint256 tenderId) external view returns (uint256) {
        return _enquiries[tenderId];
    }

    /// @notice Hash of the answer to a question; zero until it is answered.
    function answerOf(uint256 tenderId, uint256 enquiry) external view returns (bytes32) {
        return _answers[tenderId][enquiry];
    }

    function _enquire(uint256 tenderId, bytes32 question) internal returns (uint256 enquiry) {
        require(question != 0, EnquiriesEmpty());
        enquiry = ++_enquiries[tenderId];
        emit EnquiryMade(tenderId, enquiry, question);
    }

    function _answer(uint256 tenderId, uint256 enquiry, bytes32 answer_) internal {
        require(answer_ != 0, EnquiriesEmpty());
        require(enquiry != 0 && enquiry <= _enquiries[tenderId], EnquiriesUnknown(tenderId, enquiry));
        require(_answers[tenderId][enquiry] == 0, EnquiriesAnswered(tenderId, enquiry));
        _answers[tenderId][enquiry] = answer_;
        emit EnquiryAnswered(tenderId, enquiry, answer_, msg.sender);
    }
}
