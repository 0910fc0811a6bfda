"""Organisations, their keys, licences, and the seats of the consortium."""

from terang.chain.act import Act, Receipt, Wallet
from terang.identity.typed_data import PARTICIPANTS, Domain, TypedData, accept_key
from terang.ledger.noun import Noun
from terang.vocabulary import Licence, Power, Role, SeatClass


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

    @property
    def domain(self) -> Domain:
        """Where a key's consent is valid."""
        return Domain(PARTICIPANTS, self._chain.chain_id, self.contract.address)

    def accept_key(
        self, organisation: int, key: str, powers: Power, starts: int, until: int
    ) -> TypedData:
        """Returns the `AcceptKey` by which a key consents to serve an organisation.

        Args:
            organisation: its number.
            key: the key's address; its wallet signs.
            powers: what the key may do.
            starts: first second of its powers, since 1970 UTC.
            until: first second without them.
        """
        return accept_key(self.domain, organisation, key, int(powers), starts, until)

    def authorise_key(self, sender: Wallet, accepted: TypedData, consent: bytes) -> Act:
        """Lets a key serve an organisation once, from then until then.

        Args:
            sender: acts for the organisation, or is a registrar, who gives seven days' notice.
            accepted: what `accept_key` returned.
            consent: the key's signature of it.
        """
        values = accepted.message.values()
        return self._act(sender, "authoriseKey", *values, consent, gas=200_000)

    def revoke_key(self, sender: Wallet, key: str) -> Act:
        """Ends a key now; in seven days when a registrar sends."""
        return self._act(sender, "revokeKey", key, gas=120_000)

    def grant(self, administrator: Wallet, licence: Licence, account: str, until: int) -> Act:
        """Licenses an account from now until just before `until`, in seconds since 1970 UTC."""
        return self._act(administrator, "grant", int(licence), account, until, gas=150_000)

    def revoke(self, administrator: Wallet, licence: Licence, account: str) -> Act:
        """Ends an account's licence now."""
        return self._act(administrator, "revoke", int(licence), account, gas=120_000)

    def licensed(self, licence: Licence, account: str) -> bool:
        """Tells whether an account is licensed now."""
        return bool(self._view("isLicensed", int(licence), account))

    def bidder_at(self, account: str, time: int) -> tuple[int, bool]:
        """Returns for which organisation an account can bid just before `time`; 0 for none.

        And whether that one is a supplier in good standing by then, as far as is known now.
        """
        found = self._view("bidderAt", account, time)
        return int(found["organisation"]), bool(found["eligible"])

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

    def change_account(self, holder: Wallet, seat: int, account: str) -> Act:
        """Moves a seat to a new account; the old one never serves a seat again.

        Args:
            holder: the seat's present account, or the administrator.
            seat: its number.
            account: votes for it from now on.
        """
        return self._act(holder, "changeAccount", seat, account, gas=200_000)

    def admitted(self, receipt: Receipt) -> int:
        """Returns the id of the seat that an admission gave."""
        return int(self.event(receipt, "SeatAdmitted").args["seat"])
