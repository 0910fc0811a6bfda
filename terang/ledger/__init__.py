"""The client of the ledger: one class per noun, whose methods make acts.

plan.py          which contracts a ledger consists of
ledger.py        `Ledger`: connects, sends, holds the nouns
participants.py  organisations, licences, seats      keys.py        opening keys
tenders.py       tenders and bids                    awards.py      panels, ballots, awards
agreements.py    signed contracts                    escrow.py      money
"""

from terang.ledger.ledger import Ledger

__all__ = ["Ledger"]
