"""Results as they are kept and read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from loadtest.results import ResultsError, named, read, write

from support.load_results import results, window


def test_kept_as_they_are(tmp_path: Path) -> None:
    """What is read is what was written, to the last sample."""
    found = results(windows=(window(), window(lost=2)), figures={"rate": 12.5})

    write(found, tmp_path / "results.json")

    assert found == read(tmp_path / "results.json")


@pytest.mark.parametrize(
    "text", ["", "[]", "7", "{}", '{"format": 1}', '{"format": 1, "capacities": 3}']
)
def test_other_file_refused(tmp_path: Path, text: str) -> None:
    """A file that holds no results is refused with its name."""
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ResultsError, match=r"other\.json"):
        read(path)


def test_other_format_refused(tmp_path: Path) -> None:
    """Results of another format are not compared by mistake."""
    path = tmp_path / "results.json"
    write(results(), path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))

    with pytest.raises(ResultsError, match="another format"):
        read(path)


def test_ratio_of_unknown_is_none() -> None:
    """There is no ratio of what was not run."""
    assert results().ratio("mint_batch", "empty") is None
    assert results().ratio("mint", "nothing") is None


def test_disturbed_round_left_out() -> None:
    """Rounds in which raw signing was slow are in no ratio."""
    disturbed = (30_000.0,) * 5 + (20_000.0,)

    assert (0, 1, 2, 3, 4) == results(yardstick=disturbed).steady()


def test_differing_twins_unjudged() -> None:
    """A run whose identical servers differ has no verdict, and says why."""
    uneven = (4_000.0, 3_000.0, 4_400.0, 3_500.0, 4_000.0, 4_600.0)

    assert "identical" in str(results(again=uneven).why_not_judged())
    assert results().why_not_judged() is None


def test_foreign_server_unjudged() -> None:
    """A run that knows no CPU time of the server has no verdict."""
    assert results(unjudged="no CPU time").why_not_judged() == "no CPU time"


def test_first_engine_has_plain_names() -> None:
    """The first engine's scenarios have their own names, a further one's both."""
    assert named("mint", "aio", ("aio", "cq")) == "mint"
    assert named("mint", "cq", ("aio", "cq")) == "mint@cq"
    assert named("mint", "cq", ("cq",)) == "mint"
