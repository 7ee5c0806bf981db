"""The directory that a worker serves, opened as its settings say."""

from __future__ import annotations

from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.secrets import SecretResolver
from daypass.config import Settings, environment
from daypass.core.ports import Clock, Entropy
from daypass.directory.ahead import Declarer
from daypass.state import StatePaths, read_master_keys


def open_directory(
    settings: Settings, *, clock: Clock, entropy: Entropy, declarer: Declarer
) -> DirectoryFiles:
    """Loads the directory, with secrets sealed under either master key.

    Args:
        settings: where all of it is.
        clock: as for `DirectoryFiles`, and so are the others.
        entropy: as above.
        declarer: as above.

    Raises:
        DirectoryInvalidError: it has faults.
        Exception: the master key cannot be read, as `read_master_keys` says.
    """
    paths = StatePaths.of(settings)
    master_key, *others = read_master_keys(settings)
    return DirectoryFiles.open(
        folder=settings.directory,
        registry=paths.unique_ids,
        secrets=SecretResolver(
            folder=paths.secrets,
            environment=environment(),
            master_key=master_key,
            next_master_key=next(iter(others), None),
        ),
        entropy=entropy,
        clock=clock,
        declarer=declarer,
    )
