"""A dictionary whose keys are attributes."""


class EasyDict(dict):
    def __init__(self, values=None, **more):
        super().__init__()
        self.update(values, **more)

    def update(self, values=None, **more):
        for name, value in {**(values or {}), **more}.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        super().__setitem__(name, value)

    __setitem__ = __setattr__
