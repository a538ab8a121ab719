"""Writes the video with ffmpeg, as the real one does."""

import subprocess

import recorder


class Writer:
    def __init__(self, path, fps):
        self.path, self.fps, self.frames, self.ffmpeg = path, fps, 0, None

    def append_data(self, picture):
        if self.ffmpeg is None:
            self.height, self.width, _ = picture.shape
            command = f"ffmpeg -y -v error -f rawvideo -pix_fmt rgb24 -s {self.width}x{self.height} -r {self.fps} -i - -c:v libx264 -preset ultrafast -pix_fmt yuv420p"
            self.ffmpeg = subprocess.Popen([*command.split(), self.path], stdin=subprocess.PIPE)
        self.ffmpeg.stdin.write(picture.tobytes())
        self.frames += 1

    def close(self):
        self.ffmpeg.stdin.close()
        if self.ffmpeg.wait() != 0:
            raise OSError(f"ffmpeg could not write {self.path}.")
        recorder.write("video", path=self.path, width=self.width, height=self.height, frames=self.frames)


def get_writer(path, fps, **_):
    return Writer(path, fps)
