"""Generated stubs of the area `session`."""
