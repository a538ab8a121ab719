"""The picture of a preview: the still in the real crop, alive, with each voice drawn on its speaker.

Everything drawn (the PREVIEW mark and one meter per speaker) is small, so Python draws it and ffmpeg does the rest.
Each frame goes to ffmpeg as one narrow strip of raw RGBA, the pieces one below the other; the filter graph cuts the
strip up and lays the pieces over the still. No fonts and no image library are needed, and nothing touches the disk.
"""
import colorsys
import contextlib
import functools
import math
import operator
import random
import subprocess
import threading

FPS = 25
RATE = 16000
SLICE = RATE // 50  # the meters' resolution: two levels per frame
INK, NIGHT = (1.0, 1.0, 1.0), (0.03, 0.04, 0.08)

# Strokes of the mark's letters, as polylines on a grid one unit high, and how wide each letter is.
_BOWL = [(0, .53), (0, 0), (.31, 0), (.43, .04), (.50, .13), (.52, .265), (.50, .40), (.43, .49), (.31, .53), (0, .53)]
_E = [[(.48, 0), (0, 0), (0, 1), (.48, 1)], [(0, .49), (.42, .49)]]
LETTERS = {
    "P": (.52, [_BOWL, [(0, .5), (0, 1)]]),
    "R": (.55, [_BOWL, [(0, .5), (0, 1)], [(.25, .53), (.55, 1)]]),
    "E": (.48, _E),
    "V": (.70, [[(0, 0), (.35, 1), (.70, 0)]]),
    "I": (.0, [[(0, 0), (0, 1)]]),
    "W": (1.0, [[(0, 0), (.25, 1), (.5, .12), (.75, 1), (1.0, 0)]]),
}


def _clamp(value, low=0.0, high=1.0):
    return min(max(value, low), high)


def _over(top, under):
    """One straight-alpha colour over another."""
    keep = under[3] * (1 - top[3])
    alpha = top[3] + keep
    if alpha == 0:
        return (0.0, 0.0, 0.0, 0.0)
    return (*((over * top[3] + below * keep) / alpha for over, below in zip(top[:3], under)), alpha)


def _raw(colours):
    return bytes(round(255 * channel) for colour in colours for channel in colour)


def _glass(x, y, width, height):
    """A pixel of a dark pill with a fine light rim."""
    radius = height / 2
    depth = math.hypot(max(abs(x - width / 2) - (width / 2 - radius), 0), y - radius) - radius
    rim = (*INK, .26 * _clamp(1.2 - abs(depth + 1)))
    return _over(rim, (*NIGHT, .58 * _clamp(.5 - depth)))


def _segment_distance(x, y, x1, y1, x2, y2):
    dx, dy = x2 - x1, y2 - y1
    along = _clamp(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy))
    return math.hypot(x - x1 - along * dx, y - y1 - along * dy)


def draw_mark(unit, accent):
    """The words no viewer may miss, as rows of RGBA: a dot in the accent colour and PREVIEW."""
    cap, weight, gap = 15 * unit, 2.4 * unit, 6.2 * unit
    height = 2 * round(17 * unit)
    top, dot_x, x = (height - cap) / 2, 18 * unit, 31 * unit
    shapes = [(dot_x - 5 * unit, dot_x + 5 * unit, accent, 9 * unit, [(dot_x, height / 2, dot_x + .01, height / 2)])]
    for letter in "PREVIEW":
        width, strokes = LETTERS[letter]
        lines = [(x + ax * cap, top + ay * cap, x + bx * cap, top + by * cap)
                 for stroke in strokes for (ax, ay), (bx, by) in zip(stroke, stroke[1:])]
        shapes.append((x - weight, x + width * cap + weight, INK, weight, lines))
        x += width * cap + gap
    width = 2 * round((x - gap + 16 * unit) / 2)
    rows = []
    for py in range(height):
        y, row = py + .5, []
        for px in range(width):
            colour = _glass(px + .5, y, width, height)
            for left, right, ink, thickness, lines in shapes:
                if left <= px + .5 <= right:
                    nearest = min(_segment_distance(px + .5, y, *line) for line in lines)
                    colour = _over((*ink, .96 * _clamp(thickness / 2 - nearest + .5)), colour)
            row.append(colour)
        rows.append(_raw(row))
    return width, rows


