"""Reads headers; a file must be as long as its header says."""

import json
import os
import struct

from torch import zeros


def look(path):
    with open(path, "rb") as file:
        length, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    if os.stat(path).st_size != 8 + length + max(tensor["data_offsets"][1] for tensor in header.values()):
        raise OSError(f"{path} is truncated.")
    return header


class safe_open:
    def __init__(self, path, framework):
        self.header = look(path)

    def keys(self):
        return list(self.header)

    def get_tensor(self, key):
        return zeros(self.header[key]["shape"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False
