"""One page of metrics out of those of several workers.

Each sample gets a label `worker` with the number of its worker. They are not added
up: what a worker has counted is gone when it dies, and a sum that falls looks like a
counter that began anew for all. Whoever wants the sum asks Prometheus for it.

SPEC: the Prometheus text exposition format, 0.0.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_HEAD: Final = "# "
_UP: Final = "daypass_worker_up"


def merge_pages(pages: Sequence[bytes | None]) -> bytes:
    """Returns the page of all workers.

    Args:
        pages: those of the workers, in the order of their numbers; None where a
            worker did not answer.
    """
    # Lines of one family have to stand together.
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for number, page in enumerate(pages):
        family = ""
        for line in (page or b"").decode().splitlines():
            if line.startswith(_HEAD):
                family = line.split(" ", 3)[2]
                head = heads.setdefault(family, [])
                if line not in head:
                    head.append(line)
            else:
                samples.setdefault(family, []).append(_labelled(line, number))
    lines = [
        f"# HELP {_UP} Whether a worker answered for this page.",
        f"# TYPE {_UP} gauge",
        *(
            f'{_UP}{{worker="{number}"}} {float(page is not None)}'
            for number, page in enumerate(pages)
        ),
    ]
    for family, head in heads.items():
        lines += [*head, *samples.get(family, [])]
    return "".join(f"{line}\n" for line in lines).encode()


def _labelled(sample: str, number: int) -> str:
    label = f'worker="{number}"'
    name, brace, rest = sample.partition("{")
    if not brace:
        name, _, value = sample.partition(" ")
        return f"{name}{{{label}}} {value}"
    return f"{name}{{{label}{'' if rest.startswith('}') else ','}{rest}"
