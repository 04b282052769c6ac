"""One suite of the ports, run on the desk and in Chromium."""

import pytest

pytest.register_assert_rewrite("tests.conformance.suite")
