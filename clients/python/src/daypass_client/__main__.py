"""Runs the command `daypass` as `python -m daypass_client`."""

from daypass_client.cli.app import main

main()
