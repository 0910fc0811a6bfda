"""What can be done on a ledger, in words and as commands, and by which roles.

Nothing heavy is imported here, since the command line names the roles in its help.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from terang.i18n import N_

ANYONE: Final = "anyone"


class Act(NamedTuple):
    """How an errand is told.

    Attributes:
        says: in words; names in braces are the errand's.
        types: the command without the program's name; capitals stand for what only the person
            knows.
    """

    says: str
    types: str


_PARTIES = "--buyer FILE --supplier FILE"
_TERMS = "--document FILE --refund-to ADDRESS --inspector ADDRESS --inspector ADDRESS"

ACTS: Final[Mapping[str, Act]] = {
    "license-registrar": Act(
        N_("License a registrar: nobody can enter organisations now"),
        "participant licence grant registrar ADDRESS",
    ),
    "license-treasury": Act(
        N_("License a treasury: nobody can issue money or receive what is left of it now"),
        "participant licence grant treasury ADDRESS",
    ),
    "set-rules": Act(
        N_("Set rules: no tender can be published without one"), "rules apply PROFILE"
    ),
    "admit": Act(
        N_("Give organisation {organisation} a seat"),
        "consortium admit {organisation} --class CLASS --address ADDRESS",
    ),
    "reinstate": Act(
        N_("End the suspension of organisation {organisation}"),
        "participant reinstate {organisation} --reason FILE",
    ),
    "appoint": Act(
        N_("Appoint openers: there are too few to make keys"),
        "keys epoch --seat SEAT --seat SEAT --seat SEAT --threshold K --confirmations C",
    ),
    "register": Act(
        N_("Enter an organisation"),
        "participant register FILE --role ROLE --address ADDRESS",
    ),
    "key-begins": Act(
        N_("The key {account} begins to serve organisation {organisation}"),
        "participant show {organisation}",
    ),
    "key-ends": Act(
        N_("The key {account} stops serving organisation {organisation}"),
        "participant show {organisation}",
    ),
    "refuse-key": Act(
        N_("End the key {account} before it begins to serve your organisation"),
        "participant key revoke {account}",
    ),
    "enrol": Act(N_("Publish your key for epoch {epoch}"), "keys enrol --seed FILE"),
    "batch": Act(
        N_("Open a batch of keys: free are {count}, tenders under way may take {needed}"),
        "keys batch",
    ),
    "deal": Act(N_("Deal for batch {batch}"), "keys deal --batch {batch} --seed FILE"),
    "confirm": Act(
        N_("Check and confirm batch {batch}"), "keys confirm --batch {batch} --seed FILE"
    ),
    "accuse": Act(
        N_("Show what opener {dealer} did wrong in batch {batch}"),
        "keys accuse --batch {batch} --dealer {dealer} --seat SEAT --seed FILE",
    ),
    "share": Act(
        N_("Publish your share of the bids of tender {tender}"),
        "keys share --tender {tender} --seed FILE",
    ),
    "share-ballots": Act(
        N_("Publish your share of the ballots of tender {tender}"),
        "keys share --tender {tender} --ballots --seed FILE",
    ),
    "share-prices": Act(
        N_("Publish your share of the prices of tender {tender}"),
        "keys share --tender {tender} --prices --seed FILE",
    ),
    "publish": Act(N_("Publish a tender"), "tender publish --file RELEASE"),
    "repeat": Act(
        N_("Publish tender {tender} again, which came to nothing"),
        "tender publish --file RELEASE --predecessor {tender}",
    ),
    "amend": Act(N_("Amend tender {tender}"), "tender amend {tender} --reason FILE"),
    "answer": Act(
        N_("Answer question {enquiry} about tender {tender}"),
        "tender answer {tender} {enquiry} FILE",
    ),
    "cancel": Act(N_("Cancel tender {tender}"), "tender cancel {tender} --reason FILE"),
    "prepare": Act(
        N_("Prepare the agreement of tender {tender}"), f"agreement prepare {{tender}} {_TERMS}"
    ),
    "sign": Act(
        N_("Sign the agreement of tender {tender}, once it is prepared"),
        "agreement sign agreement-{tender}.json",
    ),
    "submit": Act(
        N_("Register the agreement of tender {tender}, once both sides signed"),
        f"agreement submit agreement-{{tender}}.json {_PARTIES}",
    ),
    "fund": Act(
        N_("Pay into the agreement of tender {tender} all that lacks: {amount}"),
        "agreement fund {tender} --full",
    ),
    "fund-part": Act(
        N_("Pay into the agreement of tender {tender} what the account has: {amount}"),
        "agreement fund {tender} {figure}",
    ),
    "close": Act(N_("Close the agreement of tender {tender}"), "agreement close {tender}"),
    "lapse": Act(
        N_("Close the agreement of tender {tender} unfinished, if it stays as it is"),
        "agreement close {tender}",
    ),
    "bid": Act(
        N_("Bid for tender {tender}"), "bid seal --tender {tender} --price PRICE --file FILE"
    ),
    "bid-again": Act(
        N_("Bid again for tender {tender}: it is at version {version}, your bid for an older one"),
        "bid seal --tender {tender} --price PRICE --file FILE",
    ),
    "enquire": Act(N_("Ask about tender {tender}"), "tender enquire {tender} FILE"),
    "accept-award": Act(
        N_("Say that you are ready to sign the agreement of tender {tender}"),
        "award accept {tender}",
    ),
    "complain": Act(
        N_("Complain about the ranking of tender {tender}; deposit: {amount}"),
        "complaint file {tender} --grounds FILE",
    ),
    "report": Act(
        N_("Report milestone {milestone} of tender {tender}, due {due}: {amount}"),
        "milestone report {tender} {milestone} --evidence FILE",
    ),
    "renounce": Act(
        N_("Renounce what is not paid of the agreement of tender {tender}"),
        "agreement renounce {tender}",
    ),
    "mint": Act(
        N_("Mint what agreements lack and the account has not: {amount}"),
        "treasury mint {code} {figure} --commitment FILE",
    ),
    "relay-bid": Act(
        N_("Carry bids for tender {tender} that suppliers sealed themselves"), "relay serve"
    ),
    "relay-ballot": Act(
        N_("Carry ballots for tender {tender} that members of its panel sealed themselves"),
        "relay serve",
    ),
    "cast": Act(
        N_("Judge the bids of tender {tender}"),
        "ballot cast --tender {tender} --reasons FILE {marks}",
    ),
    "cast-unsure": Act(
        N_("Judge the bids of tender {tender}, unless what you sealed there was your own ballot"),
        "ballot cast --tender {tender} --reasons FILE {marks}",
    ),
    "recuse": Act(
        N_("Leave the panel of tender {tender}, for a reason"),
        "ballot recuse {tender} --reason FILE",
    ),
    "review": Act(
        N_("Vote on complaint {complaint} about tender {tender}"),
        "complaint vote {complaint} --ruling RULING --reasons FILE",
    ),
    "accept": Act(
        N_("Accept milestone {milestone} of tender {tender}: {amount}"),
        "milestone accept {tender} {milestone}",
    ),
    "reject": Act(
        N_("Reject milestone {milestone} of tender {tender}"),
        "milestone reject {tender} {milestone} --reason FILE",
    ),
    "release": Act(
        N_("Release the key to the bids of tender {tender}"), "keys release --tender {tender}"
    ),
    "release-ballots": Act(
        N_("Release the key to the ballots of tender {tender}"),
        "keys release --tender {tender} --ballots",
    ),
    "release-prices": Act(
        N_("Release the key to the prices of tender {tender}"),
        "keys release --tender {tender} --prices",
    ),
    "open-prices": Act(N_("Open the prices of tender {tender}"), "bid open {tender} --prices"),
    "open": Act(N_("Open the bids of tender {tender}"), "bid open {tender}"),
    "open-ballots": Act(N_("Open the ballots of tender {tender}"), "ballot open {tender}"),
    "draw": Act(N_("Draw the panel of tender {tender}"), "award draw {tender}"),
    "rank": Act(N_("Rank the bids of tender {tender}"), "award rank {tender}"),
    "flag": Act(
        N_("Say that organisation {organisation} bids abnormally low for tender {tender}"),
        "award flag {tender} {organisation}",
    ),
    "pass-over": Act(
        N_("Pass over the winner of tender {tender}, unless it signs or accepts in time"),
        "award pass-over {tender}",
    ),
    "decide": Act(
        N_("Draw the conclusion from the votes on complaint {complaint} about tender {tender}"),
        "complaint decide {complaint}",
    ),
    "pay-deposit": Act(
        N_("Pay the deposit of complaint {complaint} back: {amount}"),
        "complaint deposit {complaint}",
    ),
    "keep-deposit": Act(
        N_("Take the deposit of complaint {complaint}, which was abusive: {amount}"),
        "complaint deposit {complaint}",
    ),
    "finalise": Act(N_("Award tender {tender}"), "award finalise {tender}"),
    "claim": Act(
        N_("Claim what was not delivered, unless the token still refuses: {amount}"),
        "agreement claim {tender}",
    ),
}
"""Each kind of errand: in words, and what to type."""

TITLES: Final = {
    "administrator": N_("administrator"),
    "registrar": N_("registrar"),
    "treasury": N_("treasury"),
    "relay": N_("relay"),
    "opener": N_("opener"),
    "buyer": N_("buyer"),
    "supplier": N_("supplier"),
    "panel": N_("panel member"),
    "inspector": N_("inspector"),
    ANYONE: N_("anyone"),
}
"""The roles, in words."""

REMEDIES: Final = {
    "administrator": N_("The administrator is {administrator}, fixed at deployment."),
    "registrar": N_("The administrator grants that by `participant licence grant registrar`."),
    "treasury": N_("The administrator grants that by `participant licence grant treasury`."),
    "relay": N_("The administrator grants that by `participant licence grant relay`."),
    "opener": N_("The administrator appoints seats as openers by `keys epoch`."),
    "buyer": N_("A registrar enters organisations by `participant register`."),
    "supplier": N_("A registrar enters organisations by `participant register`."),
    "panel": N_("The administrator gives members their seats by `consortium admit`."),
    "inspector": N_("Agreements name their inspectors; `agreement prepare` makes one."),
}
"""Who gives each role, for an account that has not got it."""
