"""The version of the distribution `daypass-client`; stated here and nowhere else."""

from typing import Final

__version__: Final = "0.1.0"
