"""A training step of a PyTorch network of `transformers`, in parts to be timed."""

from backend_device import accelerated, waiting
from step_settings import CLASSES, EMA_MOMENTUM, LABEL_SMOOTHING, PRECISIONS, RATE, WEIGHT_DECAY

# The nearest public PyTorch networks of equal size; MobileViTv1 and v2 are the same networks.
COUNTERPARTS = {
    "mobilevitv3_xxs": "MobileViT-XXS",
    "mobilevitv3_050": "MobileViTV2-0.5",
    "mobilevit_xxs": "MobileViT-XXS",
    "mobilevitv2_050": "MobileViTV2-0.5",
}


def build_counterpart(name):
    """A network of `transformers` with random weights."""
    import transformers

    if name == "MobileViTV2-0.5":
        config = transformers.MobileViTV2Config(width_multiplier=0.5, num_labels=CLASSES)
        return transformers.MobileViTV2ForImageClassification(config)
    config = transformers.MobileViTConfig(  # that of apple/mobilevit-xx-small
        hidden_sizes=[64, 80, 96],
        neck_hidden_sizes=[16, 16, 24, 48, 64, 80, 320],
        expand_ratio=2.0,
        hidden_dropout_prob=0.05,
        num_labels=CLASSES,
    )
    return transformers.MobileViTForImageClassification(config)


def their_calls(network, images, labels, precision):
    """Dict of calls to be timed, forward, backward and update of a PyTorch network, eager as PyTorch is by default."""
    import torch
    from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

    device = torch.device(torch_device())
    network = network.to(device).train()
    images = torch.tensor(images / 255).permute(0, 3, 1, 2).contiguous().to(device)
    labels = torch.tensor(labels.argmax(-1)).to(device)
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=WEIGHT_DECAY)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(1 - EMA_MOMENTUM), use_buffers=True)
    half = PRECISIONS[precision] and getattr(torch, PRECISIONS[precision])
    scaler = torch.amp.GradScaler(device.type, enabled=precision == "mixed_float16")
    cross_entropy = torch.nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    kept = {}

    def forward():
        with torch.autocast(device.type, half, enabled=half is not None):
            kept["loss"] = cross_entropy(network(images).logits, labels)

    def backward():
        optimizer.zero_grad()
        scaler.scale(kept.pop("loss")).backward()

    def update():
        scaler.step(optimizer)
        scaler.update()
        average.update_parameters(network)

    wait = torch.accelerator.synchronize if device.type != "cpu" else lambda: None
    return waiting({"forward": forward, "backward": backward, "update": update}, wait)


def torch_device():
    """Name of the device of the PyTorch networks: an accelerator only if the backend has one too."""
    import torch

    return torch.accelerator.current_accelerator().type if accelerated() and torch.accelerator.is_available() else "cpu"
