"""Arguments that a configuration holds."""

import functools

from diffusers import ConfigMixin


def register_to_config(init):
    @functools.wraps(init)
    def registered(self, *args, **kwargs):
        # A configuration also tells what it is of.
        init(self, *args, **{name: value for name, value in kwargs.items() if not name.startswith("_")})

    return registered
