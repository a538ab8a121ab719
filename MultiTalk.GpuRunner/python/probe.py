"""Looks at this interpreter and this directory as the script would see them, and prints one JSON document.

    python3 launch.py GRACE probe.py facts   '{"distributions": [NAME...], "modules": [NAME...]}'
    python3 launch.py GRACE probe.py imports '{"limit": SECONDS, "total": SECONDS, "imports": [[MODULE, [MEMBER...]]...]}'

The doctor runs both, one after the other, in a workspace, with the environment of a job. "facts" imports no package and
leaves a file behind; "imports" says whether it still sees that file. Each import happens in a process of its own, so that
one that raises, crashes, hangs or ends the interpreter hides no other. The first import of the list, torch, is what most
others need and takes longest: it happens once, in a process that then forks for each of the others. If it does not get
that far, they start without it. Standard library only, from Python 3.8 on.
"""

import glob
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time

SCRIPT = "generate_multitalk.py"
FIRST_STEP = "first-step"
LONGEST_TEXT = 500


def main():
    mode, wanted = sys.argv[1], json.loads(sys.argv[2])
    # Python puts the directory of the script there, after following links.
    sys.path[0] = os.path.dirname(os.path.realpath(SCRIPT))
    answer = facts(wanted) if mode == "facts" else imports(wanted)
    json.dump(answer, sys.stdout)
    print(flush=True)


def readable(text):
    """One line of bounded length that is valid Unicode: paths and messages need not be."""
    text = " ".join(str(text).split()).encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT // 2] + " ... " + text[-LONGEST_TEXT // 2:]


def told(error):
    return readable(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def value_or_error(get):
    """What get() returns, or what went wrong: (value, None) or (None, text)."""
    try:
        return get(), None
    except Exception as error:
        return None, told(error)


# ---- facts ----

def facts(wanted):
    value_or_error(lambda: open(FIRST_STEP, "w").close())
    return {
        "version": "%d.%d.%d" % sys.version_info[:3],
        "executable": readable(sys.executable),
        "argSpec": hasattr(inspect, "ArgSpec"),
        "directory": readable(os.getcwd()),
        "sees": [readable(name) for name in sorted(os.listdir(".")) if name != FIRST_STEP],
        "weights": weights(),
        "inputs": inputs(),
        "scriptDirectory": readable(sys.path[0]),
        "environment": sorted(readable(name) for name in os.environ),
        "versions": {name: version(name) for name in wanted["distributions"]},
        "modules": {name: location(name) for name in wanted["modules"]},
        "user": value_or_error(user)[0],
        "caches": caches(),
        "compiler": compiler(),
        "espeakData": espeak_data(),
    }


def weights():
    """How many entries each folder below weights/ has; a link that leads nowhere counts as none."""
    folders, _ = value_or_error(lambda: sorted(os.listdir("weights")))
    return {readable(name): sum(map(os.path.exists, glob.glob(f"weights/{glob.escape(name)}/*"))) for name in folders or []}


def inputs():
    """The files that input.json names, as it names them, and whether they are there."""
    def read():
        with open("input.json", encoding="utf-8") as file:
            data = json.load(file)
        return [data["cond_image"], *data["cond_audio"].values()]
    names, problem = value_or_error(read)
    return {"files": {readable(name): os.path.isfile(name) for name in names or []}, "problem": problem}


def version(distribution):
    return value_or_error(lambda: readable(importlib.metadata.version(distribution)))[0]


def location(module):
    """Where an import would find a module that nothing has imported yet; None if nowhere, or if it would fail while it looks."""
    spec, _ = value_or_error(lambda: importlib.util.find_spec(module))
    if spec is None:
        return None
    found = list(spec.submodule_search_locations or []) or [spec.origin or "built in"]
    return readable(found[0])


def user():
    import getpass
    return getpass.getuser()


def caches():
    """The directories that compilers and plotters want to write, in the order in which their libraries choose them."""
    name = value_or_error(user)[0]
    home = os.path.expanduser("~")
    chosen = os.environ.get
    inductor = name and os.path.join(tempfile.gettempdir(), "torchinductor_" + name)
    return [
        cache("HOME", chosen("HOME") or (home if home != "~" else None)),
        cache("TORCHINDUCTOR_CACHE_DIR", chosen("TORCHINDUCTOR_CACHE_DIR") or inductor, compiled=True),
        cache("TRITON_CACHE_DIR", chosen("TRITON_CACHE_DIR") or os.path.join(home, ".triton", "cache"), compiled=True),
        cache("NUMBA_CACHE_DIR", chosen("NUMBA_CACHE_DIR") or beside_librosa() or os.path.join(home, ".cache", "numba")),
        cache("MPLCONFIGDIR", chosen("MPLCONFIGDIR") or tempfile.gettempdir()),
        cache("TMPDIR", tempfile.gettempdir(), compiled=True),
    ]


def beside_librosa():
    """Numba caches beside the source if it may: librosa's, in site-packages."""
    spec = value_or_error(lambda: importlib.util.find_spec("librosa"))[0]
    source = os.path.dirname(spec.origin) if spec and spec.origin else None
    return source if source and not unwritable(source) else None


def cache(name, path, compiled=False):
    problem = "no directory: this user has no entry in the user database" if not path else unwritable(path, compiled)
    return {"name": name, "path": readable(path or ""), "problem": problem}


def unwritable(path, compiled=False):
    """Why nothing can be written, and, if compiled, loaded from there; the directory itself need not exist yet."""
    path = os.path.abspath(path)
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"x")
            file.flush()
        if compiled and os.statvfs(path).f_flag & getattr(os, "ST_NOEXEC", 0):
            return "mounted noexec: what is compiled there cannot be loaded"
    except OSError as error:
        return told(error)
    return None


