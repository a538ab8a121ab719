"""Every recording is silent, and silence is left alone."""


class Meter:
    def __init__(self, rate):
        pass

    def integrated_loudness(self, _):
        return float("-inf")
