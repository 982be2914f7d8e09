"""What a training step of the benchmark does, on our side and on that of `transformers`."""

CLASSES, LABEL_SMOOTHING = 1000, 0.1
RATE, WEIGHT_DECAY, EMA_MOMENTUM = 2e-3, 0.01, 5e-4
PRECISIONS = {"float32": None, "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}  # with their names in PyTorch
