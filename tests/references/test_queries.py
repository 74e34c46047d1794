"""A query's runs as groups of replicates."""

from pathlib import Path

import pytest

from runcompare.errors import RunNotFound
from runcompare.references.places import Places
from runcompare.references.queries import queried_groups

RUNS = Path(__file__).parents[2] / "examples" / "runs"


def sizes(query: str, **more) -> dict[str, int]:
    return {one.group.label: len(one.group) for one in queried_groups(query, Places([RUNS]), **more).groups}


def test_runs_that_are_no_replicates_fall_into_groups():
    assert sizes("v3,baseline32") == {"baseline32": 5, "v3": 3}
    assert sizes("config:latent.tokens=16") == {"baseline32": 5, "v3": 3}


def test_a_folder_is_a_query_and_what_tells_groups_apart_is_known():
    found = queried_groups(str(RUNS), Places([RUNS])).groups
    assert {"baseline32", "hjnqclgk", "v3"} <= {one.group.label for one in found}
    assert all("latent.tokens" in one.differs for one in found)


def test_an_alias_is_understood():
    assert sizes("ours", aliases={"ours": "v3,hjnqclgk"}) == {"hjnqclgk": 3, "v3": 3}


def test_what_finds_nothing_is_an_error():
    with pytest.raises(RunNotFound):
        sizes("group:nothere")
