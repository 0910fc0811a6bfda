"""Securities: money and guarantees that stand behind bids and agreements."""

from typing import NamedTuple

from terang.chain.act import Act, Wallet
from terang.chain.connection import BlockId
from terang.ledger.noun import Noun


class Cover(NamedTuple):
    """What stands behind an organisation, in the token's smallest unit.

    Attributes:
        balance: money in its account, that under notice too.
        noticed: of it, under notice: it backs nothing that closes later.
        notice_ends_at: when that may leave, in seconds since 1970 UTC; 0 for no notice.
        backing: running tenders that a bid was backed for; above 0 nothing leaves.
    """

    balance: int
    noticed: int
    notice_ends_at: int
    backing: int


class Securities(Noun):
    """One account for each organisation and token; it backs all bids of its organisation."""

    def deposit(self, payer: Wallet, organisation: int, token: str, amount: int) -> Act:
        """Pays into the account of an organisation, from the payer's allowance. Anyone may."""
        return self._act(payer, "deposit", organisation, token, amount, gas=300_000)

    def give_notice(self, party: Wallet, organisation: int, token: str, amount: int) -> Act:
        """Puts so much under notice in place of what was before; 0 ends it."""
        return self._act(party, "giveNotice", organisation, token, amount, gas=200_000)

    def withdraw(self, party: Wallet, organisation: int, token: str, to: str) -> Act:
        """Takes out what is under notice, once the notice is over and no bid is backed."""
        return self._act(party, "withdraw", organisation, token, to, gas=250_000)

    def guarantee(
        self,
        guarantor: Wallet,
        organisation: int,
        token: str,
        amount: int,
        until: int,
        document: bytes,
    ) -> Act:
        """Stands surety for an organisation.

        Args:
            guarantor: a licensed guarantor.
            organisation: for which.
            token: address of the currency.
            amount: in its smallest unit.
            until: first second after validity, in seconds since 1970 UTC.
            document: keccak256 of the guarantee.
        """
        return self._act(
            guarantor, "guarantee", organisation, token, amount, until, document, gas=250_000
        )

    def settle(self, sender: Wallet, tender: int, organisation: int) -> Act:
        """Frees the account of an organisation of a tender that is over. Anyone may."""
        return self._act(sender, "settle", tender, organisation, gas=250_000)

    def give_back(self, sender: Wallet, tender: int) -> Act:
        """Gives back what a winner set aside, if the buyer did not sign in time. Anyone may."""
        return self._act(sender, "giveBack", tender, gas=300_000)

    def collect(self, treasury: Wallet, token: str) -> Act:
        """Pays what was forfeited to the licensed treasury that sends."""
        return self._act(treasury, "collect", token, gas=150_000)

    def cover(self, organisation: int, token: str, block: BlockId = "latest") -> Cover:
        """Returns the account of an organisation."""
        each = self._view("accountOf", organisation, token, block=block)
        return Cover(each["balance"], each["noticed"], each["noticeEndsAt"], each["backing"])

    def cover_at(self, organisation: int, token: str, time: int) -> int:
        """Returns what backs a bid that closes at `time`, as things are now."""
        return int(self._view("coverAt", organisation, token, time))
