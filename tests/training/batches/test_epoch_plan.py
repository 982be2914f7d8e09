import numpy as np
import pytest

from training.batches.epoch_plan import EpochPlan, fit_last_batch


def test_replicas_take_equal_parts_of_a_step():
    plan = EpochPlan(20, np.array([64, 32, 64]), np.array([2, 4, 2]), num_replicas=3)
    np.testing.assert_array_equal(plan.starts, [0, 6, 18, 24])
    np.testing.assert_array_equal(plan.positions(1), np.arange(6, 18))
    np.testing.assert_array_equal([plan.positions(1, replica) for replica in range(3)], np.arange(6, 18).reshape(3, 4))


def test_positions_past_the_end_are_the_first_samples():
    plan = EpochPlan(20, np.array([64, 32, 64]), np.array([2, 4, 2]), num_replicas=3)
    order = np.random.default_rng(0).permutation(20)
    np.testing.assert_array_equal(plan.indices(2, order), order[[18, 19, 0, 1, 2, 3]])
    np.testing.assert_array_equal(plan.indices(2, order, replica=1), order[[0, 1]])


@pytest.mark.parametrize(
    ("last_batch", "num_samples", "expected"),
    [
        *(("pad", 12, [4, 8]), ("drop", 12, [4, 8]), ("partial", 12, [4, 8])),
        *(("pad", 14, [4, 8, 4]), ("drop", 14, [4, 8]), ("partial", 14, [4, 8, 2])),
        *(("pad", 3, [4]), ("partial", 3, [3])),
    ],
)
def test_last_batch(last_batch, num_samples, expected):
    fitted = fit_last_batch(np.array([4, 8, 4, 4]), num_samples, 1, last_batch)
    np.testing.assert_array_equal(fitted, expected)


def test_nothing_left():
    with pytest.raises(ValueError, match="leaves nothing .* Received: 3 samples, first batch 4"):
        fit_last_batch(np.array([2]), 3, 2, "drop")


def test_partial_is_for_one_replica():
    with pytest.raises(ValueError, match="`last_batch='partial'` is for one replica.*num_replicas=2"):
        fit_last_batch(np.array([2, 2]), 3, 2, "partial")
