"""Lines on the error stream."""

import sys


class Logger:
    def info(self, text):
        print(f"00:00:00 |  made_up:1 |  INFO | {text}", file=sys.stderr)

    warning = error = info

    def __getattr__(self, _):
        return lambda *_, **__: None


logger = Logger()
