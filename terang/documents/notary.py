"""What a served store signs by, and whom it knows: its account, its licence, and the chain."""

from collections.abc import Callable
from typing import TypeVar

from terang.chain.answers import BadAnswer
from terang.chain.connection import ChainUnreachable, RpcError
from terang.chain.reverts import Reverted
from terang.documents.receipt import Challenge, Statement, domain_of, permit
from terang.i18n import _
from terang.identity.address import canonical
from terang.identity.signature import recover
from terang.identity.signer import Signer
from terang.ledger import Ledger
from terang.serving.answers import Refused
from terang.vocabulary import Licence, Power

_T = TypeVar("_T")


class Notary:
    """Signs for a store. Not for threads: the connection is for one.

    Args:
        ledger: its own connection, with a short time limit.
        signer: the store's account.
        keeps: seconds for which the store promises to keep a document.
    """

    def __init__(self, ledger: Ledger, signer: Signer, keeps: int) -> None:
        self._ledger, self._signer, self._keeps = ledger, signer, keeps
        self._domain = domain_of(ledger.tenders.domain)

    @property
    def account(self) -> str:
        """Address of the store's account."""
        return self._signer.address

    def admit(self, document: bytes, size: int, by: tuple[str, bytes] | None) -> None:
        """Checks, before a byte is taken, that a receipt for it would be worth something.

        Args:
            document: keccak256 of what is brought.
            size: in bytes.
            by: account and signature of who brings a document in clear; None for ciphertext.

        Raises:
            Refused: when the store has no licence, the account acts for nobody or did not sign, or
                the chain does not answer.
        """
        _asked(lambda: self._admit(document, size, by))

    def _admit(self, document: bytes, size: int, by: tuple[str, bytes] | None) -> None:
        participants = self._ledger.participants
        if not participants.licensed(Licence.RELAY, self.account):
            raise Refused(503, "licence", _("This store has no licence now. Use another store."))
        if by is None:
            return
        account, signature = by
        data = permit(self._domain, account, document, size)
        view, contract = self._ledger.chain.view, participants.contract
        organisation = view(contract, "servedBy", account, int(Power.ACT))
        known = organisation and not view(contract, "isSuspended", organisation)
        if not known or recover(data.digest, signature) != canonical(account):
            raise Refused(
                403,
                "account",
                _(
                    "Documents in clear are taken from an account that acts for an organisation in "
                    "good standing, with its signature. Sign with one."
                ),
            )

    def keep(self, document: bytes, size: int) -> Statement:
        """Signs that a document is kept.

        Raises:
            Refused: when the chain, whose clock counts, does not answer.
        """
        now = _asked(lambda: self._ledger.chain.now)
        until = now + self._keeps
        return Statement.keep(self._domain, self.account, document, size, now, until).sign(
            self._signer
        )

    def show(self, document: bytes, asked: Challenge, answer: bytes) -> Statement:
        """Signs the answer to a challenge.

        Raises:
            Refused: when the chain does not answer.
        """
        now = _asked(lambda: self._ledger.chain.now)
        made = Statement.show(self._domain, self.account, document, asked, answer, now)
        return made.sign(self._signer)


def _asked(question: Callable[[], _T]) -> _T:
    try:
        return question()
    except (ChainUnreachable, BadAnswer, RpcError, Reverted) as error:
        raise Refused(
            503,
            "chain",
            _("The store cannot ask the chain now. Try later, or another store."),
            30,
        ) from error
