"""A small run to report."""

from training.report.trained_run import TrainedRun

CLASSIFIER = TrainedRun(
    recipe="digits",
    variant="mobilevitv3_xxs",
    head="classifier",
    data="my_pictures",
    class_names=("cat", "dog", "owl"),
    image_size=64,
    settings={"data.batch_size": 64, "optimizer.learning_rate_multipliers": (("aspp/*", 10.0),)},
)
LOG = """\
epoch,learning_rate,loss,top1,val_loss,val_raw_loss,val_raw_top1,val_top1
0,0.002,2.5,0.1,2.4,2.3,0.2,0.15
1,0.001,1.5,0.5,1.4,1.3,0.6,0.75
2,0.0005,1.0,0.6,1.1,1.2,0.7,0.71
3,0.0001,0.9,0.7,1.2,1.25,0.72,0.75
"""
