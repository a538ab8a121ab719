"""The middle of a picture."""


def center_crop(value, size):
    (height, width), (wanted_height, wanted_width) = value.shape[-2:], size
    top, left = round((height - wanted_height) / 2), round((width - wanted_width) / 2)
    return value[..., top:top + wanted_height, left:left + wanted_width]
