"""Generated stubs of `daypass.api.keyring.v1`."""
