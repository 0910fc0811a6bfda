"""The enumerations of the contracts, and their end of time, once for the whole package.

A test holds each enumeration to its Solidity source.
"""

from enum import IntEnum, IntFlag
from typing import Final

EVER: Final = (1 << 48) - 1
"""The last second that the contracts can name (`uint48`): it stands for a time that never comes."""

WHOLE: Final = 10_000
"""Basis points of the whole."""

BIDS: Final = 0
"""Stage of bids in one envelope (`Bids.sol`)."""
PROPOSALS: Final = 1
"""Stage of proposals, whose prices are in envelopes of their own."""
PRICES: Final = 2
"""Stage of those prices."""
BALLOTS: Final = 16
"""Stage of the ballots of round 0; later rounds follow (`Ballots.sol`)."""


class Role(IntFlag):
    """What an organisation may be (bits; `Participants.sol`)."""

    BUYER = 1
    SUPPLIER = 2
    MEMBER = 4


class Power(IntFlag):
    """What a key may do for its organisation (bits; `Participants.sol`)."""

    ACT = 1
    BID = 2


class Licence(IntEnum):
    """What an account may be licensed for (`Participants.sol`)."""

    REGISTRAR = 0
    TREASURY = 1
    RELAY = 2
    GUARANTOR = 3


class SeatClass(IntEnum):
    """Class of a seat (`Consortium.sol`)."""

    AGENCY = 0
    AUDITOR = 1
    CITIZEN = 2


class Category(IntEnum):
    """What is bought (`Terms.sol`; OCDS `mainProcurementCategory`)."""

    GOODS = 0
    SERVICES = 1
    WORKS = 2
    SOCIAL = 3


class Method(IntEnum):
    """How bids are compared (`Terms.sol`)."""

    LOWEST_PRICE = 0
    QUALITY_PRICE = 1


class TaxBasis(IntEnum):
    """What prices include (`Terms.sol`)."""

    NET = 0
    GROSS = 1


class Phase(IntEnum):
    """Where a tender stands (`Terms.sol`)."""

    NONE = 0
    TENDERING = 1
    OPENING = 2
    EVALUATION = 3
    PRICE_OPENING = 4
    STANDSTILL = 5
    AWARDED = 6
    CONTRACTED = 7
    UNSUCCESSFUL = 8
    CANCELLED = 9


class Failure(IntEnum):
    """Why a tender is unsuccessful (`Terms.sol`)."""

    NONE = 0
    WITHHELD = 1
    TOO_FEW_BIDS = 2
    NOT_DRAWN = 3
    NO_QUORUM = 4
    NO_BID_ACCEPTABLE = 5
    NOT_SIGNED = 6


class Void(IntEnum):
    """Why an opened envelope does not count; NONE: it counts (`Envelope.sol`)."""

    NONE = 0
    LENGTH = 1
    VERSION = 2
    POINT = 3
    SIGNATURE = 4
    ACCOUNT = 5
    INELIGIBLE = 6
    BUYER = 7
    TENDER_VERSION = 8
    NONCE = 9
    PRICE = 10
    CEILING = 11
    SUPERSEDED = 12
    SEAT = 13
    REPEATED = 14
    MARKS = 15
    UNPAIRED = 16
    SECURITY = 17


class Question(IntEnum):
    """What the ballots of a round say of each bid (`Ballots.sol`)."""

    RESPONSIVENESS = 0
    QUALITY = 1
    LOW_PRICES = 2


class Outcome(IntEnum):
    """How a round of ballots stands (`Ballots.sol`)."""

    RUNNING = 0
    WITHHELD = 1
    NO_QUORUM = 2
    VALID = 3


class Pass(IntEnum):
    """What the next chunk of a ranking does (`Awards.sol`)."""

    BEST = 0
    QUALITY = 1
    LOWEST = 2


class Remedy(IntEnum):
    """What a review panel may order (`Awards.sol`)."""

    NONE = 0
    RE_EVALUATE = 1
    EXCLUDE = 2
    CANCEL = 3


class ComplaintStatus(IntEnum):
    """How a complaint stands (`Status` of `Reviews.sol`)."""

    NONE = 0
    OPEN = 1
    DECIDED = 2
    LAPSED = 3
    MOOT = 4


class Status(IntEnum):
    """Where a milestone stands (`Escrow.sol`)."""

    PENDING = 0
    REPORTED = 1
    PAID = 2
