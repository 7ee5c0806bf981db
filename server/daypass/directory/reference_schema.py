"""The shape of a secret in directory files, where it is only referred to."""

from __future__ import annotations

from typing import Final, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from daypass.directory import field_types as kinds
from daypass.directory.declared import SecretReference, SecretSource

_ONE_SOURCE: Final = "expected exactly one of env, file and sealed"


class RawReference(BaseModel):
    """A secret by reference: exactly one of its members."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    env: kinds.VariableName | None = None
    file: kinds.SecretText | None = None
    sealed: kinds.SecretText | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        given = [getattr(self, name) for name in self.model_fields_set]
        if len(given) != 1 or given[0] is None:
            raise PydanticCustomError(kinds.CUSTOM_ERROR, _ONE_SOURCE)
        return self

    def reference(self) -> SecretReference:
        """Returns the reference as the model has it."""
        ((source, value),) = self.model_dump(exclude_unset=True).items()
        return SecretReference(SecretSource(source), str(value))
