"""Its parts."""

import misaki.en
import misaki.espeak