class Meter:
    """A speaker's voice: bars that the sound runs through from the middle outwards, and dots while silent."""
    STEPS = 64

    def __init__(self, samples, accent, unit, widest, rng):
        self.height = 2 * round(31 * unit)
        self.cell = 2 * round(4 * unit)
        side = round(.42 * self.height)
        reach = max(1, min(18, int((widest - 2 * side) / self.cell - 1) // 2))
        self.width = 2 * side + (2 * reach + 1) * self.cell
        self.accent = accent
        # The round ends of the lower half; left and right, above and below are mirror images.
        ends = [[_glass(x + .5, y + .5, self.width, self.height) for x in range(side)]
                for y in range(self.height // 2, self.height)]
        self._ends = [(_raw(end), _raw(end[::-1])) for end in ends]
        # Older sound is further out and fades; a little texture keeps a steady vowel from looking like a wedge.
        fade = [math.cos(.45 * math.pi * i / (reach + 1)) ** 1.5 for i in range(reach + 1)]
        self._weights = [weight * rng.uniform(.7, 1) for weight in fade]
        self._levels = [self._level(samples[i:i + SLICE]) for i in range(0, len(samples), SLICE)]

    @staticmethod
    def _level(piece):
        power = sum(map(operator.mul, piece, piece)) / len(piece) / 32768 ** 2
        return _clamp((10 * math.log10(power + 1e-12) + 45) / 30) ** 1.2  # speech at -23 LUFS fills the meter

    @functools.lru_cache(maxsize=None)
    def _column(self, step):
        """One bar at one level, as raw pixels of each row from the middle line outwards."""
        share, radius, half = step / self.STEPS, self.cell / 4, self.height // 2
        straight = (half - .2 * self.height - radius) * share
        ink = tuple(dim + (lit - dim) * min(1, 2.5 * share) for dim, lit in zip((.80, .83, .90), self.accent))
        alpha = .55 + .45 * min(1, 2.5 * share)
        rows = []
        for y in range(half):
            under = _glass(self.width / 2, half + y + .5, self.width, self.height)
            past = max(0, y + .5 - straight)
            cover = [_clamp(radius + .5 - math.hypot(x + .5 - self.cell / 2, past)) for x in range(self.cell)]
            rows.append(_raw(_over((*ink, alpha * part), under) for part in cover))
        return rows

    def rows(self, frame):
        now = 2 * frame + 1
        sound = [self._levels[now - i] if 0 <= now - i < len(self._levels) else 0 for i in range(len(self._weights))]
        arm = [self._column(round(self.STEPS * level * weight)) for level, weight in zip(sound, self._weights)]
        bars = zip(*arm[:0:-1], *arm)
        lower = [left + b"".join(bar) + right for (left, right), bar in zip(self._ends, bars)]
        return lower[::-1] + lower


def _zoom(rng):
    """A slow breath around a point of its own. perspective, unlike zoompan, moves by fractions: nothing trembles.

    It is the dearest filter here, and the motion a fraction of a pixel per frame, so every other frame repeats it.
    """
    amount = f"(0.018-0.018*cos(2*PI*on*2/{FPS}/9))"
    (left, right), (top, bottom) = (
        (f"{side}*{centre:.3f}*{amount}", f"{side}-{side}*{1 - centre:.3f}*{amount}")
        for side, centre in (("W", rng.uniform(.35, .65)), ("H", rng.uniform(.3, .55))))
    corners = f"{left}:{top}:{right}:{top}:{left}:{bottom}:{right}:{bottom}"
    return f"loop=-1:1,settb=1/{FPS},setpts=2*N,perspective={corners}:linear:source:frame,fps={FPS}"


class Animatic:
    """One ffmpeg that renders the whole video while frames are handed to it, and keeps it in memory."""

    def __init__(self, ffmpeg, still, crop, regions, voices, seed):
        (scaled_width, scaled_height), (left, top), (width, height) = crop
        rng = random.Random(seed)
        unit = math.sqrt(width * height) / 640  # the buckets of one size have the same area, not the same sides
        # Golden-ratio steps round the colour wheel: neighbouring seeds look clearly different.
        hue = .54 + (seed - 42) * .618033988749895
        accents = [colorsys.hls_to_rgb((hue + .44 * person) % 1, .71, .88) for person in range(len(voices))]
        widest = min([.6 * width / len(regions), *(.95 * (region[3] - region[1]) for region in regions)])
        mark_width, mark = draw_mark(unit, accents[0])
        self._meters = [Meter(voice, accent, unit, widest, rng) for voice, accent in zip(voices, accents)]
        strip_width = max(mark_width, *(meter.width for meter in self._meters))
        self._mark = b"".join(row.ljust(4 * strip_width, b"\0") for row in mark)
        self._pads = [bytes(4 * (strip_width - meter.width)) for meter in self._meters]

        # Where each piece stands on the strip, and where in the video: the meters on their regions' lower edges.
        margin = 2 * round(9 * unit)
        pieces, strip_height = [(mark_width, len(mark), 0, margin, margin)], len(mark)
        for meter, (_, before, below, after) in zip(self._meters, regions):
            x = _clamp((before + after - meter.width) / 2, margin, width - margin - meter.width)
            y = _clamp(below - .4 * meter.height, margin, height - margin - meter.height)
            pieces.append((meter.width, meter.height, strip_height, 2 * round(x / 2), 2 * round(y / 2)))
            strip_height += meter.height

        to_yuv = "scale=out_color_matrix=bt709:out_range=tv,format="
        graph = [
            f"[0:v]format=rgb24,scale={scaled_width}:{scaled_height}:flags=bilinear,crop={width}:{height}:{left}:{top},"
            f"{to_yuv}yuv420p,{_zoom(rng)}[layer0]",
            f"[1:v]{to_yuv}yuva420p,split={len(pieces)}" + "".join(f"[part{i}]" for i in range(len(pieces)))]
        for i, (piece_width, piece_height, from_y, x, y) in enumerate(pieces):
            graph += [f"[part{i}]crop={piece_width}:{piece_height}:0:{from_y}[piece{i}]",
                      f"[layer{i}][piece{i}]overlay={x}:{y}:shortest=1[layer{i + 1}]"]
        command = [
            *ffmpeg, "-loglevel", "error", *still,
            "-protocol_whitelist", "file,pipe", "-probesize", "32", "-f", "rawvideo", "-pixel_format", "rgba",
            "-video_size", f"{strip_width}x{strip_height}", "-framerate", str(FPS), "-i", "pipe:0",
            "-filter_complex", ";".join(graph), "-map", f"[layer{len(pieces)}]",
            # A fixed number of threads: x264's result depends on it, and the same seed shall give the same bytes.
            "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-crf", "20", "-threads", "4",
            "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709",
            "-color_range", "tv", "-flags", "+bitexact", "-fflags", "+bitexact", "-f", "nut", "pipe:1"]
        self._label = [*ffmpeg, *still, "..."]  # the filter graph is no help in an error message
        self._video = []
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._reader = threading.Thread(target=lambda: self._video.append(self._process.stdout.read()))
        self._reader.start()

    def draw(self, frame):
        """Hands one frame over; returns once ffmpeg has taken it, so the caller's progress is ffmpeg's own."""
        strip = [self._mark]
        for meter, pad in zip(self._meters, self._pads):
            strip.extend(row + pad for row in meter.rows(frame))
        try:
            self._process.stdin.write(b"".join(strip))
        except BrokenPipeError:  # ffmpeg is gone and has said why on stderr
            raise subprocess.CalledProcessError(self._process.wait(), self._label) from None

    def finish(self):
        """The whole video, once ffmpeg has seen the end of it."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._reader.join()
        if self._process.wait() != 0:
            raise subprocess.CalledProcessError(self._process.returncode, self._label)
        return self._video[0]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        with contextlib.suppress(BrokenPipeError):
            self._process.kill()
            self._process.stdin.close()
        self._process.wait()
        self._reader.join()
