"""Runs a script so that it can always be ended, together with everything it started.

    python3 launch.py GRACE SCRIPT [ARGUMENT...]

The script gets its own session, no standard input and this interpreter. The runner holds the other end of our standard
input and never writes to it: when that pipe ends, because the runner closed it (a cancel) or died in whatever way, the
script and all its descendants get SIGTERM and, GRACE seconds later, SIGKILL. What the script leaves running when it ends is
killed too. On Linux that holds for daemons and for children with a session of their own, such as torchrun's; elsewhere for
the script's process group. We end as the script ended, be it by exit status or by signal.
"""

import ctypes
import os
import signal
import sys
import threading

LINUX = sys.platform == "linux"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def prctl(option, value):
    if LINUX:
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def start(command):
    script = os.fork()
    if script == 0:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores these two, and what is ignored is inherited.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, *command])
    return script


def descendants():
    """The processes below us. One whose parent ended is our own child: we are the subreaper."""
    parents = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/stat", "rb") as file:
                # Behind the name, which may hold anything: ") STATE PARENT …".
                parents[int(process)] = int(file.read().rpartition(b")")[2].split()[1])
        except OSError:
            pass  # It ended meanwhile.
    found, level = [], {os.getpid()}
    while level:
        level = {process for process, parent in parents.items() if parent in level}
        found += level
    return found


def signal_all(script, number):
    processes = descendants() if LINUX else [-script]
    for process in processes:
        try:
            os.kill(process, number)
        except (ProcessLookupError, PermissionError):
            pass
    return processes


def stop(script, grace, ended):
    signal_all(script, signal.SIGTERM)
    if not ended.wait(grace):
        signal_all(script, signal.SIGKILL)


def stop_with_runner(*script):
    # Not sys.stdin: a thread blocked in its buffer would crash the interpreter's own shutdown.
    while os.read(0, 4096):
        pass
    stop(*script)


def wait(script):
    """Its status. Who lost its parent is ours to reap, too."""
    while True:
        process, status = os.waitpid(-1, 0)
        if process == script:
            return status


def kill_rest(script):
    """What dies leaves its children to us, so again until we have none. Mostly we have none at once."""
    killed = [] if LINUX else signal_all(script, signal.SIGKILL)
    while True:
        try:
            os.waitpid(-1, 0 if killed else os.WNOHANG)
        except ChildProcessError:
            return
        killed = signal_all(script, signal.SIGKILL)


def main():
    grace, command = float(sys.argv[1]), sys.argv[2:]
    # Ctrl-C reaches us as well as the runner, which decides. A handler, unlike SIG_IGN, is not inherited by the script.
    signal.signal(signal.SIGINT, lambda *_: None)

    prctl(PR_SET_CHILD_SUBREAPER, 1)
    ended = threading.Event()
    script = start(command)
    threading.Thread(target=stop_with_runner, args=(script, grace, ended), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop, args=(script, grace, ended), daemon=True).start())

    status = wait(script)
    ended.set()
    kill_rest(script)

    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


main()
