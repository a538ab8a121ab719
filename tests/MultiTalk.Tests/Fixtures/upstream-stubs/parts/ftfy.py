"""Text is well as it is."""


def fix_text(text):
    return text
