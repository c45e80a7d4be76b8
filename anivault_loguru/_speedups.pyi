from collections.abc import Callable
from typing import Any

PARTS: tuple[str, ...]

class Among:
    def __new__(cls, letters: str, /) -> Among: ...
    def __call__(self, text: str, /) -> bool: ...

class Append:
    to_let_go: int
    def __new__(cls, writer: object, live: type, /) -> Append: ...
    def __call__(self, line: bytes, /) -> None: ...

class Clues:
    def __new__(
        cls, bundles: list[list[tuple[bytes, ...]]], scan: Callable[[str], bool], /
    ) -> Clues: ...
    def __call__(self, text: str, /) -> bool: ...

class Filter:
    def __new__(
        cls,
        twin: Callable[[dict[str, Any]], bool],
        board: object,
        failed: Callable[[BaseException], None],
        extra: type,
        /,
    ) -> Filter: ...
    def __call__(self, record: dict[str, Any], /) -> bool: ...

class Increment:
    def __new__(
        cls, twin: Callable[..., None], counters: dict[Any, Any], counter: type, /
    ) -> Increment: ...
    def __call__(self, name: str, /, value: float = 1, **labels: object) -> None: ...

class Method:
    def __new__(
        cls, twin: Callable[..., None], logger: type, scope: type, mould: type, /
    ) -> Method: ...
    def __call__(self, logger: object, message: object, /, *args: Any, **kwargs: Any) -> None: ...
    def arm(self, parts: tuple[Any, ...] | None, /) -> None: ...

class Table:
    def __new__(
        cls,
        twin: Callable[[dict[str, Any]], bytes],
        apart: bytes | frozenset[str],
        dumps: Callable[..., bytes],
        simpler: Callable[[Any], Any],
        options: int,
        /,
    ) -> Table: ...
    def __call__(self, fields: dict[str, Any], /) -> bytes: ...

class Sieve:
    def __new__(
        cls, longs: set[int], shorts: set[int], other: Callable[[str], bool], /
    ) -> Sieve: ...
    def __call__(self, text: str, /) -> bool: ...

class Sum:
    total: int
    def append(self, value: float, /) -> None: ...
    def __len__(self) -> int: ...
