"""The example that learns a policy: it treats those whom treating helps by more than it costs."""

from learn_policy import learn


def test_whom_to_treat() -> None:
    found = learn(steps=80, draws=2_000)
    assert found.treated[0] < 0.3 < 0.7 < found.treated[4]
    assert found.after > found.before + 0.02
