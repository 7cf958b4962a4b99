"""`mistadmin lab -- COMMAND`: unmodified Mist clients reach this instance under the names of Mist clouds.

A CONNECT proxy and a TLS listener on loopback, a throw-away certificate authority, an instance started when
none runs, and a token that lives as long as the command. It may import what the composition root may; the app
`accounts` it imports only once Django is set up.
"""

from mistadmin.lab.command import main

__all__ = ["main"]
