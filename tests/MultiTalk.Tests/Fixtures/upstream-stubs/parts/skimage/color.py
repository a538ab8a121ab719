"""Colours are as they are."""


def rgb2lab(picture):
    return picture


lab2rgb = rgb2lab
