"""The settings model: its defaults, its shape, and what it refuses."""

from __future__ import annotations

import copy
import datetime
import json
import pickle
import re
import sys
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from anivault_loguru._trail import _text
from anivault_loguru.plain import text_of
from anivault_loguru.settings import ChannelSettings, ConfigError, ConsoleSettings, Settings, load

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

DEFAULT_FILE = Path(__file__).parent.parent / "config" / "logging.toml"


@pytest.fixture
def place(tmp_path: Path) -> dict[str, Any]:
    """An empty environment, current folder and user folder for `load`."""
    return {"environ": {}, "cwd": tmp_path, "user_config_dir": tmp_path / "user"}


def refusal(place: dict[str, Any], overrides: dict[str, object] | None = None) -> str:
    """Return the whole text of the ConfigError, which must be one of its own."""
    with pytest.raises(ConfigError) as caught:
        load(None, overrides, **place)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return str(caught.value)


def names_of(model: type[BaseModel]) -> list[str]:
    """Return a model's keys as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]


KNOWN = ", ".join(names_of(Settings))


def test_defaults(place: dict[str, Any]) -> None:
    """Without any source the settings are the ones of the documentation."""
    settings = load(**place)
    assert settings.model_dump(exclude={"channels"}) == {
        "app": "anivault",
        "dir": platformdirs.user_log_path("anivault", appauthor=False),
        "level": "INFO",
        "max_record_bytes": 1_000_000,
        "schema_": "native",
        "utf8": True,
        "intercept": True,
        "inherit": True,
        "console": {"enabled": True, "level": "INFO", "format": "auto", "color": "auto"},
        "masking": {
            "enabled": True,
            "keys": (),
            "patterns": (),
            "secrets": (),
            "allow": (),
            "env": True,
            "fingerprint": False,
        },
        "metrics": {
            "enabled": True,
            "interval": 60.0,
            "loop_lag": False,
            "prometheus_host": "127.0.0.1",
            "prometheus_port": None,
            "prometheus_textfile": None,
            "alerts": (),
        },
        "queue": {"mode": "off", "size": 10_000, "overflow": "block"},
        "audit": {"key": None, "key_file": None, "fsync": True, "required": False},
        "otlp": {
            "enabled": True,
            "endpoint": None,
            "headers": {},
            "compression": "auto",
            "timeout": None,
            "level": None,
            "version": "",
            "size": 30_000,
        },
    }
    common = {
        "rotation": datetime.time(0, 0),
        "max_bytes": 20_000_000,
        "retention_days": 30,
        "retention_count": 10,
        "retention_bytes": 500_000_000,
        "compression": "gz",
        "serialize": True,
    }
    audit = {"retention_days": 365, "retention_count": 0, "retention_bytes": 0}
    pipeline = ("pipeline", "cache", "scanner", "parser", "matcher", "organizer")
    assert {name: channel.model_dump() for name, channel in settings.channels.items()} == {
        name: {"file": f"{name}.log", "components": components, "level": level, **common}
        | (audit if name == "audit" else {})
        for name, components, level in [
            ("network", ("network", "tmdb", "ratelimiter", "http"), None),
            ("pipeline", pipeline, None),
            ("audit", ("audit",), None),
            ("metrics", ("metrics",), None),
            ("app", (), None),
            ("error", ("*",), "ERROR"),
        ]
    }


def test_the_shipped_file_is_the_defaults(place: dict[str, Any]) -> None:
    """config/logging.toml, loaded, changes nothing."""
    shipped = {**place, "environ": {"ANIVAULT_LOG_CONFIG": str(DEFAULT_FILE)}}
    assert load(**shipped) == load(**place)


def keys_of(model: type[BaseModel], above: str = "") -> set[str]:
    """Return the dotted paths of a model's keys, those of one channel for all channels."""
    tables: dict[str, type[BaseModel]] = {
        "channels.network.": ChannelSettings,
        **{
            f"{name}.": type(field.default)
            for name, field in model.model_fields.items()
            if isinstance(field.default, BaseModel)
        },
    }
    plain = {above + name for name in names_of(model) if f"{name}." not in tables}
    if above:
        return plain
    return (plain - {"channels"}).union(*(keys_of(m, above=t) for t, m in tables.items()))


