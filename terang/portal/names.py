"""What a page shows that is not on chain, and the verdict of the replay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from terang.ledger.plan import Currency
from terang.replay.compare import Difference


@dataclass(frozen=True, slots=True)
class Words:
    """What is known about a tender off chain, in one language.

    Attributes:
        title: of the process, as the buyer wrote it.
        lot_title: of the lot; empty if it has none.
        published_winner: who the buyer's publication names as winner; None if nobody.
        agrees: whether that is the ledger's winner; None where no award is published.
        why: why they differ, or how the published value differs; empty if there is nothing.
        reason: what the publication says of an end before payment; empty if nothing.
        assumed: what was supposed where the publication says nothing, one sentence each.
        estimate: the owner's estimate as published where it limits no bid, in the smallest unit;
            None if it does or if none is published.
    """

    title: str = ""
    lot_title: str = ""
    published_winner: str | None = None
    agrees: bool | None = None
    why: str = ""
    reason: str = ""
    assumed: Sequence[str] = ()
    estimate: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The words beside a ledger, in one language. What has no name is shown by its number.

    Attributes:
        chain: name of the chain.
        check: what comes before the command that replays a ledger, ending with a colon.
        about: what a reader must know of this ledger before the rest, for example that it is a
            trial; empty if nothing.
        organisations: names of buyers and suppliers, by organisation.
        seats: names of the consortium's members, by seat.
        tenders: by tender.
        currencies: by the token's address.
    """

    chain: str
    check: str
    about: str = ""
    organisations: Mapping[int, str] = field(default_factory=dict)
    seats: Mapping[int, str] = field(default_factory=dict)
    tenders: Mapping[int, Words] = field(default_factory=dict)
    currencies: Mapping[str, Currency] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the replay found.

    Attributes:
        block: number of the block at which storage was compared.
        time: of that block, UTC-aware.
        events: how many were folded.
        differences: what is not as it should be; empty when all is equal.
    """

    block: int
    time: datetime
    events: int
    differences: Sequence[Difference] = ()
