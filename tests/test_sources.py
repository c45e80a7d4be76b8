"""Where settings come from: the four TOML places, the environment, keywords, and their merge."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from anivault_loguru.settings import ConfigError, Settings, load, sources


@pytest.fixture
def user(tmp_path: Path) -> Path:
    """The user's configuration folder."""
    folder = tmp_path / "user"
    folder.mkdir()
    return folder


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    """The current folder of the application."""
    folder = tmp_path / "cwd"
    (folder / "config").mkdir(parents=True)
    return folder


def level(cwd: Path, user: Path, **environ: str) -> str | int:
    return load(environ=environ, cwd=cwd, user_config_dir=user).level


def test_the_first_toml_place_that_exists_wins(cwd: Path, user: Path) -> None:
    """User folder < pyproject table < config/logging.toml < the file the environment names."""
    assert level(cwd, user) == "INFO"
    (user / "logging.toml").write_text('level = "CRITICAL"')
    assert level(cwd, user) == "CRITICAL"
    (cwd / "pyproject.toml").write_text('[tool.anivault_loguru]\nlevel = "ERROR"')
    assert level(cwd, user) == "ERROR"
    (cwd / "config" / "logging.toml").write_text('level = "WARNING"')
    assert level(cwd, user) == "WARNING"
    (cwd / "mine.toml").write_text('level = "DEBUG"')
    assert level(cwd, user, ANIVAULT_LOG_CONFIG="mine.toml") == "DEBUG"
    assert level(cwd, user, anivault_log_config=str(cwd / "mine.toml")) == "DEBUG"


def test_only_one_toml_source_is_read(cwd: Path, user: Path) -> None:
    """The places are alternatives: keys of a lower place do not shine through."""
    (user / "logging.toml").write_text("utf8 = false")
    (cwd / "config" / "logging.toml").write_text('level = "WARNING"')
    assert load(environ={}, cwd=cwd, user_config_dir=user).utf8 is True


@pytest.mark.parametrize(
    "text",
    ["[tool.other]\nx = 1", "[tool.other]\ndepends = 'anivault_loguru'", "not toml at all ]["],
)
def test_a_pyproject_without_our_table_is_passed_over(cwd: Path, user: Path, text: str) -> None:
    """Somebody else's project file, even a broken one, is not our source."""
    (cwd / "pyproject.toml").write_text(text)
    (user / "logging.toml").write_text('level = "ERROR"')
    assert level(cwd, user) == "ERROR"


def test_the_environment_may_name_a_pyproject(cwd: Path, user: Path) -> None:
    """A pyproject.toml named by ANIVAULT_LOG_CONFIG is read for its table, which it must have."""
    (cwd / "sub").mkdir()
    project = cwd / "sub" / "pyproject.toml"
    project.write_text("[tool.anivault_loguru]\nlevel = 7")
    assert level(cwd, user, ANIVAULT_LOG_CONFIG="sub/pyproject.toml") == 7
    project.write_text("[project]\nname = 'x'")
    with pytest.raises(ConfigError) as caught:
        level(cwd, user, ANIVAULT_LOG_CONFIG="sub/pyproject.toml")
    assert str(caught.value) == (
        f"file {project} (named by environment variable ANIVAULT_LOG_CONFIG): "
        "has no table [tool.anivault_loguru]"
    )


def test_a_named_file_must_exist(cwd: Path, user: Path) -> None:
    """ANIVAULT_LOG_CONFIG naming nothing is an error that says the variable and the path."""
    with pytest.raises(ConfigError) as caught:
        level(cwd, user, ANIVAULT_LOG_CONFIG="gone.toml")
    assert str(caught.value) == (
        f"file {cwd / 'gone.toml'} (named by environment variable ANIVAULT_LOG_CONFIG): "
        "cannot be read: No such file or directory"
    )


def test_the_name_of_a_file_shows_no_secret(cwd: Path, user: Path) -> None:
    """Where the named file can't be read, its name is masked."""
    with pytest.raises(ConfigError, match=r"password=\*\*\*MASKED\*\*\* .*: cannot be read"):
        level(cwd, user, ANIVAULT_LOG_CONFIG="password=kQ7vLm3TpW5xRk9d")


def test_a_named_folder_cannot_be_read(cwd: Path, user: Path) -> None:
    """A folder in the place of the named file is an error."""
    with pytest.raises(ConfigError, match=r"file .*config .*: cannot be read: "):
        level(cwd, user, ANIVAULT_LOG_CONFIG="config")


