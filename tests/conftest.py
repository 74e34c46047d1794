"""Shared by all tests."""

from hypothesis import HealthCheck, settings

# machines that run the tests are shared and slow at times; slowness is not what these tests are about
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