def test_the_shipped_file_mentions_every_key() -> None:
    """With its commented keys uncommented, the file has every key of the model and no other."""
    lines = DEFAULT_FILE.read_text(encoding="utf-8").splitlines()
    text = "\n".join(re.sub(r"^# (\w+ = )", r"\1", line) for line in lines)
    data = tomllib.loads(text)
    tables = {f"{name}.": table for name, table in data.items() if name != "channels"}
    tables["channels.network."] = data["channels"]["network"]
    mentioned = {key for key, value in data.items() if not isinstance(value, dict)}
    for prefix, table in tables.items():
        mentioned |= {prefix + key for key in table} if isinstance(table, dict) else set()
    assert mentioned == keys_of(Settings)


def test_every_key_of_the_shipped_file_is_explained() -> None:
    """Each key has a comment after it, the keys of channels at the first channel."""
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    before, _, rest = text.partition("[channels.pipeline]")
    lines = (before + rest[rest.index("[console]") :]).splitlines()
    settings = [line for line in lines if re.match(r"(# )?\w+ = ", line)]
    assert len(settings) == len(keys_of(Settings))
    assert [line for line in settings if not re.search(r" # \S", line)] == []


def test_settings_are_frozen(place: dict[str, Any]) -> None:
    """No key can be assigned, at the top or in a table."""
    settings = load(**place)
    for target in (settings, settings.console, settings.channels["app"]):
        with pytest.raises(ValidationError, match="frozen"):
            target.level = "DEBUG"


def test_settings_can_be_copied_and_pickled(place: dict[str, Any]) -> None:
    """A copy and a pickle of settings are equal to them."""
    settings = load(None, {"masking": {"secrets": ["hunter2"]}}, **place)
    assert copy.deepcopy(settings) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_the_default_folder_follows_the_application(place: dict[str, Any]) -> None:
    """`dir` is the log folder of `app`, also when `app` is changed afterwards."""
    settings = load(None, {"app": "shop"}, **place)
    assert settings.dir == platformdirs.user_log_path("shop", appauthor=False)
    assert load(settings, {"app": "bank"}).dir == platformdirs.user_log_path(
        "bank", appauthor=False
    )


def test_a_folder_is_made_absolute(place: dict[str, Any], tmp_path: Path) -> None:
    """`dir` is taken from the current folder, `~` is the home folder."""
    assert load(None, {"dir": "logs"}, **place).dir == tmp_path / "logs"
    assert load(None, {"dir": Path("~/logs")}, **place).dir == Path.home() / "logs"
    assert load(None, {"dir": tmp_path / "x"}, **place).dir == tmp_path / "x"


def test_overrides_are_merged_onto_given_settings(place: dict[str, Any]) -> None:
    """With settings given, nothing is read again and only the overridden keys change."""
    first = load(None, {"channels": {"audit": False}, "level": "DEBUG"}, **place)
    (place["cwd"] / "config").mkdir()
    (place["cwd"] / "config" / "logging.toml").write_text("utf8 = false")
    place["environ"]["ANIVAULT_LOG_LEVEL"] = "ERROR"
    second = load(first, {"console": {"color": "never"}}, **place)
    assert second == first.model_copy(update={"console": ConsoleSettings(color="never")})
    assert load(first, **place) == first


def test_models_are_taken_as_keywords(place: dict[str, Any]) -> None:
    """A model in a keyword counts with the keys that it was given."""
    environ = {"ANIVAULT_LOG_CONSOLE__FORMAT": "human"}
    overrides = {
        "console": ConsoleSettings(level="DEBUG"),
        "channels": {"billing": ChannelSettings(components=("billing",))},
    }
    settings = load(None, overrides, **{**place, "environ": environ})
    assert (settings.console.level, settings.console.format) == ("DEBUG", "human")
    assert settings.channels["billing"].file == "billing.log"


def test_secrets_are_not_in_the_text_of_settings(place: dict[str, Any]) -> None:
    """Neither repr nor str of settings shows a secret."""
    settings = load(None, {"masking": {"secrets": ["hunter2"]}}, **place)
    assert settings.masking.secrets == (SecretStr("hunter2"),)
    assert "hunter2" not in repr(settings) + str(settings)


def test_a_wrong_value_from_the_environment(place: dict[str, Any]) -> None:
    """The message names key, variable, value and expectation."""
    place["environ"]["ANIVAULT_LOG_CHANNELS__NETWORK__MAX_BYTES"] = "10XB"
    assert refusal(place) == (
        "channels.network.max_bytes "
        "(environment variable ANIVAULT_LOG_CHANNELS__NETWORK__MAX_BYTES): found '10XB', "
        "expected a size in bytes: a whole number, or text such as 20MB, 20 MiB, 1.5 GB"
    )


