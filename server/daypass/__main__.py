"""Runs `daypassd`, also as `python -m daypass`."""

from daypass.cli import main

if __name__ == "__main__":
    main()
