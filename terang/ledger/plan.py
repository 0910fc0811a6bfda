"""Which contracts a ledger consists of, in the order of creation."""

from collections.abc import Iterable
from typing import NamedTuple

from terang.chain.deploy import At, Step


class Currency(NamedTuple):
    """A currency that the treasury issues.

    Attributes:
        code: ISO 4217 code.
        decimals: its minor units, by ISO 4217.
    """

    code: str
    decimals: int


def token_name(code: str) -> str:
    """Returns the name under which a deployment keeps the token of a currency."""
    return f"TreasuryToken_{code}"


def steps(administrator: str, currencies: Iterable[Currency]) -> list[Step]:
    """Returns the steps that create a whole ledger.

    Contracts that know each other in a circle are named before they exist (see `chain.deploy`).

    Args:
        administrator: the one address that holds the administration.
        currencies: one token is created for each.
    """
    return [
        Step("Participants", "Participants", [administrator]),
        Step("Consortium", "Consortium", [administrator, At("Participants")]),
        Step("Rules", "Rules", [administrator]),
        Step(
            "OpeningKeys",
            "OpeningKeys",
            [administrator, At("Consortium"), At("Tenders"), At("Ballots")],
        ),
        Step(
            "Tenders",
            "Tenders",
            [
                At("Participants"),
                At("OpeningKeys"),
                At("Rules"),
                At("Awards"),
                At("Securities"),
            ],
        ),
        Step(
            "Ballots",
            "Ballots",
            [
                At("Participants"),
                At("OpeningKeys"),
                At("Consortium"),
                At("Rules"),
                At("Tenders"),
                At("Awards"),
            ],
        ),
        Step(
            "Awards",
            "Awards",
            [
                At("Participants"),
                At("Rules"),
                At("Tenders"),
                At("Ballots"),
                At("Agreements"),
                At("Reviews"),
                At("Securities"),
            ],
        ),
        Step(
            "Reviews",
            "Reviews",
            [
                At("Participants"),
                At("Consortium"),
                At("Rules"),
                At("Tenders"),
                At("Ballots"),
                At("Awards"),
            ],
        ),
        Step(
            "Securities",
            "Securities",
            [
                At("Participants"),
                At("Awards"),
                At("Tenders"),
                At("Agreements"),
                At("Escrow"),
            ],
        ),
        Step(
            "Agreements",
            "Agreements",
            [
                At("Participants"),
                At("Tenders"),
                At("Awards"),
                At("Rules"),
                At("Securities"),
            ],
        ),
        Step("Escrow", "Escrow", [At("Participants"), At("Agreements"), At("Securities")]),
        *(
            Step(
                token_name(code),
                "TreasuryToken",
                [At("Participants"), f"Treasury {code}", code, decimals],
            )
            for code, decimals in currencies
        ),
    ]
