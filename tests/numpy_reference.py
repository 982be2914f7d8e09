"""NumPy twins of the layers, written from the papers with plain loops; float64 throughout."""

import numpy as np


def silu(x):
    return x / (1 + np.exp(-x))


def softmax(x, axis):
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def convolution(x, kernel, bias=0.0, strides=1, dilation_rate=1):
    """`x` (B, H, W, C), kernel (k, k, C, F), `dilation_rate * (k - 1) / 2` zeros on each side."""
    size = kernel.shape[0]
    edge = dilation_rate * (size - 1) // 2
    padded = np.pad(np.asarray(x, "float64"), [(0, 0), (edge, edge), (edge, edge), (0, 0)])
    height, width = -(-x.shape[1] // strides), -(-x.shape[2] // strides)
    out = np.zeros((x.shape[0], height, width, kernel.shape[3]))
    for row in range(height):
        for column in range(width):
            for i in range(size):
                for j in range(size):
                    pixel = padded[:, row * strides + i * dilation_rate, column * strides + j * dilation_rate]
                    out[:, row, column] += pixel @ kernel[i, j]
    return out + bias


def depthwise_convolution(x, kernel, bias=0.0, strides=1, dilation_rate=1):
    """Kernel (k, k, C, 1)."""
    full = kernel[:, :, :, 0, None] * np.eye(kernel.shape[2])  # (k, k, C, C), each channel alone
    return convolution(x, full, bias, strides, dilation_rate)


def batch_norm(x, gamma, beta, mean, variance):
    return gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta


def layer_norm(x, gamma, beta):
    centred = x - x.mean(axis=-1, keepdims=True)
    return gamma * centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5) + beta


def group_norm(x, gamma, beta):
    """One group: statistics over everything but the batch."""
    return np.stack([gamma * (one - one.mean()) / np.sqrt(one.var() + 1e-5) + beta for one in x])


def bilinear_resize(x, height, width, align_corners):
    out = np.zeros((x.shape[0], height, width, x.shape[3]))
    for row in range(height):
        for column in range(width):
            y, down = _source(row, x.shape[1], height, align_corners)
            z, right = _source(column, x.shape[2], width, align_corners)
            below, beside = min(y + 1, x.shape[1] - 1), min(z + 1, x.shape[2] - 1)
            upper = (1 - right) * x[:, y, z] + right * x[:, y, beside]
            lower = (1 - right) * x[:, below, z] + right * x[:, below, beside]
            out[:, row, column] = (1 - down) * upper + down * lower
    return out


def _source(index, n_in, n_out, align_corners):
    if align_corners:
        position = index * (n_in - 1) / (n_out - 1) if n_out > 1 else 0.0
    else:
        position = max((index + 0.5) * n_in / n_out - 0.5, 0.0)
    low = min(int(position), n_in - 1)
    return low, position - low


def unfold(maps):
    """(B, H, W, C) to (B, P, N, C): pixel p of patch n."""
    batch, height, width, channels = maps.shape
    out = np.zeros((batch, 4, height * width // 4, channels))
    for row in range(height):
        for column in range(width):
            pixel = 2 * (row % 2) + column % 2
            patch = (row // 2) * (width // 2) + column // 2
            out[:, pixel, patch] = maps[:, row, column]
    return out


def fold(patches, height, width):
    out = np.zeros((patches.shape[0], height, width, patches.shape[3]))
    for row in range(height):
        for column in range(width):
            pixel = 2 * (row % 2) + column % 2
            out[:, row, column] = patches[:, pixel, (row // 2) * (width // 2) + column // 2]
    return out


def multi_head_attention(x, qkv_kernel, qkv_bias, out_kernel, out_bias, num_heads):
    """`x` (B, N, C); queries, keys and values in this order, each split in heads."""
    dim = x.shape[-1]
    head_dim = dim // num_heads
    query, key, value = np.split(x @ qkv_kernel + qkv_bias, 3, axis=-1)
    out = np.zeros(x.shape)
    for head in range(num_heads):
        own = slice(head * head_dim, (head + 1) * head_dim)
        for image in range(len(x)):
            scores = query[image][:, own] @ key[image][:, own].T / np.sqrt(head_dim)
            out[image][:, own] = softmax(scores, axis=-1) @ value[image][:, own]
    return out @ out_kernel + out_bias


def separable_attention(maps, qkv_kernel, qkv_bias, out_kernel, out_bias):
    """The paper's way, on unfolded patches (B, P, N, C): the softmax runs over the N patches."""
    _, height, width, dim = maps.shape
    qkv = unfold(maps) @ qkv_kernel + qkv_bias
    query, key, value = qkv[..., :1], qkv[..., 1 : 1 + dim], qkv[..., 1 + dim :]
    context = (softmax(query, axis=2) * key).sum(axis=2, keepdims=True)
    out = (np.maximum(value, 0) * context) @ out_kernel + out_bias
    return fold(out, height, width)
