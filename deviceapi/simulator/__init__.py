"""`mistadmin simulate`: the claimed devices of an organization, calling the device API over real HTTP.

`device` is one device and what it says, `connection` how a call travels, `fleet` when each device calls,
`cli` the command.
"""
