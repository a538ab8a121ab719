"""What upstream loads with it; a folder that is not there is looked for on the hub, which cannot be reached."""

import json
import os

import torch
from safetensors import look


def _config(folder, name):
    if not os.path.isdir(folder):
        raise OSError(f"We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files: {folder}")
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return json.load(file)


class Answer(tuple):
    hidden_states = property(lambda self: self[0])


class Wav2Vec2Model(torch.nn.Module):
    def __init__(self, config):
        super().__init__()

    @property
    def feature_extractor(self):
        return self

    def _freeze_parameters(self):
        pass

    @classmethod
    def from_pretrained(cls, folder, local_files_only):
        config = _config(folder, "config.json")
        if os.path.exists(os.path.join(folder, "model.safetensors")):
            look(os.path.join(folder, "model.safetensors"))
        else:
            torch.load(os.path.join(folder, "pytorch_model.bin"))
        return cls(config)

    def __call__(self, samples, seq_len, **_):
        return Answer([[torch.zeros(1, seq_len, 768)] * 13])


class Wav2Vec2FeatureExtractor:
    @classmethod
    def from_pretrained(cls, folder, local_files_only):
        _config(folder, "preprocessor_config.json")
        return cls()

    def __call__(self, samples, sampling_rate):
        features = Wav2Vec2FeatureExtractor()
        features.input_values = samples
        return features


class AutoTokenizer:
    vocab_size = 256384

    @classmethod
    def from_pretrained(cls, folder):
        _config(folder, "tokenizer_config.json")
        _config(folder, "tokenizer.json")
        return cls()

    def __call__(self, texts, max_length, **_):
        tokens = AutoTokenizer()
        tokens.input_ids = tokens.attention_mask = torch.ones(len(texts), max_length, dtype=torch.int64)
        return tokens


class AlbertConfig:
    def __init__(self, **config):
        vars(self).update(config)


class AlbertModel(torch.nn.Module):
    device = torch.device("cpu")

    def __init__(self, config):
        super().__init__()
        self.config = config
