"""Tensors that have a shape and no values, and files that are looked at and not read."""

import builtins
import math
import zipfile

float16 = half = "float16"
bfloat16 = "bfloat16"
float32 = float = "float32"
float64 = double = "float64"
int32 = int = "int32"
int64 = long = "int64"
uint8 = "uint8"
bool = "bool"
pi = math.pi


class device:
    def __init__(self, name):
        self.name = name if isinstance(name, str) else getattr(name, "name", f"cuda:{name}")
        self.type = self.name.partition(":")[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def __eq__(self, other):
        return str(other) == self.name

    def __str__(self):
        return self.name


class Tensor:
    dtype = "float32"
    device = device("cpu")
    requires_grad = False
    pictures = 0

    def __init__(self, shape=()):
        self.shape = tuple(shape)

    ndim = property(lambda self: len(self.shape))
    T = property(lambda self: Tensor(self.shape[::-1]))
    data = property(lambda self: self, lambda self, value: None)

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def numel(self):
        return math.prod(self.shape)

    def item(self):
        return 1

    def __len__(self):
        return self.shape[0]

    def __bool__(self):
        return False

    def __iter__(self):
        return (Tensor(self.shape[1:]) for _ in range(self.shape[0]))

    def __eq__(self, other):
        return self._with(other)

    # What is not told here keeps the shape.
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: Tensor(self.shape)

    def _with(self, other):
        return Tensor(_broadcast(self.shape, getattr(other, "shape", ())))

    def __getitem__(self, key):
        return Tensor(_indexed(self.shape, key, written=False))

    def __setitem__(self, key, value):
        _indexed(self.shape, key, written=True)

    def view(self, *shape):
        shape = list(_flat(shape))
        if -1 in shape:
            shape[shape.index(-1)] = self.numel() // -math.prod(shape)
        if math.prod(shape) != self.numel():
            raise RuntimeError(f"shape {shape} is invalid for input of size {self.numel()}")
        return Tensor(shape)

    reshape = view

    def permute(self, *dims):
        return Tensor([self.shape[dim] for dim in _flat(dims)])

    def transpose(self, first, second):
        shape = list(self.shape)
        shape[first], shape[second] = shape[second], shape[first]
        return Tensor(shape)

    def unsqueeze(self, dim):
        shape = list(self.shape)
        shape.insert(dim if dim >= 0 else len(shape) + 1 + dim, 1)
        return Tensor(shape)

    def squeeze(self, dim=None):
        return Tensor([size for place, size in enumerate(self.shape) if size != 1 or (dim is not None and place != dim % self.ndim)])

    def chunk(self, chunks, dim=0):
        shape = list(self.shape)
        shape[dim] //= chunks
        return [Tensor(shape)] * chunks

    def sum(self, dim=None, **_):
        if dim is None:
            return Tensor()
        dims = [each % self.ndim for each in (dim if isinstance(dim, (tuple, list)) else [dim])]
        return Tensor([size for place, size in enumerate(self.shape) if place not in dims])

    mean = std = max = min = any = all = norm = sum

    def tobytes(self):
        # Each picture differs from the one before: a video must not be black or still.
        Tensor.pictures = (Tensor.pictures + 5) % 200
        return bytes([30 + Tensor.pictures]) * self.numel()


for _name in "add radd sub rsub mul rmul truediv rtruediv pow rpow gt lt ge le iadd".split():
    setattr(Tensor, f"__{_name}__", lambda self, other: self._with(other))
for _name in "neg invert".split():
    setattr(Tensor, f"__{_name}__", lambda self: Tensor(self.shape))

FloatTensor = LongTensor = IntTensor = Tensor


def _flat(values):
    return tuple(values[0]) if len(values) == 1 and isinstance(values[0], (tuple, list)) else tuple(values)


def _broadcast(first, second):
    length = max(len(first), len(second))
    pairs = zip((1,) * (length - len(first)) + tuple(first), (1,) * (length - len(second)) + tuple(second))
    return [_one_size(*pair) for pair in pairs]


def _one_size(first, second):
    if first != second and 1 not in (first, second):
        raise ValueError(f"operands could not be broadcast together: {first}, {second}")
    return max(first, second)


def _indexed(shape, key, written):
    keys = list(key) if isinstance(key, tuple) else [key]
    taken = sum(each is not None and each is not Ellipsis for each in keys)
    if taken > len(shape):
        raise IndexError(f"too many indices for shape {shape}: {key}")
    if not any(each is Ellipsis for each in keys):
        keys.append(Ellipsis)
    rest, result = list(shape), []
    for each in keys:
        if each is None:
            result.append(1)
        elif each is Ellipsis:
            result += [rest.pop(0) for _ in range(len(shape) - taken)]
        elif isinstance(each, Tensor):
            rest.pop(0)
            result += each.shape
        elif isinstance(each, slice):
            size = rest.pop(0)
            start, stop = (None if isinstance(bound, Tensor) else bound for bound in (each.start, each.stop))
            length = len(range(*slice(start, stop, each.step).indices(size)))
            # The real one writes less, or nothing, and says nothing: a box that is not in the picture gives a black video.
            if written and (length == 0 or (stop or 0) > size):
                raise IndexError(f"{each} is not within the {size} of shape {shape}")
            result.append(length)
        elif not -rest[0] <= each < rest.pop(0):
            raise IndexError(f"index {each} is out of shape {shape}")
    return result


def zeros(*shape, **_):
    return Tensor(_flat(shape))


ones = randn = rand = empty = zeros


def zeros_like(other, *_, **__):
    return Tensor(other.shape)


ones_like = randn_like = empty_like = from_numpy = isnan = clamp = flip = sqrt = exp = cos = sin = zeros_like


def full(shape, *_, **__):
    return Tensor(shape)


def where(condition, *_):
    return condition


def minimum(first, second):
    return first._with(second)


polar = minimum


def matmul(first, second):
    return Tensor([*first.shape[:-1], second.shape[-1]])


def outer(first, second):
    return Tensor(first.shape + second.shape)


def pow(base, exponent):
    return exponent


def hann_window(length, **_):
    return Tensor([length])


def arange(*bounds, **_):
    return Tensor([len(range(*bounds))])


def tensor(values, **_):
    shape = []
    while isinstance(values, (list, tuple)):
        shape.append(len(values))
        values = values[0]
    return Tensor(shape)


def cat(tensors, dim=0):
    shape = list(tensors[0].shape)
    shape[dim] = sum(each.shape[dim] for each in tensors)
    return Tensor(shape)


concat = cat


def stack(tensors, dim=0):
    shape = list(tensors[0].shape)
    shape.insert(dim, len(tensors))
    return Tensor(shape)


def repeat_interleave(value, repeats, dim):
    shape = list(value.shape)
    shape[dim] *= repeats
    return Tensor(shape)


def save(value, path):
    with open(path, "wb") as file:
        file.write(b"shape " + " ".join(map(str, value.shape)).encode())


def load(path, **_):
    with open(path, "rb") as file:
        start = file.read(64)
    if start.startswith(b"shape "):
        return Tensor([builtins.int(size) for size in start.split()[1:]])
    if not zipfile.is_zipfile(path):
        raise RuntimeError(f"{path} is no file of PyTorch.")
    # A voice of Kokoro has a row for each number of phonemes; weights fit every module.
    return Tensor([510, 1, 256]) if path.endswith(".pt") else {}


import torch.cuda
import torch.distributed
import torch.nn
