"""`mistadmin juniper-service`: a stand-in for the Juniper account service, over real HTTP or HTTPS.

`catalog` is who has an account and what was sold to it, `server` the service that orgs.juniper.client calls,
`cli` the command. Nothing here knows the database: it is another company's server. What it says of contracts,
warranties and ends of life is made up, and always the same for a serial and a day.
"""