def test_broken_toml_is_reported_with_line_and_column(cwd: Path, user: Path) -> None:
    """A syntax error names file, line and column, and never shows the line."""
    path = cwd / "config" / "logging.toml"
    path.write_text('level = "INFO"\nsecrets = hunter2\n')
    with pytest.raises(ConfigError) as caught:
        level(cwd, user)
    assert str(caught.value) == (
        f"file {path}: not valid TOML: Invalid value (at line 2, column 11)"
    )


def test_a_file_that_is_not_utf8(cwd: Path, user: Path) -> None:
    """A file in another encoding is an error that names the byte and its line."""
    path = cwd / "config" / "logging.toml"
    path.write_bytes('# 1\n# 2\napp = "결제"'.encode("cp949"))
    with pytest.raises(ConfigError) as caught:
        level(cwd, user)
    assert str(caught.value) == f"file {path}: not UTF-8: byte 0xb0 at line 3"


def test_a_byte_order_mark_is_allowed(cwd: Path, user: Path) -> None:
    """A file saved by an editor that writes a byte order mark is read."""
    (cwd / "config" / "logging.toml").write_text('level = "ERROR"', encoding="utf-8-sig")
    assert level(cwd, user) == "ERROR"


def test_our_pyproject_table_must_be_a_table(cwd: Path, user: Path) -> None:
    """A value in the place of [tool.anivault_loguru] is an error."""
    path = cwd / "pyproject.toml"
    path.write_text("[tool]\nanivault_loguru = 3")
    with pytest.raises(ConfigError) as caught:
        level(cwd, user)
    assert str(caught.value) == f"tool.anivault_loguru (file {path}): found int, expected a table"


def test_keywords_beat_environment_beats_toml_beats_defaults(cwd: Path, user: Path) -> None:
    """The four sources, each hiding the ones below it, key by key."""
    (cwd / "config" / "logging.toml").write_text(
        '[console]\nlevel = "ERROR"\nformat = "human"\ncolor = "never"'
    )
    environ = {"ANIVAULT_LOG_CONSOLE__LEVEL": "DEBUG", "ANIVAULT_LOG_CONSOLE__FORMAT": "ndjson"}
    console = {"level": "TRACE"}
    settings = load(None, {"console": console}, environ=environ, cwd=cwd, user_config_dir=user)
    assert settings.console.model_dump() == {
        "enabled": True,
        "level": "TRACE",
        "format": "ndjson",
        "color": "never",
    }


def test_environment_names_are_compared_without_case(cwd: Path, user: Path) -> None:
    """Any spelling counts, the upper-case one first; an empty value counts as unset."""
    assert level(cwd, user, anivault_log_level="DEBUG") == "DEBUG"
    assert level(cwd, user, anivault_log_level="DEBUG", ANIVAULT_LOG_LEVEL="ERROR") == "ERROR"
    assert level(cwd, user, ANIVAULT_LOG_LEVEL="") == "INFO"


def test_environment_texts_become_values(cwd: Path, user: Path) -> None:
    """Sizes, booleans, numbers and lists are read from text."""
    environ = {
        "ANIVAULT_LOG_CHANNELS__NETWORK__MAX_BYTES": "10MB",
        "ANIVAULT_LOG_CHANNELS__NETWORK__COMPONENTS": "network,grpc",
        "ANIVAULT_LOG_UTF8": "false",
        "ANIVAULT_LOG_METRICS__INTERVAL": "0.5",
        "ANIVAULT_LOG_MASKING__PATTERNS": r"AB[0-9]{3,4}",
        "ANIVAULT_LOG_MASKING__SECRETS": '["one,two", "three-more"]',
    }
    settings = load(environ=environ, cwd=cwd, user_config_dir=user)
    assert settings.channels["network"].max_bytes == 10_000_000
    assert settings.channels["network"].components == ("network", "grpc")
    assert settings.utf8 is False
    assert settings.metrics.interval == 0.5
    assert settings.masking.patterns == (r"AB[0-9]{3,4}",)
    assert [s.get_secret_value() for s in settings.masking.secrets] == ["one,two", "three-more"]


def test_a_table_may_be_json_in_the_environment(cwd: Path, user: Path) -> None:
    """A whole table is JSON text; a variable for one of its keys is stronger."""
    environ = {
        "ANIVAULT_LOG_CONSOLE": '{"level": "DEBUG", "enabled": false}',
        "ANIVAULT_LOG_CONSOLE__LEVEL": "ERROR",
        "ANIVAULT_LOG_CHANNELS__BILLING": '{"components": ["billing"]}',
    }
    settings = load(environ=environ, cwd=cwd, user_config_dir=user)
    assert (settings.console.level, settings.console.enabled) == ("ERROR", False)
    assert settings.channels["billing"].file == "billing.log"


