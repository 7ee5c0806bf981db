"""Generated stubs of the area `access`."""
