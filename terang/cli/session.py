"""What a command works with: the ledger, the account, and the way it tells what came of it."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click
from click import get_current_context

from terang.cli.options import (
    Account,
    Place,
    account_options,
    json_option,
    outbox_option,
    place_options,
)
from terang.cli.program import emit, progress
from terang.errors import FAILED, USAGE, TerangError
from terang.i18n import _

if TYPE_CHECKING:
    from terang.chain.act import Act, Receipt
    from terang.chain.outbox import Outbox
    from terang.identity.signer import Signer
    from terang.ledger import Ledger
    from terang.ledger.opening import Opening
    from terang.replay.state import State, Tender

Command = Callable[..., Any]


@dataclass(frozen=True)
class Session:
    """One run of a command.

    Attributes:
        place: which ledger.
        account: who signs; nobody for a command that only reads.
        as_json: print one JSON document instead of sentences.
        dry_run: show what would be sent, and send nothing.
        outbox: folder of what was sent and is not known to be done.
        intent: tells this command line from others, so that it is not carried out twice after a
            receipt was lost.
    """

    place: Place
    account: Account
    as_json: bool
    dry_run: bool = False
    outbox: Path | None = None
    intent: str = ""

    @cached_property
    def ledger(self) -> "Ledger":
        """The ledger, connected and verified to have what its record says."""
        from terang.chain.compile import artifacts
        from terang.ledger import Ledger

        return Ledger.connect(self.place.url, self.place.record, artifacts(), self._outbox)

    @cached_property
    def _outbox(self) -> "Outbox | None":
        from terang.chain.outbox import Outbox

        return Outbox(self.outbox, progress) if self.outbox else None

    @cached_property
    def wallet(self) -> "Signer":
        """Who signs what is sent; in a dry run only its address."""
        return self.account.watch() if self.dry_run else self.signer

    @cached_property
    def signer(self) -> "Signer":
        """Who signs, also in a dry run: for messages that are signed and not sent."""
        return self.account.unlock()

    @cached_property
    def state(self) -> "State":
        """The ledger as its events tell it up to now."""
        from terang.replay.audit import read

        return read(self.ledger)

    @cached_property
    def opening(self) -> "Opening":
        """What openers do, and what anyone does after them, as the ledger stands."""
        from terang.ledger.opening import Opening

        return Opening(self.ledger, self.state)

    def tender(self, number: int) -> "Tender":
        """Returns a tender by its number.

        Raises:
            UsageError: when there is none.
        """
        from terang.ledger.facts import tender_at

        return tender_at(self.state, number)

    def filed(self, store: Path, path: Path) -> bytes:
        """Returns the keccak256 of a file, and keeps its content in the document store.

        Args:
            store: the store's folder; a dry run writes nothing there.
            path: the file.

        Raises:
            UsageError: when it cannot be read.
            StoreError: when the store cannot be written.
        """
        from terang.ledger.facts import filed

        return filed(store, path, keep=not self.dry_run)

    def carry_out(self, acts: "Sequence[Act]", sentence: str, **facts: Any) -> "list[Receipt]":
        """Sends acts and tells what came of them; in a dry run tells what would be sent.

        Args:
            acts: in their order.
            sentence: what is so now, translated, with names of `facts`, {block}, {transaction} and
                {gas} in braces.
            facts: for the sentence and the JSON document.

        Returns:
            the receipts; none in a dry run.
        """
        receipts = self.send(acts)
        if receipts:
            self.told(receipts, sentence, **facts)
        return receipts

    def send(self, acts: "Sequence[Act]") -> "list[Receipt]":
        """Sends acts and returns their receipts; in a dry run shows them, and returns none."""
        if self.dry_run:
            from terang.ledger.preview import preview

            previews = preview(self.ledger, acts)
            self.show(
                "\n\n".join(each.text() for each in previews),
                {"dryRun": [each.document() for each in previews]},
            )
            return []
        return self.ledger.send(acts, intent=self.intent)

    @property
    def is_under_way(self) -> bool:
        """Whether this command sent something when it ran before, and nobody learned its end."""
        return bool(self._outbox and self.intent and self._outbox.has(self.intent))

    def told_earlier(self) -> bool:
        """Tells the end of what this command sent when it ran before, and nobody learned of.

        Returns:
            whether there was such a thing, and it is done: then nothing is left to do.
        """
        if not self.account.is_named or not self._outbox or not self._outbox.has(self.intent):
            return False
        receipts = self.ledger.settle(self.intent, account=self.account.watch().address)
        if receipts:
            self.told(
                receipts,
                _("This was sent earlier, and is done in block {block} ({transaction})."),
                earlier=True,
            )
        return bool(receipts)

    def told(self, receipts: "Sequence[Receipt]", sentence: str, **facts: Any) -> None:
        """Tells what came of acts that were sent; the last receipt counts for {transaction}."""
        last = receipts[-1]
        facts |= {
            "block": last.block,
            "transaction": "0x" + last.transaction.hex(),
            "gas": sum(each.gas_used for each in receipts),
        }
        self.show(sentence.format(**facts), facts)

    def show(self, text: str, document: Any) -> None:
        """Prints the text, or with --json the document."""
        if self.as_json:
            emit(document)
        else:
            click.echo(text)


def reading(command: Command) -> Command:
    """Makes a command that reads the ledger; it gets its `session`."""

    @wraps(command)
    def run(place: Place, as_json: bool, **others: Any) -> Any:
        return command(session=Session(place, Account(), as_json), **others)

    return place_options(json_option(run))


def acting(command: Command) -> Command:
    """Makes a command that sends something; it gets its `session`."""

    @wraps(command)
    def run(
        place: Place, account: Account, dry_run: bool, outbox: Path, as_json: bool, **others: Any
    ) -> Any:
        intent = "" if dry_run else _intent()
        session = Session(place, account, as_json, dry_run, outbox, intent)
        try:
            return command(session=session, **others)
        except TerangError as refusal:
            # what was done is often refused a second time, before the sender can look it up
            if refusal.exit_code not in (FAILED, USAGE) or not session.told_earlier():
                raise
            return None

    return place_options(account_options(_dry_run(outbox_option(json_option(run)))))


_dry_run = click.option(
    "--dry-run", is_flag=True, help="Show the call, its gas and effect; send nothing."
)


def hashed(data: bytes) -> str:
    """Returns bytes as people and JSON have them: 0x and hexadecimal digits."""
    return "0x" + data.hex()


_NO_WISH = frozenset(
    {"url", "network", "records", "record", "store", "keystore", "account", "outbox"}
    | {"as_json", "dry_run", "password_file", "seed_password_file"}
)
"""Parameters that do not count: over which node, by which key file, or how it is shown. Of which
chain, ledger and account something is, its transactions say themselves."""


def _intent() -> str:
    """Tells this command line from others: its words, and what the files hold that it names.

    Another spelling of the same wish must find what is under way: it would be done twice.
    """
    context = get_current_context()
    words = sorted((k, _said(v)) for k, v in context.params.items() if k not in _NO_WISH)
    return hashlib.sha256(repr((context.command_path, words)).encode()).hexdigest()


def _said(value: Any) -> str:
    """A parameter's value; of a file only what it holds, since it may have several names."""
    if isinstance(value, tuple):
        return repr([_said(each) for each in value])
    if isinstance(value, Path):
        with suppress(OSError):  # the command will say what is wrong with it
            if value.is_file():
                return hashlib.sha256(value.read_bytes()).hexdigest()
            return str(value.resolve())
    return str(value)
