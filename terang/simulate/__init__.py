"""History under a profile: which real processes would have broken its rules.

dates     a published date, and how exactly it is known
facts     what one OCDS release says of a process that a rule can be held to
prices    what it says of one lot's bids, price and estimate
verdict   checks, verdicts, and why something can not be judged
judge     facts and a profile → findings
tally     findings counted, rule by rule
run       a file, judged process by process
report    what was found, as text, JSON and CSV
chart     the counts as a picture

Everything here is judged by published facts alone, off chain.
"""

from terang.simulate.run import Simulation, simulate

__all__ = ["Simulation", "simulate"]
