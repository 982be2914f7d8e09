import numpy as np

from training.batches.fixed_size_sampler import FixedSizeSampler


def test_plan():
    plan = FixedSizeSampler(21, batch_size=4, image_size=96, num_replicas=2).plan(seed=0, epoch=3)
    np.testing.assert_array_equal(plan.sizes, [96] * 3)
    np.testing.assert_array_equal(plan.batch_sizes, [4] * 3)
    assert (plan.num_replicas, plan.starts[-1]) == (2, 24)


def test_each_sample_once():
    plan = FixedSizeSampler(21, batch_size=4, last_batch="partial").plan(0, 0)
    np.testing.assert_array_equal(plan.batch_sizes, [4, 4, 4, 4, 4, 1])
    assert len(FixedSizeSampler(21, batch_size=4, last_batch="drop").plan(0, 0)) == 5
