"""The standard library's will do."""

from re import *
