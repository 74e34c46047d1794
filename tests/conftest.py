"""Shared by all tests."""

import os
import tempfile

import pytest
from hypothesis import HealthCheck, settings

# machines that run the tests are shared and slow at times; slowness is not what these tests are about
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# comparisons keep what they read: not in the checkout, and not from one test to the next
os.environ["RUNCOMPARE_STORE"] = tempfile.mkdtemp(prefix="runcompare-store-")


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("RUNCOMPARE_STORE", str(tmp_path_factory.mktemp("store")))
