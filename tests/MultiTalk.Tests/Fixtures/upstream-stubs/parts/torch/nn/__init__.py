"""Modules that have parameters and children, and do not think: they give back what they were given."""

import torch
from torch import Tensor


def Parameter(value, *_, **__):
    return value


class Module:
    def __init__(self, *_, **__):
        pass

    def __call__(self, *args, **kwargs):
        answer = _ANSWERS.get(type(self).__name__)
        return answer(self, *args, **kwargs) if answer else args[0]

    def register_buffer(self, name, value, persistent=True):
        setattr(self, name, value)

    register_parameter = register_buffer

    def named_children(self):
        return [(name, child) for name, child in vars(self).items() if isinstance(child, Module)]

    def children(self):
        return [child for _, child in self.named_children()]

    def modules(self):
        yield self
        for child in self.children():
            yield from child.modules()

    def named_parameters(self, prefix="", recurse=True):
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                yield prefix + name, value
        if recurse:
            for name, child in self.named_children():
                yield from child.named_parameters(prefix + name + ".")

    def named_buffers(self, recurse=True):
        return []

    def parameters(self):
        return (value for _, value in self.named_parameters())

    def load_state_dict(self, weights, **_):
        if not isinstance(weights, dict):
            raise TypeError("These are no weights.")

    def to(self, *_, **__):
        return self

    eval = cpu = cuda = requires_grad_ = float = half = train = to

    def apply(self, function):
        for module in self.modules():
            function(module)
        return self


class Sequential(Module):
    def __init__(self, *modules):
        for module in modules[0] if modules and isinstance(modules[0], list) else modules:
            self.append(module)

    def append(self, module):
        setattr(self, str(len(self)), module)

    def __len__(self):
        return len(self.children())

    def __iter__(self):
        return iter(self.children())

    def __getitem__(self, place):
        return self.children()[place]


ModuleList = Sequential


class Linear(Module):
    def __init__(self, in_features, out_features, bias=True, **_):
        self.in_features, self.out_features = in_features, out_features
        self.weight = Tensor([out_features, in_features])
        self.bias = Tensor([out_features]) if bias else None


class _Conv(Module):
    def __init__(self, in_channels, out_channels, kernel_size=1, stride=1, padding=0, dilation=1, groups=1, bias=True, **_):
        self.kernel_size, self.stride, self.padding = map(self._each, (kernel_size, stride, padding))
        self.weight = Tensor([out_channels, in_channels, *self.kernel_size])
        self.bias = Tensor([out_channels]) if bias else None

    def _each(self, value):
        return tuple(value) if isinstance(value, (tuple, list)) else (value,) * self.dimensions


class Conv1d(_Conv):
    dimensions = 1


class Conv2d(_Conv):
    dimensions = 2


class Conv3d(_Conv):
    dimensions = 3


class ConvTranspose1d(Conv1d):
    pass


class Embedding(Module):
    def __init__(self, count, size, **_):
        self.weight = Tensor([count, size])


class LayerNorm(Module):
    def __init__(self, shape, eps=1e-5, elementwise_affine=True, **_):
        self.normalized_shape, self.eps = shape, eps
        self.weight = Tensor([shape]) if elementwise_affine else None
        self.bias = self.weight


class InstanceNorm1d(LayerNorm):
    def __init__(self, shape, affine=False, **_):
        super().__init__(shape, elementwise_affine=affine)


# The others have no parameters that anybody asks for.
for _name in "Identity Dropout GELU SiLU ReLU LeakyReLU Tanh Sigmoid LSTM Upsample ZeroPad2d ReflectionPad1d AvgPool2d ParameterList".split():
    globals()[_name] = type(_name, (Module,), {})


def _encoded(self, video, **_):
    batch, _, frames, height, width = video.shape
    return Tensor([batch, 32, (frames + 3) // 4, height // 8, width // 8])


def _decoded(self, latent, feat_cache, **_):
    batch, _, _, height, width = latent.shape
    # A video's first latent frame is one frame, each other is four. What upstream keeps between them tells which it is.
    frames = 1 if feat_cache[0] is None else 4
    feat_cache[0] = latent
    return Tensor([batch, 3, frames, height * 8, width * 8])


def _spoken(self, phonemes, *_, **__):
    return self.Output(audio=torch.zeros(len(phonemes) * 1500))


# Where the shape of the answer is not that of the question.
_ANSWERS = {"Encoder3d": _encoded, "Decoder3d": _decoded, "KModel": _spoken}

import torch.nn.functional
import torch.nn.utils
