"""The directory: who and what there is, as its files declare it.

Owns the file format, its faults (each with file, line, path and reason), the
frozen model that requests are decided on, and the stable unique ids. Leans on
`policy` for the documents and on `core`. It is pure: texts come in, a value or a
list of faults comes out. It reads no file and resolves no secret
(`adapters.directory_loader` does), and it decides nothing.

SPEC: design 8; sts-operations 0.11 and 2; policy-language 2.1 and 3.4.
"""
