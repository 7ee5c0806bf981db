"""Generated stubs of `daypass.api.session.v1`."""
