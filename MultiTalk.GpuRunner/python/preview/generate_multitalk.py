"""The preview engine: a stand-in for MeiGen MultiTalk's generate_multitalk.py that needs no GPU and no weights.

It generates nothing. It renders an animatic: the picture in the crop MultiTalk would use, a moving meter of each voice
on its speaker, the real sound, and the word PREVIEW burnt in. What it shares with the real script is everything
around the model, so that whatever runs one can run the other: the arguments, input.json, the layout of the working
directory, the log lines and progress bars, the number of segments and frames, the files, the exit codes, and the
errors for bad input, in the same words wherever it can. It does not look into the weight files, and arguments that
only mean something to a model are accepted and logged. It needs Python's standard library, ffmpeg, and the module
animatic beside it. No code of MultiTalk's is in it.
"""
import argparse
import array
import errno
import json
import logging
import math
import os
import random
import struct
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True  # the directory this stands in may be shared or read-only
from animatic import FPS, RATE, Animatic  # noqa: E402

MAX_FRAMES = 1000  # of a streaming run
FFMPEG = ["ffmpeg", "-nostdin", "-hide_banner", "-xerror"]  # without -xerror it calls a file cut short a success
EXACT = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags", "+bitexact"]

# Height over width -> (height, width): the nearest key decides the size of the video.
BUCKETS = {
    "multitalk-480": {
        .26: (320, 1216), .38: (384, 1024), .50: (448, 896), .67: (512, 768), .82: (576, 704), 1.0: (640, 640),
        1.22: (704, 576), 1.50: (768, 512), 1.86: (832, 448), 2.0: (896, 448), 2.5: (960, 384), 2.83: (1088, 384),
        3.6: (1152, 320), 3.8: (1216, 320), 4.0: (1280, 320)},
    "multitalk-720": {
        .22: (448, 2048), .29: (512, 1792), .36: (576, 1600), .45: (640, 1408), .55: (704, 1280), .63: (768, 1216),
        .76: (832, 1088), .88: (896, 1024), 1.0: (960, 960), 1.14: (1024, 896), 1.31: (1088, 832), 1.5: (1152, 768),
        1.58: (1216, 768), 1.82: (1280, 704), 1.91: (1344, 704), 2.2: (1408, 640), 2.3: (1472, 640),
        2.67: (1536, 576), 2.89: (1664, 576), 3.62: (1856, 512), 3.75: (1920, 512)},
}


class LayoutError(RuntimeError):
    """The surroundings differ from Colab's: upstream might cope or fail in some later, stranger way."""
    __module__ = "preview"

    def __init__(self, number, name, text):
        super().__init__(f"difference {number} ({name}): {text}")


class UnidentifiedImageError(OSError):
    __module__ = "PIL"  # a traceback shall name the same exception as upstream's


class LibsndfileError(RuntimeError):
    __module__ = "soundfile"


def parse_args():
    def yes_or_no(text):
        if text.lower() in ("yes", "true", "t", "y", "1"):
            return True
        if text.lower() in ("no", "false", "f", "n", "0"):
            return False
        raise argparse.ArgumentTypeError("Boolean value expected (True/False)")

    parser = argparse.ArgumentParser(description="Render a preview of what MultiTalk would generate.")
    add = parser.add_argument
    add("--task", default="multitalk-14B", choices=[
        "t2v-14B", "t2v-1.3B", "i2v-14B", "t2i-14B", "flf2v-14B", "vace-1.3B", "vace-14B", "multitalk-14B"])
    add("--size", default="multitalk-480", choices=[
        "720*1280", "1280*720", "480*832", "832*480", "1024*1024", "multitalk-480", "multitalk-720"])
    add("--frame_num", type=int, default=81)
    add("--ckpt_dir")
    add("--quant_dir")
    add("--wav2vec_dir")
    add("--lora_dir", nargs="+")
    add("--lora_scale", type=float, nargs="+", default=[1.2])
    add("--offload_model", type=yes_or_no)
    add("--ulysses_size", type=int, default=1)
    add("--ring_size", type=int, default=1)
    add("--t5_fsdp", action="store_true")
    add("--t5_cpu", action="store_true")
    add("--dit_fsdp", action="store_true")
    add("--save_file")
    add("--audio_save_dir", default="save_audio")
    add("--base_seed", type=int, default=42)
    add("--input_json", default="examples.json")
    add("--motion_frame", type=int, default=25)
    add("--mode", default="clip", choices=["clip", "streaming"])
    add("--sample_steps", type=int, default=40)
    add("--sample_shift", type=float)
    add("--sample_text_guide_scale", type=float, default=5.0)
    add("--sample_audio_guide_scale", type=float, default=4.0)
    add("--num_persistent_param_in_dit", type=int)
    add("--audio_mode", default="localfile", choices=["localfile", "tts"])
    add("--use_teacache", action="store_true")
    add("--teacache_thresh", type=float, default=0.2)
    add("--use_apg", action="store_true")
    add("--apg_momentum", type=float, default=-0.75)
    add("--apg_norm_threshold", type=float, default=55)
    add("--color_correction_strength", type=float, default=1.0)
    add("--quant")
    args = parser.parse_args()

    assert args.ckpt_dir is not None, "Please specify the checkpoint directory."
    assert args.task == "multitalk-14B", f"Unsupport task: {args.task}"
    if args.sample_shift is None:
        if args.size not in BUCKETS:
            raise NotImplementedError(f"Not supported size: {args.size}")
        args.sample_shift = {"multitalk-480": 7, "multitalk-720": 11}[args.size]
    if args.base_seed < 0:
        args.base_seed = random.randrange(2 ** 32)
    assert args.size in BUCKETS, f"Unsupport size {args.size} for task {args.task}, " \
                                 f"supported sizes are: {', '.join(BUCKETS)}"
    return args


