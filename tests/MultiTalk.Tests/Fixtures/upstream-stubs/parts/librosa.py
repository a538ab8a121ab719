"""Opens a recording and looks how long it is."""

import wave

import numpy


def load(path, sr):
    with wave.open(path) as file:
        return numpy.zeros(round(file.getnframes() * sr / file.getframerate())), sr
