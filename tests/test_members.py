"""Values whose name stands in another member of the object."""

from __future__ import annotations

import pytest

from anivault_loguru.masking import MARKER, Masker

SECRET = "Xq7" + "vRt9zWk3P"


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"DB_PASSWORD","value":"{S}"}',
        '{"value":"{S}","name":"DB_PASSWORD"}',
        '{"value":"{S}","type":"string","x":1,"name":"DB_PASSWORD"}',
        '{"name":"DB_PASSWORD","a":1,"b":null,"c":{"d":[1,2]},"e":"x","value":"{S}"}',
        '{"name": "password", "description": "a) of (those", "value": "{S}"}',
        '{\n  "value": "{S}",\n  "type": "string",\n  "name": "DB_PASSWORD"\n}',
        r"{\"value\": \"{S}\", \"name\": \"api_key\"}",
        '[{"name":"a","value":"b"},{"name":"token","value":"{S}"}]',
        "- value: {S}\n  name: DB_PASSWORD",
        "- name: DB_PASSWORD\n  type: string\n  value: {S}",
        "env:\n- name: A\n  value: b\n- name: DB_PASSWORD\n  value: {S}\n- name: C\n  value: d",
        '<input value="{S}" type="hidden" name="csrf_token">',
        '<add key="password" value="{S}"/>',
        "Variable(name='db_password', value='{S}')",
        'key = "api_key", value = "{S}"',
        '{"Key":"api_key","Value":{"N":"{S}"}}',
        '{"value":3}' + '{"name":"token"}' * 5 + '{"name":"token","value":"{S}"}',
    ],
)
def test_the_value_is_hidden_and_nothing_else(text: str) -> None:
    """Before its name or behind it, with others between."""
    planted = text.replace("{S}", SECRET)
    masked = Masker().mask_text(planted)
    assert SECRET not in masked
    assert masked in (text.replace("{S}", MARKER), text.replace('{"N":"{S}"}', MARKER))


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"a","value":"b"},{"name":"token"}',
        '{"value":1},{"name":"password"}',
        '{"value":1,"of":{"name":"password"}}',
        '{"msg": "bad token", "value": 3}',
        "- name: a\n  value: 3\n- name: password\n  valueFrom: x",
        '{"name":"token_count","value":5}',
        '{"id": 5, "value": 3, "event": "token"}',
        '["password","email"], value: 3',
        "value: 5, keys: password",
        '{"type": "token", "value": "if"}',
        '{"password": null, "value": 5}',
        'if key == "password":\n    value = values[name]\n    name = "token"',
        '{"name": "password", "text": "' + "long " * 300 + '", "value": 5}',
    ],
)
def test_what_has_no_such_name_stays(text: str) -> None:
    """A name of another object, a key, a word of a text, one too far away."""
    assert Masker().mask_text(text) == text
