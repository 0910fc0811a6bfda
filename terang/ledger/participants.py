"""Organisations, their keys, licences, and the seats of the consortium."""

from terang.chain.act import Act, Receipt, Wallet
from terang.ledger.noun import Noun
from terang.vocabulary import Licence, Role, SeatClass

FOREVER = 2**48 - 1
"""A time that never comes: the end of what has no end."""


class Participants(Noun):
    """The register of organisations."""

    def register(self, registrar: Wallet, record: bytes, roles: Role, account: str) -> Act:
        """Enters an organisation with its first account.

        Args:
            registrar: a licensed registrar.
            record: salted hash of the organisation's record (`ocds.record_hash`), 32 bytes.
            roles: what it may be.
            account: its first account, which may act and bid.
        """
        return self._act(registrar, "register", record, int(roles), account, gas=300_000)

    def registered(self, receipt: Receipt) -> int:
        """Returns the id that a registration gave."""
        return int(self.event(receipt, "OrganisationRegistered").args["organisation"])

    def grant(self, administrator: Wallet, licence: Licence, account: str, until: int) -> Act:
        """Licenses an account from now until just before `until`, in seconds since 1970 UTC."""
        return self._act(administrator, "grant", int(licence), account, until, gas=150_000)

    def revoke(self, administrator: Wallet, licence: Licence, account: str) -> Act:
        """Ends an account's licence now."""
        return self._act(administrator, "revoke", int(licence), account, gas=120_000)

    def licensed(self, licence: Licence, account: str) -> bool:
        """Tells whether an account is licensed now."""
        return bool(self._view("isLicensed", int(licence), account))

    def suspend(self, administrator: Wallet, organisation: int, reason: bytes) -> Act:
        """Debars an organisation; `reason` is the keccak256 of the published decision."""
        return self._act(administrator, "suspend", organisation, reason, gas=150_000)

    def reinstate(self, administrator: Wallet, organisation: int, reason: bytes) -> Act:
        """Ends a suspension; `reason` is the keccak256 of the published decision."""
        return self._act(administrator, "reinstate", organisation, reason, gas=150_000)


class Consortium(Noun):
    """The seats of the member organisations."""

    def admit(
        self, administrator: Wallet, organisation: int, seat_class: SeatClass, account: str
    ) -> Act:
        """Gives an organisation a seat, voted by `account`."""
        return self._act(
            administrator, "admit", organisation, int(seat_class), account, gas=500_000
        )

    def remove(self, administrator: Wallet, seat: int, reason: bytes) -> Act:
        """Takes a seat away; `reason` is the keccak256 of the published decision."""
        return self._act(administrator, "remove", seat, reason, gas=300_000)

    def admitted(self, receipt: Receipt) -> int:
        """Returns the id of the seat that an admission gave."""
        return int(self.event(receipt, "SeatAdmitted").args["seat"])
