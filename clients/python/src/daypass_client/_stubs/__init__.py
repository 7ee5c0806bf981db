"""Generated stubs, private to the client; `protos/generate.py` writes them."""
