"""The root of the generated packages."""
