"""Generated stubs of `daypass.api.access.v1`."""
