"""Generated stubs of `daypass.api.token.v1`."""
