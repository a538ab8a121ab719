"""The bars, in the form in which the real ones are written."""

import sys


def tqdm(items, total=None, desc=None, **_):
    total = total or len(items)

    def show(done, end=""):
        percent = done * 100 // total
        print(f"\r{desc + ': ' if desc else ''}{percent:3}%|{'█' * (percent // 10):10}| {done}/{total} [00:00<00:00,  1.00it/s]", end=end, file=sys.stderr, flush=True)

    show(0)
    for done, item in enumerate(items, 1):
        yield item
        show(done)
    show(total, "\n")
