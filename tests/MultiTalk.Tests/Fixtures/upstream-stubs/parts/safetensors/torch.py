"""Whole files."""

from safetensors import look as load_file
