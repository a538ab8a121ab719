"""A stand-in for MeiGen MultiTalk's generate_multitalk.py: it plays what it finds in scenario.json beside it.

A scenario is a list of steps, each a list of a function below and its arguments. Before the first one the files are
opened that the real script opens, so that a wrong working directory is noticed. Python's standard library is enough.
"""
import argparse
import base64
import fcntl
import json
import os
import select
import shutil
import signal
import struct
import sys
import termios
import time

HOME = os.path.dirname(os.path.realpath(__file__))
SWITCH = 0.005  # seconds between two streams: whoever reads both still sees the order
SET_PIPE_SIZE, PAGE = 1031, 4096  # Linux

last_stream = None


def open_inputs():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("--ckpt_dir", "--wav2vec_dir", "--input_json", "--save_file"):
        parser.add_argument(name, required=True)
    arguments, _ = parser.parse_known_args()
    with open(arguments.input_json, encoding="utf-8") as file:
        inputs = json.load(file)
    for path in [inputs["cond_image"], *(voice for voice in inputs["cond_audio"].values() if voice != "None")]:
        open(path, "rb").close()
    for path in (arguments.ckpt_dir, arguments.wav2vec_dir):
        os.listdir(path)
    return arguments


def unread(stream):
    return struct.unpack("i", fcntl.ioctl(stream, termios.FIONREAD, b"\0" * 4))[0]


def turn_to(stream):
    global last_stream
    if last_stream not in (None, stream):
        time.sleep(SWITCH)
    last_stream = stream


def put(stream, data):
    """Writes at once, and waits until it was read: what is one write here is one read there."""
    turn_to(stream)
    while data:
        data = data[os.write(stream, data):]
    while unread(stream):
        time.sleep(0.00005)


def put_apart(stream, data):
    """The same of every byte alone, and fast: a pipe of one page takes no more until the byte in it was read."""
    turn_to(stream)
    fcntl.fcntl(stream, SET_PIPE_SIZE, PAGE)
    pipe = select.poll()
    pipe.register(stream, select.POLLOUT)
    for byte in data:
        os.write(stream, bytes((byte,)))
        pipe.poll()


def write(stream, text, apart):
    """Writes base64 text at once, or every byte of it alone."""
    (put_apart if apart else put)(stream, base64.b64decode(text))


def flood(stream, text, count):
    """Writes base64 text over and over, as fast as it is read."""
    data = base64.b64decode(text)
    for _ in range(count):
        written = 0
        while written < len(data):
            written += os.write(stream, data[written:])


def wait(seconds):
    time.sleep(seconds)


def save(name):
    """Puts a file of the scenario where the video is expected."""
    shutil.copyfile(os.path.join(HOME, name), arguments.save_file + ".mp4")


def fork(generations, session):
    """Starts a child with a child of its own and so on. All say their process ids; the new ones keep the output open and
    wait for a signal."""
    if generations and os.fork() == 0:
        if session:
            os.setsid()
        fork(generations - 1, session)
        hang()
    os.write(1, b"%d\n" % os.getpid())


def deaf():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def hang():
    while True:
        signal.pause()


def end(code):
    os._exit(code)


def die(number):
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    hang()


def play(steps):
    for name, *rest in steps:
        STEPS[name](*rest)


def again(steps):
    while True:
        play(steps)


STEPS = {step.__name__: step for step in (write, flood, wait, save, fork, deaf, hang, end, die, again)}

arguments = open_inputs()
with open(os.path.join(HOME, "scenario.json"), encoding="utf-8") as file:
    play(json.load(file))
sys.exit(0)