class Bar:
    """A progress bar that reads like tqdm's in a pipe: the same text, one write for each update.

    tqdm skips updates closer than 0.1 s. A real sampling step takes longer than that, so there each step shows; for
    the same reader to see the same steps here, the bars of the samplers leave the interval at nothing.
    """

    def __init__(self, total, title="", interval=0.0):
        self.total, self.title, self.interval = total, f"{title}: " if title else "", interval
        self.done = self.shown = self.width = 0
        self.counted = self.took = 0.0  # steps and seconds, smoothed over the last updates
        self.start = self.last = time.monotonic()
        self._write(None)

    def _write(self, rate, end=""):
        def clock(seconds):
            minutes, seconds = divmod(int(seconds), 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"

        share, elapsed = self.done / self.total, time.monotonic() - self.start
        full, eighths = divmod(int(share * 80), 8)
        cells = "█" * full + (" ▏▎▍▌▋▊▉"[eighths] + " " * (9 - full) if full < 10 else "")
        rate = rate or (self.done / elapsed if elapsed and self.done else None)
        if rate is None:
            speed, left = "?it/s", "?"
        else:
            speed = f"{1 / rate:5.2f}s/it" if rate < 1 else f"{rate:5.2f}it/s"
            left = clock((self.total - self.done) / rate)
        text = f"{self.title}{share * 100:3.0f}%|{cells}| {self.done}/{self.total} [{clock(elapsed)}<{left}, {speed}]"
        sys.stderr.write("\r" + text.ljust(self.width) + end)
        sys.stderr.flush()
        self.width = len(text)

    def reach(self, done):
        if done <= self.done:
            return
        self.done = done
        now = time.monotonic()
        if now - self.last >= self.interval:
            self.counted += .3 * (done - self.shown - self.counted)
            self.took += .3 * (now - self.last - self.took)
            self._write(self.counted / self.took if self.took else None)
            self.last, self.shown = now, done

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._write(None, "\n")  # finished or failing alike: once more, with the overall rate


def ffmpeg(*arguments, **options):
    return subprocess.run([*FFMPEG, *arguments], check=True, **options)


def source(demuxer, path):
    """An input that ffmpeg cannot take for anything else, whatever its name or its content."""
    return ["-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{path}"]


def check_layout(args, data):
    """Colab's directory, as the parity report numbers its differences; missing weights show later, as upstream."""
    started_in = os.path.dirname(os.path.abspath(sys.argv[0]))
    if not os.path.samefile(started_in, os.getcwd()):
        raise LayoutError(1, "working directory", f"{os.path.basename(sys.argv[0])} does not stand in {os.getcwd()}")
    for flag in ("ckpt_dir", "wav2vec_dir"):
        path = getattr(args, flag)
        if path and os.path.exists(path) and not os.path.normpath(path).startswith("weights" + os.sep):
            raise LayoutError(3, "weight paths", f"--{flag} {path} is not a relative path below weights/")
    for name in [data["cond_image"], *data["cond_audio"].values()]:
        if os.path.isabs(name) or ".." in name.split("/"):
            raise LayoutError(7, "inputs", f"{name} in {args.input_json} is not a simple name beside the script")


def read_wav_header(path):
    """Sample rate and length. Python's wave module would refuse the extensible header on 3.10 and 3.11."""
    with open(path, "rb") as file:
        rate, (riff, wave) = None, struct.unpack("<4s4x4s", file.read(12).ljust(12))
        while (riff, wave) == (b"RIFF", b"WAVE") and len(head := file.read(8)) == 8:
            tag, size = struct.unpack("<4sI", head)
            start = file.tell()
            if tag == b"fmt " and size >= 16:
                rate, align, bits = struct.unpack("<4xI4xHH", file.read(16))
            elif tag == b"data" and rate and align and bits == 16:
                return rate, min(size, os.fstat(file.fileno()).st_size - start) // align
            file.seek(start + size + size % 2)
    raise LibsndfileError(f"Error opening {path!r}: Format not recognised. (A preview reads 16-bit WAV files.)")


def prepare_voice(path):
    """The file, the filters that bring it to 16 kHz mono, its length then, and the gain that brings it to -23 LUFS."""
    rate, frames = read_wav_header(path)
    count = math.ceil(frames * RATE / rate)
    if count <= .4 * RATE:
        raise ValueError("Audio must have length greater than the block size.")
    shape = f"aformat=channel_layouts=mono,aresample={RATE},apad,atrim=end_sample={count}"
    meter = "ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=pipe\\\\:1"
    output = ffmpeg("-loglevel", "error", *source("wav", path), "-filter_complex", f"{shape},{meter}",
                    "-f", "null", "-", stdout=subprocess.PIPE, text=True).stdout
    loudness = float(output.rsplit("=", 1)[-1])
    return path, shape, count, f"{-23 - loudness if loudness > -70 else 0:.3f}dB"  # silence stays silence


def prepare_audio(args, data):
    """Writes upstream's files to save_audio: each person's track (here: its samples) at full length, and the mix."""
    if args.audio_mode == "tts":
        raise NotImplementedError("a preview cannot speak text: give it voice files, or use the multitalk engine")
    people = data["cond_audio"]
    if len(people) > 2:
        raise ValueError(f"cond_audio names {len(people)} people, MultiTalk knows one or two")
    names = [people["person1"]] if len(people) < 2 else [people["person1"], people["person2"]]
    heard = {name: prepare_voice(name) for name in names if name != "None"}
    if not heard:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "None")
    mute = (*next(iter(heard.values()))[:3], "0")  # a silent person is the other voice at no volume
    voices = [heard.get(name, mute) for name in names]
    shift = ["", ""]
    if len(names) == 2:
        first, second = (voice[2] for voice in voices)
        kind = data["audio_type"]
        if kind == "add":
            shift = [f",apad=pad_len={second}", f",adelay={first}S"]
        elif kind != "para":
            raise UnboundLocalError("local variable 'new_human_speech1' referenced before assignment")
        elif first != second:
            raise ValueError(f"operands could not be broadcast together with shapes ({first},) ({second},) ")
    folder = os.path.join(args.audio_save_dir, os.path.basename(data["cond_image"]).split(".")[0])
    os.makedirs(folder, exist_ok=True)
    files, mix = [os.path.join(folder, f"{i + 1}.pt") for i in range(len(names))], os.path.join(folder, "sum.wav")
    inputs, graph, outputs = [], [], []
    for i, (path, shape, _, volume) in enumerate(voices):
        inputs += source("wav", path)
        graph.append(f"[{i}:a]{shape},volume={volume}{shift[i]},asplit[own{i}][mix{i}]")
        outputs += ["-map", f"[own{i}]", "-f", "s16le", f"file:{files[i]}"]
    graph.append("".join(f"[mix{i}]" for i in range(len(voices))) + f"amix=inputs={len(voices)}:normalize=0[sum]")
    ffmpeg("-loglevel", "error", "-y", *inputs, "-filter_complex", ";".join(graph), *outputs,
           "-map", "[sum]", *EXACT, "-f", "wav", f"file:{mix}")
    return files, mix


