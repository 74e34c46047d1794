"""A store is at a path or at a URL."""

from pathlib import Path

import pytest

from runcompare.store.folder import FolderPlace
from runcompare.store.object_store import ObjectPlace
from runcompare.store.place import is_url
from runcompare.store.store import place_of


@pytest.mark.parametrize("root", ["s3://bucket/x", "memory://x", "file:///x", "simplecache::s3://b/x", "a+b.c-1://x"])
def test_urls(root: str) -> None:
    assert is_url(root)


@pytest.mark.parametrize("root", [".runcompare", "/a/b", "C:/store", "a:b", "://x", "", Path("s3://bucket")])
def test_paths(root: str | Path) -> None:
    assert not is_url(root)


def test_the_place_of_a_root(tmp_path: Path) -> None:
    for root in (tmp_path, str(tmp_path), f"file://{tmp_path}"):
        place = place_of(root)
        assert isinstance(place, FolderPlace)
        assert place.root == tmp_path
    assert isinstance(place_of("memory://x"), ObjectPlace)
