"""A card is there: upstream asks for it while it is imported."""


def current_device():
    return 0


def is_available():
    return True
