"""A primary, its replicas and the sentinels that watch them, on loopback."""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from support.redis_cluster import wait
from support.redis_server import RedisServer

_REPLICAS: Final = 2
_SENTINELS: Final = 3
_QUORUM: Final = 2
_NAME: Final = "main"


class Sentinel(RedisServer):
    """A sentinel, which writes what it learns into its own file.

    Args:
        primary: the port of the server that it watches.
        down_after: after so many milliseconds of silence it takes it for down.
        options: further options.
        quorum: how many sentinels must take it for down.
    """

    def __init__(
        self, primary: int, down_after: int, *options: str, quorum: int = _QUORUM
    ) -> None:
        super().__init__("--sentinel", *options)
        self._quorum = quorum
        self._primary = primary
        self._down_after = down_after

    def _config(self) -> list[str]:
        file = Path(self.folder.name) / "sentinel.conf"
        file.write_text(
            f"sentinel monitor {_NAME} 127.0.0.1 {self._primary} {self._quorum}\n"
            f"sentinel down-after-milliseconds {_NAME} {self._down_after}\n"
            f"sentinel failover-timeout {_NAME} 3000\n"
            f"sentinel parallel-syncs {_NAME} 2\n"
        )
        return [str(file)]


class SentinelSet:
    """Three sentinels, a primary and two replicas.

    Args:
        down_after: after so many milliseconds of silence the primary is voted out.
    """

    def __init__(self, *, down_after: int) -> None:
        self.primary = RedisServer()
        self.replicas: list[RedisServer] = []
        self.sentinels: list[Sentinel] = []
        self._down_after = down_after

    @property
    def url(self) -> str:
        """The store URL, without the options."""
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.sentinels)
        return f"redis+sentinel://{hosts}/{_NAME}"

    def start(self) -> None:
        """Starts all and returns when the sentinels know each other and the replicas."""
        self.primary.start()
        of_primary = ("--replicaof", "127.0.0.1", str(self.primary.port))
        for _ in range(_REPLICAS):
            replica = RedisServer(*of_primary)
            self.replicas.append(replica)
            replica.start()
        # What is written moves the offsets, which tell a replica that has loaded.
        self.primary.command("SET", "probe", "1", "PX", "60000")
        wait(lambda: self._online() == _REPLICAS)
        for _ in range(_SENTINELS):
            sentinel = Sentinel(self.primary.port, self._down_after)
            self.sentinels.append(sentinel)
            sentinel.start()
        wait(lambda: all(map(self._knows_all, self.sentinels)))

    def primary_by_sentinels(self) -> int:
        """Returns the port that the first sentinel names."""
        reply = self.sentinels[0].command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", _NAME)
        return int(reply.split(b"\r\n")[4])

    def close(self) -> None:
        """Ends all."""
        for server in (*self.sentinels, *self.replicas, self.primary):
            server.close()

    def __enter__(self) -> Self:
        """Starts all, or nothing."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends all."""
        self.close()

    def _online(self) -> int:
        facts = self.primary.command("INFO", "replication").decode()
        # An offset of 0 is that of a replica that is still loading.
        return len(re.findall(r"state=online,offset=[1-9]", facts))

    def _knows_all(self, sentinel: Sentinel) -> bool:
        facts = sentinel.command("INFO", "sentinel").decode()
        known = f"status=ok,address=127.0.0.1:{self.primary.port},slaves={_REPLICAS},"
        return f"{known}sentinels={_SENTINELS}" in facts
