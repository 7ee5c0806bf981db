"""The command `daypass`.

Owns the options, what is printed and the exit status. Leans on the clients and on
profiles; typer reads the command line, rich draws tables. It decides nothing that
the package could not do without a terminal.

Exit status: 0 for success, 1 for a failure or a token that is not good, 2 for a
command line that makes no sense.
"""
