"""Prepares an interpreter for upstream's unmodified script, and for nothing else."""

import sys

if sys.orig_argv[1:2] == ["generate_multitalk.py"]:
    import collections
    import inspect

    if not hasattr(inspect, "ArgSpec"):  # Gone since Python 3.11; upstream imports it and does not use it.
        inspect.ArgSpec = collections.namedtuple("ArgSpec", "args varargs keywords defaults")

    import made_up
    import recorder

    made_up.install()
    recorder.install()
