"""The enumerations of the contracts, and their end of time, once for the whole package.

A test holds each enumeration to its Solidity source.
"""

from enum import IntEnum, IntFlag
from typing import Final

EVER: Final = (1 << 48) - 1
"""The last second that the contracts can name (`uint48`): it stands for a time that never comes."""


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
    STANDSTILL = 4
    AWARDED = 5
    CONTRACTED = 6
    UNSUCCESSFUL = 7
    CANCELLED = 8


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


class Status(IntEnum):
    """Where a milestone stands (`Escrow.sol`)."""

    PENDING = 0
    REPORTED = 1
    PAID = 2
