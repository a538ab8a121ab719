"""Its part."""

import skimage.color
