"""The curves of scale: directories of any size, and how they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from loadtest.scale_bench import Point, table
from loadtest.scale_directory import write_directory
from typer.testing import CliRunner

from daypass.cli import app


def test_flat_curve_has_no_slope() -> None:
    """A cost that stays is told as flat, with each point beside the smallest."""
    text = table("roles", [Point(10, [100.0]), Point(1_000, [100.0])])

    assert "| 1,000 | – | – | 100 | 1.00 |" in text
    assert "Slope of the cost: +0.000" in text


def test_growing_curve_shows() -> None:
    """A cost in proportion has the slope one."""
    text = table("roles", [Point(10, [5.0], 0.5, 0.4, 1 << 20), Point(100, [50.0])])

    assert "| 10 | 0.50 (0.40) | 1 | 5 | 1.00 |" in text
    assert "Slope of the cost: +1.000" in text


def test_slow_turn_leaves_ratios() -> None:
    """A turn in which the machine was slow is slow for all points."""
    text = table("roles", [Point(10, [9.0, 90.0, 9.0]), Point(100, [9.0, 90.0, 9.0])])

    assert "| 100 | – | – | 9 | 1.00 |" in text


@pytest.mark.parametrize(("roles", "policies"), [(0, 3), (3, 0), (4, 5)])
def test_directory_is_without_fault(tmp_path: Path, roles: int, policies: int) -> None:
    """What is written is a directory that a server takes, spread over files."""
    folder = write_directory(
        tmp_path / "directory", roles=roles, policies=policies, in_one_file=2
    )

    result = CliRunner().invoke(app, ["check", str(folder)])

    ballast = [
        yaml.safe_load(path.read_text())
        for path in sorted(folder.glob("accounts/ballast-*.yaml"))
    ]
    assert 0 == result.exit_code, result.stderr
    assert roles == sum(len(each["roles"]) for each in ballast)
    assert policies == sum(len(each["policies"]) for each in ballast)
    assert len(ballast) == -(-max(roles, policies) // 2)
