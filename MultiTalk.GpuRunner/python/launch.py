"""Runs a script so that it can always be ended, together with everything it started.

    python3 launch.py GRACE SCRIPT [ARGUMENT...]

The script gets its own process group, no standard input and this interpreter. The runner holds the other end of our
standard input and never writes to it: when that pipe ends, because the runner closed it (a cancel) or died in whatever
way, the group gets SIGTERM and, GRACE seconds later, SIGKILL. What the script leaves running when it ends is killed too.
We end as the script ended, be it by exit status or by signal.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading


def signal_group(group, number):
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        pass


def stop(group, grace, ended):
    signal_group(group, signal.SIGTERM)
    if not ended.wait(grace):
        signal_group(group, signal.SIGKILL)


def stop_with_runner(*script):
    # Not sys.stdin: a thread blocked in its buffer would crash the interpreter's own shutdown.
    while os.read(0, 4096):
        pass
    stop(*script)


def end_with_launcher():
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def main():
    grace, command = float(sys.argv[1]), sys.argv[2:]
    # Ctrl-C reaches us as well as the runner, which decides. A handler, unlike SIG_IGN, is not inherited by the script.
    signal.signal(signal.SIGINT, lambda *_: None)

    child = subprocess.Popen([sys.executable, *command], stdin=subprocess.DEVNULL, start_new_session=True,
                             preexec_fn=end_with_launcher)
    ended = threading.Event()
    script = (child.pid, grace, ended)
    threading.Thread(target=stop_with_runner, args=script, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop, args=script, daemon=True).start())

    status = child.wait()
    ended.set()
    signal_group(child.pid, signal.SIGKILL)

    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


main()
