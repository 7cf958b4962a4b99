"""The benchmarks behind `mistadmin bench`: each figure beside a floor that was measured in the same run.

A floor is the least that the same work can cost on the same machine and server: a bare view, a bare
statement, a bare loop. Ratios carry from one machine to the next; times do not.
"""
