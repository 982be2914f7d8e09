import numpy as np
import pytest
from scipy import stats

from training.batches.multi_scale_sampler import MultiScaleSampler, batch_size_at, make_divisible, scales
from training.sources.source import epoch_order

IMAGENET = 1_281_167
# Nominal batch, replicas, batches at the five sizes, global batch at 256, expected steps of an epoch.
PUBLISHED = [
    (32, 12, (84, 60, 36, 36, 36), 432, 2118),
    (64, 6, (162, 114, 66, 66, 66), 396, 2252),
    (32, 6, (84, 54, 30, 30, 30), 180, 4683),
    (384, 1, (983, 682, 384, 384, 384), 384, 2274),
]


def test_published_sizes():
    assert scales() == (160, 192, 256, 288, 320)
    assert scales(64, 128, 3, base=96, multiple=32) == (64, 96, 128)
    assert scales(160, 320, 4) == (160, 224, 256, 320)  # 160, 213, 266, 320 and the base


@pytest.mark.parametrize(
    ("value", "divisor", "expected"),
    [(81, 12, 84), (56, 6, 54), (32, 6, 30), (48, 32, 64), (3, 12, 12), (17, 16, 16), (23, 16, 32)],
)
def test_make_divisible(value, divisor, expected):
    assert make_divisible(value, divisor) == expected


@pytest.mark.parametrize(("nominal", "replicas", "batches", "at_256", "steps"), PUBLISHED)
def test_published_batches(nominal, replicas, batches, at_256, steps):
    assert tuple(batch_size_at(size, nominal, num_replicas=replicas) for size in scales()) == batches
    sampler = MultiScaleSampler(IMAGENET, nominal, num_replicas=replicas)
    assert sampler.batch_sizes == batches
    assert sampler.batch_sizes[2] * replicas == at_256
    assert round(IMAGENET / (np.mean(sampler.batch_sizes) * replicas)) in (steps - 1, steps)  # about
    assert len(sampler.plan(seed=0, epoch=0)) == pytest.approx(steps, rel=0.05)


def test_plan_depends_on_seed_and_epoch_only():
    sampler = MultiScaleSampler(5000, 8, num_replicas=2)
    plans = [sampler.plan(seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    assert len({tuple(plan.sizes) for plan in plans}) == 4
    again = MultiScaleSampler(5000, 8, num_replicas=2).plan(1, 1)
    np.testing.assert_array_equal(again.sizes, plans[3].sizes)
    np.testing.assert_array_equal(again.batch_sizes, plans[3].batch_sizes)


def test_sizes_are_equally_frequent_and_batches_follow():
    sampler = MultiScaleSampler(200_000, 16, num_replicas=2)
    plan = sampler.plan(seed=3, epoch=7)
    table = dict(zip(sampler.image_sizes, sampler.batch_sizes))
    np.testing.assert_array_equal(plan.batch_sizes, [table[size] for size in plan.sizes])
    counts = [np.sum(plan.sizes == size) for size in sampler.image_sizes]
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("last_batch", ["pad", "drop", "partial"])
def test_an_epoch_sees_the_samples(last_batch):
    num_samples = 1003
    plan = MultiScaleSampler(num_samples, 8, last_batch=last_batch).plan(0, 0)
    order = epoch_order(num_samples, 0, 0)
    seen = np.concatenate([plan.indices(step, order) for step in range(len(plan))])
    times = np.bincount(seen, minlength=num_samples)
    if last_batch == "partial":
        assert (times == 1).all()
    elif last_batch == "pad":
        assert set(times) == {1, 2}
        assert set(np.nonzero(times == 2)[0]) == set(order[: len(seen) - num_samples])
    else:
        assert set(times) == {0, 1}
        assert len(set(zip(plan.sizes, plan.batch_sizes))) <= 5


def test_indices_of_replicas_are_those_of_the_step():
    plan = MultiScaleSampler(1000, 8, num_replicas=4).plan(0, 0)
    order = epoch_order(1000, 0, 0)
    for step in (0, 3, len(plan) - 1):
        parts = [plan.indices(step, order, replica) for replica in range(4)]
        np.testing.assert_array_equal(np.concatenate(parts), plan.indices(step, order))
        assert len({len(part) for part in parts}) == 1
