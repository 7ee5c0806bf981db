"""Profiles: where calls go, and what signs them.

Owns the reading of the shared configuration and credentials files of AWS, of the
environment, and of the `.daypass` folder that a development server writes, and
the order in which they count. Leans on credentials and endpoints. Makes no call:
the roles of a profile are assumed by the client, when the first call needs them.
"""
