"""Makes up the third-party packages that upstream imports."""

import importlib.abc
import importlib.machinery
import os
import sys
import types

# Those of docs/contract.md, "Imports", but for the optional ones, which must not seem to be there.
NAMES = frozenset("""
    PIL accelerate attr diffusers easydict einops flash_attn ftfy huggingface_hub imageio librosa loguru misaki numpy optimum
    packaging pyloudnorm regex requests safetensors skimage soundfile torch torchvision tqdm transformers xformers xfuser
    """.split())

_PARTS = os.path.join(os.path.dirname(__file__), "parts")


class Kind(type):
    """The kind of a class that is made up: some are enumerations."""

    def __getattr__(cls, name):
        return make_up(name)

    def __iter__(cls):
        return iter(())


class Anything(metaclass=Kind):
    """Can be called, entered, subclassed, subscripted and asked for anything, and decorates by doing nothing."""

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        return make_up(name)

    def __call__(self, *args, **_):
        return args[0] if len(args) == 1 and isinstance(args[0], (types.FunctionType, type)) else Anything()

    def __getitem__(self, _):
        return Anything()

    def __iter__(self):
        return iter(())

    def __bool__(self):
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def make_up(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Kind(name, (Anything,), {}) if name[0].isupper() else Anything()


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        # What a real package lacks, it lacks.
        if top not in self.names or (name != top and not hasattr(sys.modules[top], "made_up")):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        made = {}

        # The same thing each time, or isinstance would not know a class again.
        def fallback(name):
            if name not in made:
                made[name] = make_up(name)
            return made[name]

        module.made_up, module.__getattr__ = True, fallback
        place = os.path.join(_PARTS, *module.__name__.split("."))
        for file in (place + ".py", os.path.join(place, "__init__.py")):
            if os.path.isfile(file):
                with open(file, encoding="utf-8") as part:
                    exec(compile(part.read(), file, "exec"), module.__dict__)


def install():
    """Makes up what is missing, and what MULTITALK_MADE_UP names, be it installed or not: "all", or names with commas."""
    wanted = os.environ.get("MULTITALK_MADE_UP", "")
    sys.meta_path.insert(0, Finder(NAMES if wanted == "all" else frozenset(wanted.split(","))))
    sys.meta_path.append(Finder(NAMES))
