"""Generated stubs of the protos."""
