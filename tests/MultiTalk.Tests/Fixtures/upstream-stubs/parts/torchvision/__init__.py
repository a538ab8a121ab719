"""Its parts."""

import torchvision.transforms
