"""Generated stubs of the protos; `protos/generate.py` writes them."""
