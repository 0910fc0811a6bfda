"""What stands behind bids: what the commands of securities do, and how it shows."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from terang.chain.act import Act
from terang.errors import UsageError
from terang.i18n import _
from terang.i18n.show import iso, money, when
from terang.identity.signer import Signer
from terang.ledger.desk import smallest_units
from terang.replay.state import SecurityAccount

if TYPE_CHECKING:
    from terang.ledger.ledger import Ledger
    from terang.replay.state import State


def own_organisation(state: "State", account: str) -> int:
    """Returns the organisation that an account serves.

    Raises:
        UsageError: when it serves none.
    """
    key = state.keys.get(account)
    if key is None:
        raise UsageError(
            _("{account} serves no organisation. Name one by --organisation.").format(
                account=account
            )
        )
    return key.organisation


def depositing(
    ledger: "Ledger", payer: Signer, organisation: int, currency: str, amount: Decimal
) -> list[Act]:
    """Returns the acts that pay into an account: the allowance, then the deposit.

    Args:
        ledger: where.
        payer: whose money it is.
        organisation: into whose account.
        currency: ISO 4217 code.
        amount: in the currency.

    Raises:
        UsageError: when the ledger has no token of the currency, or it has fewer decimals.
    """
    token, securities = ledger.token(currency), ledger.securities
    units, address = smallest_units(amount, token.decimals()), token.contract.address
    return [
        token.approve(payer, securities.contract.address, units),
        securities.deposit(payer, organisation, address, units),
    ]


def settling(
    ledger: "Ledger", state: "State", sender: Signer, tender: int, organisation: int
) -> list[Act]:
    """Returns the acts that free an organisation of a tender: of its bid, and of what it set aside.

    Where neither binds it, the first: the contract tells why nothing is to be done.
    """
    securities, lock = ledger.securities, state.locks.get(tender)
    held = lock is not None and lock.organisation == organisation
    held = held and state.tenders[tender].agreement is None
    acts = [securities.give_back(sender, tender)] if held else []
    if state.backings.get((tender, organisation)) or not held:
        acts.insert(0, securities.settle(sender, tender, organisation))
    return acts


def lack(ledger: "Ledger", account: str, tender: int) -> str:
    """Returns what lacks behind a bid of an account's organisation, as a warning; "" for nothing.

    Judged as if the tender closed with what stands behind it now.

    Args:
        ledger: where.
        account: the bidder's.
        tender: its number.

    Raises:
        ChainUnreachable: when the node does not answer.
    """
    chain, tenders = ledger.chain, ledger.tenders.contract
    needed = int(chain.view(tenders, "securityOf", tender))
    if not needed:
        return ""
    token = str(chain.view(tenders, "tenderOf", tender)["currency"])
    closes_at = int(chain.view(tenders, "closesAt", tender))
    key = chain.view(ledger.participants.contract, "keyOf", account)
    covered = ledger.securities.cover_at(int(key["organisation"]), token, closes_at)
    if covered >= needed:
        return ""
    unit = ledger.currency_at(token)
    return _(
        "Bids for tender {tender} need {needed} behind them when it closes; {covered} stands "
        "behind this one, and it would not count. Pay in by `security deposit`, or have a "
        "guarantor stand for it, before {time}."
    ).format(
        tender=tender,
        needed=money(needed, unit),
        covered=money(covered, unit),
        time=when(closes_at),
    )


def shown(
    ledger: "Ledger", state: "State", organisation: int, currency: str
) -> tuple[str, dict[str, Any]]:
    """Returns the account of an organisation in a currency, as text and as JSON.

    Raises:
        UsageError: when the ledger has no token of the currency.
    """
    token = ledger.token(currency).contract.address
    unit = ledger.currency_at(token)
    whose = (organisation, token)
    found = state.securities.get(whose, SecurityAccount())
    bound = [
        tender for (tender, of), running in state.backings.items() if of == organisation and running
    ]
    locks = {n: each for n, each in state.locks.items() if (each.organisation, each.token) == whose}
    lines = [
        _("Organisation {organisation}: {amount} in its account").format(
            organisation=organisation, amount=money(found.balance, unit)
        )
    ]
    if found.noticed:
        lines.append(
            _("Under notice: {amount}, until {time}").format(
                amount=money(found.noticed, unit), time=when(found.notice_ends_at)
            )
        )
    lines += [
        _("Guarantee of {guarantor}: {amount}, from {since} until {until}").format(
            guarantor=each.guarantor,
            amount=money(each.amount, unit),
            since=when(each.since),
            until=when(each.until),
        )
        for each in found.guarantees
    ]
    if bound:
        lines.append(
            _(
                "Its bids are backed in tenders {tenders}; nothing leaves before they are settled"
            ).format(tenders=", ".join(map(str, bound)))
        )
    lines += [
        _(
            "Behind the agreement of tender {tender}: {money}, and {pledged} owed by guarantors"
        ).format(tender=n, money=money(each.money, unit), pledged=money(each.pledged, unit))
        for n, each in locks.items()
    ]
    return "\n".join(lines), {
        "organisation": organisation,
        "currency": currency,
        "token": token,
        "balance": found.balance,
        "noticed": found.noticed,
        "noticeEndsAt": iso(found.notice_ends_at) if found.noticed else None,
        "pledged": found.pledged,
        "guarantees": [
            {
                "guarantor": each.guarantor,
                "amount": each.amount,
                "since": iso(each.since),
                "until": iso(each.until),
                "document": "0x" + each.document.hex(),
            }
            for each in found.guarantees
        ],
        "backing": bound,
        "agreements": [
            {"tender": n, "money": each.money, "pledged": each.pledged} for n, each in locks.items()
        ],
    }
