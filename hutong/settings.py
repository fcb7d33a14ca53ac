"""Settings of a program that lives in a folder: arguments first, then environment, then the folder's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsError,
    TomlConfigSettingsSource,
)

from hutong.errors import HutongError


class _Environment(EnvSettingsSource):
    def __call__(self) -> dict[str, Any]:
        made: type[FolderSettings] = self.settings_cls  # type: ignore[assignment]
        return {name: value for name, value in super().__call__().items() if name not in made.made_once}


class FolderSettings(BaseSettings):
    """What a program's own settings derive from."""

    place: ClassVar[str]
    """The field that names the folder."""
    config_name: ClassVar[str]
    """The TOML file in it."""
    wrong: ClassVar[str]
    """The code for a setting that is unknown or wrong; params field, rule."""
    made_once: ClassVar[frozenset[str]] = frozenset()
    """Fields decided when the folder is made: no environment variable changes them."""

    @classmethod
    def read(cls, **given: Any) -> Self:
        """The settings with ``given`` over them. The error ``wrong`` for one that is not right names no value."""
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise HutongError(cls.wrong, field=where, rule=first["msg"]) from error
        except (SettingsError, ValueError) as error:
            raise HutongError(cls.wrong, field=cls.config_name, rule=type(error).__name__) from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then environment, then the folder's file."""
        file = Path(str(init_settings()[cls.place])) / cls.config_name
        return init_settings, _Environment(settings_cls), TomlConfigSettingsSource(settings_cls, file)
