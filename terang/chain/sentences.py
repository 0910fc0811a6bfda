"""One sentence for each error of the contracts: what it means and what to do next.

A test lists the errors of the compiled contracts that have none here. A sentence may name the
error's inputs in braces, with a form: `{endsAt:time}`, or the name of an enum, `{phase:Phase}`.
"""

from collections.abc import Mapping

from terang.i18n import N_

SENTENCES: Mapping[str, str] = {
    # Solidity's own
    "Error": N_("The contract refused: {message}. Correct that, then repeat."),
    "Panic": N_(
        "The contract stopped at an internal fault (code {code}). Report this with what you did."
    ),
    # governance
    "AdministeredOnlyAuthority": N_(
        "{account} does not hold the administration. Send this from the administrator's account."
    ),
    "AdministeredZeroAuthority": N_("No administrator is named. Give the address of one."),
    "ConsortiumAccountTaken": N_("{account} already acts for seat {seat}. Name another account."),
    "ConsortiumAlreadySeated": N_(
        "Organisation {organisation} already has seat {seat}. Use that seat."
    ),
    "ConsortiumNotSeatHolder": N_(
        "{account} does not act for seat {seat}. Send this from the account of the seat or of"
        " the administrator."
    ),
    "ConsortiumSeatRemoved": N_("Seat {seat} has been removed. Name one that is still held."),
    "ConsortiumUnknownIndex": N_(
        "The class {class:Class} has no seat at place {index}. Give a lower place."
    ),
    "ConsortiumRoles": N_(
        "Organisation {organisation} is not a member, or is a supplier too. A seat needs an"
        " organisation registered as a member only."
    ),
    "ConsortiumUnknownSeat": N_("There is no seat {seat}. Check its number."),
    "ConsortiumZeroAccount": N_(
        "No account is given for the seat. Give the address that will act for it."
    ),
    "RulesMinimumBids": N_("A rule must ask for a bid at least. Give 1 or more."),
    "RulesNone": N_(
        "No rule is in force for {category:Category} by {method:Method}. Nothing needs to be done."
    ),
    "RulesPanel": N_(
        "A panel of {seats} seats with a quorum of {quorum} is not possible. Take at most {most} "
        "seats, and a quorum of more than half of them."
    ),
    "RulesPeriod": N_(
        "A period of {period} seconds is too short or too long. Give from {least} to {most} "
        "seconds."
    ),
    "RulesShare": N_("{basisPoints} basis points are too many. Give at most {most}."),
    "RulesThreshold": N_("A threshold of {threshold} marks is too high. Give at most {most}."),
    "RulesUnknown": N_("There is no rule {rule}. `rules show` lists them."),
    "RulesWeights": N_(
        "A weight of quality from {least} to {most} basis points is not possible. Give from 1 to "
        "9999 where quality counts, and 0 where the price alone does."
    ),
    "CheckpointUnorderedInsertion": N_(
        "The chain's time went backwards in a record of the past. Check the node."
    ),
    # identity
    "ParticipantsAlreadySuspended": N_(
        "Organisation {organisation} is suspended already. Nothing needs to be done."
    ),
    "ParticipantsBackdated": N_(
        "The validity would begin {from:time}, before {earliest:time}. Let it begin then or later."
    ),
    "ParticipantsEmptyValidity": N_(
        "The validity from {from:time} until {until:time} is empty. Let it end later."
    ),
    "ParticipantsKeyEnded": N_("The validity of {key} ended {until:time}. Add a new key."),
    "ParticipantsKeyTaken": N_(
        "{key} has already served organisation {organisation}. Use a key that is new."
    ),
    "ParticipantsLicenceHeld": N_(
        "{account} holds the licence {licence:Licence} until {until:time} already. Revoke "
        "that one first."
    ),
    "ParticipantsLicenceNotHeld": N_(
        "{account} does not hold the licence {licence:Licence}. Check the address."
    ),
    "ParticipantsNoConsent": N_(
        "{key} has not signed that it serves this organisation. Sign with that key over "
        "exactly these terms."
    ),
    "ParticipantsNotOfOrganisation": N_(
        "{account} does not act for organisation {organisation}. Send this from one of its "
        "accounts."
    ),
    "ParticipantsNotSuspended": N_(
        "Organisation {organisation} is not suspended. Nothing needs to be done."
    ),
    "ParticipantsPowers": N_(
        "{powers} names no powers of a key. Give 1 to act, 2 to bid, or 3 for both."
    ),
    "ParticipantsRoles": N_(
        "{roles} names no roles. Give the sum of 1 for buyer, 2 for supplier and 4 for member."
    ),
    "ParticipantsUnknownKey": N_("{key} serves no organisation. Check the address."),
    "ParticipantsUnknownOrganisation": N_(
        "There is no organisation {organisation}. Check its number."
    ),
    "ParticipantsUnlicensed": N_(
        "{account} has no licence as {licence:Licence}. Send this from an account that has it."
    ),
    "ParticipantsZeroAddress": N_("No address is given. Give the one that is meant."),
    "ParticipantsZeroRecord": N_(
        "The hash of the organisation's record is missing. Give that of the record kept off chain."
    ),
    # sealing
    "OpeningKeysAlreadyAccused": N_(
        "Opener {accuser} has accused opener {dealer} over batch {batch} of epoch {epoch} "
        "already. Nothing needs to be done."
    ),
    "OpeningKeysAlreadyConfirmed": N_(
        "Opener {index} has confirmed batch {batch} of epoch {epoch} already. Nothing needs "
        "to be done."
    ),
    "OpeningKeysAlreadyEnrolled": N_(
        "Opener {index} of epoch {epoch} is enrolled already. Nothing needs to be done."
    ),
    "OpeningKeysBatchSize": N_("A batch of {count} keys is not possible. Ask for 1 to {most}."),
    "OpeningKeysConfirmations": N_(
        "{confirmations} confirmations do not fit a threshold of {threshold} among {openers} "
        "openers. Give a number between the two."
    ),
    "OpeningKeysDealSize": N_(
        "A deal of {length} bytes is too long or empty. Send at most {most} bytes."
    ),
    "OpeningKeysDealingOpen": N_(
        "Openers may deal in batch {batch} of epoch {epoch} until {dealsUntil:time}. Wait "
        "until then."
    ),
    "OpeningKeysDealingOver": N_(
        "Dealing in batch {batch} of epoch {epoch} ended {dealsUntil:time}. Open a new batch."
    ),
    "OpeningKeysDuplicateSeat": N_("Seat {seat} is named twice. Name each seat once."),
    "OpeningKeysEncryptionKey": N_(
        "{encryptionKey} is not a compressed public key. Give 33 bytes that begin with 02 or 03."
    ),
    "OpeningKeysEvidenceSize": N_(
        "Evidence of {length} bytes is too long or empty. Send at most {most} bytes."
    ),
    "OpeningKeysKeyTaken": N_("Key {keyId} seals another box already. Take the next free key."),
    "OpeningKeysNotABox": N_(
        "{account} is not a contract whose boxes are sealed here. Check the deployment."
    ),
    "OpeningKeysNotEnrolled": N_(
        "Opener {index} of epoch {epoch} is not enrolled. Enrol it first."
    ),
    "OpeningKeysNotInBatch": N_(
        "Key {keyId} with this proof is not in its batch. Give the point and the proof that "
        "the ceremony made."
    ),
    "OpeningKeysNotOpener": N_(
        "{account} is not an opener of epoch {epoch}. Send this from an opener's account."
    ),
    "OpeningKeysNotReady": N_(
        "Batch {batch} of epoch {epoch} is not confirmed yet. Wait for the openers' "
        "confirmations, or take another batch."
    ),
    "OpeningKeysNotReleasable": N_(
        "The box of tender {tenderId} (stage {stage}) in {box} may not be opened now. Look up when "
        "it closes: shares are given in the days after that only."
    ),
    "OpeningKeysNotSeated": N_("Seat {seat} is not held. Name seats of the consortium that are."),
    "OpeningKeysPastEpoch": N_(
        "Epoch {epoch} is not the present epoch {present}. Use keys of the present one."
    ),
    "OpeningKeysSetSize": N_("A set of {openers} openers is not possible. Name 1 to {most} seats."),
    "OpeningKeysShareRange": N_(
        "{share} is not a share of a key. Give the number that the opener computed."
    ),
    "OpeningKeysThreshold": N_(
        "A threshold of {threshold} among {openers} openers lets one class of {largestClass} "
        "decide alone or block. Choose another threshold or other openers."
    ),
    "OpeningKeysUnknownBatch": N_("Epoch {epoch} has no batch {batch}. Check its number."),
    "OpeningKeysUnknownEpoch": N_("There is no epoch {epoch}. Check its number."),
    "OpeningKeysUnknownOpener": N_(
        "Epoch {epoch} has no opener {index}. `keys list` tells how many it has."
    ),
    "OpeningKeysZeroRoot": N_(
        "The root of the public keys is missing. Give the one that the ceremony made."
    ),
    "SealedBoxAlreadyReleased": N_(
        "The key of tender {tenderId} (stage {stage}) is released already. Go on to the opening."
    ),
    "SealedBoxCap": N_(
        "{principal} has put {cap} envelopes into this box, which is the most. Seal through"
        " a relay, or for another tender."
    ),
    "SealedBoxClosed": N_(
        "The box of tender {tenderId} (stage {stage}) closed {closesAt:time}, or its tender "
        "was cancelled. Nothing more can be sealed in it."
    ),
    "SealedBoxIncompleteSegment": N_(
        "Opening up to {upTo} would stop inside a segment. Open up to {segmentEnd}."
    ),
    "SealedBoxLength": N_(
        "An envelope of {length} bytes does not fit this box. Send {least} to {most} bytes."
    ),
    "SealedBoxNotReleasable": N_(
        "The box of tender {tenderId} (stage {stage}) may not be opened now. Look up when it "
        "closes: its key is released in the days after that only."
    ),
    "SealedBoxNotReleased": N_(
        "The key of tender {tenderId} (stage {stage}) is not released yet. Release it first."
    ),
    "SealedBoxNothingToOpen": N_(
        "No envelopes of tender {tenderId} (stage {stage}) are given. Give the next ones, or "
        "stop when all are open."
    ),
    "SealedBoxSender": N_(
        "{sender} may not seal in this box. Send from an account of an organisation in good "
        "standing, or through a relay."
    ),
    "SealedBoxTooMany": N_(
        "{given} envelopes are given, but {left} are left to open. Give only those."
    ),
    "SealedBoxUnknown": N_("Tender {tenderId} has no box for stage {stage}. Check both numbers."),
    "SealedBoxWrongSecret": N_(
        "The shares do not give the secret of the key of tender {tenderId} (stage {stage}). "
        "Replace the share that does not match its verification point."
    ),
    "SealedBoxWrongEnvelopes": N_(
        "The envelopes of segment {segment} of tender {tenderId} (stage {stage}) are not "
        "those that were sealed. Read them from the chain, in order."
    ),
    # procurement
    "BidsUnknown": N_("Tender {tenderId} has no bid at place {position}. Give a lower place."),
    "EnquiriesAnswered": N_(
        "Question {enquiry} about tender {tenderId} is answered already. Ask suppliers to read "
        "that answer, or amend the tender."
    ),
    "EnquiriesEmpty": N_("The hash of the text is missing. Give that of the question or answer."),
    "EnquiriesUnknown": N_(
        "Tender {tenderId} has no question {enquiry}. `tender enquiries` lists them."
    ),
    "TendersClaims": N_(
        "{given} keys are given for {boxes} boxes. Give a free key for each box of the tender."
    ),
    "TendersBidSecurity": N_(
        "A bid security of {bidSecurity} basis points of the owner's estimate is not possible. "
        "Give from {least} to {most} by the rule, and an estimate."
    ),
    "TendersCeiling": N_(
        "A ceiling of {ceiling} is not possible. Give a lower one, or 0 for none."
    ),
    "TendersClosingTime": N_(
        "A tender can not close {closesAt:time}. Choose a time from {earliest:time} to "
        "{latest:time}."
    ),
    "TendersCurrency": N_(
        "{currency} is not a token that prices can be paid in. Give the address of the "
        "currency's contract."
    ),
    "TendersDocuments": N_(
        "The hash of the tender documents is missing. Give that of the published documents."
    ),
    "TendersEnquiriesOver": N_(
        "Questions about tender {tenderId} were taken until {endedAt:time}. Bid on the tender as "
        "it stands."
    ),
    "TendersEvaluationPeriod": N_(
        "{period} seconds for ballots are too few or too many. Give from {least} to {most}."
    ),
    "TendersKind": N_(
        "An amendment can not change category or method of tender {tenderId}. Cancel it and "
        "publish another."
    ),
    "TendersLotDocuments": N_(
        "Lot {lot} (the first is 0) has other documents than the first. Give all lots the same."
    ),
    "TendersLots": N_("{lots} lots can not be published together. Give 1 to {most}."),
    "TendersMinimumBids": N_(
        "A minimum of {minimumBids} bids is below that of the rule. Give {least} or more."
    ),
    "TendersNoRule": N_(
        "No rule is set for {category:Category} by {method:Method}. Ask the administrator for one."
    ),
    "TendersNotABuyer": N_(
        "{account} does not act for a buyer in good standing. Send this from an account of one."
    ),
    "TendersNotEligible": N_(
        "{account} is of no supplier that could bid, nor a relay. Ask by the account of one."
    ),
    "TendersNotTendering": N_(
        "Tender {tenderId} takes no more bids: it is in the phase {phase:Phase}. This was "
        "possible until it closed."
    ),
    "TendersNotTheBuyer": N_(
        "{account} does not act for the buyer of tender {tenderId}. Send this from an account"
        " of that buyer."
    ),
    "TendersPlan": N_(
        "A plan of {milestones} milestones that adds up to {sum} basis points is not "
        "possible. Give each a share, 10000 in all."
    ),
    "TendersPredecessor": N_(
        "Tender {predecessor} is not one of this buyer's that was cancelled or unsuccessful. Name "
        "another, or 0 for none."
    ),
    "TendersReference": N_(
        "A public reference of {length} bytes is too long. Give at most {most}."
    ),
    "TendersThreshold": N_(
        "A threshold of {threshold} marks is not within the rule. Give from {least} to {most}."
    ),
    "TendersWeight": N_(
        "A weight of quality of {weight} basis points is not within the rule. Give from {least} to "
        "{most}."
    ),
    "TendersUnknown": N_("There is no tender {tenderId}. Check its number."),
    "BallotsClosed": N_(
        "The ballots of round {round} of tender {tenderId} closed {closesAt:time}. Nobody leaves "
        "the panel after that."
    ),
    "BallotsFirstLotSealed": N_(
        "The panel of tender {tenderId} is drawn by the key of tender {firstTenderId}, which is "
        "not released yet. Release that one first."
    ),
    "BallotsNotOnPanel": N_(
        "{account} has no seat on the panel of round {round} of tender {tenderId}. Send this from "
        "the account of a seat that was drawn."
    ),
    "BallotsOnlyAwards": N_(
        "{account} does not draw panels; the contract of awards does. Use `award draw`."
    ),
    "AwardsAlreadyAccepted": N_(
        "The award of tender {tenderId} is accepted already. Nothing needs to be done."
    ),
    "AwardsComplaints": N_(
        "{open} complaints about tender {tenderId} are not decided. Award it after that."
    ),
    "AwardsNotEvaluated": N_(
        "The ballots of round {round} of tender {tenderId} are not all open, or too few. Open"
        " them, or draw a new panel."
    ),
    "AwardsNotLow": N_(
        "The bid at place {position} of tender {tenderId} is not abnormally low by its rule. "
        "Nothing needs to be done."
    ),
    "AwardsNotPassable": N_(
        "Tender {tenderId} has no winner that let the time for signing pass. See "
        "`tender timeline {tenderId}` for what comes next."
    ),
    "AwardsNotTheWinner": N_(
        "{account} does not act for the winner of tender {tenderId}. Send this from one of its "
        "accounts."
    ),
    "AwardsNothingToRank": N_("A ranking of no bids was asked for. Ask for one or more."),
    "AwardsOnlyReviews": N_(
        "{account} does not order remedies; the contract of complaints does. Use `complaint "
        "decide`."
    ),
    "AwardsPhase": N_(
        "Tender {tenderId} is in the phase {phase:Phase}, in which this is not possible. "
        "See `tender timeline {tenderId}` for what comes next."
    ),
    "AwardsRanked": N_("The bids of tender {tenderId} are ranked already. Go on to the award."),
    "AwardsRoundRunning": N_(
        "Round {round} of tender {tenderId} is still running. Wait until it ends."
    ),
    "AwardsStandstill": N_(
        "The standstill of tender {tenderId} lasts until {endsAt:time}. Award it after that."
    ),
    "AwardsTerms": N_(
        "These are not the terms of tender {tenderId}. Give them exactly as they were published."
    ),
    "ReviewsAbusiveRemedy": N_(
        "A complaint that is upheld ({ruling:Remedy}) is not abusive. Vote for one of the two."
    ),
    "ReviewsAlreadyComplained": N_(
        "Your organisation has complained about this ranking of tender {tenderId} already: "
        "complaint {complaintId}. Wait for its end."
    ),
    "ReviewsAlreadyVoted": N_(
        "Seat {seat} has voted on complaint {complaintId} already. Nothing needs to be done."
    ),
    "ReviewsDeposit": N_(
        "{received} of a deposit of {wanted} arrived. Approve that much of the tender's currency "
        "first."
    ),
    "ReviewsGrounds": N_("The hash of the grounds is missing. Give that of the published grounds."),
    "ReviewsNoDeposit": N_(
        "Nothing is kept for complaint {complaintId}. Its deposit was paid, or it had none."
    ),
    "ReviewsNotATenderer": N_(
        "{account} does not act for an organisation whose bid for tender {tenderId} was opened. "
        "Send this from an account of one."
    ),
    "ReviewsNotOnPanel": N_(
        "{account} has no seat on the panel of complaint {complaintId}. Send this from the account "
        "of a seat that was drawn."
    ),
    "ReviewsNotOpen": N_(
        "Complaint {complaintId} is {status:Reviews.Status}. Only one that is open is voted on."
    ),
    "ReviewsNotTreasury": N_(
        "The deposit of an abusive complaint goes to a treasury, and {account} is not licensed as "
        "one. Send this from a treasury."
    ),
    "ReviewsPhase": N_(
        "Tender {tenderId} is in the phase {phase:Phase}, in which nobody complains. Complain "
        "while the standstill lasts."
    ),
    "ReviewsStillOpen": N_(
        "Complaint {complaintId} is not decided. Its deposit is paid after that."
    ),
    "ReviewsTerms": N_(
        "These are not the terms of tender {tenderId}. Give them exactly as they were published."
    ),
    "ReviewsTooLate": N_(
        "The standstill of tender {tenderId} ended {standstillEndsAt:time}. Nobody complains after "
        "that."
    ),
    "ReviewsVoting": N_(
        "The panel of complaint {complaintId} votes until {decideBy:time}. Decide after that, or "
        "when every seat has voted."
    ),
    "ReviewsVotingOver": N_(
        "Votes on complaint {complaintId} were taken until {decideBy:time}. `complaint decide` "
        "draws the conclusion."
    ),
    # securities
    "SecuritiesBacking": N_(
        "Bids of organisation {organisation} are backed in {tenders} running tenders. Settle those "
        "that are over by `security settle`; the money may leave when all are."
    ),
    "SecuritiesGuarantees": N_(
        "The organisation has {most} guarantees in this currency, and no more are kept. Wait until "
        "one has ended for fourteen days."
    ),
    "SecuritiesNoNotice": N_(
        "Organisation {organisation} has nothing under notice in the currency {token}. Give "
        "`security notice` first."
    ),
    "SecuritiesNotForParty": N_(
        "{account} does not act for organisation {organisation}. Send this from one of its "
        "accounts."
    ),
    "SecuritiesNotGuarantor": N_(
        "{account} is no licensed guarantor. Have the administrator grant the licence."
    ),
    "SecuritiesNotRunning": N_(
        "Organisation {organisation} has no backed bid in tender {tenderId}, or it is settled. "
        "Nothing needs to be done."
    ),
    "SecuritiesNotTreasury": N_(
        "{account} is no licensed treasury. Send this from the account of one."
    ),
    "SecuritiesNothingForfeited": N_(
        "Nothing is forfeited in the currency {token}. Nothing needs to be done."
    ),
    "SecuritiesNothingHeld": N_(
        "No performance security is set aside for tender {tenderId}. Nothing needs to be done."
    ),
    "SecuritiesNotice": N_(
        "{given} is more than the {balance} in the account. Put at most that under notice."
    ),
    "SecuritiesOnly": N_(
        "{account} is no contract of the ledger that moves securities. Use its commands."
    ),
    "SecuritiesReceived": N_(
        "Of {wanted} only {received} arrived. Pay in a currency that takes no fee."
    ),
    "SecuritiesShort": N_(
        "Organisation {organisation} has {covered} for its performance security, and {needed} is "
        "needed. Pay in by `security deposit`, or have a guarantor stand for it."
    ),
    "SecuritiesTenderRunning": N_(
        "Tender {tenderId} is in the phase {phase:Phase}, so its securities stay. Repeat this when "
        "it is over."
    ),
    "SecuritiesUnderNotice": N_(
        "The money is under notice until {endsAt:time}. Repeat this after that."
    ),
    "SecuritiesUnknownOrganisation": N_(
        "There is no organisation {organisation}. Check its number."
    ),
    "SecuritiesValidity": N_(
        "A guarantee can not end at {until:time}. Give a later time, within ten years."
    ),
    "SecuritiesZeroAmount": N_("The amount is zero. Give one above it."),
    # agreements
    "AgreementsAmount": N_(
        "Milestone {milestone} has the amount {given}, but the plan gives {planned}. Correct "
        "that amount, then sign again."
    ),
    "AgreementsBuyer": N_(
        "The agreement names organisation {given} as buyer, but the tender's is {buyer}. "
        "Correct that, then sign again."
    ),
    "AgreementsCurrency": N_(
        "The agreement is in {given}, but the tender's currency is {currency}. Correct that, "
        "then sign again."
    ),
    "AgreementsDocuments": N_(
        "The hash of the signed documents is missing. Give it, then sign again."
    ),
    "AgreementsDueDate": N_(
        "Milestone {milestone} is due {dueAt:time}, which is out of order or out of the term."
        " Choose dates that rise from the start."
    ),
    "AgreementsInspector": N_(
        "{inspector} can not be an inspector here: it is empty, named twice, or of the "
        "supplier. Name another."
    ),
    "AgreementsInspectors": N_(
        "{approvals} approvals by {inspectors} inspectors are not possible. Name at most "
        "{most} inspectors, and ask for 1 approval up to their number."
    ),
    "AgreementsMilestones": N_(
        "The agreement has {given} milestones, but the plan has {planned}. Correct that, then"
        " sign again."
    ),
    "AgreementsNotForParty": N_(
        "{account} does not act for organisation {organisation}. Let one of its accounts sign."
    ),
    "AgreementsPhase": N_(
        "Tender {tenderId} is in the phase {phase:Phase}, in which nothing is signed. Sign "
        "between the award and the end of the signing period."
    ),
    "AgreementsPrice": N_(
        "The agreement has the price {given}, but {awarded} was awarded. Correct that, then "
        "sign again."
    ),
    "AgreementsRefundTo": N_(
        "{account} holds no licence of a treasury. Let what is not spent return to one that does."
    ),
    "AgreementsSignature": N_(
        "The signature of {account} does not fit this agreement. Sign exactly these terms "
        "with that account."
    ),
    "AgreementsStart": N_(
        "The start {startsAt:time} is too far away. Let it lie between {earliest:time} and "
        "{latest:time}."
    ),
    "AgreementsSupplier": N_(
        "The agreement names organisation {given} as supplier, but {awarded} won. Correct "
        "that, then sign again."
    ),
    "AgreementsTenderTerms": N_(
        "These are not the terms of tender {tenderId}. Give them exactly as they were published."
    ),
    "AgreementsZeroPayee": N_("No account is named to be paid. Give the supplier's."),
    "EscrowAlreadyInspected": N_(
        "{inspector} has accepted or rejected this report of milestone {milestone} already."
        " Nothing needs to be done."
    ),
    "EscrowAlreadyRenounced": N_(
        "The supplier has renounced the rest of tender {tenderId} already. Nothing needs to "
        "be done."
    ),
    "EscrowClosed": N_(
        "The account of tender {tenderId} is closed. Nothing more can be done in it."
    ),
    "EscrowLapsed": N_(
        "Reports were taken until {lapsedAt:time}. Agree with the buyer how to go on, or "
        "close the agreement."
    ),
    "EscrowMilestoneStatus": N_(
        "Milestone {milestone} of tender {tenderId} is {status:Escrow.Status}, so this is not "
        "possible. See `tender timeline {tenderId}` for what comes next."
    ),
    "EscrowNotAParty": N_(
        "{account} does not act for a party of tender {tenderId}. Send this from an account "
        "of buyer or supplier."
    ),
    "EscrowNotAPayer": N_(
        "{account} may not pay for tender {tenderId}. Send this from the buyer or a licensed "
        "treasury."
    ),
    "EscrowNotFunded": N_(
        "The account of tender {tenderId} holds {held}, but {needed} is needed. Fund it first."
    ),
    "EscrowNotInspector": N_(
        "{account} is not an inspector of tender {tenderId}. Send this from an inspector's account."
    ),
    "EscrowNotSigned": N_(
        "This is not the signed agreement of tender {tenderId}. Give it exactly as it was signed."
    ),
    "EscrowNotSupplier": N_(
        "{account} does not act for the supplier of tender {tenderId}. Send this from one of "
        "its accounts."
    ),
    "EscrowNotThePayee": N_(
        "{account} may send this money only to {payee}. Name that address, or send this from it."
    ),
    "EscrowNothingToClaim": N_(
        "Nothing is kept for {payee} in this token. Check token and address."
    ),
    "EscrowOtherReport": N_(
        "Report {given} of milestone {milestone} of tender {tenderId} is not the present one,"
        " {present}. Inspect that one."
    ),
    "EscrowOverfunded": N_(
        "Tender {tenderId} would be funded with {funded}, more than its price {price}. Pay less in."
    ),
    "EscrowUnfinished": N_(
        "{milestonesLeft} milestones of tender {tenderId} are not paid. Close it when they "
        "are, or when it has lapsed."
    ),
    "EscrowUnknownMilestone": N_(
        "Tender {tenderId} has no milestone {milestone}. Check its number; the first is 0."
    ),
    "EscrowZeroAmount": N_("An amount of zero was given. Give the amount to pay in."),
    "TreasuryTokenNotTreasury": N_("{account} is not a licensed treasury. Send this from one."),
    "TreasuryTokenCommitment": N_(
        "The commitment {commitment} is zero or was used before. Give the hash of a new record."
    ),
    # OpenZeppelin's
    "ERC20InsufficientAllowance": N_(
        "{spender} may spend {allowance}, but needs {needed}. Approve that much first."
    ),
    "ERC20InsufficientBalance": N_(
        "{sender} has {balance}, but {needed} is needed. Let the treasury issue the rest first."
    ),
    "ERC20InvalidApprover": N_(
        "{approver} can not approve spending. Give the address of an account."
    ),
    "ERC20InvalidReceiver": N_("{receiver} can not receive money. Give the address of an account."),
    "ERC20InvalidSender": N_("{sender} can not send money. Give the address of an account."),
    "ERC20InvalidSpender": N_(
        "{spender} can not be allowed to spend. Give the address of an account."
    ),
    "InvalidShortString": N_("A contract's name is damaged. Check the deployment."),
    "ReentrancyGuardReentrantCall": N_(
        "A contract called back into the ledger while it was paying. Check the currency's contract."
    ),
    "SafeCastOverflowedUintDowncast": N_(
        "{value} does not fit {bits} bits. Give a smaller number."
    ),
    "SafeERC20FailedOperation": N_(
        "The currency's contract {token} did not carry out the transfer. Check balance and "
        "allowance."
    ),
    "StringTooLong": N_("The name {str} is too long. Give one of at most 31 bytes."),
}