@pytest.mark.parametrize(
    ("file", "prefix"),
    [("config/logging.toml", ""), ("pyproject.toml", "tool.anivault_loguru.")],
)
def test_a_wrong_value_from_a_file(place: dict[str, Any], file: str, prefix: str) -> None:
    """The message names the file and the table as it stands in the file."""
    path = place["cwd"] / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'[{prefix}channels.network]\nrotation = "25:00"')
    assert refusal(place) == (
        f"channels.network.rotation (file {path}, table [{prefix}channels.network]): "
        'found \'25:00\', expected a time of day such as "00:00" or "03:30 Asia/Seoul", or "off"'
    )


def test_a_wrong_value_at_the_top_of_a_file(place: dict[str, Any]) -> None:
    """A key outside every table is said to be at the top level."""
    path = place["cwd"] / "config" / "logging.toml"
    path.parent.mkdir()
    path.write_text("channels = 3")
    assert refusal(place) == f"channels (file {path}, top level): found 3, expected a table"


WHOLE_TABLE = " (as JSON text, or its keys as {}__KEY)"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("CONSOLE", "foo", "console ({}): found 'foo', expected a table" + WHOLE_TABLE),
        ("CHANNELS", "[]", "channels ({}): found '[]', expected a table" + WHOLE_TABLE),
        (
            "CHANNELS__APP",
            '{"file": ',
            "channels.app ({}): found '{{\"file\": ', "
            "expected a table, or false to remove the channel" + WHOLE_TABLE,
        ),
        ("MASKING", "hunter2", "masking ({}): found ***MASKED***, expected a table" + WHOLE_TABLE),
        ("UTF8", "maybe", "utf8 ({}): found 'maybe', expected true or false"),
        (
            "LEVEL__X",
            "1",
            "level ({}): found a table, "
            "expected the name of a level, such as INFO, or a whole number from 0",
        ),
        ("LEVL", "INFO", "levl ({}): unknown key, found 'INFO'; did you mean level?"),
        (
            "CONSOLE__COLOUR",
            "auto",
            "console.colour ({}): unknown key, found 'auto'; did you mean color?",
        ),
        ("API_KEY", "hunter2", "api_key ({}): unknown key, found ***MASKED***; known are {known}"),
    ],
)
def test_wrong_variables(place: dict[str, Any], name: str, text: str, message: str) -> None:
    """A variable that fits no key, or puts text in the place of a table, is explained."""
    variable = f"ANIVAULT_LOG_{name}"
    place["environ"][variable] = text
    known = KNOWN
    expected = message.replace("({})", f"(environment variable {variable})")
    assert refusal(place) == expected.format(variable, known=known)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"level": "LOUD"}, "level ({}): found 'LOUD', expected {level}"),
        ({"console": {"level": -1}}, "console.level ({}): found -1, expected {level}"),
        (
            {"channels": {"app": {"level": "LOUD"}}},
            "channels.app.level ({}): found 'LOUD', expected {level}",
        ),
        (
            {"max_record_bytes": 999},
            "max_record_bytes ({}): found 999, expected a size of at least 1 kB",
        ),
        (
            {"app": "../x"},
            "app ({}): found '../x', expected a name that can be a folder: "
            "no path separators, not empty, not . or ..",
        ),
        ({"dir": ""}, "dir ({}): found '', expected the path of a folder"),
        ({"dir": 3}, "dir ({}): found 3, expected the path of a folder"),
        (
            {"channels": {"app": {"file": "x/app.log"}}},
            "channels.app.file ({}): found 'x/app.log', "
            'expected a bare file name ending in ".log", without folders',
        ),
        (
            {"channels": {"a/b": {}}},
            "channels.\"a/b\".file ({}): found 'a/b.log', "
            'expected a bare file name ending in ".log", without folders',
        ),
        (
            {"channels": {"app": {"file": "AUDIT.log"}}},
            "channels.app.file ({}): found 'AUDIT.log', "
            "expected a file of its own: channel audit writes it too",
        ),
        (
            {"channels": {"rest": {"components": ["x", "tmdb"]}}},
            "channels.rest.components ({}): found 'tmdb', "
            "expected a component of one channel only: channel network names it too",
        ),
        (
            {"channels": {"Bill": {}}},
            "channels.Bill ({}): found 'Bill', expected a channel name in lower case",
        ),
        (
            {"channels": {"app": True}},
            "channels.app ({}): found True, expected a table, or false to remove the channel",
        ),
        (
            {"channels": {"app": {"compression": "zip"}}},
            'channels.app.compression ({}): found \'zip\', expected "gz" or "off"',
        ),
        (
            {"channels": {"app": {"retention_days": True}}},
            "channels.app.retention_days ({}): found True, "
            "expected a whole number from 0 (no limit) to 36500",
        ),
        (
            {"channels": {"app": {"components": [1]}}},
            "channels.app.components[0] ({}): found 1, expected text",
        ),
        (
            {"channels": {"app": {"components": 1}}},
            "channels.app.components ({}): found 1, expected a list of texts",
        ),
        (
            {"console": {"format": "xml"}},
            "console.format ({}): found 'xml', expected 'auto', 'human' or 'ndjson'",
        ),
        (
            {"console": {"enabled": []}},
            "console.enabled ({}): found a list, expected true or false",
        ),
        (
            {"masking": {"patterns": ["ok", "("]}},
            "masking.patterns[1] ({}): found ***MASKED***, expected a regular expression "
            "(missing ), unterminated subpattern at position 0)",
        ),
        (
            {"masking": {"secrets": ["hunter2", ""]}},
            "masking.secrets[1] ({}): found ***MASKED***, expected text of at least 6 characters",
        ),
        (
            {"masking": {"keys": [""]}},
            "masking.keys[0] ({}): found '', expected text that is not empty",
        ),
        (
            {"metrics": {"interval": 0}},
            "metrics.interval ({}): found 0, "
            "expected a number of seconds, at least 0.01 and at most 2592000 (30 days)",
        ),
        ({"self": 1}, "self ({}): unknown key, found 1; known are {known}"),
        ({"_env_file": 1}, "_env_file ({}): unknown key, found 1; known are {known}"),
        ({"LEVEL": 1}, "LEVEL ({}): unknown key, found 1; known are {known}"),
        ({"level": "x" * 99}, "level ({}): found '" + "x" * 79 + "…, expected {level}"),
    ],
)
def test_wrong_keywords(place: dict[str, Any], overrides: dict[str, object], message: str) -> None:
    """Each kind of mistake has its own words, and shows the value found."""
    level = "the name of a level, such as INFO, or a whole number from 0"
    known = KNOWN
    expected = message.replace("({})", "(keyword argument)")
    assert refusal(place, overrides) == expected.format(level=level, known=known)


