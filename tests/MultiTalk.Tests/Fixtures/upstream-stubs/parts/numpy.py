"""Arrays are tensors without values."""

import math

import torch
from torch import Tensor, arange, cos, full, ones, outer, sin, zeros

pi = math.pi
ndarray = Tensor
float32, float64, uint8 = "float32", "float64", "uint8"


def array(value, *_, **__):
    return value if isinstance(value, Tensor) else Tensor([value.height, value.width, 3])


def squeeze(value):
    return value.squeeze()


def clip(value, *_):
    return value


def concatenate(arrays, axis=0):
    return torch.cat(arrays, axis)


def stack(arrays, axis=0):
    return torch.stack(arrays, axis)


def linspace(start, stop, count, **_):
    return [start + (stop - start) * place / max(1, count - 1) for place in range(count)]
