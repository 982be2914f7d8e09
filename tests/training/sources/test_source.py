import numpy as np

from training.sources.source import NumberedSamples, epoch_order


class Five(NumberedSamples):
    def __len__(self):
        return 5


def test_order_of_an_epoch():
    assert Five().references().tolist() == [0, 1, 2, 3, 4]
    order = Five().references(seed=3, epoch=1)
    np.testing.assert_array_equal(order, np.random.default_rng([3, 1, 0]).permutation(5))
    np.testing.assert_array_equal(order, epoch_order(5, 3, 1))
    assert len({str(Five().references(seed, epoch)) for seed in range(9) for epoch in range(9)}) > 40
