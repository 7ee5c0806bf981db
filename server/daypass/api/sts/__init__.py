"""Generated stubs of the area `sts`."""
