"""Generated stubs of the area `keyring`."""
