// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Category, MAX_PERIOD, Method, MIN_PERIOD, WHOLE} from "../procurement/Terms.sol";
import {Administered} from "./Administered.sol";

/// @notice What the law sets for tenders of one category and method.
struct Rule {
    // slot 0
    Category category;
    Method method;
    uint32 tenderingPeriod; // least seconds from publication to closing
    uint32 amendmentPeriod; // least seconds that an amendment leaves until closing
    uint32 enquiryPeriod; // seconds before closing from which nobody asks any more
    uint32 evaluationPeriod; // least seconds for ballots
    uint32 standstillPeriod; // seconds between ranking and award
    uint32 signingPeriod; // seconds for signing, from the award
    uint16 minimumBids; // a tender may ask for more, never for fewer
    uint16 abnormalUnderEstimate; // basis points: a price further under the estimate is abnormally low; 0: no such rule
    uint16 abnormalUnderMean; // basis points: so is one this far or further under the mean of the others; 0: no such rule
    // slot 1
    uint32 reviewPeriod; // seconds for a review panel to decide a complaint
    uint16 complaintDeposit; // basis points of the winning price
    uint8 agencies; // seats of an evaluation panel, drawn per class
    uint8 auditors;
    uint8 citizens;
    uint8 quorum; // ballots that make an evaluation valid; more than half of the seats
    uint8 reviewAuditors; // seats of the panel that decides a complaint
    uint8 reviewCitizens;
    uint8 reviewQuorum; // votes that make its ruling valid; more than half of the seats
    uint8 threshold; // QUALITY_PRICE: least mean mark that a tender may ask for, 0 to 100
    uint16 weightLeast; // QUALITY_PRICE: bounds of the weight of quality, in basis points
    uint16 weightMost;
    uint16 bidSecurityLeast; // bounds of what stands behind a bid, in basis points of the estimate
    uint16 bidSecurityMost;
    uint16 performanceSecurity; // what the winner secures at signing, in basis points of the price
    uint16 performanceSecurityLow; // the same in basis points of the estimate, if the price is abnormally low and that is more
}

