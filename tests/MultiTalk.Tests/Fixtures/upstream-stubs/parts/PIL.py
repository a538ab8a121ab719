"""Pictures that have a size and no pixels."""

import struct


class Picture:
    def __init__(self, size):
        self.size = self.width, self.height = size

    def convert(self, _):
        return self

    def resize(self, size, **_):
        return Picture(size)

    def __array__(self, *_, **__):
        import numpy

        return numpy.full((self.height, self.width, 3), 128, dtype="uint8")


class Image:
    BILINEAR = 2
    Image = Picture

    @staticmethod
    def open(path):
        with open(path, "rb") as file:
            start = file.read(24)
        if not start.startswith(b"\x89PNG"):
            raise OSError(f"cannot identify image file {path!r}")
        return Picture(struct.unpack(">II", start[16:24]))
