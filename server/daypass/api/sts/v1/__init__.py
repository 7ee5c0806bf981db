"""Generated stubs of `daypass.api.sts.v1`."""
