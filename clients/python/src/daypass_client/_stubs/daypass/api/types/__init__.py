"""Generated stubs of the area `types`."""
