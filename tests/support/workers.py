"""`daypassd serve` as a process with children: its workers, or what it is given."""

from __future__ import annotations

from support.daypassd import Daypassd, wait_until
from support.processes import children_of, is_running

# Becomes a program that orphans are given to, as the first process of a container
# is, with one child that has ended and one orphan that is about to.
REAPER = """
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(1)
    os._exit(0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Workers(Daypassd):
    """A server with two workers."""

    @property
    def pids(self) -> list[int]:
        """The processes of the workers that run."""
        return [pid for pid in children_of(self.process.pid) if is_running(pid)]

    def wait_whole(self, served: int = 2) -> None:
        """Returns when so many workers have come to serve since the start."""
        wait_until(lambda: self.log.count('"worker serving"') >= served, "workers")

    def __exit__(self, *_: object) -> None:
        """Ends the workers, too, if the supervisor could not."""
        pids = self.pids
        super().__exit__(None, None, None)
        wait_until(lambda: not any(map(is_running, pids)), "no worker is left")