def check_weights(args):
    """The weight folders must be there; they are empty stand-ins, so what they hold is not looked at."""
    missing = f"{args.ckpt_dir}/models_t5_umt5-xxl-enc-bf16.pth"
    logging.info("Creating MultiTalk pipeline.")
    logging.info(f"loading {missing}")
    if not os.path.isdir(args.ckpt_dir):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), missing)
    if args.quant:
        if args.quant not in ("int8", "fp8"):
            raise ValueError(f"Unsupported quantization: {args.quant}")
        quantized = os.path.join(args.quant_dir, "quant_models")
        logging.info(f"Loading quantized T5 from {quantized}/t5_{args.quant}.safetensors")
    logging.info(f"loading {args.ckpt_dir}/Wan2.1_VAE.pth")
    logging.info(f"loading {args.ckpt_dir}/models_clip_open-clip-xlm-roberta-large-vit-huge-14.pth")
    logging.info(f"Creating WanModel from {args.ckpt_dir}")
    if args.quant:
        logging.info(f"Loading Quantized MultiTalk from {quantized}")
    else:
        with Bar(8, "Loading checkpoint shards", interval=.1) as bar:
            bar.reach(8)


def check_wav2vec(folder):
    if folder and os.path.isdir(folder):
        return
    if folder and not os.path.isabs(folder):
        raise OSError("We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in "
                      f"the cached files. ({folder} is not a directory)")
    raise OSError(f"Repo id must be in the form 'repo_name' or 'namespace/repo_name': {folder!r}. "
                  "Use `repo_type` argument if needed.")