/// @title Rules
/// @notice What the law sets per category and method: periods, thresholds, panels.
/// @dev A rule never changes. Setting one replaces the present one for tenders published later; a tender keeps the
/// number of the rule under which it was published, so nothing that is running moves.
contract Rules is Administered {
    /// @notice Seats of one evaluation panel at most.
    uint256 public constant MAX_PANEL = 16;
    /// @notice Seats of a first review panel at most; one that comes short is drawn again with two more.
    uint256 public constant MAX_REVIEW_PANEL = 14;

    uint16 private _ruleCount;
    mapping(uint256 rule => Rule) private _rules;
    mapping(Category category => mapping(Method method => uint16 rule)) private _present;

    event RuleSet(uint16 indexed rule, Rule terms);
    event RuleRepealed(Category indexed category, Method indexed method, uint16 rule);

    error RulesPeriod(uint32 period, uint32 least, uint32 most);
    error RulesMinimumBids();
    error RulesShare(uint16 basisPoints, uint16 most);
    error RulesPanel(uint256 seats, uint8 quorum, uint256 most);
    error RulesThreshold(uint8 threshold, uint8 most);
    error RulesWeights(uint16 least, uint16 most);
    error RulesUnknown(uint16 rule);
    error RulesNone(Category category, Method method);

    constructor(address authority) Administered(authority) {}

    /// @notice Sets rules, each in place of the present one of its category and method, for tenders published later.
    /// @dev Requirements: the authority; periods within bounds; an amendment leaves no more time than a tender has, and
    /// enquiries end after publication; panels with a quorum above half; threshold and weights for QUALITY_PRICE only.
    function set(Rule[] calldata rules) external onlyAuthority {
        for (uint256 i = 0; i < rules.length; ++i) {
            _check(rules[i]);
            uint16 rule = ++_ruleCount;
            _rules[rule] = rules[i];
            _present[rules[i].category][rules[i].method] = rule;
            emit RuleSet(rule, rules[i]);
        }
    }

    /// @notice Ends the present rule of a category and method: nobody publishes such a tender until another is set.
    function repeal(Category category, Method method) external onlyAuthority {
        uint16 rule = _present[category][method];
        require(rule != 0, RulesNone(category, method));
        delete _present[category][method];
        emit RuleRepealed(category, method, rule);
    }

    /// @notice The rule for tenders published now, and its number; number 0: there is none.
    function present(Category category, Method method) external view returns (uint16 rule, Rule memory terms) {
        rule = _present[category][method];
        if (rule != 0) terms = _rules[rule];
    }

    function ruleOf(uint16 rule) external view returns (Rule memory terms) {
        terms = _rules[rule];
        _known(rule, terms.minimumBids);
    }

    /// @notice The shares of `ruleOf` that size the performance security of an agreement, in basis points.
    function performanceSecurityOf(uint16 rule) external view returns (uint16 ofPrice, uint16 ofCeilingWhereLow) {
        Rule storage terms = _rules[rule];
        _known(rule, terms.minimumBids);
        return (terms.performanceSecurity, terms.performanceSecurityLow);
    }

    function ruleCount() external view returns (uint256) {
        return _ruleCount;
    }

    /// @dev Every rule asks for a bid at least.
    function _known(uint16 rule, uint16 minimumBids) private pure {
        require(minimumBids != 0, RulesUnknown(rule));
    }

    function _check(Rule calldata r) private pure {
        _checkPeriod(r.tenderingPeriod, MIN_PERIOD, MAX_PERIOD);
        _checkPeriod(r.amendmentPeriod, MIN_PERIOD, r.tenderingPeriod);
        _checkPeriod(r.enquiryPeriod, 0, r.tenderingPeriod - 1);
        _checkPeriod(r.evaluationPeriod, MIN_PERIOD, MAX_PERIOD);
        _checkPeriod(r.standstillPeriod, MIN_PERIOD, MAX_PERIOD);
        _checkPeriod(r.signingPeriod, MIN_PERIOD, MAX_PERIOD);
        _checkPeriod(r.reviewPeriod, MIN_PERIOD, MAX_PERIOD);
        require(r.minimumBids != 0, RulesMinimumBids());
        _checkShare(r.abnormalUnderEstimate, WHOLE - 1);
        _checkShare(r.abnormalUnderMean, WHOLE - 1);
        _checkShare(r.complaintDeposit, WHOLE);
        _checkPanel(uint256(r.agencies) + r.auditors + r.citizens, r.quorum, MAX_PANEL);
        _checkPanel(uint256(r.reviewAuditors) + r.reviewCitizens, r.reviewQuorum, MAX_REVIEW_PANEL);
        _checkShare(r.bidSecurityMost, WHOLE);
        _checkShare(r.bidSecurityLeast, r.bidSecurityMost);
        _checkShare(r.performanceSecurity, WHOLE);
        _checkShare(r.performanceSecurityLow, WHOLE);
        bool scored = r.method == Method.QUALITY_PRICE;
        require(r.threshold <= (scored ? 100 : 0), RulesThreshold(r.threshold, scored ? 100 : 0));
        require(
            scored
                ? r.weightLeast != 0 && r.weightLeast <= r.weightMost && r.weightMost < WHOLE
                : r.weightLeast == 0 && r.weightMost == 0,
            RulesWeights(r.weightLeast, r.weightMost)
        );
    }

    function _checkPeriod(uint32 period, uint32 least, uint32 most) private pure {
        require(period >= least && period <= most, RulesPeriod(period, least, most));
    }

    function _checkShare(uint16 basisPoints, uint16 most) private pure {
        require(basisPoints <= most, RulesShare(basisPoints, most));
    }

    function _checkPanel(uint256 seats, uint8 quorum, uint256 most) private pure {
        require(2 * uint256(quorum) > seats && quorum <= seats && seats <= most, RulesPanel(seats, quorum, most));
    }
}
