"""The Open Contracting Data Standard, read: files of releases become plans of tenders.

read.py     documents from a file         parties.py  organisations, records, salted hashes
fields.py   access to hostile documents   bids.py     offers and what their status means
money.py    exact amounts                 awards.py   published awards
lots.py     process → plans, skipped      compare.py  chain's winner against the award
model.py    the plans                     checks.py   warnings and published dates
"""

from pathlib import Path

from terang.ocds.compare import cheapest, explain
from terang.ocds.lots import plan_process, read_plans
from terang.ocds.model import (
    WITHDRAWN_PRICE,
    Award,
    BidPlan,
    LotPlan,
    Party,
    ProcessPlan,
    Skipped,
)
from terang.ocds.money import AmountError
from terang.ocds.parties import RecordStoreError, party_record, record_hash, write_records
from terang.ocds.read import OcdsFileError

SAMPLE = Path(__file__).parent / "samples" / "sample.jsonl"
"""The small sample that the demonstration runs when no file is given; every name is fictional."""

__all__ = [
    "SAMPLE",
    "WITHDRAWN_PRICE",
    "AmountError",
    "Award",
    "BidPlan",
    "LotPlan",
    "OcdsFileError",
    "Party",
    "ProcessPlan",
    "RecordStoreError",
    "Skipped",
    "cheapest",
    "explain",
    "party_record",
    "plan_process",
    "read_plans",
    "record_hash",
    "write_records",
]
