"""The contracts and a plain model of the procedure never disagree, whatever anybody tries."""

import os
from collections import Counter
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from terang.chain.compile import Artifacts

from .acts import Acts
from .course import Course
from .driving import Idle
from .state import compare_all
from .world import World

RUNS = int(os.environ.get("TERANG_MODEL_RUNS", "200"))
STEPS = 60

# How often each kind of act is tried, out of their sum.
WEIGHTS = {
    "idle": 30,
    "wait": 8,
    "set_rules": 1,
    "repeal": 1,
    "suspend": 1,
    "remove_seat": 1,
    "change_account": 1,
    "publish": 2,
    "amend": 1,
    "cancel": 1,
    "enquire": 2,
    "answer": 2,
    "seal_bid": 8,
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


def machine(world: World, done: Counter[tuple[str, str]], voids: Counter[str]) -> Any:
    """The machine that drives one world, run after run."""

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.acts = Acts(world, done, voids)
            self.course = Course(self.acts)
            self.steps = 0

        @initialize(seed=st.integers(0, 2**20))
        def begin(self, seed: int) -> None:
            luck = Random(seed)
            self.acts.begin(luck)

        @rule(kind=st.sampled_from(KINDS), seed=st.integers(0, 2**20))
        def act(self, kind: str, seed: int) -> None:
            self.steps += 1
            luck = Random(seed * STEPS + self.steps)
            try:
                getattr(self.acts, kind)(luck)
            except Idle:
                self.course.further(luck)
            self.acts.compare()

        def teardown(self) -> None:
            model = self.acts.model
            if not model.tenders:
                return
            luck = Random(len(model.tenders) + len(done))
            self.course.drain(luck, openers=luck.random() < 0.5)
            compare_all(world, model)
            assert model.money["reviews"] == 0

    return Machine


def test_contracts_and_model_never_disagree(artifacts: Artifacts) -> None:
    done: Counter[tuple[str, str]] = Counter()
    voids: Counter[str] = Counter()
    run_state_machine_as_test(
        machine(World(artifacts), done, voids),
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="TERANG_MODEL_RUNS" not in os.environ,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    report(done, voids)


def report(done, voids):
    kinds = sorted({kind for kind, _ in done})
    for kind in kinds:
        ok = done[kind, ""]
        no = {e: n for (k, e), n in done.items() if k == kind and e}
        print(f"{kind:15} {ok:6} accepted {sum(no.values()):6} refused {no}")
    print(voids)
