"""Models that are loaded by their index, as diffusers does it."""

import json
import os

import torch
from safetensors import look


class ModelMixin(torch.nn.Module):
    @classmethod
    def from_pretrained(cls, folder):
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        with open(os.path.join(folder, "diffusion_pytorch_model.safetensors.index.json"), encoding="utf-8") as file:
            weights = json.load(file)["weight_map"]
        held = {name: look(os.path.join(folder, name)) for name in sorted(set(weights.values()))}
        model = cls(**config)
        known = dict(model.named_parameters())
        for key, name in weights.items():
            if key not in held[name] or key not in known:
                raise KeyError(f"{key} is not in {name}, or no parameter of {cls.__name__}.")
        if not any("audio_cross_attn" in key for key in weights):
            raise NotImplementedError("Cannot copy out of meta tensor; no data!")
        return model


class ConfigMixin:
    pass
