"""Generated stubs of `daypass.api.types.v1`."""
