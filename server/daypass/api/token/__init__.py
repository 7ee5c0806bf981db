"""Generated stubs of the area `token`."""
