"""The ledger as a whole: one client for every act."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

from terang.chain.act import Act, Receipt, Wallet
from terang.chain.compile import Artifacts
from terang.chain.connection import Chain
from terang.chain.contract import Contract
from terang.chain.deploy import Deployment
from terang.chain.outbox import Entry, Outbox
from terang.chain.send import Sender
from terang.errors import UsageError
from terang.i18n import _
from terang.ledger.agreements import Agreements
from terang.ledger.awards import Awards
from terang.ledger.ballots import Ballots
from terang.ledger.boxes import Boxes
from terang.ledger.escrow import Escrow, Token
from terang.ledger.keys import OpeningKeys
from terang.ledger.participants import Consortium, Participants
from terang.ledger.plan import Currency, token_name
from terang.ledger.reviews import Reviews
from terang.ledger.rules import Rules
from terang.ledger.securities import Securities
from terang.ledger.tenders import Tenders
from terang.vocabulary import BALLOTS


class Ledger:
    """A deployed ledger.

    `ledger.tenders.publish(…)` and its likes make acts; `ledger.send([…])` carries them out.

    Args:
        chain: where it is.
        deployment: its record.
        artifacts: the compiled contracts.
        outbox: keeps what is under way over a killed process; None to keep it in memory only.
        repeatable: whether all that is sent may be done twice; see `Sender`.

    Attributes:
        chain: where it is.
        deployment: its record.
        artifacts: the compiled contracts.
    """

    def __init__(
        self,
        chain: Chain,
        deployment: Deployment,
        artifacts: Artifacts,
        outbox: Outbox | None = None,
        *,
        repeatable: bool = False,
    ) -> None:
        self.chain = chain
        self.deployment = deployment
        self.artifacts = artifacts
        self._sender = Sender(chain, outbox, repeatable=repeatable)

    @classmethod
    def connect(
        cls, url: str, record: Path, artifacts: Artifacts, outbox: Outbox | None = None
    ) -> Self:
        """Connects to a deployed ledger, and verifies that the chain has what its record says.

        Args:
            url: address of the node's JSON-RPC.
            record: file of the deployment.
            artifacts: the compiled contracts.
            outbox: keeps what is under way over a killed process; None for memory only.

        Raises:
            ChainUnreachable: when no node answers.
            DeploymentError: when the record cannot be used or the chain differs from it.
        """
        chain = Chain(url, artifacts.errors)
        return cls(chain, Deployment.load(record, chain), artifacts, outbox)

    def send(self, acts: Sequence[Act], *, intent: str = "") -> list[Receipt]:
        """Carries out acts, those of one wallet in their order.

        Args:
            acts: in the order wanted.
            intent: the same for the same wish; see `Sender.send`.

        Returns:
            their receipts, in the order of `acts`.

        Raises:
            Reverted: when a contract refuses one.
        """
        return self._sender.send(acts, intent=intent)

    def settle(
        self, intent: str, wallets: Sequence[Wallet] = (), account: str = ""
    ) -> list[Receipt]:
        """Follows what was sent earlier to this ledger for an intent to its end.

        Args:
            intent: the same for the same wish; see `Sender.settle`.
            wallets: who can sign what no block takes again, at a higher fee.
            account: only what this one sent; "" for whoever it was.

        Returns:
            the receipts; none when nothing of it is known, or can happen any more.

        Raises:
            Reverted: when a contract refused one.
        """
        own = {each.address for each in self.deployment.contracts.values()}

        def ours(entry: Entry) -> bool:
            signed = [each for each in entry.sent if account in ("", each.account)]
            return any(each.fields.to in own for each in signed)

        return self._sender.settle(intent, wallets, ours)

    def boxes(self, stage: int) -> Boxes:
        """Returns the contract that has the boxes of a stage: 0 to 2 bids, 16 + round ballots."""
        return self.ballots if stage >= BALLOTS else self.tenders

    def try_out(self, act: Act) -> None:
        """Has the node carry an act out without sending it, so that no gas pays for a refusal.

        Raises:
            Reverted: when the contract refuses.
        """
        self._sender.try_out(act)

    def contract(self, name: str) -> Contract:
        """Returns the contract that the deployment calls `name`.

        Raises:
            DeploymentError: when it has none.
        """
        return self.deployment.contract(name, self.artifacts)

    @cached_property
    def participants(self) -> Participants:
        """Organisations, keys, licences."""
        return Participants(*self._noun("Participants"))

    @cached_property
    def consortium(self) -> Consortium:
        """Seats."""
        return Consortium(*self._noun("Consortium"))

    @cached_property
    def rules(self) -> Rules:
        """What the law sets per category and method."""
        return Rules(*self._noun("Rules"))

    @cached_property
    def keys(self) -> OpeningKeys:
        """Opening keys."""
        return OpeningKeys(*self._noun("OpeningKeys"))

    @cached_property
    def tenders(self) -> Tenders:
        """Tenders and bids."""
        return Tenders(*self._noun("Tenders"))

    @cached_property
    def ballots(self) -> Ballots:
        """Panels and ballots."""
        return Ballots(*self._noun("Ballots"))

    @cached_property
    def awards(self) -> Awards:
        """Rankings and awards."""
        return Awards(*self._noun("Awards"))

    @cached_property
    def reviews(self) -> Reviews:
        """Complaints."""
        return Reviews(*self._noun("Reviews"))

    @cached_property
    def securities(self) -> Securities:
        """What stands behind bids and agreements."""
        return Securities(*self._noun("Securities"))

    @cached_property
    def agreements(self) -> Agreements:
        """Signed contracts."""
        return Agreements(*self._noun("Agreements"))

    @cached_property
    def escrow(self) -> Escrow:
        """Money per agreement."""
        return Escrow(*self._noun("Escrow"))

    def token(self, currency: str) -> Token:
        """Returns the treasury's token of a currency.

        Args:
            currency: ISO 4217 code.

        Raises:
            UsageError: when the ledger has none.
        """
        if token_name(currency) not in self.deployment.contracts:
            raise UsageError(
                _("This ledger has no token for {currency}. Deploy one, or name another.").format(
                    currency=currency
                )
            )
        return Token(*self._noun(token_name(currency)))

    def token_at(self, address: str) -> Token:
        """Returns the treasury's token at an address.

        Raises:
            UsageError: when the deployment's record has none there.
        """
        code = self._code_at(address)
        if code is None:
            raise UsageError(
                _("This ledger has no token at {address}. Check the deployment's record.").format(
                    address=address
                )
            )
        return self.token(code)

    def currency_at(self, address: str) -> Currency | None:
        """Returns the currency of the token at an address; None for one that is not the treasury's.

        A buyer may name any token, so not every one is in the deployment's record.
        """
        code = self._code_at(address)
        return Currency(code, self.token(code).decimals()) if code else None

    def _code_at(self, address: str) -> str | None:
        prefix = token_name("")
        found = (
            name.removeprefix(prefix)
            for name, each in self.deployment.contracts.items()
            if name.startswith(prefix) and each.address == address
        )
        return next(found, None)

    def _noun(self, name: str) -> tuple[Chain, Contract]:
        return self.chain, self.contract(name)