PASSWORD = "kQ7vLm3TpW5xRk9d"


@pytest.mark.parametrize(
    "overrides",
    [
        {"otlp": {"endpoint": f"ftp://u:{PASSWORD}@h/"}},
        {"otlp": {"headers": PASSWORD}},
        {"otlp": f"x-api-key={PASSWORD}"},
        {"audit": PASSWORD},
        {"audit": {"kye": PASSWORD}},
        {"channels": {"app": {"rotation": f"https://u:{PASSWORD}@h/?api_key={PASSWORD}"}}},
        {"dir": f"\0password={PASSWORD}"},
        {"level": f"Bearer {PASSWORD}"},
        {"level": f"{'x' * 50} https://u:{PASSWORD * 9}@h/"},
        {"masking": {"patterns": [f"({PASSWORD}"]}},
        {"masking": {"patterns": [f"(?P={PASSWORD})"]}},
        {"channels": {f'password={PASSWORD}"': {"level": "LOUD"}}},
    ],
)
def test_a_mistake_shows_no_secret(place: dict[str, Any], overrides: dict[str, object]) -> None:
    """Values and keys are masked before they are cut; what should be secret is hidden whole."""
    said = refusal(place, overrides)
    assert PASSWORD not in said
    assert "***MASKED***" in said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("OTLP__HEADERS", PASSWORD),
        ("OTLP", f'{{"headers":"x-api-key={PASSWORD}"'),
    ],
)
def test_a_wrong_variable_shows_no_secret(place: dict[str, Any], name: str, text: str) -> None:
    """What a variable of secrets holds in the wrong shape is hidden whole."""
    place["environ"][f"ANIVAULT_LOG_{name}"] = text
    said = refusal(place)
    assert PASSWORD not in said
    assert "***MASKED***" in said