def test_a_channel_is_removed_by_false(cwd: Path, user: Path) -> None:
    """TOML false, the environment's "false" and keyword False each remove a channel."""
    (cwd / "config" / "logging.toml").write_text("[channels]\nnetwork = false")
    settings = load(
        None,
        {"channels": {"audit": False}},
        environ={"ANIVAULT_LOG_CHANNELS__PIPELINE": "false"},
        cwd=cwd,
        user_config_dir=user,
    )
    assert list(settings.channels) == ["metrics", "app", "error"]


def test_a_removed_channel_comes_back_as_its_default(cwd: Path, user: Path) -> None:
    """A higher source that names a removed channel starts from the default of that name."""
    (cwd / "config" / "logging.toml").write_text(
        '[channels.error]\nlevel = "CRITICAL"\n[channels]\nnetwork = false'
    )
    environ = {"ANIVAULT_LOG_CHANNELS__NETWORK__LEVEL": "DEBUG"}
    channel = load(environ=environ, cwd=cwd, user_config_dir=user).channels["network"]
    assert channel.components == ("network", "tmdb", "ratelimiter", "http")
    assert channel.level == "DEBUG"


def test_empty_channels_remove_all(cwd: Path, user: Path) -> None:
    """An empty table, JSON {} or keyword {} removes every channel below; more may be added."""
    toml = cwd / "config" / "logging.toml"
    toml.write_text("channels = {}")
    assert load(environ={}, cwd=cwd, user_config_dir=user).channels == {}
    environ = {"ANIVAULT_LOG_CHANNELS__BILLING__COMPONENTS": "billing"}
    assert list(load(environ=environ, cwd=cwd, user_config_dir=user).channels) == ["billing"]
    toml.unlink()
    environ["ANIVAULT_LOG_CHANNELS"] = "{}"
    assert list(load(environ=environ, cwd=cwd, user_config_dir=user).channels) == ["billing"]
    none = load(None, {"channels": {}}, environ=environ, cwd=cwd, user_config_dir=user)
    assert none.channels == {}


def test_a_channel_table_is_merged_onto_the_default(cwd: Path, user: Path) -> None:
    """A channel given in part keeps the rest of the default channel of its name."""
    (cwd / "config" / "logging.toml").write_text('[channels.error]\nmax_bytes = "1MB"')
    channel = load(environ={}, cwd=cwd, user_config_dir=user).channels["error"]
    assert (channel.max_bytes, channel.level, channel.components) == (10**6, "ERROR", ("*",))


def test_bare_settings_read_environment_and_toml(
    cwd: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings() is what load() returns, and its keywords are the strongest source."""
    for name in [name for name in os.environ if name.upper().startswith("ANIVAULT_LOG_")]:
        monkeypatch.delenv(name)
    (cwd / "config" / "logging.toml").write_text('level = "WARNING"\nutf8 = false')
    monkeypatch.chdir(cwd)
    monkeypatch.setenv("ANIVAULT_LOG_CONSOLE__LEVEL", "DEBUG")
    settings = Settings(intercept=False)
    assert settings == load(None, {"intercept": False})
    assert (settings.level, settings.utf8, settings.intercept) == ("WARNING", False, False)
    assert settings.console.level == "DEBUG"


def test_sources_say_where_each_key_comes_from(cwd: Path, user: Path) -> None:
    """Every key of the effective settings has the text of its source."""
    (cwd / "pyproject.toml").write_text("[tool.anivault_loguru.channels.network]\nmax_bytes = 1")
    said = sources(
        {"console": {"color": "never"}},
        environ={"ANIVAULT_LOG_LEVEL": "DEBUG"},
        cwd=cwd,
        user_config_dir=user,
    )
    assert said["level"] == "environment variable ANIVAULT_LOG_LEVEL"
    assert said["console.color"] == "keyword argument"
    assert said["channels.network.max_bytes"] == (
        f"file {cwd / 'pyproject.toml'}, table [tool.anivault_loguru.channels.network]"
    )
    rest = {key for key, source in said.items() if source == "default"}
    assert {"dir", "console.level", "channels.network.file", "channels.app.components"} <= rest
    assert len(rest) == len(said) - 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows keeps a current folder alive")
def test_a_removed_working_directory_is_no_obstacle(
    tmp_path: Path, user: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the current folder is gone, settings load; only a relative dir is refused."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert load(environ={}, user_config_dir=user).level == "INFO"
    with pytest.raises(ConfigError, match=r"^dir .*found 'logs', expected the path of a folder$"):
        load(None, {"dir": "logs"}, environ={}, user_config_dir=user)
