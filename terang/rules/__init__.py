"""Rules of procurement: what the law sets, profiles of countries, and their calendars.

rule       Rule: what `Rules.sol` keeps for one category and method, and its bounds
figures    periods and percentages as people write them
reading    a profile's file, checked as a whole
profile    Profile: what a country's law sets, with the source of every figure
calendar   dates that keep to a profile, in working days and without holidays
"""

from terang.rules.profile import Profile, ProfileError, load, names
from terang.rules.rule import Key, Rule

__all__ = ["Key", "Profile", "ProfileError", "Rule", "load", "names"]
