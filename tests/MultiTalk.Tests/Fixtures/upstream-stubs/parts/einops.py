"""Patterns without brackets; the others stand in models, which do not think here."""


def rearrange(value, pattern, **_):
    names, wanted = (side.split() for side in pattern.split("->"))
    return value.permute([names.index(name) for name in wanted])
