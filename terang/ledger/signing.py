"""A message on its way to a wallet: written to a file, signed where there is no network, read back.

The file is the message's EIP-712 typed data and nothing else, so any wallet can show and sign it; a
signature travels in a file of its own.
"""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from eth_utils.address import to_checksum_address

from terang.chain import answers
from terang.chain.answers import BadAnswer
from terang.chain.files import write_json
from terang.errors import UsageError
from terang.i18n import N_, _
from terang.i18n.show import money, when
from terang.identity.address import canonical
from terang.identity.signature import recover
from terang.identity.signer import Signer
from terang.identity.typed_data import Domain, TypedData, TypedDataError
from terang.ledger.ballots import MARKS
from terang.ledger.facts import check_new, read_file
from terang.ledger.plan import Currency
from terang.sealing.messages import WITHDRAWN
from terang.vocabulary import EVER, Power

_POWERS: Final[dict[int, str]] = {
    Power.ACT: N_("act for it"),
    Power.BID: N_("bid for it"),
    Power.ACT | Power.BID: N_("act and bid for it"),
}
_SEALED: Final = frozenset(("SubmitBid", "SubmitProposal", "CastBallot"))
"""Acts that a box hides until it opens."""


@dataclass(frozen=True)
class Signature:
    """A signature that travels apart from its message.

    Attributes:
        account: who signed.
        digest: the 32 bytes that were signed.
        signature: as the account's wallet gave it.
    """

    account: str
    digest: bytes
    signature: bytes

    def document(self) -> dict[str, str]:
        """Returns the signature as its file has it."""
        return {
            "account": self.account,
            "digest": "0x" + self.digest.hex(),
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def load(cls, path: Path, data: TypedData) -> Self:
        """Reads a signature of a message.

        Args:
            path: what `keep` wrote; or only the signature, 65 bytes in hexadecimal digits, as
                `eth_signTypedData_v4` gives it: then the account is whose key it is of.
            data: the message.

        Raises:
            UsageError: when the file cannot be read, is no signature, or is of another message.
        """
        try:
            text = read_file(path).decode().strip()
            read = json.loads(text) if text.startswith("{") else {"signature": text.strip('"')}
            raw = answers.data(read["signature"], "signature", 65)
            # some devices give v as 0 or 1 in place of 27 or 28
            usual = raw[:-1] + bytes([raw[-1] + 27]) if raw[-1] < 2 else raw
            signer = recover(data.digest, usual)
            if "account" not in read:
                if signer is None:
                    raise ValueError("nobody's")
                return cls(to_checksum_address(signer), data.digest, usual)
            account = answers.address(read["account"], "account")
            digest = answers.data(read["digest"], "digest", 32)
            # a contract's signature is its own affair
            found = cls(account, digest, usual if signer == canonical(account) else raw)
        except UsageError:
            raise
        except (LookupError, TypeError, ValueError, RecursionError, BadAnswer) as error:
            raise UsageError(
                _(
                    "{path} is not a signature. Name the file that `sign` wrote, or one with the "
                    "65 bytes that another wallet gave."
                ).format(path=path)
            ) from error
        found.check_of(data)
        return found

    def check_of(self, data: TypedData) -> None:
        """Checks that this message was signed, and no other.

        Raises:
            UsageError: when another was.
        """
        if self.digest != data.digest:
            raise UsageError(
                _(
                    "{account} signed something else than what is in this file. "
                    "Have this file signed."
                ).format(account=self.account)
            )

    def check_key(self, data: TypedData) -> None:
        """Checks that the account's own key signed this message; a contract has none.

        Raises:
            UsageError: when something else was signed, or by somebody else.
        """
        self.check_of(data)
        if recover(data.digest, self.signature) != canonical(self.account):
            raise UsageError(
                _("{account} did not sign this message. Have it signed again.").format(
                    account=self.account
                )
            )


def signature_among(path: Path, messages: Sequence[TypedData]) -> Signature:
    """Reads a signature of one of several messages; each names who is to sign it.

    Raises:
        UsageError: when the file cannot be read, is no signature, or is of another message.
    """
    if len(messages) == 1:
        return Signature.load(path, messages[0])
    for data in messages:
        with suppress(UsageError):
            found = Signature.load(path, data)
            # the key that is recovered for another message is nobody's
            if found.account == data.message["account"]:
                return found
    raise UsageError(
        _("{path} is a signature of none of these files. Have each file signed.").format(path=path)
    )


def save(data: TypedData, path: Path) -> None:
    """Writes a message to a file to be signed; what a box is to hide, for its owner only.

    Args:
        data: the message.
        path: a new file.

    Raises:
        UsageError: when the file is there already.
        OSError: when it cannot be written.
    """
    check_new(path)
    write_json(path, data.to_json(), _mode(data))


def load(path: Path, acts: str | Collection[str], domain: Domain | None = None) -> TypedData:
    """Reads a message to be signed, from anybody.

    Args:
        path: the file.
        acts: which one it must be, or of which ones one: keys of `ACTS`.
        domain: of the ledger that it must be for; None where there is no chain to ask.

    Raises:
        UsageError: when the file cannot be read, or holds something else.
        TypedDataError: when it is not one of Terang's messages, or for another ledger.
    """
    content = read_file(path)
    known = (acts,) if isinstance(acts, str) else acts
    try:
        data = TypedData.from_json(json.loads(content), domain)
    except TypedDataError:
        raise
    except (ValueError, RecursionError) as error:
        raise _other(path, known) from error
    if data.primary_type not in known:
        raise _other(path, known)
    return data


def sign(data: TypedData, signer: Signer) -> Signature:
    """Signs a message; needs no chain.

    Raises:
        UsageError: when the message names another account.
        WalletError: when the wallet does not sign.
    """
    # a bid and a key's consent name who signs them
    account = data.message.get("account", data.message.get("key", signer.address))
    if account != signer.address:
        raise UsageError(
            _("This is to be signed by {account}, not by {other}. Use that wallet.").format(
                account=account, other=signer.address
            )
        )
    return Signature(signer.address, data.digest, signer.sign_typed(data))


def keep(signature: Signature, data: TypedData, file: Path) -> Path:
    """Writes a message's signature beside the file that was signed; returns where.

    A signature is as secret as its message: with its digest, a price or a vote is found by trying.

    Raises:
        OSError: when it cannot be written.
    """
    path = file.with_name(f"{file.stem}-{signature.account}.json")
    write_json(path, signature.document(), _mode(data))
    return path


def described(data: TypedData, currency: Currency | None = None) -> str:
    """Returns what a message says, field by field, for who is about to sign.

    Args:
        data: the message.
        currency: of its amounts; None where no chain is asked, and smallest units are shown.

    Raises:
        UsageError: when it says what nobody can know the meaning of.
    """
    message: dict[str, Any] = dict(data.message)
    if data.primary_type == "AcceptKey" and message["powers"] not in _POWERS:
        raise UsageError(
            _("{powers} are no powers that a key can have. Have the consent prepared anew.").format(
                powers=message["powers"]
            )
        )
    if data.primary_type == "CastBallot":
        return "\n".join(_ballot(data.domain, message))
    if data.primary_type == "AcceptKey":
        return "\n".join(_key(data.domain, message))
    if data.primary_type == "SubmitProposal":
        return "\n".join(_proposal(data.domain, message))
    lines = {"SignAgreement": _agreement, "SubmitBid": _bid}[data.primary_type]
    return "\n".join(lines(data.domain, message, currency))


def _agreement(domain: Domain, message: dict[str, Any], currency: Currency | None) -> list[str]:
    return [
        _("Agreement of tender {tender}, for {contract} on chain {chain}").format(
            tender=message["tenderId"], contract=domain.contract, chain=domain.chain_id
        ),
        _("Buyer: organisation {buyer}; supplier: organisation {supplier}").format(**message),
        _("Price: {price}, of the token {currency}").format(
            price=money(message["price"], currency), currency=message["currency"]
        ),
        _("Documents: {hash}").format(hash="0x" + message["documents"].hex()),
        _("Starts: {time}").format(time=when(message["startsAt"])),
        _("Paid to: {payee}; what is left returns to: {refundTo}").format(**message),
        _("Inspectors: {inspectors}; {approvals} must accept").format(
            inspectors=", ".join(message["inspectors"]), approvals=message["approvals"]
        ),
        *(
            _("Milestone {milestone}: {amount}, due {time}, deliverable {hash}").format(
                milestone=place,
                amount=money(each["amount"], currency),
                time=when(each["dueAt"]),
                hash="0x" + each["deliverable"].hex(),
            )
            for place, each in enumerate(message["milestones"], 1)
        ),
    ]


def _proposal(domain: Domain, message: dict[str, Any]) -> list[str]:
    return [
        _("Proposal of bid {nonce} for tender {tender}, for {contract} on chain {chain}").format(
            nonce=message["nonce"],
            tender=message["tenderId"],
            contract=domain.contract,
            chain=domain.chain_id,
        ),
        _("Bidder: {account}").format(account=message["account"]),
        _("Its price is in an envelope of its own."),
        _("Documents: {hash}").format(hash="0x" + message["documents"].hex()),
    ]


def _bid(domain: Domain, message: dict[str, Any], currency: Currency | None) -> list[str]:
    return [
        _("Bid {nonce} for tender {tender}, for {contract} on chain {chain}").format(
            nonce=message["nonce"],
            tender=message["tenderId"],
            contract=domain.contract,
            chain=domain.chain_id,
        ),
        _("Bidder: {account}").format(account=message["account"]),
        _("It withdraws what the organisation bid before.")
        if message["price"] == WITHDRAWN
        else _("Price: {price}").format(price=money(message["price"], currency)),
        _("Encrypted documents: {hash}; tender documents: version {version}").format(
            hash="0x" + message["documents"].hex(), version=message["version"]
        ),
    ]


def _ballot(domain: Domain, message: dict[str, Any]) -> list[str]:
    words = {mark: word for word, mark in MARKS.items()}
    return [
        _("Ballot of seat {seat} on tender {tender}, for {contract} on chain {chain}").format(
            seat=message["seat"],
            tender=message["tenderId"],
            contract=domain.contract,
            chain=domain.chain_id,
        ),
        _("Panel: {round}; marks in the order of opening: {marks}").format(
            round=message["round"] + 1,
            marks=", ".join(words.get(mark, str(mark)) for mark in message["marks"]),
        ),
        _("Reasons: {hash}").format(hash="0x" + message["reasons"].hex()),
    ]


def _key(domain: Domain, message: dict[str, Any]) -> list[str]:
    until, powers = message["until"], _POWERS[message["powers"]]
    return [
        _("Key of organisation {organisation}, for {contract} on chain {chain}").format(
            organisation=message["organisation"], contract=domain.contract, chain=domain.chain_id
        ),
        _("{account} may {powers}").format(account=message["key"], powers=_(powers)),
        _("From {time}").format(time=when(message["from"])),
        _("Without end") if until == EVER else _("Until {time}").format(time=when(until)),
    ]


def _mode(data: TypedData) -> int:
    """The permissions of a message's files."""
    return 0o600 if data.primary_type in _SEALED else 0o644


def _other(path: Path, acts: Collection[str]) -> UsageError:
    return UsageError(
        _("{path} is not a {act} to sign. Name the file that `prepare` wrote for it.").format(
            path=path, act=" / ".join(acts)
        )
    )
