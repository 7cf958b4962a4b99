"""The rule engine: facts about one device and compiled rules in, a decision out.

`facts` what is known of a device · `expression` how a text is cut, and the dialog's form of it · `rules` the
settings read into rules · `validate` what is wrong with them · `ruleset` the rules compiled ·
`decide` the answer · `explain` the reasons · `preview` one rule tried on a sample.
"""
