"""What Kokoro's modules are made with."""


def weight_norm(module, *_, **__):
    return module