def plan(args, length):
    """Where each segment's new frames end. Its length is the number of bars, its last number that of the frames."""
    size, step = args.frame_num, args.frame_num - args.motion_frame
    if args.mode == "clip":
        return [size]
    segments = max(2, 1 + math.ceil((min(MAX_FRAMES, length) - size) / step))
    end = size + (segments - 1) * step
    # What the last segment has beyond the sound is cut, and three frames more, after the cut at the maximum.
    frames = min(end, MAX_FRAMES) - (end - length + 3 if end >= length else 0)
    return [min(size + i * step, frames) for i in range(segments - 1)] + [frames]


def crop_of(path, size):
    """((scaled width, height), (left, top), (width, height)): cover the bucket nearest in shape, cut the middle out."""
    with open(path, "rb") as file:
        head = file.read(24)
    if head[:8] != b"\x89PNG\r\n\x1a\n" or head[12:16] != b"IHDR":
        raise UnidentifiedImageError(f"cannot identify image file {path!r} (a preview reads PNG files)")
    width, height = struct.unpack(">II", head[16:24])
    to_height, to_width = BUCKETS[size][min(BUCKETS[size], key=lambda ratio: abs(ratio - height / width))]
    scale = max(to_width / width, to_height / height)
    scaled = math.ceil(scale * width), math.ceil(scale * height)
    return (width, height), (scaled, ((scaled[0] - to_width) // 2, (scaled[1] - to_height) // 2), (to_width, to_height))


def regions_of(data, people, picture, crop):
    """Each speaker's (top, left, bottom, right) in the video: the box, or a half of the picture, or all of it."""
    scaled, (cut_x, cut_y), (width, height) = crop
    if people == 1 or "bbox" not in data:
        # A lower edge above the picture's own puts the meters in the lower third.
        return [(0, width * i / people, .83 * height, width * (i + 1) / people) for i in range(people)]
    assert len(data["bbox"]) == people, "The number of target bbox should be the same with cond_audio"
    regions = []
    for name, (top, left, bottom, right) in data["bbox"].items():
        by_x, by_y = scaled[0] / picture[0], scaled[1] / picture[1]
        region = (max(top * by_y - cut_y, 0), max(left * by_x - cut_x, 0),
                  min(bottom * by_y - cut_y, height), min(right * by_x - cut_x, width))
        inside = 0 <= top < bottom <= picture[1] and 0 <= left < right <= picture[0]
        if not inside or region[0] >= region[2] or region[1] >= region[3]:
            raise ValueError(f"bbox of {name} {[top, left, bottom, right]} is not [top, left, bottom, right] inside "
                             f"the {picture[0]}x{picture[1]} picture and its crop: upstream would make a black video")
        regions.append(region)
    return regions


def sample(args, data, voices):
    """Upstream's late checks and its bars, around one ffmpeg that renders; returns the frames and the video as NUT."""
    if args.use_teacache:
        print("teacache_init")
        print("teacache_init done")
    data["prompt"]  # not needed, but missed, and no earlier than upstream misses it
    picture, crop = crop_of(data["cond_image"], args.size)
    width, height = crop[2]
    length = int(len(voices[0]) / RATE * FPS)
    assert length > args.frame_num, "Aduio file not exists or length not satisfies frame nums."
    regions = regions_of(data, len(voices), picture, crop)
    if args.base_seed >= 2 ** 32:
        raise ValueError("Seed must be between 0 and 2**32 - 1")
    if args.frame_num < 1 or args.frame_num % 4 != 1:
        values = (args.frame_num + 3) * (height // 8) * (width // 8)
        raise RuntimeError(f"shape '[1, {(args.frame_num + 3) // 4}, 4, {height // 8}, {width // 8}]' "
                           f"is invalid for input of size {values}")
    if args.mode == "streaming" and not 1 <= args.motion_frame < args.frame_num:
        raise ValueError(f"motion_frame {args.motion_frame} is not between 1 and frame_num - 1 = {args.frame_num - 1}: "
                         "upstream would never end")
    if args.sample_steps < 1:
        raise UnboundLocalError(f"sample_steps {args.sample_steps} leaves nothing to decode")
    if not 0 <= args.color_correction_strength <= 1:
        raise ValueError("Strength must be between 0.0 and 1.0")

    ends, frame = plan(args, length), 0
    voices = [voice[:ends[-1] * RATE // FPS] for voice in voices]
    with Animatic(FFMPEG, source("png_pipe", data["cond_image"]), crop, regions, voices, args.base_seed) as animatic:
        for end in ends:
            with Bar(args.sample_steps) as bar:
                start = frame
                while frame < end:
                    animatic.draw(frame)
                    frame += 1
                    for step in range(bar.done + 1, args.sample_steps * (frame - start) // (end - start) + 1):
                        bar.reach(step)
                for step in range(bar.done + 1, args.sample_steps + 1):  # a wasted segment has no frames of its own
                    bar.reach(step)
        return frame, animatic.finish()


def save(name, frames, video, mix):
    """Upstream's three steps and files, of which two go again."""
    temporary, sound = f"{name}-temp.mp4", f"{name}-cropaudio.wav"
    with Bar(frames, "Saving video", interval=.1) as bar:
        # Unchecked, as upstream's writer is: a full disk says so on stderr here and fails the next step.
        subprocess.run([*FFMPEG, "-loglevel", "error", "-y", "-f", "nut", "-i", "pipe:0", "-c", "copy", *EXACT,
                        f"file:{temporary}"], input=video)
        bar.reach(frames)
    # No -y: what a killed run has left behind is an error here, as it is upstream.
    ffmpeg(*source("wav", mix), "-t", f"{frames / FPS:g}", *EXACT, f"file:{sound}", stdin=subprocess.DEVNULL)
    ffmpeg("-y", *source("mp4", temporary), *source("wav", sound), "-map", "0:v", "-map", "1:a", "-c:v", "copy",
           "-c:a", "aac", *EXACT, "-movflags", "+faststart", f"file:{name}.mp4", stdin=subprocess.DEVNULL)
    os.remove(temporary)
    os.remove(sound)


def generate(args):
    logging.basicConfig(level=logging.INFO, format="[%(asctime)s] %(levelname)s: %(message)s",
                        handlers=[logging.StreamHandler(sys.stdout)])
    if args.offload_model is None:
        args.offload_model = True
        logging.info(f"offload_model is not specified, set to {args.offload_model}.")
    assert not (args.t5_fsdp or args.dit_fsdp), \
        "t5_fsdp and dit_fsdp are not supported in non-distributed environments."
    assert args.ulysses_size * args.ring_size == 1, \
        "context parallel are not supported in non-distributed environments."
    logging.info(f"Generation job args: {args}")
    logging.info("Generation model config: %s", {"__name__": "Config: preview, no model", "sample_fps": FPS})

    with open(args.input_json, encoding="utf-8") as file:
        data = json.load(file)
    check_layout(args, data)
    check_wav2vec(args.wav2vec_dir)
    files, mix = prepare_audio(args, data)
    check_weights(args)
    logging.info("Generating video ...")
    voices = []
    for path in files:
        with open(path, "rb") as file:
            voices.append(array.array("h", file.read()))
    frames, video = sample(args, data, voices)
    if args.save_file is None:
        words = data["prompt"].replace(" ", "_").replace("/", "_")[:50]
        args.save_file = f"{args.task}_{args.size.replace('*', 'x')}_{words}_{time.strftime('%Y%m%d_%H%M%S')}"
    logging.info(f"Saving generated video to {args.save_file}.mp4")
    save(args.save_file, frames, video, mix)
    logging.info("Finished.")


if __name__ == "__main__":
    try:
        generate(parse_args())
    except KeyboardInterrupt:  # upstream ends with 1 here, Python alone would end by the signal
        traceback.print_exc()
        sys.exit(1)
