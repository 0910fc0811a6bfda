"""Transactions: signed here, sent in bulk, each one's receipt checked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from terang.chain import answers
from terang.chain.act import Act, Receipt, Wallet
from terang.chain.answers import BadAnswer
from terang.chain.connection import Chain, RpcError
from terang.chain.delivery import Delivery, Place, transaction_of
from terang.chain.fees import Fees
from terang.chain.outbox import Entry, Outbox, OutboxError, Sent, key_of
from terang.chain.reverts import Reverted
from terang.chain.underway import UnderWay, sign
from terang.chain.why import why
from terang.i18n import _

_GAS_MARGIN = (5, 4)  # an estimate is of the state before; another's act may come between


class Sender:
    """Sends acts over one chain.

    Args:
        chain: where to.
        outbox: keeps what is under way, so that it is not sent twice after a process was killed;
            None to keep it in memory only.
        timeout: seconds within which a chain that mines by itself must include them.
        repeatable: whether to have an act done twice does no harm. Only then is an act forgotten
            whose number is used and whose receipt the node does not show: it may hide it.
    """

    def __init__(
        self,
        chain: Chain,
        outbox: Outbox | None = None,
        *,
        timeout: float = 180.0,
        repeatable: bool = False,
    ) -> None:
        self._chain = chain
        self._outbox, self._repeatable = outbox, repeatable
        self._delivery = Delivery(chain, timeout)
        self._used: set[Place] = set()  # of which a receipt was seen

    def send(
        self, acts: Sequence[Act], *, allow_revert: bool = False, intent: str = ""
    ) -> list[Receipt]:
        """Signs, sends and waits for all of `acts`.

        The acts of one wallet are carried out in their order; between wallets the node chooses.
        Each hash is known before anything is sent, so what is sent again after a lost answer is
        the same transaction, never a second.

        Args:
            acts: in the order wanted; several at once must each name their gas limit.
            allow_revert: return a refused act's receipt with its `revert` instead of raising. Such
                an act must name its gas limit: what fails at the estimate is not sent.
            intent: the same for the same wish, such as a digest of the command line. With an
                outbox, acts that were sent for it earlier, and whose end nobody learned, are
                followed to their end in place of sending them again. Other acts of the same
                accounts that are under way are settled first. "" keeps nothing.

        Returns:
            the receipts, in the order of `acts`.

        Raises:
            Reverted: when a contract refuses one; the others may have been carried out.
            TooDear: when the node asks an absurd fee.
            NotIncluded: when the chain does not include them in time.
            RpcError: when the node refuses one.
            ChainUnreachable: when the node cannot be reached.
            OutboxError: when the outbox cannot be used, or the node refuses what is in it.
        """
        if not acts:
            return []
        if self._outbox is None or not intent:
            since = self._chain.head().number
            way = UnderWay(self._sign(acts), since, _wallets(acts))
            receipts = self._receipts_of(way, self._delivery.carry_out(way))
        else:
            with self._outbox.alone(_wallets(acts)):
                receipts = self._once(self._outbox, acts, intent)
        return receipts if allow_revert else _carried_out(receipts)

    def try_out(self, act: Act) -> None:
        """Has the node carry an act out on the newest block without sending it.

        Raises:
            Reverted: when the contract refuses.
        """
        self._chain.rpc_or_revert("eth_call", _request(act), "latest", label=act.label)

    def settle(
        self,
        intent: str,
        wallets: Sequence[Wallet] = (),
        which: Callable[[Entry], bool] = lambda _entry: True,
    ) -> list[Receipt]:
        """Follows what was sent earlier for an intent to its end, and sends nothing else.

        For a wish that can not be made into acts any more, since they have been carried out.

        Args:
            intent: as for `send`.
            wallets: who can sign what no block takes again, at a higher fee.
            which: tells what of it counts, such as only what one account sent.

        Returns:
            the receipts of what the outbox had of it.

        Raises:
            Reverted: when a contract refused one; the others may have been carried out.
            NotIncluded: when the chain does not include them in time.
            ChainUnreachable: when the node cannot be reached.
            OutboxError: when the outbox cannot be used, or the node refuses what is in it.
        """
        outbox, chain = self._outbox, self._chain
        if outbox is None or not outbox.has(intent):
            return []

        def wanted(entry: Entry) -> bool:
            return entry.is_for(intent) and which(entry)

        entries = filter(wanted, outbox.entries(chain.chain_id, chain.genesis()))
        accounts = {sent.account for entry in entries for sent in entry.sent}
        if not accounts:
            return []
        with outbox.alone(accounts):
            own = {each.address: each for each in wallets}
            settled, _refused = self._settle_all(outbox, accounts, own, intent, wanted)
        return _carried_out([each for _key, receipts in settled for each in receipts])

    def _settle_all(
        self,
        outbox: Outbox,
        accounts: Iterable[str],
        wallets: Mapping[str, Wallet],
        intent: str,
        wanted: Callable[[Entry], bool] = lambda _entry: True,
    ) -> tuple[list[tuple[str, list[Receipt]]], list[Entry]]:
        """Follows what some accounts sent earlier to its end, and forgets it.

        Returns:
            the receipts of each by its key; and what was refused, and can still happen.
        """
        ended: list[tuple[Entry, list[Receipt]]] = []
        refused: list[Entry] = []
        entries = outbox.entries(self._chain.chain_id, self._chain.genesis(), accounts)
        # what was refused last: one of the others may have used its number
        for entry in sorted(entries, key=lambda each: each.refused):
            left = self._possible(outbox, entry) if entry.refused else entry
            if left is None or not wanted(left):
                continue
            receipts = self._settle(outbox, left, wallets, intent)
            if receipts is None:
                refused.append(left)
            else:
                ended.append((left, receipts))
        for entry, _receipts in ended:
            outbox.forget(entry)
        return [(entry.key, receipts) for entry, receipts in ended], refused

    def _once(self, outbox: Outbox, acts: Sequence[Act], intent: str) -> list[Receipt]:
        """Carries out `acts`, except what is under way for the same intent already."""
        chain, wallets = self._chain, _wallets(acts)
        genesis = chain.genesis()
        key = key_of(intent, [(each.wallet.address, each.to, each.data) for each in acts])
        settled, refused = self._settle_all(outbox, wallets, wallets, intent)
        for known, receipts in settled:
            if known == key and receipts:
                return receipts
        since = chain.head().number
        sent = self._sign(acts, [each for entry in refused for each in entry.sent])
        for entry in refused:
            if entry.key == key:  # of the same acts, whatever the node said of them
                sent = _beside(entry, sent)
        entry = outbox.entry(chain.chain_id, genesis, key, sent, since)

        def keep(sent: Sequence[Sent], since: int) -> None:
            outbox.keep(replace(entry, sent=tuple(sent), since=since))

        way = UnderWay(sent, since, wallets, keep)
        keep(sent, since)
        try:
            found = self._delivery.carry_out(way)
        except (RpcError, Reverted):
            left = self._known(way.sent)
            if self._repeatable:
                self._keep_only(outbox, entry, left)
            elif not left:  # if it is true
                outbox.keep(replace(entry, sent=tuple(way.sent), refused=True))
            raise
        receipts = self._receipts_of(way, found)
        for each in refused:  # while what used their numbers is still written down
            if each.key != key:
                self._possible(outbox, each)
        outbox.forget(entry)
        return receipts

    def _known(self, sent: Sequence[Sent]) -> list[Sent]:
        """Returns those of which the node knows a version: they may be carried out."""
        lost = {each.place for each in self._delivery.unknown(sent)}
        return [each for each in sent if each.place not in lost]

    @staticmethod
    def _keep_only(outbox: Outbox, entry: Entry, sent: Sequence[Sent]) -> None:
        if sent:
            outbox.keep(replace(entry, sent=tuple(sent)))
        else:
            outbox.forget(entry)

    def _possible(self, outbox: Outbox, entry: Entry) -> Entry | None:
        """Keeps what was refused, but for acts whose number another of ours has used.

        Returns:
            what is left of it; None when that is nothing.
        """
        left = tuple(each for each in entry.sent if each.place not in self._used)
        if not left:
            outbox.forget(entry)
            return None
        if left != entry.sent:
            entry = replace(entry, sent=left)
            outbox.keep(entry)
        return entry

    def _settle(
        self, outbox: Outbox, entry: Entry, wallets: Mapping[str, Wallet], intent: str
    ) -> list[Receipt] | None:
        """Follows an earlier sending to its end.

        Only what was sent for the same intent is given up; a folder may have others' too.

        Returns:
            the receipts; none when it was given up, since to do it again does no harm; None when
            it was refused, and nothing shows that this was not true.
        """
        repeatable = self._repeatable and entry.is_for(intent)
        used = self._chain.nonces(list({each.account: None for each in entry.sent}), "latest")
        # Asked for after the nonces: one used by then, without this receipt, is another's.
        found = self._delivery.receipts(entry.sent)
        unused = [each.fields.nonce >= used[each.account] for each in entry.sent]
        if entry.refused and not found and all(unused):
            return None
        for sent, free in zip(entry.sent, unused, strict=True):
            transaction = "0x" + sent.hashes[-1].hex()
            if sent.place not in found and not free:
                if repeatable:
                    return []
                # signing it anew would do it twice, should the node be hiding a receipt
                raise OutboxError(
                    _(
                        "{label} ({transaction}) was sent earlier. Its account has gone on, and "
                        "the node shows no receipt of it: another transaction took its place, or "
                        "the node hides it. Look that hash up elsewhere; if it never happened, "
                        "remove {path}, then repeat."
                    ).format(
                        label=sent.label,
                        transaction=", ".join("0x" + each.hex() for each in sent.hashes),
                        path=entry.path,
                    )
                )
            outbox.progress(
                _("Following what was sent earlier: {label} ({transaction}).").format(
                    label=sent.label, transaction=transaction
                )
            )

        def keep(sent: Sequence[Sent], since: int) -> None:
            whole = {each.place: each for each in entry.sent} | {each.place: each for each in sent}
            outbox.keep(replace(entry, sent=tuple(whole.values()), since=since, refused=False))

        waiting = [each for each in entry.sent if each.place not in found]
        way = UnderWay(waiting, entry.since, wallets, keep)
        try:
            if waiting:
                found |= self._delivery.carry_out(way, again=True)
        except (RpcError, Reverted, OutboxError) as error:
            if repeatable and isinstance(error, OutboxError):
                return []
            if repeatable:  # only what is lost is given up: the rest would be done beside the new
                if not (left := self._known(way.sent)):
                    return []
                self._keep_only(outbox, entry, left)
                raise
            if isinstance(error, OutboxError):
                raise
            raise OutboxError(
                _(
                    "What was sent earlier is refused now. {reason} Then repeat; "
                    "if the chain can never take it, remove {path}."
                ).format(reason=error, path=entry.path)
            ) from error
        newest = {each.place: each for each in way.sent}
        return [
            self._receipt(newest.get(each.place, each), found[each.place]) for each in entry.sent
        ]

    def _sign(self, acts: Sequence[Act], refused: Sequence[Sent] = ()) -> list[Sent]:
        """Signs acts, for numbers that their accounts have not used.

        Args:
            acts: in their order.
            refused: what a node said to have refused. Their numbers are used again, so that
                whatever was signed for them can not be included beside the acts.
        """
        chain = self._chain
        nonces = self._delivery.free([act.wallet.address for act in acts])
        for each in refused:
            if each.account in nonces:
                nonces[each.account] = min(nonces[each.account], each.fields.nonce)
        fees = Fees.now(chain)
        signed = []
        for act in acts:
            sender = act.wallet.address
            gas = self._estimate(act, alone=len(acts) == 1) if act.gas is None else act.gas
            fees.check(gas, act.label)
            raw = sign(act.wallet, chain.chain_id, nonces[sender], fees, gas, act.to, act.data)
            nonces[sender] += 1
            signed.append(Sent(sender, (raw,), act.label))
        return signed

    def _estimate(self, act: Act, *, alone: bool) -> int:
        if not alone:
            raise ValueError(f"{act.label or 'an act'} of several needs a gas limit")
        estimate = self._chain.rpc_or_revert("eth_estimateGas", _request(act), label=act.label)
        over, under = _GAS_MARGIN
        return answers.quantity(estimate, "gas") * over // under

    def _receipts_of(self, way: UnderWay, found: Mapping[Place, Any]) -> list[Receipt]:
        return [self._receipt(each, found[each.place]) for each in way.sent]

    def _receipt(self, sent: Sent, value: Any) -> Receipt:
        entry = answers.fields(value, "a receipt")
        transaction, said = transaction_of(value), sent.fields
        if transaction not in sent.hashes:
            raise BadAnswer("a receipt")
        self._used.add(sent.place)
        number = answers.quantity(entry["blockNumber"], "a receipt's block")
        used = answers.quantity(entry["gasUsed"], "a receipt's gas")
        created = entry["contractAddress"]
        carried_out = answers.quantity(entry["status"], "a receipt's status") == 1
        return Receipt(
            transaction=transaction,
            block=number,
            gas_used=used,
            contract=answers.address(created, "a new contract") if created else None,
            logs=tuple(
                answers.log(each) for each in answers.entries(entry["logs"], "a receipt's logs")
            ),
            revert=None
            if carried_out
            else why(
                self._chain,
                _call(sent.account, said.to, said.data, said.gas),
                block=number,
                used=used,
                label=sent.label,
            ),
        )


def _carried_out(receipts: list[Receipt]) -> list[Receipt]:
    """Returns the receipts; raises the first refusal among them."""
    for receipt in receipts:
        if receipt.revert is not None:
            raise receipt.revert
    return receipts


def _wallets(acts: Sequence[Act]) -> dict[str, Wallet]:
    return {each.wallet.address: each.wallet for each in acts}


def _beside(entry: Entry, sent: Sequence[Sent]) -> list[Sent]:
    """Puts what was refused earlier, and signed for the same numbers, before the new versions."""
    earlier = {each.place: each.versions for each in entry.sent}
    if earlier.keys() != {each.place for each in sent}:
        raise OutboxError(
            _(
                "A part of {label} may have been done since a node refused it. Look on the chain "
                "what it did, then remove {path}."
            ).format(label=entry.sent[0].label, path=entry.path)
        )
    return [each._replace(versions=(*earlier[each.place], *each.versions)) for each in sent]


def _request(act: Act) -> dict[str, str]:
    return _call(act.wallet.address, act.to, act.data)


def _call(account: str, to: str | None, data: bytes, gas: int | None = None) -> dict[str, str]:
    request = {"from": account, "data": "0x" + data.hex()}
    if to is not None:
        request["to"] = to
    if gas is not None:
        request["gas"] = hex(gas)
    return request
