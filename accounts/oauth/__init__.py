"""Signing in with an account elsewhere by OpenID Connect: Google, or whom the operator names instead.

`client` speaks to the provider, `actions` link accounts and let people in. Off until it is configured.
"""