def test_all_mistakes_are_told_at_once(place: dict[str, Any]) -> None:
    """Mistakes of all sources stand in one error, one a line."""
    path = place["cwd"] / "config" / "logging.toml"
    path.parent.mkdir()
    path.write_text('["channels"."두 줄\\n"]\nmax_byte = 1')
    place["environ"]["ANIVAULT_LOG_METRICS__INTERVAL"] = "often"
    table = '[channels."\\ub450 \\uc904\\n"]'
    assert refusal(place, {"app": ""}).splitlines() == [
        "app (keyword argument): found '', expected a name that can be a folder: "
        "no path separators, not empty, not . or ..",
        f'channels."\\ub450 \\uc904\\n".file (file {path}, table [channels]): '
        "found '두 줄\\n.log', expected a bare file name ending in \".log\", without folders",
        f'channels."\\ub450 \\uc904\\n".max_byte (file {path}, table {table}): '
        "unknown key, found 1; did you mean max_bytes?",
        "metrics.interval (environment variable ANIVAULT_LOG_METRICS__INTERVAL): found 'often', "
        "expected a number of seconds, at least 0.01 and at most 2592000 (30 days)",
    ]


def test_a_mistake_in_overrides_of_given_settings(place: dict[str, Any]) -> None:
    """Overrides onto settings are checked too, and the settings are the other source."""
    settings = load(None, {"level": "LOUD"}, is_level=lambda _: True, **place)
    with pytest.raises(ConfigError) as caught:
        load(settings, {"utf8": "x"})
    assert str(caught.value).splitlines() == [
        "level (settings object): found 'LOUD', "
        "expected the name of a level, such as INFO, or a whole number from 0",
        "utf8 (keyword argument): found 'x', expected true or false",
    ]


def test_own_levels_are_known_by_the_caller(place: dict[str, Any]) -> None:
    """`is_level` decides which names are levels; numbers always are."""
    numbers = {"level": 33, "channels": {}, "console": {"level": "20"}}
    settings = load(None, numbers, is_level=lambda _: False, **place)
    assert (settings.level, settings.console.level) == (33, 20)
    named = load(settings, {"level": "notice"}, is_level={"NOTICE"}.__contains__)
    assert named.level == "NOTICE"


def test_settings_itself_raises_only_config_errors() -> None:
    """The constructor too turns pydantic's errors into ours."""
    with pytest.raises(ConfigError, match=r"^utf8 \(keyword argument\): found 'x'"):
        Settings(utf8="x")


def as_pydantic_dumps(settings: Settings) -> str:
    return json.dumps(settings.model_dump(by_alias=True), default=text_of, sort_keys=True)


def test_what_the_audit_file_tells_of_settings_is_what_pydantic_dumps() -> None:
    """Of every kind of value that there is: its digest is compared by those who verify."""
    settings = load(
        overrides={
            "otlp": {"headers": {"a": "secret-value"}, "endpoint": "http://127.0.0.1:4318"},
            "metrics": {"alerts": [{"metric": "errors", "above": 3, "for": "5m"}]},
            "masking": {"secrets": ["hunter2-hunter2"], "patterns": ["a+"]},
            "channels": {"app": {"rotation": "04:30"}, "audit": False},
            "audit": {"key_file": "/tmp/key"},
        },
        environ={},
    )
    assert _text(settings) == as_pydantic_dumps(settings)


def test_what_nobody_set_is_as_if_it_were_validated(tmp_path: Path) -> None:
    """The settings that are not validated: each value, its type, and what counts as set."""
    found = load(environ={}, cwd=tmp_path, user_config_dir=tmp_path)
    validated = load(found, {"utf8": True})
    assert found == load(found)
    assert found.model_fields_set == {"channels"}
    assert found.model_dump() == validated.model_dump()
    assert found.model_dump(exclude_unset=True) == load(found).model_dump(exclude_unset=True)
    assert _text(found) == as_pydantic_dumps(found) == _text(validated)
    again = Settings.model_validate({})
    for name in Settings.model_fields:
        assert getattr(found, name) == getattr(validated, name) == getattr(again, name)
        assert type(getattr(found, name)) is type(getattr(validated, name))
    for name, channel in found.channels.items():
        assert channel == ChannelSettings(**channel.model_dump(exclude_unset=True))
        assert channel.model_fields_set == validated.channels[name].model_fields_set