def compiler():
    """Triton takes gcc, else clang, builds a small extension module with it, and loads that."""
    found = shutil.which("gcc") or shutil.which("clang")
    header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
    problem = None
    if found:
        with tempfile.TemporaryDirectory(dir=".") as directory:
            source = os.path.join(directory, "probe.c")
            with open(source, "w") as file:
                file.write("#include <stdlib.h>\nint probe(void) { return abs(-1); }\n")
            problem = value_or_error(lambda: build(found, source))[1]
    return {"path": readable(found or ""), "problem": problem, "header": readable(header), "headerFound": os.path.isfile(header)}


def build(compiler, source):
    result = subprocess.run([compiler, source, "-O0", "-shared", "-fPIC", "-o", source + ".so"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10)
    if result.returncode:
        raise OSError(result.stdout.decode("utf-8", "replace") or f"exit code {result.returncode}")


def espeak_data():
    places = glob.glob("/usr/share/espeak-ng-data/phontab") + glob.glob("/usr/lib/*/espeak-ng-data/phontab") \
        + glob.glob("/usr/local/share/espeak-ng-data/phontab")
    return readable(os.path.dirname(places[0])) if places else None


# ---- imports ----

def imports(wanted):
    first_step = os.path.isfile(FIRST_STEP)
    end = time.monotonic() + wanted["total"]
    trials = [[module, lambda module=module, members=members: take(module, members)] for module, members in wanted["imports"]]
    results = {}
    # libcuda may wait for a driver that never answers: it is tried beside the rest, and never in the process that forks.
    results.update(warmed(trials[0], [["cuda", cuda]] + trials[1:], wanted["limit"], end))
    return {"firstStep": first_step, "cuda": results.pop("cuda"), "imports": results}


def warmed(first, others, limit, end):
    """The results of all trials: the first in a process of its own, the others in forks of that one as long as it lives."""
    def serve(write):
        write({first[0]: first[1]()})
        each(others, limit, end, lambda name, result: write({name: result}))
        # The end of the pipe would not say so: a fork that nothing could end still holds it open.
        write({})

    pipe, process = fork(serve, end)
    lines, results = Lines(pipe), {}
    got = lines.next(min(end, time.monotonic() + limit))
    while got:
        results.update(got)
        # It bounds each of its forks itself; the margin is for the case that it cannot.
        got = lines.next(min(end, time.monotonic() + limit) + 2)
    how = ending(process, timed_out=lines.open)
    os.close(pipe)
    if first[0] in results:
        # It was the first of the others to start: a driver that has not answered by now is not asked again.
        results.setdefault("cuda", how)
    result = results.setdefault(first[0], how)
    if result["problem"] in ("crash", "time_out"):
        # Its own modules would do the same, one after the other.
        results.update({name: result for name, _ in others if name.startswith(first[0] + ".")})
    each([trial for trial in others if trial[0] not in results], limit, end, results.__setitem__)
    return results


def each(trials, limit, end, report):
    """Runs trials in forks of this process, some at a time."""
    waiting, running = list(reversed(trials)), {}
    places = max(2, min(8, os.cpu_count() or 1))
    with selectors.DefaultSelector() as selector:
        while waiting or running:
            while waiting and len(running) < places and time.monotonic() < end:
                name, trial = waiting.pop()
                until = min(end, time.monotonic() + limit)
                pipe, process = fork(lambda write: write(trial()), until)
                running[pipe] = name, process, until
                selector.register(pipe, selectors.EVENT_READ)
            if not running:
                break
            ready = {key.fd for key, _ in selector.select(max(0, min(until for _, _, until in running.values()) - time.monotonic()))}
            for pipe, (name, process, until) in list(running.items()):
                if pipe not in ready and time.monotonic() < until:
                    continue
                selector.unregister(pipe)
                got = Lines(pipe).next(time.monotonic() + 1) if pipe in ready else None
                how = ending(process, timed_out=pipe not in ready)
                report(name, got or how)
                os.close(pipe)
                del running[pipe]
    for name, _ in waiting:
        report(name, {"problem": "time_out", "text": "not tried: the time for all imports was used up"})


class Lines:
    """JSON documents, a line each, from the other end of a pipe."""

    def __init__(self, pipe):
        self.pipe, self.data, self.open = pipe, b"", True

    def next(self, until):
        """The next document; None at the end or when the time is up."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.pipe, selectors.EVENT_READ)
            while b"\n" not in self.data:
                if not selector.select(max(0, until - time.monotonic())):
                    return None
                read = os.read(self.pipe, 65536)
                self.data += read
                if not read:
                    self.open = False
                    return None
        line, self.data = self.data.split(b"\n", 1)
        return json.loads(line)


def fork(work, end):
    """Starts work(write) in a process of its own, whose output goes nowhere; returns the pipe it writes to, and its id."""
    lifetime = max(1, int(end - time.monotonic()) + 5)
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return reading, process
    try:
        os.close(reading)
        silent = os.open(os.devnull, os.O_RDWR)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        # For the case that nobody is left to end it.
        signal.alarm(lifetime)
        work(lambda document: os.write(writing, json.dumps(document).encode() + b"\n"))
    finally:
        # Not exit: nothing that a package registered for the end may run.
        os._exit(0)


def ending(process, timed_out):
    """How a process that says nothing more ended; it gets a moment, or none if its time is up."""
    status = status_of(process, 0 if timed_out else 1)
    if status is None:
        os.kill(process, signal.SIGKILL)
        # Inside a driver's call not even this ends it: it is left behind.
        status_of(process, .5)
        return {"problem": "time_out", "text": "did not end in time"}
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        # Those for real time have no names.
        return {"problem": "crash", "text": f"crashes: {value_or_error(lambda: signal.Signals(number).name)[0] or f'signal {number}'}"}
    return {"problem": "crash", "text": f"ends the interpreter with exit code {os.WEXITSTATUS(status)}"}


def status_of(process, seconds):
    """The status with which a process ends; None if it has none by then."""
    until = time.monotonic() + seconds
    ended, status = os.waitpid(process, os.WNOHANG)
    while not ended and time.monotonic() < until:
        time.sleep(.002)
        ended, status = os.waitpid(process, os.WNOHANG)
    return status if ended else None


def take(module, members):
    """What "import module" and "from module import members" do."""
    try:
        loaded = importlib.import_module(module)
        for member in members:
            if not hasattr(loaded, member):
                try:
                    importlib.import_module(f"{module}.{member}")
                except ModuleNotFoundError as error:
                    if error.name != f"{module}.{member}":
                        raise
                    raise ImportError(f"cannot import name {member!r} from {module!r}")
    except ModuleNotFoundError as error:
        return {"problem": "missing", "missing": readable(error.name), "text": told(error)}
    except SystemExit as error:
        return {"problem": "crash", "text": f"ends the interpreter: sys.exit({readable(error.code)})"}
    except BaseException as error:
        return {"problem": "error", "text": told(error)}
    found = {"problem": None, "text": readable(getattr(loaded, "__version__", ""))}
    if module == "xformers.ops":
        # It only warns where its compiled part does not fit torch.
        broken = getattr(sys.modules.get("xformers._cpp_lib"), "_cpp_library_load_exception", None)
        found["note"] = told(broken) if broken else None
    return found


def cuda():
    """The cards that the script would see: those of the driver's own library, after CUDA_VISIBLE_DEVICES."""
    import ctypes
    try:
        library = ctypes.CDLL("libcuda.so.1")

        def call(name, *arguments):
            code = getattr(library, name)(*arguments)
            if code:
                text = ctypes.c_char_p()
                library.cuGetErrorString(code, ctypes.byref(text))
                raise OSError(f"{name}: {(text.value or b'').decode()} ({code})")

        def number(name, *arguments, kind=ctypes.c_int):
            value = kind()
            call(name, ctypes.byref(value), *arguments)
            return value.value

        call("cuInit", 0)
        devices = []
        for index in range(number("cuDeviceGetCount")):
            device = number("cuDeviceGet", index)
            name = ctypes.create_string_buffer(256)
            call("cuDeviceGetName", name, len(name), device)
            major, minor = (number("cuDeviceGetAttribute", attribute, device) for attribute in (75, 76))
            devices.append({"name": readable(name.value.decode("utf-8", "replace")), "capability": float(f"{major}.{minor}"),
                            "bytes": number("cuDeviceTotalMem_v2", device, kind=ctypes.c_size_t)})
        return {"version": number("cuDriverGetVersion"), "devices": devices, "text": ""}
    except Exception as error:
        return {"version": 0, "devices": [], "text": readable(error)}


main()
