"""The fixture for tests of applications, in a pytest run of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


def test_the_fixture_holds_what_was_logged(pytester: pytest.Pytester) -> None:
    """Entries are found by key or field, secrets are looked for, and nothing is on disk."""
    pytester.makeconftest('pytest_plugins = ["anivault_loguru.testing"]')
    pytester.makepyfile(
        """
        import base64
        import logging

        import pytest

        from anivault_loguru import configure, events, logger

        def test_find(logs):
            logger.trace("below every channel")
            events.api_request("/3/search", 200, 1.5)
            logging.getLogger("app.module").warning("from %s", "stdlib")
            assert [e["message"] for e in logs.entries][0] == "below every channel"
            (found,) = logs.find(event="api_request", status_code=200)
            assert found["component"] == "tmdb"
            assert logs.find(event="api_request", status_code=404) == []
            assert logs.find(nothing=None) == []
            assert logs.find(message="from stdlib")[0]["logger"] == "app.module"
            logs.clear()
            assert logs.entries == []

        def test_reconfigured(logs, tmp_path):
            configure(dir=tmp_path / "logs", console={"enabled": False})
            logger.error("x")
            assert len(logs.find(message="x")) == 1
            assert len((tmp_path / "logs" / "app.log").read_text().splitlines()) == 1

        def test_secrets(logs, caplog):
            logger.info("the password is {}", "a-known-secret")
            logger.info(base64.b64encode(b"another-secret").decode())
            logger.info("GET /?q=a%20b%2Fc")
            logs.assert_no_secrets("not logged")
            for secret in ("a-known-secret", "another-secret", "a b/c"):
                with pytest.raises(pytest.fail.Exception) as failure:
                    logs.assert_no_secrets(secret)
                assert secret not in str(failure.value)
            with pytest.raises(ValueError, match="empty"):
                logs.assert_no_secrets("")

        def test_caplog_still_works(logs, caplog):
            logging.getLogger("x").warning("seen by both")
            assert caplog.messages == ["seen by both"]
            assert len(logs.find(message="seen by both")) == 1
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=4)
    written = {path.parent.parent.name for path in Path(pytester.path).rglob("*.log")}
    assert written == {"test_reconfigured0"}  # the one that asked for files


def test_the_fixture_is_not_loaded_by_itself(pytester: pytest.Pytester) -> None:
    """A test that did not opt in knows no fixture of that name."""
    pytester.makepyfile("def test_it(logs): pass")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'logs' not found*"])
