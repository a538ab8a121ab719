"""Writes down what the script opens, looks for, makes and starts: a JSON object a line, in the file MULTITALK_RECORD names."""

import atexit
import json
import os
import sys

_EVENTS = {"os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "shutil.rmtree"}

_file = None


def write(event, **facts):
    if _file is not None:
        os.write(_file, (json.dumps({"event": event, **facts}) + "\n").encode())


def install():
    global _file
    _file = os.open(os.environ["MULTITALK_RECORD"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
    code = {os.path.realpath(path) for path in (sys.prefix, sys.base_prefix, os.path.dirname(__file__), *sys.path[1:])}
    write("start", argv=sys.orig_argv[1:], cwd=os.getcwd(), code=sorted(code))
    # Nothing tells when a file is only looked for.
    for name in ("exists", "isfile", "isdir", "lexists"):
        setattr(os.path, name, _watched(name, getattr(os.path, name)))
    sys.addaudithook(_hook)
    atexit.register(_end)


def _hook(event, args):
    if event == "open" and isinstance(args[0], (str, bytes, os.PathLike)):
        _, mode, flags = args
        writes = set(mode) & set("wax+") if mode else flags & (os.O_WRONLY | os.O_RDWR)
        write("write" if writes else "read", path=os.fsdecode(args[0]))
    elif event in _EVENTS and isinstance(args[0], (str, bytes, os.PathLike)):
        write(event, path=os.fsdecode(args[0]))
    elif event == "subprocess.Popen":
        write(event, argv=[os.fsdecode(word) for word in args[1]])


def _watched(name, function):
    def watched(path):
        found = function(path)
        if isinstance(path, (str, os.PathLike)):
            write(name, path=os.fspath(path), found=found)
        return found

    return watched


def _end():
    modules = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items()) if name.split(".")[0] in ("wan", "src", "kokoro")}
    write("end", argv=sys.argv, cwd=os.getcwd(), modules={name: file for name, file in modules.items() if file})
