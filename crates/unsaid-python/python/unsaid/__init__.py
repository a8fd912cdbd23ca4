"""Compress many small documents, each alone, against one trained model.

>>> import unsaid
>>> model = unsaid.train(b'{"id":%d,"state":"waiting"}' % n for n in range(2000))
>>> record = unsaid.compress(b'{"id":7001,"state":"waiting"}', model)
>>> unsaid.decompress(record, model)
b'{"id":7001,"state":"waiting"}'
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._unsaid import (
    MAX_DOCUMENT,
    Compressor,
    CorruptError,
    Decompressor,
    EnvironmentError,
    InternalError,
    LimitError,
    MissingError,
    Model,
    NewerVersionError,
    NotThisFormatError,
    TruncatedError,
    UnsaidError,
    UsageError,
    __version__,
    train,
)

if TYPE_CHECKING:
    from ._unsaid import Bytes, Level

__all__ = [
    "MAX_DOCUMENT",
    "Compressor",
    "CorruptError",
    "Decompressor",
    "EnvironmentError",
    "InternalError",
    "LimitError",
    "MissingError",
    "Model",
    "NewerVersionError",
    "NotThisFormatError",
    "TruncatedError",
    "UnsaidError",
    "UsageError",
    "__version__",
    "compress",
    "decompress",
    "train",
]


def compress(
    document: Bytes, model: Model, level: Level = "balanced", *, id: bool = True, check: bool = True
) -> bytes:
    """Compress one document. A `Compressor` does the same with memory that is used again."""
    return Compressor(model, level, id=id, check=check).compress(document)


def decompress(
    record: Bytes, models: Model | Iterable[Model], *, max_output: int = MAX_DOCUMENT
) -> bytes:
    """Decompress one record. A `Decompressor` does the same with memory that is used again."""
    return Decompressor(models, max_output=max_output).decompress(record)