# The ABI keeps an enum's numbers only; a test counts its words against the sources.
ENUMS: Mapping[str, tuple[str, ...]] = {
    "Category": (
        N_("goods"),
        N_("services"),
        N_("works"),
        N_("social programme"),
    ),
    "Class": (
        N_("agency"),
        N_("auditor"),
        N_("citizen"),
    ),
    "Escrow.Status": (
        N_("not reported"),
        N_("reported"),
        N_("paid"),
    ),
    "Failure": (
        N_("none"),
        N_("the openers withheld a key"),
        N_("too few bids count"),
        N_("nobody drew the panel in time"),
        N_("two panels without quorum"),
        N_("no bid is acceptable"),
        N_("the buyer did not sign in time"),
    ),
    "Licence": (
        N_("registrar"),
        N_("treasury"),
        N_("relay"),
        N_("guarantor"),
    ),
    "Method": (
        N_("lowest price"),
        N_("quality and price"),
    ),
    "Phase": (
        N_("not published"),
        N_("tendering"),
        N_("opening"),
        N_("evaluation"),
        N_("price opening"),
        N_("standstill"),
        N_("awarded"),
        N_("contracted"),
        N_("unsuccessful"),
        N_("cancelled"),
    ),
    "Question": (
        N_("whether bids are responsive"),
        N_("quality of proposals"),
        N_("abnormally low prices"),
    ),
    "Remedy": (
        N_("dismiss"),
        N_("evaluate again"),
        N_("exclude the winner"),
        N_("cancel"),
    ),
    "Reviews.Status": (
        N_("not filed"),
        N_("open"),
        N_("decided"),
        N_("lapsed without quorum"),
        N_("moot"),
    ),
    "Void": (
        N_("it counts"),
        N_("its length is wrong"),
        N_("it is of an unknown version"),
        N_("it was not sealed to a point of the curve"),
        N_("its signature does not verify"),
        N_("its account bids for no organisation"),
        N_("its organisation was not eligible when bidding closed"),
        N_("it is the buyer's own"),
        N_("it is for another version of the tender"),
        N_("it has no number"),
        N_("it has no price"),
        N_("its price is above the owner's estimate"),
        N_("a later one of the same organisation counts"),
        N_("its seat is not on the panel"),
        N_("the seat had voted already"),
        N_("its marks do not fit the bids"),
        N_("it is a price without its proposal"),
        N_("too little stood behind it when bidding closed"),
    ),
}
