"""Who takes part in the demonstration: offices, the consortium's members, buyers and suppliers.

Every wallet is made for the run and forgotten after it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from terang.identity.wallet import Wallet
from terang.ledger import Ledger, pilot
from terang.ocds import Party, ProcessPlan, party_record, write_records
from terang.vocabulary import EVER, Licence, Role, SeatClass


@dataclass(frozen=True)
class Organisation:
    """An organisation on the ledger, with the wallet that acts for it.

    Attributes:
        id: its number on chain.
        name: for people; never on chain.
        wallet: its account.
    """

    id: int
    name: str
    wallet: Wallet


@dataclass(frozen=True)
class Member:
    """A member of the consortium.

    Attributes:
        seat: its seat.
        seat_class: class of the seat.
        name: for people; never on chain.
        wallet: the account that votes for the seat.
    """

    seat: int
    seat_class: SeatClass
    name: str
    wallet: Wallet


@dataclass(frozen=True)
class Offices:
    """Accounts that hold an office.

    Attributes:
        administrator: the bootstrap administrator.
        registrar: enters organisations.
        treasury: issues tokens and funds agreements.
        relay: seals for bidders and panel members, so that nobody sees who they are.
        operator: does what anyone may do: releases, opens, draws, ranks, finalises.
        inspectors: accept milestones.
    """

    administrator: Wallet
    registrar: Wallet
    treasury: Wallet
    relay: Wallet
    operator: Wallet
    inspectors: tuple[Wallet, ...]

    @classmethod
    def create(cls) -> "Offices":
        """Makes a fresh wallet for each office."""
        return cls(
            administrator=Wallet.create(),
            registrar=Wallet.create(),
            treasury=Wallet.create(),
            relay=Wallet.create(),
            operator=Wallet.create(),
            inspectors=tuple(Wallet.create() for _inspector in range(pilot.INSPECTORS)),
        )


def key_of(process: ProcessPlan, party: Party) -> str:
    """Tells parties of a file apart: by key, within the publisher that the ocid's prefix names."""
    publisher = "-".join(process.ocid.split("-")[:2])
    return f"{publisher} {party.key}"


def license_offices(ledger: Ledger, offices: Offices) -> None:
    """Grants the licences of registrar, treasury and relay."""
    holders = {
        Licence.REGISTRAR: offices.registrar,
        Licence.TREASURY: offices.treasury,
        Licence.RELAY: offices.relay,
    }
    ledger.send(
        [
            ledger.participants.grant(offices.administrator, licence, wallet.address, EVER)
            for licence, wallet in holders.items()
        ]
    )


def register(
    ledger: Ledger,
    registrar: Wallet,
    records: Path,
    parties: Mapping[str, tuple[Party, Role]],
) -> dict[str, Organisation]:
    """Registers organisations, each with a fresh wallet and the salted hash of its record.

    Args:
        ledger: where.
        registrar: a licensed registrar.
        records: folder for the records, which stay off chain.
        parties: by the key that tells them apart.

    Returns:
        the organisations by the same key.
    """
    keyed = [replace(party, key=key) for key, (party, _role) in parties.items()]
    hashes = write_records(records, keyed)
    wallets = {key: Wallet.create() for key in parties}
    receipts = ledger.send(
        [
            ledger.participants.register(registrar, hashes[key], role, wallets[key].address)
            for key, (_party, role) in parties.items()
        ]
    )
    return {
        key: Organisation(ledger.participants.registered(receipt), party.name, wallets[key])
        for (key, (party, _role)), receipt in zip(parties.items(), receipts, strict=True)
    }


def found_consortium(ledger: Ledger, offices: Offices, records: Path) -> list[Member]:
    """Registers the members of a made-up consortium and gives each its seat."""
    classes = [
        *[SeatClass.AGENCY] * pilot.AGENCIES,
        *[SeatClass.AUDITOR] * pilot.AUDITORS,
        *[SeatClass.CITIZEN] * pilot.CITIZENS,
    ]
    names = {
        f"member {place}": f"{each.name.title()} {1 + classes[:place].count(each)}"
        for place, each in enumerate(classes)
    }
    parties = {
        key: (Party(key, name, (), party_record({"name": name})), Role.MEMBER)
        for key, name in names.items()
    }
    organisations = register(ledger, offices.registrar, records, parties)
    wallets = [Wallet.create() for _seat in classes]
    receipts = ledger.send(
        [
            ledger.consortium.admit(offices.administrator, each.id, seat_class, wallet.address)
            for each, seat_class, wallet in zip(
                organisations.values(), classes, wallets, strict=True
            )
        ]
    )
    return [
        Member(ledger.consortium.admitted(receipt), seat_class, each.name, wallet)
        for receipt, seat_class, each, wallet in zip(
            receipts, classes, organisations.values(), wallets, strict=True
        )
    ]


def parties_of(processes: Iterable[ProcessPlan]) -> dict[str, tuple[Party, Role]]:
    """Returns the buyers and bidders of some processes that have lots to run, each once."""
    found: dict[str, tuple[Party, Role]] = {}
    for process in processes:
        if not process.lots:
            continue
        roles = [(process.buyer, Role.BUYER)] + [(each, Role.SUPPLIER) for each in process.bidders]
        for party, role in roles:
            key = key_of(process, party)
            first, known = found.get(key, (party, Role(0)))
            found[key] = (first, known | role)
    return found
