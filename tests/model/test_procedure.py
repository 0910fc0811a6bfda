"""The contracts and a plain model of the procedure never disagree, whatever anybody tries.

A hypothesis machine does random acts of all roles in both, 60 to a run; then a stranger alone
brings every tender to its end. `TERANG_MODEL_RUNS=N` makes N runs that differ each time.
"""

import os
from random import Random, SystemRandom

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from terang.chain.compile import Artifacts

from .acts import Acts
from .course import Course
from .driving import Counts, Idle
from .facts import TERMINAL
from .state import compare_all, same
from .world import World

WANTED = os.environ.get("TERANG_MODEL_RUNS")
RUNS = int(WANTED or 200)
STEPS = 60
PARTS = 2  # so that two cores share the runs
COVERING = 100  # runs after which every kind of act should have been accepted

# How often each kind of act is tried, out of their sum; idle: what is due is done.
WEIGHTS = {
    "idle": 30,
    "wait": 8,
    "set_rules": 1,
    "repeal": 1,
    "suspend": 4,
    "remove_seat": 1,
    "change_account": 1,
    "publish": 2,
    "amend": 2,
    "cancel": 1,
    "enquire": 2,
    "answer": 3,
    "seal_bid": 8,
    "deposit": 2,
    "give_notice": 3,
    "withdraw": 1,
    "guarantee": 2,
    "settle": 1,
    "collect": 1,
    "flood": 1,
    "seal_ballot": 3,
    "ballots": 2,
    "release": 2,
    "open": 4,
    "draw": 2,
    "recuse": 2,
    "rank": 3,
    "flag": 3,
    "finalise": 2,
    "pass_over": 1,
    "accept": 2,
    "sign": 2,
    "complain": 3,
    "vote": 2,
    "votes": 2,
    "decide": 2,
    "pay_deposit": 2,
}
KINDS = [kind for kind, weight in WEIGHTS.items() for _ in range(weight)]
LUCK = st.integers(0, 2**20)


def machine(world: World, counts: Counts) -> type[RuleBasedStateMachine]:
    """The machine that drives one world, run after run."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.acts = Acts(world, counts)
            self.course = Course(self.acts)
            self.random = Random(0)
            self.agreed = False

        @initialize(luck=LUCK)
        def begin(self, luck: int) -> None:
            self.acts.begin(self.next(luck))
            self.agreed = True

        @rule(kind=st.sampled_from(KINDS), luck=LUCK)
        def act(self, kind: str, luck: int) -> None:
            self.agreed = False
            random = self.next(luck)
            try:
                getattr(self.acts, kind)(random)
            except Idle:
                self.course.further(random)
            self.acts.compare()
            self.agreed = True

        def next(self, luck: int) -> Random:
            """Luck of all steps up to this: hypothesis likes to repeat, and should not in vain."""
            self.random = Random(self.random.getrandbits(64) + luck)
            return self.random

        def teardown(self) -> None:
            if not self.agreed:
                return  # it failed: what follows would hide why
            model = self.acts.model
            self.course.drain(
                openers=self.random.random() < 0.5, drawers=self.random.random() < 0.5
            )
            compare_all(world, model)
            for id_ in model.tenders:
                phase, failure = model.standing(id_)
                assert phase in TERMINAL
                counts.ends[phase, failure] += 1
            for complaint in model.complaints.values():
                counts.rulings[complaint.status, complaint.ruling] += 1
            same("deposits left", model.money["reviews"], 0)
            behind = sum(each.money for each in model.locks.values())
            same("securities but behind agreements", model.money["securities"], behind)

    return Machine


@pytest.mark.parametrize("part", range(PARTS))
def test_contracts_and_model_never_disagree(artifacts: Artifacts, part: int) -> None:
    counts = Counts()
    random = SystemRandom().getrandbits(32) if WANTED else part
    runs = -(-RUNS // PARTS)
    run_state_machine_as_test(
        seed(random)(machine(World(artifacts), counts)),
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            # a run takes half a second: a shorter story of a failure is for whoever looks for it
            phases=[Phase.generate, Phase.shrink] if WANTED else [Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(counts)
    if runs >= COVERING:
        missing = counts.missing()
        assert not missing, f"never came about in {runs} runs: {missing}"
